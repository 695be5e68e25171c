"""What an absence would leave unanswered, and who could answer then: the gap rules over what is stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.accounts.queries import Viewer
from app.care.answer_queries import Face, faces, states_of
from app.care.calendar_rules import Mask
from app.care.cover_rules import Cover
from app.care.facts_rules import Absence, Contact, Key, Patient
from app.care.gap_rules import Gap, gaps_of_absence
from app.care.hours_rules import FOREVER, MICRO, micros, moment
from app.care.picture_rules import Bar, Presence, strips
from app.care.plan_queries import Place, places
from app.core.audit import Actor
from app.core.db import run
from app.core.locale import local

AHEAD = 60
"""Days that are looked at; what lies beyond is looked at when it comes closer."""


@dataclass(frozen=True)
class Way:
    """Somebody who could answer: all of a gap, or only a part of it (`whole` is false)."""

    key: UUID
    name: str
    whole: bool


@dataclass(frozen=True)
class Unable:
    """Somebody who cannot answer in a gap; `silent` when it is only that the app has not been opened for long."""

    key: UUID
    name: str
    silent: bool


@dataclass(frozen=True)
class Uncovered:
    """A gap with its unit, its head and the ways to fill it. `patients` says how many it concerns."""

    unit_name: str
    head: UUID
    head_name: str
    starts_at: datetime
    ends_at: datetime
    whole_days: bool
    patients: int
    ways: tuple[Way, ...]
    unable: tuple[Unable, ...]

    @property
    def through_head(self) -> Way | None:
        return next((way for way in self.ways if way.key == self.head), None)


@dataclass(frozen=True)
class Line:
    """Somebody's line in the picture: when they answer for the one who is away, and when they are away themselves."""

    name: str
    also: tuple[Bar, ...]
    off: tuple[Bar, ...]


@dataclass(frozen=True)
class Sketch:
    """The days of an absence as far as they are looked at: who answers, and where nobody does, gap by gap."""

    first: date
    last: date
    lines: tuple[Line, ...]
    somebody: tuple[Bar, ...]
    gaps: tuple[Bar, ...]
    closed: tuple[Bar, ...]


@dataclass(frozen=True)
class Outlook:
    """What an absence leaves unanswered, in order of time, and a picture where there is more than a day to draw.

    `answering` are those who answer, by when they first do; `unable` the substitutes who cannot at any time of it.
    """

    gaps: tuple[Uncovered, ...]
    sketch: Sketch | None
    answering: tuple[str, ...]
    unable: frozenset[UUID]


def beyond(when: datetime | None, *, at: datetime) -> bool:
    """Whether a moment lies after the last day that is looked at; no end does."""
    return when is None or local(when).date() >= local(at).date() + timedelta(days=AHEAD)


CLEAR = Outlook((), None, (), frozenset())

# Relations are a package above: who was let in is read by their names, as data.
_patients = (
    text(
        """
    select c.unit_id, c.patient_id,
      json_agg(json_build_array(c.person_id, c.coordinating, c.starts_on, c.ends_on) order by c.appointed_at, c.id)
        as contacts,
      (select json_agg(b.person_id) from block b where b.patient_id = c.patient_id and b.ended_at is null) as blocked,
      (select json_agg(r.relative_id) from relation r
        where r.patient_id = c.patient_id and r.ended_at is null and r.relative_id is not null) as invited
    from contact c join person p on p.id = c.patient_id
    where c.unit_id = any(:units) and p.closed_at is null
    group by c.unit_id, c.patient_id
    having max(coalesce(c.ends_on, 'infinity')) >= :today
      or not (array_agg(c.care_ended_at is not null order by c.ends_on desc))[1]
    order by c.unit_id, c.patient_id
    """
    )
    .bindparams(bindparam("units", type_=ARRAY(Uuid())))
    .columns()
)


def outlook(
    viewer: Viewer,
    versions: Mapping[UUID, int | None],
    proposed: Absence,
    *,
    at: datetime,
    instead: bool = False,
) -> Outlook:
    """What becomes of the questions at some units while somebody is away.

    `versions` says which version of each unit is wanted, None for the newest there is. `instead`: what is stored of
    the same absence, known by its person and the moment it was registered, is left out of account.
    """
    there = places(viewer, versions, at=at)
    patients = patients_at(viewer, there, today=local(at).date())
    people = {key for place in there.values() for key in place.people}
    known = faces(viewer, people, at=at, today=local(at).date())
    states = states_of(known)
    gaps: list[Uncovered] = []
    sketches, turns, unable = [], [], set(proposed.substitutes)
    for place in there.values():
        assignments, absences, duty = place.plan.given
        if instead:
            same = proposed.person, proposed.registered_at
            absences = tuple(it for it in absences if (it.person, it.registered_at) != same)
        facts, here = (place.plan.unit, assignments), patients[place.key]
        found = gaps_of_absence(*facts, absences, duty, here, states, proposed, at=at, days=AHEAD)
        gaps += (_uncovered(place, gap, known) for gap in found)
        cover = Cover(*facts, [*absences, proposed], duty, states, at=at, days=AHEAD)
        presence = Presence(cover, here, found)
        sketches.append((not found, _sketch(presence, proposed, known)))
        away = cover.calendar.between(micros(max(proposed.starts_at, at)), _end(proposed))
        turns += [(mask & -mask, other) for other, mask in _instead(presence, proposed.person, away)]
        unable -= {it for it in unable if not away or cover.open.get(it, 0) & away}
    drawn = [sketch for _, sketch in sorted(sketches, key=lambda it: it[0]) if sketch]
    return Outlook(
        gaps=tuple(sorted(gaps, key=lambda it: (it.starts_at, it.unit_name))),
        sketch=drawn[0] if drawn else None,
        answering=tuple(dict.fromkeys(known[other].name for _, other in sorted(turns, key=lambda it: it[0]))),
        unable=frozenset(key for key in unable if isinstance(key, UUID)),
    )


def _instead(there: Presence, person: Key, away: Mask) -> list[tuple[UUID, Mask]]:
    """Who answers for somebody, and when of the time given."""
    return [
        (other, mask)
        for other, masks in there.instead.items()
        if isinstance(other, UUID) and (mask := masks.get(person, 0) & away)
    ]


def _end(away: Absence) -> int:
    return micros(away.ends_at) if away.ends_at else FOREVER


def _sketch(there: Presence, away: Absence, known: Mapping[UUID, Face]) -> Sketch | None:
    """The part of a unit's picture that an absence takes up; None for a day or less."""
    today = local(moment(there.cover.calendar.now)).date()
    last = today + timedelta(days=AHEAD - 1)
    first_day = max(local(away.starts_at).date(), today)
    last_day = min(local(away.ends_at - MICRO).date(), last) if away.ends_at else last
    if first_day >= last_day:
        return None
    left, right = (first_day - today).days / AHEAD, ((last_day - today).days + 1) / AHEAD

    def part(bars: Iterable[Bar]) -> tuple[Bar, ...]:
        width = right - left
        cut = ((bar, max(bar.left, left), min(bar.right, right)) for bar in bars)
        return tuple(
            Bar((start - left) / width, (end - left) / width, max(bar.first, first_day), min(bar.last, last_day))
            for bar, start, end in cut
            if start < end
        )

    whole = strips(there)
    asked = [it for it in whole.strips if it.person in away.substitutes or away.person in it.answers_for]
    lines = [
        Line(known[it.person].name, part(it.also), part(it.off))
        for it in asked
        if it.person != away.person and isinstance(it.person, UUID)
    ]
    return Sketch(first_day, last_day, tuple(lines), part(whole.somebody), part(whole.gaps), part(whole.closed))


def _uncovered(place: Place, gap: Gap, known: Mapping[UUID, Face]) -> Uncovered:
    able = [*((key, True) for key in gap.fills), *((key, False) for key in gap.helps)]
    ways = [Way(key, known[key].name, whole) for key, whole in able if isinstance(key, UUID)]
    could = _carers(place) - {way.key for way in ways} - set(gap.contacts)
    unable = [Unable(key, known[key].name, not known[key].state.channel) for key in could if known[key].state.active]
    office = place.plan.office
    return Uncovered(
        unit_name=place.name,
        head=place.head,
        head_name=known[place.head].name,
        starts_at=gap.starts_at,
        ends_at=gap.ends_at,
        whole_days=_begins(office.opens, gap.starts_at) and _begins(office.closes, gap.ends_at),
        patients=len(gap.patients),
        ways=tuple(sorted(ways, key=lambda it: (not it.whole, it.name))),
        unable=tuple(sorted(unable, key=lambda it: (not it.silent, it.name))),
    )


def _carers(place: Place) -> set[UUID]:
    """Those who may answer patients of the unit."""
    works: Iterable[Key] = (it.person for it in place.plan.given[0] if it.unit == place.key and it.cares)
    return {key for key in works if isinstance(key, UUID)}


def _begins(edges: Iterable[int], at: datetime) -> bool:
    return micros(at) in edges


def patients_at(viewer: Actor, units: Iterable[UUID], *, today: date) -> dict[UUID, list[Patient]]:
    """The patients of units that the viewer works at or leads, for the gap check alone: nobody is named. Whose care
    there has ended is none of them."""
    found: dict[UUID, list[Patient]] = {unit: [] for unit in units}
    for row in run(_patients, {"units": list(found), "today": today}):
        contacts = tuple(_contact(it) for it in row.contacts)
        blocked, invited = (frozenset(map(UUID, keys or ())) for keys in (row.blocked, row.invited))
        found[row.unit_id].append(Patient(row.patient_id, contacts, blocked, invited))
    return found


def _contact(it: Any) -> Contact:
    person, coordinating, starts_on, ends_on = it
    return Contact(
        UUID(person), coordinating, date.fromisoformat(starts_on), date.fromisoformat(ends_on) if ends_on else None
    )
