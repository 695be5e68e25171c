"""The units that anybody may tell something, by when each looks, and those whom it can be about, for who sorts it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select

from app.accounts.models import Person
from app.accounts.queries import person_name
from app.accounts.rules import born
from app.care import rules as care
from app.care.answer_queries import to_the_minute
from app.care.models import Contact, Unit
from app.care.office_rules import OfficeClock
from app.care.plan_queries import places
from app.core import crypto
from app.core.audit import Actor
from app.core.errors import NotFound
from app.core.query import Query
from app.relatives.told_rules import Known

MOST = 400
MOST_PATIENTS = 20_000


@dataclass(frozen=True)
class Place:
    """A unit as anybody may know it."""

    key: UUID
    name: str
    phone: str
    hours: str
    version: int


@dataclass(frozen=True)
class Looks:
    """By when a unit has looked, and when somebody is there, where nobody is now."""

    by: datetime
    opens: datetime | None


_units = select(Unit.id, Unit.name, Unit.phone, Unit.phone_hours, Unit.care_version).limit(MOST)
_UNITS = Query(_units.order_by(Unit.name, Unit.id))
_UNIT = Query(_units.where(Unit.id == bindparam("unit")))


def units(viewer: Actor) -> list[Place]:
    """All units, by name."""
    return sorted((Place(*row) for row in _UNITS.rows()), key=lambda it: it.name.casefold())


def unit_for(viewer: Actor, unit: UUID) -> Place:
    """One of them; raises NotFound."""
    row = _UNIT.row(unit=unit)
    if row is None:
        raise NotFound
    return Place(*row)


def looks_by(viewer: Actor, unit: Place, *, at: datetime) -> Looks:
    """By when a unit has looked at what is told at a moment, rounded up to the minute as it is shown."""
    plan = places(viewer, {unit.key: unit.version}, at=at)[unit.key].plan
    opens = OfficeClock(plan, at).first(at)
    return Looks(to_the_minute(care.promise_from(plan, at)), opens if opens > at else None)


_patients = (
    select(Person.id, Person.name_sealed, Person.number_sealed)
    .where(
        Person.closed_at.is_(None),
        Person.id.in_(
            select(Contact.patient_id).where(
                Contact.unit_id == bindparam("unit"),
                or_(Contact.ends_on.is_(None), Contact.ends_on >= bindparam("today", type_=Contact.starts_on.type)),
            )
        ),
    )
    .order_by(Person.id)
    .limit(MOST_PATIENTS)
)
_PATIENTS = Query(_patients)


def patients_at(viewer: Actor, unit: UUID, *, today: date) -> list[Known]:
    """Those who have a contact at a unit now or later, with the birth dates that their numbers say."""
    return [
        Known(row.id, person_name(row.id, row.name_sealed), _born(row))
        for row in _PATIENTS.rows(unit=unit, today=today)
    ]


def by_words(patients: Iterable[Known], words: str) -> list[Known]:
    """Those whose name has every word in it, by name."""
    wanted = words.casefold().split()
    found = [it for it in patients if wanted and all(word in it.name.casefold() for word in wanted)]
    return sorted(found, key=lambda it: it.name.casefold())


def _born(row: Any) -> date | None:
    if row.number_sealed is None:
        return None
    try:
        return born(crypto.keyring().open(row.number_sealed, crypto.place("person.number", row.id)))
    except ValueError:
        return None
