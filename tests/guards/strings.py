"""Every text a person reads, out of the source. `python -m tests.guards.strings` brings the catalogues up to it."""

import io
import re
import sys
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.core.locale import CATALOGUES, NAMES, SOURCE
from tests.guards.source import ROOT

KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "_n": (1, 2)}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[sd]|\{(\w+)\}")
VOLATILE = re.compile(
    r'^"(POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator|Language-Team|Report-Msgid-Bugs-To'
    r"|Project-Id-Version):.*\n",
    re.MULTILINE,
)
TAG = re.compile(r"</?(\w+)[^>]*>")


def extracted() -> Catalog:
    """What the source says now."""
    found = Catalog(locale=SOURCE, project="Närlinjen", charset="utf-8")
    for file, _line, text, comments, context in extract_from_dir(
        str(ROOT / "app"), METHODS, {"**.html": {"newstyle_gettext": "true"}}, KEYWORDS
    ):
        found.add(text, locations=[(f"app/{file}", 0)], auto_comments=comments, context=context)
    return found


@cache
def said() -> Catalog:
    """The same, once, for who only reads it."""
    return extracted()


def catalogue(code: str) -> Path:
    return CATALOGUES / code / "LC_MESSAGES" / "messages.po"


def read(path: Path, code: str) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=code)


def placeholders(text: str) -> list[str]:
    return sorted({hit.group(0) for hit in PLACEHOLDER.finditer(text)})


def faults(message: Message) -> list[str]:
    """What is wrong with one translation."""
    sources = message.id if isinstance(message.id, tuple) else (message.id,)
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    if not all(text.strip() for text in texts):
        return ["it has no translation"]
    found = ["it is fuzzy"] if message.fuzzy else []
    wanted = {name for source in sources for name in placeholders(source)}
    for text in texts:
        if strange := set(placeholders(text)) - wanted:
            found.append(f"it has {sorted(strange)}, which the source has not")
    if missing := set(placeholders(sources[-1])) - set(placeholders(texts[-1])):
        found.append(f"it lacks {sorted(missing)}")
    if sorted(TAG.findall(sources[-1])) != sorted(TAG.findall(texts[-1])):
        found.append("its markup is another than the source's")
    return found


def renew(code: str) -> str:
    """Bring one catalogue up to the source: new texts stand empty, old translations stay, what is gone goes."""
    path, source = catalogue(code), extracted()
    there = read(path, code) if path.exists() else Catalog(locale=code)
    there.update(source, no_fuzzy_matching=True)
    there.fuzzy = False
    output = io.BytesIO()
    write_po(output, there, width=110, omit_header=False, sort_by_file=True, ignore_obsolete=True, include_lineno=False)
    text = VOLATILE.sub("", output.getvalue().decode())
    text = text[text.index("msgid") :]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    again = read(path, code)
    left = [message for message in again if message.id and faults(message)]
    return f"{code}: {len(again)} texts, {len(left)} to translate or mend"


def main() -> int:
    for code in sorted(NAMES.keys() - {SOURCE}):
        print(renew(code))
    return 0


if __name__ == "__main__":
    sys.exit(main())
