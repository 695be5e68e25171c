"""Office time and patterns as moments: the nights when the clock is changed, midnight, cycles, and arithmetic."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.care import hours_rules
from app.care.hours_rules import (
    FOREVER,
    NEVER,
    Office,
    Period,
    Span,
    Stretch,
    from_wall,
    inside,
    merged,
    micros,
    midnight,
    moment,
    of_day,
    of_periods,
    without,
)
from tests.care.worlds import OFFICE, answer, at, said, shift, span, unit, week, works

AUTUMN, SPRING = date(2026, 10, 25), date(2027, 3, 28)


def utc(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H.%M").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "wall", "starts", "ends"),
    [
        (AUTUMN, "01.59", "2026-10-24 23.59", "2026-10-24 23.59"),
        (AUTUMN, "02.00", "2026-10-25 00.00", "2026-10-25 01.00"),
        (AUTUMN, "02.30", "2026-10-25 00.30", "2026-10-25 01.30"),
        (AUTUMN, "02.59", "2026-10-25 00.59", "2026-10-25 01.59"),
        (AUTUMN, "03.00", "2026-10-25 02.00", "2026-10-25 02.00"),
        (AUTUMN, "08.00", "2026-10-25 07.00", "2026-10-25 07.00"),
        (AUTUMN, "23.59", "2026-10-25 22.59", "2026-10-25 23.00"),
        (SPRING, "01.59", "2027-03-28 00.59", "2027-03-28 00.59"),
        (SPRING, "02.00", "2027-03-28 01.00", "2027-03-28 01.00"),
        (SPRING, "02.30", "2027-03-28 01.00", "2027-03-28 01.00"),
        (SPRING, "03.00", "2027-03-28 01.00", "2027-03-28 01.00"),
        (SPRING, "03.01", "2027-03-28 01.01", "2027-03-28 01.01"),
        (SPRING, "08.00", "2027-03-28 06.00", "2027-03-28 06.00"),
        (date(2026, 7, 1), "23.59", "2026-07-01 21.59", "2026-07-01 22.00"),
        (date(2026, 7, 1), "23.58", "2026-07-01 21.58", "2026-07-01 21.58"),
    ],
)
def test_a_wall_time_as_a_start_and_as_an_end(day: date, wall: str, starts: str, ends: str) -> None:
    clock = time.fromisoformat(wall.replace(".", ":"))
    assert (from_wall(day, clock), from_wall(day, clock, end=True)) == (utc(starts), utc(ends))
    minute = clock.hour * 60 + clock.minute
    [(start, _)] = of_day(day.toordinal(), [Span(minute, 1440)])
    [(_, end)] = [*of_day(day.toordinal(), [Span(0, minute)])]
    assert (moment(start), moment(end)) == (utc(starts), utc(ends))


def test_a_second_inside_the_gap_moves_to_its_end_too() -> None:
    assert from_wall(SPRING, time(2, 59, 59, 5)) == from_wall(SPRING, time(2, 0, 1)) == utc("2027-03-28 01.00")
    assert from_wall(AUTUMN, time(2, 30, 7)) == utc("2026-10-25 00.30") + timedelta(seconds=7)


def test_a_span_that_the_clock_skips_is_left_out_and_one_that_comes_twice_is_an_hour_longer() -> None:
    assert merged(of_day(SPRING.toordinal(), [Span(120, 180)])) == []
    assert hours(of_day(SPRING.toordinal(), [Span(0, 1439)])) == 23
    assert hours(of_day(AUTUMN.toordinal(), [Span(0, 1440)])) == 25
    assert hours(of_day(AUTUMN.toordinal(), [Span(120, 180)])) == 2
    assert hours(of_day(AUTUMN.toordinal(), [Span(150, 160)])) == pytest.approx(70 / 60)


def hours(stretches: object) -> float:
    return sum(end - start for start, end in stretches) / 3_600_000_000  # type: ignore[attr-defined]


def stretches(period: Period, first: str, days: int) -> list[str]:
    start = date.fromisoformat(first).toordinal()
    return [f"{said(moment(a))}–{said(moment(b))}" for a, b in of_periods([period], range(start, start + days))]


def test_a_cycle_turns_from_the_week_of_its_anchor_and_before_it_too() -> None:
    cycle = (week(mon="8-9"), week(tue="8-9"), week(sun="8-9"))
    period = Period(date(2020, 1, 1), None, date(2026, 1, 8), cycle)  # a Thursday: the week from Monday the 5th
    assert stretches(period, "2026-01-05", 21) == [
        "Mon 5 Jan 08.00–Mon 5 Jan 09.00",
        "Tue 13 Jan 08.00–Tue 13 Jan 09.00",
        "Sun 25 Jan 08.00–Sun 25 Jan 09.00",
    ]
    assert stretches(period, "2025-12-29", 7) == ["Sun 4 Jan 08.00–Sun 4 Jan 09.00"]
    for anchor in (date(2026, 1, 5), date(2026, 1, 11), date(2026, 1, 26)):
        assert stretches(Period(date(2020, 1, 1), None, anchor, cycle), "2026-01-05", 40) == stretches(
            period, "2026-01-05", 40
        )


def test_a_period_holds_from_its_first_day_to_its_last() -> None:
    daily = (week(mon_sun="8-9"),)
    period = Period(date(2026, 1, 6), date(2026, 1, 8), date(2026, 1, 5), daily)
    assert [it[:3] for it in stretches(period, "2026-01-01", 14)] == ["Tue", "Wed", "Thu"]
    assert stretches(Period(date(2026, 1, 6), None, date(2026, 1, 5), (NEVER,)), "2026-01-01", 14) == []
    assert stretches(Period(date(2026, 1, 6), None, date(2026, 1, 5), ()), "2026-01-01", 14) == []


def test_a_new_schedule_does_not_rewrite_the_past() -> None:
    old = Period(date(2020, 1, 1), date(2026, 11, 8), date(2026, 1, 5), (week(mon_fri="8-16.30"),))
    new = Period(date(2026, 11, 9), None, date(2026, 11, 9), (week(mon="8-16.30"),))
    karin, jour = works("karin", periods=(old, new)), works("erik")
    assert answer("2026-11-06 10.00", [karin, jour]).holder == "karin"
    given = answer("2026-11-06 10.00", [karin, jour])
    assert said(given.until) == "Mon 9 Nov 16.30"


def test_12_a_roster_over_midnight_typed_2359_has_no_hole() -> None:
    office = week(mon="8-23.59", tue="0-8")
    duty = [shift("2026-11-09 8.00", "2026-11-09 23.59", "duty"), shift("2026-11-10 0.00", "2026-11-10 8.00", "duty")]
    given = answer("2026-11-09 23.59", [works("duty", week())], place=unit(office), duty=duty, belongs_to=None)
    assert (given.step, given.holder, said(given.asked_at)) == (4, "duty", "Mon 9 Nov 23.59")
    assert (said(given.until), said(given.promise)) == ("Tue 10 Nov 08.00", "Mon 16 Nov 15.59")
    assert said(answer("2026-11-09 8.00", [], place=unit(office)).promise) == "Tue 10 Nov 00.00"


@pytest.mark.parametrize(
    ("asked", "promise"),
    [
        ("2026-10-24 20.00", "2026-10-25 11.00"),
        ("2027-03-27 20.00", "2027-03-28 13.00"),
    ],
)
def test_12_a_promise_over_the_nights_when_the_clock_is_changed(asked: str, promise: str) -> None:
    always = week(mon_sun="0-23.59")
    given = answer(asked, [works("karin", always)], place=unit(always))
    assert given.promise - at(asked) == timedelta(hours=16)
    assert (given.promise, given.until, given.holder) == (at(promise), None, "karin")


def test_12_office_hours_in_the_hour_that_comes_twice_or_not_at_all() -> None:
    nights = unit(week(sun="2-3", mon_fri="8-16"), longest_gap=timedelta(hours=1))
    assert answer("2026-10-25 0.00", [], place=nights).asked_at == utc("2026-10-25 00.00")
    assert answer("2027-03-28 0.00", [], place=nights).asked_at == at("2027-03-29 8.00")


# Arithmetic, against counting one by one.

LINES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda it: (it[0], it[0] + it[1])), max_size=8)


def among(moments: range, spans: list[Stretch]) -> set[int]:
    return {at for at in moments if any(start <= at < end for start, end in spans)}


@given(LINES, LINES)
def test_merging_and_cutting_keep_what_is_inside(spans: list[Stretch], holes: list[Stretch]) -> None:
    whole, union = range(90), merged(spans)
    assert among(whole, union) == among(whole, spans)
    assert all(a < b for a, b in union) and all(a[1] < b[0] for a, b in pairwise(union))
    left = list(without(union, merged(holes)))
    assert among(whole, left) == among(whole, spans) - among(whole, holes)
    assert all(a < b for a, b in left)
    assert {it for it in whole if inside(union)(it)} == among(whole, union)


@given(LINES, st.integers(0, 90), st.integers(0, 40), st.integers(0, 30))
def test_office_time_is_counted_as_one_by_one(spans: list[Stretch], start: int, more: int, length: int) -> None:
    office = Office(spans, window=(0, 90))
    # After the last of the window, and in a window with none, all is office time.
    opened = [*merged(spans)[:-1], (merged(spans)[-1][0] if merged(spans) else 0, 400)]
    counted = sorted(among(range(400), opened))
    assert office.first(start) == next(it for it in counted if it >= start)
    assert office.between(start, start + more) == len([it for it in counted if start <= it < start + more])
    promised = office.add(start, length)
    assert promised == (start if length == 0 else [it for it in counted if it >= start][length - 1] + 1)
    assert office.when(0) == -FOREVER and office.when(length + 1) == counted[length] + 1
    if any(it < start for it in counted):
        seen = office.last_before(start)
        assert seen <= start and office.first(seen) >= start
        assert seen == 0 or office.first(seen - 1) < start


@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2028, 1, 1)), st.booleans())  # noqa: DTZ001
def test_a_moment_keeps_its_microseconds(wall: datetime, end: bool) -> None:
    there = from_wall(wall.date(), wall.time(), end=end)
    assert moment(micros(there)) == there and there.utcoffset() == timedelta(0)
    back = there.astimezone(at("2026-01-01").astimezone().tzinfo)
    assert micros(back) == micros(there)


def test_one_microsecond_is_counted_too() -> None:
    assert Office([(10, 20)], window=(0, 90)).add(0, 1) == 11 and micros(datetime(1970, 1, 1, tzinfo=UTC)) == 0


def test_midnight_is_local() -> None:
    assert moment(midnight(AUTUMN.toordinal())) == utc("2026-10-24 22.00")
    assert moment(midnight(AUTUMN.toordinal() + 1)) == utc("2026-10-25 23.00")
    assert OFFICE[0] == (span("8-16.30"),)


def test_a_week_of_the_same_hours() -> None:
    week = hours_rules.weekdays("08:00", "16:30", days=range(1, 3))
    assert week == ((), (Span(480, 990),), (Span(480, 990),), (), (), (), ())
    assert hours_rules.minutes("16:30") == 990
