"""Who is in reach at each office minute of a unit, weeks ahead, who may answer, and whom the order asks instead.

The same order as in rules.py, asked about every minute at once: what is true of a person is one whole number, a bit
an office minute (calendar_rules.py), and "and", "or" and "not" of such numbers do the rest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from app.care.calendar_rules import DAY, MINUTE, Calendar, Mask, Runs, bits, merged, without
from app.care.hours_rules import Period, Week
from app.care.rules import Absence, Assignment, Key, Shift, State, Unit

It = TypeVar("It", Absence, Assignment)


@dataclass(frozen=True)
class Route:
    """At which office minutes these are the people to ask, in order."""

    mask: Mask
    people: tuple[Key, ...]


class Cover:
    """A unit's people over a window: who is away, in reach and may answer, and whom the order asks instead."""

    def __init__(
        self,
        unit: Unit,
        assignments: Sequence[Assignment],
        absences: Sequence[Absence],
        duty: Sequence[Shift],
        states: Mapping[Key, State],
        *,
        at: datetime,
        days: int = 60,
    ) -> None:
        self.unit, self.states = unit, states
        self.calendar = Calendar(unit, at, days)
        self.sites = [unit.key if it is None else it.covered_by for it in self.calendar.closures]
        self.at_site = {site: self.days_of(site) for site in set(self.sites)}
        self.absences = by_person(absences)
        self.assignments = by_person(it for it in assignments if it.unit in (unit.key, *self.at_site))
        self.shifts = sorted((it for it in duty if it.unit in self.at_site), key=lambda it: it.starts_at)
        on_duty = {person for it in self.shifts for person in it.people}
        self.people = [*self.assignments, *sorted(on_duty - self.assignments.keys(), key=str)]
        self.ever: dict[Key, Mask] = {}
        self.active: dict[Key, Mask] = {}
        self.cares: dict[Key, Mask] = {}
        self.absent: dict[Key, Mask] = {}
        self.reach: dict[Key, Mask] = {}
        self.open: dict[Key, Mask] = {}
        duties = self.duties()
        for person in {**dict.fromkeys(self.people), **dict.fromkeys(self.absences)}:
            self.look_at(person, duties.get(person, []))
        self.roster = list(self.rosters())

    def days_of(self, site: Key | None) -> Mask:
        """The bits of the days on which a unit's people and roster count."""
        found = 0
        for n, its in enumerate(self.sites):
            if its == site:
                found |= bits(self.calendar.dawns[n], self.calendar.dawns[n + 1])
        return found

    def look_at(self, person: Key, duties: Runs) -> None:
        calendar, state = self.calendar, self.state(person)
        away = merged(self.minutes(it.starts_at, it.ends_at) for it in self.absences.get(person, ()))
        ever = active = cares = 0
        work = list(duties)
        for it in self.assignments.get(person, ()):
            here = calendar.every if it.unit == self.unit.key else self.at_site[it.unit]
            now = here & calendar.during(it.starts_on, it.ends_on)
            ever, active, cares = ever | here, active | now, cares | (now if it.cares else 0)
            work += self.pattern(it)
        longest, reach, absent = self.unit.longest_gap // MINUTE, [], 0
        for starts, ends in without(merged(work), away):
            reach.append((max(calendar.bit(starts) - longest, 0), calendar.bit(ends)))
        for starts, ends in away:
            absent |= bits(calendar.bit(starts), calendar.bit(ends))
        within = 0
        for run in merged(reach):
            within |= bits(*run)
        self.ever[person], self.active[person], self.cares[person], self.absent[person] = ever, active, cares, absent
        self.reach[person] = within & active & ~absent if state.active else 0
        self.open[person] = self.reach[person] & cares if state.channel else 0

    def minutes(self, starts_at: datetime, ends_at: datetime | None) -> tuple[int, int]:
        last = self.calendar.midnights[-1]
        ends = last if ends_at is None else min(self.calendar.minute(ends_at), last)
        return max(self.calendar.minute(starts_at), 0), ends

    def pattern(self, work: Assignment) -> Iterator[tuple[int, int]]:
        """When a person is at work by their pattern at the unit whose hours count that day."""
        today = self.calendar.today
        for period in work.periods:
            first = max(work.starts_on, period.starts_on, today)
            ends = [it for it in (work.ends_on, period.ends_on) if it is not None]
            last = min([*ends, today + (len(self.sites) - 1) * DAY])
            for n in range((first - today).days, (last - today).days + 1):
                if self.sites[n] == work.unit:
                    day = today + n * DAY
                    yield from self.calendar.spans(day, week_of(period, day)[day.weekday()])

    def duties(self) -> dict[Key, Runs]:
        """When each person has duty, on the days when that roster counts."""
        found: dict[Key, Runs] = {}
        for it in self.shifts:
            starts, ends = self.minutes(it.starts_at, it.ends_at)
            for n in range(len(self.sites)):
                first, last = self.calendar.midnights[n], self.calendar.midnights[n + 1]
                if first < ends and last > starts and self.sites[n] == it.unit:
                    for person in it.people:
                        found.setdefault(person, []).append((max(starts, first), min(ends, last)))
        return found

    def rosters(self) -> Iterator[Route]:
        """Whom step 4 asks: those of the shifts that cover a minute, else of the next within the longest gap."""
        calendar, longest = self.calendar, self.unit.longest_gap // MINUTE
        for site, here in self.at_site.items():
            shifts = [(self.minutes(it.starts_at, it.ends_at), it) for it in self.shifts if it.unit == site]
            covered = 0
            for (starts, ends), it in shifts:
                now = bits(calendar.bit(starts), calendar.bit(ends))
                covered |= now
                yield Route(now & here, it.people)
            before, last = 0, 0
            for (starts, _), it in shifts:
                # A shift is the next one only after the start of the one before it.
                if starts > last:
                    before, last = calendar.bit(last), starts
                coming = bits(max(calendar.bit(starts) - longest, before), calendar.bit(starts))
                yield Route(coming & here & ~covered, it.people)

    def state(self, person: Key) -> State:
        return self.states.get(person, State())

    def routes(self, person: Key) -> list[Route]:
        """Whom step 2 asks instead of a person: the substitutes of their absence, else the standing ones."""
        found, left, standing = [], self.calendar.every, 0
        for it in sorted(self.absences.get(person, ()), key=lambda it: it.registered_at)[::-1]:
            starts, ends = self.minutes(it.starts_at, it.ends_at)
            away = bits(self.calendar.bit(starts), self.calendar.bit(ends)) & left
            left &= ~away
            if it.substitutes:
                found.append(Route(away, it.substitutes))
            else:
                standing |= away
        standing |= left
        newest = sorted(self.assignments.get(person, ()), key=lambda it: (it.unit == self.unit.key, it.starts_on))
        for work in reversed(newest):
            here = self.calendar.every if work.unit == self.unit.key else self.at_site[work.unit]
            begun = here & self.calendar.during(work.starts_on, None) & standing
            standing &= ~begun
            found.append(Route(begun, work.standing))
        return [it for it in found if it.mask and it.people]


def week_of(period: Period, day: date) -> Week:
    """The week of a period's cycle that a day lies in."""
    first = period.anchor - period.anchor.weekday() * DAY
    return period.weeks[(day - first).days // 7 % len(period.weeks)]


def by_person(rows: Iterable[It]) -> dict[Key, list[It]]:
    found: dict[Key, list[It]] = {}
    for row in rows:
        found.setdefault(row.person, []).append(row)
    return found
