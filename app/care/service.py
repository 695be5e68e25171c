"""Give assignments and their patterns of work; what else changes who answers builds on this."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Protocol
from uuid import UUID

from sqlalchemy import Select, delete, or_, select, update

from app.care import rest_queries
from app.care.cover_models import Absence, Closure, Pattern, PatternHours, StandingSubstitute
from app.care.hours_rules import Week
from app.care.models import Assignment, HeadSubstitute, Unit
from app.care.rest_queries import Rest
from app.core import audit, db, live
from app.core.audit import Actor, Entry
from app.core.locale import local
from app.notices import service as notices
from app.notices.service import Told


class Keyed(Protocol):
    """Something with a key: a row of the database, or what a query says of it."""

    @property
    def id(self) -> UUID: ...


class Held(Keyed, Protocol):
    """Somebody's work at a unit: the row itself, or what a query says of it."""

    @property
    def unit_id(self) -> UUID: ...
    @property
    def person_id(self) -> UUID: ...


class WorksHere(ValueError):
    """Somebody is given work at a unit where they work already."""


class Unfit(ValueError):
    """Hours that overlap, a cycle of no or more than ten weeks, or a substitute who is the person themselves."""


@dataclass(frozen=True)
class Direct:
    """The number that somebody gives out for themselves, in E.164, and when it is answered."""

    phone: str
    hours: str


@dataclass(frozen=True)
class Cycle:
    """A pattern of work from a day on: one to ten weeks that follow one another, `anchor` in the first of them."""

    weeks: tuple[Week, ...]
    anchor: date


def assign(
    person_id: UUID,
    unit: Keyed,
    *,
    role: str,
    starts_on: date,
    cycle: Cycle,
    direct: Direct | None = None,
    standing: tuple[UUID, ...] = (),
    by: Actor,
    now: datetime,
) -> Assignment:
    """Let somebody work at a unit from a day on, in a pattern, with those who answer when they are not there.

    Raises WorksHere.
    """
    raise_version(unit.id)
    if _works(person_id, unit.id, starts_on):
        raise WorksHere
    assignment = Assignment(
        id=db.new_key(),
        unit_id=unit.id,
        person_id=person_id,
        role=role,
        direct_phone=direct.phone if direct else None,
        direct_hours=direct.hours if direct else "",
        starts_on=starts_on,
    )
    db.session().add(assignment)
    db.session().flush()
    _put_pattern(assignment, cycle, starts_on)
    _put_standing(assignment, standing)
    rest_anew([person_id], by=by, now=now)
    audit.record(db.session(), of_person("assignment.given", assignment), by=by, now=now)
    return assignment


def end_assignment(assignment: Held, *, on: date, by: Actor, now: datetime) -> None:
    """Let somebody's work at a unit end after a day. Their patients keep them on paper, and the order passes them."""
    raise_version(assignment.unit_id)
    db.run(update(Assignment).where(Assignment.id == assignment.id).values(ends_on=on))
    rest_anew([assignment.person_id], by=by, now=now)
    audit.record(db.session(), of_person("assignment.ended", assignment), by=by, now=now)


def continue_assignment(assignment: Held, *, by: Actor, now: datetime) -> None:
    """Take back the end of somebody's work at a unit. Raises WorksHere when they have begun anew there since."""
    raise_version(assignment.unit_id)
    other = select(Assignment.id).where(
        Assignment.unit_id == assignment.unit_id,
        Assignment.person_id == assignment.person_id,
        Assignment.starts_on > select(Assignment.ends_on).where(Assignment.id == assignment.id).scalar_subquery(),
    )
    if db.run(other).first():
        raise WorksHere
    db.run(update(Assignment).where(Assignment.id == assignment.id).values(ends_on=None))
    rest_anew([assignment.person_id], by=by, now=now)
    audit.record(db.session(), of_person("assignment.continued", assignment), by=by, now=now)


def change_direct(assignment: Held, direct: Direct | None, *, by: Actor, now: datetime) -> None:
    """Change the number that somebody gives out for themselves, or let it be the unit's alone."""
    phone, hours = (direct.phone, direct.hours) if direct else (None, "")
    given = update(Assignment).where(Assignment.id == assignment.id)
    db.run(given.values(direct_phone=phone, direct_hours=hours))
    audit.record(db.session(), of_person("direct.changed", assignment), by=by, now=now)


def follow_pattern(assignment: Held, cycle: Cycle, *, starts_on: date, by: Actor, now: datetime) -> None:
    """Let somebody work in a new pattern from a day on; what was planned from that day is replaced, not the past."""
    raise_version(assignment.unit_id)
    _put_pattern(assignment, cycle, starts_on)
    rest_anew([assignment.person_id], by=by, now=now)
    audit.record(db.session(), of_person("pattern.changed", assignment), by=by, now=now)


def name_standing(assignment: Held, people: tuple[UUID, ...], *, by: Actor, now: datetime) -> None:
    """Say who answers for somebody at a unit whenever nobody else is named, in order."""
    raise_version(assignment.unit_id)
    _put_standing(assignment, people)
    audit.record(db.session(), of_person("standing.named", assignment), by=by, now=now)


def rest_anew(people: Iterable[UUID], *, by: Actor, now: datetime) -> None:
    """Let what some people have not been shown rest until they are at work, and the list of an absence until they are
    back from it. Whatever changes when somebody is at work calls this after the change.
    """
    db.session().flush()
    people = list(people)
    theirs = _not_over_before(now).where(Absence.person_id.in_(people)).execution_options(populate_existing=True)
    absences = db.session().scalars(theirs).all()
    whose = sorted({it.person_id for it in absences} | rest_queries.with_unseen(by, people))
    if not whose:
        return
    moments = {(person, now) for person in whose} | {(it.person_id, it.starts_at) for it in absences}
    rests = rest_queries.rests_from(by, moments, at=now)
    for person in whose:
        rest = rests[person, now]
        notices.put_off(person, rest.show_at, back=rest.back, by=by, now=now)
    notices.withdraw_lists([it.id for it in absences], by=by, now=now)
    lists = (_list_of(it, rests[it.person_id, it.starts_at], rests[it.person_id, now], now) for it in absences)
    notices.tell_many((it for it in lists if it), by=by, now=now)


def rest_anew_at(unit_id: UUID, *, by: Actor, now: datetime) -> None:
    """The same for everybody who works at a unit, or leads it."""
    still = or_(Assignment.ends_on.is_(None), Assignment.ends_on >= local(now).date())
    works = select(Assignment.person_id).where(Assignment.unit_id == unit_id, still)
    heads = select(Unit.head_id).where(Unit.id == unit_id)
    stands_in = select(HeadSubstitute.person_id).where(HeadSubstitute.unit_id == unit_id)
    rest_anew(db.session().scalars(works.union(heads, stands_in)).all(), by=by, now=now)


def _not_over_before(now: datetime) -> Select[Absence]:
    """Absences that are, or are to come; those too that end or are taken away at this moment."""
    ends = or_(Absence.ends_at.is_(None), Absence.ends_at >= now)
    stands = or_(Absence.cancelled_at.is_(None), Absence.cancelled_at >= now)
    return select(Absence).where(ends, stands).order_by(Absence.starts_at, Absence.id)


def _list_of(it: Absence, away: Rest, from_now: Rest, now: datetime) -> Told | None:
    """The list that waits on return from an absence; none of one taken away before its person had left for it.

    Absences with no work between them have one list: it is told once a person and moment of leaving.
    """
    left = away.since or it.starts_at
    if it.cancelled_at and left > now:
        return None
    over = it.cancelled_at or (it.ends_at and it.ends_at <= now)
    return Told(it.person_id, "back", left.isoformat(), from_now.back if over else away.back, it.id)


def of_person(action: str, assignment: Held) -> Entry:
    return Entry(action, unit_id=assignment.unit_id, object=f"person:{db.short(assignment.person_id)}")


def _works(person_id: UUID, unit_id: UUID, on: date) -> bool:
    here = select(Assignment.id).where(Assignment.unit_id == unit_id, Assignment.person_id == person_id)
    return db.run(here.where(or_(Assignment.ends_on.is_(None), Assignment.ends_on >= on))).first() is not None


def _put_pattern(assignment: Held, cycle: Cycle, starts_on: date) -> None:
    if not 1 <= len(cycle.weeks) <= 10:
        raise Unfit
    mine = Pattern.assignment_id == assignment.id
    later = select(Pattern.id).where(mine, Pattern.starts_on >= starts_on)
    db.run(delete(PatternHours).where(PatternHours.pattern_id.in_(later)))
    db.run(delete(Pattern).where(mine, Pattern.starts_on >= starts_on))
    still = or_(Pattern.ends_on.is_(None), Pattern.ends_on >= starts_on)
    db.run(update(Pattern).where(mine, still).values(ends_on=starts_on - timedelta(days=1)))
    pattern = Pattern(
        id=db.new_key(),
        assignment_id=assignment.id,
        starts_on=starts_on,
        anchor=cycle.anchor - timedelta(days=cycle.anchor.weekday()),
        weeks=len(cycle.weeks),
    )
    db.session().add(pattern)
    db.session().flush()
    db.session().add_all(
        PatternHours(pattern_id=pattern.id, week=number, weekday=day, opens=span.opens, closes=span.closes)
        for number, week in enumerate(cycle.weeks)
        for day, spans in enumerate(fit(week))
        for span in spans
    )
    db.session().flush()


def _put_standing(assignment: Held, people: tuple[UUID, ...]) -> None:
    db.run(delete(StandingSubstitute).where(StandingSubstitute.assignment_id == assignment.id))
    db.session().add_all(
        StandingSubstitute(assignment_id=assignment.id, n=n, person_id=person)
        for n, person in enumerate(others(people, than=assignment.person_id), 1)
    )
    db.session().flush()


def others(people: tuple[UUID, ...], *, than: UUID) -> list[UUID]:
    """Each once, in order; raises Unfit for somebody who would answer for themselves."""
    if than in people:
        raise Unfit
    return list(dict.fromkeys(people))


def fit(week: Week) -> Week:
    """Seven days of spans that follow one another; raises Unfit."""
    spans = [span for day in week for span in day]
    apart = all(a.closes <= b.opens for day in week for a, b in pairwise(day))
    if len(week) != 7 or not apart or not all(0 <= span.opens < span.closes <= 1440 for span in spans):
        raise Unfit
    return week


def raise_version(*unit_ids: UUID) -> None:
    """Every verb that can change who answers raises this number, under the unit's row lock; a unit's cover is part
    of its own answer, so the units that it covers are raised with it."""
    covered = select(Closure.unit_id).where(Closure.cover_unit_id.in_(unit_ids))
    # In one order everywhere, so that two verbs never wait for each other.
    locked = select(Unit.id).where(or_(Unit.id.in_(unit_ids), Unit.id.in_(covered))).order_by(Unit.id)
    keys = db.session().scalars(locked.with_for_update(key_share=True)).all()
    db.run(update(Unit).where(Unit.id.in_(keys)).values(care_version=Unit.care_version + 1))
    # The worker hears it, and looks again at what waits there.
    live.changed(*(live.topic("u", key) for key in keys))


def raise_versions_of(*people: UUID) -> None:
    """Raise every unit that some people are part of the answer at: where they work, and where they are or answer for
    the head. All at once, so that two verbs never wait for each other."""
    works = select(Assignment.unit_id).where(Assignment.person_id.in_(people))
    heads = select(Unit.id).where(Unit.head_id.in_(people))
    stands_in = select(HeadSubstitute.unit_id).where(HeadSubstitute.person_id.in_(people))
    raise_version(*db.session().scalars(works.union(heads, stands_in)).all())
