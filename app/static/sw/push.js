// A push is always shown, also one that cannot be read, and what is shown says nothing of anybody. That it was shown,
// and that a finger was put on it, is told to the server by a token that means nothing elsewhere.
const LEADS_TO = "/aviseringar/oppna";
const DEVICES = "/aviseringar/telefoner";
const RECEIPTS = "/aviseringar/kvitto";
const NEUTRAL = {
  sv: ["Du har något nytt", "Öppna Närlinjen för att se vad."],
  en: ["You have something new", "Open Närlinjen to see what."],
};

self.addEventListener("push", (event) => event.waitUntil(show(read(event.data))));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { receipt, to } = event.notification.data ?? {};
  event.waitUntil(Promise.all([lead(to ?? LEADS_TO), tell(receipt, "oppnad")]));
});

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

function read(data) {
  try {
    return data.json() ?? {};
  } catch {
    return {};
  }
}

async function show({ notification, app_badge: count, receipt }) {
  const { title, body, lang, dir, tag, navigate } = notification ?? {};
  const words = NEUTRAL[lang] ?? NEUTRAL.sv;
  const icons = `${self.narlinjen?.prefix ?? "/static/"}icons/`;
  await self.registration.showNotification(title || words[0], {
    body: title ? body : words[1],
    lang: lang || "sv",
    dir: dir || "ltr",
    tag: tag || "narlinjen",
    icon: `${icons}app-192.png`,
    badge: `${icons}badge-96.png`,
    data: { receipt, to: ours(navigate) },
  });
  await Promise.all([tell(receipt, "visad"), mark(count)]);
}

// Only to a page of ours, whatever a message says.
function ours(address) {
  const at = self.location.origin;
  return address?.startsWith(`${at}/`) ? address.slice(at.length) : LEADS_TO;
}

// What is open comes forward, and goes there itself unless somebody is writing in it.
async function lead(to) {
  const [open] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!open) return self.clients.openWindow(to);
  open.postMessage({ open: to });
  return open.focus();
}

async function mark(count) {
  if (!Number.isInteger(count) || !navigator.setAppBadge) return;
  await navigator.setAppBadge(count).catch(() => {});
}

async function tell(kvitto, hur) {
  const body = new URLSearchParams({ kvitto, hur });
  if (kvitto) await fetch(RECEIPTS, { method: "POST", body, credentials: "omit", keepalive: true }).catch(() => {});
}

// The browser was given another address. Whoever is signed out by now is asked again by the next page.
async function renew({ oldSubscription: old, newSubscription: given }) {
  const { pushManager } = self.registration;
  const fresh = given ?? (await pushManager.getSubscription()) ?? (old && (await pushManager.subscribe(old.options)));
  if (!fresh) return;
  const { endpoint, keys } = fresh.toJSON();
  const body = JSON.stringify({ endpoint, ...keys, before: old?.endpoint });
  await fetch(DEVICES, { method: "POST", headers: { "Content-Type": "application/json" }, body }).catch(() => {});
}
