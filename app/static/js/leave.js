// Away at once, by the button or by Esc three times. The page is blank in the same task; then the phone forgets, the
// server hears of it beside, and another site takes the place of this page. Back is answered by left.js and the server.
import { cookie, emptyPage, emptyVault, setCookie, tidy } from "./empty.js";

const TIMES = 3;
const WITHIN = 2000;
const MOST = 100;
const KEPT = 30 * 86400;

export default function leave(form) {
  const { left, lives, here, closed } = form.dataset;
  const said = form.querySelector("[data-leave-said]");
  const others = window.BroadcastChannel && new BroadcastChannel("narlinjen.left");
  let gone = false;

  function blank() {
    gone = true;
    document.documentElement.hidden = true;
    document.title = closed;
  }

  async function go() {
    if (gone) return;
    blank();
    tellServer(form.action, cookie(here));
    setCookie(left, "1", lives);
    // As when one signs out: whichever page of ours comes next forgets what this one had no time to.
    if (cookie(here)) setCookie(here, "out", KEPT);
    others?.postMessage("left");
    emptyPage();
    await Promise.race([emptyVault(), new Promise((done) => setTimeout(done, MOST))]);
    emptyPage();
    location.replace(form.dataset.leave);
  }

  // An installed app may open the other site over itself, and this page is what it closes to.
  const still = () => gone && !document.hidden && navigator.onLine && location.reload();

  // What is being written is kept when a page goes, but not when somebody leaves.
  const unheard = (event) => {
    if (!gone) return;
    event.stopImmediatePropagation();
    if (event.type === "visibilitychange") still();
  };

  addEventListener("pagehide", unheard, true);
  addEventListener("visibilitychange", unheard, true);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go();
  });
  others?.addEventListener("message", () => {
    blank();
    location.reload();
  });
  byKey(form, said, go);
  tidy(here);
}

function tellServer(address, half) {
  const body = new FormData();
  body.set("half", half);
  if (!navigator.sendBeacon?.(address, body)) fetch(address, { method: "POST", body, keepalive: true }).catch(() => null);
}

function byKey(form, said, go) {
  let pressed = [];
  form.querySelector("button").setAttribute("aria-describedby", "leave-keys");
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat || event.isComposing) {
      pressed = [];
      return;
    }
    pressed = [...pressed.filter((at) => event.timeStamp - at < WITHIN), event.timeStamp];
    if (pressed.length === TIMES) go();
    else said.textContent = pressed.length === 1 ? form.dataset.twice : form.dataset.once;
  });
}
