// What the form comes to mean, said as one sentence: each is written by the server, and the one that fits is shown.
export default function shares(form) {
  const note = form.querySelector("[data-sentence]");
  const here = note.querySelector("[data-sentence-here]");
  const nobody = note.querySelector("template").content.querySelector("[data-name]").textContent;

  const say = () => {
    const given = new FormData(form);
    const mark = [...given.getAll("items").sort(), given.get("length")].join(" ");
    const found = [...note.querySelectorAll("template")].find((it) => it.dataset.sentenceOf === mark);
    note.hidden = !found;
    if (!found) return;
    const fresh = document.importNode(found.content, true);
    for (const it of fresh.querySelectorAll("[data-name]")) it.textContent = form.elements.name.value.trim() || nobody;
    const twin = document.createElement("p");
    twin.append(fresh);
    if (twin.textContent !== here.textContent) here.replaceChildren(...twin.childNodes);
  };

  form.addEventListener("input", say);
  addEventListener("pageshow", say);
  say();
}
