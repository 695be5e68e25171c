"""What a unit offers times for, who does it and where: opened, changed and ended by the unit's head."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Date, bindparam, delete, insert, select

from app.accounts.models import Staff
from app.bookings.kind_models import Location, ServiceStaff, ServiceType
from app.bookings.kind_reader import Read
from app.bookings.letter_rules import closes, unknown
from app.bookings.rules import CLOSING
from app.care.models import Assignment, Unit
from app.care.queries import in_force
from app.care.service import Keyed
from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import local

T = TypeVar("T", Location, ServiceType)
_working = (
    select(Staff.hsa_id, Staff.person_id)
    .join(Assignment, Assignment.person_id == Staff.person_id)
    .where(Assignment.unit_id == bindparam("unit"), in_force(Assignment, bindparam("today", type_=Date)))
)


class NotInvited(ValueError):
    """A template that does not close by inviting the relative along; nothing was stored."""


class UnknownField(ValueError):
    """A template that asks for what no kallelse knows; nothing was stored."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


class NameTaken(ValueError):
    """The unit has another of that name; nothing was stored."""


class Unmatched(ValueError):
    """Something that a file names and that is not here, or is here already; nothing was stored."""


class InUse(ValueError):
    """A place where some kinds of time usually are; nothing was stored."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


@dataclass(frozen=True)
class Offered:
    """A kind of time as its unit fills it in."""

    name: str
    mode: str
    minutes: int
    staff: tuple[UUID, ...]
    location_id: UUID | None = None
    bring: str = ""


@dataclass(frozen=True)
class Place:
    """A place where a unit meets people; `way` is how to get there, `weekdays` when it is open (0 is Monday)."""

    name: str
    address: str
    way: str = ""
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)


def open_location(
    unit: Keyed,
    name: str,
    address: str,
    *,
    way: str = "",
    weekdays: Collection[int] = range(5),
    by: Actor,
    now: datetime,
) -> UUID:
    """A place where the unit meets people on these weekdays (0 is Monday). Raises NameTaken."""
    _ensure_free(Location, unit.id, name)
    place = Location(
        id=db.new_key(),
        unit_id=unit.id,
        name=name,
        address=address,
        way=way,
        weekdays=sorted(weekdays),
        made_at=now,
    )
    db.session().add(place)
    db.session().flush()
    audit.record(db.session(), _entry("location.opened", place), by=by, now=now)
    return place.id


def change_location(location_id: UUID, place: Place, *, by: Actor, now: datetime) -> None:
    """Change a place. What is booked there keeps what it says. Raises NameTaken."""
    held = _held(Location, location_id)
    _ensure_free(Location, held.unit_id, place.name, but=location_id)
    held.name, held.address, held.way = place.name, place.address, place.way
    held.weekdays = sorted(place.weekdays)
    db.session().flush()
    audit.record(db.session(), _entry("location.changed", held), by=by, now=now)


def end_location(location_id: UUID, *, by: Actor, now: datetime) -> None:
    """Nothing more is booked there. Raises InUse while a kind of time usually is."""
    held = _held(Location, location_id)
    here = select(ServiceType.name).where(ServiceType.location_id == location_id, ServiceType.ended_at.is_(None))
    if names := list(db.session().scalars(here.order_by(ServiceType.name))):
        raise InUse(names)
    _end(held, "location.ended", by=by, now=now)


def reopen_location(location_id: UUID, *, by: Actor, now: datetime) -> None:
    """It is there again. Raises NameTaken."""
    _reopen(_held(Location, location_id), "location.reopened", by=by, now=now)


def open_kind(
    unit: Keyed,
    name: str,
    mode: str,
    minutes: int,
    *,
    staff: Collection[UUID],
    location_id: UUID | None = None,
    bring: str = "",
    letter: str = CLOSING,
    by: Actor,
    now: datetime,
) -> UUID:
    """A kind of time, done by these people. A letter that is its closing only is said in Närlinjen's own words.

    Raises NotInvited, UnknownField, NameTaken.
    """
    _ensure_fit(letter)
    _ensure_free(ServiceType, unit.id, name)
    kind = ServiceType(
        id=db.new_key(),
        unit_id=unit.id,
        name=name,
        mode=mode,
        minutes=minutes,
        location_id=location_id,
        bring=bring,
        letter=letter,
        made_at=now,
    )
    db.session().add(kind)
    db.session().flush()
    _put_staff(kind.id, staff)
    audit.record(db.session(), _entry("service_type.opened", kind), by=by, now=now)
    return kind.id


def bring_in(kinds: Sequence[Read], *, by: Actor, now: datetime) -> None:
    """Open the kinds of time that a file gives. Raises Unmatched, and then none of them is there."""
    for it in kinds:
        units = list(db.session().scalars(select(Unit).where(Unit.name == it.unit)))
        if len(units) != 1:
            raise Unmatched(f'{it.at}.unit: there is no unit named "{it.unit}".')
        there = run(_working, {"unit": units[0].id, "today": local(now).date()})
        staff = {row.hsa_id: row.person_id for row in there}
        if strange := [code for code in it.staff if code not in staff]:
            raise Unmatched(f'{it.at}.staff: nobody with the HSA-id "{strange[0]}" works at {it.unit}.')
        here = (Location.unit_id == units[0].id, Location.name == it.place, Location.ended_at.is_(None))
        place = db.session().scalar(select(Location.id).where(*here))
        if it.place and place is None:
            raise Unmatched(f'{it.at}.place: {it.unit} has no place named "{it.place}".')
        people = [staff[code] for code in it.staff]
        kind = (units[0], it.name, it.mode, it.minutes)
        try:
            open_kind(*kind, staff=people, location_id=place, bring=it.bring, letter=it.letter, by=by, now=now)
        except NameTaken as error:
            raise Unmatched(f'{it.at}.name: {it.unit} has "{it.name}" already.') from error


def change_kind(kind_id: UUID, offered: Offered, *, by: Actor, now: datetime) -> None:
    """Change a kind of time. What is booked of it keeps what it says. Raises NameTaken."""
    kind = _held(ServiceType, kind_id)
    _ensure_free(ServiceType, kind.unit_id, offered.name, but=kind_id)
    kind.name, kind.mode, kind.minutes = offered.name, offered.mode, offered.minutes
    kind.location_id, kind.bring = offered.location_id, offered.bring
    db.session().flush()
    run(delete(ServiceStaff).where(ServiceStaff.service_type_id == kind_id))
    _put_staff(kind_id, offered.staff)
    audit.record(db.session(), _entry("service_type.changed", kind), by=by, now=now)


def change_letter(kind_id: UUID, letter: str, *, by: Actor, now: datetime) -> None:
    """Change what a kind's kallelse says; those that are sent stay as they are. Raises NotInvited, UnknownField."""
    _ensure_fit(letter)
    kind = _held(ServiceType, kind_id)
    kind.letter = letter
    db.session().flush()
    audit.record(db.session(), _entry("service_type.letter_changed", kind), by=by, now=now)


def end_kind(kind_id: UUID, *, by: Actor, now: datetime) -> None:
    """No more are booked of it; those that are booked stand."""
    _end(_held(ServiceType, kind_id), "service_type.ended", by=by, now=now)


def reopen_kind(kind_id: UUID, *, by: Actor, now: datetime) -> None:
    """It is offered again. Raises NameTaken."""
    _reopen(_held(ServiceType, kind_id), "service_type.reopened", by=by, now=now)


def _ensure_fit(letter: str) -> None:
    if not closes(letter):
        raise NotInvited
    if names := unknown(letter):
        raise UnknownField(names)


def _ensure_free(model: type[T], unit_id: UUID, name: str, *, but: UUID | None = None) -> None:
    """Two who take a name at once meet the constraint; who comes later than that meets NameTaken."""
    taken = select(model.id).where(model.unit_id == unit_id, model.name == name, model.ended_at.is_(None))
    if run(taken if but is None else taken.where(model.id != but)).first():
        raise NameTaken


def _held(model: type[T], key: UUID) -> T:
    """The row, which nobody else changes until this transaction ends; raises NotFound."""
    asked = select(model).where(model.id == key).with_for_update(key_share=True)
    found = db.session().scalars(asked.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def _put_staff(kind_id: UUID, staff: Collection[UUID]) -> None:
    if staff:
        run(insert(ServiceStaff), [{"service_type_id": kind_id, "person_id": key} for key in sorted(set(staff))])


def _end(row: Any, action: str, *, by: Actor, now: datetime) -> None:
    if row.ended_at is None:
        row.ended_at = now
        db.session().flush()
        audit.record(db.session(), _entry(action, row), by=by, now=now)


def _reopen(row: Any, action: str, *, by: Actor, now: datetime) -> None:
    if row.ended_at is not None:
        _ensure_free(type(row), row.unit_id, row.name)
        row.ended_at = None
        db.session().flush()
        audit.record(db.session(), _entry(action, row), by=by, now=now)


def _entry(action: str, row: Any) -> Entry:
    return Entry(action, None, row.unit_id, f"{row.__tablename__}:{db.short(row.id)}")
