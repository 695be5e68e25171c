"""A patient's contacts, what they have asked the head about them, and whom they will not have asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    table,
    union_all,
)
from sqlalchemy.orm import aliased

from app.accounts.models import Person, Staff
from app.accounts.queries import Viewer, person_name
from app.care.models import Assignment, Block, Contact, ContactRequest, HeadSubstitute, Unit
from app.care.queries import CARD, TODAY, WORKS, ContactCard, UnitCard, card, in_force
from app.core import crypto
from app.core.db import run
from app.core.errors import NotFound

MOST = 20
MOST_UNITS = 200
MOST_STAFF = 200
ALPHABET = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}"})


@dataclass(frozen=True)
class Held:
    """A contact of the viewer's, now or to come, and the last day when there is one."""

    card: ContactCard
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True)
class Reader:
    """Somebody who takes what patients ask of a unit's head; `refused` by the viewer they see that, not what."""

    person_id: UUID
    name: str
    refused: bool


@dataclass(frozen=True)
class Place:
    """A unit, and who takes what is asked of its head: the head, then those who answer for the head."""

    key: UUID
    unit: UnitCard
    readers: tuple[Reader, ...]

    def reader(self, about: UUID | None = None) -> Reader:
        """Whoever takes a wish for another contact than `about`, who never does."""
        fit = [it for it in self.readers if it.person_id != about]
        return next((it for it in fit if not it.refused), fit[0] if fit else self.readers[0])

    def is_head(self, reader: Reader) -> bool:
        return reader == self.readers[0]


@dataclass(frozen=True)
class Asked:
    """What the viewer has asked of a head, and what became of it."""

    key: UUID
    unit_id: UUID
    unit_name: str
    about_id: UUID | None
    about_name: str | None
    words: str
    made_at: datetime
    answered_at: datetime | None
    answerer: str | None
    answer: str | None
    withdrawn_at: datetime | None
    promised_at: datetime | None
    broken: bool

    @property
    def open(self) -> bool:
        return self.answered_at is None and self.withdrawn_at is None


@dataclass(frozen=True)
class Colleague:
    """Somebody of the staff, whom the patient can name as one not to ask; without a unit once they have left it."""

    key: UUID
    name: str
    title: str
    unit_name: str
    refused_at: datetime | None
    is_contact: bool


VIEWER = bindparam("viewer", type_=Contact.patient_id.type)
MINE_NOW = and_(Contact.patient_id == VIEWER, or_(Contact.ends_on.is_(None), Contact.ends_on >= TODAY))
REFUSED = and_(Block.patient_id == VIEWER, Block.person_id == Staff.person_id, Block.ended_at.is_(None))
Answerer, About = aliased(Person, name="answerer"), aliased(Person, name="about")

_held = (
    select(Contact.id, Contact.coordinating, Contact.starts_on, Contact.ends_on, *CARD)
    .join(Staff, Staff.person_id == Contact.person_id)
    .join(Person, Person.id == Staff.person_id)
    .join(Unit, Unit.id == Contact.unit_id)
    .outerjoin(Assignment, WORKS)
    .where(MINE_NOW)
    .order_by(Contact.starts_on > TODAY, Contact.coordinating.desc(), Contact.appointed_at, Contact.id)
    .limit(MOST)
)
_readers = union_all(
    select(Unit.id.label("unit_id"), literal(0).label("n"), Unit.head_id.label("person_id")),
    select(HeadSubstitute.unit_id, HeadSubstitute.n, HeadSubstitute.person_id),
).subquery()
_places = (
    select(
        Unit.id,
        Unit.name,
        Unit.phone,
        Unit.phone_hours,
        _readers.c.person_id,
        Person.name_sealed,
        Block.id.is_not(None).label("refused"),
    )
    .join(_readers, _readers.c.unit_id == Unit.id)
    .join(Staff, Staff.person_id == _readers.c.person_id)
    .join(Person, Person.id == Staff.person_id)
    .outerjoin(Block, REFUSED)
    .order_by(Unit.id, _readers.c.n)
    .limit(MOST_UNITS * 10)
)
# Waits are a package above; by when there is an answer is read by their names, as data.
_wait = table(
    "wait",
    column("kind", Text),
    column("subject_id", Uuid),
    column("ended_at", DateTime(timezone=True)),
    column("promised_at", DateTime(timezone=True)),
    column("broken", Integer),
)
_asked = (
    select(
        ContactRequest,
        Unit.name,
        About.name_sealed.label("about_sealed"),
        Answerer.name_sealed.label("answerer_sealed"),
        _wait.c.promised_at,
        _wait.c.broken,
    )
    .join(Unit, Unit.id == ContactRequest.unit_id)
    .outerjoin(About, About.id == ContactRequest.about_id)
    .outerjoin(Answerer, Answerer.id == ContactRequest.answered_by)
    .outerjoin(
        _wait,
        and_(_wait.c.kind == "contact_request", _wait.c.subject_id == ContactRequest.id, _wait.c.ended_at.is_(None)),
    )
    .where(ContactRequest.patient_id == VIEWER)
    .order_by(
        and_(ContactRequest.answered_at.is_(None), ContactRequest.withdrawn_at.is_(None)).desc(),
        ContactRequest.made_at.desc(),
    )
    .limit(MOST)
)
_around = union_all(
    select(Contact.unit_id).where(MINE_NOW),
    select(ContactRequest.unit_id).where(
        ContactRequest.patient_id == VIEWER,
        ContactRequest.answered_at.is_(None),
        ContactRequest.withdrawn_at.is_(None),
    ),
)
_works_around = exists().where(
    Assignment.person_id == Staff.person_id,
    Assignment.unit_id.in_(_around),
    Assignment.role.in_(("licensed", "care")),
    in_force(Assignment, TODAY),
)
_unit_name = (
    select(func.min(Unit.name))
    .join(Assignment, Assignment.unit_id == Unit.id)
    .where(Assignment.person_id == Staff.person_id, Assignment.unit_id.in_(_around), in_force(Assignment, TODAY))
    .scalar_subquery()
)
_colleagues = (
    select(
        Staff.person_id,
        Person.name_sealed,
        Staff.title,
        func.coalesce(_unit_name, "").label("unit_name"),
        Block.since,
        exists().where(MINE_NOW, Contact.person_id == Staff.person_id).label("is_contact"),
    )
    .join(Person, Person.id == Staff.person_id)
    .outerjoin(Block, REFUSED)
    .where(or_(Block.id.is_not(None), and_(_works_around, Person.closed_at.is_(None))), Staff.person_id != VIEWER)
    .order_by(Block.since, Staff.person_id)
    .limit(MOST_STAFF)
)


def by_name(name: str) -> str:
    """Where a name stands in a Swedish list: å, ä and ö last."""
    return name.casefold().translate(ALPHABET)


def held_by(viewer: Viewer, *, today: date) -> list[Held]:
    """The viewer's contacts, the coordinating one first, and last those to come."""
    rows = run(_held, {"viewer": viewer.person_id, "today": today}).all()
    return [Held(card(row, row.id, row.coordinating), row.starts_on, row.ends_on) for row in rows]


def held_for(viewer: Viewer, contact: UUID, *, today: date) -> Held:
    """One of them; raises NotFound."""
    found = [it for it in held_by(viewer, today=today) if it.card.key == contact]
    if not found:
        raise NotFound
    return found[0]


def places(viewer: Viewer) -> list[Place]:
    """The region's units by name, each with those who take what the viewer asks of its head."""
    rows = run(_places, {"viewer": viewer.person_id}).all()
    grouped = ((key, list(them)) for key, them in groupby(rows, key=lambda row: row.id))
    found = [
        Place(key, UnitCard(them[0].name, them[0].phone, them[0].phone_hours), tuple(_readers_of(them)))
        for key, them in grouped
    ]
    return sorted(found, key=lambda place: by_name(place.unit.name))


def place_for(viewer: Viewer, unit: UUID) -> Place:
    """One of them; raises NotFound."""
    found = [place for place in places(viewer) if place.key == unit]
    if not found:
        raise NotFound
    return found[0]


def asked_by(viewer: Viewer) -> list[Asked]:
    """What the viewer has asked of heads, the latest first."""
    return [_asked_row(row) for row in run(_asked, {"viewer": viewer.person_id}).all()]


def asked_for(viewer: Viewer, request: UUID) -> Asked:
    """One of them; raises NotFound."""
    row = run(_asked.where(ContactRequest.id == request), {"viewer": viewer.person_id}).one_or_none()
    if row is None:
        raise NotFound
    return _asked_row(row)


def colleagues_of(viewer: Viewer, *, today: date) -> list[Colleague]:
    """The staff of the units where the viewer has a contact or has asked for one, and those already named, by name."""
    rows = run(_colleagues, {"viewer": viewer.person_id, "today": today}).all()
    found = [
        Colleague(
            key=row.person_id,
            name=person_name(row.person_id, row.name_sealed),
            title=row.title,
            unit_name=row.unit_name,
            refused_at=row.since,
            is_contact=row.is_contact,
        )
        for row in rows
    ]
    return sorted(found, key=lambda it: (it.unit_name, by_name(it.name), it.key))


def colleague_for(viewer: Viewer, person: UUID, *, today: date) -> Colleague:
    """One of them; raises NotFound."""
    found = [it for it in colleagues_of(viewer, today=today) if it.key == person]
    if not found:
        raise NotFound
    return found[0]


def _readers_of(rows: list[Any]) -> Iterator[Reader]:
    for row in rows:
        yield Reader(row.person_id, person_name(row.person_id, row.name_sealed), row.refused)


def _asked_row(row: Any) -> Asked:
    ring = crypto.keyring()
    return Asked(
        key=row.id,
        unit_id=row.unit_id,
        unit_name=row.name,
        about_id=row.about_id,
        about_name=row.about_id and person_name(row.about_id, row.about_sealed),
        words=ring.open(row.words_sealed, crypto.place("contact_request.words", row.id)),
        made_at=row.made_at,
        answered_at=row.answered_at,
        answerer=row.answered_by and person_name(row.answered_by, row.answerer_sealed),
        answer=row.answer_sealed and ring.open(row.answer_sealed, crypto.place("contact_request.answer", row.id)),
        withdrawn_at=row.withdrawn_at,
        promised_at=row.promised_at,
        broken=bool(row.broken),
    )
