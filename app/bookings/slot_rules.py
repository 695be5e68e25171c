"""When a time is, from a day and a clock as people say them, what stands in its way, and what is free. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LONGEST = timedelta(hours=12)
FARTHEST = timedelta(days=731)
STEP, LONG_STEP = timedelta(minutes=15), timedelta(minutes=30)
FAULTS = ("skipped", "twice", "ends_first", "long", "past", "far")


class Wrong(Exception):
    """What was typed is no time that can be booked: one of FAULTS, at the field `start`, `end` or `day`."""

    def __init__(self, code: str, field: str) -> None:
        super().__init__(code)
        self.code, self.field = code, field


@dataclass(frozen=True)
class Span:
    """From one moment to another, half-open."""

    starts_at: datetime
    ends_at: datetime

    def meets(self, other: "Span") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def holds(self, other: "Span") -> bool:
        return self.starts_at <= other.starts_at and other.ends_at <= self.ends_at


@dataclass(frozen=True)
class Taken:
    """When somebody cannot come: they have another time, or are away (`away`)."""

    person_id: UUID
    span: Span
    away: bool


@dataclass(frozen=True)
class Site:
    """A place where a unit meets people, and the weekdays that it is open (0 is Monday)."""

    key: UUID
    name: str
    address: str
    weekdays: tuple[int, ...]

    @property
    def words(self) -> str:
        return f"{self.name}, {self.address}"


def moment(day: date, clock: time, *, field: str = "start") -> datetime:
    """The moment of a Swedish wall time, in UTC; raises Wrong for one that the clock skips, or shows twice."""
    wall = datetime.combine(day, clock.replace(tzinfo=None), SWEDEN)
    first, last = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == last:
        return first
    # Of a time that does not exist, the earlier offset gives the later moment (PEP 495).
    raise Wrong("skipped" if first > last else "twice", field)


def span(day: date, start: time, end: time | None, *, length: timedelta, now: datetime) -> Span:
    """A time on a day, until a clock or for its usual length; raises Wrong."""
    starts_at = moment(day, start)
    ends_at = starts_at + length if end is None else moment(day, end, field="end")
    if ends_at <= starts_at:
        raise Wrong("ends_first", "end")
    if ends_at - starts_at > LONGEST:
        raise Wrong("long", "end")
    if starts_at <= now:
        raise Wrong("past", "start" if day == now.astimezone(SWEDEN).date() else "day")
    if starts_at > now + FARTHEST:
        raise Wrong("far", "day")
    return Span(starts_at, ends_at)


def whole_days(first: date, last: date) -> Span:
    """From the midnight before one day to the midnight after another."""
    begins = datetime.combine(first, time(), SWEDEN).astimezone(UTC)
    return Span(begins, datetime.combine(last + DAY, time(), SWEDEN).astimezone(UTC))


def free(work: Iterable[Span], taken: Collection[Span], *, length: timedelta, now: datetime) -> list[Span]:
    """What can be taken in the time that somebody works: whole times, on the half hour where they are that long."""
    step = LONG_STEP if length >= LONG_STEP else STEP
    found: list[Span] = []
    for stretch in work:
        starts_at = _next_step(stretch.starts_at, step)
        while starts_at + length <= stretch.ends_at:
            it = Span(starts_at, starts_at + length)
            if starts_at > now and _is_said_once(starts_at) and not any(it.meets(other) for other in taken):
                found.append(it)
            starts_at += step
    return sorted(found, key=lambda it: it.starts_at)


def within(stretches: Iterable[Span], frame: Span) -> list[Span]:
    """The parts of some stretches that lie inside a frame."""
    return [
        Span(max(it.starts_at, frame.starts_at), min(it.ends_at, frame.ends_at)) for it in stretches if it.meets(frame)
    ]


def in_common(stretches: Sequence[Sequence[Span]]) -> list[Span]:
    """When several work at once: the parts that are in all of their stretches."""
    found = list(stretches[0]) if stretches else []
    for other in stretches[1:]:
        found = [part for frame in other for part in within(found, frame)]
    return found


def is_open(on: date, weekdays: Collection[int], red: Collection[date]) -> bool:
    """Whether a place that is open some weekdays (0 is Monday) is so on a day."""
    return on.weekday() in weekdays and on not in red


def next_open(on: date, weekdays: Collection[int], red: Collection[date]) -> date:
    """The first day from one on when a place is open; the day itself when there is none within a year."""
    ahead = (on + timedelta(days=number) for number in range(366))
    return next((day for day in ahead if is_open(day, weekdays, red)), on)


def _next_step(at: datetime, step: timedelta) -> datetime:
    here = at.astimezone(SWEDEN)
    past = timedelta(minutes=here.minute, seconds=here.second, microseconds=here.microsecond) % step
    return at + (step - past if past else timedelta())


def _is_said_once(at: datetime) -> bool:
    here = at.astimezone(SWEDEN)
    return here.replace(fold=0).utcoffset() == here.replace(fold=1).utcoffset()
