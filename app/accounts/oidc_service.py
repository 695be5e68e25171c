"""Let in whoever a provider of e-identification vouches for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.accounts import ending_service, service
from app.accounts.models import Patient, Person, Staff
from app.accounts.queries import unit_called
from app.accounts.service import Arrival, BadNumber, normalised
from app.core import audit, crypto, db
from app.core.audit import Actor, Entry
from app.core.locale import local


class Unknown(Exception):
    """Whoever it is has shown who they are, and is not registered here."""


class LockedByCare(Exception):
    """Somebody of the staff has locked what this person has, and opens it again when they have talked."""


def enter_patient(number: str, *, agent: str, by: Actor, now: datetime) -> str:
    """Begin a private session for whoever has this number and return its token; raises Unknown, LockedByCare.

    Whoever has locked it themselves opens it by showing who they are.
    """
    try:
        index = crypto.keyring().digest("person.number", normalised(number))
    except BadNumber as error:
        raise Unknown from error
    found = select(Person).join(Patient, Patient.person_id == Person.id)
    person = db.session().scalar(found.where(Person.number_index == index, Person.closed_at.is_(None)))
    if person is None:
        raise Unknown
    who = Arrival(person.id, "private")
    if person.locked_at and person.locked_by != person.id:
        raise LockedByCare
    ending_service.unlock(person.id, by=who, now=now)
    audit.record(db.session(), Entry("oidc.used", patient_id=person.id), by=who, now=now)
    return service.sign_in(person.id, capacity="private", way="oidc", agent=agent, by=who, now=now)


def enter_staff(hsa_id: str, *, works_at: str = "", agent: str, by: Actor, now: datetime) -> str:
    """Begin a session on duty for whoever has this HSA-id and return its token; raises Unknown.

    `works_at` is the HSA-id of the unit that they chose on the way in. One that is not ours, or not theirs, is none.
    """
    found = select(Person.id).join(Staff, Staff.person_id == Person.id)
    person: UUID | None = db.session().scalar(found.where(Staff.hsa_id == hsa_id, Person.closed_at.is_(None)))
    if person is None:
        raise Unknown
    who = Arrival(person, "duty")
    audit.record(db.session(), Entry("oidc.used", object="staff"), by=who, now=now)
    unit = unit_called(who, works_at, today=local(now).date()) if works_at else None
    return service.sign_in(person, capacity="duty", way="oidc", agent=agent, unit_id=unit, by=who, now=now)
