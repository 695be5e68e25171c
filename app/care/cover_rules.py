"""Who is in reach at each office minute of a unit, weeks ahead, who may answer, and whom the order asks instead.

The same order as in rules.py, asked about every minute at once: what is true of a person is one whole number, a bit
an office minute (calendar_rules.py), and "and", "or" and "not" of such numbers do the rest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import TypeVar

from app.care.calendar_rules import Calendar, Mask, bits
from app.care.facts_rules import Absence, Assignment, Key, Shift, State, Unit
from app.care.hours_rules import MICRO, MINUTE, Stretch, merged, micros, midnight, of_periods, without

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
        self.at_site = {site: self.days_of(site) for site in dict.fromkeys(self.sites)}
        units = {unit.key, *self.at_site}
        self.absences = by_person(absences)
        self.assignments = by_person(it for it in assignments if it.unit in units)
        self.elsewhere = by_person(it for it in assignments if it.unit not in units)
        self.shifts = sorted((it for it in duty if it.unit in units and it.people), key=lambda it: it.starts_at)
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

    def look_at(self, person: Key, duties: list[Stretch]) -> None:
        calendar, state = self.calendar, self.state(person)
        away = merged(self.stretch(it) for it in self.absences.get(person, ()))
        ever = active = cares = 0
        work = list(duties)
        for it in self.assignments.get(person, ()):
            here = calendar.every if it.unit == self.unit.key else self.at_site[it.unit]
            now = here & calendar.during(it.starts_on, it.ends_on)
            ever, active, cares = ever | here, active | now, cares | (now if it.cares else 0)
            work += self.pattern(it)
        longest, reach, absent = self.unit.longest_gap // MICRO // MINUTE, [], 0
        for starts, ends in without(merged(work), away):
            reach.append((max(calendar.bit(starts) - longest, 0), calendar.bit(ends)))
        for gone, back in away:
            absent |= calendar.between(gone, back)
        within = 0
        for run in merged(reach):
            within |= bits(*run)
        self.ever[person], self.active[person], self.cares[person], self.absent[person] = ever, active, cares, absent
        self.reach[person] = within & active & ~absent if state.active else 0
        self.open[person] = self.reach[person] & cares if state.channel else 0

    def stretch(self, it: Absence | Shift) -> Stretch:
        """From when to when, as far as the calendar goes."""
        first, last = midnight(self.calendar.first), self.calendar.ends
        return max(micros(it.starts_at), first), last if it.ends_at is None else min(micros(it.ends_at), last)

    def pattern(self, work: Assignment) -> Iterator[Stretch]:
        """When a person is at work by their pattern: where their unit's hours count, on neither red nor closed days."""
        first, last = work.starts_on, work.ends_on or date.max
        here: list[int] = []
        for n, (site, closure) in enumerate(zip(self.sites, self.calendar.closures, strict=True)):
            day = date.fromordinal(self.calendar.first + n)
            off = self.unit.red_days if closure is None else closure.closed_days
            if site == work.unit and first <= day <= last and day not in off:
                here.append(day.toordinal())
        return of_periods(work.periods, here)

    def duties(self) -> dict[Key, list[Stretch]]:
        """When each person has duty, on the days when that roster counts."""
        found: dict[Key, list[Stretch]] = {}
        days = [midnight(self.calendar.first + n) for n in range(len(self.sites) + 1)]
        for it in self.shifts:
            starts, ends = self.stretch(it)
            for (dawn, dusk), site in zip(pairwise(days), self.sites, strict=True):
                if dawn < ends and dusk > starts and it.unit in (site, self.unit.key):
                    for person in it.people:
                        found.setdefault(person, []).append((max(starts, dawn), min(ends, dusk)))
        return found

    def rosters(self) -> Iterator[Route]:
        """Whom step 4 asks: those of the shifts that cover a minute, else of the next within the longest gap."""
        calendar, longest = self.calendar, self.unit.longest_gap // MICRO // MINUTE
        for site, here in self.at_site.items():
            if site == self.unit.function:
                continue
            shifts = [(self.stretch(it), it) for it in self.shifts if it.unit == site]
            covered = 0
            for (starts, ends), it in shifts:
                now = calendar.between(starts, ends)
                covered |= now
                yield Route(now & here, it.people)
            before, last = 0, midnight(calendar.first)
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
        for it in sorted(self.absences.get(person, ()), key=lambda it: it.registered_at, reverse=True):
            away = self.calendar.between(*self.stretch(it)) & left
            left &= ~away
            if it.substitutes:
                found.append(Route(away, it.substitutes))
            else:
                standing |= away
        return [it for it in (*found, *self.standing(person, standing | left)) if it.mask and it.people]

    def standing(self, person: Key, left: Mask) -> Iterator[Route]:
        """The standing substitutes of the work here, else elsewhere; of what has ended or not begun, the latest."""
        known = [*self.assignments.get(person, ()), *self.elsewhere.get(person, ())]
        known = [it for it in known if it.unit == self.unit.key] or known
        known.sort(key=lambda it: it.starts_on, reverse=True)
        for work in known:
            now = left & self.calendar.during(work.starts_on, work.ends_on)
            left &= ~now
            yield Route(now, work.standing)
        for work in known[:1]:
            yield Route(left, work.standing)


def by_person(rows: Iterable[It]) -> dict[Key, list[It]]:
    found: dict[Key, list[It]] = {}
    for row in rows:
        found.setdefault(row.person, []).append(row)
    return found
