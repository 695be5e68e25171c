"""What an absence may be, and which kind it is. Swedish wall time in, moments out; nothing is asked."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.care.hours_rules import ZONE, from_wall

DAY = timedelta(days=1)
PLANNED = timedelta(hours=24)
FARTHEST = timedelta(days=731)
LONG = 10
"""Office days of an open-ended absence after which the head is asked whether patients shall have another contact."""

FAULTS = ("ends_first", "over", "too_early", "too_far")


@dataclass(frozen=True)
class Stretch:
    """From one moment to another, half-open; without an end while nobody knows it."""

    starts_at: datetime
    ends_at: datetime | None

    def covers(self, other: "Stretch") -> bool:
        """Whether all of the other is within this one."""
        ends = self.ends_at is None or (other.ends_at is not None and other.ends_at <= self.ends_at)
        return self.starts_at <= other.starts_at and ends

    def until(self, ends_at: datetime | None) -> "Stretch":
        return Stretch(self.starts_at, ends_at)

    def holds(self, at: datetime) -> bool:
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


def stretch(first: date, last: date | None, opens: time | None = None, closes: time | None = None) -> Stretch:
    """From a day to another, the last included; with times of the clock, only a part of those days."""
    starts_at = from_wall(first, opens or time())
    if last is None:
        return Stretch(starts_at, None)
    return Stretch(starts_at, from_wall(last, closes, end=True) if closes else from_wall(last + DAY, time()))


def last_day(ends_at: datetime) -> tuple[date, time | None]:
    """The last day of an absence, and the time of the clock at which it ends when that is inside the day."""
    here = ends_at.astimezone(ZONE)
    return (here.date() - DAY, None) if here.time() == time() else (here.date(), here.time())


def rest_of_today(now: datetime) -> Stretch:
    """From this minute to the midnight that follows."""
    here = now.astimezone(ZONE)
    return Stretch(now.replace(second=0, microsecond=0), from_wall(here.date() + DAY, time()))


def until_further(now: datetime) -> Stretch:
    """From this minute, without an end."""
    return Stretch(now.replace(second=0, microsecond=0), None)


def fault(period: Stretch, *, now: datetime, begun: bool = False) -> str | None:
    """The first thing of FAULTS that makes it no absence that can be registered; one that has `begun` stands there."""
    if period.ends_at is not None and period.ends_at <= period.starts_at:
        return "ends_first"
    if period.ends_at is not None and period.ends_at <= now:
        return "over"
    if not begun and period.starts_at < from_wall(now.astimezone(ZONE).date() - DAY, time()):
        return "too_early"
    if max(period.starts_at, period.ends_at or period.starts_at) > now + FARTHEST:
        return "too_far"
    return None


def is_planned(away_from: datetime, *, now: datetime) -> bool:
    """Whether there is time to find somebody who answers: it begins more than 24 hours ahead."""
    return away_from > now + PLANNED


def away(periods: Iterable[Stretch], *, at: datetime) -> Stretch | None:
    """The whole of the time away that a moment is part of: absences that overlap or touch are one."""
    found: Stretch | None = None
    for period in sorted(periods, key=lambda it: it.starts_at):
        if found and (found.ends_at is None or period.starts_at <= found.ends_at):
            ends = None if None in (found.ends_at, period.ends_at) else max(found.ends_at, period.ends_at)  # type: ignore[type-var]
            found = Stretch(found.starts_at, ends)
        elif found is None or not found.holds(at):
            found = period
    return found if found and found.holds(at) else None


def is_long(starts_at: datetime, weekdays: Collection[int], off: Collection[date], *, now: datetime) -> bool:
    """Whether somebody has been away for ten office days of a unit that is open on some weekdays, not on days off."""
    day, today, passed = starts_at.astimezone(ZONE).date(), now.astimezone(ZONE).date(), 0
    while day < today and passed < LONG:
        passed += day.weekday() in weekdays and day not in off
        day += DAY
    return passed >= LONG
