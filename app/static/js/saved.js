// "Spara på den här telefonen": what may be read without a net lies here sealed, and is read only while the session in
// which it was saved is. Each page that asks the server renews it; the page without a net shows it.
import "./vault.js";
import { cookie } from "./empty.js";

const ID = "contact";
const DAY = 24 * 3600 * 1000;
const { narlinjenVault: vault } = self;
const half = () => cookie(document.querySelector("[data-leave]").dataset.here);

export default async function saved(mark) {
  if (mark.dataset.url) await renew(mark.dataset.url);
  if (mark.querySelector("[data-lines]")) return show(mark);
  if (!mark.querySelector("[data-when]")) return;
  mark.addEventListener("click", async (event) => {
    const verb = event.target.closest("[data-do]")?.dataset.do;
    if (verb === "save") await tell(mark, (await fetched(mark.dataset.url)) ? null : "cannot", true);
    if (verb === "drop") await vault.drop("saved", ID).then(() => tell(mark, null, true));
  });
  tell(mark);
}

// What is kept here, by whoever is signed in now; else nothing, and it is gone.
async function read() {
  const kept = await vault.get("saved", ID);
  if (!kept) return null;
  const age = Math.abs(Date.now() - kept.at);
  if (kept.value.half === half() && age < kept.value.days * DAY) return kept;
  await vault.drop("saved", ID);
  return null;
}

async function renew(url) {
  if (await read()) await fetched(url);
}

// Asks the server and keeps the answer. Without a net what is there stays; where nobody is signed in, nothing does.
async function fetched(url) {
  let answer;
  try {
    answer = await fetch(url, { headers: { Accept: "application/json" }, redirect: "manual", cache: "no-store" });
  } catch {
    return false;
  }
  if (answer.status >= 500) return false;
  const { days, lines, times } = answer.ok ? await answer.json() : { lines: [], times: [] };
  if (lines.length || times.length) return vault.put("saved", ID, { half: half(), days, lines, times });
  await vault.drop("saved", ID);
  return false;
}

async function tell(mark, state, moved) {
  const kept = await read();
  const now = state || (kept ? "saved" : "can");
  if (kept) dated(mark, kept);
  for (const part of mark.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== now && !(now === "cannot" && part.dataset.when === "can");
  if (moved) (mark.querySelector(`[data-when="${now}"][tabindex]`) || mark.querySelector("[data-do]")).focus();
}

async function show(mark) {
  const kept = await read();
  if (!kept) return;
  for (const list of mark.querySelectorAll("[data-lines]")) {
    // What was saved before there were times has none; a time that is over is nothing to go to.
    const them = (kept.value[list.dataset.lines] ?? []).filter(({ ends }) => !ends || Date.parse(ends) > Date.now());
    const row = list.nextElementSibling;
    list.replaceChildren(...them.map((line) => fill(row.content.cloneNode(true), line)));
    list.parentElement.hidden = !them.length;
  }
  dated(mark, kept);
  mark.hidden = !mark.querySelector("[data-lines] > li");
}

function fill(row, { href, ends, ...words }) {
  for (const [name, text] of Object.entries(words)) row.querySelector(`[data-${name}]`).textContent = text ?? "";
  const call = row.querySelector("[data-call]");
  if (href) call.href = href;
  else call?.remove();
  return row;
}

function dated(mark, { at }) {
  const when = new Date(at).toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
  const said = mark.querySelector("[data-at]");
  said.textContent = said.dataset.at.replace("{when}", when);
}
