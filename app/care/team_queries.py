"""Those who work where the viewer leads: who is away now, and who has been for long. Never why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select

from app.accounts.models import Person, Staff
from app.accounts.queries import Viewer, person_name
from app.care import red_days
from app.care.absence_rules import is_long
from app.care.cover_models import Absence, Closure
from app.care.models import Assignment, OfficeHours, Unit
from app.care.queries import leads
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import local

MOST = 200
VIEWER = bindparam("viewer", type_=Person.id.type)
NOW = bindparam("now", type_=Absence.starts_at.type)
TODAY = bindparam("today", type_=Assignment.starts_on.type)


@dataclass(frozen=True)
class LongAbsence:
    """Somebody who has been away for ten office days without an end: shall their patients have another contact?"""

    person_id: UUID
    name: str
    unit_name: str
    starts_at: datetime


@dataclass(frozen=True)
class Member:
    """Somebody who works at a unit that the viewer leads."""

    key: UUID
    name: str
    title: str
    unit_name: str
    away: bool


def still(works: Any) -> ColumnElement[bool]:
    return or_(works.ends_on.is_(None), works.ends_on >= TODAY)


_office = (
    select(func.array_agg(OfficeHours.weekday.distinct()))
    .where(OfficeHours.unit_id == Unit.id)
    .scalar_subquery()
    .label("weekdays")
)
_closed = (
    select(func.jsonb_agg(func.jsonb_build_array(Closure.starts_on, Closure.ends_on)))
    .where(Closure.unit_id == Unit.id, Closure.starts_on <= TODAY)
    .scalar_subquery()
    .label("closed")
)
LED = (
    select(Unit.id, Unit.name, _office, _closed, Absence.person_id, Absence.starts_at, Person.name_sealed)
    .outerjoin(Assignment, and_(Assignment.unit_id == Unit.id, still(Assignment)))
    .outerjoin(
        Absence,
        and_(
            Absence.person_id == Assignment.person_id,
            Absence.ends_at.is_(None),
            Absence.cancelled_at.is_(None),
            Absence.starts_at < NOW,
        ),
    )
    .outerjoin(Person, Person.id == Absence.person_id)
    .where(leads(VIEWER))
    .distinct()
    .order_by(Absence.starts_at, Unit.name, Unit.id, Absence.person_id)
    .limit(MOST)
)
_team = (
    select(
        Person.id,
        Person.name_sealed,
        Staff.title,
        Unit.name.label("unit_name"),
        exists()
        .where(
            Absence.person_id == Person.id,
            Absence.cancelled_at.is_(None),
            Absence.starts_at <= NOW,
            or_(Absence.ends_at.is_(None), Absence.ends_at > NOW),
        )
        .label("away"),
    )
    .select_from(Unit)
    .outerjoin(Assignment, and_(Assignment.unit_id == Unit.id, still(Assignment), Assignment.person_id != VIEWER))
    .outerjoin(Person, and_(Person.id == Assignment.person_id, Person.closed_at.is_(None)))
    .outerjoin(Staff, Staff.person_id == Person.id)
    .where(leads(VIEWER))
    .distinct()
    .order_by(Unit.name, Person.id)
    .limit(MOST)
)


def long_absences_of(viewer: Viewer, *, now: datetime) -> list[LongAbsence] | None:
    """Whose patients the head may have to give another contact; None for somebody who leads no unit."""
    return long_in(run(LED, {"viewer": viewer.person_id, "now": now, "today": local(now).date()}).all(), now=now)


def long_in(rows: Sequence[Any], *, now: datetime) -> list[LongAbsence] | None:
    """The same, of LED's rows where they stand among what else a page reads."""
    today = local(now).date()
    if not rows:
        return None
    return [
        LongAbsence(row.person_id, person_name(row.person_id, row.name_sealed), row.name, row.starts_at)
        for row in rows
        if row.person_id and is_long(row.starts_at, row.weekdays or (), _days_off(row, today), now=now)
    ]


def team_of(viewer: Viewer, *, now: datetime) -> list[Member]:
    """Those who work where the viewer leads, by name; raises NotFound for somebody who leads no unit."""
    values = {"viewer": viewer.person_id, "now": now, "today": local(now).date()}
    rows: Sequence[Any] = run(_team, values).all()
    if not rows:
        raise NotFound
    found = [
        Member(row.id, person_name(row.id, row.name_sealed), row.title, row.unit_name, row.away)
        for row in rows
        if row.id
    ]
    return sorted(found, key=lambda it: (it.name, it.unit_name))


def _days_off(row: Any, today: date) -> frozenset[date]:
    closed = ((date.fromisoformat(start), date.fromisoformat(end)) for start, end in row.closed or ())
    days = {start + timedelta(days=n) for start, end in closed for n in range((end - start).days + 1)}
    years = range(local(row.starts_at).year, today.year + 1)
    return frozenset(days) | red_days.in_years(years)
