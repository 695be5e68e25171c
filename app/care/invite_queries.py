"""A patient whom somebody of the staff may help to get in, or lock out whoever has the patient's phone."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, or_, select, true

from app.accounts.models import Patient, Person
from app.accounts.queries import Viewer, shown_name
from app.care.models import Assignment, Contact, Unit
from app.care.queries import TODAY, in_force, leads
from app.core import crypto
from app.core.db import run
from app.core.errors import NotFound

VIEWER = bindparam("viewer", type_=Person.id.type)


@dataclass(frozen=True)
class Door:
    """A patient's way in, as the unit that helps them with it sees it; the unit is what the log says."""

    patient_id: UUID
    name: str
    phone: str | None
    unit_id: UUID
    unit_name: str
    locked_at: datetime | None
    protected: bool


_works = exists().where(Assignment.unit_id == Unit.id, Assignment.person_id == VIEWER, in_force(Assignment, TODAY))
_unended = or_(Contact.ends_on.is_(None), Contact.ends_on >= TODAY)
_contact_here = exists().where(Contact.patient_id == Patient.person_id, Contact.unit_id == Unit.id, _unended)
_contact_is_me = exists().where(
    Contact.patient_id == Patient.person_id, Contact.person_id == VIEWER, in_force(Contact, TODAY)
)
_contact_somewhere = exists().where(Contact.patient_id == Patient.person_id, _unended)
# All who work where the patient has a contact, or is to have one; whoever leads a unit also for those who have nobody
# yet. Never oneself.
_door = (
    select(
        Patient.person_id,
        Person.name_sealed,
        Person.phone_sealed,
        Person.locked_at,
        Person.protected,
        _contact_is_me.label("mine"),
        Unit.id.label("unit_id"),
        Unit.name.label("unit_name"),
    )
    .join(Person, Person.id == Patient.person_id)
    .join(Unit, true())
    .where(
        or_(
            and_(or_(_works, leads(VIEWER)), _contact_here),
            and_(leads(VIEWER), ~_contact_somewhere),
        ),
        Person.closed_at.is_(None),
        Person.id != VIEWER,
    )
    .order_by(Unit.name, Unit.id)
    .limit(1)
)
_by_key = _door.where(Patient.person_id == bindparam("patient"))
_by_number = _door.where(Person.number_index == bindparam("digest"))


def door_of(viewer: Viewer, patient: UUID, *, today: date) -> Door:
    """The way in of one patient; raises NotFound."""
    row = run(_by_key, {"viewer": viewer.person_id, "patient": patient, "today": today}).one_or_none()
    if row is None:
        raise NotFound
    phone = row.phone_sealed and crypto.keyring().open(row.phone_sealed, crypto.place("person.phone", row.person_id))
    name = shown_name(row.person_id, row.name_sealed, hidden=row.protected and not row.mine)
    return Door(row.person_id, name, phone, row.unit_id, row.unit_name, row.locked_at, row.protected)


def patient_with(viewer: Viewer, number: str, *, today: date) -> UUID | None:
    """Who has a normalised number, when the viewer may help them in; nobody and not yours are the same None."""
    digest = crypto.keyring().digest("person.number", number)
    return run(_by_number, {"viewer": viewer.person_id, "digest": digest, "today": today}).scalar()
