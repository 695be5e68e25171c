// What a template will say, shown as it is written: the page that a press on its button gives, without the press.
const CALM = 600;

export default function sample(form) {
  const shown = document.querySelector("[data-sample-shown]");
  let timer = 0;
  let asked = 0;

  async function show() {
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
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, CALM);
  });
}
