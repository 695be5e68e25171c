"""A unit's drop-ins as those see them who lead it."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select

from app.accounts.models import Region
from app.accounts.queries import Viewer
from app.bookings.kind_models import Location
from app.care.models import Unit
from app.care.unit_queries import IS_ADMIN, IS_HEAD
from app.core.db import run
from app.core.errors import NotFound
from app.dropin.models import DropIn
from app.dropin.queries import OPEN, Open, made

MOST = 100
_led = (
    OPEN.add_columns(DropIn.published_at, DropIn.ended_at)
    .where(DropIn.unit_id == bindparam("unit"), or_(IS_HEAD, IS_ADMIN))
    .order_by(DropIn.ended_at.is_not(None), DropIn.name, DropIn.id)
    .limit(MOST)
)
_one = _led.where(DropIn.id == bindparam("key"))
_county = select(Region.county_code).join(Unit, Unit.region_id == Region.id).where(Unit.id == bindparam("unit"))
_places = (
    select(Location.id, Location.name, Location.weekdays)
    .join(Unit, Unit.id == Location.unit_id)
    .where(Location.unit_id == bindparam("unit"), Location.ended_at.is_(None), or_(IS_HEAD, IS_ADMIN))
    .order_by(Location.name, Location.id)
    .limit(MOST)
)


@dataclass(frozen=True)
class Led:
    """A drop-in of one's unit: "draft" before anybody has seen it, "public", or "ended"."""

    it: Open
    state: str


@dataclass(frozen=True)
class Place:
    """Where it can be, and on which weekdays."""

    key: UUID
    name: str
    weekdays: tuple[int, ...]


def drop_ins_of(viewer: Viewer, unit: UUID, *, today: date) -> list[Led]:
    """Those of a unit that the viewer leads, by name; what is taken down last."""
    return [_stated(row) for row in run(_led, {"viewer": viewer.person_id, "unit": unit, "today": today})]


def drop_in_for(viewer: Viewer, unit: UUID, key: UUID, *, today: date) -> Led:
    """One of them; raises NotFound."""
    row: Any = run(_one, {"viewer": viewer.person_id, "unit": unit, "key": key, "today": today}).one_or_none()
    if row is None:
        raise NotFound
    return _stated(row)


def places_of(viewer: Viewer, unit: UUID) -> list[Place]:
    """Where it can be."""
    rows = run(_places, {"viewer": viewer.person_id, "unit": unit})
    return [Place(row.id, row.name, tuple(row.weekdays)) for row in rows]


def county_of(viewer: Viewer, unit: UUID) -> str:
    """The code that the municipalities of its county begin with."""
    return str(run(_county, {"unit": unit}).scalar_one())


def _stated(row: Any) -> Led:
    return Led(made(row), "ended" if row.ended_at else "public" if row.published_at else "draft")
