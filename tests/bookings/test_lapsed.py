"""What is offered and never answered does not leave anybody alone: it waits for the unit again."""

from uuid import UUID

import pytest
import time_machine

from app import worker
from app.bookings import answer_service as answers
from app.bookings import hit_service as hits
from app.bookings import lapse_service as lapses
from app.bookings import offer_service as offers
from app.bookings import service as bookings
from app.bookings.offer_service import Gone
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.bookings.test_offers import (
    Travel,
    answer,
    booking,
    clockwork,
    erik,
    karin,
    lines,
    offered,
    says_yes,
    siv,
    span,
    still_offered,
    time,
    waits,
)
from tests.bookings.times import books
from tests.care.away import Town, ill
from tests.messages.test_racing import at_once
from tests.world import Patient, Staff, World, wall

__all__ = ["clockwork", "erik", "karin", "siv", "time"]


def looks() -> list[UUID]:
    """A round of the worker; what it found."""
    found = lapses.unanswered(by=SYSTEM, now=clock.now())
    worker.see_to_unanswered()
    return found


@pytest.fixture
def wanted(siv: Patient, karin: Staff, time: UUID) -> UUID:
    """She wants another time than Tuesday, and has been offered Wednesday and Thursday."""
    answer(siv, time, "tentative")
    offered(time, "2026-11-11 09:00", "2026-11-12 13:00", by=karin.viewer)
    siv.rings()
    return time


def test_after_three_days_without_an_answer_it_waits_for_the_unit_again(
    siv: Patient, karin: Staff, wanted: UUID, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-11-07 08:59"))
    assert looks() == [] and not waits(wanted), "she may still be thinking"
    clockwork.move_to(wall("2026-11-07 09:00"))
    first, _second = still_offered(wanted)
    assert looks() == [wanted]
    assert waits(wanted) and still_offered(wanted) == []
    assert lines(wanted)[-1] == "lapsed"
    assert siv.rings() == ["booking_changed"], "what could be chosen is told of no longer"
    assert "Mottagningen tar hand om det igen." in siv.phone().get(f"/tider/{db.short(wanted)}").text
    assert looks() == [] and lines(wanted).count("lapsed") == 1, "twice is once"
    clockwork.move_to(wall("2026-11-09 09:00"))
    assert "booking_wait" in karin.rings()
    with pytest.raises(Gone):
        says_yes(siv, first)


def test_when_all_that_is_offered_is_past_nobody_waits_three_days(
    siv: Patient, karin: Staff, time: UUID, clockwork: Travel
) -> None:
    answer(siv, time, "declined")
    offered(time, "2026-11-05 09:00", "2026-11-05 13:00", by=karin.viewer)
    clockwork.move_to(wall("2026-11-05 09:00"))
    assert looks() == [], "one of them is still to come"
    clockwork.move_to(wall("2026-11-05 13:00"))
    assert looks() == [time] and waits(time)


def test_also_when_the_time_itself_has_passed(siv: Patient, wanted: UUID, clockwork: Travel) -> None:
    clockwork.move_to(wall("2026-11-14 09:00"))
    assert looks() == [wanted] and waits(wanted), "late is as good: she still has no time"


def test_a_later_offer_gives_three_days_more(siv: Patient, karin: Staff, wanted: UUID, clockwork: Travel) -> None:
    clockwork.move_to(wall("2026-11-06 09:00"))
    offered(wanted, "2026-11-13 09:00", by=karin.viewer)
    clockwork.move_to(wall("2026-11-08 09:00"))
    assert looks() == []
    clockwork.move_to(wall("2026-11-09 09:00"))
    assert looks() == [wanted]


def test_what_something_has_come_of_is_left_alone(
    siv: Patient, karin: Staff, world: World, time: UUID, clockwork: Travel
) -> None:
    olle = world.patient("Olle")
    moved, cancelled = (books(karin, olle, f"2026-11-10 {at}") for at in ("10:00", "11:00"))
    for key in (moved, cancelled):
        answer(olle, key, "tentative")
        offered(key, "2026-11-16 09:00", by=karin.viewer)
    with db.transaction():
        bookings.move(moved, *span("2026-11-13 10:00"), by=karin.viewer, now=clock.now())
        bookings.cancel(cancelled, by=karin.viewer, now=clock.now())
    answer(siv, time, "tentative")
    offered(time, "2026-11-16 10:00", by=karin.viewer)
    answer(siv, time, "accepted")
    clockwork.move_to(wall("2026-11-20 09:00"))
    assert looks() == []
    with db.transaction():
        assert not any(lapses.lapse(key, by=SYSTEM, now=clock.now()) for key in (moved, cancelled, time))


def test_what_waits_already_goes_on_as_it_is(siv: Patient, karin: Staff, time: UUID, clockwork: Travel) -> None:
    answer(siv, time, "tentative")
    with db.transaction():
        (offer,) = offers.offer_time(time, [span("2026-11-20 09:00")], by=SYSTEM, now=clock.now())
    clockwork.move_to(wall("2026-11-08 09:00"))
    assert looks() == [] and still_offered(time) == [offer], "a person is asked, and she may still choose"
    with db.transaction():
        answers.talked(time, clock.now(), by=karin.viewer, now=clock.now())
    assert looks() == [time], "they talked, and nothing came of what is offered"


def test_somebody_else_who_was_offered_and_nobody_said_yes(world: World) -> None:
    with time_machine.travel(wall("2026-11-25 06:30"), tick=False) as travel:
        town = Town(world)
        key = books(town.karin, town.siv, "2026-11-25 15:00")
        ill(town.karin)
        with db.transaction():
            hits.see_to_hits(by=SYSTEM, now=clock.now())
        with db.transaction():
            offers.offer_staff(key, town.erik.person.id, by=town.erik.viewer, now=clock.now())
        assert not waits(key) and booking(key).hit_at
        travel.move_to(wall("2026-11-25 14:59"))
        assert looks() == []
        travel.move_to(wall("2026-11-25 15:00"))
        assert looks() == [key] and waits(key)


def test_two_workers_at_once_are_as_one(own_world: World) -> None:
    with time_machine.travel(wall("2026-11-04 09:00"), tick=False) as travel:
        karin, siv = own_world.staff("Karin Ek"), own_world.patient("Siv")
        key = books(karin, siv, "2026-11-10 09:00")
        answer(siv, key, "tentative")
        offered(key, "2026-11-11 09:00", by=karin.viewer)
        travel.move_to(wall("2026-11-07 09:00"))

        def works() -> bool:
            with db.transaction():
                return lapses.lapse(key, by=SYSTEM, now=clock.now())

        assert sorted(at_once(own_world.app, *[works] * 3)) == [False, False, True]
        assert lines(key).count("lapsed") == 1 and waits(key)
