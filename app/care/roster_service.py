"""Close a unit for some days, with somebody who covers; put together its duty roster."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import and_, delete, literal, select, update

from app.care.closing import ensure_covered
from app.care.cover_models import Closure, DutyPerson, DutyShift
from app.care.hours_rules import MIDNIGHT, from_wall
from app.care.models import Assignment
from app.care.queries import in_force
from app.care.service import raise_version, rest_anew, rest_anew_at
from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.locale import local

MOST_WEEKS = 26


class Overlaps(ValueError):
    """A closure or a shift lies over another one, which began at `at`."""

    def __init__(self, at: date | datetime) -> None:
        super().__init__(at)
        self.at = at


class Past(ValueError):
    """What has been is not changed."""


class NotHere(ValueError):
    """Somebody is given a shift on a day when they do not work at the unit."""

    def __init__(self, person_id: UUID, on: date) -> None:
        super().__init__(person_id)
        self.person_id, self.on = person_id, on


@dataclass(frozen=True)
class Days:
    """Days when a unit is closed, the last included, what they are called, and who covers."""

    starts_on: date
    ends_on: date
    name: str = ""
    cover_unit: UUID | None = None
    cover_function: bool = False


@dataclass(frozen=True)
class Times:
    """A shift as it is typed: a day, and minutes of the clock. One that ends when it begins or before, ends the day
    after; 24 hours is midnight."""

    on: date
    opens: int
    closes: int

    def moments(self) -> tuple[datetime, datetime]:
        last = self.on if self.closes > self.opens else self.on + timedelta(days=1)
        return at_wall(self.on, self.opens), at_wall(last, self.closes, end=True)


def at_wall(on: date, minutes: int, *, end: bool = False) -> datetime:
    """The moment of a time of the clock on a day."""
    whole, minutes = divmod(minutes, MIDNIGHT)
    return from_wall(on + timedelta(days=whole), time(*divmod(minutes, 60)), end=end)


def close(unit_id: UUID, days: Days, *, by: Actor, now: datetime) -> UUID:
    """Close a unit for some days. Raises Past, Overlaps, or Uncovered when nobody would answer for too long."""
    raise_version(unit_id)
    today = local(now).date()
    if days.starts_on < today:
        raise Past
    key = db.new_key()
    _ensure_apart(unit_id, days, key)
    db.session().add(
        Closure(
            id=key,
            unit_id=unit_id,
            starts_on=days.starts_on,
            ends_on=days.ends_on,
            name=days.name,
            cover_unit_id=days.cover_unit,
            cover_function=days.cover_function,
        )
    )
    db.session().flush()
    ensure_covered(unit_id, today=today)
    rest_anew_at(unit_id, by=by, now=now)
    audit.record(db.session(), _of_closure("unit.closed", unit_id, key), by=by, now=now)
    return key


def change_closure(unit_id: UUID, key: UUID, days: Days, *, by: Actor, now: datetime) -> None:
    """Change a closure that is not over. One that has begun keeps its first day. Raises as `close` does."""
    raise_version(unit_id)
    today = local(now).date()
    stands = _standing(unit_id, key, today)
    begun = stands < today
    if days.ends_on < today or (days.starts_on != stands if begun else days.starts_on < today):
        raise Past
    _ensure_apart(unit_id, days, key)
    db.run(
        update(Closure)
        .where(Closure.id == key)
        .values(
            starts_on=days.starts_on,
            ends_on=days.ends_on,
            name=days.name,
            cover_unit_id=days.cover_unit,
            cover_function=days.cover_function,
        )
    )
    ensure_covered(unit_id, today=today)
    rest_anew_at(unit_id, by=by, now=now)
    audit.record(db.session(), _of_closure("closure.changed", unit_id, key), by=by, now=now)


def reopen(unit_id: UUID, key: UUID, *, by: Actor, now: datetime) -> None:
    """Take a closure away; of one that has begun, the days that are left. Raises Past, or Uncovered where this unit
    covers another."""
    raise_version(unit_id)
    today = local(now).date()
    if _standing(unit_id, key, today) < today:
        db.run(update(Closure).where(Closure.id == key).values(ends_on=today - timedelta(days=1)))
    else:
        db.run(delete(Closure).where(Closure.id == key))
    ensure_covered(unit_id, today=today)
    rest_anew_at(unit_id, by=by, now=now)
    audit.record(db.session(), _of_closure("closure.removed", unit_id, key), by=by, now=now)


def add_shift(unit_id: UUID, times: Times, people: Sequence[UUID], *, by: Actor, now: datetime) -> UUID:
    """Put a shift on the roster, with its people in order. Raises Past, Overlaps or NotHere."""
    raise_version(unit_id)
    starts_at, ends_at = times.moments()
    if ends_at <= now:
        raise Past
    _ensure_free(unit_id, starts_at, ends_at)
    _ensure_here(unit_id, people, [times.on])
    key = _put_shift(unit_id, starts_at, ends_at, people)
    rest_anew(people, by=by, now=now)
    audit.record(db.session(), _of_shift("shift.added", unit_id, key), by=by, now=now)
    return key


def change_shift(unit_id: UUID, key: UUID, times: Times, people: Sequence[UUID], *, by: Actor, now: datetime) -> None:
    """Change when a shift is and who has it. Raises Past when it is over, Overlaps or NotHere."""
    raise_version(unit_id)
    starts_at, ends_at = times.moments()
    if ends_at <= now:
        raise Past
    _ensure_coming(unit_id, key, now)
    _ensure_free(unit_id, starts_at, ends_at, but=key)
    _ensure_here(unit_id, people, [times.on])
    db.run(update(DutyShift).where(DutyShift.id == key).values(starts_at=starts_at, ends_at=ends_at))
    db.run(delete(DutyPerson).where(DutyPerson.shift_id == key))
    _put_people(key, people)
    rest_anew_at(unit_id, by=by, now=now)
    audit.record(db.session(), _of_shift("shift.changed", unit_id, key), by=by, now=now)


def remove_shift(unit_id: UUID, key: UUID, *, by: Actor, now: datetime) -> None:
    """Take a shift from the roster; raises Past when it is over."""
    raise_version(unit_id)
    _ensure_coming(unit_id, key, now)
    db.run(delete(DutyShift).where(DutyShift.id == key))
    rest_anew_at(unit_id, by=by, now=now)
    audit.record(db.session(), _of_shift("shift.removed", unit_id, key), by=by, now=now)


def repeat_week(unit_id: UUID, monday: date, *, weeks: int, by: Actor, now: datetime) -> int:
    """Let the shifts that begin in one week come again in as many weeks that follow; returns how many were added.

    By the clock: a night stays from 21 to 7, also where the clock is changed. Raises Overlaps or NotHere, and then
    nothing has been added.
    """
    raise_version(unit_id)
    rows = db.run(
        select(DutyShift.id, DutyShift.starts_at, DutyShift.ends_at)
        .where(
            DutyShift.unit_id == unit_id,
            DutyShift.starts_at >= at_wall(monday, 0),
            DutyShift.starts_at < at_wall(monday + timedelta(days=7), 0),
        )
        .order_by(DutyShift.starts_at)
    ).all()
    named = select(DutyPerson.shift_id, DutyPerson.person_id).order_by(DutyPerson.shift_id, DutyPerson.n)
    people = db.run(named.where(DutyPerson.shift_id.in_([row.id for row in rows]))).all()
    added = 0
    for number in range(1, min(weeks, MOST_WEEKS) + 1):
        for row in rows:
            theirs = [it.person_id for it in people if it.shift_id == row.id]
            starts_at = _weeks_later(row.starts_at, number)
            ends_at = _weeks_later(row.ends_at, number, end=True)
            if ends_at <= now:
                continue
            _ensure_free(unit_id, starts_at, ends_at)
            _ensure_here(unit_id, theirs, [local(starts_at).date()])
            _put_shift(unit_id, starts_at, ends_at, theirs)
            added += 1
    rest_anew({row.person_id for row in people}, by=by, now=now)
    audit.record(db.session(), Entry("roster.repeated", unit_id=unit_id), by=by, now=now)
    return added


def _weeks_later(at: datetime, weeks: int, *, end: bool = False) -> datetime:
    here = local(at)
    return from_wall(here.date() + timedelta(weeks=weeks), here.time(), end=end)


def _put_shift(unit_id: UUID, starts_at: datetime, ends_at: datetime, people: Sequence[UUID]) -> UUID:
    key = db.new_key()
    db.session().add(DutyShift(id=key, unit_id=unit_id, starts_at=starts_at, ends_at=ends_at))
    db.session().flush()
    _put_people(key, people)
    return key


def _put_people(shift: UUID, people: Sequence[UUID]) -> None:
    db.session().add_all(
        DutyPerson(shift_id=shift, n=n, person_id=person) for n, person in enumerate(dict.fromkeys(people), 1)
    )
    db.session().flush()


def _standing(unit_id: UUID, key: UUID, today: date) -> date:
    """The first day of a closure that is not over; what another hand has just taken away is over too."""
    stands = select(Closure.starts_on).where(Closure.id == key, Closure.unit_id == unit_id, Closure.ends_on >= today)
    if (first := db.run(stands).scalar()) is None:
        raise Past
    return first


def _ensure_coming(unit_id: UUID, key: UUID, now: datetime) -> None:
    coming = select(DutyShift.id).where(DutyShift.id == key, DutyShift.unit_id == unit_id, DutyShift.ends_at > now)
    if db.run(coming).first() is None:
        raise Past


def _ensure_apart(unit_id: UUID, days: Days, key: UUID) -> None:
    over = and_(Closure.starts_on <= days.ends_on, Closure.ends_on >= days.starts_on)
    other = select(Closure.starts_on).where(Closure.unit_id == unit_id, Closure.id != key, over)
    if found := db.run(other.order_by(Closure.starts_on)).scalar():
        raise Overlaps(found)


def _ensure_free(unit_id: UUID, starts_at: datetime, ends_at: datetime, *, but: UUID | None = None) -> None:
    over = and_(DutyShift.unit_id == unit_id, DutyShift.starts_at < ends_at, DutyShift.ends_at > starts_at)
    other = select(DutyShift.starts_at).where(over, DutyShift.id != but)
    if found := db.run(other.order_by(DutyShift.starts_at)).scalar():
        raise Overlaps(found)


def _ensure_here(unit_id: UUID, people: Sequence[UUID], days: Sequence[date]) -> None:
    for on in days:
        here = select(Assignment.person_id).where(Assignment.unit_id == unit_id, in_force(Assignment, literal(on)))
        known = set(db.run(here).scalars())
        for person in people:
            if person not in known:
                raise NotHere(person, on)


def _of_closure(action: str, unit_id: UUID, key: UUID) -> Entry:
    return Entry(action, unit_id=unit_id, object=f"closure:{db.short(key)}")


def _of_shift(action: str, unit_id: UUID, key: UUID) -> Entry:
    return Entry(action, unit_id=unit_id, object=f"shift:{db.short(key)}")
