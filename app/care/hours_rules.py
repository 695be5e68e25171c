"""Spans of local wall time: office hours, patterns of work, red days. Times in, moments out; nothing is asked.

Every span is half-open. Wall time is Europe/Stockholm: one that does not exist moves to the end of the gap, one that
exists twice starts at the first and ends at the last (ANSWERING.md, Words). "23:59" as an end means midnight.
"""

from dataclasses import dataclass
from datetime import date

MIDNIGHT = 24 * 60


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


def weekdays(opens: str, closes: str, *, days: range = range(5)) -> Week:
    """The same hours on each of some weekdays, "08:00" to "16:30"."""
    span = Span(minutes(opens), minutes(closes))
    return tuple((span,) if day in days else () for day in range(7))


def minutes(clock: str) -> int:
    """Minutes from midnight of "16:30"."""
    hour, minute = clock.split(":")
    return 60 * int(hour) + int(minute)
