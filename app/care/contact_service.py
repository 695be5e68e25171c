"""Appoint, change and end a patient's fast vårdkontakt, and take what a patient asks of the head."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import literal, select

from app.accounts import rules as people
from app.accounts.models import Person, Staff
from app.care.models import Assignment, Contact, Unit
from app.care.queries import in_force
from app.care.service import raise_version
from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.locale import local


class NotAtUnit(ValueError):
    """A contact is appointed among those who work at the unit."""


class NotAdult(ValueError):
    """A contact is appointed for patients of 18 or more; for others the public pages show Bris."""


class NotPhysician(ValueError):
    """Where the patient's state is life-threatening the contact is a licensed physician."""


def appoint(
    patient: Person,
    person_id: UUID,
    unit: Unit,
    *,
    coordinating: bool,
    born: date,
    wish: str | None = None,
    physician_because: str | None = None,
    by: Actor,
    now: datetime,
) -> Contact:
    """Appoint a fast vårdkontakt (patientlagen 2014:821, 6 kap. 2 §) with the patient's own wish beside it.

    `physician_because` says why it has to be a physician. Raises NotAdult, NotAtUnit or NotPhysician.
    """
    today = local(now).date()
    if not people.is_adult(born, on=today):
        raise NotAdult
    works = in_force(Assignment, literal(today))
    here = select(Staff.physician).join(Assignment, Assignment.person_id == Staff.person_id)
    found = db.run(here.where(Assignment.unit_id == unit.id, Assignment.person_id == person_id, works)).first()
    if found is None:
        raise NotAtUnit
    if physician_because and not found.physician:
        raise NotPhysician
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
    contact.wish, contact.physician_because = wish, physician_because
    db.session().add(contact)
    db.session().flush()
    audit.record(db.session(), of_contact("contact.appointed", contact), by=by, now=now)
    return contact


def end_contact(contact: Contact, *, on: date, by: Actor, now: datetime) -> None:
    """Let somebody be a patient's contact up to and including a day."""
    raise_version(contact.unit_id)
    contact.ends_on = max(on, contact.starts_on)
    db.session().flush()
    audit.record(db.session(), of_contact("contact.ended", contact), by=by, now=now)


def of_contact(action: str, contact: Contact) -> Entry:
    return Entry(
        action,
        patient_id=contact.patient_id,
        unit_id=contact.unit_id,
        object=f"person:{db.short(contact.person_id)}",
    )
