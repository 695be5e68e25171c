"""Who works at a unit, when, and what it would mean that somebody's work there ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, array_agg

from app.accounts.models import Person, Staff
from app.accounts.queries import Viewer, person_name
from app.care.cover_models import DutyPerson, DutyShift, Pattern, PatternHours, StandingSubstitute
from app.care.hours_rules import Period, Span
from app.care.models import Assignment, Contact, HeadSubstitute, Unit
from app.care.unit_queries import IS_ADMIN, IS_HEAD, MOST_PEOPLE, TODAY, WORKS_HERE, stays
from app.core.db import run
from app.core.errors import NotFound


@dataclass(frozen=True)
class Work:
    """Somebody's work at a unit: the pattern that holds and those that are planned, in order."""

    id: UUID
    unit_id: UUID
    person_id: UUID
    name: str
    title: str
    role: str
    starts_on: date
    ends_on: date | None
    phone: str | None
    phone_hours: str
    periods: tuple[Period, ...]
    standing: tuple[UUID, ...]

    def at(self, on: date) -> Period | None:
        """The pattern that holds on a day."""
        return next(
            (it for it in self.periods if it.starts_on <= on and (it.ends_on is None or on <= it.ends_on)), None
        )

    def after(self, on: date) -> list[Period]:
        """The patterns that are planned to begin later."""
        return [it for it in self.periods if it.starts_on > on]


@dataclass(frozen=True)
class Consequences:
    """What follows when somebody's work at a unit ends after a day.

    `lost` patients lose them as contact, of whom `alone` have no other at the unit. They answer for `answers_for`
    colleagues and have `shifts` on the roster after that day.
    """

    lost: int
    alone: int
    answers_for: int
    shifts: int
    heads: bool
    stands_in: bool


_hours = (
    select(
        func.json_agg(
            func.json_build_array(PatternHours.week, PatternHours.weekday, PatternHours.opens, PatternHours.closes)
        )
    )
    .where(PatternHours.pattern_id == Pattern.id)
    .correlate(Pattern)
    .scalar_subquery()
)
_periods = (
    select(
        func.json_agg(
            aggregate_order_by(
                func.json_build_array(Pattern.starts_on, Pattern.ends_on, Pattern.anchor, Pattern.weeks, _hours),
                Pattern.starts_on,
            )
        )
    )
    .where(Pattern.assignment_id == Assignment.id, or_(Pattern.ends_on.is_(None), Pattern.ends_on >= TODAY))
    .correlate(Assignment)
    .scalar_subquery()
    .label("periods")
)
_standing = (
    select(array_agg(aggregate_order_by(StandingSubstitute.person_id, StandingSubstitute.n)))
    .where(StandingSubstitute.assignment_id == Assignment.id)
    .correlate(Assignment)
    .scalar_subquery()
    .label("standing")
)
_work = (
    select(
        Assignment.id,
        Assignment.unit_id,
        Assignment.person_id,
        Person.name_sealed,
        Staff.title,
        Assignment.role,
        Assignment.starts_on,
        Assignment.ends_on,
        Assignment.direct_phone,
        Assignment.direct_hours,
        _periods,
        _standing,
    )
    .join(Unit, Unit.id == Assignment.unit_id)
    .join(Person, Person.id == Assignment.person_id)
    .join(Staff, Staff.person_id == Assignment.person_id)
    .where(
        Assignment.unit_id == bindparam("unit"),
        or_(Assignment.ends_on.is_(None), Assignment.ends_on >= TODAY),
        or_(IS_HEAD, IS_ADMIN, WORKS_HERE),
    )
    .order_by(Assignment.starts_on, Assignment.id)
    .limit(MOST_PEOPLE)
)
_one = _work.where(Assignment.id == bindparam("work"), or_(IS_HEAD, IS_ADMIN))

_mine = and_(Contact.unit_id == bindparam("unit"), Contact.person_id == bindparam("person"))
_next = bindparam("next", type_=Contact.starts_on.type)
_left = and_(_mine, or_(Contact.ends_on.is_(None), Contact.ends_on >= _next))
_colleague = Assignment.__table__.alias("colleague")
_consequences = select(
    select(func.count(Contact.patient_id.distinct())).where(_left).scalar_subquery().label("lost"),
    select(func.count(Contact.patient_id.distinct())).where(_left, ~stays(_next)).scalar_subquery().label("alone"),
    select(func.count())
    .select_from(StandingSubstitute)
    .join(_colleague, _colleague.c.id == StandingSubstitute.assignment_id)
    .where(
        StandingSubstitute.person_id == bindparam("person"),
        _colleague.c.unit_id == bindparam("unit"),
        or_(_colleague.c.ends_on.is_(None), _colleague.c.ends_on >= _next),
    )
    .scalar_subquery()
    .label("answers_for"),
    select(func.count())
    .select_from(DutyPerson)
    .join(DutyShift, DutyShift.id == DutyPerson.shift_id)
    .where(
        DutyPerson.person_id == bindparam("person"),
        DutyShift.unit_id == bindparam("unit"),
        func.timezone("Europe/Stockholm", DutyShift.starts_at) >= _next,
    )
    .scalar_subquery()
    .label("shifts"),
    (Unit.head_id == bindparam("person")).label("heads"),
    exists()
    .where(HeadSubstitute.unit_id == Unit.id, HeadSubstitute.person_id == bindparam("person"))
    .label("stands_in"),
).where(Unit.id == bindparam("unit"), or_(IS_HEAD, IS_ADMIN))


def people_at(viewer: Viewer, unit_id: UUID, *, today: date) -> list[Work]:
    """Those who work at a unit or are about to, by name, for whoever may see the unit."""
    values = {"viewer": viewer.person_id, "unit": unit_id, "today": today}
    return sorted((_made(row) for row in run(_work, values).all()), key=lambda it: (it.name, it.starts_on, str(it.id)))


def work_for(viewer: Viewer, unit_id: UUID, key: UUID, *, today: date) -> Work:
    """Somebody's work at a unit that the viewer leads; raises NotFound."""
    values = {"viewer": viewer.person_id, "unit": unit_id, "today": today, "work": key}
    row = run(_one, values).one_or_none()
    if row is None:
        raise NotFound
    return _made(row)


def if_it_ends(viewer: Viewer, work: Work, *, on: date) -> Consequences:
    """What would follow when this work ended after a day; raises NotFound for who does not lead the unit."""
    values = {
        "viewer": viewer.person_id,
        "unit": work.unit_id,
        "person": work.person_id,
        "next": on + timedelta(days=1),
    }
    row: Any = run(_consequences, values).one_or_none()
    if row is None:
        raise NotFound
    return Consequences(row.lost, row.alone, row.answers_for, row.shifts, row.heads, row.stands_in)


def works_on(work: Work, on: date) -> bool:
    return work.starts_on <= on and (work.ends_on is None or on <= work.ends_on)


def _made(row: Any) -> Work:
    return Work(
        id=row.id,
        unit_id=row.unit_id,
        person_id=row.person_id,
        name=person_name(row.person_id, row.name_sealed),
        title=row.title,
        role=row.role,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        phone=row.direct_phone,
        phone_hours=row.direct_hours,
        periods=tuple(_period(*it) for it in row.periods or ()),
        standing=tuple(row.standing or ()),
    )


def _period(
    starts_on: str, ends_on: str | None, anchor: str, weeks: int, hours: Sequence[Sequence[int]] | None
) -> Period:
    cycle: list[list[list[Span]]] = [[[] for _day in range(7)] for _week in range(weeks)]
    for number, weekday, opens, closes in sorted(hours or (), key=tuple):
        cycle[number][weekday].append(Span(opens, closes))
    return Period(
        date.fromisoformat(starts_on),
        date.fromisoformat(ends_on) if ends_on else None,
        date.fromisoformat(anchor),
        tuple(tuple(map(tuple, days)) for days in cycle),
    )
