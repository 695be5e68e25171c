"""What every page must be: strict HTML, named for eyes and ears, no inline code, leading only where something is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from app.core.static import ONE_SHEET

STATIC = Path(__file__).parents[1] / "app" / "static"
LABELLED = {"input", "select", "textarea"}
UNLABELLED_INPUTS = {"hidden", "submit", "button", "image", "reset"}
REFERENCES = (
    "aria-labelledby", "aria-describedby", "aria-errormessage", "aria-controls", "aria-owns", "aria-details",
    "aria-flowto", "aria-activedescendant", "for", "list", "headers", "form",
)  # fmt: skip
LOADS = {"link": "href", "script": "src", "img": "src", "use": "href", "iframe": "src", "source": "src", "audio": "src"}
LOADS |= {"video": "src", "embed": "src", "object": "data", "track": "src", "image": "href"}
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
HELP = "/hjalp-nu"
# Leaving works from a page however old it is, and needs no token.
UNSIGNED = {"/lamna", "/lamna/tillbaka"}


@dataclass
class Page:
    """One page, parsed once; `order` is every element, outermost first."""

    root: Element
    adapter: MapAdapter | None
    order: list[Element] = field(init=False)
    parents: dict[Element, Element] = field(init=False)
    ids: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        self.order = [it for it in self.root.iter() if isinstance(it.tag, str)]
        self.parents = {child: parent for parent in self.order for child in parent}
        self.ids = Counter(it.attrib["id"] for it in self.order if "id" in it.attrib)

    def all(self, *tags: str) -> Iterator[Element]:
        return (it for it in self.order if tag(it) in tags)

    def above(self, it: Element) -> Iterator[Element]:
        while (it := self.parents.get(it)) is not None:  # type: ignore[assignment]
            yield it

    def name(self, it: Element) -> str:
        """What a screen reader would call it (a small part of the accname rules, enough for what we write)."""
        if spoken := it.attrib.get("aria-label", "").strip():
            return spoken
        if it.attrib.get("aria-labelledby"):
            wanted = it.attrib["aria-labelledby"].split()
            return " ".join(words(other) for other in self.order if other.attrib.get("id") in wanted).strip()
        return words(it)

    def name_by_aria(self, it: Element) -> str:
        return self.name(it) if it.attrib.get("aria-label") or it.attrib.get("aria-labelledby") else ""


def tag(it: Element) -> str:
    return it.tag.rpartition("}")[2] if isinstance(it.tag, str) else ""


def words(it: Element) -> str:
    """The text in it that is not hidden from the ears."""
    if it.attrib.get("aria-hidden") == "true" or tag(it) in ("script", "style", "template"):
        return ""
    said = [it.text or "", it.attrib.get("alt", "") if tag(it) == "img" else ""]
    for child in it:
        said += [words(child) if isinstance(child.tag, str) else "", child.tail or ""]
    return "".join(said).strip()


def show(it: Element) -> str:
    kept = " ".join(f'{name}="{value[:40]}"' for name, value in it.attrib.items() if name in ("id", "name", "href"))
    return f"<{tag(it)}{' ' if kept else ''}{kept}>"


def document(page: Page) -> Iterator[str]:
    if page.root.attrib.get("lang") not in ("sv", "en"):
        yield "html needs lang, the language of the page"
    titles = [words(it) for it in page.all("title") if tag(page.parents[it]) == "head"]
    if len(titles) != 1 or not titles[0].partition("–")[0].strip():
        yield f"the page needs one title that says what it is, not {titles}"
    if not any("charset" in it.attrib for it in page.all("meta")):
        yield "the head needs <meta charset>"
    for it in page.all("meta"):
        if it.attrib.get("name") == "viewport" and re.search(r"user-scalable|maximum-scale", it.attrib["content"]):
            yield "the viewport forbids zooming"
    firsts = [words(it) for it in page.all("h1")]
    if len(firsts) != 1 or not firsts[0]:
        yield f"the page needs one h1 with words in it, not {firsts}"
    level = 0
    for it in page.all(*HEADINGS):
        now = int(tag(it)[1])
        if now > level + 1 and level:
            yield f"the heading {words(it)!r} jumps from h{level} to {tag(it)}"
        if not words(it):
            yield f"{show(it)} is empty"
        level = now
    mains = list(page.all("main"))
    if [it.attrib.get("id") for it in mains] != ["main"]:
        yield 'the page needs one <main id="main">'
    links = [it.attrib.get("href") for it in page.all("a")]
    if links[:1] != ["#main"]:
        yield "the first link must be the skip link to #main"
    if HELP not in [urlsplit(link or "").path for link in links]:
        yield f"no link to {HELP}: help now is one tap from every page"


def identities(page: Page) -> Iterator[str]:
    for twice in (name for name, count in page.ids.items() if count > 1):
        yield f'id="{twice}" stands {page.ids[twice]} times'
    for it in page.order:
        if "id" in it.attrib and not re.fullmatch(r"\S+", it.attrib["id"]):
            yield f"{show(it)} has an empty id, or one with a space"
        for name in REFERENCES:
            for goal in it.attrib.get(name, "").split():
                if goal not in page.ids:
                    yield f'{show(it)} has {name}="{goal}", and nothing has that id'


def controls(page: Page) -> Iterator[str]:
    labels = [it for it in page.all("label") if words(it)]
    for it in page.all(*LABELLED):
        if tag(it) == "input" and it.attrib.get("type") in UNLABELLED_INPUTS:
            continue
        named = any(label.attrib.get("for") == it.attrib.get("id", "-") for label in labels)
        if not named and not any(above in labels for above in page.above(it)) and not page.name_by_aria(it):
            yield f"{show(it)} has no label"
    for label in page.all("label"):
        inside = any(tag(it) in LABELLED for it in label.iter())
        if not inside and "for" not in label.attrib:
            yield f"the label {words(label)!r} belongs to no field"
    for it in page.all("fieldset"):
        if not any(tag(child) == "legend" and words(child) for child in it):
            yield "a fieldset needs a legend"
    for it in page.all("table"):
        if not any(tag(child) == "caption" for child in it) and not page.name_by_aria(it):
            yield "a table needs a caption"
    for it in page.all("form"):
        if it.attrib.get("action") in UNSIGNED:
            continue
        if it.attrib.get("method", "get").lower() == "post" and not any(
            child.attrib.get("name") == "csrf_token" and child.attrib.get("value") for child in it.iter()
        ):
            yield f"the form to {it.attrib.get('action', 'this page')!r} has no csrf_token"


def code(page: Page) -> Iterator[str]:
    for it in page.order:
        if tag(it) == "style" or "style" in it.attrib:
            yield f"{show(it)} has inline style: put it in a stylesheet"
        if tag(it) == "script" and ("src" not in it.attrib or (it.text or "").strip()):
            yield "inline script: put it in a module under app/static/js"
        for name, value in it.attrib.items():
            if name.startswith("on"):
                yield f"{show(it)} has {name}: listen in a module instead"
            if re.match(r"\s*(javascript|vbscript|data):", value, re.IGNORECASE) and name not in ("value", "content"):
                yield f"{show(it)} has a {value[:12]} address in {name}"
        try:
            if int(it.attrib.get("tabindex", "0")) > 0:
                yield f"{show(it)} has a tabindex above 0, which moves focus out of order"
        except ValueError:
            yield f"{show(it)} has a tabindex that is no number"
        if "accesskey" in it.attrib or ("autofocus" in it.attrib and it.get("role") != "alert"):
            yield f"{show(it)} takes keys or focus that belong to the reader"


def names(page: Page) -> Iterator[str]:
    for it in page.all("img"):
        if "alt" not in it.attrib:
            yield f'{show(it)} has no alt (alt="" when it only decorates)'
    for it in page.all("svg"):
        hidden = any(up.attrib.get("aria-hidden") == "true" for up in (it, *page.above(it)))
        if not hidden and not (it.attrib.get("role") == "img" and page.name(it)):
            yield 'an svg needs aria-hidden="true", or role="img" and a label'
    for it in page.all("a", "button", "summary"):
        if not page.name(it):
            yield f"{show(it)} has no words"
        if any(tag(up) in ("a", "button") for up in page.above(it)):
            yield f"{show(it)} stands inside another link or button"
    for it in page.all("nav", "aside"):
        if not page.name_by_aria(it):
            yield f"{show(it)} needs aria-label or aria-labelledby"
    for it in page.order:
        if "aria-label" in it.attrib and not it.attrib["aria-label"].strip():
            yield f"{show(it)} has an empty aria-label"
    for it in page.all("ul", "ol"):
        if strange := [tag(child) for child in it if tag(child) not in ("li", "template", "")]:
            yield f"{show(it)} has {strange[0]} where a list has li"


def ways(page: Page) -> Iterator[str]:
    for it in page.all("a"):
        target = it.attrib.get("href")
        if target is None or target.strip() in ("", "#"):
            yield f"the link {words(it)!r} leads nowhere: href={target!r}"
            continue
        if it.attrib.get("target") == "_blank" and "noopener" not in it.attrib.get("rel", ""):
            yield f'{show(it)} opens a tab without rel="noopener"'
        yield from leads(page, it, target, "GET")
    for it in page.all("form"):
        method = it.attrib.get("method", "get").upper()
        if it.attrib.get("action") == "":
            yield 'a form has action="": leave it out, or say where'
        yield from leads(page, it, it.attrib.get("action", ""), method)
    for it in page.order:
        if it.attrib.get("formaction"):
            yield from leads(page, it, it.attrib["formaction"], it.attrib.get("formmethod", "post").upper())
        loaded = it.attrib.get(LOADS.get(tag(it), "-"), it.attrib.get("{http://www.w3.org/1999/xlink}href"))
        if loaded and tag(it) in LOADS:
            yield from same_house(it, loaded)


def leads(page: Page, it: Element, target: str, method: str) -> Iterator[str]:
    """Whether an address is of a kind we use and, when it is our own, stands in the table of routes."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        if parts.scheme not in ("https", "tel", "mailto", "sms") or (tag(it) == "form"):
            yield f"{show(it)} leads to {target!r}: forms stay here, links are https, tel, mailto or sms"
        return
    if not parts.path:
        if parts.fragment and parts.fragment not in page.ids:
            yield f"{show(it)} leads to #{parts.fragment}, and nothing has that id"
        return
    if not parts.path.startswith("/"):
        yield f"{show(it)} leads to {target!r}: write the whole path, with url_for"
    elif not parts.path.startswith("/static/") and page.adapter is not None:
        try:
            page.adapter.match(parts.path, method=method)
        except RequestRedirect:
            yield f"{show(it)} leads to {target!r}, which only redirects: use url_for"
        except HTTPException as error:
            yield f"{show(it)} leads to {method} {target!r}, and no route takes it ({error.code}): use url_for"


def same_house(it: Element, loaded: str) -> Iterator[str]:
    parts = urlsplit(loaded)
    if parts.scheme or parts.netloc:
        yield f"{show(it)} loads {loaded!r} from another house: keep a copy in app/static"
    elif parts.path.startswith("/static/"):
        inside = parts.path.split("/", 3)[3]
        if inside != ONE_SHEET and not (STATIC / inside).is_file():
            yield f"{show(it)} loads {loaded!r}, and there is no app/static/{inside}"


RULES: tuple[Callable[[Page], Iterator[str]], ...] = (document, identities, controls, code, names, ways)


def faults_of(html: str, adapter: MapAdapter | None = None) -> list[str]:
    """Everything that is wrong with a page, in words."""
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    root = parser.parse(html)
    found = [f"line {place[0]}: {name} {dict(data or {})}" for place, name, data in parser.errors]
    page = Page(root, adapter)
    return found + [fault for rule in RULES for fault in rule(page)]


def check_page(html: str, path: str, adapter: MapAdapter | None = None) -> None:
    """Raise AssertionError with what is wrong and where; with an `adapter`, also when a link leads to no route."""
    faults = faults_of(html, adapter)
    assert not faults, f"{path} is not a page of ours (tests/lint.py):\n- " + "\n- ".join(faults[:12])
