"""Appoint, change and end a patient's fast vårdkontakt, and say which of several holds the care together."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, literal, or_, select

from app.accounts import rules as people
from app.accounts.models import Patient, Person, Staff
from app.care.models import Assignment, Block, Contact, Unit
from app.care.queries import in_force, leads
from app.care.service import raise_version
from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.locale import local

DAY = timedelta(days=1)


class NotAtUnit(ValueError):
    """A contact is appointed among those who work at the unit and may answer patients."""


class NotAdult(ValueError):
    """A contact is appointed for patients of 18 or more; for others the public pages show Bris."""


class AgeUnknown(ValueError):
    """There is no identity number to read the patient's age from."""


class NotPhysician(ValueError):
    """Where the patient's state is life-threatening the contact is a licensed physician."""


class NotWished(ValueError):
    """The patient has said that this person must not be asked."""


class AlreadyContact(ValueError):
    """That person is, or is to be, the patient's contact at the unit."""


class Past(ValueError):
    """A contact begins and ends today or later: what has been stands."""


class Over(Exception):
    """Somebody has ended or changed it in the meantime."""


class HeldElsewhere(Exception):
    """Another unit's contact holds the care together, and only its head may let go of it."""


@dataclass(frozen=True)
class Wanted:
    """Who becomes a contact, from when, and what the patient wished; `physician_because` is why it is a physician."""

    person_id: UUID
    starts_on: date
    wish: str | None = None
    physician_because: str | None = None


def appoint(
    patient: Person,
    person_id: UUID,
    unit: Unit,
    *,
    coordinating: bool,
    born: date | None = None,
    starts_on: date | None = None,
    wish: str | None = None,
    physician_because: str | None = None,
    by: Actor,
    now: datetime,
) -> Contact:
    """Appoint a fast vårdkontakt (patientlagen 2014:821, 6 kap. 2 §) with the patient's own wish beside it.

    Without `born` the age is read from the patient's number. Raises NotAdult, AgeUnknown, NotAtUnit, NotPhysician,
    NotWished, AlreadyContact or Past.
    """
    today = local(now).date()
    wanted = Wanted(person_id, starts_on or today, wish, physician_because)
    _lock(patient.id, unit.id, today=today)
    _ensure_adult(patient, born, on=wanted.starts_on)
    return _appoint(patient, unit.id, wanted, coordinating=coordinating, by=by, now=now)


def give_contact(
    patient_id: UUID,
    unit_id: UUID,
    wanted: Wanted,
    *,
    coordinating: bool = False,
    born: date | None = None,
    by: Actor,
    now: datetime,
) -> None:
    """Appoint somebody beside those there are; the first one coordinates, another one when it is asked for.

    Raises what `appoint` does, and HeldElsewhere.
    """
    today = local(now).date()
    _lock(patient_id, unit_id, today=today)
    patient = db.session().get_one(Person, patient_id)
    _ensure_adult(patient, born, on=wanted.starts_on)
    contact = _appoint(patient, unit_id, wanted, by=by, now=now)
    if coordinating:
        _hand_over(contact, by=by, today=today)
    _settle(patient_id, today)


def change_contact(contact_id: UUID, wanted: Wanted, *, by: Actor, now: datetime) -> None:
    """Let another be the contact instead, from a day on; whoever held the care together is followed in that too.

    Threads stay where they are: what was written to the first is answered by the first. Raises what `appoint` does,
    and Over.
    """
    today = local(now).date()
    old = _open(contact_id, today=today)
    if wanted.starts_on < today:
        raise Past
    if wanted.person_id == old.person_id:
        raise AlreadyContact
    patient, unit_id, coordinated = db.session().get_one(Person, old.patient_id), old.unit_id, old.coordinating
    # Before the old one ends: one that never held a day is taken away, and may be all that tells of an age.
    _ensure_adult(patient, None, on=wanted.starts_on)
    _end(old, wanted.starts_on - DAY, by=by, now=now)
    new = _appoint(patient, unit_id, wanted, by=by, now=now)
    if coordinated:
        _make_coordinating(new, new.starts_on, today)
    _settle(patient.id, today)


def end_contact(contact_id: UUID, *, on: date, care_ends: bool = False, by: Actor, now: datetime) -> None:
    """Let somebody be a patient's contact up to and including a day; `care_ends` says that nobody is missing then.

    When it was the coordinating one, the next day it is whoever was appointed first of those that remain. Raises Over
    or Past.
    """
    today = local(now).date()
    contact = _open(contact_id, today=today)
    if on < today:
        raise Past
    patient_id = contact.patient_id
    _end(contact, on, care_ends=care_ends, by=by, now=now)
    _settle(patient_id, today)


def coordinate(contact_id: UUID, *, by: Actor, now: datetime) -> None:
    """Let this contact, from today, be the one who holds the care together. Raises Over or HeldElsewhere."""
    today = local(now).date()
    contact = _open(contact_id, today=today)
    _hand_over(contact, by=by, today=today)
    _settle(contact.patient_id, today)
    audit.record(db.session(), of_contact("contact.coordinates", contact), by=by, now=now)


def of_contact(action: str, contact: Contact) -> Entry:
    return Entry(
        action,
        patient_id=contact.patient_id,
        unit_id=contact.unit_id,
        object=f"person:{db.short(contact.person_id)}",
    )


def _unended(patient_id: UUID, today: date) -> ColumnElement[bool]:
    return (Contact.patient_id == patient_id) & or_(Contact.ends_on.is_(None), Contact.ends_on >= today)


def _lock(patient_id: UUID, *unit_ids: UUID, today: date) -> None:
    """The units that answer for the patient, and then the patient: their contacts change one verb at a time."""
    theirs = db.session().scalars(select(Contact.unit_id).where(_unended(patient_id, today))).all()
    raise_version(*unit_ids, *theirs)
    locked = select(Patient.person_id).where(Patient.person_id == patient_id)
    db.session().execute(locked.with_for_update(key_share=True))


def _open(contact_id: UUID, *, today: date) -> Contact:
    """The contact, locked, as long as it has not ended; raises Over."""
    contact = db.session().get(Contact, contact_id)
    if contact is None:
        raise Over
    _lock(contact.patient_id, contact.unit_id, today=today)
    contact = db.session().get(Contact, contact_id, populate_existing=True)
    if contact is None or (contact.ends_on is not None and contact.ends_on < today):
        raise Over
    return contact


def _ensure_adult(patient: Person, born: date | None, *, on: date) -> None:
    """By the day that is given, or the number; whoever has neither has been of age since they first had a contact."""
    if born is None and patient.number is not None:
        born = people.born(patient.number)
    if born is None:
        before = exists().where(Contact.patient_id == patient.id, Contact.starts_on <= on)
        if not db.session().scalar(select(before)):
            raise AgeUnknown
    elif not people.is_adult(born, on=on):
        raise NotAdult


def _fit(patient_id: UUID, person_id: UUID, unit_id: UUID, *, on: date, physician: bool) -> None:
    """Whether somebody can be the patient's contact at the unit from a day on."""
    works = in_force(Assignment, literal(on)) & Assignment.role.in_(("licensed", "care"))
    here = (
        select(Staff.physician)
        .join(Assignment, Assignment.person_id == Staff.person_id)
        .join(Person, Person.id == Staff.person_id)
    )
    mine = (Assignment.unit_id == unit_id) & (Staff.person_id == person_id) & Person.closed_at.is_(None)
    found = db.run(here.where(mine, works)).first()
    if found is None:
        raise NotAtUnit
    if physician and not found.physician:
        raise NotPhysician
    refused = (Block.patient_id == patient_id) & (Block.person_id == person_id) & Block.ended_at.is_(None)
    if db.session().scalar(select(exists().where(refused))):
        raise NotWished
    later = (Contact.unit_id == unit_id) & (Contact.person_id == person_id)
    if db.session().scalar(select(exists().where(_unended(patient_id, on), later))):
        raise AlreadyContact


def _appoint(
    patient: Person,
    unit_id: UUID,
    wanted: Wanted,
    *,
    coordinating: bool = False,
    by: Actor,
    now: datetime,
) -> Contact:
    on = wanted.starts_on
    if on < local(now).date():
        raise Past
    _fit(patient.id, wanted.person_id, unit_id, on=on, physician=wanted.physician_because is not None)
    contact = Contact(
        id=db.new_key(),
        patient_id=patient.id,
        unit_id=unit_id,
        person_id=wanted.person_id,
        coordinating=coordinating,
        appointed_at=now,
        starts_on=on,
        adult_at_start=True,
    )
    contact.wish, contact.physician_because = wanted.wish, wanted.physician_because
    db.session().add(contact)
    db.session().flush()
    audit.record(db.session(), of_contact("contact.appointed", contact), by=by, now=now)
    return contact


def _end(contact: Contact, on: date, *, care_ends: bool = False, by: Actor, now: datetime) -> None:
    """End after a day. What would then never have held a whole day is taken back; the log still tells of it."""
    entry = of_contact("contact.ended", contact)
    for row in _same(contact, local(now).date()):
        if row.starts_on > on:
            db.session().delete(row)
        else:
            row.ends_on = on if row.ends_on is None else min(on, row.ends_on)
            row.care_ended_at = now if care_ends else None
    db.session().flush()
    audit.record(db.session(), entry, by=by, now=now)


def _same(contact: Contact, on: date) -> list[Contact]:
    """The rows of one person's unbroken time as contact, which stand apart for who coordinates."""
    return [
        row
        for row in _rows(contact.patient_id, on)
        if (row.unit_id, row.person_id) == (contact.unit_id, contact.person_id)
    ]


def _hand_over(contact: Contact, *, by: Actor, today: date) -> None:
    """Make a contact the coordinating one, unless another unit's is; raises HeldElsewhere."""
    led = select(Unit.id).where(or_(leads(by.person_id), Unit.id == contact.unit_id))
    elsewhere = exists().where(
        _unended(contact.patient_id, today), Contact.coordinating, Contact.unit_id.not_in(led.scalar_subquery())
    )
    if db.session().scalar(select(elsewhere)):
        raise HeldElsewhere
    _make_coordinating(contact, max(contact.starts_on, today), today)


def _make_coordinating(contact: Contact, on: date, today: date) -> None:
    """Take it from whoever has it from that day on, then give it: in that order, since only one has it at a time."""
    same = _same(contact, on)
    for other in _rows(contact.patient_id, on):
        if other.coordinating and other not in same:
            _split(other, on, today).coordinating = False
    db.session().flush()
    for row in same:
        _split(row, on, today).coordinating = True
    db.session().flush()


def _settle(patient_id: UUID, today: date) -> None:
    """On every day ahead when there is a contact at all, somebody coordinates: the one who was appointed first."""
    rows = _rows(patient_id, today)
    for day in sorted({max(today, row.starts_on) for row in rows} | {row.ends_on + DAY for row in rows if row.ends_on}):
        there = [row for row in _rows(patient_id, day) if row.starts_on <= day]
        if not there or any(row.coordinating for row in there):
            continue
        first = _split(there[0], day, today)
        taken = min((row.starts_on for row in _rows(patient_id, day) if row.coordinating), default=None)
        if taken and (first.ends_on is None or first.ends_on >= taken):
            _split(first, taken, today)
        first.coordinating = True
        db.session().flush()


def _rows(patient_id: UUID, on: date) -> list[Contact]:
    """The patient's contacts from a day on, the one appointed first before the others."""
    rows = select(Contact).where(_unended(patient_id, on)).order_by(Contact.appointed_at, Contact.id)
    return list(db.session().scalars(rows))


def _split(contact: Contact, on: date, today: date) -> Contact:
    """Two rows out of one at a day, of which the later is returned.

    The one that holds today keeps its key, or else the first to come: drafts and addresses stand on it.
    """
    if contact.starts_on >= on:
        return contact
    before, after = (contact.starts_on, on - DAY), (on, contact.ends_on)
    other = Contact(
        id=db.new_key(),
        patient_id=contact.patient_id,
        unit_id=contact.unit_id,
        person_id=contact.person_id,
        coordinating=contact.coordinating,
        appointed_at=contact.appointed_at,
        adult_at_start=True,
    )
    other.wish, other.physician_because = contact.wish, contact.physician_because
    if on <= today:
        (contact.starts_on, contact.ends_on), (other.starts_on, other.ends_on) = after, before
    else:
        (contact.starts_on, contact.ends_on), (other.starts_on, other.ends_on) = before, after
        contact.care_ended_at, other.care_ended_at = None, contact.care_ended_at
    # The old row gives way before the new one takes its days.
    db.session().flush()
    db.session().add(other)
    db.session().flush()
    return contact if on <= today else other
