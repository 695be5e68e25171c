// Keeps what is being written: on the server every few seconds, on the phone only while there is no net.
import { tooLong } from "./long.js";
import { submit } from "./send.js";
import "./vault.js";

const PAUSE = 2500;
const LONGEST = 60000;
const PATIENCE = 5000;
const STEP = 700;
const SOON = 300;
const { narlinjenVault: vault } = self;

export default function draft(form) {
  const field = form.querySelector("textarea");
  const status = form.querySelector("[data-draft-status]");
  const { draft: url, draftPlace: place, draftRole: role } = form.dataset;
  const pocket = offlineKey(`${role}.${place}`);
  // The page says when the text in it was saved; without that, nobody has it but this page.
  let saved = status.textContent.trim() ? field.defaultValue : "";
  let timer = 0;
  let pause = PAUSE;
  let running = null;
  let sending = false;
  let out = false;
  let leaving = false;

  const tell = (words, rust = false) => {
    status.classList.toggle("is-rust", rust);
    if (typeof words === "string") {
      if (status.textContent !== words) status.textContent = words;
    } else {
      status.replaceChildren(words);
    }
  };

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(save, navigator.onLine ? pause : SOON);
  };

  const keep = async () => {
    if (field.value) tell((await vault.put("drafts", pocket, field.value)) ? form.dataset.kept : form.dataset.unsaved, true);
    else await vault.drop("drafts", pocket);
  };

  const signedOut = () => {
    out = true;
    tell(form.querySelector("[data-draft-out]").content.cloneNode(true), true);
  };

  async function post(text, last) {
    const body = new FormData();
    body.set("place", place);
    body.set("text", text);
    body.set("csrf_token", form.elements.csrf_token.value);
    let answer;
    try {
      answer = await fetch(url, { method: "POST", body, keepalive: last, headers: { Accept: "application/json" } });
    } catch {
      pause = Math.min(pause * 2, LONGEST);
      await keep();
      if (navigator.onLine) later();
      return "lost";
    }
    if (answer.status === 401 || answer.status === 403) {
      if (await renewToken()) return later();
      signedOut();
      return false;
    }
    if (!answer.ok) {
      pause = Math.min(pause * 2, LONGEST);
      tell(form.dataset.unsaved, true);
      later();
      return;
    }
    saved = text;
    pause = PAUSE;
    vault.drop("drafts", pocket);
    tell((await answer.json()).words);
    if (field.value !== saved) later();
  }

  // Before the page is left for good the text is safe somewhere; false means stay: no net, or nobody signed in.
  async function settle() {
    await running;
    if (out && !(await renewToken())) return false;
    out = false;
    if (tooLong(form)) return tell("");
    return field.value === saved ? true : post(field.value, false);
  }

  async function save(last = false) {
    clearTimeout(timer);
    if (sending || out || (running && last !== true)) return;
    if (tooLong(form)) return tell("");
    if (field.value === saved) return;
    // The net tells when it is back.
    if (!navigator.onLine) return keep();
    running = post(field.value, last === true);
    await running;
    running = null;
  }

  // Signed in again in another tab: that session has another token, and the same page for the same person.
  async function renewToken() {
    const old = form.elements.csrf_token.value;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const same = (it) => it.dataset.draftPlace === place && it.dataset.draftRole === role;
      const twin = [...page.querySelectorAll("[data-draft-place]")].find(same);
      if (!twin) return false;
      const token = twin.elements.csrf_token.value;
      for (const it of document.querySelectorAll('[name="csrf_token"]')) it.value = token;
      return token !== old;
    } catch {
      return false;
    }
  }

  async function back() {
    if (!out || !(await renewToken())) return;
    out = false;
    save();
  }

  // Whatever else leaves the page waits for the text, or the next page would show an older one.
  const unsaved = () => field.value !== saved && !sending;

  const settled = (most) => {
    clearTimeout(timer);
    return Promise.race([settle(), new Promise((done) => setTimeout(done, most))]);
  };

  async function leaves(event) {
    const { target: other, submitter } = event;
    if (other === form || event.defaultPrevented || !unsaved()) return;
    event.preventDefault();
    if (leaving) return;
    leaving = true;
    await settled(PATIENCE);
    leaving = false;
    if (!unsaved()) return submit(other, submitter);
    if (tooLong(form)) return field.focus();
    if (!status.classList.contains("is-rust")) tell(form.dataset.unsaved, true);
    status.scrollIntoView({ block: "nearest" });
  }

  async function goes(event) {
    const link = event.target.closest("a[href]");
    const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || link.target || elsewhere || event.defaultPrevented || !unsaved() || !navigator.onLine) return;
    if (link.origin !== location.origin || link.href.split("#")[0] === location.href.split("#")[0]) return;
    event.preventDefault();
    await settled(STEP);
    location.assign(link.href);
  }

  const found = (text) => {
    if (!text || text === field.value) return;
    field.value = !field.value || text.startsWith(field.value) ? text : `${field.value}\n\n${text}`;
    tell(form.dataset.found);
    later();
  };

  if (!status.textContent.trim()) tell(tooLong(form) ? "" : form.dataset.ready);
  if (field.value !== saved) later();
  vault.get("drafts", pocket).then((kept) => found(kept?.value));

  // What a browser would fill in by itself on the way back may be a letter that was sent; the server knows.
  form.setAttribute("autocomplete", "off");
  field.addEventListener("input", later);
  addEventListener("online", () => save());
  addEventListener("pagehide", () => save(true));
  addEventListener("pageshow", (event) => {
    if (event.persisted) sending = false;
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? save(true) : back()));
  addEventListener("focus", back);
  addEventListener("submit", leaves);
  addEventListener("click", goes);
  form.addEventListener("sending", (event) => {
    clearTimeout(timer);
    if (!navigator.onLine) {
      event.preventDefault();
      keep();
      return;
    }
    sending = true;
    event.detail.push(settle());
  });
  // The text is a letter now, sent or left to wait: nothing of it is a draft.
  form.addEventListener("gone", (event) => {
    clearTimeout(timer);
    sending = event.detail.sent;
    if (!sending) {
      tell(form.dataset.ready);
      later();
    }
    event.detail.waits.push(vault.drop("drafts", pocket));
  });
  form.addEventListener("unsent", () => {
    sending = false;
    if (tooLong(form)) tell("");
    else later();
  });
}

// What the phone holds while there is no net is sealed, and nobody who looks at its storage sees to whom it was written.
function offlineKey(place) {
  let one = 0x811c9dc5;
  let two = 5381;
  for (const letter of place) {
    const code = letter.codePointAt(0);
    one = Math.imul(one ^ code, 0x01000193);
    two = (Math.imul(two, 33) + code) | 0;
  }
  return (one >>> 0).toString(36) + (two >>> 0).toString(36);
}
