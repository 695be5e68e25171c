// One press, one message. The key made for a text stays with it, so that sending again is never sending twice.
import { tooLong } from "./long.js";

const WAIT = 1500;
const GIVE_UP = 20000;

export default function send(form) {
  const { key, text } = form.elements;
  let tried = "tried" in form.dataset && text ? text.defaultValue : null;
  let sending = false;
  let timer = 0;
  let button = null;
  let words = "";

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
    const waits = [];
    if (!form.dispatchEvent(new CustomEvent("sending", { detail: waits, cancelable: true }))) {
      event.preventDefault();
      return;
    }
    if (form.dataset.token) waits.push(freshToken(form));
    if (key && text) {
      if (tried !== null && tried !== text.value) key.value = newKey();
      tried = text.value;
    }
    busy(true, event.submitter);
    if (waits.length) {
      event.preventDefault();
      const all = await Promise.race([Promise.all(waits), new Promise((done) => setTimeout(done, WAIT, []))]);
      if (all.includes(false)) return stop();
      submit(form, event.submitter);
    }
  });

  addEventListener("pageshow", (event) => {
    if (event.persisted) busy(false);
  });
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
