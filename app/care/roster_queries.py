"""A unit's duty roster and one closure, as those see them who may see the unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, array_agg

from app.accounts.queries import Viewer
from app.care.cover_models import DutyPerson, DutyShift
from app.care.hours_rules import from_wall
from app.care.models import Unit
from app.care.unit_queries import IS_ADMIN, IS_HEAD, WORKS_HERE, ClosureRow, UnitPage
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import local

MOST_SHIFTS = 200


@dataclass(frozen=True)
class ShiftRow:
    """A shift of the roster, and who has it, in order."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    people: tuple[UUID, ...]

    @property
    def on(self) -> date:
        return local(self.starts_at).date()


_people = (
    select(array_agg(aggregate_order_by(DutyPerson.person_id, DutyPerson.n)))
    .where(DutyPerson.shift_id == DutyShift.id)
    .correlate(DutyShift)
    .scalar_subquery()
    .label("people")
)
_shifts = (
    select(DutyShift.id, DutyShift.starts_at, DutyShift.ends_at, _people)
    .join(Unit, Unit.id == DutyShift.unit_id)
    .where(DutyShift.unit_id == bindparam("unit"), or_(IS_HEAD, IS_ADMIN, WORKS_HERE))
    .order_by(DutyShift.starts_at)
    .limit(MOST_SHIFTS)
)
_between = _shifts.where(DutyShift.ends_at > bindparam("start"), DutyShift.starts_at < bindparam("end"))
_one = _shifts.where(DutyShift.id == bindparam("shift"), or_(IS_HEAD, IS_ADMIN))


def shifts_of(viewer: Viewer, unit_id: UUID, first: date, *, days: int, today: date) -> list[ShiftRow]:
    """The shifts that touch some days from a day on, in order."""
    start, end = (from_wall(on, datetime.min.time()) for on in (first, first + timedelta(days=days)))
    values = {"viewer": viewer.person_id, "unit": unit_id, "today": today, "start": start, "end": end}
    return [_made(row) for row in run(_between, values).all()]


def shift_for(viewer: Viewer, unit_id: UUID, key: UUID, *, now: datetime) -> ShiftRow:
    """A shift that is not over, of a unit that the viewer leads; raises NotFound."""
    values = {"viewer": viewer.person_id, "unit": unit_id, "today": local(now).date(), "shift": key}
    rows: Sequence[Any] = run(_one, values).all()
    if not rows or rows[0].ends_at <= now:
        raise NotFound
    return _made(rows[0])


def closure_of(viewer: Viewer, unit: UnitPage, key: UUID) -> ClosureRow:
    """One of a unit's coming closures; raises NotFound."""
    found = next((it for it in unit.closures if it.id == key), None)
    if found is None or not unit.leads:
        raise NotFound
    return found


def _made(row: Any) -> ShiftRow:
    return ShiftRow(row.id, row.starts_at, row.ends_at, tuple(row.people or ()))
