"""When a reminder comes: every hour of twenty years, when clocks are changed, and by anybody's quiet hours."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.reminder_rules import (
    LEAST,
    NEAR,
    NIGHT,
    OF_ANOTHER,
    OWN,
    REMINDER,
    SOON,
    USUAL,
    awake,
    due,
    kind_of,
    planned,
    told_at,
    worth,
)
from app.bookings.rules import BEFORE
from app.core.locale import local
from app.core.recurrence import Quiet, quiet_until
from tests.world import wall

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2046, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MORNING, EVENING = time(7), time(21)
NIGHTLY = timedelta(hours=11, minutes=30)
ASKED = {"7d": 168 * HOUR, "48h": 48 * HOUR, "24h": 24 * HOUR, "2h": 2 * HOUR}
MOMENTS = st.integers(0, (LAST - FIRST) // timedelta(minutes=1)).map(lambda minute: FIRST + timedelta(minutes=minute))
WALLS = st.times().map(lambda at: at.replace(second=0, microsecond=0))
QUIETS = st.none() | st.tuples(WALLS, WALLS).filter(lambda two: two[0] != two[1]).map(lambda two: Quiet(*two))


def said(at: datetime | None) -> str:
    return f"{local(at):%Y-%m-%d %H.%M}" if at else ""


@pytest.mark.parametrize(
    ("starts", "before", "comes"),
    [
        ("2026-11-25 14:00", "7d", "2026-11-18 14.00"),
        ("2026-11-25 14:00", "48h", "2026-11-23 14.00"),
        ("2026-11-25 14:00", "24h", "2026-11-24 14.00"),
        ("2026-11-25 14:00", "2h", "2026-11-25 12.00"),
        # It would have come at six: there is an hour left at seven, and so it comes then.
        ("2026-11-25 08:00", "2h", "2026-11-25 07.00"),
        ("2026-11-25 07:45", "2h", "2026-11-24 20.30"),
        ("2026-11-25 06:30", "24h", "2026-11-24 07.00"),
        ("2026-11-25 09:00", "2h", "2026-11-25 07.00"),
        ("2026-11-25 23:30", "2h", "2026-11-25 20.30"),
        # A week is a week by the clock on the wall, and two hours are two hours.
        ("2026-03-30 09:00", "7d", "2026-03-23 09.00"),
        ("2026-10-26 09:00", "7d", "2026-10-19 09.00"),
        ("2026-03-29 09:00", "24h", "2026-03-28 08.00"),
        ("2026-10-25 09:00", "24h", "2026-10-24 10.00"),
    ],
)
def test_it_comes_when_the_settings_say(starts: str, before: str, comes: str) -> None:
    assert said(due(wall(starts), before)) == comes


@pytest.mark.slow
def test_of_every_hour_of_twenty_years_none_comes_at_night_or_too_late() -> None:
    at = FIRST
    while at < LAST:
        for before, asked in ((it, at - ASKED[it]) for it in BEFORE):
            comes = due(at, before)
            assert MORNING <= local(comes).time() < EVENING, (at, before)
            assert comes < at and (comes <= at - LEAST or comes <= asked), (at, before)
            # Never further from what was asked for than a night and the hour that a clock is changed by.
            assert -NIGHTLY <= comes - asked <= NIGHTLY, (at, before)
        at += HOUR


@given(MOMENTS, st.sampled_from(BEFORE), QUIETS)
def test_whatever_somebody_has_made_quiet_it_comes_before_the_time_and_by_day(
    starts: datetime, before: str, quiet: Quiet | None
) -> None:
    comes = due(starts, before, quiet=quiet)
    assert comes < starts and quiet_until(NIGHT, comes) is None
    assert quiet_until(quiet, comes) is None or comes == due(starts, before), "no day at all is left by both"


@given(MOMENTS, QUIETS)
def test_what_is_by_day_is_left_as_it_is(at: datetime, quiet: Quiet | None) -> None:
    if quiet_until(quiet, at) is None and quiet_until(NIGHT, at) is None:
        assert awake(at, at + timedelta(minutes=1), quiet=quiet) == at


def test_own_quiet_hours_are_night_too() -> None:
    long, lunch = Quiet(time(20), time(9)), Quiet(time(12), time(13))
    assert said(due(wall("2026-11-25 10:00"), "2h", quiet=long)) == "2026-11-25 09.00"
    assert said(due(wall("2026-11-25 09:30"), "2h", quiet=long)) == "2026-11-24 19.30"
    assert said(due(wall("2026-11-25 14:30"), "2h", quiet=lunch)) == "2026-11-25 13.00"
    # With the night it leaves no day at all, and then only the night is night.
    assert said(due(wall("2026-11-25 14:00"), "2h", quiet=Quiet(time(7), time(21)))) == "2026-11-25 12.00"


def test_nothing_comes_of_what_was_due_before_they_heard_of_it() -> None:
    starts = wall("2026-11-25 14:00")
    there = list(planned(starts, BEFORE, since=wall("2026-11-24 15:00"), quiet=None))
    assert [(before, told) for before, _at, told in there] == [
        ("2h", True),
        ("24h", False),
        ("48h", False),
        ("7d", False),
    ]


def test_of_two_at_the_same_moment_one_is_told() -> None:
    there = list(planned(wall("2026-11-25 22:30"), ("2h", "24h"), since=FIRST, quiet=Quiet(time(6), time(20, 29))))
    told = [at for _before, at, told in there if told]
    assert len(told) == len(set(told)) and told


@given(MOMENTS, st.sampled_from(BEFORE), st.timedeltas(timedelta(0), timedelta(days=9)), QUIETS)
def test_one_that_is_late_is_told_by_day_before_the_time_or_not_at_all(
    starts: datetime, before: str, late: timedelta, quiet: Quiet | None
) -> None:
    due_at = due(starts, before, quiet=quiet)
    now = due_at + late
    at = told_at(due_at, starts, now, quiet=quiet)
    if at is None:
        assert late > timedelta(0)
    else:
        assert now <= at < starts and quiet_until(NIGHT, at) is None


def test_late_is_worth_half_of_what_was_left() -> None:
    starts, due_at = wall("2026-11-25 14:00"), wall("2026-11-25 12:00")
    assert worth(due_at, starts, wall("2026-11-25 13:00"))
    assert not worth(due_at, starts, wall("2026-11-25 13:01"))
    assert not worth(wall("2026-11-18 14:00"), starts, starts)


def test_the_worker_that_comes_back_at_night_tells_in_the_morning() -> None:
    starts, due_at = wall("2026-11-25 14:00"), wall("2026-11-24 14:00")
    assert said(told_at(due_at, starts, wall("2026-11-24 22:00"))) == "2026-11-25 07.00"


def test_quiet_hours_chosen_since_keep_the_phone_still_and_not_the_page() -> None:
    starts, now = wall("2026-11-25 08:00"), wall("2026-11-24 20:30")
    assert told_at(now, starts, now, quiet=Quiet(time(20), time(9))) == now


def test_what_it_is_told_as() -> None:
    starts = wall("2026-11-25 14:00")
    assert kind_of(starts, starts - 2 * HOUR, own=True) == SOON
    assert kind_of(starts, starts - 17 * HOUR, own=True) == REMINDER
    assert kind_of(starts, starts - 2 * HOUR, own=False) == OF_ANOTHER
    assert USUAL[OWN] and not USUAL[NEAR]
