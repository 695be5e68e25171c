"""What is known about support, read from the files beside this one. Nothing here asks the database."""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from app.support import rules
from app.support.rules import State

FOLDER = Path(__file__).parent / "facts"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that is known: from where, seen when (a day, a month or a year), confirmed when and by whom."""

    id: str
    source: str
    seen: str | None
    assured_date: date | None
    assurer: str | None

    def state(self, today: date) -> State:
        return rules.state(self.assured_date, today=today)

    @property
    def host(self) -> str:
        """Where it was seen, as one says it; what is no address is said as it is."""
        return (urlsplit(self.source).hostname or "").removeprefix("www.")

    @property
    def link(self) -> str | None:
        return self.source if self.source.startswith("https://") else None


@dataclass(frozen=True, kw_only=True)
class Organization:
    """Who gives support, and for which municipalities (HSDS organization)."""

    id: str
    name: str
    municipalities: tuple[str, ...]
    website: str | None


@dataclass(frozen=True, kw_only=True)
class Service(Fact):
    """What one can get (HSDS service); not `whole` when the source says little about it."""

    organization: str
    taxonomy: str
    municipalities: tuple[str, ...]
    description: tuple[str, ...]
    whole: bool
    url: str | None


@dataclass(frozen=True, kw_only=True)
class Phone(Fact):
    organization: str
    type: str
    number: str
    hours: str | None
    closed: date | None


@dataclass(frozen=True, kw_only=True)
class Location(Fact):
    organization: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Meeting(Fact):
    """Where relatives meet; `once`: seen a single time, so that it may be over."""

    organization: str
    municipalities: tuple[str, ...]
    name: str
    by: str | None
    place: str | None
    recurrence: str | None
    once: bool
    url: str | None


@dataclass(frozen=True, kw_only=True)
class Line(Fact):
    """A help line."""

    name: str
    number: str
    hours: str | None
    whom: str | None
    chat: str | None
    closed: date | None


@dataclass(frozen=True)
class Municipality:
    """One of the 290, by SCB's code. `twin` is another one whose name is spelt alike but for its dots."""

    code: str
    name: str
    county: str
    slug: str
    twin: str | None = None


@dataclass(frozen=True)
class Answer:
    """The five things that every municipality's page names, each with what is known, and what is history."""

    municipality: Municipality
    support: Service | None
    ombudsman: Service | None
    ombudsman_name: str | None
    office: Location | None
    meetings: tuple[Meeting, ...]
    switchboard: Phone | None
    address: Location | None
    website: str | None
    past: tuple[Meeting, ...]


F = TypeVar("F", bound=Fact)


@dataclass(frozen=True)
class Book:
    """All that is known."""

    municipalities: dict[str, Municipality]
    organizations: dict[str, Organization]
    services: tuple[Service, ...]
    phones: tuple[Phone, ...]
    locations: tuple[Location, ...]
    meetings: tuple[Meeting, ...]
    all_lines: tuple[Line, ...]
    by_slug: dict[str, Municipality] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_slug", {it.slug: it for it in self.municipalities.values()})

    @property
    def lines(self) -> dict[str, Line]:
        """The help lines that are open. A closed one is in no answer."""
        return {it.id: it for it in self.all_lines if it.closed is None}

    def counties(self) -> dict[str, list[Municipality]]:
        """The municipalities by county: first the counties of which something is known, then all in Swedish order."""
        known = {self.municipalities[code].county for it in self.organizations.values() for code in it.municipalities}
        found: dict[str, list[Municipality]] = {}
        ordered = sorted(
            self.municipalities.values(), key=lambda it: (it.county not in known, _order(it.county), _order(it.name))
        )
        for it in ordered:
            found.setdefault(it.county, []).append(it)
        return found

    def meant(self, sought: str) -> list[Municipality]:
        """The municipalities that somebody may have meant by what they typed, the likeliest first."""
        by_name = {it.name: it for it in self.municipalities.values()}
        if direct := self.by_slug.get(sought):
            return [direct]
        return [by_name[name] for name in rules.meant(sought, by_name)]

    def answer(self, municipality: Municipality, *, today: date) -> Answer:
        def first(them: Iterable[F]) -> F | None:
            return next((it for it in them if it.state(today) != State.PAST), None)

        code = municipality.code
        here = [it.id for it in self.organizations.values() if it.municipalities == (code,)]
        own = next((self.organizations[name] for name in here), None)
        services = [it for it in self.services if code in it.municipalities]
        ombudsman = first(it for it in services if it.taxonomy == "personal_ombudsman")
        meetings = [it for it in self.meetings if code in it.municipalities]
        past = [it for it in meetings if it.once or it.state(today) == State.PAST]
        return Answer(
            municipality=municipality,
            support=first(it for it in services if it.taxonomy == "relative_support"),
            ombudsman=ombudsman,
            ombudsman_name=self.organizations[ombudsman.organization].name if ombudsman else None,
            office=first(it for it in self.locations if ombudsman and it.organization == ombudsman.organization),
            meetings=tuple(it for it in meetings if it not in past),
            switchboard=first(it for it in self.phones if it.organization in here and not it.closed),
            address=first(it for it in self.locations if it.organization in here),
            website=own.website if own else None,
            past=tuple(past),
        )


def _order(name: str) -> str:
    """As names stand in a Swedish list."""
    return name.lower().translate(str.maketrans("\xe5\xe4\xf6", "{|}"))


def _made(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a file as its class wants it."""
    days = {name: date.fromisoformat(row[name]) for name in ("assured_date", "closed") if row.get(name)}
    lists = {name: tuple(value) for name, value in row.items() if isinstance(value, list)}
    renamed = {"whom" if name == "for" else name: value for name, value in row.items()}
    return renamed | days | lists


def read(folder: Path) -> Book:
    """All that the files of a folder say."""

    def rows(name: str) -> list[dict[str, Any]]:
        return [_made(row) for row in json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))]

    with (folder / "municipalities.csv").open(encoding="utf-8", newline="") as file:
        places = {row["code"]: (row["name"], row["county"]) for row in csv.DictReader(file)}
    slugs = rules.slugs(places)
    spelt: dict[str, list[str]] = {}
    for code, (name, _county) in places.items():
        spelt.setdefault(rules.slug(name), []).append(slugs[code])
    twins = {one: other for pair in spelt.values() if len(pair) == 2 for one, other in (pair, pair[::-1])}
    return Book(
        {code: Municipality(code, *it, slugs[code], twins.get(slugs[code])) for code, it in places.items()},
        {row["id"]: Organization(**row) for row in rows("organizations")},
        tuple(Service(**row) for row in rows("services")),
        tuple(Phone(**row) for row in rows("phones")),
        tuple(Location(**row) for row in rows("locations")),
        tuple(Meeting(**row) for row in rows("meetings")),
        tuple(Line(**row) for row in rows("lines")),
    )


@cache
def book() -> Book:
    """What the product itself knows."""
    return read(FOLDER)
