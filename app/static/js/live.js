// Hears that something has changed and fetches the page again. The stream carries no words; when it breaks, we ask instead.
const EVERY = 15000;
const LONGEST = 120000;
const POLLS_BEFORE_STREAM = 4;

export default function live(mark) {
  const region = document.querySelector("[data-live-region]");
  if (!region) return;
  let stream = null;
  let timer = 0;
  let wait = EVERY;
  let polls = 0;
  let seen = tag(mark);
  let renewing = null;
  let again = false;
  let over = false;

  async function renew() {
    if (renewing) {
      again = true;
      return renewing;
    }
    renewing = fetchRegion();
    await renewing;
    renewing = null;
    if (again && !over) {
      again = false;
      return renew();
    }
  }

  async function fetchRegion() {
    const asked = Date.now();
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
      if (answer.status === 401 || answer.status === 404) return gone();
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector(`[data-live-region="${region.dataset.liveRegion}"]`);
      const twin = page.querySelector("[data-live]");
      if (!fresh || !twin) return answer.redirected ? gone() : undefined;
      swap(fresh);
      count(page, asked);
      mark.dataset.live = twin.dataset.live;
      seen = tag(twin);
    } catch {
      // The next event, or the next question, tries again.
    }
  }

  // How much is new stands in the navigation, outside of what is followed.
  function count(page, asked) {
    const [here, fresh] = [document, page].map((it) => it.querySelector("[data-news-count]"));
    if (!here || !fresh) return;
    here.dataset.asked = asked;
    if (here.innerHTML !== fresh.innerHTML) here.replaceChildren(...document.importNode(fresh, true).childNodes);
  }

  function swap(fresh) {
    if (fresh.innerHTML === region.innerHTML) return;
    const before = letters(region);
    const active = document.activeElement;
    const inside = region.contains(active) ? active : null;
    const top = !inside && active !== document.body ? active.getBoundingClientRect().top : null;
    region.replaceChildren(...document.importNode(fresh, true).childNodes);
    if (inside) refocus(inside);
    if (top !== null) scrollBy(0, active.getBoundingClientRect().top - top);
    const after = letters(region);
    const last = Math.max(0, ...before.keys());
    if (!after.size || [...after].some(([n, mine]) => n > last && !mine)) say();
  }

  function refocus(old) {
    const href = old.getAttribute("href");
    const twin = old.id ? document.getElementById(old.id) : href && [...region.querySelectorAll("a")].find((it) => it.getAttribute("href") === href);
    if (twin) twin.focus({ preventScroll: true });
  }

  function say() {
    mark.textContent = "";
    setTimeout(() => (mark.textContent = mark.dataset.news), 100);
  }

  function open() {
    close();
    if (over || document.hidden) return;
    if (!window.EventSource) return poll();
    stream = new EventSource(mark.dataset.live);
    stream.addEventListener("changed", renew);
    stream.addEventListener("gone", gone);
    stream.onopen = () => (wait = EVERY);
    stream.onerror = () => {
      close();
      polls = 0;
      later();
    };
  }

  function close() {
    clearTimeout(timer);
    if (stream) stream.close();
    stream = null;
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(poll, wait + Math.random() * 3000);
  }

  async function ask() {
    const headers = seen ? { "If-None-Match": seen } : {};
    const answer = await fetch(mark.dataset.liveState, { headers, cache: "no-store" });
    if (answer.status === 401 || answer.status === 404) return gone();
    if (answer.status !== 304 && !answer.ok) throw new Error(String(answer.status));
    if (answer.status !== 304 && answer.headers.get("ETag") !== seen) await renew();
  }

  async function poll() {
    if (over || document.hidden) return;
    try {
      await ask();
      wait = EVERY;
      polls += 1;
    } catch {
      wait = Math.min(wait * 2, LONGEST);
    }
    if (over || document.hidden) return;
    if (polls >= POLLS_BEFORE_STREAM && window.EventSource) open();
    else later();
  }

  // No longer this person's page: nothing of it stays on the screen, but what is being written does.
  function gone() {
    over = true;
    close();
    const typed = [...document.querySelectorAll("textarea")].some((field) => field.value);
    if (typed) region.replaceChildren();
    else location.reload();
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else open();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => {
    if (event.persisted) open();
  });
  open();
}

function tag(mark) {
  return `"${mark.dataset.liveSeen}"`;
}

function letters(region) {
  return new Map([...region.querySelectorAll("[data-letter]")].map((it) => [Number(it.id.slice(1)), it.classList.contains("mine")]));
}
