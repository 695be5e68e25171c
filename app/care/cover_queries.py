"""The cover of a unit sixty days ahead, as those who work there see it: dates, names and gaps, never a cause."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from app.accounts.queries import Viewer
from app.care.answer_queries import Face, faces, states_of
from app.care.cover_rules import Cover
from app.care.facts_rules import Key
from app.care.gap_queries import AHEAD, patients_at
from app.care.gap_rules import Gap, Weak, report
from app.care.hours_rules import micros
from app.care.models import Assignment, Unit
from app.care.picture_rules import Picture, Presence, Row, strips, table
from app.care.plan_queries import Place, places
from app.care.queries import in_force, leads
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import local

MOST = 50
TODAY = bindparam("today", type_=Assignment.starts_on.type)
VIEWER = bindparam("viewer", type_=Assignment.person_id.type)


@dataclass(frozen=True)
class CoverUnit:
    """A unit whose cover the viewer may see; `leads` when they may fill its gaps."""

    key: UUID
    name: str
    version: int
    leads: bool


@dataclass(frozen=True)
class GapShown:
    """A gap with the names of those who do not answer, and of those who could."""

    unit_id: UUID
    number: int
    starts_at: datetime
    ends_at: datetime
    whole_days: bool
    spans: tuple[tuple[datetime, datetime], ...]
    days_left: int
    patients: int
    causes: tuple[UUID, ...]
    names: tuple[str, ...]
    away: bool
    fills: tuple[Face, ...]
    helps: tuple[Face, ...]
    silent: tuple[Face, ...]


@dataclass(frozen=True)
class WeakShown:
    """A named substitute who does not count, why, and instead of whom."""

    name: str
    reason: str
    instead_of: tuple[str, ...]


@dataclass(frozen=True)
class EndingShown:
    """From a day on, so many patients have no contact who works here."""

    name: str
    since: date
    patients: int


@dataclass(frozen=True)
class CoverPage:
    """All that the page shows. `names` is of everybody in the picture and the table."""

    unit: CoverUnit
    first: date
    last: date
    gaps: tuple[GapShown, ...]
    weak: tuple[WeakShown, ...]
    endings: tuple[EndingShown, ...]
    picture: Picture
    rows: tuple[Row, ...]
    names: Mapping[Key, str]

    def said(self, people: Iterable[Key]) -> str:
        """The names of people in the picture, one after the other."""
        return ", ".join(self.names[key] for key in people)


_units = (
    select(Unit.id, Unit.name, Unit.care_version, leads(VIEWER).label("leads"))
    .where(
        leads(VIEWER)
        | select(Assignment.id)
        .where(Assignment.unit_id == Unit.id, Assignment.person_id == VIEWER, in_force(Assignment, TODAY))
        .exists()
    )
    .order_by(Unit.name, Unit.id)
    .limit(MOST)
)


def units_of(viewer: Viewer, *, today: date) -> list[CoverUnit]:
    """The units where the viewer works or that they lead, the one where they are now first."""
    rows: Iterable[Any] = run(_units, {"viewer": viewer.person_id, "today": today})
    found = [CoverUnit(row.id, row.name, row.care_version, row.leads) for row in rows]
    return sorted(found, key=lambda it: it.key != viewer.unit_id)


def unit_for(viewer: Viewer, key: UUID, *, today: date) -> CoverUnit:
    """One of them; raises NotFound."""
    row: Any = run(_units.where(Unit.id == key), {"viewer": viewer.person_id, "today": today}).one_or_none()
    if row is None:
        raise NotFound
    return CoverUnit(row.id, row.name, row.care_version, row.leads)


def cover_of(viewer: Viewer, unit: CoverUnit, *, at: datetime) -> CoverPage:
    """The gaps of a unit that was reached through the viewer, with the picture and the table of the same."""
    place = places(viewer, {unit.key: unit.version}, at=at)[unit.key]
    patients = patients_at(viewer, [unit.key], today=local(at).date())[unit.key]
    known = faces(viewer, place.people | _named(patients), at=at, today=local(at).date())
    states = states_of(known)
    assignments, absences, duty = place.plan.given
    cover = Cover(place.plan.unit, assignments, absences, duty, states, at=at, days=AHEAD)
    found = report(cover, patients)
    there = Presence(cover, patients, found.gaps)
    names: dict[Key, str] = {key: face.name for key, face in known.items()}
    today = local(at).date()
    return CoverPage(
        unit=unit,
        first=today,
        last=today + timedelta(days=AHEAD - 1),
        gaps=tuple(_shown(place, n, gap, known, today) for n, gap in enumerate(found.gaps, 1)),
        weak=tuple(_weak(it, names) for it in found.weak),
        endings=tuple(EndingShown(names[it.person], it.since, len(it.patients)) for it in found.endings),
        picture=strips(there),
        rows=tuple(table(there)),
        names=names,
    )


def _named(patients: Iterable[Any]) -> set[UUID]:
    return {contact.person for patient in patients for contact in patient.contacts}


def _weak(it: Weak, names: Mapping[Key, str]) -> WeakShown:
    return WeakShown(names[it.person], it.reason, tuple(names[key] for key in it.instead_of))


def _shown(place: Place, number: int, gap: Gap, known: Mapping[UUID, Face], today: date) -> GapShown:
    office = place.plan.office
    works: set[Any] = {it.person for it in place.plan.given[0] if it.unit == place.key and it.cares}
    causes: tuple[Any, ...] = gap.contacts
    return GapShown(
        unit_id=place.key,
        number=number,
        starts_at=gap.starts_at,
        ends_at=gap.ends_at,
        whole_days=micros(gap.starts_at) in office.opens and micros(gap.ends_at) in office.closes,
        spans=gap.spans,
        days_left=(local(gap.starts_at).date() - today).days,
        patients=len(gap.patients),
        causes=causes,
        names=tuple(known[key].name for key in causes),
        away=any(it.reason == "absent" for it in gap.causes),
        fills=_faces(gap.fills, known),
        helps=_faces(gap.helps, known),
        silent=_faces(
            (key for key in works if known[key].state.active and not known[key].state.channel and key not in causes),
            known,
        ),
    )


def _faces(keys: Iterable[Any], known: Mapping[UUID, Face]) -> tuple[Face, ...]:
    return tuple(sorted((known[key] for key in keys), key=lambda it: it.name))
