"""Which times come of a day, two clocks and some weeks, and what stands in the way of each. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.bookings.slot_rules import Span, Wrong, moment

SOONEST = timedelta(hours=1)
"""A time that begins sooner is taken by ringing: nobody would be there to meet whoever took it."""
FARTHEST = timedelta(days=366)
MOST = 200
"""So many at a time."""
MOST_OWN = 2
"""How many coming times of one kind patients may have taken themselves."""
MOST_WEEKS = 26
MIDNIGHT = 24 * 60
FAULTS = ("skipped", "twice", "past", "far", "not_theirs", "gone", "away", "closed", "shut", "red", "booked", "slot")


@dataclass(frozen=True)
class Planned:
    """A time that somebody is about to publish; without a span it is none, and `fault` is one of FAULTS."""

    on: date
    clock: time
    span: Span | None
    fault: str | None = None


@dataclass(frozen=True)
class Facts:
    """What is true of somebody, a place and a time: each that is so stands in its way."""

    not_theirs: bool = False
    gone: bool = False
    away: bool = False
    closed: bool = False
    booked: bool = False
    slot: bool = False


@dataclass(frozen=True)
class Place:
    """Where it is to be: the weekdays that it is open (0 is Monday), none where one meets elsewhere, and red days."""

    weekdays: tuple[int, ...] | None = None
    red: frozenset[date] = frozenset()


def series(
    day: date, start: time, end: time, *, length: timedelta, pause: timedelta = timedelta(), weeks: int = 1
) -> list[Planned]:
    """Whole times between two clocks on a day, with a pause after each, the same weekday some weeks on.

    By the clock on the wall: a night that it is changed, the times that it skips or shows twice are none.
    """
    first, last = _minutes(start), _minutes(end) or MIDNIGHT
    each, step = _whole(length), max(1, _whole(length + pause))
    found = []
    for week in range(weeks):
        on = day + timedelta(weeks=week)
        for at in range(first, last - each + 1, step):
            clock = time(at // 60, at % 60)
            try:
                starts_at = moment(on, clock)
                found.append(Planned(on, clock, Span(starts_at, starts_at + length)))
            except Wrong as error:
                found.append(Planned(on, clock, None, error.code))
    return found


def fault(span: Span, on: date, facts: Facts, place: Place, *, now: datetime) -> str | None:
    """What stands in the way of publishing a time, the first of FAULTS that does; None when nothing does."""
    if span.starts_at <= now:
        return "past"
    if span.starts_at > now + FARTHEST:
        return "far"
    if said := next((name for name in ("not_theirs", "gone", "away", "closed") if getattr(facts, name)), None):
        return said
    if place.weekdays is not None and on.weekday() not in place.weekdays:
        return "shut"
    if place.weekdays is not None and on in place.red:
        return "red"
    return "booked" if facts.booked else "slot" if facts.slot else None


def good(planned: Sequence[Planned]) -> list[Span]:
    """Those of which nothing stands in the way."""
    return [it.span for it in planned if it.span and not it.fault]


def _minutes(clock: time) -> int:
    return 60 * clock.hour + clock.minute


def _whole(length: timedelta) -> int:
    return int(length.total_seconds() // 60)
