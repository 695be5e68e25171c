"""The care at a unit has ended, or the patient has died; and that the latter was a mistake."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, or_, select, update

from app.accounts import service as accounts
from app.accounts.models import Person
from app.accounts.queries import Viewer
from app.care.contact_service import end_contact
from app.care.models import Contact, ContactRequest
from app.care.service import raise_version
from app.core import audit, crypto, db
from app.core.audit import Entry
from app.core.locale import local

OPEN = ContactRequest.answered_at.is_(None) & ContactRequest.withdrawn_at.is_(None)


class TooLate(Exception):
    """It cannot be taken back: the day is over, or it has been."""


def end_care(patient_id: UUID, unit_id: UUID, *, told: str, by: Viewer, now: datetime) -> None:
    """Let a patient's care at a unit be over: their contacts there end today, and nobody is missing after them.

    `told` is what the patient reads where they had asked for a contact. To undo it is to appoint again.
    """
    raise_version(unit_id)
    _end_at(patient_id, unit_id, told, by=by, now=now)


def has_died(patient_id: UUID, *, told: str, by: Viewer, now: datetime) -> None:
    """Let all care of a patient be over, and close their account: nobody can sign in, and nothing is sent to it."""
    units = _units_of(patient_id, now)
    raise_version(*units)
    for unit_id in units:
        _end_at(patient_id, unit_id, told, by=by, now=now)
    accounts.close_account(patient_id, by=by, now=now)
    audit.record(db.session(), Entry("patient.died", patient_id), by=by, now=now)


def take_back_death(patient_id: UUID, *, by: Viewer, now: datetime) -> datetime:
    """It was a mistake: the account opens, and those who were contacts are again. Within the same day, else TooLate.

    Returns the moment at which it was said. A contact who was to come is to be appointed anew.
    """
    ended = select(Contact.unit_id).join(Person, Person.id == Contact.patient_id)
    there = ended.where(Contact.patient_id == patient_id, Contact.care_ended_at == Person.closed_at)
    raise_version(*db.session().scalars(there).all())
    person = db.session().get_one(Person, patient_id, populate_existing=True, with_for_update={"key_share": True})
    at = person.closed_at
    if at is None or local(at).date() != local(now).date():
        raise TooLate
    mine = (Contact.patient_id == patient_id) & (Contact.care_ended_at == at)
    open_again = case((Contact.ends_on == local(at).date(), None), else_=Contact.ends_on)
    db.run(update(Contact).where(mine).values(ends_on=open_again, care_ended_at=None))
    asked = (ContactRequest.patient_id == patient_id) & (ContactRequest.answered_at == at)
    db.run(update(ContactRequest).where(asked).values(answered_at=None, answered_by=None, answer_sealed=None))
    accounts.reopen_account(patient_id, by=by, now=now)
    audit.record(db.session(), Entry("patient.death_taken_back", patient_id), by=by, now=now)
    return at


def _end_at(patient_id: UUID, unit_id: UUID, told: str, *, by: Viewer, now: datetime) -> None:
    today = local(now).date()
    here = (Contact.patient_id == patient_id) & (Contact.unit_id == unit_id)
    unended = here & or_(Contact.ends_on.is_(None), Contact.ends_on >= today)
    for person_id in db.session().scalars(select(Contact.person_id).where(unended).distinct()).all():
        first = select(Contact.id).where(unended, Contact.person_id == person_id).order_by(Contact.starts_on).limit(1)
        end_contact(db.session().scalars(first).one(), on=today, care_ends=True, by=by, now=now)
    # Whose last contact had ended before lacks nobody from now on either.
    last = select(func.max(Contact.ends_on)).where(here).scalar_subquery()
    gone = update(Contact).where(here, Contact.ends_on == last, Contact.care_ended_at.is_(None))
    db.run(gone.values(care_ended_at=now))
    mine = (ContactRequest.patient_id == patient_id) & (ContactRequest.unit_id == unit_id)
    asked = select(ContactRequest.id).where(mine, OPEN).with_for_update(key_share=True)
    _answer(db.session().scalars(asked).all(), told, by=by, now=now)
    audit.record(db.session(), Entry("care.ended", patient_id, unit_id), by=by, now=now)


def _answer(requests: Iterable[UUID], told: str, *, by: Viewer, now: datetime) -> None:
    for key in requests:
        sealed = crypto.keyring().seal(told, crypto.place("contact_request.answer", key))
        values = {"answered_at": now, "answered_by": by.person_id, "answer_sealed": sealed}
        db.run(update(ContactRequest).where(ContactRequest.id == key).values(values))


def _units_of(patient_id: UUID, now: datetime) -> list[UUID]:
    """Where the patient has a contact, today or later, or has asked for one."""
    today = local(now).date()
    contacts = select(Contact.unit_id).where(
        Contact.patient_id == patient_id, or_(Contact.ends_on.is_(None), Contact.ends_on >= today)
    )
    asked = select(ContactRequest.unit_id).where(ContactRequest.patient_id == patient_id, OPEN)
    return sorted(db.session().scalars(contacts.union(asked)))
