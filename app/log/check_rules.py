"""What is drawn from the log to be checked, when it is due, and what may be seen of it. HSLF-FS 2016:40 4 kap. 9 §."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

RULES = ("random", "own_unit", "surname", "many", "colleague")
EVERY = timedelta(days=30)
LONGEST = timedelta(days=93)
MOST_ROWS, USUAL_ROWS = 100, 20
MANY = 25
"""So many different patients opened within one hour of the clock is many."""
PARTICLES = {"af", "av", "von", "van", "de", "la", "der", "den", "ter", "el", "al", "bin", "abu", "ibn"}
GLANCES = (".listed", ".glimpsed")
JUDGED = ("as_should", "look_into")


@dataclass(frozen=True)
class Due:
    """When a rule was last drawn by, up to which day, and when it is to be drawn again."""

    rule: str
    last: date | None
    due: date
    late: bool


def is_glance(action: str) -> bool:
    """Whether somebody was only seen among others in a list."""
    return action.endswith(GLANCES)


def opens_only(rule: str) -> bool:
    """Whether a rule passes over what was only seen in a list: everybody's own lists would fill the sample."""
    return rule in ("random", "many")


def due(lasts: Mapping[str, date], today: date) -> list[Due]:
    """Each rule by when it is due, the most urgent first; what was never drawn is due today."""
    found = [
        Due(rule, last, last + EVERY if last else today, not last or last + EVERY <= today)
        for rule, last in ((rule, lasts.get(rule)) for rule in RULES)
    ]
    return sorted(found, key=lambda it: (it.due, RULES.index(it.rule)))


def period(last: date | None, today: date) -> tuple[date, date]:
    """From the day after the last draw's to yesterday, so that no day lies between two; never longer than it may be."""
    ends = today - timedelta(days=1)
    starts = last + timedelta(days=1) if last else ends - EVERY + timedelta(days=1)
    return max(min(starts, ends), ends - LONGEST + timedelta(days=1)), ends


def surnames(name: str) -> frozenset[str]:
    """The surname of a name and, where it is double, its parts: `Ek-Lund` is both Ek and Lund."""
    parts = unicodedata.normalize("NFC", name).casefold().split()
    if len(parts) < 2:
        return frozenset()
    halves = [half for half in parts[-1].split("-") if half]
    return frozenset({parts[-1], *halves}) - PARTICLES


def same_surname(one: str, other: str) -> bool:
    return bool(surnames(one) & surnames(other))


def initials(name: str) -> str:
    """`S. N.`: enough to speak of a row, and not who it is."""
    first = [part[0].upper() for part in name.split() if part[0].isalpha()]
    return " ".join(f"{letter}." for letter in (first[:1] + first[-1:] if len(first) > 1 else first)) or "–"


def next_unjudged(judged: Iterable[tuple[int, bool]], after: int) -> int | None:
    """The next row to judge after one, going round once; None when all are."""
    left = sorted(n for n, done in judged if not done)
    return next((n for n in left if n > after), left[0] if left else None)


def cell(text: str) -> str:
    """A text as it may stand in a spreadsheet, where one that begins as a formula would be one."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
