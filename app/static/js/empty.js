// What this phone forgets when nobody is signed in on it any longer: all that is somebody's, and nothing else.
const NAME = "narlinjen";
const PATIENCE = 2000;

export function cookie(name) {
  return document.cookie.split("; ").find((it) => it.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
}

export function setCookie(name, value, age) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
}

// At once: what a page can forget without waiting for anybody.
export function emptyPage() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(NAME)) localStorage.removeItem(key);
    sessionStorage.clear();
  } catch {
    // A phone that stores nothing has nothing to forget.
  }
  if (history.state) history.replaceState(null, "");
  navigator.clearAppBadge?.().catch(() => null);
}

// The whole database, key and all; a page that has it open lets go of it.
export function emptyVault() {
  if (self.narlinjenVault) return self.narlinjenVault.empty();
  return new Promise((done) => {
    try {
      const request = indexedDB.deleteDatabase(NAME);
      request.onsuccess = request.onerror = request.onblocked = done;
    } catch {
      done();
    }
  });
}

// What reaches this phone from outside. The finder's own registration, under /stod/, is nobody's and stays.
async function emptyNotices() {
  const ours = await navigator.serviceWorker?.getRegistration("/");
  if (!ours || new URL(ours.scope).pathname !== "/") return;
  for (const notice of (await ours.getNotifications?.()) ?? []) notice.close();
  await (await ours.pushManager?.getSubscription())?.unsubscribe();
}

export async function empty() {
  emptyPage();
  const all = Promise.allSettled([emptyVault(), emptyNotices()]);
  await Promise.race([all, new Promise((done) => setTimeout(done, PATIENCE))]);
}

// On every page: where a half of a session stood and a word stands now, all goes. Where nothing stands, somebody's
// session has run out, and what was saved to be read goes; letters that wait stay sealed until their writer is back.
export async function tidy(here) {
  const half = cookie(here);
  if (half === "out" || half === "ended") {
    await empty();
    // Somebody may have come in meanwhile, and then it is theirs.
    if (cookie(here) === half) setCookie(here, "", 0);
  } else if (!half && (await self.indexedDB?.databases?.())?.some((it) => it.name === NAME)) {
    await import("./vault.js");
    const saved = await self.narlinjenVault.all("saved");
    for (const it of saved) await self.narlinjenVault.drop("saved", it.id);
  }
}
