"""Every hour of 2026 to 2045, in a calendar and back again by programs that are not ours: not one of them moves."""

import calendar
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import vobject
from icalendar import Calendar

from app.bookings import ical
from app.bookings.ical import Slot

SWEDEN = ZoneInfo("Europe/Stockholm")
CHANGED = datetime(2026, 1, 1, 12, 34, 56, 789, tzinfo=UTC)
HOUR = timedelta(hours=1)


def midnight(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, tzinfo=SWEDEN).astimezone(UTC)


def hours(first: date, last: date) -> list[datetime]:
    """Every hour of these days, as many as there are of them."""
    begins, ends = midnight(first), midnight(last + timedelta(days=1))
    return [begins + n * HOUR for n in range((ends - begins) // HOUR)]


def slots(moments: list[datetime]) -> list[Slot]:
    """A time for each."""
    return [Slot(UUID(int=n + 1), at, at + HOUR, 1, CHANGED, True) for n, at in enumerate(moments)]


def turning(year: int) -> list[date]:
    """The days that have 23 or 25 hours."""
    days = (date(year, month, day) for month in (3, 10) for day in range(1, 32))
    return [day for day in days if len(hours(day, day)) != 24]


def last_sunday(year: int, month: int) -> int:
    return max(week[calendar.SUNDAY] for week in calendar.monthcalendar(year, month))


@pytest.mark.slow
@pytest.mark.parametrize("year", range(2026, 2046))
def test_every_hour_of_a_year_is_read_back_as_it_was(year: int) -> None:
    moments = hours(date(year, 1, 1), date(year, 12, 31))
    assert len(moments) in (8760, 8784)
    # Each begins where the one before ends, so that every other of them has all hours in it.
    text = ical.written(slots(moments[::2])).decode()
    events = vobject.readOne(text).vevent_list
    read = [moment for it in events for moment in (it.dtstart.value, it.dtend.value)]
    assert read == moments
    # The clock on the wall shows what the law says: an hour more from the last Sunday of March to that of October.
    summer = [datetime(year, month, last_sunday(year, month), 1, tzinfo=UTC) for month in (3, 10)]
    assert [at.astimezone(SWEDEN).utcoffset() for at in read] == [
        (2 if summer[0] <= at < summer[1] else 1) * HOUR for at in moments
    ]
    assert "TZID" not in text and "VTIMEZONE" not in text


@pytest.mark.parametrize("year", range(2026, 2046))
def test_the_days_that_turn_are_read_alike_by_another_program(year: int) -> None:
    spring, autumn = turning(year)
    for day, count in ((spring, 23), (autumn, 25)):
        moments = hours(day, day)
        assert len(moments) == count
        found = Calendar.from_ical(ical.written(slots(moments)))
        assert [event.decoded("dtstart") for event in found.walk("VEVENT")] == moments
        assert [event.decoded("dtend") for event in found.walk("VEVENT")] == [at + HOUR for at in moments]


def test_a_whole_calendar_is_as_the_standard_has_it() -> None:
    at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    gone = Slot(UUID(int=7), at, at + HOUR, 3, CHANGED, False)
    text = ical.written([gone])
    assert max(map(len, text.split(b"\r\n"))) <= 75
    assert text.endswith(b"END:VCALENDAR\r\n") and text.count(b"\n") == text.count(b"\r\n")
    assert vobject.readOne(text.decode()).validate(raiseException=True)
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert not event.errors
    assert [str(event[name]) for name in ("uid", "status", "class", "summary")] == [
        str(UUID(int=7)),
        "CANCELLED",
        "PRIVATE",
        "Tid",
    ]
    assert event["sequence"] == 3
    assert event.decoded("last-modified") == event.decoded("dtstamp") == CHANGED.replace(microsecond=0)


def test_a_calendar_without_times_is_one_too() -> None:
    assert ical.written([]).count(b"BEGIN:") == 1
    assert not Calendar.from_ical(ical.written([])).walk("VEVENT")
