// What a form comes to mean, said while it is filled in.
export default function shares(form) {
  if (form.matches("[data-sample]")) sample(form);
  else sentence(form);
}

// As one sentence: each is written by the server, and the one that fits is shown.
function sentence(form) {
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

// As the page that a press on its button gives, without the press.
const CALM = 600;

function sample(form) {
  const shown = document.querySelector("[data-sample-shown]");
  let timer = 0;
  let asked = 0;

  const say = async () => {
    const mine = ++asked;
    const body = new FormData(form);
    body.set("gor", "visa");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(body) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-sample-shown]");
      if (mine === asked && fresh) shown.replaceChildren(...fresh.childNodes);
    } catch {
      // Without a net the last one stands, and the button says why when it is pressed.
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(say, CALM);
  });
}
