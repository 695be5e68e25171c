"""When a drop-in is open: a table, every day of twenty years against a library, every minute of odd nights by hand."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from dateutil.rrule import WEEKLY, rrule
from hypothesis import given
from hypothesis import strategies as st

from app.care import red_days
from app.core.recurrence import SWEDEN
from app.dropin import rules
from app.dropin.rules import Exceptional, Series

WEDNESDAYS = Series(frozenset({2}), time(13), time(16), date(2026, 9, 2))
RED = red_days.in_years((2026, 2027))
EPIPHANY, EVE = date(2027, 1, 6), date(2026, 12, 24)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SWEDEN)


@pytest.mark.parametrize(
    ("at", "state", "opens"),
    [
        ("2026-11-25 12:59", "later", "2026-11-25 13:00"),
        ("2026-11-25 13:00", "open", "2026-12-02 13:00"),
        ("2026-11-25 15:59", "open", "2026-12-02 13:00"),
        ("2026-11-25 16:00", "over", "2026-12-02 13:00"),
        ("2026-11-26 10:00", "not_today", "2026-12-02 13:00"),
        ("2026-08-01 10:00", "not_today", "2026-09-02 13:00"),
        ("2027-01-06 14:00", "closed", "2027-01-13 13:00"),
    ],
)
def test_how_it_stands(at: str, state: str, opens: str) -> None:
    found = rules.standing(WEDNESDAYS, wall(at), RED)
    assert found.state == state
    assert found.next and found.next.opens_at == wall(opens)


def test_a_red_day_is_closed_unless_it_is_opened() -> None:
    assert rules.day(WEDNESDAYS, EPIPHANY, RED).why == "red"
    also = Series(frozenset({2}), time(13), time(16), date(2026, 9, 2), on_red_days=True)
    assert rules.day(also, EPIPHANY, RED).is_open
    said = Series(
        frozenset({2}),
        time(13),
        time(16),
        date(2026, 9, 2),
        exceptions={EPIPHANY: Exceptional(time(10), time(12), "Vi har öppet ändå.")},
    )
    found = rules.standing(said, wall("2027-01-06 11:00"), RED)
    assert found.state == "open" and found.today.words == "Vi har öppet ändå."


def test_a_day_is_closed_with_a_word_and_another_opens_although_it_would_not_be() -> None:
    said = {
        date(2026, 11, 25): Exceptional(words="Vi är på utbildning."),
        date(2026, 11, 26): Exceptional(time(9), time(11)),
    }
    series = Series(frozenset({2}), time(13), time(16), date(2026, 9, 2), exceptions=said)
    found = rules.standing(series, wall("2026-11-25 10:00"), RED)
    assert (found.state, found.today.words) == ("closed", "Vi är på utbildning.")
    assert found.next and found.next.opens_at == wall("2026-11-26 09:00")
    assert [it.on.day for it in rules.upcoming(series, wall("2026-11-25 10:00"), RED, most=3)] == [25, 26, 2]


def test_it_ends() -> None:
    series = Series(frozenset({2}), time(13), time(16), date(2026, 9, 2), last_on=date(2026, 11, 25))
    assert rules.standing(series, wall("2026-11-25 15:00"), RED).next is None
    found = rules.standing(series, wall("2026-11-26 15:00"), RED)
    assert (found.state, found.next) == ("ended", None)
    assert rules.upcoming(series, wall("2026-11-26 15:00"), RED) == []


@pytest.mark.parametrize(
    ("on", "opens", "closes", "minutes"),
    [
        # 29 March: from 2 to 3. What is skipped begins and ends when it is skipped.
        (date(2026, 3, 29), time(1), time(4), 120),
        (date(2026, 3, 29), time(2, 30), time(3, 30), 30),
        (date(2026, 3, 29), time(1, 30), time(2, 30), 30),
        (date(2026, 3, 29), time(2, 15), time(2, 45), None),
        # 25 October: back from 3 to 2. Whoever reads the clock then finds it open both times.
        (date(2026, 10, 25), time(1), time(4), 240),
        (date(2026, 10, 25), time(2, 15), time(2, 45), 90),
        (date(2026, 10, 25), time(13), time(16), 180),
    ],
)
def test_the_nights_when_the_clock_is_changed(on: date, opens: time, closes: time, minutes: int | None) -> None:
    found = rules.day(Series(frozenset({6}), opens, closes, date(2026, 1, 1)), on, ())
    if minutes is None:
        assert found.why == "clock"
        return
    assert found.opens_at and found.closes_at
    assert found.closes_at - found.opens_at == timedelta(minutes=minutes)


CLOCKS = st.times(max_value=time(23, 59)).map(lambda it: it.replace(second=0, microsecond=0))
ODD = [date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 25), date(2027, 3, 28), date(2027, 10, 31)]


@given(st.sampled_from(ODD), CLOCKS, CLOCKS)
def test_it_is_open_from_the_first_to_the_last_minute_that_the_clock_shows(on: date, one: time, other: time) -> None:
    opens, closes = sorted((one, other))
    if opens == closes:
        return
    found = rules.day(Series(frozenset({on.weekday()}), opens, closes, on), on, ())
    midnight = datetime.combine(on, time(), SWEDEN).astimezone(UTC)
    minutes = [midnight + timedelta(minutes=number) for number in range(25 * 60)]
    walls = [(at, at.astimezone(SWEDEN)) for at in minutes]
    inside = [at for at, here in walls if here.date() == on and opens <= here.time() < closes]
    assert found.is_open == bool(inside)
    if inside:
        assert (found.opens_at, found.closes_at) == (inside[0], inside[-1] + timedelta(minutes=1))


@given(
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(1, 4),
    st.dates(date(2024, 1, 1), date(2026, 12, 31)),
    st.one_of(st.none(), st.integers(0, 7000)),
)
def test_twenty_years_as_a_library_counts_them(weekdays: set[int], every: int, first: date, length: int | None) -> None:
    last = None if length is None else first + timedelta(days=length)
    series = Series(frozenset(weekdays), time(13), time(16), first, last, every)
    end = first + timedelta(days=365 * 20)
    until = min(last or end, end)
    # Weeks are counted from the Monday of the week that the first day is in, as iCalendar does with WKST=MO.
    rule = rrule(
        WEEKLY,
        interval=every,
        byweekday=sorted(weekdays),
        wkst=0,
        dtstart=datetime.combine(first, time(13)),
        until=datetime.combine(until, time(13)),
    )
    assert [it.on for it in rules.days(series, first, end, ())] == [at.date() for at in rule]


@given(st.integers(0, 500 * 24 * 60))
def test_what_is_next_is_the_first_that_opens_after_now(minutes: int) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    series = Series(
        frozenset({0, 2}),
        time(13),
        time(16),
        date(2026, 2, 4),
        every_weeks=2,
        exceptions={EVE: Exceptional(time(9), time(10))},
    )
    found = rules.standing(series, at, RED)
    every = [rules.day(series, date(2026, 1, 1) + timedelta(days=number), RED) for number in range(700)]
    assert found.next == next(it for it in every if it.opens_at and it.opens_at > at)
    assert (found.state == "open") == any(it.holds(at) for it in every)


@pytest.mark.parametrize(("count", "said"), [(0, "none"), (1, "few"), (4, "few"), (5, "5"), (17, "17")])
def test_few_are_not_counted_aloud(count: int, said: str) -> None:
    assert rules.shown(count) == said
