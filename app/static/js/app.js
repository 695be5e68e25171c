// Each page works without this. What a part of a page can do more is said by its attribute.
import leave from "./leave.js";

const parts = {
  draft: "[data-draft]",
  send: "[data-send]",
  live: "[data-live]",
  forget: "[data-forget]",
  passkey: "[data-passkey]",
  code: "[data-code]",
  shares: "[data-shares], [data-sample]",
  share: "[data-share], [data-print]",
  outbox: "[data-outbox]",
  again: "[data-again]",
  install: "[data-install]",
  saved: "[data-saved]",
  push: "[data-push], [data-trial], [data-signed-in]",
};

// On every page, and it must be ready before anything else is fetched.
document.querySelectorAll("[data-leave]").forEach((form) => leave(form));

// Words first: what a part can do more is fetched when the page has been drawn. A page that nobody looks at never is.
const drawn = new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
const soon = new Promise((done) => setTimeout(done, 100));

Promise.race([drawn, soon]).then(() => {
  for (const [name, mark] of Object.entries(parts)) {
    const found = [...document.querySelectorAll(mark)];
    if (found.length) import(`./${name}.js`).then((part) => found.forEach((element) => part.default(element)));
  }
  import("./told.js").then((part) => part.default());
});

// A letter that waits on this phone is sent by whatever page of ours comes first.
try {
  if ("narlinjen.waits" in localStorage) import("./outbox.js");
} catch {
  // Then the pages that show them do it.
}

// The browser's own question about the home screen comes when nobody asked; ours is on a page of its own.
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  self.narlinjenAsks = event;
});

// After what the page itself fetches.
const last = () => import("./worker.js").then((part) => part.default());
if (document.readyState === "complete") last();
else addEventListener("load", last);
