"""The office minutes of a unit, weeks ahead, each a bit of a whole number; from moments to bits and back.

Only office minutes have a bit, in order, so that an evening and the next morning are neighbours, and "out for at most
the longest gap" is a distance between bits. Bit 0 is the first office minute of today. Moments are microseconds, days
ordinals, as in hours_rules.py.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from app.care.facts_rules import Closure, Unit
from app.care.hours_rules import MICRO, MINUTE, Span, Stretch, day_of, merged, micros, midnight, moment, of_day

TAIL = 120
"""How many days after the window are looked at for when somebody is back."""

Mask = int
Run = tuple[int, int]
"""Half-open, in bits."""


def bits(starts: int, ends: int) -> Mask:
    return ((1 << (ends - starts)) - 1) << starts if 0 <= starts < ends else 0


def runs_of(mask: Mask) -> list[Run]:
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
    """The days of a window, today the first of them, and a tail long enough to see who is back soon after it.

    `dawns` are the first bits of the days, and one more. `closures` holds a day's closure, or None.
    """

    def __init__(self, unit: Unit, at: datetime, days: int) -> None:
        self.first, self.days, self.now = day_of(micros(at)), days, micros(at)
        self.closures: list[Closure | None] = []
        office: list[Stretch] = []
        tail, longest = 0, unit.longest_gap // MICRO
        while len(self.closures) < days or (tail <= longest and len(self.closures) < days + TAIL):
            day = self.first + len(self.closures)
            self.closures.append(closure_on(unit, date.fromordinal(day)))
            opened = merged(of_day(day, office_on(unit, self.closures[-1], date.fromordinal(day))))
            office += opened
            if len(self.closures) > days:
                tail += sum(ends - starts for starts, ends in opened)
        self.office = merged(office)
        self.opens = [starts for starts, _ in self.office]
        self.before = [0]
        for starts, ends in self.office:
            self.before.append(self.before[-1] + (ends - starts) // MINUTE)
        self.dawns = [self.bit(midnight(self.first + n)) for n in range(len(self.closures) + 1)]
        self.every = bits(0, self.before[-1])
        self.window = bits(self.bit(self.now), self.dawns[days])
        self.ends = midnight(self.first + len(self.closures))

    def bit(self, at: int) -> int:
        """How many office minutes begin before a moment."""
        n = bisect_right(self.opens, at) - 1
        if n < 0:
            return 0
        opens, closes = self.office[n]
        return self.before[n] - (opens - min(at, closes)) // MINUTE

    def between(self, starts: int, ends: int) -> Mask:
        return bits(self.bit(starts), self.bit(ends))

    def during(self, starts_on: date, ends_on: date | None) -> Mask:
        """The bits of these days, the last included."""
        last = len(self.closures)
        first = min(max(starts_on.toordinal() - self.first, 0), last)
        after = last if ends_on is None else min(max(ends_on.toordinal() + 1 - self.first, 0), last)
        return bits(self.dawns[first], self.dawns[after])

    def moments(self, starts: int, ends: int) -> Iterator[tuple[datetime, datetime]]:
        """The office spans behind a run of bits, in UTC."""
        for n in range(bisect_right(self.before, starts) - 1, len(self.office)):
            opens, first = self.office[n][0], self.before[n]
            if first >= ends:
                return
            begun, ended = max(starts, first) - first, min(ends, self.before[n + 1]) - first
            yield moment(opens + begun * MINUTE), moment(opens + ended * MINUTE)

    def day(self, bit: int) -> int:
        """Which day a bit lies on, counted from today."""
        return bisect_right(self.dawns, bit) - 1


def closure_on(unit: Unit, day: date) -> Closure | None:
    """A day's closure; one that is covered before one that is not."""
    today: Iterable[Closure] = [it for it in unit.closures if it.starts_on <= day <= it.ends_on]
    return min(today, key=lambda it: it.covered_by is None, default=None)


def office_on(unit: Unit, closure: Closure | None, day: date) -> tuple[Span, ...]:
    """A day's office hours: the unit's own, or while it is closed those of the one that covers."""
    if closure is None:
        return () if day in unit.red_days else unit.office[day.weekday()]
    if closure.covered_by is None or day in closure.closed_days:
        return ()
    return (closure.office or unit.office)[day.weekday()]
