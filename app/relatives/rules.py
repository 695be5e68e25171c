"""What a patient lets a relative see, and where an offer stands. Pure: it asks nobody and takes `now`."""

import calendar
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")
ITEMS = ("contact", "bookings")
MONTHS = {"month": 1, "half": 6, "year": 12}
LIVES = timedelta(days=7)
"""So long may an offer be answered."""
TOLD = timedelta(days=30)
"""So long does a patient see what is over."""
MOST_OPEN = 10
SETTLED = timedelta(days=1)
"""A closed account may have been a mistake until the day after."""


@dataclass(frozen=True)
class Standing:
    """What of a relation decides where it stands. `open` is whether its code may still be used."""

    open: bool
    accepted: bool
    confirmed: bool
    until_at: datetime
    ended: bool


def stage(it: Standing, *, now: datetime) -> str:
    """Where a relation stands: offered, lapsed (nobody answered in time), answered, let_in or over."""
    if it.ended or now >= it.until_at:
        return "over"
    if it.confirmed:
        return "let_in"
    if it.accepted:
        return "answered"
    return "offered" if it.open else "lapsed"


def last_day(length: str, *, today: date) -> date:
    """The last day of so many months: the same day of the month, or the last that there is."""
    months = today.month - 1 + MONTHS[length]
    year, month = today.year + months // 12, months % 12 + 1
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1]))


def until(last: date) -> datetime:
    """The moment at which a day is over in Sweden."""
    return datetime.combine(last + timedelta(days=1), time(), SWEDEN).astimezone(UTC)


def last_of(until_at: datetime) -> date:
    """The last day on which something holds that ends at a moment."""
    return (until_at.astimezone(SWEDEN) - timedelta(microseconds=1)).date()


def changed(
    there: Mapping[str, datetime], wanted: Collection[str], until_at: datetime
) -> tuple[frozenset[str], frozenset[str]]:
    """Which items of consent end now, and which begin: one whose end is another does both.

    `there` is each item that holds, and until when.
    """
    kept = {item for item, ends in there.items() if item in wanted and ends == until_at}
    return frozenset(there) - kept, frozenset(wanted) - kept
