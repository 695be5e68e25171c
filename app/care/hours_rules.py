"""Spans of local wall time: office hours, patterns of work, red days. Times in, moments out; nothing is asked.

Every span is half-open. Wall time is Europe/Stockholm: one that does not exist moves to the end of the gap, one that
exists twice starts at the first and ends at the last (ANSWERING.md, Words). "23:59" as an end means midnight.

Inside the rules a moment is a whole number of microseconds since 1970, as exact as the database's own, and a day is
its ordinal (`date.toordinal`). Every `datetime` that leaves them is aware, in UTC, and equal to the same moment in
any other zone.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MIDNIGHT = 24 * 60
LAST = MIDNIGHT - 1
"""The minute 23:59, which as an end is the midnight that follows."""

ZONE = ZoneInfo("Europe/Stockholm")
FOREVER = 1 << 62
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
MINUTE = 60_000_000
DAY = MIDNIGHT * MINUTE

Stretch = tuple[int, int]
"""From one moment to another in microseconds, half-open."""


@dataclass(frozen=True)
class Span:
    """Minutes of one local day, half-open: 0 ≤ opens < closes ≤ 1440."""

    opens: int
    closes: int


Week = tuple[tuple[Span, ...], ...]
"""Seven days, Monday first; each day's spans in order, none overlapping."""

NEVER: Week = ((),) * 7


@dataclass(frozen=True)
class Period:
    """A pattern that holds from a day to another (the last included), in a cycle of one to ten weeks.

    `anchor` is a day in the week that is the first of the cycle, also for days before it.
    """

    starts_on: date
    ends_on: date | None
    anchor: date
    weeks: tuple[Week, ...]


def micros(at: datetime) -> int:
    """An aware `datetime` as microseconds since 1970."""
    return (at - EPOCH) // MICRO


def moment(at: int) -> datetime:
    """Microseconds since 1970 as an aware `datetime` in UTC."""
    return EPOCH + timedelta(microseconds=at)


def day_of(at: int) -> int:
    """The local day of a moment, as its ordinal."""
    return moment(at).astimezone(ZONE).toordinal()


def from_wall(day: date, at: time, *, end: bool = False) -> datetime:
    """The moment of a Swedish wall time, in UTC. As an `end`, 23:59 is the midnight that follows."""
    if end and (at.hour, at.minute) == (23, 59):
        return moment(midnight(day.toordinal() + 1))
    return moment(_exact(datetime.combine(day, at.replace(tzinfo=None), ZONE), end=end))


def _exact(wall: datetime, *, end: bool) -> int:
    # Read with the offset before and the one after, a time that the clock skips is the later the earlier the offset.
    while micros(wall.replace(fold=0)) > micros(wall.replace(fold=1)):
        wall = (wall + timedelta(minutes=1)).replace(second=0, microsecond=0)
    return micros(wall.replace(fold=int(end)))


@lru_cache(maxsize=8192)
def midnight(day: int) -> int:
    """The moment at which a day, given as its ordinal, begins."""
    return micros(datetime.combine(date.fromordinal(day), time(), ZONE))


def of_day(day: int, spans: Iterable[Span]) -> Iterator[Stretch]:
    """The stretches of a day's spans. One that the clock skips whole has no length."""
    start = midnight(day)
    if midnight(day + 1) - start != DAY:
        yield from _of_changed_day(day, spans)
        return
    for span in spans:
        yield start + span.opens * MINUTE, start + (MIDNIGHT if span.closes == LAST else span.closes) * MINUTE


def _of_changed_day(day: int, spans: Iterable[Span]) -> Iterator[Stretch]:
    start = datetime.combine(date.fromordinal(day), time(), ZONE)
    for span in spans:
        opens = _exact(start + timedelta(minutes=span.opens), end=False)
        closes = _exact(start + timedelta(minutes=span.closes), end=True)
        yield opens, midnight(day + 1) if span.closes == LAST else closes


def of_periods(periods: Iterable[Period], days: Sequence[int]) -> Iterator[Stretch]:
    """The stretches of a pattern on the days given, in order."""
    for period in periods:
        cycle = [spans for week in period.weeks for spans in week] or [()]
        anchor = period.anchor.toordinal()
        monday = anchor - (anchor - 1) % 7
        first = bisect_left(days, period.starts_on.toordinal())
        stop = len(days) if period.ends_on is None else bisect_right(days, period.ends_on.toordinal())
        for day in days[first:stop]:
            if spans := cycle[(day - monday) % len(cycle)]:
                yield from of_day(day, spans)


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The union, in order, of stretches in any order; those that touch become one, empty ones are left out."""
    done: list[Stretch] = []
    for start, end in sorted(stretches):
        if start >= end:
            continue
        if done and start <= done[-1][1]:
            if end > done[-1][1]:
                done[-1] = (done[-1][0], end)
        else:
            done.append((start, end))
    return done


def without(stretches: Iterable[Stretch], holes: Iterable[Stretch]) -> Iterator[Stretch]:
    """What is left of merged stretches when merged holes are cut out of them."""
    cuts = [*holes, (FOREVER, FOREVER)]
    first = 0
    for start, end in stretches:
        while cuts[first][1] <= start:
            first += 1
        left, at = start, first
        while cuts[at][0] < end:
            if left < cuts[at][0]:
                yield left, cuts[at][0]
            left = cuts[at][1]
            at += 1
        if left < end:
            yield left, end


def inside(stretches: list[Stretch]) -> Callable[[int], bool]:
    """Tells whether a moment is inside one of some merged stretches."""
    starts, ends = [start for start, _ in stretches], [end for _, end in stretches]

    def tell(at: int) -> bool:
        index = bisect_right(ends, at)
        return index < len(starts) and starts[index] <= at

    return tell


class Office:
    """The office time of a unit over a window, and arithmetic in it. Moments and lengths are in microseconds.

    Total: what lies beyond the last office time of the window counts as office time, so that there always is a next
    office moment, and a promise for a unit that never opens again is counted by the clock.
    """

    __slots__ = ("before", "closes", "opens")

    def __init__(self, stretches: Iterable[Stretch], *, window: Stretch) -> None:
        spans = merged(stretches) or [window]
        self.opens = [start for start, _ in spans]
        self.closes = [end for _, end in spans[:-1]] + [FOREVER]
        self.before = [0]
        for start, end in spans[:-1]:
            self.before.append(self.before[-1] + end - start)

    def first(self, at: int) -> int:
        """The first moment of office time at or after `at`."""
        start = self.opens[bisect_right(self.closes, at)]
        return max(at, start)

    def last_before(self, at: int) -> int:
        """The first moment from which the next office time is `at` or later, when some of it lies before `at`."""
        return min(at, self.closes[bisect_left(self.opens, at) - 1])

    def total(self, at: int) -> int:
        """The office time from the beginning of the window to `at`."""
        index = bisect_right(self.opens, at) - 1
        return self.before[index] + min(at, self.closes[index]) - self.opens[index] if index >= 0 else 0

    def between(self, start: int, end: int) -> int:
        """The office time from one moment to another."""
        return self.total(end) - self.total(start)

    def when(self, total: int) -> int:
        """The first moment at which `total` of the window's office time has passed; `-FOREVER` for none at all."""
        index = bisect_left(self.before, total) - 1
        return self.opens[index] + total - self.before[index] if index >= 0 else -FOREVER

    def add(self, at: int, length: int) -> int:
        """The first moment at which `length` of office time has passed since `at`: at a day's end, that evening."""
        return self.when(self.total(at) + length) if length > 0 else at
