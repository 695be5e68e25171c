"""Let somebody be a patient here: who they are and their first contact at the unit, as one truth."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, or_, select

from app.accounts import service as accounts
from app.accounts.models import Patient, Person
from app.accounts.service import Closed, Who
from app.care import contact_service as contacts
from app.care.contact_service import NotAtUnit, Wanted
from app.care.models import Contact
from app.core import audit, crypto, db
from app.core.audit import Actor, Entry
from app.core.locale import local


class Here(ValueError):
    """They have a contact at the unit already, and not the one that is asked for."""

    def __init__(self, patient_id: UUID) -> None:
        super().__init__()
        self.patient_id = patient_id


class Oneself(ValueError):
    """Nobody lets themselves be a patient in the name of their work."""


@dataclass(frozen=True)
class New:
    """Who is to be a patient: a normalised number, or else the day of birth, and the key of the form that says so."""

    name: str
    number: str | None
    born: date | None
    key: str


def take_on(new: New, unit_id: UUID, wanted: Wanted, *, by: Actor, now: datetime) -> UUID:
    """Register a patient with a contact at a unit; to say it twice is to say it once.

    Whoever has the number already is the same person, and keeps the name they have. Raises Here, Oneself, Closed and
    what appointing raises.
    """
    digest = _digest(new, by)
    # Before the unit: two who register the same person wait for each other, whichever units they do it at.
    db.run(select(func.pg_advisory_xact_lock(int.from_bytes(digest[:8], signed=True))))
    key = UUID(bytes=digest[:16])
    person = _person_with(new.number) if new.number else db.session().get(Person, key)
    if person and _stands(person, new, unit_id, wanted, by=by, now=now):
        return person.id
    if person is None or not db.session().get(Patient, person.id):
        person = accounts.register_patient(Who(new.name, number=new.number), key=key, by=by, now=now)
    contacts.give_contact(person.id, unit_id, wanted, born=None if new.number else new.born, by=by, now=now)
    return person.id


def note_try(number: str, *, by: Actor, now: datetime) -> None:
    """It could not be done, and why may tell something of whoever has the number: it is in the log, as a search is."""
    person = _person_with(number)
    patient = person and db.session().get(Patient, person.id)
    audit.record(db.session(), Entry("patient.sought", patient.person_id if patient else None), by=by, now=now)


def _person_with(number: str) -> Person | None:
    """Whoever has a normalised number, in any capacity."""
    index = crypto.keyring().digest("person.number", number)
    return db.session().scalars(select(Person).where(Person.number_index == index)).one_or_none()


def _digest(new: New, by: Actor) -> bytes:
    """What is the same when the same is said again, and nobody else can say."""
    if new.number:
        return crypto.keyring().digest("patient.taken_on", new.number)
    return crypto.keyring().digest("patient.taken_on", str(by.person_id), new.key)


def _stands(person: Person, new: New, unit_id: UUID, wanted: Wanted, *, by: Actor, now: datetime) -> bool:
    """Whether it has been done already; raises what keeps it from being done."""
    if person.id == by.person_id:
        raise Oneself
    if person.closed_at:
        raise Closed
    unended = or_(Contact.ends_on.is_(None), Contact.ends_on >= local(now).date())
    here = select(Contact.person_id, Contact.starts_on)
    held = db.run(here.where(Contact.patient_id == person.id, Contact.unit_id == unit_id, unended)).all()
    if held:
        other_name = not new.number and person.name != new.name
        if other_name or (wanted.person_id, wanted.starts_on) not in [tuple(row) for row in held]:
            raise Here(person.id)
        return True
    if wanted.person_id == person.id:
        raise NotAtUnit
    return False
