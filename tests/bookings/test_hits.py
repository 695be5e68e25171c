"""Somebody is away: the times it hits are told of, wait for the unit, and are as they were when they are back."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from app.bookings import answer_service
from app.bookings import hit_service as hits
from app.bookings import service as bookings
from app.bookings.models import Booking, BookingChange
from app.care import absence_service, roster_service
from app.care import service as care
from app.care.roster_service import Days
from app.core import clock, db
from app.core.audit import SYSTEM
from app.waits.models import Wait
from tests.bookings.diary import words
from tests.bookings.times import books
from tests.care.away import DAY, MORNING, Town, change, days, ill, register
from tests.world import World, wall

NINE = "2026-11-25 09:00"


@pytest.fixture
def town(world: World) -> Iterator[Town]:
    """Wednesday 25 November 2026, half past six."""
    with time_machine.travel(MORNING, tick=False):
        yield Town(world)


def look(*, at: datetime | None = None) -> int:
    """A round of the worker; how many times it changed."""
    with db.transaction():
        return hits.see_to_hits(by=SYSTEM, now=at or clock.now())


def row(key: UUID) -> Booking:
    return db.session().get_one(Booking, key, populate_existing=True)


def lines(key: UUID) -> list[str]:
    asked = select(BookingChange.what).where(BookingChange.booking_id == key).order_by(BookingChange.n)
    return list(db.session().scalars(asked))


def wait(key: UUID) -> Wait | None:
    asked = select(Wait).where(Wait.subject_id == key, Wait.ended_at.is_(None))
    return db.session().scalars(asked.execution_options(populate_existing=True)).one_or_none()


def test_ill_at_half_past_six_and_the_patient_of_nine_is_told_at_once(town: Town) -> None:
    key = books(town.karin, town.siv, NINE)
    assert look() == 0
    ill(town.karin)
    assert look() == 1
    assert lines(key) == ["made", "hit"] and row(key).hit_at == MORNING
    assert town.siv.rings()[-1] == "booking_hit_soon"
    asked = wait(key)
    assert asked and asked.holder_id == town.erik.person.id, "who answers for Karin has to see to it"
    assert asked.promised_at == wall(NINE), "and before it begins"


def test_late_and_twice_is_once(town: Town) -> None:
    key = books(town.karin, town.siv, NINE)
    ill(town.karin)
    assert [look(at=MORNING + timedelta(minutes=n)) for n in (1, 1, 2)] == [1, 0, 0]
    assert lines(key) == ["made", "hit"]


def test_back_again_and_it_is_as_it_was(town: Town) -> None:
    key = books(town.karin, town.siv, NINE)
    ill(town.karin)
    look()
    with db.transaction():
        absence_service.come_back(town.karin.person.id, by=town.karin.viewer, now=clock.now())
    assert look() == 1 and look() == 0
    assert lines(key) == ["made", "hit", "restored"] and row(key).hit_at is None
    assert wait(key) is None
    assert "booking_hit_soon" not in town.siv.rings() and town.siv.rings()[-1] == "booking_restored"


def test_ill_again_is_told_again(town: Town) -> None:
    key = books(town.karin, town.siv, NINE)
    for minute in (0, 10):
        with time_machine.travel(MORNING + timedelta(minutes=minute), tick=False):
            ill(town.karin)
            look()
            with db.transaction():
                absence_service.come_back(town.karin.person.id, by=town.karin.viewer, now=clock.now())
            look()
    assert lines(key) == ["made", "hit", "restored", "hit", "restored"]


def test_changed_to_fewer_days_gives_back_the_last_ones_and_to_more_takes_others(town: Town) -> None:
    first, last, after = (books(town.karin, town.siv, f"2026-12-{day:02} 10:00") for day in (7, 9, 10))
    register(town.karin, days(date(2026, 12, 7), date(2026, 12, 9)), town.erik)
    assert look() == 2
    change(town, ends_at=wall("2026-12-09 00:00"), substitutes=(town.erik,))
    assert look() == 1
    assert [row(key).hit_at is not None for key in (first, last, after)] == [True, False, False]
    change(town, ends_at=wall("2026-12-11 00:00"), substitutes=(town.erik,))
    assert look() == 2
    assert [row(key).hit_at is not None for key in (first, last, after)] == [True, True, True]


def test_cancelled_gives_all_of_it_back(town: Town) -> None:
    key = books(town.karin, town.siv, "2026-12-07 10:00")
    register(town.karin, days(date(2026, 12, 7), date(2026, 12, 9)), town.erik)
    look()
    held = wait(key)
    assert held and held.holder_id == town.karin.person.id, "she is here until then, and sees to it herself"
    with db.transaction():
        absence_service.cancel(town.row(), by=town.karin.viewer, now=clock.now())
    assert look() == 1 and lines(key)[-1] == "restored" and wait(key) is None


def test_of_two_absences_the_other_still_holds(town: Town) -> None:
    key = books(town.karin, town.siv, "2026-12-07 10:00")
    register(town.karin, days(date(2026, 12, 7), date(2026, 12, 9)), town.erik)
    register(town.karin, days(date(2026, 12, 7), date(2026, 12, 7)), town.erik)
    look()
    with db.transaction():
        absence_service.cancel(town.rows()[0], by=town.karin.viewer, now=clock.now())
    assert look() == 0 and row(key).hit_at


def test_until_further_reaches_a_fortnight_and_then_day_by_day(town: Town) -> None:
    near, far = (books(town.karin, town.siv, f"2026-12-{day} 10:00") for day in ("08", "15"))
    ill(town.karin, today_only=False)
    assert look() == 1 and row(near).hit_at and not row(far).hit_at
    assert look(at=MORNING + 5 * DAY) == 0
    assert look(at=MORNING + 7 * DAY) == 1 and row(far).hit_at


def test_an_end_that_is_lost_again_takes_nothing_back(town: Town) -> None:
    key = books(town.karin, town.siv, "2026-12-16 10:00")
    register(town.karin, days(date(2026, 12, 1), date(2026, 12, 18)), town.erik)
    assert look() == 1
    change(town, ends_at=None, substitutes=(town.erik,))
    assert look() == 0 and row(key).hit_at


def test_only_what_touches_it(town: Town) -> None:
    before, in_the_middle, after = (
        books(town.karin, town.siv, f"2026-12-07 {at}") for at in ("09:15", "10:00", "11:00")
    )
    register(town.karin, absence("2026-12-07 10:00", "2026-12-07 11:00"), town.erik)
    assert look() == 1
    assert [row(key).hit_at is not None for key in (before, in_the_middle, after)] == [False, True, False]


def absence(starts: str, ends: str) -> absence_service.Stretch:
    return absence_service.Stretch(wall(starts), wall(ends))


def test_what_has_been_and_what_is_cancelled_is_left_alone(town: Town) -> None:
    gone = books(town.karin, town.siv, "2026-11-25 07:30", minutes=30)
    off = books(town.karin, town.siv, NINE)
    with db.transaction():
        bookings.cancel(off, by=town.karin.viewer, now=clock.now())
    with time_machine.travel(wall("2026-11-25 08:01"), tick=False):
        ill(town.karin)
        assert look() == 0
    assert lines(gone) == ["made"] and lines(off) == ["made", "cancelled"]


def test_whoever_sits_there_already_is_told(town: Town) -> None:
    key = books(town.karin, town.siv, NINE)
    with time_machine.travel(wall("2026-11-25 09:05"), tick=False):
        ill(town.karin)
        assert look() == 1 and lines(key)[-1] == "hit"


def test_moved_out_of_it_is_no_hit_and_into_it_is_one(town: Town) -> None:
    key = books(town.karin, town.siv, NINE)
    ill(town.karin)
    look()

    def moves(starts: str) -> None:
        with db.transaction():
            at = wall(starts)
            bookings.move(key, at, at + timedelta(minutes=45), by=town.erik.viewer, now=clock.now())

    moves("2026-11-26 09:00")
    assert look() == 0 and row(key).hit_at is None
    moves("2026-11-25 13:00")
    assert look() == 1 and row(key).hit_at


def test_booked_with_somebody_who_is_away_is_hit_too(town: Town) -> None:
    register(town.karin, days(date(2026, 12, 7), date(2026, 12, 9)), town.erik)
    key = books(town.karin, town.siv, "2026-12-08 10:00")
    assert look() == 1 and lines(key) == ["made", "hit"]


def test_a_closed_unit_hits_all_its_times_and_reopened_gives_them_back(town: Town) -> None:
    inside, outside = (books(town.erik, town.siv, f"2027-01-{day} 10:00") for day in ("04", "05"))
    with db.transaction():
        closure = roster_service.close(
            town.karin.unit.id, Days(date(2027, 1, 4), date(2027, 1, 4), "Planering"), by=SYSTEM, now=clock.now()
        )
    assert look() == 1 and row(inside).hit_at and not row(outside).hit_at
    page, said = words(town.siv.phone().get(f"/tider/{db.short(inside)}")), "Mottagningen är stängd då"
    assert page.count(said) == 2 and "är borta då" not in page
    for path in (f"/tidbok/{db.short(inside)}", f"/tider/svar/{db.short(inside)}"):
        desk = words(town.erik.phone().get(path))
        assert said in desk and "är borta då" not in desk
    held = wait(inside)
    assert held and held.holder_id == town.erik.person.id, "it is asked of whom the patient was to meet"
    with db.transaction():
        roster_service.reopen(town.karin.unit.id, closure, by=SYSTEM, now=clock.now())
    assert look() == 1 and lines(inside)[-1] == "restored" and wait(inside) is None


def test_after_they_have_talked_the_page_says_so_and_promises_no_more(town: Town) -> None:
    key = books(town.karin, town.siv, "2026-12-01 10:00")
    town.karin.is_away("2026-12-01 00:00", "2026-12-02 00:00")
    assert look() == 1
    path = f"/tider/{db.short(key)}"
    assert "Den du skulle träffa är borta då" in words(town.siv.phone().get(path))
    with db.transaction():
        answer_service.talked(key, clock.now(), by=town.karin.viewer, now=clock.now())
    page = words(town.siv.phone().get(path))
    assert "Ni har pratats vid Karin Ek pratade med dig" in page and "Gör som ni kom överens om." in page
    assert "Den du skulle träffa är borta då" not in page and "Förslaget kommer hit" not in page


@pytest.mark.parametrize("sunday", ["2026-10-25", "2027-03-28"], ids=["an hour more", "an hour less"])
def test_the_days_when_the_clock_is_changed_are_whole(world: World, sunday: str) -> None:
    day = date.fromisoformat(sunday)
    with time_machine.travel(datetime.combine(day - 9 * DAY, datetime.min.time(), UTC), tick=False):
        town = Town(world)
        inside = [books(town.karin, town.siv, f"{sunday} {at}", minutes=30) for at in ("00:00", "23:30")]
        outside = [
            books(town.karin, town.siv, f"{on} {at}", minutes=30)
            for on, at in ((day - DAY, "23:30"), (day + DAY, "00:00"))
        ]
        register(town.karin, days(day, day), town.erik)
        assert look() == 2
        assert all(row(key).hit_at for key in inside) and not any(row(key).hit_at for key in outside)
        with db.transaction():
            roster_service.close(town.karin.unit.id, Days(day, day, "Stängt"), by=SYSTEM, now=clock.now())
            absence_service.cancel(town.row(), by=town.karin.viewer, now=clock.now())
        assert look() == 0, "closed days begin and end with the same midnights"


def test_a_time_before_the_unit_opens_has_an_ordinary_promise(town: Town) -> None:
    key = books(town.karin, town.siv, "2026-11-25 07:00")
    ill(town.karin)
    look()
    held = wait(key)
    assert held and held.promised_at == wall("2026-11-26 15:30")


def test_whoever_leaves_the_unit_is_away_from_the_times_after_that(town: Town) -> None:
    last, after = (books(town.karin, town.siv, f"2026-12-{day} 10:00") for day in ("07", "08"))
    with db.transaction():
        care.end_assignment(town.karin.assignment, on=date(2026, 12, 7), by=SYSTEM, now=clock.now())
    assert look() == 1 and look() == 0
    assert row(last).hit_at is None and row(after).hit_at == MORNING
    assert wait(after) is not None and town.siv.rings()[-1] == "booking_hit"
    with db.transaction():
        care.continue_assignment(town.karin.assignment, by=SYSTEM, now=clock.now())
    assert look() == 1 and row(after).hit_at is None
    assert lines(after) == ["made", "hit", "restored"]
