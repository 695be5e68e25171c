// Lets the phone keep what works without a net. The finder has a registration of its own: it needs nobody signed in.
const QUIETLY = { updateViaCache: "none" };

export default async function worker() {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  try {
    if (location.pathname.startsWith("/stod")) await serviceWorker.register("/stod/sw.js", QUIETLY);
    await serviceWorker.register("/sw.js", QUIETLY);
    // Which language the page without a net is shown in: no request asks for it then.
    const cache = await caches.open("narlinjen-language");
    await cache.put("/language", new Response(document.documentElement.lang));
  } catch {
    // A phone that keeps nothing, or no net: all pages work without.
  }
}
