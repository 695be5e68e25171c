"""When somebody of the staff may be reached: at work at one of their units, or always where they have chosen that."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Date, Uuid, and_, bindparam, false, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.accounts.models import RegionRole, Staff
from app.care import rest_rules
from app.care.facts_rules import Key
from app.care.models import Assignment, HeadSubstitute, Unit
from app.care.plan_queries import Place, places
from app.core.audit import Actor
from app.core.db import run
from app.core.locale import local
from app.notices.models import Notice, NoticeChoice
from app.notices.rules import DUTY

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
    .outerjoin(NoticeChoice, and_(NoticeChoice.person_id == Staff.person_id, NoticeChoice.capacity == DUTY))
    .outerjoin(_at, _at.c.person_id == Staff.person_id)
    .outerjoin(Unit, Unit.id == _at.c.unit_id)
    .where(Staff.person_id == _people)
    .order_by(Staff.person_id, Unit.id)
)

_unseen = (
    select(Notice.person_id)
    .where(
        Notice.person_id == _people,
        Notice.capacity == DUTY,
        Notice.seen_at.is_(None),
        Notice.withdrawn_at.is_(None),
    )
    .distinct()
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


def with_unseen(viewer: Actor, people: Collection[UUID]) -> set[UUID]:
    """Who of some people of the staff have been told something that they have not seen, resting or not."""
    return {row.person_id for row in run(_unseen, {"people": list(people)})}


class _Those:
    """Some people, where they work, and what they have chosen."""

    def __init__(
        self, viewer: Actor, people: Iterable[UUID], place: Place | None, *, at: datetime, newest: bool
    ) -> None:
        rows = run(_staff, {"people": list(people), "today": local(at).date()}).all()
        self.chosen = {row.person_id for row in rows if row.off_duty}
        mine: dict[UUID, dict[str, set[UUID]]] = {row.person_id: {} for row in rows}
        for row in rows:
            if row.unit_id:
                mine[row.person_id].setdefault(row.how, set()).add(row.unit_id)
        self.where: dict[UUID, list[Place]] = {}
        units: dict[UUID, set[UUID]] = {}
        for key, how in mine.items():
            if place and WORKS not in how and (FUNCTION in how or key in _heads(place)):
                self.where[key] = [place]
            else:
                units[key] = how.get(WORKS) or how.get(LEADS) or how.get(FUNCTION) or set()
        wanted = {unit for those in units.values() for unit in those}
        versions = {row.unit_id: None if newest else row.care_version for row in rows if row.unit_id in wanted}
        there = places(viewer, versions, at=at) if versions else {}
        self.where |= {key: [there[unit] for unit in sorted(those)] for key, those in units.items()}

    def rest(self, person: UUID, at: datetime) -> Rest:
        if person not in self.where:
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
