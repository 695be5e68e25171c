// Signing out empties the phone; text that never reached the server is asked about first. Without a net the half of
// the session that lies on the phone is thrown away, and what is left of it opens nothing.
import "./vault.js";

const { narlinjenVault: vault } = self;

const GIVE_UP = 8000;

export default function forget(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await vault.empty();
    try {
      localStorage.clear();
    } catch {
      // A phone that stores nothing has nothing to forget.
    }
    signOut(form);
  });
  const note = document.querySelector("[data-unsaved]");
  const look = async () => (note.hidden = !(await Promise.all(["letters", "drafts"].map(vault.all))).flat().length);
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
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${form.dataset.here}=; Path=/; Max-Age=0; SameSite=Lax${secure}`;
    const said = document.querySelector("[data-signed-out]");
    form.hidden = true;
    document.querySelectorAll("[data-asks], [data-unsaved]").forEach((part) => (part.hidden = true));
    said.hidden = false;
    said.focus();
  }
}
