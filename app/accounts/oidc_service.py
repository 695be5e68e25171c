"""Let in whoever a provider of e-identification vouches for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, exists, or_, select, text

from app.accounts import ending_service, service
from app.accounts.models import Patient, Person, Relative, Staff
from app.accounts.oidc import Vouched
from app.accounts.queries import unit_called
from app.accounts.service import Arrival, BadNumber, Who, normalised
from app.core import audit, crypto, db
from app.core.audit import Actor, Entry
from app.core.locale import local


class Unknown(Exception):
    """Whoever it is has shown who they are, and is not registered here."""


class Nameless(Exception):
    """Somebody new has been invited, and the provider does not say what they are called."""


class LockedByCare(Exception):
    """Somebody of the staff has locked what this person has, and opens it again when they have talked."""


# Relations are a package above: whether somebody has been invited is read by their names, as data.
_offered = text("select 1 from relation where id = :key and accepted_at is null and ended_at is null").bindparams(
    bindparam("key", type_=Uuid())
)


def enter_patient(it: Vouched, *, offer: UUID | None, agent: str, by: Actor, now: datetime) -> str:
    """Begin a private session for whoever has this number and return its token; raises Unknown, LockedByCare.

    Somebody unknown whom a patient has offered to let in becomes a relative; raises Nameless. Whoever has locked it
    themselves opens it by showing who they are.
    """
    try:
        number = normalised(it.whom)
    except BadNumber as error:
        raise Unknown from error
    person = _known(number)
    if person is None and offer and db.run(_offered, {"key": offer}).first():
        person = _welcomed(number, it.name, by=by, now=now)
    if person is None:
        raise Unknown
    who = Arrival(person.id, "private")
    if person.locked_at and person.locked_by != person.id:
        raise LockedByCare
    ending_service.unlock(person.id, by=who, now=now)
    patient = db.session().get(Patient, person.id)
    audit.record(db.session(), Entry("oidc.used", patient_id=person.id if patient else None), by=who, now=now)
    return service.sign_in(person.id, capacity="private", way="oidc", agent=agent, by=who, now=now)


def _known(number: str) -> Person | None:
    """Whoever has this number, and is a patient or a relative here."""
    index = crypto.keyring().digest("person.number", number)
    here = or_(
        exists().where(Patient.person_id == Person.id),
        exists().where(Relative.person_id == Person.id),
    )
    found = select(Person).where(Person.number_index == index, Person.closed_at.is_(None), here)
    return db.session().scalar(found)


def _welcomed(number: str, name: str, *, by: Actor, now: datetime) -> Person | None:
    """Somebody who has been invited and was nothing in private before; None for an account that is closed."""
    index = crypto.keyring().digest("person.number", number)
    person = db.session().scalar(select(Person).where(Person.number_index == index))
    if person is None:
        if not name:
            raise Nameless
        person = service.register_person(Who(name, number=number), by=by, now=now)
    elif person.closed_at:
        return None
    service.register_relative(person.id, by=by, now=now)
    return person


def enter_staff(it: Vouched, *, agent: str, by: Actor, now: datetime) -> str:
    """Begin a session on duty for whoever has this HSA-id and return its token; raises Unknown.

    A unit chosen on the way in that is not ours, or not theirs, is none.
    """
    found = select(Person.id).join(Staff, Staff.person_id == Person.id)
    person: UUID | None = db.session().scalar(found.where(Staff.hsa_id == it.whom, Person.closed_at.is_(None)))
    if person is None:
        raise Unknown
    who = Arrival(person, "duty")
    audit.record(db.session(), Entry("oidc.used", object="staff"), by=who, now=now)
    unit = unit_called(who, it.unit, today=local(now).date()) if it.unit else None
    return service.sign_in(person, capacity="duty", way="oidc", agent=agent, unit_id=unit, by=who, now=now)
