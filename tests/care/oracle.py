"""Who answers, said once more: minute by minute, slowly, and apart from the rules that it is compared with.

Nothing here is clever, and nothing comes from app/care but the shapes of the data. A minute is a whole number: minutes
since 1970 in UTC. A day's hours and the facts about one minute are remembered, since the same minute is asked about
many times; no minute borrows its fact from another, but for `out`: that is the minute itself, and then the next one's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from app.care.facts_rules import Absence, Assignment, Closure, Key, Patient, Shift, State, Unit
from app.care.hours_rules import Week

STOCKHOLM = ZoneInfo("Europe/Stockholm")
FAR = 120 * 24 * 60
"""How many minutes ahead are looked through for something that may never come."""


@dataclass(frozen=True)
class Said:
    """What the oracle says: minutes instead of moments, otherwise as the rules' own answer."""

    asked_at: int
    holder: Key
    step: int
    passed: tuple[tuple[Key, str], ...]


@cache
def minute_of(moment: datetime) -> int:
    whole, rest = divmod(int(moment.timestamp()), 60)
    assert rest == 0 and moment.microsecond == 0, "the oracle knows whole minutes only"
    return whole


def moment_of(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


@cache
def day_of(minute: int) -> date:
    return datetime.fromtimestamp(minute * 60, STOCKHOLM).date()


@cache
def wall(day: date, minutes: int, last: bool) -> int:
    """The minute at which a wall clock shows so many minutes past the day's midnight."""
    shown = datetime.combine(day, time(0), STOCKHOLM) + timedelta(minutes=minutes)
    while shown.astimezone(UTC).astimezone(STOCKHOLM).replace(fold=0) != shown:
        shown += timedelta(minutes=1)
    return minute_of(shown.replace(fold=1 if last else 0))


def hours(week: Week, day: date) -> list[tuple[int, int]]:
    """A day's spans in minutes. An end that is typed 23:59 means midnight."""
    return [
        (wall(day, span.opens, False), wall(day, 1440 if span.closes == 1439 else span.closes, True))
        for span in week[day.weekday()]
    ]


def within(spans: list[tuple[int, int]], minute: int) -> bool:
    return any(opens <= minute < closes for opens, closes in spans)


def holds(starts_on: date, ends_on: date | None, day: date) -> bool:
    return starts_on <= day and (ends_on is None or day <= ends_on)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


@dataclass
class Oracle:
    """Everything the order looks at."""

    unit: Unit
    assignments: Sequence[Assignment]
    absences: Sequence[Absence]
    duty: Sequence[Shift]
    states: Mapping[Key, State]
    closures: dict[date, Closure | None] = field(default_factory=dict)
    days: dict[date, list[tuple[int, int]]] = field(default_factory=dict)
    offices: dict[int, bool] = field(default_factory=dict)
    opens: dict[int, int] = field(default_factory=dict)
    patterns: dict[tuple[Key, date], list[tuple[int, int]]] = field(default_factory=dict)
    works: dict[tuple[Key, int], bool] = field(default_factory=dict)
    outs: dict[tuple[Key, int], int] = field(default_factory=dict)

    # Time

    def closure(self, minute: int) -> Closure | None:
        day = day_of(minute)
        if day not in self.closures:
            now = [it for it in self.unit.closures if holds(it.starts_on, it.ends_on, day)]
            covered = [it for it in now if it.covered_by is not None]
            self.closures[day] = next(iter(covered + now), None)
        return self.closures[day]

    def site(self, minute: int) -> Key | None:
        """The unit whose hours, people and roster count at a minute: our own, one that covers, or none."""
        closure = self.closure(minute)
        return self.unit.key if closure is None else closure.covered_by

    def is_office(self, minute: int) -> bool:
        found = self.offices.get(minute)
        if found is None:
            day = day_of(minute)
            if day not in self.days:
                self.days[day] = self.office_hours(minute)
            found = self.offices[minute] = within(self.days[day], minute)
        return found

    def office_hours(self, minute: int) -> list[tuple[int, int]]:
        closure, day = self.closure(minute), day_of(minute)
        if closure is None:
            return [] if day in self.unit.red_days else hours(self.unit.office, day)
        if closure.covered_by is None or day in closure.closed_days:
            return []
        return hours(closure.office or self.unit.office, day)

    def asked_at(self, minute: int) -> int:
        """T. A unit that never opens is asked at once."""
        if minute not in self.opens:
            found = next((it for it in range(minute, minute + FAR) if self.is_office(it)), None)
            if found is None:
                return minute
            self.opens |= dict.fromkeys(range(minute, found + 1), found)
        return self.opens[minute]

    def promise(self, minute: int) -> int | None:
        left = int(self.unit.promise.total_seconds() // 60)
        for it in range(minute, minute + FAR):
            left -= self.is_office(it)
            if left <= 0:
                return it + 1
        return None

    # A person

    def is_absent(self, person: Key, minute: int) -> bool:
        return any(self.away(person, minute))

    def away(self, person: Key, minute: int) -> Iterator[Absence]:
        for it in self.absences:
            begun = minute_of(it.starts_at) <= minute
            if it.person == person and begun and (it.ends_at is None or minute < minute_of(it.ends_at)):
                yield it

    def is_at_work(self, person: Key, minute: int) -> bool:
        if (person, minute) not in self.works:
            here = self.by_pattern(person, minute) or self.on_duty(person, minute)
            self.works[person, minute] = here and not self.is_absent(person, minute)
        return self.works[person, minute]

    def by_pattern(self, person: Key, minute: int) -> bool:
        day = day_of(minute)
        if (person, day) not in self.patterns:
            self.patterns[person, day] = self.pattern_hours(person, minute)
        return within(self.patterns[person, day], minute)

    def pattern_hours(self, person: Key, minute: int) -> list[tuple[int, int]]:
        """At the unit whose hours count that day, when the day is neither red nor closed there."""
        day, closure = day_of(minute), self.closure(minute)
        if day in (self.unit.red_days if closure is None else closure.closed_days):
            return []
        found = []
        for work in self.assignments:
            if work.person == person and work.unit == self.site(minute) and holds(work.starts_on, work.ends_on, day):
                for period in work.periods:
                    week = (monday(day) - monday(period.anchor)).days // 7 % len(period.weeks)
                    if holds(period.starts_on, period.ends_on, day):
                        found += hours(period.weeks[week], day)
        return found

    def on_duty(self, person: Key, minute: int) -> bool:
        units = (self.unit.key, self.site(minute))
        return any(it.unit in units and person in it.people and covers(it, minute) for it in self.duty)

    def out(self, person: Key, minute: int) -> int:
        """Office minutes until the person is back; beyond the longest gap it no longer matters how many."""
        if (person, minute) not in self.outs:
            ahead, seen, far = minute, 0, 2 * self.longest
            while not self.is_at_work(person, ahead) and seen <= far and ahead < minute + FAR:
                seen += self.is_office(ahead)
                ahead += 1
            back, counted = self.is_at_work(person, ahead), 0
            for it in range(ahead - 1, minute - 1, -1):
                counted += self.is_office(it)
                if back or counted > self.longest:
                    self.outs[person, it] = counted
            self.outs.setdefault((person, minute), 0 if ahead == minute else self.longest + 1)
        return self.outs[person, minute]

    @property
    def longest(self) -> int:
        return int(self.unit.longest_gap.total_seconds() // 60)

    def is_in_reach(self, person: Key, minute: int) -> bool:
        here = any(holds(it.starts_on, it.ends_on, day_of(minute)) for it in self.employed(person, minute))
        return here and not self.is_absent(person, minute) and self.out(person, minute) <= self.longest

    def employed(self, person: Key, minute: int) -> list[Assignment]:
        """The person's work here, past and future: at the unit, and at the one that covers it at this minute."""
        units = (self.unit.key, self.site(minute))
        return [it for it in self.assignments if it.person == person and it.unit in units]

    def state(self, person: Key) -> State:
        return self.states.get(person, State())

    def against(self, person: Key, patient: Patient, minute: int, asked: frozenset[Key]) -> str | None:
        """The first reason why this person does not hold this patient's question."""
        ever = self.employed(person, minute)
        now = [it for it in ever if holds(it.starts_on, it.ends_on, day_of(minute))]
        if self.is_absent(person, minute):
            return "absent"
        if (ever and not now) or not self.state(person).active:
            return "ended"
        if not ever:
            return "no_right"
        if self.out(person, minute) > self.longest:
            return "out_of_reach"
        if not any(it.cares for it in now) or person == patient.key or person in patient.invited:
            return "no_right"
        if person in patient.blocked:
            return "blocked"
        if not self.state(person).channel:
            return "no_channel"
        return "already_asked" if person in asked else None

    def substitutes(self, person: Key, minute: int) -> tuple[Key, ...]:
        away = list(self.away(person, minute))
        if away and (named := max(away, key=lambda it: it.registered_at).substitutes):
            return named
        theirs = [it for it in self.assignments if it.person == person]
        here = [it for it in theirs if it.unit == self.unit.key] or theirs
        now = [it for it in here if holds(it.starts_on, it.ends_on, day_of(minute))] or here
        return max(now, key=lambda it: it.starts_on).standing if now else ()

    # The order

    def shifts(self, minute: int) -> list[Shift]:
        """Those that cover the minute, else those that start next, if that is within the longest gap."""
        ours = [it for it in self.duty if it.unit == self.site(minute) and it.people]
        ours.sort(key=lambda it: it.starts_at)
        now = [it for it in ours if covers(it, minute)]
        later = [it for it in ours if minute_of(it.starts_at) > minute]
        if now or not later:
            return now
        first = minute_of(later[0].starts_at)
        if sum(map(self.is_office, range(minute, min(first, minute + FAR)))) > self.longest:
            return []
        return [it for it in later if minute_of(it.starts_at) == first]

    def answers(self, patient: Patient, belongs_to: Key, now: int, asked: frozenset[Key] = frozenset()) -> Said:
        at = self.asked_at(now)
        passed: list[tuple[Key, str]] = []
        met: set[Key] = set()

        def holds_it(person: Key) -> bool:
            reason = "already_asked" if person in met else self.against(person, patient, at, asked)
            met.add(person)
            if reason:
                passed.append((person, reason))
            return reason is None

        def said(holder: Key, step: int) -> Said:
            return Said(at, holder, step, tuple(passed))

        if holds_it(belongs_to):
            return said(belongs_to, 1)
        chain = list(self.substitutes(belongs_to, at))
        while chain:
            person = chain.pop(0)
            first = person not in met
            if holds_it(person):
                return said(person, 2)
            if first:
                chain += self.substitutes(person, at)
        for person in contacts_on(patient, day_of(at)):
            if person != belongs_to and holds_it(person):
                return said(person, 3)
        if self.site(at) == self.unit.function:
            return said(self.unit.function, 7)
        for person in (person for shift in self.shifts(at) for person in shift.people):
            if holds_it(person):
                return said(person, 4)
        there = {it.person for it in self.assignments if it.unit == self.site(at)}
        for person in sorted((it for it in there if self.is_in_reach(it, at)), key=self.turn):
            if person not in met and holds_it(person):
                return said(person, 5)
        for person in self.heads(at):
            if holds_it(person):
                return said(person, 6)
        return said(self.unit.function, 7)

    def heads(self, minute: int) -> list[Key]:
        """The head and those who are asked instead: the covering unit's while it covers."""
        closure = self.closure(minute)
        led = self.unit if closure is None or closure.covered_by is None else closure
        if led.head is None:
            return []
        return [led.head, *(led.head_substitutes or self.substitutes(led.head, minute))]

    def turn(self, person: Key) -> tuple[int, float, str]:
        """Fewest open waits first, then longest since last asked, then a key that never changes."""
        state = self.state(person)
        return state.open_waits, state.last_asked.timestamp() if state.last_asked else float("-inf"), str(person)

    def until(self, patient: Patient, belongs_to: Key, now: int, *, minutes: int) -> int | None:
        """The next minute at which the order would give somebody else, found by asking at every one."""
        holder = self.answers(patient, belongs_to, now).holder
        later = range(now + 1, now + minutes)
        return next((it for it in later if self.answers(patient, belongs_to, it).holder != holder), None)

    # Gaps

    def is_gap(self, patient: Patient, minute: int) -> bool:
        """Whether somebody who writes to one of their contacts at this office minute comes to step 5 or later.

        While the function covers a closure it was named to answer, so that is no gap.
        """
        if not self.is_office(minute) or self.site(minute) == self.unit.function:
            return False
        written = written_to(patient, day_of(minute))
        return any(self.answers(patient, it, minute).step >= 5 for it in written)


def covers(shift: Shift, minute: int) -> bool:
    return minute_of(shift.starts_at) <= minute < minute_of(shift.ends_at)


def contacts_on(patient: Patient, day: date) -> list[Key]:
    """A day's contacts, the coordinating one first."""
    now = [it for it in patient.contacts if holds(it.starts_on, it.ends_on, day)]
    return [it.person for it in now if it.coordinating] + [it.person for it in now if not it.coordinating]


def written_to(patient: Patient, day: date) -> Iterable[Key]:
    """Those whom threads belong to: the day's contacts; when the last has ended, those who ended last."""
    now = contacts_on(patient, day)
    ended = [it for it in patient.contacts if it.ends_on and it.ends_on < day]
    last = max((it.ends_on for it in ended if it.ends_on), default=None)
    return now or [it.person for it in ended if it.ends_on == last]
