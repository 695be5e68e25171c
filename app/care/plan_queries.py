"""A unit's whole plan, read in one statement and kept in this process until its version or the day is another."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.care import red_days
from app.care.facts_rules import Absence, Assignment, Closure, Shift, Unit
from app.care.hours_rules import Period, Span, Week
from app.care.rules import Plan
from app.core.audit import Actor
from app.core.db import run
from app.core.locale import SWEDEN, local

KEPT = 64
BEHIND, AHEAD = timedelta(days=14), timedelta(days=400)


@dataclass(frozen=True)
class Number:
    """A number that a person answers themselves, and when."""

    phone: str | None
    hours: str


@dataclass(frozen=True)
class Place:
    """A unit with its plan, and what its people can be reached by: all that changes only with `version`.

    `people` are all whom the order may name there, those of a covering unit and the heads too.
    """

    key: UUID
    region_id: UUID
    name: str
    phone: str
    phone_hours: str
    function_phone: str
    version: int
    head: UUID
    plan: Plan
    people: frozenset[UUID]
    numbers: Mapping[UUID, Number]


_plan = (
    text(
        """
    with scope as (
      select id from unit where id = any(:units)
      union select cover_unit_id from closure
        where unit_id = any(:units) and ends_on >= :since and cover_unit_id is not null
    ), works as (
      select a.* from assignment a join scope on scope.id = a.unit_id where a.ends_on is null or a.ends_on >= :since
    ), heads as (
      select u.id as unit_id, u.head_id as person_id from unit u join scope on scope.id = u.id
      union select s.unit_id, s.person_id from head_substitute s join scope on scope.id = s.unit_id
    ), away as (
      select b.* from absence b
      where b.person_id in (select person_id from works union select person_id from heads)
        and b.cancelled_at is null and (b.ends_at is null or b.ends_at >= :since)
    )
    select u.id, u.region_id, u.name, u.phone, u.phone_hours, u.care_version, u.head_id, u.promise_minutes,
      u.longest_gap_minutes, r.function_phone,
      (select json_agg(json_build_array(weekday, opens, closes) order by weekday, opens)
         from office_hours where unit_id = u.id) as office,
      (select json_agg(json_build_array(weekday, opens, closes) order by weekday, opens)
         from function_hours where region_id = u.region_id) as function_hours,
      (select json_agg(person_id order by n) from head_substitute where unit_id = u.id) as head_substitutes,
      (select json_agg(json_build_array(starts_on, ends_on, cover_unit_id, cover_function) order by starts_on)
         from closure where unit_id = u.id and ends_on >= :since) as closures,
      (select json_agg(json_build_object(
           'person', w.person_id, 'role', w.role, 'starts_on', w.starts_on, 'ends_on', w.ends_on,
           'phone', w.direct_phone, 'hours', w.direct_hours,
           'standing', (select json_agg(person_id order by n) from standing_substitute where assignment_id = w.id),
           'patterns', (select json_agg(json_build_object(
                'starts_on', p.starts_on, 'ends_on', p.ends_on, 'anchor', p.anchor, 'weeks', p.weeks,
                'hours', (select json_agg(json_build_array(week, weekday, opens, closes) order by week, weekday, opens)
                            from pattern_hours where pattern_id = p.id)) order by p.starts_on)
              from pattern p where p.assignment_id = w.id and (p.ends_on is null or p.ends_on >= :since))
         ) order by w.starts_on, w.person_id) from works w where w.unit_id = u.id) as assignments,
      (select json_agg(json_build_array(
           a.id, a.person_id, a.starts_at, a.ends_at, a.registered_at,
           (select coalesce(json_agg(person_id order by n) filter (where declined_at is null),
                            case when count(*) > 0 then json_build_array(a.person_id) end)
              from absence_substitute where absence_id = a.id)) order by a.starts_at, a.id)
         from away a where a.person_id in (
           select person_id from works where unit_id = u.id union select person_id from heads where unit_id = u.id)
      ) as absences,
      (select json_agg(json_build_array(
           d.starts_at, d.ends_at, (select json_agg(person_id order by n) from duty_person where shift_id = d.id)
         ) order by d.starts_at)
         from duty_shift d where d.unit_id = u.id and d.ends_at >= :since and d.starts_at < :until) as duty
    from unit u join scope on scope.id = u.id join region r on r.id = u.region_id
    order by u.id
    """
    )
    .bindparams(bindparam("units", type_=ARRAY(Uuid())))
    .columns()
)


class _Kept:
    """The newest plan of each unit, the least used forgotten first."""

    def __init__(self) -> None:
        self._places: OrderedDict[UUID, tuple[int, date, Place]] = OrderedDict()
        self._lock = Lock()

    def find(self, unit: UUID, version: int, today: date) -> Place | None:
        with self._lock:
            kept = self._places.get(unit)
            if kept is None or kept[:2] != (version, today):
                return None
            self._places.move_to_end(unit)
            return kept[2]

    def keep(self, place: Place, today: date) -> None:
        with self._lock:
            self._places[place.key] = place.version, today, place
            self._places.move_to_end(place.key)
            while len(self._places) > KEPT:
                self._places.popitem(last=False)


_kept = _Kept()


def places(viewer: Actor, versions: Mapping[UUID, int | None], *, at: datetime) -> dict[UUID, Place]:
    """The units with their plans; `versions` says which version of each is wanted, None for the newest there is.

    Which units these are the viewer has already been shown: their contact's, or those where they work.
    """
    today = local(at).date()
    found = {
        unit: kept
        for unit, version in versions.items()
        if version is not None and (kept := _kept.find(unit, version, today)) is not None
    }
    if wanted := [unit for unit in versions if unit not in found]:
        midnight = datetime.combine(today, time(), SWEDEN)
        values = {"units": wanted, "since": midnight - BEHIND, "until": midnight + AHEAD}
        rows = {row.id: row for row in run(_plan, values)}
        for unit in wanted:
            found[unit] = _place(rows[unit], rows, at)
            # Whoever asks for the newest may be changing it, and what is rolled back must not be kept.
            if found[unit].version == versions[unit]:
                _kept.keep(found[unit], today)
    return found


def _place(row: Any, rows: Mapping[UUID, Any], at: datetime) -> Place:
    sides = [row, *(rows[UUID(key)] for _from, _to, key, _function in row.closures or () if key)]
    red = red_days.in_years(range(at.year - 1, at.year + 3))
    office = _week(row.office)
    longest = max((sum(span.closes - span.opens for span in day) for day in office), default=0)
    unit = Unit(
        key=row.id,
        office=office,
        red_days=red,
        closures=tuple(_closure(it, row, rows, red) for it in row.closures or ()),
        longest_gap=timedelta(minutes=row.longest_gap_minutes or longest),
        promise=timedelta(minutes=row.promise_minutes),
        head=row.head_id,
        head_substitutes=_keys(row.head_substitutes),
        function=row.region_id,
    )
    assignments = [_assignment(it, side.id) for side in sides for it in side.assignments or ()]
    # Somebody who works at both units is away from both by one row.
    absences = {it[0]: _absence(it) for side in sides for it in side.absences or ()}
    duty = [_shift(it, side.id) for side in sides for it in side.duty or ()]
    return Place(
        key=row.id,
        region_id=row.region_id,
        name=row.name,
        phone=row.phone,
        phone_hours=row.phone_hours,
        function_phone=row.function_phone,
        version=row.care_version,
        head=row.head_id,
        plan=Plan(unit, assignments, absences.values(), duty, around=at),
        people=frozenset(UUID(it["person"]) for side in sides for it in side.assignments or ())
        | {key for side in sides for key in (side.head_id, *_keys(side.head_substitutes))},
        numbers={
            UUID(it["person"]): Number(it["phone"], it["hours"])
            for side in reversed(sides)
            for it in side.assignments or ()
        },
    )


def _closure(it: Any, row: Any, rows: Mapping[UUID, Any], red: frozenset[date]) -> Closure:
    starts_on, ends_on, key, function = it
    period = date.fromisoformat(starts_on), date.fromisoformat(ends_on)
    if function:
        return Closure(*period, row.region_id, _week(row.function_hours), red)
    if key is None:
        return Closure(*period)
    other = rows[UUID(key)]
    closed = {day for start, end, *_ in other.closures or () for day in _days(start, end)}
    substitutes = _keys(other.head_substitutes)
    return Closure(*period, other.id, _week(other.office), red | closed, other.head_id, substitutes)


def _assignment(it: Any, unit: UUID) -> Assignment:
    return Assignment(
        unit=unit,
        person=UUID(it["person"]),
        cares=it["role"] in ("licensed", "care"),
        starts_on=date.fromisoformat(it["starts_on"]),
        ends_on=_date(it["ends_on"]),
        periods=tuple(_period(period) for period in it["patterns"] or ()),
        standing=_keys(it["standing"]),
    )


def _period(it: Any) -> Period:
    weeks: list[list[Any]] = [[] for _ in range(it["weeks"])]
    for number, *hours in it["hours"] or ():
        weeks[number].append(hours)
    return Period(
        starts_on=date.fromisoformat(it["starts_on"]),
        ends_on=_date(it["ends_on"]),
        anchor=date.fromisoformat(it["anchor"]),
        weeks=tuple(_week(week) for week in weeks),
    )


def _absence(it: Any) -> Absence:
    # Where all who were named have said no, the row names the person alone: nobody, and not the standing ones again.
    _key, person, starts_at, ends_at, registered_at, substitutes = it
    return Absence(
        person=UUID(person),
        starts_at=datetime.fromisoformat(starts_at),
        ends_at=datetime.fromisoformat(ends_at) if ends_at else None,
        substitutes=_keys(substitutes),
        registered_at=datetime.fromisoformat(registered_at),
    )


def _shift(it: Any, unit: UUID) -> Shift:
    starts_at, ends_at, people = it
    return Shift(unit, datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at), _keys(people))


def _week(rows: Iterable[Any] | None) -> Week:
    days: tuple[list[Span], ...] = tuple([] for _ in range(7))
    for weekday, opens, closes in rows or ():
        days[weekday].append(Span(opens, closes))
    return tuple(tuple(day) for day in days)


def _keys(them: Iterable[str] | None) -> tuple[UUID, ...]:
    return tuple(UUID(it) for it in them or ())


def _date(it: str | None) -> date | None:
    return date.fromisoformat(it) if it else None


def _days(start: str, end: str) -> Iterable[date]:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
