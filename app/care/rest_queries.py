"""When somebody of the staff may be reached: at work at one of their units, or always where they have chosen that."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Date, Uuid, bindparam, exists, false, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.accounts.models import RegionRole, Staff
from app.care import rest_rules
from app.care.facts_rules import Key
from app.care.models import Assignment, Unit
from app.care.plan_queries import Place, places
from app.core.audit import Actor
from app.core.db import run
from app.core.locale import local
from app.notices.models import NoticeChoice

OUT_OF_SIGHT = timedelta(days=366)


@dataclass(frozen=True)
class Rest:
    """From when somebody may be reached, and where they are off duty, since when."""

    show_at: datetime
    since: datetime | None = None


_staff = (
    select(
        Staff.person_id,
        func.coalesce(NoticeChoice.off_duty, false()).label("off_duty"),
        Unit.id.label("unit_id"),
        Unit.care_version,
        exists().where(RegionRole.person_id == Staff.person_id, RegionRole.role == "function").label("in_function"),
    )
    .outerjoin(NoticeChoice, NoticeChoice.person_id == Staff.person_id)
    .outerjoin(
        Assignment,
        (Assignment.person_id == Staff.person_id)
        & or_(Assignment.ends_on.is_(None), Assignment.ends_on >= bindparam("today", type_=Date())),
    )
    .outerjoin(Unit, Unit.id == Assignment.unit_id)
    .where(Staff.person_id == func.any(bindparam("people", type_=ARRAY(Uuid))))
    .order_by(Staff.person_id, Unit.id)
)


def reached_at(
    viewer: Actor, people: Iterable[UUID], place: Place | None, *, at: datetime, newest: bool = False
) -> dict[UUID, datetime]:
    """From when each of some people may be reached: those of the staff when they are next at work, others at once."""
    return {key: rest.show_at for key, rest in rests(viewer, people, place, at=at, newest=newest).items()}


def rests(
    viewer: Actor, people: Iterable[UUID], place: Place | None, *, at: datetime, newest: bool = False
) -> dict[UUID, Rest]:
    """The same, and since when those who are off duty are so. `place` is where it happened.

    `newest`: the one who asks is changing what decides it. Somebody who is at work at `place` is asked no more about.
    """
    found = {} if newest or place is None else _at_work(place, people, at)
    if not (others := [key for key in people if key not in found]):
        return found
    rows = run(_staff, {"people": others, "today": local(at).date()}).all()
    versions: dict[UUID, int | None] = {
        row.unit_id: None if newest else row.care_version for row in rows if row.unit_id is not None
    }
    there = places(viewer, versions, at=at) if versions else {}
    where: dict[UUID, list[Place]] = {key: [] for key in others}
    for row in rows:
        if row.unit_id:
            where[row.person_id].append(there[row.unit_id])
        elif place and (row.in_function or row.person_id in _heads(place)):
            where[row.person_id].append(place)
    chosen = {row.person_id for row in rows if row.off_duty}
    staff = {row.person_id for row in rows}
    for key in others:
        rest = _rest(where[key], key, at) if key in staff else Rest(at)
        found[key] = Rest(at, rest.since) if key in chosen else rest
    return found


def _heads(place: Place) -> set[Key]:
    """Who leads without working there. Others without work have stopped, and nothing more reaches them."""
    unit = place.plan.unit
    return {unit.head, *unit.head_substitutes}


def _at_work(place: Place, people: Iterable[UUID], at: datetime) -> dict[UUID, Rest]:
    mine = (key for key in people if key in place.people)
    return {key: Rest(at) for key in mine if rest_rules.at_work_from(place.plan, key, at) == at}


def _rest(there: list[Place], person: UUID, at: datetime) -> Rest:
    """At work at either of two units is at work."""
    back = [rest_rules.at_work_from(place.plan, person, at) for place in there]
    if at in back:
        return Rest(at)
    left = [rest_rules.left_at(place.plan, person, at) for place in there]
    since = max((it for it in left if it), default=None)
    return Rest(min((it for it in back if it), default=at + OUT_OF_SIGHT), since)
