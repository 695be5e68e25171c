"""When somebody of the staff may be reached: at work at one of their units, or always where they have chosen that."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Date, Uuid, bindparam, false, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.accounts.models import RegionRole, Staff
from app.care import rest_rules
from app.care.facts_rules import Key
from app.care.models import Assignment, HeadSubstitute, Unit
from app.care.plan_queries import Place, places
from app.core.audit import Actor
from app.core.db import run
from app.core.locale import local
from app.notices.models import NoticeChoice

OUT_OF_SIGHT = timedelta(days=366)
WORKS, LEADS, FUNCTION = "works", "leads", "function"


@dataclass(frozen=True)
class Rest:
    """From when somebody may be reached; when they are at work, whatever they chose; and where they are off duty, since
    when."""

    show_at: datetime
    back: datetime
    since: datetime | None = None


_people = func.any(bindparam("people", type_=ARRAY(Uuid)))
_today = bindparam("today", type_=Date())
_works = select(Assignment.person_id, Assignment.unit_id, literal(WORKS).label("how")).where(
    Assignment.person_id == _people, or_(Assignment.ends_on.is_(None), Assignment.ends_on >= _today)
)
_leads = select(Unit.head_id, Unit.id, literal(LEADS)).where(Unit.head_id == _people)
_stands_in = select(HeadSubstitute.person_id, HeadSubstitute.unit_id, literal(LEADS)).where(
    HeadSubstitute.person_id == _people
)
# Where nobody says which unit it is about, the time of any of the region's is office time to its function.
_any_unit = select(Unit.id).where(Unit.region_id == RegionRole.region_id).order_by(Unit.id).limit(1)
_in_function = select(RegionRole.person_id, _any_unit.scalar_subquery(), literal(FUNCTION)).where(
    RegionRole.person_id == _people, RegionRole.role == FUNCTION
)
_at = _works.union_all(_leads, _stands_in, _in_function).subquery()
_staff = (
    select(
        Staff.person_id,
        func.coalesce(NoticeChoice.off_duty, false()).label("off_duty"),
        _at.c.unit_id,
        _at.c.how,
        Unit.care_version,
    )
    .outerjoin(NoticeChoice, NoticeChoice.person_id == Staff.person_id)
    .outerjoin(_at, _at.c.person_id == Staff.person_id)
    .outerjoin(Unit, Unit.id == _at.c.unit_id)
    .where(Staff.person_id == _people)
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
    those = _Those(viewer, others, place, at=at, newest=newest)
    return found | {key: those.rest(key, at) for key in others}


def rests_from(
    viewer: Actor, moments: Collection[tuple[UUID, datetime]], *, at: datetime
) -> dict[tuple[UUID, datetime], Rest]:
    """The same for some people each from moments of their own, for one who is changing what decides it."""
    those = _Those(viewer, {person for person, _at in moments}, None, at=at, newest=True)
    return {(person, moment): those.rest(person, moment) for person, moment in moments}


class _Those:
    """Some people, where they work, and what they have chosen."""

    def __init__(
        self, viewer: Actor, people: Iterable[UUID], place: Place | None, *, at: datetime, newest: bool
    ) -> None:
        rows = run(_staff, {"people": list(people), "today": local(at).date()}).all()
        self.staff = {row.person_id for row in rows}
        self.chosen = {row.person_id for row in rows if row.off_duty}
        units: dict[UUID, set[UUID]] = {}
        versions: dict[UUID, int | None] = {}
        given: set[UUID] = set()
        for key in self.staff:
            mine = [row for row in rows if row.person_id == key and row.unit_id]
            hows = {row.how for row in mine}
            if place and WORKS not in hows and (FUNCTION in hows or key in _heads(place)):
                given.add(key)
                continue
            how = next((it for it in (WORKS, LEADS, FUNCTION) if it in hows), None)
            units[key] = {row.unit_id for row in mine if row.how == how}
            versions |= {row.unit_id: None if newest else row.care_version for row in mine if row.how == how}
        there = places(viewer, versions, at=at) if versions else {}
        self.where = {key: [there[unit] for unit in sorted(mine)] for key, mine in units.items()}
        self.where |= {key: [place] for key in given if place}

    def rest(self, person: UUID, at: datetime) -> Rest:
        if person not in self.staff:
            return Rest(at, at)
        rest = _rest(self.where[person], person, at)
        return replace(rest, show_at=at) if person in self.chosen else rest


def _heads(place: Place) -> set[Key]:
    """Who leads without working there. Others without work have stopped, and nothing more reaches them."""
    unit = place.plan.unit
    return {unit.head, *unit.head_substitutes}


def _at_work(place: Place, people: Iterable[UUID], at: datetime) -> dict[UUID, Rest]:
    mine = (key for key in people if key in place.people)
    return {key: Rest(at, at) for key in mine if rest_rules.at_work_from(place.plan, key, at) == at}


def _rest(there: list[Place], person: UUID, at: datetime) -> Rest:
    """At work at either of two units is at work."""
    back = [rest_rules.at_work_from(place.plan, person, at) for place in there]
    if at in back:
        return Rest(at, at)
    left = [rest_rules.left_at(place.plan, person, at) for place in there]
    until = min((it for it in back if it), default=at + OUT_OF_SIGHT)
    return Rest(until, until, max((it for it in left if it), default=None))
