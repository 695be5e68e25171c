"""What an absence may be: days as people say them, moments as the clock runs."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.care import absence_rules as rules
from app.care.absence_rules import Stretch

NOON = datetime(2026, 11, 25, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "opens", "closes", "expected"),
    [
        ("2026-12-21", "2027-01-08", None, None, ("2026-12-20T23:00", "2027-01-08T23:00")),
        ("2026-12-21", "2026-12-21", None, None, ("2026-12-20T23:00", "2026-12-21T23:00")),
        ("2026-12-21", None, None, None, ("2026-12-20T23:00", None)),
        ("2026-12-21", "2026-12-21", "13:00", "16:30", ("2026-12-21T12:00", "2026-12-21T15:30")),
        ("2026-12-21", "2026-12-22", "13:00", None, ("2026-12-21T12:00", "2026-12-22T23:00")),
        ("2026-12-21", "2026-12-21", None, "23:59", ("2026-12-20T23:00", "2026-12-21T23:00")),
        # The night when summer time ends has 25 hours, and 2.30 is there twice.
        ("2026-10-25", "2026-10-25", None, None, ("2026-10-24T22:00", "2026-10-25T23:00")),
        ("2026-10-25", "2026-10-25", "02:30", "02:30", ("2026-10-25T00:30", "2026-10-25T01:30")),
        # The night when it begins has 23, and 2.30 is not there: it is 3.00.
        ("2027-03-28", "2027-03-28", None, None, ("2027-03-27T23:00", "2027-03-28T22:00")),
        ("2027-03-28", "2027-03-28", "02:30", "04:00", ("2027-03-28T01:00", "2027-03-28T02:00")),
    ],
)
def test_days_and_minutes_are_moments(
    first: str, last: str | None, opens: str | None, closes: str | None, expected: tuple[str, str | None]
) -> None:
    found = rules.stretch(
        date.fromisoformat(first),
        date.fromisoformat(last) if last else None,
        time.fromisoformat(opens) if opens else None,
        time.fromisoformat(closes) if closes else None,
    )
    assert found == Stretch(utc(expected[0]), utc(expected[1]) if expected[1] else None)


def test_ill_today_is_from_this_minute_to_midnight() -> None:
    at = utc("2026-11-25T05:30").replace(second=41)
    assert rules.rest_of_today(at) == Stretch(utc("2026-11-25T05:30"), utc("2026-11-25T23:00"))
    assert rules.until_further(at) == Stretch(utc("2026-11-25T05:30"), None)
    late = utc("2026-11-25T22:59").replace(second=59)
    assert rules.rest_of_today(late) == Stretch(utc("2026-11-25T22:59"), utc("2026-11-25T23:00"))


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (NOON, NOON + HOUR, None),
        (NOON - 11 * HOUR, None, None),
        (utc("2026-11-23T23:00"), None, None),
        (utc("2026-11-23T22:59"), None, "too_early"),
        (NOON - 2 * HOUR, NOON, "over"),
        (NOON, NOON, "ends_first"),
        (NOON, NOON - HOUR, "ends_first"),
        (NOON + timedelta(days=700), NOON + timedelta(days=731), None),
        (NOON + timedelta(days=700), NOON + timedelta(days=732), "too_far"),
        (NOON + timedelta(days=732), None, "too_far"),
    ],
)
def test_what_is_no_absence_is_said(starts: datetime, ends: datetime | None, expected: str | None) -> None:
    assert rules.fault(Stretch(starts, ends), now=NOON) == expected


def test_one_that_began_long_ago_can_still_be_changed() -> None:
    begun = Stretch(NOON - timedelta(days=90), NOON + HOUR)
    assert rules.fault(begun, now=NOON) == "too_early"
    assert rules.fault(begun, now=NOON, begun=True) is None
    assert rules.fault(begun.until(NOON - HOUR), now=NOON, begun=True) == "over"


def test_planned_is_more_than_a_day_ahead() -> None:
    assert not rules.is_planned(NOON + 24 * HOUR, now=NOON)
    assert rules.is_planned(NOON + 24 * HOUR + timedelta(minutes=1), now=NOON)


def test_absences_that_overlap_or_touch_are_one_time_away() -> None:
    def days(first: int, last: int | None) -> Stretch:
        return Stretch(NOON + timedelta(days=first), None if last is None else NOON + timedelta(days=last))

    assert rules.away([], at=NOON) is None
    assert rules.away([days(1, 2)], at=NOON) is None
    assert rules.away([days(-2, 0)], at=NOON) is None
    assert rules.away([days(2, 3), days(-1, 1), days(1, 2), days(5, 6)], at=NOON) == days(-1, 3)
    assert rules.away([days(-9, -8), days(-1, 1), days(0, None), days(3, 4)], at=NOON) == days(-1, None)


def test_what_is_known_of_the_end_is_shown_as_it_was_typed() -> None:
    for last, closes in ((date(2026, 12, 21), None), (date(2026, 10, 25), None), (date(2026, 12, 21), time(16, 30))):
        ends = rules.stretch(last, last, closes=closes).ends_at
        assert ends and rules.last_day(ends) == (last, closes)


def test_long_is_ten_office_days() -> None:
    began = datetime(2026, 11, 2, 5, 30, tzinfo=UTC)
    monday = datetime(2026, 11, 16, 7, tzinfo=UTC)
    assert not rules.is_long(began, range(5), (), now=monday - timedelta(days=3))
    assert rules.is_long(began, range(5), (), now=monday)
    assert not rules.is_long(began, range(5), {date(2026, 11, 11)}, now=monday)
    assert rules.is_long(began, range(5), {date(2026, 11, 11)}, now=monday + timedelta(days=1))
    assert not rules.is_long(began, (), (), now=monday + timedelta(days=300))
