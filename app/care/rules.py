"""Who answers, until when, and by when: pure and total, exactly the order of ANSWERING.md.

A `Plan` is what only changes when somebody changes it (`unit.care_version`): it is compiled once and asked many times.
What changes by itself from day to day (channels, open waits) is handed over beside it as `State`.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from app.care.facts_rules import (
    REASONS,
    Absence,
    Answer,
    Assignment,
    Closure,
    Contact,
    Key,
    Passed,
    Patient,
    Shift,
    State,
    Unit,
)
from app.care.hours_rules import FOREVER, day_of, micros, midnight, moment
from app.care.plan_rules import Line, Plan, Side

__all__ = [
    "REASONS",
    "Absence",
    "Answer",
    "Assignment",
    "Closure",
    "Contact",
    "Key",
    "Passed",
    "Patient",
    "Plan",
    "Shift",
    "State",
    "Unit",
    "WaitFor",
    "answers",
    "back",
    "promise_from",
    "waits_until_back",
]

WAIT_FOR_DAYS = 5
UNKNOWN = State()
IN_REACH = ("", "no_right")

T = TypeVar("T")


def answers(
    plan: Plan,
    patient: Patient,
    belongs_to: Key | None,
    *,
    states: Mapping[Key, State],
    at: datetime,
    asked: frozenset[Key] = frozenset(),
    to_heads: bool = False,
) -> Answer:
    """Who answers a question put at `at` (aware). Total: there is always a holder, at last the region's function.

    `to_heads`: it is for a head to answer, so the order begins at step 6. `belongs_to` is None for what belongs to
    nobody: steps 1 and 2 then name nobody. A person whom `states` does not name has the state `State()`. `until` takes
    the states as they are now, looks a year ahead of the plan's `around`, and is None when the holder stays the same
    that long. All moments given back are in UTC.
    """
    plan = plan.covering(at)
    now = micros(at)
    asked_at = plan.office.first(now)
    order = _Order(plan, patient, belongs_to, states, asked, to_heads)
    holder, step = order.at(asked_at)
    passed = tuple(Passed(person, reason) for person, reason in order.passed)
    until = None
    while order.change < plan.horizon:
        change = order.change
        if order.at(plan.office.first(change))[0] != holder:
            until = moment(plan.office.last_before(change))
            break
    return Answer(moment(asked_at), holder, step, passed, until, moment(plan.office.add(now, plan.length)))


class _Order:
    """The order for one question, which may be asked at several moments.

    What a question finds out once is kept: who cannot hold it whenever they come, who is contact when, who is busiest.
    """

    def __init__(
        self,
        plan: Plan,
        patient: Patient,
        belongs_to: Key | None,
        states: Mapping[Key, State],
        asked: frozenset[Key],
        to_heads: bool,
    ) -> None:
        self.plan = plan
        self.patient = patient
        self.belongs_to = belongs_to
        self.states = states
        self.asked = asked
        self.to_heads = to_heads
        self.known: dict[Key, tuple[Line[str], str]] = {}
        self.contacts: list[tuple[int, int, Key]] | None = None
        self.ranked: dict[Key, list[Key]] = {}

    def at(self, at: int) -> tuple[Key, int]:
        """The holder and the step at a moment of office time.

        Leaves behind `passed`, and `change`: no sooner than then can what was looked at give another holder.
        """
        self.passed: list[tuple[Key, str]] = []
        self.met: set[Key] = set()
        self.change = FOREVER
        if not self.to_heads:
            if self.belongs_to is not None:
                if self.holds(self.belongs_to, at):
                    return self.belongs_to, 1
                substitute = self.substitute(self.belongs_to, at)
                if substitute is not None:
                    return substitute, 2
            for person in self.contacts_at(at):
                if self.holds(person, at):
                    return person, 3
        side: Side = self.look(self.plan.side, at)
        if not side.only_function:
            if not self.to_heads:
                for person in self.look(self.plan.duty, at):
                    if self.holds(person, at):
                        return person, 4
                colleague = self.least_busy(side, at)
                if colleague is not None:
                    return colleague, 5
            for person in self.heads(side, at):
                if self.holds(person, at):
                    return person, 6
        return self.plan.unit.function, 7

    def look(self, line: Line[T], at: int) -> T:
        index = bisect_right(line.points, at)
        self.until(line.points[index])
        return line.values[index]

    def until(self, change: int) -> None:
        if change < self.change:
            self.change = change

    def substitute(self, person: Key, at: int) -> Key | None:
        """The first who holds of the substitutes, theirs, and so on: all of one level before the next."""
        chain = [person]
        for one in chain:
            for substitute in self.look(self.plan.substitutes(one), at):
                if self.holds(substitute, at):
                    return substitute
                if substitute not in chain:
                    chain.append(substitute)
        return None

    def contacts_at(self, at: int) -> Iterator[Key]:
        """The patient's other contacts at a moment, the coordinating one first."""
        if self.contacts is None:
            self.contacts = [
                (*self.plan.stretch(one.starts_on, one.ends_on), one.person)
                for one in sorted(self.patient.contacts, key=lambda one: not one.coordinating)
                if one.person != self.belongs_to
            ]
        for start, end, person in self.contacts:
            if at < start:
                self.until(start)
            elif at < end:
                self.until(end)
                yield person

    def least_busy(self, side: Side, at: int) -> Key | None:
        """Who holds of those in reach, the fewest open waits first. Who is out of reach is not passed over here."""
        if side.unit not in self.ranked:
            self.ranked[side.unit] = sorted(side.people, key=self.burden)
        for person in self.ranked[side.unit]:
            line, unfit = self.known.get(person) or self.know(person)
            index = bisect_right(line.points, at)
            if line.values[index] in IN_REACH:
                if person not in self.met and self.holds(person, at):
                    return person
            elif not unfit:
                self.until(line.turns[index])
        return None

    def burden(self, person: Key) -> tuple[int, int]:
        state = self.states.get(person, UNKNOWN)
        return state.open_waits, -FOREVER if state.last_asked is None else micros(state.last_asked)

    def heads(self, side: Side, at: int) -> Iterator[Key]:
        if side.head is not None:
            yield side.head
            yield from side.head_substitutes or self.look(self.plan.substitutes(side.head), at)

    def holds(self, person: Key, at: int) -> bool:
        """Whether a person who is met holds the question; one who does not is passed over, with the reason."""
        if person in self.met:
            self.passed.append((person, "already_asked"))
            return False
        line, unfit = self.known.get(person) or self.know(person)
        index = bisect_right(line.points, at)
        reason = line.values[index]
        if not unfit:
            # Whoever cannot hold it at any moment changes nothing by coming or going.
            self.until(line.turns[index])
        elif not reason or (unfit == "ended" and reason != "absent"):
            reason = unfit
        if reason:
            self.met.add(person)
            self.passed.append((person, reason))
        return not reason

    def know(self, person: Key) -> tuple[Line[str], str]:
        """When a person can answer at this unit, and why they cannot hold this question at any moment, or ""."""
        found = self.plan.status(person), self.unfit(person, self.states.get(person, UNKNOWN))
        self.known[person] = found
        return found

    def unfit(self, person: Key, state: State) -> str:
        if not state.active:
            return "ended"
        if person == self.patient.key or person in self.patient.invited:
            return "no_right"
        if person in self.patient.blocked:
            return "blocked"
        if not state.channel:
            return "no_channel"
        return "already_asked" if person in self.asked else ""


@dataclass(frozen=True)
class WaitFor:
    """That the patient may choose to wait: for whom, when they are back, and the promise counted from then."""

    person: Key
    back: datetime
    promise: datetime


def promise_from(plan: Plan, at: datetime) -> datetime:
    """The moment by which a question put at `at` has an answer, in UTC."""
    plan = plan.covering(at)
    return moment(plan.office.add(micros(at), plan.length))


def back(plan: Plan, person: Key, at: datetime) -> datetime | None:
    """The first moment from `at` on at which a person is at work, in UTC; None when there is none in a year."""
    plan = plan.covering(at)
    now, work = micros(at), plan.work(person)
    index = bisect_right(work, now, key=lambda stretch: stretch[1])
    return moment(max(now, work[index][0])) if index < len(work) else None


def waits_until_back(plan: Plan, person: Key, at: datetime) -> WaitFor | None:
    """What "Vänta på …" offers for a person who is out now, is back within five office days, and answers then.

    The five are days with office time. The day of T is one of them only when none of its office time has passed. None
    where it may not be offered, which is also so while the person is at work.
    """
    plan = plan.covering(at)
    asked_at = plan.office.first(micros(at))
    returns = back(plan, person, moment(asked_at))
    if returns is None or micros(returns) == asked_at:
        return None
    today = day_of(asked_at)
    limit = midnight(today if plan.office.between(midnight(today), asked_at) == 0 else today + 1)
    for _ in range(WAIT_FOR_DAYS):
        limit = midnight(day_of(plan.office.first(limit)) + 1)
    if micros(returns) >= limit or plan.status(person).at(plan.office.first(micros(returns))):
        return None
    return WaitFor(person, returns, promise_from(plan, returns))
