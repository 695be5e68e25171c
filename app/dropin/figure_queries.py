"""A unit's visits, counted for those who lead it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, func, or_, select

from app.accounts.queries import Viewer
from app.care.models import Unit
from app.care.unit_queries import IS_ADMIN, IS_HEAD
from app.core.db import run
from app.dropin import figure_rules as rules
from app.dropin.figure_rules import Came, Figures, Quarter
from app.dropin.models import DropIn, DropInVisit

MOST = 100
MOST_VISITS = 20_000
_LEADS = or_(IS_HEAD, IS_ADMIN)
_counted = (
    select(DropIn.id, DropIn.name, DropIn.ended_at, func.min(DropInVisit.on_date).label("first_on"))
    .join(Unit, Unit.id == DropIn.unit_id)
    .outerjoin(DropInVisit, DropInVisit.drop_in_id == DropIn.id)
    .where(DropIn.unit_id == bindparam("unit"), _LEADS)
    .group_by(DropIn.id)
    .order_by(DropIn.ended_at.is_not(None), DropIn.name, DropIn.id)
    .limit(MOST)
)
_visits = (
    select(DropInVisit.on_date, DropInVisit.came_at, DropInVisit.seen_at, DropInVisit.new_here, DropInVisit.led_to)
    .join(DropIn, DropIn.id == DropInVisit.drop_in_id)
    .join(Unit, Unit.id == DropIn.unit_id)
    .where(
        DropInVisit.drop_in_id == bindparam("key"),
        DropInVisit.on_date.between(
            bindparam("first", type_=DropInVisit.on_date.type), bindparam("last", type_=DropInVisit.on_date.type)
        ),
        DropInVisit.taken_back_at.is_(None),
        _LEADS,
    )
    .order_by(DropInVisit.on_date, DropInVisit.came_at, DropInVisit.id)
    .limit(MOST_VISITS)
)


@dataclass(frozen=True)
class Counted:
    """A drop-in that there can be figures of, and when its first visit was."""

    key: UUID
    name: str
    ended: bool
    first_on: date | None


def drop_ins_of(viewer: Viewer, unit: UUID) -> list[Counted]:
    """Those of a unit that the viewer leads, by name; what is taken down last."""
    rows = run(_counted, {"viewer": viewer.person_id, "unit": unit})
    return [Counted(row.id, row.name, row.ended_at is not None, row.first_on) for row in rows]


def figures_of(viewer: Viewer, it: Counted, quarter: Quarter) -> Figures:
    """What the visits of a quarter add up to."""
    values = {"viewer": viewer.person_id, "key": it.key, "first": quarter.first, "last": quarter.last}
    rows = run(_visits, values)
    return rules.figures([Came(row.on_date, row.came_at, row.seen_at, row.new_here, tuple(row.led_to)) for row in rows])
