"""Who comes today to the drop-ins of one's units: times and numbers, and no person."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, or_, select

from app.accounts.queries import Viewer
from app.care.unit_queries import IS_HEAD, WORKS_HERE
from app.core.db import run
from app.core.errors import NotFound
from app.dropin.models import DropIn, DropInComing, DropInException, DropInVisit
from app.dropin.queries import IS_PUBLIC, OPEN, TODAY, Open, made
from app.dropin.visit_rules import Visit

MOST = 50
MOST_VISITS = 500
_mine = (
    OPEN.where(IS_PUBLIC, or_(WORKS_HERE, IS_HEAD))
    .where(
        or_(
            DropIn.last_on.is_(None),
            DropIn.last_on >= TODAY,
            exists().where(DropInException.drop_in_id == DropIn.id, DropInException.on_date == TODAY),
        )
    )
    .order_by(DropIn.name, DropIn.id)
    .limit(MOST)
)
# What was taken down meanwhile is still ticked off until the day is over.
_one = OPEN.where(DropIn.id == bindparam("key"), DropIn.published_at.is_not(None), or_(WORKS_HERE, IS_HEAD))
_visits = (
    select(
        DropInVisit.id,
        DropInVisit.came_at,
        DropInVisit.seen_at,
        DropInVisit.new_here,
        DropInVisit.led_to,
        DropInVisit.taken_back_at,
    )
    .where(DropInVisit.drop_in_id == bindparam("key"), DropInVisit.on_date == TODAY)
    .order_by(DropInVisit.came_at, DropInVisit.id)
    .limit(MOST_VISITS)
)
_coming = select(func.count()).where(and_(DropInComing.drop_in_id == bindparam("key"), DropInComing.on_date == TODAY))


@dataclass(frozen=True)
class Reception:
    """A day's visits in the order that they came, and how many have said that they come."""

    visits: tuple[Visit, ...]
    coming: int

    def in_state(self, *states: str) -> list[Visit]:
        return [it for it in self.visits if it.state in states]


def drop_ins_of(viewer: Viewer, *, today: date) -> list[Open]:
    """The drop-ins of the units where the viewer works or leads that are open today, by name."""
    found = (made(row) for row in run(_mine, {"viewer": viewer.person_id, "today": today}))
    return [it for it in found if it.day(today).is_open]


def drop_in_for(viewer: Viewer, key: UUID, *, today: date) -> Open:
    """One of them, open today or not; raises NotFound."""
    row: Any = run(_one, {"viewer": viewer.person_id, "key": key, "today": today}).one_or_none()
    if row is None:
        raise NotFound
    return made(row)


def reception(viewer: Viewer, it: Open, *, today: date) -> Reception:
    """Who has come today. A slip keeps its number, so that nobody else's moves."""
    rows: Any = run(_visits, {"key": it.key, "today": today})
    visits = [
        Visit(n, row.id, row.came_at, row.seen_at, row.new_here, tuple(row.led_to), row.taken_back_at is not None)
        for n, row in enumerate(rows, 1)
    ]
    coming = run(_coming, {"key": it.key, "today": today}).scalar_one()
    return Reception(tuple(visits), coming)


def visit_for(viewer: Viewer, it: Open, key: UUID, *, today: date) -> Visit:
    """One of today's; raises NotFound."""
    found = [visit for visit in reception(viewer, it, today=today).visits if visit.key == key]
    if not found:
        raise NotFound
    return found[0]
