"""Open units, give assignments, appoint contacts."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import literal, select, update

from app.accounts import rules as people
from app.accounts.models import Person, Region
from app.care.models import Assignment, Contact, Unit
from app.care.queries import in_force
from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.locale import local


class NotAtUnit(ValueError):
    """A contact is appointed among those who work at the unit."""


class NotAdult(ValueError):
    """A contact is appointed for patients of 18 or more; for others the public pages show Bris."""


@dataclass(frozen=True)
class Direct:
    """The number that somebody gives out for themselves, in E.164, and when it is answered."""

    phone: str
    hours: str


def open_unit(region: Region, name: str, *, phone: str, phone_hours: str, by: Actor, now: datetime) -> Unit:
    unit = Unit(id=db.new_key(), region_id=region.id, name=name, phone=phone, phone_hours=phone_hours)
    db.session().add(unit)
    db.session().flush()
    audit.record(db.session(), Entry("unit.opened", unit_id=unit.id), by=by, now=now)
    return unit


def assign(
    person_id: UUID, unit: Unit, *, role: str, starts_on: date, direct: Direct | None = None, by: Actor, now: datetime
) -> Assignment:
    """Let somebody work at a unit from a day on."""
    raise_version(unit.id)
    assignment = Assignment(
        id=db.new_key(),
        unit_id=unit.id,
        person_id=person_id,
        role=role,
        direct_phone=direct.phone if direct else None,
        direct_hours=direct.hours if direct else "",
        starts_on=starts_on,
    )
    db.session().add(assignment)
    db.session().flush()
    audit.record(
        db.session(), Entry("assignment.given", unit_id=unit.id, object=f"person:{db.short(person_id)}"), by=by, now=now
    )
    return assignment


def end_assignment(assignment: Assignment, *, on: date, by: Actor, now: datetime) -> None:
    """Let somebody's work at a unit end after a day."""
    raise_version(assignment.unit_id)
    assignment.ends_on = on
    db.session().flush()
    entry = Entry("assignment.ended", unit_id=assignment.unit_id, object=f"person:{db.short(assignment.person_id)}")
    audit.record(db.session(), entry, by=by, now=now)


def appoint(
    patient: Person, person_id: UUID, unit: Unit, *, coordinating: bool, born: date, by: Actor, now: datetime
) -> Contact:
    """Appoint a fast vårdkontakt (patientlagen 2014:821, 6 kap. 2 §); raises NotAdult or NotAtUnit."""
    today = local(now).date()
    if not people.is_adult(born, on=today):
        raise NotAdult
    works = in_force(Assignment, literal(today))
    here = select(Assignment.id).where(Assignment.unit_id == unit.id, Assignment.person_id == person_id, works)
    if db.run(here).first() is None:
        raise NotAtUnit
    raise_version(unit.id)
    contact = Contact(
        id=db.new_key(),
        patient_id=patient.id,
        unit_id=unit.id,
        person_id=person_id,
        coordinating=coordinating,
        appointed_at=now,
        starts_on=today,
        adult_at_start=True,
    )
    db.session().add(contact)
    db.session().flush()
    entry = Entry("contact.appointed", patient_id=patient.id, unit_id=unit.id, object=f"person:{db.short(person_id)}")
    audit.record(db.session(), entry, by=by, now=now)
    return contact


def raise_version(unit_id: UUID) -> None:
    """Every verb that can change who answers raises this number, under the unit's row lock."""
    db.session().execute(update(Unit).where(Unit.id == unit_id).values(care_version=Unit.care_version + 1))
