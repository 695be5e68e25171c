"""How what is shared is said, to the patient and to the relative."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from app.core.locale import gettext as _
from app.core.locale import when


@dataclass(frozen=True)
class Sentence:
    """What a form comes to mean when these are ticked and that time is chosen."""

    items: frozenset[str]
    length: str
    last: date

    @property
    def mark(self) -> str:
        return " ".join([*sorted(self.items), self.length])


def boxes() -> list[dict[str, str]]:
    """What can be shared, to tick."""
    return [
        {
            "value": "contact",
            "name": _("Vem som är min kontakt"),
            "text": _("Namn och mottagning, och vem som svarar när kontakten är borta."),
        },
        {"value": "bookings", "name": _("Mina tider"), "text": _("Dag, plats och vem jag träffar.")},
    ]


def sentences(lasts: Mapping[str, date]) -> list[Sentence]:
    """One for each way in which the form can be filled in."""
    ways = ({"contact"}, {"bookings"}, {"contact", "bookings"})
    return [Sentence(frozenset(items), length, last) for items in ways for length, last in lasts.items()]


class Ended(Protocol):
    """What is over, as its words need it."""

    @property
    def how(self) -> str | None: ...
    @property
    def who(self) -> str | None: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def until_at(self) -> datetime: ...


def how_it_ended(it: Ended) -> str:
    """Why somebody sees nothing (any longer), said to the patient."""
    at = when(it.ended_at or it.until_at)
    said = {
        "taken_back": _("Du tog tillbaka det %(when)s.", when=at),
        "not_them": _("Du sa att det var någon annan %(when)s.", when=at),
        "declined": _("Tackade nej %(when)s.", when=at),
        "left": _("Ville inte se det längre, %(when)s.", when=at),
        "expired": _("Tiden gick ut.") if it.who else _("Ingen svarade i tid."),
    }
    return said.get(it.how or "", _("Det upphörde %(when)s.", when=at))
