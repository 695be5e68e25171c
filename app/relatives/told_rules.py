"""Whom something is told about: a name and a birth date as people write them, compared with those of patients. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

KEPT = timedelta(days=30)
ADULT = 18
MONTHS = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
ENGLISH = {"may": 5, "oct": 10}
WHOLE = re.compile(r"(\d{4})[-./ ]?(\d{2})[-./ ]?(\d{2})(?:[-+ ]?\d{4})?")
SHORT = re.compile(r"(\d{2})(\d{2})(\d{2})(?:[-+]?\d{4})?")
DAY_FIRST = re.compile(r"(?:den )?(\d{1,2})[ ./-]+(\d{1,2}|[^\W\d_]{3,}\.?)[ ./-]+(\d{4})")


@dataclass(frozen=True)
class Known:
    """A patient of the unit. `born` is None for somebody whose number says no day."""

    key: UUID
    name: str
    born: date | None


def about(name: str, birth: str, patients: Iterable[Known], *, today: date) -> UUID | None:
    """The one patient who has this name and birth date; None where there is none, or more than one."""
    born, named = born_on(birth, today=today), parts(name)
    if born is None or not named:
        return None
    found = {it.key for it in patients if it.born == born and parts(it.name) == named}
    return found.pop() if len(found) == 1 else None


def parts(name: str) -> tuple[str, ...]:
    """The names in a name, whatever their order, hyphens, capitals and accents."""
    bare = "".join(it for it in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(it))
    return tuple(sorted(re.findall(r"\w+", bare.replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", ""))))


def born_on(text: str, *, today: date) -> date | None:
    """A day as people write one: 1980-05-17, 19800517, 17/5 1980, 17 maj 1980, or the beginning of a number."""
    said = " ".join(text.lower().split())
    if found := WHOLE.fullmatch(said):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := SHORT.fullmatch(said):
        year, month, day = (int(it) for it in found.groups())
        # Patients are adults, so that the later century is theirs where they have come of age in it.
        return next((it for at in (2000, 1900) if (it := _day(at + year, month, day)) and _adult(it, today)), None)
    if found := DAY_FIRST.fullmatch(said):
        word = found[2][:3]
        month = int(found[2]) if found[2].isdigit() else ENGLISH.get(word, 0)
        if not month and word in MONTHS:
            month = MONTHS.index(word) + 1
        return _day(int(found[3]), month, int(found[1]))
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _adult(born: date, today: date) -> bool:
    return (today.year - born.year, today.month, today.day) >= (ADULT, born.month, born.day)
