"""Who answers, as ANSWERING.md says it and as slowly as it reads: no lines, no arrays, nothing shared with the rule.

The tests and `make bench ONLY=routing` hold what the rule says against this. It looks at the days one by one.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from app.care.rules import Absence, Assignment, Closure, Key, Patient, Shift, State, Unit

SWEDEN = ZoneInfo("Europe/Stockholm")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LONGEST_LOOK = 420

Times = list[tuple[datetime, datetime]]


@cache
def minutes_of(day: date) -> list[tuple[datetime, int]]:
    """Every minute of a local day as a moment, with what the clock on the wall shows."""
    found = []
    at = datetime(day.year, day.month, day.day, tzinfo=SWEDEN).astimezone(UTC)
    while (wall := at.astimezone(SWEDEN)).date() == day:
        found.append((at, wall.hour * 60 + wall.minute))
        at += MINUTE
    return found


@cache
def span_of(day: date, opens: int, closes: int) -> tuple[datetime, datetime]:
    minutes = minutes_of(day)
    end_of_day = minutes[-1][0] + MINUTE
    shown = [at for at, wall in minutes if wall == opens]
    start = shown[0] if shown else next(at for at, wall in minutes if wall >= opens)
    if closes >= 1439:
        return start, end_of_day
    shown = [at for at, wall in minutes if wall == closes]
    return start, shown[-1] if shown else next(at for at, wall in minutes if wall >= closes)


def day_of(at: datetime) -> date:
    return at.astimezone(SWEDEN).date()


class World:
    """A unit with its people, asked without having been compiled."""

    def __init__(self, unit: Unit, assignments: list[Assignment], absences: list[Absence], duty: list[Shift]) -> None:
        self.unit = unit
        self.assignments = assignments
        self.absences = absences
        self.duty = duty
        self.open_on: dict[date, Times] = {}

    # Time.

    def closure(self, day: date) -> Closure | None:
        found = [it for it in self.unit.closures if it.starts_on <= day <= it.ends_on]
        return next((it for it in found if it.covered_by is not None), found[0] if found else None)

    def open(self, day: date) -> Times:
        if day not in self.open_on:
            closure, week = self.closure(day), self.unit.office
            if closure is None:
                closed = day in self.unit.red_days
            else:
                closed = closure.covered_by is None or day in closure.closed_days
                week = closure.office or week
            spans = [] if closed else [span_of(day, it.opens, it.closes) for it in week[day.weekday()]]
            self.open_on[day] = [it for it in spans if it[0] < it[1]]
        return self.open_on[day]

    def days_from(self, at: datetime) -> Iterator[date]:
        return (day_of(at) + n * DAY for n in range(LONGEST_LOOK))

    def first_open(self, at: datetime) -> datetime:
        return next(max(at, start) for day in self.days_from(at) for start, end in self.open(day) if end > at)

    def office_time(self, start: datetime, end: datetime) -> timedelta:
        total, day = timedelta(), day_of(start)
        while day <= day_of(end):
            for opens, closes in self.open(day):
                total += max(timedelta(), min(end, closes) - max(start, opens))
            day += DAY
        return total

    def promise(self, at: datetime) -> datetime:
        left = self.unit.promise
        for day in self.days_from(at):
            for opens, closes in self.open(day):
                here = max(timedelta(), closes - max(at, opens))
                if here >= left:
                    return max(at, opens) + left
                left -= here
        raise AssertionError("this world has too little office time")

    # People.

    def of(self, person: Key) -> list[Assignment]:
        return [it for it in self.assignments if it.person == person]

    def counts(self, unit: Key, day: date) -> bool:
        """Whether an assignment at this unit counts that day: it is the one asked, or covers it."""
        closure = self.closure(day)
        return unit == self.unit.key or (closure is not None and closure.covered_by == unit)

    def absent(self, person: Key, at: datetime) -> list[Absence]:
        return [
            it
            for it in self.absences
            if it.person == person and it.starts_at <= at and (it.ends_at is None or at < it.ends_at)
        ]

    def active(self, person: Key, at: datetime) -> list[Assignment]:
        day = day_of(at)
        return [
            it
            for it in self.of(person)
            if self.counts(it.unit, day) and it.starts_on <= day and (it.ends_on is None or day <= it.ends_on)
        ]

    def shifts(self, person: Key, day: date) -> Times:
        found: Times = []
        for it in self.duty:
            if person in it.people and self.counts(it.unit, day):
                minutes = minutes_of(day)
                found.append((max(it.starts_at, minutes[0][0]), min(it.ends_at, minutes[-1][0] + MINUTE)))
        return found

    def pattern(self, person: Key, day: date) -> Times:
        closure, found = self.closure(day), []
        for it in self.of(person):
            own = it.unit == self.unit.key
            closed = (
                closure is not None or day in self.unit.red_days
                if own
                else day in (closure.closed_days if closure else ())
            )
            if not self.counts(it.unit, day) or closed or day < it.starts_on or (it.ends_on and day > it.ends_on):
                continue
            for period in it.periods:
                if period.starts_on <= day and (period.ends_on is None or day <= period.ends_on):
                    monday = period.anchor - period.anchor.weekday() * DAY
                    spans = period.weeks[(day - monday).days // 7 % len(period.weeks)][day.weekday()]
                    found += [span_of(day, span.opens, span.closes) for span in spans]
        return found

    def back(self, person: Key, at: datetime, *, until: datetime) -> datetime | None:
        """The first moment at work from `at` on, looked for until a moment."""
        edges = [
            it for absence in self.absences if absence.person == person for it in (absence.starts_at, absence.ends_at)
        ]
        for day in self.days_from(at):
            if minutes_of(day)[0][0] > until:
                return None
            times = [*self.pattern(person, day), *self.shifts(person, day)]
            starts = [max(at, start) for start, end in times if max(at, start) < end]
            ends = [it for it in edges if it is not None and any(max(at, start) <= it < end for start, end in times)]
            free = [it for it in (*starts, *ends) if not self.absent(person, it)]
            if free:
                return min(free)
        return None

    def in_reach(self, person: Key, at: datetime) -> bool:
        if not self.active(person, at) or self.absent(person, at):
            return False
        limit = self.unit.longest_gap
        # No further than where the gap has passed, and the closed time after it.
        look = at
        while self.office_time(at, look) <= limit and look < at + 400 * DAY:
            look += 3 * DAY
        back = self.back(person, at, until=look)
        return back is not None and self.office_time(at, back) <= limit

    def may_answer(self, person: Key, patient: Patient, state: State, at: datetime) -> bool:
        return (
            state.active
            and any(it.cares for it in self.active(person, at))
            and person not in (patient.blocked | patient.invited | {patient.key})
        )

    def reason(self, person: Key, patient: Patient, state: State, asked: frozenset[Key], at: datetime) -> str:
        if self.absent(person, at):
            return "absent"
        if not state.active or (
            not self.active(person, at) and any(self.counts(it.unit, day_of(at)) for it in self.of(person))
        ):
            return "ended"
        if not self.active(person, at):
            return "no_right"
        if not self.in_reach(person, at):
            return "out_of_reach"
        if not self.may_answer(person, patient, state, at):
            others = patient.invited | {patient.key}
            return "no_right" if person in others or not any(it.cares for it in self.active(person, at)) else "blocked"
        if not state.channel:
            return "no_channel"
        return "already_asked" if person in asked else ""

    # The order.

    def substitutes(self, person: Key, at: datetime) -> tuple[Key, ...]:
        # Of several registered at one moment, the one that is given first.
        latest = sorted(self.absent(person, at), key=lambda it: it.registered_at, reverse=True)[:1]
        if latest and latest[0].substitutes:
            return latest[0].substitutes
        day = day_of(at)
        ranked = sorted(
            self.of(person),
            key=lambda it: (
                it.unit == self.unit.key,
                it.starts_on <= day and (it.ends_on is None or day <= it.ends_on),
                it.starts_on,
            ),
        )
        return ranked[-1].standing if ranked else ()

    def on_duty(self, unit: Key, at: datetime) -> list[Key]:
        shifts = sorted((it for it in self.duty if it.unit == unit and it.people), key=lambda it: it.starts_at)
        covering = [it for it in shifts if it.starts_at <= at < it.ends_at]
        later = [it for it in shifts if it.starts_at > at]
        if not covering and later and self.office_time(at, later[0].starts_at) <= self.unit.longest_gap:
            covering = [it for it in later if it.starts_at == later[0].starts_at]
        return [person for it in covering for person in it.people]

    def steps(
        self, patient: Patient, belongs_to: Key | None, states: dict[Key, State], at: datetime
    ) -> Iterator[tuple[int, Key]]:
        """Whom the order comes to, step by step; in step 2 it is told whom it has met."""
        if belongs_to is not None:
            yield 1, belongs_to
            level, met = [belongs_to], {belongs_to}
            while level:
                following = []
                for person in level:
                    for substitute in self.substitutes(person, at):
                        yield 2, substitute
                        if substitute not in met:
                            following.append(substitute)
                        met.add(substitute)
                level = following
        day = day_of(at)
        contacts = [it for it in patient.contacts if it.starts_on <= day and (it.ends_on is None or day <= it.ends_on)]
        for coordinating in (True, False):
            yield from (
                (3, it.person) for it in contacts if it.coordinating == coordinating and it.person != belongs_to
            )
        closure = self.closure(day)
        if closure is not None and closure.covered_by == self.unit.function:
            return
        side, head, deputies = self.unit.key, self.unit.head, self.unit.head_substitutes
        if closure is not None and closure.covered_by is not None:
            side, head, deputies = closure.covered_by, closure.head, closure.head_substitutes
        yield from ((4, person) for person in self.on_duty(side, at))
        people = {it.person for it in self.assignments if it.unit == side}
        for person in sorted(people, key=lambda it: (*busy(states.get(it, State())), str(it))):
            if self.in_reach(person, at):
                yield 5, person
        if head is not None:
            yield 6, head
            yield from ((6, person) for person in deputies or self.substitutes(head, at))

    def answer(
        self,
        patient: Patient,
        belongs_to: Key | None,
        states: dict[Key, State],
        now: datetime,
        asked: frozenset[Key] = frozenset(),
        to_heads: bool = False,
    ) -> tuple[datetime, Key, int, list[tuple[Key, str]]]:
        """T, the holder, the step, and who was passed over; a question to the heads knows of nobody else."""
        at, passed = self.first_open(now), {}
        listed: list[tuple[Key, str]] = []
        for step, person in self.steps(patient, belongs_to, states, at):
            if to_heads and step < 6:
                continue
            if person in passed:
                if step != 5:
                    listed.append((person, "already_asked"))
                continue
            passed[person] = self.reason(person, patient, states.get(person, State()), asked, at)
            if not passed[person]:
                return at, person, step, listed
            listed.append((person, passed[person]))
        return at, self.unit.function, 7, listed


def busy(state: State) -> tuple[int, float]:
    return state.open_waits, state.last_asked.timestamp() if state.last_asked else float("-inf")
