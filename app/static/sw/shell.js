// What of the app works without a net: its files, help now, and a page that says so. All of it is fetched as nobody,
// so that nothing with a person on it is ever kept here.
const { version, scope, files, pages, help, offline, languages } = self.narlinjen;
const OURS = `narlinjen-shell:${scope}:`;
const NAME = OURS + version;
const PATIENCE = 3000;

self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(take()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(find(request).then((it) => it || fetch(request)));
});

async function fill() {
  const cache = await caches.open(NAME);
  await cache.addAll([...files, ...pages].map((path) => new Request(path, { credentials: "omit" })));
}

async function take() {
  await self.registration.navigationPreload?.enable();
  await tidy();
  await self.clients.claim();
}

// A page of an older version still asks for that version's files, so they stay until no page is open.
async function tidy() {
  if ((await self.clients.matchAll({ type: "window", includeUncontrolled: true })).length) return;
  const old = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
}

// From the net, and not kept. Help now waits for nobody: a slow net or a broken server gives what lies on the phone.
async function page(event, path) {
  const net = Promise.resolve(event.preloadResponse).then((answer) => answer || fetch(event.request));
  event.waitUntil(Promise.all([net.catch(() => {}), tidy()]));
  const urgent = path === "/hjalp-nu";
  try {
    const answer = await (urgent ? Promise.race([net, new Promise((done) => setTimeout(done, PATIENCE))]) : net);
    if (answer && !(urgent && answer.status >= 500)) return answer;
  } catch {
    // No net: what lies here is shown.
  }
  const said = await (await caches.match("/language"))?.text();
  const language = languages.includes(said) ? said : languages[0];
  return (await find(pages.includes(path) ? path : (urgent ? help : offline)[language])) || net;
}

// This version's first; files of other versions have other addresses.
async function find(wanted) {
  const how = { ignoreVary: true };
  return (await (await caches.open(NAME)).match(wanted, how)) || caches.match(wanted, how);
}
