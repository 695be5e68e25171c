"""What a unit offers times for, as those see it who lead the unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, array_agg

from app.accounts.queries import Viewer
from app.bookings.kind_models import Location, ServiceStaff, ServiceType
from app.care.models import Unit
from app.care.unit_queries import IS_ADMIN, IS_HEAD
from app.core.db import run
from app.core.errors import NotFound

MOST = 100
UNIT: BindParameter[UUID] = bindparam("unit")
LEADS = or_(IS_HEAD, IS_ADMIN)


@dataclass(frozen=True)
class Kind:
    """A kind of time; `ended` when no more are booked of it. The place is where it usually is, while that is there."""

    key: UUID
    name: str
    mode: str
    minutes: int
    place: UUID | None
    place_name: str
    bring: str
    letter: str
    staff: tuple[UUID, ...]
    ended: bool


@dataclass(frozen=True)
class Place:
    """A place where the unit meets people; `ended` when nothing more is booked there."""

    key: UUID
    name: str
    address: str
    way: str
    weekdays: tuple[int, ...]
    ended: bool


_staff = (
    select(func.coalesce(array_agg(aggregate_order_by(ServiceStaff.person_id, ServiceStaff.person_id)), "{}"))
    .where(ServiceStaff.service_type_id == ServiceType.id)
    .scalar_subquery()
    .label("staff")
)
_kinds = (
    select(
        ServiceType.id,
        ServiceType.name,
        ServiceType.mode,
        ServiceType.minutes,
        ServiceType.bring,
        ServiceType.letter,
        ServiceType.ended_at,
        Location.id.label("place"),
        Location.name.label("place_name"),
        _staff,
    )
    .join(Unit, Unit.id == ServiceType.unit_id)
    .outerjoin(Location, (Location.id == ServiceType.location_id) & Location.ended_at.is_(None))
    .where(ServiceType.unit_id == UNIT, LEADS)
    .order_by(ServiceType.ended_at.is_not(None), ServiceType.name, ServiceType.id)
    .limit(MOST)
)
_kind = _kinds.where(ServiceType.id == bindparam("kind"))
_places = (
    select(Location.id, Location.name, Location.address, Location.way, Location.weekdays, Location.ended_at)
    .join(Unit, Unit.id == Location.unit_id)
    .where(Location.unit_id == UNIT, LEADS)
    .order_by(Location.ended_at.is_not(None), Location.name, Location.id)
    .limit(MOST)
)
_place = _places.where(Location.id == bindparam("place"))


def kinds_of(viewer: Viewer, unit_id: UUID) -> list[Kind]:
    """The kinds of time at a unit that the viewer leads, by name; those that have ended last."""
    return [_made(row) for row in run(_kinds, {"viewer": viewer.person_id, "unit": unit_id})]


def kind_for(viewer: Viewer, unit_id: UUID, key: UUID) -> Kind:
    """One of them; raises NotFound."""
    found: Sequence[Any] = run(_kind, {"viewer": viewer.person_id, "unit": unit_id, "kind": key}).all()
    if not found:
        raise NotFound
    return _made(found[0])


def places_of(viewer: Viewer, unit_id: UUID) -> list[Place]:
    """The places of a unit that the viewer leads, by name; those that have ended last."""
    return [_placed(row) for row in run(_places, {"viewer": viewer.person_id, "unit": unit_id})]


def place_for(viewer: Viewer, unit_id: UUID, key: UUID) -> Place:
    """One of them; raises NotFound."""
    found: Sequence[Any] = run(_place, {"viewer": viewer.person_id, "unit": unit_id, "place": key}).all()
    if not found:
        raise NotFound
    return _placed(found[0])


def _made(row: Any) -> Kind:
    return Kind(
        row.id,
        row.name,
        row.mode,
        row.minutes,
        row.place,
        row.place_name or "",
        row.bring,
        row.letter,
        tuple(row.staff),
        row.ended_at is not None,
    )


def _placed(row: Any) -> Place:
    return Place(row.id, row.name, row.address, row.way, tuple(row.weekdays), row.ended_at is not None)
