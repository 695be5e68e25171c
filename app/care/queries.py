"""Whom a patient can turn to, as that patient sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select

from app.accounts.models import Person, Staff
from app.accounts.queries import Viewer, person_name
from app.care.models import Assignment, Contact, HeadSubstitute, Unit
from app.core.db import run
from app.core.errors import NotFound

MOST = 20


@dataclass(frozen=True)
class ContactCard:
    """A contact as the patient sees them: `reachable` is false when the account or the work at the unit has ended."""

    key: UUID
    person_id: UUID
    name: str
    title: str
    unit_id: UUID
    unit_name: str
    unit_phone: str
    unit_hours: str
    care_version: int
    phone: str | None
    phone_hours: str
    coordinating: bool
    reachable: bool

    @property
    def unit(self) -> "UnitCard":
        return UnitCard(self.unit_name, self.unit_phone, self.unit_hours)


@dataclass(frozen=True)
class UnitCard:
    """A unit as anybody may know it: the number that the care itself answers."""

    name: str
    phone: str
    hours: str


def in_force(model: Any, on: ColumnElement[date]) -> ColumnElement[bool]:
    """Whether a period with `starts_on` and `ends_on` holds on a day."""
    return and_(model.starts_on <= on, or_(model.ends_on.is_(None), model.ends_on >= on))


def leads(who: Any, unit: Any = Unit) -> ColumnElement[bool]:
    """Whether somebody (a key or a parameter) leads a unit, as its head or as one who answers for the head."""
    stands_in = exists().where(HeadSubstitute.unit_id == unit.id, HeadSubstitute.person_id == who)
    return or_(unit.head_id == who, stands_in)


TODAY = bindparam("today", type_=Contact.starts_on.type)
WORKS = and_(Assignment.unit_id == Unit.id, Assignment.person_id == Staff.person_id, in_force(Assignment, TODAY))
CARD: tuple[Any, ...] = (
    Staff.person_id.label("contact_person_id"),
    Person.name_sealed.label("contact_name_sealed"),
    Staff.title.label("contact_title"),
    Unit.id.label("unit_id"),
    Unit.name.label("unit_name"),
    Unit.phone.label("unit_phone"),
    Unit.phone_hours.label("unit_hours"),
    Unit.care_version,
    Assignment.direct_phone,
    Assignment.direct_hours,
    and_(Assignment.id.is_not(None), Person.closed_at.is_(None)).label("reachable"),
)

_contacts = (
    select(Contact.id, Contact.coordinating, *CARD)
    .join(Staff, Staff.person_id == Contact.person_id)
    .join(Person, Person.id == Staff.person_id)
    .join(Unit, Unit.id == Contact.unit_id)
    .outerjoin(Assignment, WORKS)
    .where(Contact.patient_id == bindparam("viewer"), in_force(Contact, TODAY))
    .order_by(Contact.coordinating.desc(), Contact.appointed_at, Contact.id)
    .limit(MOST)
)
_contact = _contacts.where(Contact.id == bindparam("contact"))


def card(row: Any, key: UUID, coordinating: bool) -> ContactCard:
    return ContactCard(
        key=key,
        person_id=row.contact_person_id,
        name=person_name(row.contact_person_id, row.contact_name_sealed),
        title=row.contact_title,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        unit_phone=row.unit_phone,
        unit_hours=row.unit_hours,
        care_version=row.care_version,
        phone=row.direct_phone if row.reachable else None,
        phone_hours=row.direct_hours or "" if row.reachable else "",
        coordinating=coordinating,
        reachable=row.reachable,
    )


def contacts_of(viewer: Viewer, *, today: date) -> list[ContactCard]:
    """The viewer's contacts, the coordinating one first."""
    rows: Sequence[Any] = run(_contacts, {"viewer": viewer.person_id, "today": today}).all()
    return [card(row, row.id, row.coordinating) for row in rows]


def contact_for(viewer: Viewer, key: UUID, *, today: date) -> ContactCard:
    """One contact of the viewer's own; raises NotFound."""
    row = run(_contact, {"viewer": viewer.person_id, "today": today, "contact": key}).one_or_none()
    if row is None:
        raise NotFound
    return card(row, row.id, row.coordinating)
