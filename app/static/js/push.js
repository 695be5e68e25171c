// Turns this browser on to be pushed to, and says at each start that it still is. Only whoever presses is ever asked.
const SEEN = "push";
const LOOKS = 40;
const EVERY = 1500;

export default function push(part) {
  if (part.matches("[data-trial]")) return follow(part);
  if (part.matches("[data-push]")) return choose(part);
  if (document.querySelector("[data-push]")) return;
  // Once a session in each tab: whoever signs in after somebody else, or anew, is another.
  const session = (document.cookie.match(/-here=([^;]+)/) || [])[1]?.slice(-6);
  if (!session || read() === session) return;
  renew("/aviseringar/telefoner").then(() => write(session), () => {});
}

async function choose(part) {
  const { push: url, key, vapid } = part.dataset;
  const known = "this" in part.dataset;
  if (!able()) return say(navigator.standalone === false ? "home" : "unable");
  if (Notification.permission === "denied") return say("denied");
  try {
    // Before it says what is, it hears what should be: turned off from elsewhere, or on for somebody else.
    const state = await renew(url);
    if (state && (state === "on") !== known) return location.reload();
  } catch {
    // Without a net the page still says what it knew.
  }
  if (known && (await current())) return;
  say("off");
  part.querySelector("[data-push-on]")?.addEventListener("click", turnOn);

  async function turnOn() {
    const asked = await Notification.requestPermission();
    if (asked !== "granted") return say(asked === "denied" ? "denied" : "unanswered", asked !== "denied" && "off");
    say("waiting");
    try {
      const before = (await current())?.endpoint;
      const made = await send(url, await subscribe(key), { vapid, before });
      if (made.state === "on") return location.assign(`${location.pathname}?klart=pa`);
      if (made.fault) part.querySelector("[data-push-fault]").textContent = made.fault;
    } catch {
      // The words are already there.
    }
    say("broken", "off");
  }

  function say(...words) {
    part.querySelectorAll("[data-said]").forEach((it) => (it.hidden = !words.includes(it.dataset.said)));
  }
}

// Says to the server what this browser has, and does what it answers: keep it, get another, or let it go.
async function renew(url) {
  const found = able() && Notification.permission === "granted" && (await current());
  if (!found) return;
  const answer = await send(url, found);
  if (answer.state === "off") await found.unsubscribe();
  if (answer.state !== "again") return answer.state;
  const fresh = await subscribe(answer.key);
  return (await send(url, fresh, { vapid: answer.vapid, before: found.endpoint })).state;
}

function able() {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

async function current() {
  return (await navigator.serviceWorker.getRegistration("/"))?.pushManager.getSubscription();
}

async function subscribe(key) {
  await navigator.serviceWorker.register("/sw.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  // One that was made for another key stands in the way.
  await (await pushManager.getSubscription())?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

async function send(url, subscription, more = {}) {
  const { endpoint, keys } = subscription.toJSON();
  const body = JSON.stringify({ endpoint, ...keys, ...more });
  const answer = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if (!answer.ok && answer.status !== 422) throw new Error(answer.status);
  return answer.json();
}

// A trial on its way is looked at again until something has become of it.
async function follow(part) {
  for (let look = 0; look < LOOKS && part.isConnected; look += 1) {
    await new Promise((done) => setTimeout(done, EVERY));
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [here, fresh] = [document, page].map((it) => it.querySelector("#prov")?.closest("section"));
      if (!fresh || !here) return;
      const [list, news] = [here, fresh].map((it) => it.querySelector("ul"));
      if (list.innerHTML !== news.innerHTML) list.replaceChildren(...document.importNode(news, true).childNodes);
      if (!fresh.matches("[data-trial]")) return here.querySelector(".row")?.remove();
    } catch {
      // It looks again.
    }
  }
}

function read() {
  try {
    return sessionStorage.getItem(SEEN);
  } catch {
    return null;
  }
}

function write(session) {
  try {
    sessionStorage.setItem(SEEN, session);
  } catch {
    // It says so once more on the next page.
  }
}
