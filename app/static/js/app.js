// Each page works without this. What a part of a page can do more is said by its attribute.
const parts = {
  draft: "[data-draft]",
  send: "[data-send]",
  live: "[data-live]",
  leave: "[data-leave]",
  forget: "[data-forget]",
};

for (const [name, mark] of Object.entries(parts)) {
  const found = [...document.querySelectorAll(mark)];
  if (found.length) import(`./${name}.js`).then((part) => found.forEach((element) => part.default(element)));
}
