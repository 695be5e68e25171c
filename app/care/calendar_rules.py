"""The office minutes of a unit, weeks ahead, each a bit of a whole number; from moments to bits and back.

Only office minutes have a bit, in order, so that an evening and the next morning are neighbours, and "out for at most
the longest gap" is a distance between bits. Bit 0 is the first office minute of today.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from app.care.hours_rules import NEVER, Span
from app.care.rules import Closure, Unit

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
USUAL = 24 * 60
TAIL = 120
"""How many days after the window are looked at for when somebody is back."""

Mask = int
Runs = list[tuple[int, int]]
"""Half-open, in order, none touching another."""


def merged(runs: Iterable[tuple[int, int]]) -> Runs:
    """Any half-open runs, put in order and joined where they meet."""
    found: Runs = []
    for starts, ends in sorted(runs):
        if starts >= ends:
            continue
        if found and starts <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((starts, ends))
    return found


def without(runs: Runs, away: Runs) -> Iterator[tuple[int, int]]:
    for starts, ends in runs:
        left = starts
        for gone, back in away:
            if back <= left or gone >= ends:
                continue
            if gone > left:
                yield left, gone
            left = back
        if left < ends:
            yield left, ends


def bits(starts: int, ends: int) -> Mask:
    return ((1 << (ends - starts)) - 1) << starts if 0 <= starts < ends else 0


def runs_of(mask: Mask) -> Runs:
    """The runs of ones. As text, since finding in text is what is quickest."""
    text, found = bin(mask)[:1:-1], []
    starts = text.find("1")
    while starts >= 0:
        ends = text.find("0", starts)
        ends = len(text) if ends < 0 else ends
        found.append((starts, ends))
        starts = text.find("1", ends)
    return found


class Calendar:
    """The days of a window and a tail after it; minutes are counted from today's midnight."""

    def __init__(self, unit: Unit, at: datetime, days: int) -> None:
        self.today = at.astimezone(STOCKHOLM).date()
        self.days = days
        self.origin = datetime.combine(self.today, time(0), STOCKHOLM).astimezone(UTC)
        self.now = self.minute(at)
        self.midnights = [0]
        self.closures: list[Closure | None] = []
        self.office: Runs = []
        tail, longest = 0, unit.longest_gap // MINUTE
        while len(self.closures) < days or (tail <= longest and len(self.closures) < days + TAIL):
            day = self.today + len(self.closures) * DAY
            closure = next((it for it in unit.closures if it.starts_on <= day <= it.ends_on), None)
            self.closures.append(closure)
            self.midnights.append(self.minute(datetime.combine(day + DAY, time(0), STOCKHOLM)))
            opened = merged(self.spans(day, office_on(unit, closure, day)))
            self.office += opened
            if len(self.closures) > days:
                tail += sum(ends - starts for starts, ends in opened)
        self.office = merged(self.office)
        self.starts = [starts for starts, _ in self.office]
        self.before = [0]
        for starts, ends in self.office:
            self.before.append(self.before[-1] + ends - starts)
        self.dawns = [self.bit(midnight) for midnight in self.midnights]

    def minute(self, moment: datetime) -> int:
        """The first whole minute at or after a moment."""
        return -((self.origin - moment) // MINUTE)

    def spans(self, day: date, spans: tuple[Span, ...]) -> Runs:
        """A day's wall time as minutes; only on the two days when the clocks change are they not simply added."""
        n = (day - self.today).days
        base = self.midnights[n]
        if self.midnights[n + 1] - base == USUAL:
            return [(base + it.opens, base + it.closes) for it in spans]
        return [(self.wall(day, it.opens, last=False), self.wall(day, it.closes, last=True)) for it in spans]

    def wall(self, day: date, minutes: int, *, last: bool) -> int:
        shown = datetime.combine(day, time(0), STOCKHOLM) + minutes * MINUTE
        early, late = shown.replace(fold=0), shown.replace(fold=1)
        if early.utcoffset() == late.utcoffset():
            return self.minute(shown)
        if early.utcoffset() > late.utcoffset():  # type: ignore[operator]  # an aware time has an offset
            return self.minute(late if last else early)
        # The wall time does not exist. Both readings lie an hour apart, and the gap ends between them.
        skipped = early.astimezone(UTC).astimezone(STOCKHOLM)
        return self.minute(skipped.replace(minute=0, second=0, microsecond=0))

    def bit(self, minute: int) -> int:
        """How many office minutes come before a minute."""
        n = bisect_right(self.starts, minute)
        if n == 0:
            return 0
        return self.before[n - 1] + min(minute, self.office[n - 1][1]) - self.office[n - 1][0]

    def moments(self, starts: int, ends: int) -> Iterator[tuple[datetime, datetime]]:
        """The office spans behind a run of bits."""
        for n in range(bisect_right(self.before, starts) - 1, len(self.office)):
            opens, first = self.office[n][0], self.before[n]
            if first >= ends:
                return
            begun, ended = max(starts, first) - first, min(ends, self.before[n + 1]) - first
            yield self.origin + (opens + begun) * MINUTE, self.origin + (opens + ended) * MINUTE

    def day(self, bit: int) -> int:
        """Which day a bit lies on, counted from today."""
        return bisect_right(self.dawns, bit) - 1

    def during(self, starts_on: date, ends_on: date | None) -> Mask:
        """The bits of these days, the last included."""
        last = len(self.closures)
        first = min(max((starts_on - self.today).days, 0), last)
        after = last if ends_on is None else min(max((ends_on - self.today).days + 1, 0), last)
        return bits(self.dawns[first], self.dawns[after])

    @cached_property
    def every(self) -> Mask:
        return bits(0, self.before[-1])

    @cached_property
    def window(self) -> Mask:
        return bits(self.bit(self.now), self.dawns[self.days])


def office_on(unit: Unit, closure: Closure | None, day: date) -> tuple[Span, ...]:
    """A day's office hours: the unit's own, or while it is closed those of the one that covers."""
    if closure is None:
        return () if day in unit.red_days else unit.office[day.weekday()]
    if closure.covered_by is None or day in closure.closed_days:
        return ()
    return (closure.office or NEVER)[day.weekday()]
