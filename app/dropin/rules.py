"""When a drop-in is open, by the clock on Swedish walls. Pure: which days are red is told."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from app.core.recurrence import SWEDEN

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
AHEAD = timedelta(days=400)
"""So far ahead is looked for a day that is open: a year, and what falls on a red day in it."""
FEW = 5
"""Fewer than so many are never said as a number (decision 0082)."""
LED_TO = (
    "talk",
    "booked",
    "waiting_list",
    "referral",
    "first_line",
    "primary_care",
    "municipality",
    "emergency",
    "other",
)
"""What a visit can have led to, as staff tick it; "left" is for whoever went without having met anybody."""
LEFT = "left"


@dataclass(frozen=True)
class Exceptional:
    """A day that is not as the others: closed when it has no hours."""

    opens: time | None = None
    closes: time | None = None
    words: str = ""


@dataclass(frozen=True)
class Series:
    """Hours that come again, and the days that are not as the others."""

    weekdays: frozenset[int]
    opens: time
    closes: time
    first_on: date
    last_on: date | None = None
    every_weeks: int = 1
    on_red_days: bool = False
    exceptions: Mapping[date, Exceptional] | None = None

    def exception(self, on: date) -> Exceptional | None:
        return (self.exceptions or {}).get(on)

    def falls_on(self, on: date) -> bool:
        """Whether it is one of its days, red or not, as long as nobody has said otherwise."""
        if on.weekday() not in self.weekdays or on < self.first_on or (self.last_on and on > self.last_on):
            return False
        return (_monday(on) - _monday(self.first_on)).days // 7 % self.every_weeks == 0


@dataclass(frozen=True)
class Day:
    """What a day is: open between two moments, or closed and why: "word" (somebody said so), "red", "clock" (the hours
    are skipped that night) or "" when it is none of its days."""

    on: date
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    why: str = ""
    words: str = ""

    @property
    def is_open(self) -> bool:
        return self.opens_at is not None

    def holds(self, at: datetime) -> bool:
        """Whether the door is open at a moment."""
        return bool(self.opens_at and self.closes_at and self.opens_at <= at < self.closes_at)


@dataclass(frozen=True)
class Standing:
    """How it stands at a moment: "open", "later" (today), "over" (for today), "closed" (today, and why), "not_today" or
    "ended" (no day in sight). `next` is the next day that opens after now."""

    state: str
    today: Day
    next: Day | None


def day(series: Series, on: date, red: Collection[date]) -> Day:
    """What a day is. What somebody has said of it is stronger than what it would be."""
    exception = series.exception(on)
    if exception and exception.opens and exception.closes:
        return _open(on, exception.opens, exception.closes, exception.words)
    if exception:
        return Day(on, why="word", words=exception.words)
    if not series.falls_on(on):
        return Day(on)
    if on in red and not series.on_red_days:
        return Day(on, why="red")
    return _open(on, series.opens, series.closes, "")


def days(series: Series, first: date, last: date, red: Collection[date]) -> Iterator[Day]:
    """The days that are its own, open or closed for a reason, both ends included."""
    for number in range((last - first).days + 1):
        it = day(series, first + number * DAY, red)
        if it.is_open or it.why:
            yield it


def standing(series: Series, now: datetime, red: Collection[date]) -> Standing:
    """How it stands now, and when it opens next."""
    on = now.astimezone(SWEDEN).date()
    today = day(series, on, red)
    coming = next((it for it in days(series, on, on + AHEAD, red) if it.opens_at and it.opens_at > now), None)
    if today.holds(now):
        state = "open"
    elif today.opens_at and now < today.opens_at:
        state = "later"
    elif today.is_open:
        state = "over"
    elif today.why:
        state = "closed"
    else:
        state = "not_today" if coming else "ended"
    return Standing(state, today, coming)


def upcoming(series: Series, now: datetime, red: Collection[date], *, most: int = 5) -> list[Day]:
    """Its next days, those that are closed for a reason too, today's until it is over."""
    on, found = now.astimezone(SWEDEN).date(), []
    for it in days(series, on, on + AHEAD, red):
        if it.closes_at is None or it.closes_at > now:
            found.append(it)
        if len(found) == most:
            break
    return found


def shown(count: int) -> str:
    """How many, as it is said to anybody: "none", "few", or the number itself."""
    return "none" if count <= 0 else "few" if count < FEW else str(count)


def _open(on: date, opens: time, closes: time, words: str) -> Day:
    opens_at, closes_at = _moment(on, opens, fold=0), _moment(on, closes, fold=1)
    # Both may be in the hour that the clock skips, and then there is nothing between them.
    return Day(on, opens_at, closes_at, words=words) if opens_at < closes_at else Day(on, why="clock", words=words)


def _moment(on: date, at: time, *, fold: int) -> datetime:
    """When clocks show it: of two such moments the first (0) or the last (1); what they skip is when they skip it."""
    wall = datetime.combine(on, at, SWEDEN).replace(fold=fold)
    while wall.astimezone(UTC).astimezone(SWEDEN).replace(tzinfo=None) != wall.replace(tzinfo=None):
        wall += MINUTE
    return wall.astimezone(UTC)


def _monday(on: date) -> date:
    return on - timedelta(days=on.weekday())
