"""A unit and its people, compiled so that a question costs little: what is true of each, as lines through time."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

from app.care.facts_rules import Absence, Assignment, Closure, Key, Shift, Unit
from app.care.hours_rules import (
    FOREVER,
    MICRO,
    Office,
    Stretch,
    day_of,
    inside,
    merged,
    micros,
    midnight,
    of_day,
    of_periods,
    without,
)

BEFORE = timedelta(days=8)
AHEAD = timedelta(days=366)
BEYOND = timedelta(days=62)
"""A person who is out at the end of what is looked at may be back after it, and a promise runs past it."""

T = TypeVar("T")


class Line(Generic[T]):
    """What is true at each moment: `values[bisect_right(points, at)]`, and until `points` at the same place.

    `turns` is, at the same place, until when the value stays empty or stays not: a new reason is no turn.
    """

    __slots__ = ("points", "turns", "values")

    def __init__(self, points: Iterable[int], window: Stretch, value: Callable[[int], T]) -> None:
        start, end = window
        self.values = [value(start)]
        self.points: list[int] = []
        for at in sorted({at for at in points if start < at < end}):
            found = value(at)
            if found != self.values[-1]:
                self.points.append(at)
                self.values.append(found)
        self.points.append(FOREVER)
        self.turns = self.points[:]
        for index in range(len(self.points) - 2, -1, -1):
            if bool(self.values[index]) == bool(self.values[index + 1]):
                self.turns[index] = self.turns[index + 1]

    def at(self, at: int) -> T:
        return self.values[bisect_right(self.points, at)]


@dataclass(frozen=True)
class Side:
    """Who is asked at steps 4 to 6: the unit's own, or while it is closed those of the unit that covers."""

    unit: Key
    people: tuple[Key, ...]
    head: Key | None
    head_substitutes: tuple[Key, ...]
    only_function: bool = False


class Plan:
    """A unit, its people, absences and roster, compiled for quick asking from a week before `around` to a year after.

    `assignments` and `duty` hold the unit's own, and those of every unit that covers one of its closures; of others
    only the standing substitutes count, for those who have none here. People are compiled when they are first met.
    Asked outside its window it compiles another.
    """

    def __init__(
        self,
        unit: Unit,
        assignments: Iterable[Assignment],
        absences: Iterable[Absence],
        duty: Iterable[Shift],
        *,
        around: datetime,
    ) -> None:
        self.unit = unit
        units = {unit.key, *(closure.covered_by for closure in unit.closures)}
        self.given = (
            tuple(assignments),
            tuple(absences),
            tuple(it for it in duty if it.unit in units),
        )
        self.around = around
        self.days = range(day_of(micros(around - BEFORE)), day_of(micros(around + AHEAD + BEYOND)))
        self.window = midnight(self.days.start), midnight(self.days.stop)
        self.horizon = micros(around + AHEAD)
        self.gap = unit.longest_gap // MICRO
        self.length = unit.promise // MICRO
        self._stretches: dict[tuple[date, date | None], Stretch] = {}
        self._assignments: dict[Key, list[Assignment]] = {}
        self._absences: dict[Key, list[Absence]] = {}
        for assignment in self.given[0]:
            self._assignments.setdefault(assignment.person, []).append(assignment)
        for absence in self.given[1]:
            self._absences.setdefault(absence.person, []).append(absence)
        self._covered = self._closures()
        self._off = frozenset(day.toordinal() for day in unit.red_days) | self._covered.keys()
        self._open_cover: dict[Key, list[int]] = {}
        self.office = Office(self._office(), window=self.window)
        self.side: Line[Side] = self._sides()
        self._duty: Line[tuple[Key, ...]] | None = None
        self._work: dict[Key, list[Stretch]] = {}
        self._status: dict[Key, Line[str]] = {}
        self._substitutes: dict[Key, Line[tuple[Key, ...]]] = {}
        self._elsewhere: Plan | None = None

    def covering(self, at: datetime) -> "Plan":
        """This plan, or where `at` lies outside what it has compiled, the same compiled around `at`."""
        if self._reaches(at):
            return self
        if self._elsewhere is None or not self._elsewhere._reaches(at):
            assignments, absences, duty = self.given
            self._elsewhere = Plan(self.unit, assignments, absences, duty, around=at)
        return self._elsewhere

    def _reaches(self, at: datetime) -> bool:
        return self.window[0] <= micros(at) < self.horizon

    def _closures(self) -> dict[int, Closure]:
        """The closure that counts on each closed day of the window."""
        found: dict[int, Closure] = {}
        for closure in sorted(self.unit.closures, key=lambda one: one.covered_by is None):
            for day in self._clipped(closure.starts_on, closure.ends_on):
                found.setdefault(day, closure)
        return found

    def _clipped(self, starts_on: date, ends_on: date | None) -> range:
        stop = self.days.stop if ends_on is None else min(self.days.stop, ends_on.toordinal() + 1)
        return range(max(self.days.start, starts_on.toordinal()), stop)

    def stretch(self, starts_on: date, ends_on: date | None) -> Stretch:
        """The part of a period of days that lies in the window; its end is never before its beginning."""
        if (starts_on, ends_on) not in self._stretches:
            days = self._clipped(starts_on, ends_on)
            self._stretches[starts_on, ends_on] = (
                (midnight(days.start), midnight(days.stop)) if days else (self.window[0], self.window[0])
            )
        return self._stretches[starts_on, ends_on]

    def _office(self) -> Iterator[Stretch]:
        red = {day.toordinal() for day in self.unit.red_days}
        closed = {id(it): {day.toordinal() for day in it.closed_days} for it in self._covered.values()}
        for day in self.days:
            closure = self._covered.get(day)
            week = self.unit.office
            if closure is None:
                if day in red:
                    continue
            elif closure.covered_by is None or day in closed[id(closure)]:
                continue
            else:
                week = closure.office or week
                self._open_cover.setdefault(closure.covered_by, []).append(day)
            yield from of_day(day, week[(day - 1) % 7])

    def _sides(self) -> Line[Side]:
        unit = self.unit
        own = self._side(unit.key, unit.head, unit.head_substitutes)
        made: dict[int, Side] = {}
        for closure in self._covered.values():
            if closure.covered_by is not None and id(closure) not in made:
                made[id(closure)] = (
                    Side(unit.function, (), None, (), only_function=True)
                    if closure.covered_by == unit.function
                    else self._side(closure.covered_by, closure.head, closure.head_substitutes)
                )
        by_day = {midnight(day): made.get(id(it), own) for day, it in self._covered.items()}
        edges = [midnight(day + after) for day in self._covered for after in (0, 1)]
        return Line(edges, self.window, lambda at: by_day.get(at, own))

    def _side(self, unit: Key, head: Key | None, head_substitutes: tuple[Key, ...]) -> Side:
        people = {one.person for one in self.given[0] if one.unit == unit}
        return Side(unit, tuple(sorted(people, key=str)), head, head_substitutes)

    # What is true of a person.

    def work(self, person: Key) -> list[Stretch]:
        """When a person is at work for this unit: by pattern but for red and closed days, or on duty; not when away.

        While another unit covers, a pattern and a shift there count too.
        """
        if person not in self._work:
            stretches: list[Stretch] = []
            for one in self._assignments.get(person, ()):
                stretches += self._at_work_by(one)
            for unit, shift in ((it.unit, it) for it in self.given[2] if person in it.people):
                stretch = micros(shift.starts_at), micros(shift.ends_at)
                if unit == self.unit.key:
                    stretches.append(stretch)
                else:
                    stretches += _within([stretch], self._days_of_cover(unit))
            self._work[person] = list(without(merged(stretches), self._away(person)))
        return self._work[person]

    def _at_work_by(self, one: Assignment) -> Iterator[Stretch]:
        days = self._clipped(one.starts_on, one.ends_on)
        if one.unit == self.unit.key:
            return of_periods(one.periods, [day for day in days if day not in self._off])
        open_days = self._open_cover.get(one.unit, ())
        return of_periods(one.periods, [day for day in open_days if day in days])

    def _days_of_cover(self, unit: Key) -> list[Stretch]:
        return merged((midnight(day), midnight(day + 1)) for day, it in self._covered.items() if it.covered_by == unit)

    def _away(self, person: Key) -> list[Stretch]:
        return merged((micros(it.starts_at), _end(it.ends_at)) for it in self._absences.get(person, ()))

    def status(self, person: Key) -> Line[str]:
        """Why a person cannot answer, as far as the unit's own facts tell: a reason, or "" where they can."""
        if person not in self._status:
            self._status[person] = self._status_of(person)
        return self._status[person]

    def _status_of(self, person: Key) -> Line[str]:
        active, cares, known = [], [], []
        for one in self._assignments.get(person, ()):
            here = [self.window] if one.unit == self.unit.key else self._days_of_cover(one.unit)
            held = _within([self.stretch(one.starts_on, one.ends_on)], here)
            known += here
            active += held
            cares += held if one.cares else []
        lines = [merged(it) for it in (self._away(person), active, known, self._reach(person), cares)]
        away, begun, met, near, caring = (inside(it) for it in lines)

        def reason(at: int) -> str:
            if away(at):
                return "absent"
            if not begun(at):
                return "ended" if met(at) else "no_right"
            if not near(at):
                return "out_of_reach"
            return "" if caring(at) else "no_right"

        return Line((at for line in lines for stretch in line for at in stretch), self.window, reason)

    def _reach(self, person: Key) -> Iterator[Stretch]:
        """When a person is at work, or back before the longest gap has passed."""
        for start, end in self.work(person):
            # `when` finds the first such moment, the evening before where it can: nights make no holes between days.
            yield min(start, self.office.when(self.office.total(start) - self.gap)), end

    def substitutes(self, person: Key) -> Line[tuple[Key, ...]]:
        """Who answers in a person's place: those of the latest registered absence, else the standing ones."""
        if person not in self._substitutes:
            absences = [(micros(it.starts_at), _end(it.ends_at), it) for it in self._absences.get(person, ())]
            assignments = [(*self.stretch(it.starts_on, it.ends_on), it) for it in self._assignments.get(person, ())]
            points = [at for start, end, _ in (*absences, *assignments) for at in (start, end)]
            self._substitutes[person] = Line(points, self.window, partial(self._named, absences, assignments))
        return self._substitutes[person]

    def _named(
        self,
        absences: Sequence[tuple[int, int, Absence]],
        assignments: Sequence[tuple[int, int, Assignment]],
        at: int,
    ) -> tuple[Key, ...]:
        covering = [one for start, end, one in absences if start <= at < end]
        if covering and (named := max(covering, key=lambda one: one.registered_at).substitutes):
            return named
        if not assignments:
            return ()
        # The unit's own before another's, the present one before an ended, and of those the latest.
        return max(assignments, key=lambda it: (it[2].unit == self.unit.key, it[0] <= at < it[1], it[2].starts_on))[
            2
        ].standing

    # The roster.

    @property
    def duty(self) -> Line[tuple[Key, ...]]:
        """Who has the shift that covers, else the next that starts within the longest gap, in order."""
        if self._duty is None:
            self._duty = self._roster()
        return self._duty

    def _roster(self) -> Line[tuple[Key, ...]]:
        shifts: dict[Key, list[tuple[int, int, tuple[Key, ...]]]] = {}
        for it in sorted(self.given[2], key=lambda one: one.starts_at):
            if it.people and it.starts_at < it.ends_at:
                shifts.setdefault(it.unit, []).append((micros(it.starts_at), micros(it.ends_at), it.people))
        starts = {unit: [start for start, _, _ in found] for unit, found in shifts.items()}
        longest = {unit: max(end - start for start, end, _ in found) for unit, found in shifts.items()}

        def people(at: int) -> tuple[Key, ...]:
            unit = self.side.at(at).unit
            if unit not in shifts:
                return ()
            found, next_one = shifts[unit], bisect_right(starts[unit], at)
            first = bisect_left(starts[unit], at - longest[unit])
            if covering := [who for _, end, who in found[first:next_one] if end > at]:
                return tuple(person for who in covering for person in who)
            if next_one == len(found) or self.office.between(at, found[next_one][0]) > self.gap:
                return ()
            begins = found[next_one][0]
            return tuple(person for start, _, who in found[next_one:] if start == begins for person in who)

        points = list(self.side.points)
        for found in shifts.values():
            for start, end, _ in found:
                points += (start, end, self.office.when(self.office.total(start) - self.gap))
        return Line(points, self.window, people)


def _end(at: datetime | None) -> int:
    return FOREVER if at is None else micros(at)


def _within(stretches: list[Stretch], frame: list[Stretch]) -> list[Stretch]:
    """The parts of merged stretches that lie inside merged frames."""
    return [
        (max(start, left), min(end, right))
        for start, end in stretches
        for left, right in frame
        if max(start, left) < min(end, right)
    ]
