"""Which times suit a patient who wants another, as they choose them and as they are kept. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

DAYS = ("mon", "tue", "wed", "thu", "fri")
PARTS = ("morning", "afternoon")
MOST = 6
"""How many offers may be open for one time: more than that is no help to choose among."""
CHOICES = tuple(f"{day}-{part}" for day in DAYS for part in PARTS)


@dataclass(frozen=True)
class Suits:
    """What suits: some of CHOICES, in their order, and the patient's own words."""

    choices: tuple[str, ...] = ()
    words: str = ""

    @property
    def any(self) -> bool:
        return bool(self.choices or self.words)


def packed(choices: Collection[str], words: str) -> str | None:
    """One text to seal; None where nothing was said. The choices are kept as such, so that each reads them in their
    own language."""
    known = [it for it in CHOICES if it in choices]
    return f"{','.join(known)}\n{words}" if known or words else None


def unpacked(text: str | None) -> Suits:
    """What was packed."""
    first, _line, words = (text or "").partition("\n")
    return Suits(tuple(it for it in first.split(",") if it in CHOICES), words)


def by_day(choices: Collection[str]) -> list[tuple[str, tuple[str, ...]]]:
    """The chosen days, each with its chosen parts."""
    days = [(day, tuple(part for part in PARTS if f"{day}-{part}" in choices)) for day in DAYS]
    return [(day, parts) for day, parts in days if parts]
