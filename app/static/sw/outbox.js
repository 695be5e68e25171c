// Sends the letters that wait, the oldest first, from a page or from the worker behind them all. The server knows a
// letter by its key: what arrived though nobody heard of it does not arrive twice.
(() => {
  const GIVE_UP = 20000;
  const TOO_OLD = 14 * 864e5;
  const vault = self.narlinjenVault;
  // One at a time in all tabs; without such locks the key makes two no worse than one.
  const hold = (act) => (navigator.locks ? navigator.locks.request("narlinjen.outbox", act) : act());
  const isOld = (letter) => Date.now() - letter.at > TOO_OLD && !letter.asked;
  const mark = ({ id, value, ...beside }, more, words) =>
    vault.put("letters", id, words ? { ...value, refused: words } : value, { ...beside, ...more });

  function ask(more) {
    const headers = { Accept: "application/json" };
    return fetch("/utkorg", { headers, redirect: "manual", signal: AbortSignal.timeout?.(GIVE_UP), ...more });
  }

  // What came of it: "done", "later" (no net, or not now), "out" (nobody is signed in), "other" (somebody else is).
  async function run(sent) {
    const due = (await vault.all("letters")).filter((letter) => !letter.value.refused && !isOld(letter));
    if (!due.length) return "done";
    const here = await ask();
    if (!here.ok) return here.status > 404 ? "later" : "out";
    const { person, csrf_token } = await here.json();
    const mine = due.filter((letter) => letter.person === person);
    for (const letter of mine) {
      const body = new FormData();
      const all = { ...letter.value.fields, place: letter.value.place, person, csrf_token };
      for (const name in all) body.set(name, all[name]);
      const answer = await ask({ method: "POST", body }).catch(() => mark(letter, { tried: true }));
      if (answer.status === 401) return "out";
      if (answer.status === 409) return "other";
      if (!answer.ok && answer.status !== 410 && answer.status !== 422) return "later";
      const { to, words } = await answer.json();
      await (to ? vault.drop("letters", letter.id) : mark(letter, {}, words));
      if (to) sent.push({ ...letter, to });
    }
    return mine.length < due.length ? "other" : "done";
  }

  async function send() {
    const sent = [];
    const what = await hold(() => run(sent).catch(() => "later"));
    if (sent.length && self.BroadcastChannel) new BroadcastChannel("narlinjen.outbox").postMessage({ sent });
    return { what, sent };
  }

  self.narlinjenOutbox = { send, hold, isOld };
  self.addEventListener("sync", (event) => {
    // What is refused here the browser tries again by itself.
    if (event.tag === "outbox") event.waitUntil(send().then(({ what }) => what === "later" && Promise.reject(what)));
  });
})();
