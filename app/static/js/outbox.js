// Letters that wait for a net: shown where they were written, in their order, and taken back.
import "./vault.js";
import "../sw/outbox.js";

const SOON = 15000;
const LONGEST = 120000;
const FLAG = "narlinjen.waits";
const { narlinjenVault: vault, narlinjenOutbox: outbox } = self;
const marks = new Map();
let arrived = [];
let what = "done";
let wait = SOON;
let timer = 0;
let others = null;

export default function show(mark) {
  marks.set(mark, "");
  mark.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) act[button.dataset.do](button.closest("[data-id]").dataset.id, mark);
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
  const { pathname } = new URL(to, location.href);
  if (pathname !== location.pathname) return location.assign(to);
  history.scrollRestoration = "manual";
  history.replaceState(null, "", to);
  location.reload();
}

async function go() {
  clearTimeout(timer);
  if (!navigator.onLine) return draw();
  const done = await outbox.send();
  what = done.what;
  wait = what === "later" ? Math.min(wait * 2, LONGEST) : SOON;
  if (what === "later") later();
  return came(done);
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(go, wait);
}

function came({ sent }) {
  arrived = [...arrived, ...sent];
  for (const { value, to } of sent) {
    const form = formOf(value.place);
    if (form && !form.elements.text.value) return land(to);
  }
  return draw();
}

const formOf = (place) => document.querySelector(`form[data-draft-place="${place}"]`);

const act = {
  back: (id) =>
    change(async () => {
      const letter = await vault.get("letters", id);
      const form = letter && formOf(letter.value.place);
      if (!form) return;
      form.dispatchEvent(new CustomEvent("takenback", { detail: letter.value.fields }));
      await vault.drop("letters", id);
      form.elements.text.focus();
    }),
  drop: (id) => change(() => vault.drop("letters", id)),
  send: (id) =>
    change(async () => {
      const { value, ...beside } = await vault.get("letters", id);
      await vault.put("letters", id, value, { ...beside, asked: true });
    }).then(go),
};

// Not while it is being sent: then it is either there or gone.
async function change(how) {
  await outbox.hold(how);
  return draw();
}

async function draw() {
  const letters = await vault.all("letters");
  flag(letters.length);
  listen(letters.length);
  marks.forEach((before, mark) => {
    const now = JSON.stringify([letters, arrived, what]);
    if (now === before) return;
    marks.set(mark, now);
    if (mark.dataset.one) count(mark, letters.length);
    else list(mark, letters);
  });
}

function count(mark, many) {
  mark.hidden = !many;
  (mark.querySelector("[data-count]") || mark).textContent = many === 1 ? mark.dataset.one : mark.dataset.many.replace("{count}", many);
}

function list(mark, letters) {
  const { person, place } = mark.dataset;
  const mine = [...arrived, ...letters].filter((it) => it.person === person && (!place || it.value.place === place));
  const theirs = !place && letters.some((it) => it.person !== person);
  const [one, other] = mark.querySelectorAll("template");
  const rows = mine.map((letter, index) => fill(one.content.cloneNode(true), letter, index + 1, mine.length, !!place));
  mark.querySelector("ol").replaceChildren(...rows, ...(theirs ? [other.content.cloneNode(true)] : []));
  mark.hidden = !mine.length && !theirs;
}

function fill(row, letter, n, of, here) {
  const { value, to } = letter;
  const state = to ? "sent" : stateOf(letter);
  const part = (name) => row.querySelector(`[data-${name}]`);
  row.firstElementChild.dataset.id = letter.id;
  part("at").textContent = new Date(letter.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  if (of > 1) part("nth").textContent = part("nth").dataset.nth.replace("{n}", n).replace("{of}", of);
  part("text").replaceChildren(...value.fields.text.split(/\r?\n/).flatMap((line) => [line, document.createElement("br")]).slice(0, -1));
  part("why").textContent = value.refused || "";
  row.querySelectorAll("[data-open]").forEach((link) => (link.href = to || value.url));
  row.querySelectorAll("[data-when]").forEach((it) => (it.hidden = !it.dataset.when.split(" ").includes(state)));
  row.querySelectorAll("[data-where]").forEach((it) => (it.hidden ||= (it.dataset.where === "here") !== here));
  return row;
}

function stateOf(letter) {
  if (letter.value.refused) return "refused";
  if (outbox.isOld(letter)) return "old";
  if (what === "out" || what === "other") return what;
  return letter.tried ? "tried" : "waits";
}

// Says to every page that it must look, and nothing else.
function flag(many) {
  try {
    if (many) localStorage.setItem(FLAG, "1");
    else localStorage.removeItem(FLAG);
  } catch {
    // Then only the pages that show them look.
  }
}

function listen(many) {
  if (!many) {
    others?.close();
    others = null;
  } else if (!others && self.BroadcastChannel) {
    others = new BroadcastChannel("narlinjen.outbox");
    others.onmessage = (event) => came(event.data);
  }
}

addEventListener("online", go);
document.addEventListener("visibilitychange", () => document.hidden || go());
go();
