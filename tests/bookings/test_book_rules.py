"""When a time is: what people type, as a moment, or what is wrong with it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings import slot_rules
from app.bookings.slot_rules import Span, Wrong
from tests.world import wall

NOW = wall("2026-11-05 08:00")
HALF, HOUR = timedelta(minutes=30), timedelta(hours=1)
SWEDEN = ZoneInfo("Europe/Stockholm")


def wrong(day: str, start: str, end: str | None = None, *, now: datetime = NOW) -> tuple[str, str]:
    """What is wrong with a time, and at which field."""
    with pytest.raises(Wrong) as raised:
        slot_rules.span(
            date.fromisoformat(day),
            time.fromisoformat(start),
            time.fromisoformat(end) if end else None,
            length=HOUR,
            now=now,
        )
    return raised.value.code, raised.value.field


def at(starts: str, ends: str) -> Span:
    return Span(wall(starts), wall(ends))


@pytest.mark.parametrize(
    ("day", "start", "end", "said"),
    [
        ("2026-11-06", "10:00", "09:00", ("ends_first", "end")),
        ("2026-11-06", "10:00", "10:00", ("ends_first", "end")),
        ("2026-11-06", "07:00", "19:01", ("long", "end")),
        ("2026-11-05", "08:00", None, ("past", "start")),
        ("2026-11-04", "10:00", None, ("past", "day")),
        ("2028-12-01", "10:00", None, ("far", "day")),
        ("2027-03-28", "02:00", None, ("skipped", "start")),
        ("2027-03-28", "02:59", None, ("skipped", "start")),
        ("2027-03-28", "01:30", "02:30", ("skipped", "end")),
        ("2027-10-31", "02:00", None, ("twice", "start")),
        ("2027-10-31", "02:59", None, ("twice", "start")),
        ("2027-10-31", "01:30", "02:30", ("twice", "end")),
    ],
)
def test_what_is_no_time_is_said_at_its_field(day: str, start: str, end: str | None, said: tuple[str, str]) -> None:
    assert wrong(day, start, end) == said


@pytest.mark.parametrize(
    ("day", "start", "hours"), [("2027-03-28", "01:59", 1), ("2027-03-28", "03:00", 1), ("2027-10-31", "01:30", 1)]
)
def test_a_length_is_as_long_when_the_clock_is_moved(day: str, start: str, hours: int) -> None:
    found = slot_rules.span(
        date.fromisoformat(day), time.fromisoformat(start), None, length=timedelta(hours=hours), now=NOW
    )
    assert found.ends_at - found.starts_at == timedelta(hours=hours)
    assert found.starts_at.astimezone(SWEDEN).strftime("%H:%M") == start


@given(st.dates(date(2026, 1, 1), date(2045, 12, 31)), st.times())
def test_a_moment_is_the_wall_time_that_was_typed_or_is_refused(day: date, clock: time) -> None:
    typed = datetime.combine(day, clock.replace(second=0, microsecond=0))
    try:
        found = slot_rules.moment(typed.date(), typed.time())
    except Wrong as error:
        assert typed.month in (3, 10) and typed.weekday() == 6 and typed.hour == 2
        assert error.code == ("skipped" if typed.month == 3 else "twice")
        return
    assert found.tzinfo is UTC and found.astimezone(SWEDEN).replace(tzinfo=None) == typed


def test_every_hour_that_the_clock_skips_or_repeats_until_2045_is_refused() -> None:
    """Two hours a year, and no others."""
    refused = []
    day = date(2026, 1, 1)
    while day.year < 2046:
        for hour in range(24):
            try:
                slot_rules.moment(day, time(hour))
            except Wrong as error:
                refused.append((day.year, error.code, hour))
        day += timedelta(days=1)
    assert refused == [(year, code, 2) for year in range(2026, 2046) for code in ("skipped", "twice")]


def test_free_is_whole_times_while_at_work_and_not_taken() -> None:
    work = [at("2026-11-06 08:10", "2026-11-06 12:00"), at("2026-11-06 13:00", "2026-11-06 14:00")]
    taken = [at("2026-11-06 09:15", "2026-11-06 10:00")]
    found = slot_rules.free(work, taken, length=timedelta(minutes=45), now=NOW)
    assert [f"{it.starts_at.astimezone(SWEDEN):%H:%M}" for it in found] == [
        "08:30",
        "10:00",
        "10:30",
        "11:00",
        "13:00",
    ]
    short = slot_rules.free(work[1:], [], length=timedelta(minutes=20), now=NOW)
    assert [f"{it.starts_at.astimezone(SWEDEN):%H:%M}" for it in short] == ["13:00", "13:15", "13:30"]


def test_what_has_begun_is_not_free() -> None:
    work = [at("2026-11-05 07:00", "2026-11-05 10:00")]
    found = slot_rules.free(work, [], length=HOUR, now=wall("2026-11-05 08:30"))
    assert [it.starts_at for it in found] == [wall("2026-11-05 09:00")]


def test_a_night_when_the_clock_shows_a_time_twice_offers_it_not() -> None:
    work = [at("2027-10-31 00:00", "2027-10-31 05:00")]
    found = slot_rules.free(work, [], length=HALF, now=NOW)
    assert "02:00" not in [f"{it.starts_at.astimezone(SWEDEN):%H:%M}" for it in found]
    assert {it.ends_at - it.starts_at for it in found} == {HALF}


@given(
    st.lists(st.tuples(st.integers(0, 600), st.integers(1, 120)), max_size=6),
    st.lists(st.tuples(st.integers(0, 600), st.integers(1, 120)), max_size=6),
    st.integers(5, 180),
)
def test_what_is_free_is_inside_the_work_and_meets_nothing(
    works: list[tuple[int, int]], takes: list[tuple[int, int]], minutes: int
) -> None:
    start = wall("2026-11-06 07:00")

    def spans(given: list[tuple[int, int]]) -> list[Span]:
        return [
            Span(start + timedelta(minutes=first), start + timedelta(minutes=first + length)) for first, length in given
        ]

    work, taken = spans(works), spans(takes)
    for it in slot_rules.free(work, taken, length=timedelta(minutes=minutes), now=NOW):
        assert any(one.holds(it) for one in work) and not any(one.meets(it) for one in taken)
        assert it.ends_at - it.starts_at == timedelta(minutes=minutes)


def test_two_who_meet_somebody_together_are_free_when_both_work() -> None:
    one = [at("2026-11-06 08:00", "2026-11-06 12:00"), at("2026-11-06 13:00", "2026-11-06 16:00")]
    other = [at("2026-11-06 10:00", "2026-11-06 14:00")]
    both = [at("2026-11-06 10:00", "2026-11-06 12:00"), at("2026-11-06 13:00", "2026-11-06 14:00")]
    assert slot_rules.in_common([one, other]) == both
    assert slot_rules.in_common([one]) == one and slot_rules.in_common([]) == []


def test_a_branch_is_open_on_its_weekday_unless_it_is_a_red_day() -> None:
    tuesday, red = date(2026, 11, 10), {date(2026, 11, 17)}
    assert slot_rules.is_open(tuesday, [1], red) and not slot_rules.is_open(tuesday, [0, 2], red)
    assert not slot_rules.is_open(date(2026, 11, 17), [1], red)
    assert slot_rules.next_open(date(2026, 11, 11), [1], red) == date(2026, 11, 24)
