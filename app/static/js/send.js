// One press, one message. The key made for a text stays with it, so that sending again is never sending twice.
const WAIT = 1500;
const GIVE_UP = 20000;

export default function send(form) {
  const button = form.querySelector("[type=submit]");
  const words = button.innerHTML;
  const { key, text } = form.elements;
  let tried = "tried" in form.dataset && text ? text.defaultValue : null;
  let sending = false;
  let timer = 0;

  const busy = (on) => {
    sending = on;
    clearTimeout(timer);
    if (on) {
      button.setAttribute("aria-busy", "true");
      if (button.dataset.busyLabel) button.textContent = button.dataset.busyLabel;
      timer = setTimeout(() => stop(), GIVE_UP);
    } else {
      button.removeAttribute("aria-busy");
      button.innerHTML = words;
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
    const waits = [];
    if (!form.dispatchEvent(new CustomEvent("sending", { detail: waits, cancelable: true }))) {
      event.preventDefault();
      return;
    }
    if (key && text) {
      if (tried !== null && tried !== text.value) key.value = newKey();
      tried = text.value;
    }
    busy(true);
    if (waits.length) {
      event.preventDefault();
      await Promise.race([Promise.allSettled(waits), new Promise((done) => setTimeout(done, WAIT))]);
      form.submit();
    }
  });

  addEventListener("pageshow", (event) => {
    if (event.persisted) busy(false);
  });
}

function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
