// A notice on the phone and the app on its screen say the same: what has been seen here is told there no longer.
const COUNT = "[data-news-count]";
// Not its time of origin, which is wrong on a phone that has slept.
const OPENED = Date.now() - performance.now();

export default function told() {
  navigator.serviceWorker?.addEventListener("message", ({ data }) => {
    if (data?.open && !writing()) location.assign(data.open);
  });
  const place = document.querySelector(COUNT);
  if (!place) return;
  agree(place);
  new MutationObserver(() => agree(place)).observe(place, { childList: true, characterData: true, subtree: true });
}

// Whoever is in the middle of a text stays there; how much is new stands above it.
function writing() {
  return [...document.querySelectorAll("textarea, input:not([type=hidden])")].some((it) => it.value !== it.defaultValue);
}

async function agree(place) {
  const count = parseInt(place.textContent.match(/\d+/) ?? "0", 10);
  try {
    await navigator.setAppBadge?.(count);
    // A trial is nothing new in the app, and the page that waits for it must not take it away.
    if (count || document.querySelector("#prov")) return;
    const shown = await (await navigator.serviceWorker?.getRegistration("/"))?.getNotifications();
    // One that came after the page was asked for tells of what the page does not know yet.
    const asked = Number(place.dataset.asked ?? OPENED);
    for (const notice of shown ?? []) if (!(notice.data?.at > asked)) notice.close();
  } catch {
    // What a phone does not know of, it does not show.
  }
}
