"""How sure a fact is, and which municipality somebody means: decided without asking anybody."""

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum

ASKED_AGAIN, DOUBTED, HISTORY = timedelta(days=90), timedelta(days=180), timedelta(days=365)
ALIKE = 0.7
FEW = 6
LONGEST = 60
PLAIN = str.maketrans("åäöéü", "aaoeu")
KOMMUN = re.compile(r"s?[ -]*(kommun|stad|municipality)$")
OUTSIDE = re.compile(r"[^a-z]+")


class State(StrEnum):
    """How sure a fact is."""

    FOUND = "found"  # seen in a source; nobody has confirmed it
    CONFIRMED = "confirmed"
    DUE = "due"  # confirmed, and its keeper is asked again
    DOUBTED = "doubted"  # not confirmed for half a year
    PAST = "past"  # history: its number is no longer shown


def state(assured_on: date | None, *, today: date) -> State:
    """What a fact's last confirmation is worth today."""
    if assured_on is None:
        return State.FOUND
    age = today - assured_on
    if age >= HISTORY:
        return State.PAST
    if age >= DOUBTED:
        return State.DOUBTED
    return State.DUE if age >= ASKED_AGAIN else State.CONFIRMED


def slug(text: str) -> str:
    """A name as it stands in an address: rattvik, malung-salen."""
    return OUTSIDE.sub("-", text.strip().lower().translate(PLAIN)).strip("-")


def slugs(counties: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Each municipality's own slug, by its code, from its name and county.

    Where two are written alike (Habo and Håbo), the one without dots and rings keeps the short one.
    """
    found: dict[str, str] = {}
    for code, (name, county) in sorted(counties.items(), key=lambda it: (slug(it[1][0]) != it[1][0].lower(), it)):
        short = slug(name)
        found[code] = short if short not in found.values() else f"{short}-{slug(county.split()[0])}"
    return found


def meant(sought: str, names: Iterable[str]) -> list[str]:
    """The names that somebody may have meant, the likeliest first: one when it is sure.

    As it is spelt, else with å, ä and ö written plainly, else by its beginning, else by likeness.
    """
    asked = " ".join(sought.lower().split())[:LONGEST]
    bare = KOMMUN.sub("", asked).strip()
    known = list(names)
    for typed in (asked, bare):
        if same := [name for name in known if name.lower() in (typed, f"{typed}s")]:
            return same
    wanted = slug(bare)
    if not wanted:
        return []
    by_slug: dict[str, list[str]] = {}
    for name in known:
        by_slug.setdefault(slug(name), []).append(name)
    # The name that a municipality calls itself by has an s more, or an n less (Falu, Rättviks).
    if wanted in by_slug:
        return by_slug[wanted]
    if begun := [name for key, them in by_slug.items() if key.startswith(wanted) for name in them]:
        return sorted(begun, key=len)[:FEW]
    return [name for key in difflib.get_close_matches(wanted, by_slug, FEW, ALIKE) for name in by_slug[key]][:FEW]
