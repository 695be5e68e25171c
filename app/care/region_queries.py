"""The region's people and its function, for those who lead something in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, array_agg

from app.accounts.models import Person, Region, RegionRole, Staff
from app.accounts.queries import Viewer, person_name
from app.care.cover_models import FunctionHours
from app.care.hours_rules import Week
from app.care.models import Assignment, Unit
from app.care.unit_queries import IS_ADMIN, IS_HEAD, MOST_PEOPLE, VIEWER, Somebody, spans_of, week
from app.core.db import run
from app.core.errors import NotFound


@dataclass(frozen=True)
class RegionPage:
    """The region's function, as an administrator sees it."""

    id: UUID
    name: str
    phone: str
    hours: Week
    people: tuple[UUID, ...]


_people = (
    select(Person.id, Person.name_sealed, Staff.title).join(Staff, Staff.person_id == Person.id).limit(MOST_PEOPLE)
)
_in_region = or_(
    exists().where(
        Assignment.person_id == Person.id, Assignment.unit_id == Unit.id, Unit.region_id == bindparam("region")
    ),
    exists().where(RegionRole.person_id == Person.id, RegionRole.region_id == bindparam("region")),
)
_region = (
    select(
        Region.id,
        Region.name,
        Region.function_phone,
        spans_of(FunctionHours, FunctionHours.region_id == Region.id).label("hours"),
        select(array_agg(aggregate_order_by(RegionRole.person_id, RegionRole.person_id)))
        .where(RegionRole.region_id == Region.id, RegionRole.role == "function")
        .scalar_subquery()
        .label("people"),
    )
    .where(
        exists().where(
            RegionRole.region_id == Region.id, RegionRole.person_id == VIEWER, RegionRole.role == "administrator"
        )
    )
    .order_by(Region.name, Region.id)
    .limit(1)
)


def region_for(viewer: Viewer) -> RegionPage:
    """The region that the viewer administers; raises NotFound."""
    row: Any = run(_region, {"viewer": viewer.person_id}).one_or_none()
    if row is None:
        raise NotFound
    return RegionPage(row.id, row.name, row.function_phone, week(row.hours), tuple(row.people or ()))


def people_of_region(viewer: Viewer, region_id: UUID) -> list[Somebody]:
    """Everybody who works in the viewer's region and may sign in, by name, for whoever leads something there."""
    leads = exists().where(Unit.region_id == region_id, or_(IS_HEAD, IS_ADMIN))
    administers = exists().where(
        RegionRole.region_id == region_id, RegionRole.person_id == VIEWER, RegionRole.role == "administrator"
    )
    asked = _people.where(_in_region, Person.closed_at.is_(None), or_(leads, administers)).order_by(
        Person.created_at, Person.id
    )
    return by_name(run(asked, {"viewer": viewer.person_id, "region": region_id}).all())


def names_of(viewer: Viewer, keys: Iterable[UUID], *, region_id: UUID) -> dict[UUID, Somebody]:
    """The names of people whom a page of the viewer's has already found, where they work in that region."""
    asked = _people.where(Person.id.in_(set(keys)), _in_region).order_by(Person.id)
    return {it.key: it for it in by_name(run(asked, {"viewer": viewer.person_id, "region": region_id}).all())}


def by_name(rows: Iterable[Any]) -> list[Somebody]:
    found = [Somebody(row.id, person_name(row.id, row.name_sealed), row.title) for row in rows]
    return sorted(found, key=lambda it: (it.name, str(it.key)))
