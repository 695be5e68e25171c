"""What can be measured of how a page looks and works: axe, sideways scroll, targets, focus, forced colours."""

from dataclasses import dataclass
from itertools import product
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {"target-size": {"enabled": True}}}
# Faults are told in full; to word all that is well, too, costs as much again, and nobody reads it.
FAULTS_ONLY = {"resultTypes": ["violations"]}
SCRIPT = Axe().axe_script
ASK = "(options) => axe.run(document, options).then((found) => found.violations)"
MOST_STOPS = 40
DEFAULT_SIZE = 16


@dataclass(frozen=True)
class Way:
    """A way of looking at a page."""

    width: int
    scheme: str
    language: str
    size: int

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}-{self.language}-{self.size}"

    @property
    def height(self) -> int:
        return {320: 640, 390: 844}.get(self.width, 900)


EVERYDAY = (Way(390, "light", "sv", 100), Way(320, "dark", "en", 200))
EVERYTHING = tuple(Way(*each) for each in product((320, 390, 1280), ("light", "dark"), ("sv", "en"), (100, 200)))


def enlarge_text(page: Page, percent: int) -> None:
    """The reader's own text size, as set in the browser."""
    size = DEFAULT_SIZE * percent // 100
    session = page.context.new_cdp_session(page)
    session.send("Page.setFontSizes", {"fontSizes": {"standard": size, "fixed": size * 13 // 16}})


def axe(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT)
    found = page.evaluate(ASK, AXE | FAULTS_ONLY)
    return [
        f"axe {fault['id']}: {node['target']} {node['failureSummary']}" for fault in found for node in fault["nodes"]
    ]


SIDEWAYS = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const wide = [...document.querySelectorAll("body *")].filter((it) => it.getBoundingClientRect().right > root.clientWidth + 1);
  return [`sideways: ${root.scrollWidth} px in ${root.clientWidth}: ` + wide.slice(0, 3).map((it) => it.outerHTML.slice(0, 90)).join(" | ")];
}"""

# What main clips never makes the page wider, but is as lost.
CUT = """() => {
  const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const faults = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const owner = node.parentElement;
    if (!node.data.trim() || !owner.checkVisibility() || owner.closest("template, textarea, .hidden, .scroll")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const over = Math.max(...[...range.getClientRects()].map((box) => box.right)) - document.documentElement.clientWidth;
    if (over > 1) faults.push(`cut off by ${Math.round(over)} px: "${node.data.trim().slice(0, 60)}" in ${owner.outerHTML.slice(0, 80)}`);
  }
  return faults;
}"""

TARGETS = """() => {
  const faults = [];
  for (const it of document.querySelectorAll("a[href], button, input:not([type=hidden]), textarea, select, summary")) {
    const box = it.getBoundingClientRect();
    if (!it.checkVisibility() || box.width <= 1 || box.bottom < 0) continue;
    const least = getComputedStyle(it).display === "inline" ? 0 : 44;
    const boxes = [...((it.matches("[type=radio], [type=checkbox]") && it.closest("label")) || it).getClientRects()];
    const tall = Math.max(...boxes.map((b) => b.height)), broad = Math.max(...boxes.map((b) => b.width));
    if (least ? tall < least - 0.5 || broad < least - 0.5 : tall < 17)
      faults.push(`target ${Math.round(broad)}x${Math.round(tall)}: ${it.outerHTML.slice(0, 110)}`);
  }
  return faults;
}"""

STOP = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const faults = [];
  const name = it.outerHTML.slice(0, 110);
  const row = it.matches("[type=radio], [type=checkbox]") && it.closest("label");
  const style = getComputedStyle(row || it);
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) faults.push(`focus cannot be seen: ${name}`);
  const box = it.getClientRects()[0];
  // The browser brings a text field's caret into view, not its last line.
  const tall = it.matches("textarea") || box.height > innerHeight * 0.4;
  if (!tall && (box.top < -1 || box.bottom > innerHeight + 1)) faults.push(`focus is outside the window: ${name}`);
  const at = (x, y) => { const hit = document.elementFromPoint(x, y); return hit && (hit === it || it.contains(hit) || hit.contains(it)); };
  const inset = Math.min(4, box.height / 3), middle = box.left + box.width / 2;
  const points = tall ? [(Math.max(0, box.top) + Math.min(innerHeight, box.bottom)) / 2] : [box.top + inset, box.bottom - inset];
  for (const y of points) if (!at(middle, y)) faults.push(`focus is covered at ${Math.round(middle)},${Math.round(y)} by ${document.elementFromPoint(middle, y)?.outerHTML.slice(0, 60)}: ${name}`);
  const stop = it.dataset.stop !== undefined;
  it.dataset.stop = "";
  return { faults, stop };
}"""

FORCED = """() => [...document.querySelectorAll(".btn:not(.btn--plain), .help, textarea, input:not([type=hidden], [type=radio], [type=checkbox])")]
  .filter((it) => it.checkVisibility() && parseFloat(getComputedStyle(it).borderTopWidth) < 1)
  .map((it) => `no border in forced colours: ${it.outerHTML.slice(0, 110)}`)
  .concat([...document.querySelectorAll(".btn--plain")]
    .filter((it) => it.checkVisibility() && parseFloat(getComputedStyle(it).borderTopWidth) > 0)
    .map((it) => `a box in forced colours: ${it.outerHTML.slice(0, 110)}`))"""


def focus(page: Page) -> list[str]:
    """Tab through the page: each stop is seen, inside the window and under nothing."""
    faults: list[str] = []
    page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        found: dict[str, Any] | None = page.evaluate(STOP)
        if found is None or found["stop"]:
            break
        faults += found["faults"]
    return faults


def forced_colours(page: Page) -> list[str]:
    page.emulate_media(forced_colors="active")
    faults: list[str] = page.evaluate(FORCED) + page.evaluate(SIDEWAYS)
    page.emulate_media(forced_colors="none")
    return faults


def help_is_near(page: Page) -> list[str]:
    """Help now is one press away, and in sight without scrolling."""
    link = page.locator("nav a[href='/hjalp-nu']")
    page.evaluate("scrollTo(0, 0)")
    seen: bool = link.count() == 1 and link.evaluate(
        """(it) => { const box = it.getBoundingClientRect();
        return box.top >= 0 && box.bottom <= innerHeight && it.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)); }"""
    )
    return [] if seen else ["help now is not in sight"]


def tall_window(page: Page, most: int = 60_000) -> None:
    """A window as tall as the page, so that what sticks to its edge covers nothing."""
    width = (page.viewport_size or {"width": 390})["width"]
    height = min(page.evaluate("document.documentElement.scrollHeight"), most)
    page.set_viewport_size({"width": width, "height": height})


def faults(page: Page, *, forced: bool = False) -> list[str]:
    """All that is wrong with the page as it stands."""
    before = page.viewport_size
    found = help_is_near(page) + focus(page) + page.evaluate(SIDEWAYS) + page.evaluate(CUT)
    if forced:
        found += forced_colours(page)
    tall_window(page)
    found += page.evaluate(TARGETS) + axe(page)
    if before:
        page.set_viewport_size(before)
    return found
