"""Whether the closures that stand are covered: read after a verb has written, inside its transaction."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from app.accounts.models import Region
from app.care import closure_rules, red_days
from app.care.closure_rules import Closed, Hole
from app.care.cover_models import Closure, FunctionHours
from app.care.hours_rules import NEVER, Span, Week
from app.care.models import OfficeHours, Unit
from app.core import db


class Uncovered(ValueError):
    """A unit would have nobody for longer than its longest gap."""

    def __init__(self, unit_name: str, hole: Hole) -> None:
        super().__init__(unit_name)
        self.unit_name, self.hole = unit_name, hole


def week_of(rows: Iterable[tuple[int, int, int]]) -> Week:
    """Rows of weekday, opening and closing, in order, as a week."""
    days: list[list[Span]] = [[] for _day in range(7)]
    for weekday, opens, closes in rows:
        days[weekday].append(Span(opens, closes))
    return tuple(map(tuple, days))


def ensure_covered(unit_id: UUID, *, today: date) -> None:
    """Raise Uncovered when this unit, or one that it covers, closes for longer than its longest gap with nobody."""
    covered = select(Closure.unit_id).where(Closure.cover_unit_id == unit_id, Closure.ends_on >= today)
    _check([unit_id, *db.session().scalars(covered.distinct().order_by(Closure.unit_id))], today)


def ensure_function_covers(region_id: UUID, *, today: date) -> None:
    """The same for every unit that the region's function covers."""
    covered = select(Closure.unit_id).join(Unit, Unit.id == Closure.unit_id)
    covered = covered.where(Unit.region_id == region_id, Closure.cover_function, Closure.ends_on >= today)
    _check(list(db.session().scalars(covered.distinct().order_by(Closure.unit_id))), today)


def _check(unit_ids: list[UUID], today: date) -> None:
    units = db.run(
        select(Unit.id, Unit.name, Unit.longest_gap_minutes, Unit.region_id).where(Unit.id.in_(unit_ids))
    ).all()
    coming = select(Closure.unit_id, Closure.starts_on, Closure.ends_on, Closure.cover_unit_id, Closure.cover_function)
    theirs = select(Closure.cover_unit_id).where(Closure.unit_id.in_(unit_ids), Closure.cover_unit_id.is_not(None))
    rows = db.run(
        coming.where(or_(Closure.unit_id.in_(unit_ids), Closure.unit_id.in_(theirs)), Closure.ends_on >= today)
    ).all()
    closures = defaultdict(list)
    for row in rows:
        closures[row.unit_id].append(row)
    keys = {*unit_ids, *(row.cover_unit_id for row in rows if row.cover_unit_id)}
    office, function = _hours(keys), _function_hours(unit.region_id for unit in units)
    for unit in units:
        own = closures[unit.id]
        if not own:
            continue
        first, last = min(row.starts_on for row in own), max(row.ends_on for row in own)
        red = frozenset(red_days.between(first, last))
        closed = []
        for row in own:
            if row.cover_function:
                closed.append(Closed(row.starts_on, row.ends_on, function.get(unit.region_id, NEVER), red))
            elif row.cover_unit_id:
                away = {
                    date.fromordinal(day)
                    for other in closures[row.cover_unit_id]
                    for day in range(other.starts_on.toordinal(), other.ends_on.toordinal() + 1)
                }
                closed.append(Closed(row.starts_on, row.ends_on, office.get(row.cover_unit_id, NEVER), red | away))
            else:
                closed.append(Closed(row.starts_on, row.ends_on))
        hole = closure_rules.uncovered(
            office.get(unit.id, NEVER), closed, red_days=red, longest_gap=unit.longest_gap_minutes
        )
        if hole:
            raise Uncovered(unit.name, hole)


def _hours(unit_ids: Iterable[UUID]) -> dict[UUID, Week]:
    asked = select(OfficeHours.unit_id, OfficeHours.weekday, OfficeHours.opens, OfficeHours.closes)
    return _weeks(db.run(asked.where(OfficeHours.unit_id.in_(unit_ids)).order_by(OfficeHours.opens)).all())


def _function_hours(region_ids: Iterable[UUID]) -> dict[UUID, Week]:
    asked = select(FunctionHours.region_id, FunctionHours.weekday, FunctionHours.opens, FunctionHours.closes)
    asked = asked.where(FunctionHours.region_id.in_(set(region_ids))).order_by(FunctionHours.opens)
    return _weeks(db.run(asked.join(Region, Region.id == FunctionHours.region_id)).all())


def _weeks(rows: Iterable[Any]) -> dict[UUID, Week]:
    found = defaultdict(list)
    for key, weekday, opens, closes in rows:
        found[key].append((weekday, opens, closes))
    return {key: week_of(spans) for key, spans in found.items()}
