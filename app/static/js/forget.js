// Signing out empties the phone; text that never reached the server is asked about first. Without a net the half of
// the session that lies on the phone is thrown away, and what is left of it opens nothing.
import "./vault.js";
import { empty, setCookie } from "./empty.js";

const GIVE_UP = 8000;

export default function forget(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await empty();
    signOut(form);
  });
  const note = document.querySelector("[data-unsaved]");
  const look = async () => (note.hidden = !(await Promise.all(["letters", "drafts"].map(self.narlinjenVault.all))).flat().length);
  if (note) {
    look();
    document.addEventListener("visibilitychange", look);
  }
}

async function signOut(form) {
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      redirect: "manual",
      signal: AbortSignal.timeout?.(GIVE_UP),
    });
    if (answer.type === "opaqueredirect") location.replace("/");
    else form.submit();
  } catch {
    setCookie(form.dataset.here, "", 0);
    const said = document.querySelector("[data-signed-out]");
    form.hidden = true;
    document.querySelectorAll("[data-asks], [data-unsaved]").forEach((part) => (part.hidden = true));
    said.hidden = false;
    said.focus();
  }
}
