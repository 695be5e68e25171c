// Letters that wait for a net: shown where they were written, in their order, and taken back.
import "./vault.js";
import "../sw/outbox.js";

const SOON = 15000;
const LONGEST = 120000;
const WHEN = { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" };
const FLAG = "narlinjen.waits";
const { narlinjenVault: vault, narlinjenOutbox: outbox } = self;
const { lang } = document.documentElement;
const marks = new Map();
const arrived = new Map();
let what = "done";
let wait = SOON;
let timer = 0;
let others = null;

export default function show(mark) {
  marks.set(mark, "");
  mark.addEventListener("click", async ({ target }) => {
    const verb = target.closest("[data-do]")?.dataset.do;
    if (!verb) return;
    // Not while it is being sent: then it is either there or gone.
    await outbox.hold(() => act[verb](target.closest("[data-id]").dataset.id));
    if (verb === "send") go();
    else draw();
  });
  draw();
}

// Leaves the letter in a form to wait; false when this phone can keep nothing. `tried`: it may have arrived.
export async function keep(form, pressed, tried) {
  const { csrf_token, reader, promise, ...fields } = Object.fromEntries(new FormData(form));
  if (pressed?.name) fields[pressed.name] = pressed.value;
  const { draftPlace: place, person } = form.dataset;
  const letter = { place, url: new URL(form.action).pathname, fields };
  const id = (await vault.get("letters", fields.key)) ? fields.key + Date.now() : fields.key;
  if (!(await vault.put("letters", id, letter, { person, tried }))) return false;
  navigator.serviceWorker?.ready.then((ready) => ready.sync?.register("outbox")).catch(() => {});
  await draw();
  for (const mark of marks.keys()) mark.querySelector(`[data-id="${id}"]`)?.focus();
  if (tried) later();
  return true;
}

export function land(to) {
  if (new URL(to, location.href).pathname !== location.pathname) return location.assign(to);
  history.scrollRestoration = "manual";
  history.replaceState(null, "", to);
  location.reload();
}

async function go() {
  clearTimeout(timer);
  if (!navigator.onLine) return;
  const done = await outbox.send();
  what = done.what;
  wait = what === "later" ? Math.min(wait * 2, LONGEST) : SOON;
  if (what === "later") later();
  came(done.sent);
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(go, wait);
}

function came(sent) {
  for (const letter of sent) arrived.set(letter.id, letter);
  for (const { value, to } of sent) if (formOf(value)?.elements.text.value === "") return land(to);
  draw();
}

const formOf = (value) => document.querySelector(`form[data-draft-place="${value.place}"]`);

const act = {
  async back(id) {
    const letter = await vault.get("letters", id);
    const form = letter && formOf(letter.value);
    if (!form) return;
    form.dispatchEvent(new CustomEvent("takenback", { detail: letter.value.fields }));
    form.elements.text.focus();
    await vault.drop("letters", id);
  },
  drop: (id) => vault.drop("letters", id),
  async send(id) {
    const { value, ...beside } = await vault.get("letters", id);
    await vault.put("letters", id, value, { ...beside, asked: true });
  },
};

async function draw() {
  const letters = await vault.all("letters");
  const many = letters.length;
  try {
    // Says to every page that it must look, and nothing else.
    if (many) localStorage.setItem(FLAG, "1");
    else localStorage.removeItem(FLAG);
  } catch {
    // Then only the pages that show them look.
  }
  if (many && !others && self.BroadcastChannel) {
    others = new BroadcastChannel("narlinjen.outbox");
    others.onmessage = ({ data }) => came(data.sent);
  } else if (!many) {
    others = others?.close();
  }
  for (const [mark, before] of marks) {
    const now = JSON.stringify([letters, [...arrived.keys()], what]);
    if (now === before) continue;
    marks.set(mark, now);
    const { one, many: more } = mark.dataset;
    if (!one) list(mark, letters);
    else mark.querySelector("[data-count]").textContent = many === 1 ? one : more.replace("{count}", many);
    if (one) mark.hidden = !many;
  }
}

function list(mark, letters) {
  const { person, place } = mark.dataset;
  const mine = [...arrived.values(), ...letters].filter((it) => it.person === person && (!place || it.value.place === place));
  const [one, other] = mark.querySelectorAll("template");
  const rows = mine.map((letter, index) => fill(one.content.cloneNode(true), letter, index + 1, mine.length, place));
  if (!place && letters.some((it) => it.person !== person)) rows.push(other.content.cloneNode(true));
  mark.querySelector("ol").replaceChildren(...rows);
  mark.hidden = !rows.length;
}

function fill(row, { id, at, value, to, tried, asked }, n, of, here) {
  const halted = value.refused ? "refused" : outbox.isOld({ at, asked }) && "old";
  const state = to ? "sent" : halted || (what === "out" || what === "other" ? what : tried ? "tried" : "waits");
  const part = (name) => row.querySelector(`[data-${name}]`);
  row.firstElementChild.dataset.id = id;
  part("at").textContent = new Date(at).toLocaleString(lang, WHEN).replace(/(\d):(\d)/, lang === "sv" ? "$1.$2" : "$&");
  if (of > 1) part("nth").textContent = part("nth").dataset.nth.replace("{n}", n).replace("{of}", of);
  part("text").append(...value.fields.text.split("\n").flatMap((line, index) => (index ? [document.createElement("br"), line] : line)));
  part("why").textContent = value.refused || "";
  for (const link of row.querySelectorAll("[data-open]")) link.href = to || value.url;
  for (const it of row.querySelectorAll("[data-when]"))
    it.hidden = !it.dataset.when.split(" ").includes(state) || it.dataset.where === (here ? "elsewhere" : "here");
  return row;
}

addEventListener("online", go);
document.addEventListener("visibilitychange", () => document.hidden || draw().then(go));
go();
