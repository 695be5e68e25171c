"""When somebody of the staff is off duty: since when, and until when. Pure."""

from datetime import datetime, timedelta

from app.care import rules
from app.care.facts_rules import Absence, Key
from app.care.hours_rules import micros, moment
from app.care.rules import Plan

BEYOND = timedelta(days=9)
"""Further back than a plan has compiled before its first moment."""


def at_work_from(plan: Plan, person: Key, at: datetime) -> datetime | None:
    """The first moment from `at` on at which a person is at work for a unit; None when there is none in sight.

    Whoever leads it without hours of their own there is at work in its office time, when they are not away.
    """
    if _has_hours(plan, person):
        return rules.back(plan, person, at)
    office = plan.covering(at).office
    begins = moment(office.first(micros(at)))
    while away := next((it for it in _absences(plan, person) if _covers(it, begins)), None):
        if away.ends_at is None:
            return None
        begins = moment(office.first(micros(away.ends_at)))
    return begins


def left_at(plan: Plan, person: Key, at: datetime) -> datetime | None:
    """When a person was last at work before a moment, which may be weeks ago; else when their absence began."""
    if ends := _ends(plan.covering(at), person, at):
        return ends
    began = min((it.starts_at for it in _absences(plan, person) if it.starts_at < at), default=at)
    return _ends(plan.covering(began - BEYOND), person, at) or (began if began < at else None)


def _ends(plan: Plan, person: Key, at: datetime) -> datetime | None:
    ends = [end for _start, end in plan.work(person) if end <= micros(at)]
    return moment(max(ends)) if ends else None


def _has_hours(plan: Plan, person: Key) -> bool:
    assignments, _absences, duty = plan.given
    return any(it.person == person and it.periods for it in assignments) or any(person in it.people for it in duty)


def _absences(plan: Plan, person: Key) -> list[Absence]:
    return [it for it in plan.given[1] if it.person == person]


def _covers(it: Absence, at: datetime) -> bool:
    return it.starts_at <= at and (it.ends_at is None or it.ends_at > at)
