// One press, one message. The key made for a text stays with it, so that sending again is never sending twice.
import { tooLong } from "./long.js";

const WAIT = 1500;
const GIVE_UP = 20000;
const ANSWERS = 15000;

export default function send(form) {
  const { key, text } = form.elements;
  let tried = "tried" in form.dataset && text ? text.defaultValue : null;
  let sending = false;
  let timer = 0;
  let button = null;
  let words = "";
  // A letter that may wait for a net; what else it takes is fetched while there is one.
  const outbox = form.dataset.person && import("./outbox.js").catch(() => null);

  const busy = (on, pressed = null) => {
    sending = on;
    clearTimeout(timer);
    if (on) {
      button = pressed || form.querySelector("[type=submit]");
      words = button.innerHTML;
      button.setAttribute("aria-busy", "true");
      if (button.dataset.busyLabel) button.textContent = button.dataset.busyLabel;
      timer = setTimeout(() => stop(), GIVE_UP);
    } else if (button) {
      button.removeAttribute("aria-busy");
      button.innerHTML = words;
      button = null;
      form.querySelector("[data-pressed]")?.remove();
    }
  };

  const stop = () => {
    busy(false);
    form.dispatchEvent(new CustomEvent("unsent"));
  };

  // The text is no longer this form's: it has arrived, or waits.
  async function gone(sent) {
    const detail = { sent, waits: [] };
    text.value = "";
    form.dispatchEvent(new CustomEvent("gone", { detail }));
    await Promise.all(detail.waits);
  }

  async function wait(pressed, asked) {
    const kept = await (await outbox)?.keep(form, pressed, asked);
    if (!kept) return false;
    await gone(false);
    busy(false);
    form.querySelectorAll("[type=checkbox]").forEach((box) => (box.checked = false));
    key.value = newKey();
    tried = null;
    return true;
  }

  async function deliver(pressed) {
    let answer;
    try {
      answer = await post(form, pressed);
    } catch {
      return (await wait(pressed, true)) || stop();
    }
    if (!answer.to) return submit(form, pressed);
    await gone(true);
    (await outbox).land(answer.to);
  }

  form.addEventListener("takenback", ({ detail }) => {
    const alone = !text.value;
    text.value = alone ? detail.text : `${text.value}\n\n${detail.text}`;
    if (alone) {
      key.value = detail.key;
      tried = detail.text;
    }
    const box = form.elements.no_answer;
    if (box) box.checked = "no_answer" in detail;
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });

  form.addEventListener("submit", async (event) => {
    if (sending) {
      event.preventDefault();
      return;
    }
    if (tooLong(form)) {
      event.preventDefault();
      text.focus();
      return form.dispatchEvent(new CustomEvent("unsent"));
    }
    if (key && text) {
      if (tried !== null && tried !== text.value) key.value = newKey();
      tried = text.value;
    }
    const waits = [];
    const letter = outbox && event.submitter?.name !== "spara";
    if (letter && !navigator.onLine) {
      event.preventDefault();
      if (text.value.trim() && (await wait(event.submitter, false))) return;
    }
    if (!form.dispatchEvent(new CustomEvent("sending", { detail: waits, cancelable: true }))) {
      event.preventDefault();
      return;
    }
    if (form.dataset.token) waits.push(freshToken(form));
    busy(true, event.submitter);
    if (waits.length || letter) {
      event.preventDefault();
      const all = await Promise.race([Promise.all(waits), new Promise((done) => setTimeout(done, WAIT, []))]);
      if (all.includes(false) || (!letter && all.includes("lost"))) return stop();
      if (!letter) return submit(form, event.submitter);
      if (!all.includes("lost")) return deliver(event.submitter);
      if (!(await wait(event.submitter, false))) stop();
    }
  });

  addEventListener("pageshow", (event) => {
    if (event.persisted) busy(false);
  });
}

// Where the letter stands now; nothing where the answer is a page to be read, which the form then asks for itself.
async function post(form, pressed) {
  const body = new FormData(form);
  if (pressed?.name) body.set(pressed.name, pressed.value);
  const headers = { Accept: "application/json" };
  const answer = await fetch(form.action, { method: "POST", body, headers, signal: AbortSignal.timeout?.(ANSWERS) });
  return answer.ok ? answer.json() : {};
}

// form.submit() forgets which button was pressed.
export function submit(form, pressed) {
  if (pressed?.name) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: pressed.name, value: pressed.value });
    field.dataset.pressed = "";
    form.append(field);
  }
  form.submit();
}

// One may have signed in again elsewhere since this page was made, and then has another token.
async function freshToken(form) {
  try {
    const page = new DOMParser().parseFromString(await (await fetch(form.dataset.token)).text(), "text/html");
    form.elements.csrf_token.value = page.querySelector('[name="csrf_token"]').value;
  } catch {
    // The one we have may still do.
  }
}

function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
