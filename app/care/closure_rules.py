"""When a unit's closed days leave too much of its office time with nobody: days and minutes in, days out."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta

from app.care.hours_rules import MIDNIGHT, NEVER, Span, Week

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Closed:
    """Days when a unit is closed, the last included, and the hours of the one who covers; NEVER when nobody does.

    `cover_closed` are days when the covering one is closed itself.
    """

    starts_on: date
    ends_on: date
    cover: Week = NEVER
    cover_closed: frozenset[date] = frozenset()


@dataclass(frozen=True)
class Hole:
    """Office time on end without a minute of it, and the days of the closures that it lies in."""

    starts_on: date
    ends_on: date
    minutes: int


def uncovered(
    office: Week, closures: Sequence[Closed], *, red_days: Set[date], longest_gap: int | None = None
) -> Hole | None:
    """The first hole in the closures that is longer than the longest gap (unless said, the longest office day)."""
    most = longest_gap or longest_day(office)
    return next((hole for hole in holes(office, closures, red_days=red_days) if hole.minutes > most), None)


def longest_day(office: Week) -> int:
    """The minutes of the day of the week that has most of them."""
    return max(sum(span.closes - span.opens for span in day) for day in office)


def holes(office: Week, closures: Sequence[Closed], *, red_days: Set[date]) -> Iterator[Hole]:
    """Each hole, in order: closures that nothing but closed time parts are one."""
    if not closures:
        return
    minutes, first, last = 0, date.min, date.min
    on = min(closure.starts_on for closure in closures)
    end = max(closure.ends_on for closure in closures)
    while on <= end:
        ordinary = () if on in red_days else office[on.weekday()]
        closed = next((it for it in closures if it.starts_on <= on <= it.ends_on), None)
        for lost, reached in _runs(ordinary, ordinary if closed is None else covering(closed, on)):
            if lost:
                minutes, first, last = minutes + lost, first if minutes else on, on
            if reached and minutes:
                yield Hole(first, last, minutes)
                minutes = 0
        on += DAY
    if minutes:
        yield Hole(first, last, minutes)


def covering(closed: Closed, on: date) -> tuple[Span, ...]:
    return () if on in closed.cover_closed else closed.cover[on.weekday()]


def _runs(ordinary: Iterable[Span], open_then: Iterable[Span]) -> Iterator[tuple[int, bool]]:
    """How much of the ordinary time is lost before each time that somebody is there, and after the last."""
    ordinary, at = tuple(ordinary), 0
    for span in open_then:
        yield _within(ordinary, at, span.opens), True
        at = span.closes
    yield _within(ordinary, at, MIDNIGHT), False


def _within(spans: Iterable[Span], start: int, end: int) -> int:
    return sum(max(0, min(span.closes, end) - max(span.opens, start)) for span in spans)
