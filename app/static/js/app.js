// Each page works without this. What a part of a page can do more is said by its attribute.
import leave from "./leave.js";

const parts = {
  draft: "[data-draft]",
  send: "[data-send]",
  live: "[data-live]",
  forget: "[data-forget]",
  passkey: "[data-passkey]",
  code: "[data-code]",
  shares: "[data-shares]",
  share: "[data-share]",
  push: "[data-push], [data-trial], .foot a[href='/logga-ut']",
};

// On every page, and it must be ready before anything else is fetched.
document.querySelectorAll("[data-leave]").forEach((link) => leave(link));

for (const [name, mark] of Object.entries(parts)) {
  const found = [...document.querySelectorAll(mark)];
  if (found.length) import(`./${name}.js`).then((part) => found.forEach((element) => part.default(element)));
}
