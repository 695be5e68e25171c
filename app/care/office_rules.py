"""Office time as a wait asks for it, and whether its holder may still hold it (ANSWERING.md, Waits)."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import datetime, timedelta

from app.care import rules
from app.care.facts_rules import Answer, Key, Patient, State
from app.care.hours_rules import day_of, micros, midnight, moment
from app.care.rules import Plan

MICRO = timedelta(microseconds=1)
FUNCTION = 7


class OfficeClock:
    """A unit's office time around a moment. Every moment given back is in UTC."""

    def __init__(self, plan: Plan, at: datetime) -> None:
        self.office = plan.covering(at).office

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The office time from one moment to another."""
        return self.office.between(micros(start), micros(end)) * MICRO

    def add(self, at: datetime, length: timedelta) -> datetime:
        """The first moment at which so much office time has passed since `at`."""
        return moment(self.office.add(micros(at), length // MICRO))

    def stretches(self, at: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
        """The office time that ends after one moment and begins before another, stretch by stretch."""
        opens, closes, end = self.office.opens, self.office.closes, micros(until)
        ahead = range(bisect_right(closes, micros(at)), bisect_left(opens, end))
        return [(moment(opens[index]), moment(min(closes[index], end))) for index in ahead]

    def first(self, at: datetime) -> datetime:
        """The first moment of office time at or after `at`."""
        return moment(self.office.first(micros(at)))

    def end_of_next_day(self, at: datetime) -> datetime:
        """When the first office day after the day of `at` ends."""
        return self.end_of_day(at, 1)

    def end_of_day(self, at: datetime, days: int) -> datetime:
        """When the office day that is so many after the day of `at` ends."""
        end = micros(at)
        for _ in range(days):
            begins = self.office.first(midnight(day_of(end) + 1))
            end = self.office.last_before(self.office.first(midnight(day_of(begins) + 1)))
        return moment(end)


def keeps(plan: Plan, patient: Patient, person: Key, *, state: State, at: datetime) -> tuple[str, datetime | None]:
    """Why a holder may not keep a wait that is theirs, or "", and the first moment at which that may be another.

    Who holds keeps it while they are in reach and have the right: that a channel falls silent moves nothing.
    """
    plan = plan.covering(at)
    line, asked_at = plan.status(person), plan.office.first(micros(at))
    code, change = line.at(asked_at), line.turns[bisect_right(line.points, asked_at)]
    until = moment(plan.office.last_before(change)) if change < plan.horizon else None
    if not state.active:
        return "ended", until
    if person == patient.key or person in patient.invited:
        return "no_right", until
    if person in patient.blocked:
        return "blocked", until
    return code, until


def leaves(plan: Plan, patient: Patient, person: Key, *, state: State, at: datetime) -> datetime | None:
    """The first moment from `at` on at which a holder may not keep a wait; None when there is none in sight."""
    reason, until = keeps(plan, patient, person, state=state, at=at)
    while not reason:
        if until is None:
            return None
        at = until
        reason, until = keeps(plan, patient, person, state=state, at=at)
    return at


def handed_on(
    plan: Plan, patient: Patient, belongs_to: Key | None, first: Answer, *, states: Mapping[Key, State], at: datetime
) -> tuple[datetime, Answer] | None:
    """Until when whoever holds a question put at `at` keeps it, and who holds it when its promise falls due.

    None where that is the same one. As the worker does it: a wait goes on when its holder may not keep it, and that the
    contact is back moves nothing.
    """
    last, until = first, None
    while last.step != FUNCTION:
        moment = leaves(plan, patient, last.holder, state=states.get(last.holder, State()), at=at)
        if moment is None or moment >= first.promise:
            break
        until, at = until or moment, moment
        last = rules.answers(plan, patient, belongs_to, states=states, at=at)
    return None if until is None or last.holder == first.holder else (until, last)
