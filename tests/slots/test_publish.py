"""What can be published and what cannot, and that it goes away and comes back."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.slot_rules import SWEDEN, Span
from app.core import clock, db
from app.core.audit import SYSTEM
from app.slots import slot_queries, slot_rules, slot_service
from app.slots.slot_rules import Facts, Place, Planned, fault, series
from tests.bookings.times import books, offers
from tests.slots.times import publishes, slot, slots
from tests.world import Patient, Staff, World, wall

LENGTH, QUARTER = timedelta(minutes=45), timedelta(minutes=15)
TUESDAY = date(2026, 11, 24)


def clocks(planned: list[Planned]) -> list[str]:
    return [f"{it.clock:%H.%M}" + (f" {it.fault}" if it.fault else "") for it in planned]


def test_a_day_becomes_whole_times_with_pauses() -> None:
    made = series(TUESDAY, time(9), time(12), length=LENGTH, pause=QUARTER)
    assert clocks(made) == ["09.00", "10.00", "11.00"]
    assert clocks(series(TUESDAY, time(9), time(9, 44), length=LENGTH)) == []
    assert clocks(series(TUESDAY, time(23), time(0), length=timedelta(hours=1))) == ["23.00"]
    assert [it.on.day for it in series(TUESDAY, time(9), time(10), length=LENGTH, weeks=2)] == [24, 1]


def test_the_nights_that_the_clock_is_changed_have_no_doubtful_times() -> None:
    hour = timedelta(hours=1)
    assert clocks(series(date(2026, 3, 29), time(1), time(5), length=hour)) == [
        "01.00",
        "02.00 skipped",
        "03.00",
        "04.00",
    ]
    assert clocks(series(date(2026, 10, 25), time(1), time(4), length=hour)) == ["01.00", "02.00 twice", "03.00"]


@given(
    day=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    first=st.times(),
    last=st.times(),
    length=st.integers(5, 240),
    pause=st.integers(0, 60),
    weeks=st.integers(1, 4),
)
def test_what_a_series_makes_never_overlaps_and_shows_its_clock(
    day: date, first: time, last: time, length: int, pause: int, weeks: int
) -> None:
    made = series(day, first, last, length=timedelta(minutes=length), pause=timedelta(minutes=pause), weeks=weeks)
    spans = [it.span for it in made if it.span]
    for it in made:
        if it.span:
            local = it.span.starts_at.astimezone(SWEDEN)
            assert (local.date(), local.time()) == (it.on, it.clock)
    changed = {date(y, m, d) for y, m, d in ((2026, 3, 29), (2026, 10, 25), (2027, 3, 28), (2027, 10, 31))}
    if not {it.on for it in made} & changed:
        assert not any(one.meets(other) for one, other in pairwise(spans))


@pytest.mark.parametrize(
    ("at", "facts", "place", "expected"),
    [
        ("2026-11-24 09:00", Facts(), Place(), None),
        ("2026-11-23 09:00", Facts(), Place(), "past"),
        ("2027-11-30 09:00", Facts(), Place(), "far"),
        ("2026-11-24 09:00", Facts(not_theirs=True, booked=True), Place(), "not_theirs"),
        ("2026-11-24 09:00", Facts(gone=True), Place(), "gone"),
        ("2026-11-24 09:00", Facts(away=True, booked=True), Place(), "away"),
        ("2026-11-24 09:00", Facts(closed=True), Place(), "closed"),
        ("2026-11-24 09:00", Facts(), Place((2,)), "shut"),
        ("2026-11-24 09:00", Facts(), Place((1,)), None),
        ("2026-11-24 09:00", Facts(), Place((1,), frozenset({TUESDAY})), "red"),
        ("2026-11-24 09:00", Facts(), Place(None, frozenset({TUESDAY})), None),
        ("2026-11-24 09:00", Facts(booked=True, slot=True), Place(), "booked"),
        ("2026-11-24 09:00", Facts(slot=True), Place(), "slot"),
    ],
)
def test_what_stands_in_the_way(at: str, facts: Facts, place: Place, expected: str | None) -> None:
    starts = wall(at)
    found = fault(
        Span(starts, starts + LENGTH), starts.astimezone(SWEDEN).date(), facts, place, now=wall("2026-11-23 10:00")
    )
    assert found == expected and (found is None or found in slot_rules.FAULTS)


def test_what_can_be_is_published_once(karin: Staff) -> None:
    first = publishes(karin, "2026-11-24 09:00", "2026-11-24 10:00", "2026-11-23 08:00")
    assert len(first) == 2 and publishes(karin, "2026-11-24 09:00", "2026-11-24 09:30", "2026-11-24 10:45") != []
    assert [it.starts_at for it in slots()] == [wall(f"2026-11-24 {it}") for it in ("09:00", "10:00", "10:45")]


def test_nothing_is_published_where_somebody_is_booked_away_or_not_working(
    karin: Staff, siv: Patient, world: World
) -> None:
    erik = world.staff("Erik Lund")
    kind = offers(karin)
    books(karin, siv, "2026-11-24 09:00")
    karin.is_away("2026-11-25 00:00", "2026-11-26 00:00")
    said = [wall(f"2026-11-{it}") for it in ("24 09:30", "25 09:00", "26 09:00")]
    spans = slot_queries.planned_of([Span(at, at + LENGTH) for at in said])
    for who, expected in ((karin, ["booked", "away", None]), (erik, ["not_theirs"] * 3)):
        judged = slot_queries.judged(karin.viewer, kind, who.person.id, spans, location=None, now=clock.now())
        assert [it.fault for it in judged] == expected
    assert len(publishes(karin, "2026-11-24 09:30", "2026-11-25 09:00", "2026-11-26 09:00")) == 1


def test_a_time_is_taken_away_and_put_back(karin: Staff) -> None:
    (key,) = publishes(karin, "2026-11-24 09:00")
    with db.transaction():
        assert slot_service.withdraw(key, by=karin.viewer, now=clock.now())
        assert not slot_service.withdraw(key, by=karin.viewer, now=clock.now())
    assert slot(key).status == "busy-unavailable"
    with db.transaction():
        assert slot_service.put_back(key, by=karin.viewer, now=clock.now())
    assert slot(key).status == "free"


def test_a_time_is_not_put_back_where_another_is_now(karin: Staff) -> None:
    (key,) = publishes(karin, "2026-11-24 09:00")
    with db.transaction():
        slot_service.withdraw(key, by=karin.viewer, now=clock.now())
    assert publishes(karin, "2026-11-24 09:15")
    with db.transaction():
        assert not slot_service.put_back(key, by=karin.viewer, now=clock.now())
    assert slot(key).status == "busy-unavailable"


def test_another_system_publishes_in_no_persons_name(karin: Staff) -> None:
    kind, at = offers(karin), wall("2026-11-24 09:00")
    with db.transaction():
        (key,) = slot_service.publish(kind, karin.person.id, [Span(at, at + LENGTH)], by=SYSTEM, now=clock.now())
    assert slot(key).published_by is None and slot(key).published_at == datetime(2026, 11, 23, 9, tzinfo=at.tzinfo)
