// Sends the letters that wait: the oldest first, one at a time, by one page or by the worker behind them all.
// The server knows a letter by its key, so what arrived though we never heard of it is not sent twice.
(() => {
  const AT = "/utkorg";
  const GIVE_UP = 20000;
  const TOO_OLD = 14 * 24 * 3600 * 1000;
  const vault = self.narlinjenVault;

  // One at a time in all tabs; without such locks the key makes two no worse than one.
  const hold = (act) => (navigator.locks ? navigator.locks.request("narlinjen.outbox", act) : act());
  const ask = (more) =>
    fetch(AT, { headers: { Accept: "application/json" }, redirect: "manual", signal: AbortSignal.timeout?.(GIVE_UP), ...more });
  const isOld = (letter) => Date.now() - letter.at > TOO_OLD && !letter.asked;
  const mark = ({ id, value, ...beside }, more) => vault.put("letters", id, { ...value, ...more.value }, { ...beside, ...more.beside });

  // What came of it: "done", "later" (no net, or not now), "out" (nobody is signed in), "other" (somebody else is).
  async function run() {
    const due = (await vault.all("letters")).filter((letter) => !letter.value.refused && !isOld(letter));
    const sent = [];
    if (!due.length) return { what: "done", sent };
    let what = "later";
    try {
      const answer = await ask();
      if (answer.ok) what = await each(due, await answer.json(), sent);
      else if (answer.type === "opaqueredirect" || answer.status === 401) what = "out";
    } catch {
      // The next time.
    }
    return { what, sent };
  }

  async function each(letters, { person, csrf_token }, sent) {
    let what = "done";
    for (const letter of letters) {
      if (letter.person !== person) {
        what = "other";
        continue;
      }
      const body = new FormData();
      const { place, fields } = letter.value;
      Object.entries({ ...fields, place, person, csrf_token }).forEach(([name, value]) => body.set(name, value));
      let answer;
      try {
        answer = await ask({ method: "POST", body });
      } catch {
        await mark(letter, { beside: { tried: true } });
        return "later";
      }
      if (answer.ok) {
        const { to } = await answer.json();
        await vault.drop("letters", letter.id);
        sent.push({ ...letter, to });
      } else if (answer.status === 410 || answer.status === 422) {
        await mark(letter, { value: { refused: (await answer.json()).words } });
      } else if (answer.status === 401 || answer.status === 409) {
        return answer.status === 401 ? "out" : "other";
      } else {
        return "later";
      }
    }
    return what;
  }

  async function send() {
    const done = await hold(run);
    if (done.sent.length && self.BroadcastChannel) {
      const others = new BroadcastChannel("narlinjen.outbox");
      others.postMessage(done);
      others.close();
    }
    return done;
  }

  self.narlinjenOutbox = { send, hold, isOld };
  self.addEventListener("sync", (event) => {
    if (event.tag !== "outbox") return;
    // What is refused here is tried again by the browser itself.
    event.waitUntil(send().then(({ what }) => what === "later" && Promise.reject(new Error(what))));
  });
})();
