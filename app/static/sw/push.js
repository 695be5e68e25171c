// A push is always shown, also one that cannot be read, and what is shown says nothing of anybody. That it was shown,
// and that a finger was put on it, is told to the server by a token that means nothing elsewhere.
const LEADS_TO = "/aviseringar/oppna";
const WORDS = {
  sv: ["Du har något nytt", "Öppna Närlinjen för att se vad."],
  en: ["You have something new", "Open Närlinjen to see what."],
};

self.addEventListener("push", (event) => event.waitUntil(show(event.data)));
self.addEventListener("notificationclick", (event) => event.waitUntil(lead(event.notification)));
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

async function show(data) {
  const { notification, app_badge: count, receipt } = (await new Response(data?.text()).json().catch(() => {})) ?? {};
  const { title, body, lang, tag, navigate } = notification ?? {};
  const [first, second] = title ? [title, body] : (WORDS[lang] ?? WORDS.sv);
  const icons = `${self.narlinjen.prefix}icons/`;
  const pictures = { icon: `${icons}app-192.png`, badge: `${icons}badge-96.png` };
  // Only to a page of ours, whatever a message says.
  const to = navigate?.startsWith(`${self.location.origin}/`) ? navigate : LEADS_TO;
  const more = { body: second, lang: lang ?? "sv", tag: tag ?? "narlinjen", ...pictures, data: { receipt, to, at: Date.now() } };
  await self.registration.showNotification(first, more);
  await Promise.all([tell(receipt, "visad"), Number.isInteger(count) && navigator.setAppBadge?.(count).catch(() => {})]);
}

// A page that is open comes forward, and goes there itself unless somebody is writing in it.
async function lead(notice) {
  notice.close();
  const { receipt, to } = notice.data;
  const [open] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  open?.postMessage({ open: to });
  await Promise.allSettled([tell(receipt, "oppnad"), open ? open.focus() : self.clients.openWindow(to)]);
}

async function tell(kvitto, hur) {
  const body = new URLSearchParams({ kvitto, hur });
  if (kvitto) await fetch("/aviseringar/kvitto", { method: "POST", body, credentials: "omit", keepalive: true }).catch(() => {});
}

// The browser was given another address. Whoever is signed out by now is asked again by the next page.
async function renew({ oldSubscription: old, newSubscription: given }) {
  const { pushManager } = self.registration;
  const fresh = given ?? (await pushManager.getSubscription()) ?? (old && (await pushManager.subscribe(old.options)));
  if (!fresh) return;
  const { endpoint, keys } = fresh.toJSON();
  const body = JSON.stringify({ endpoint, ...keys, before: old?.endpoint });
  await fetch("/aviseringar/telefoner", { method: "POST", headers: { "Content-Type": "application/json" }, body });
}
