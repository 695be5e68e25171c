"""Office time as a wait asks for it, and whether its holder may still hold it (ANSWERING.md, Waits)."""

from bisect import bisect_right
from datetime import datetime, timedelta

from app.care.facts_rules import Key, Patient, State
from app.care.hours_rules import day_of, micros, midnight, moment
from app.care.rules import Plan

MICRO = timedelta(microseconds=1)


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
