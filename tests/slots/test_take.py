"""A patient takes a free time: once, and never one that somebody else has, or that cannot be."""

from datetime import timedelta

import pytest
import time_machine

from app.bookings import answer_service
from app.bookings import service as bookings
from app.bookings.models import BookingAnswer
from app.core import clock, db
from app.core.errors import NotFound
from app.slots import take_service
from app.slots.take_service import Clash, Full, Gone
from tests.bookings.times import books, offers
from tests.messages.test_racing import at_once
from tests.slots.times import bookings as booked
from tests.slots.times import publishes, rounds, slot, slots, takes
from tests.world import Patient, Staff, World, wall

NINE = "2026-11-24 09:00"


def test_a_patient_takes_a_time_and_has_said_that_they_come(karin: Staff, siv: Patient) -> None:
    (key,) = publishes(karin, NINE)
    booking = takes(siv, key)
    it, (made,) = slot(key), booked()
    assert (it.status, it.booking_id, made.id) == ("busy", booking, booking)
    assert (made.starts_at, made.made_by, made.place) == (wall(NINE), siv.person.id, "Mottagning Björken")
    assert db.session().query(BookingAnswer).one().answer == "accepted"
    # Who takes a time is told nothing, and whom they will meet is.
    assert siv.rings() == [] and karin.rings() == ["booking_taken"]


def test_two_taps_are_one_time(karin: Staff, siv: Patient, olle: Patient) -> None:
    (key,) = publishes(karin, NINE)
    assert takes(siv, key) == takes(siv, key) and len(booked()) == 1
    with pytest.raises(Gone):
        takes(olle, key)


def test_what_cannot_be_met_is_not_given(karin: Staff, siv: Patient, olle: Patient, world: World) -> None:
    soon, away, mine, taken = publishes(
        karin, "2026-11-23 10:45", "2026-11-25 09:00", "2026-11-26 09:00", "2026-11-27 09:00"
    )
    karin.is_away("2026-11-25 00:00", "2026-11-26 00:00")
    erik = world.staff("Erik Lund")
    offers(erik, "Telefonsamtal", "phone")
    books(erik, siv, "2026-11-26 09:30", kind="Telefonsamtal", mode="phone", place="")
    books(karin, olle, "2026-11-27 09:00")
    for key, error in ((soon, Gone), (away, Gone), (mine, Clash), (taken, Gone)):
        with pytest.raises(error):
            takes(siv, key)
    assert [it.status for it in slots()] == ["free"] * 4


def test_an_absence_that_is_taken_back_gives_the_time_back(karin: Staff, siv: Patient) -> None:
    (key,) = publishes(karin, NINE)
    absence = karin.is_away("2026-11-24 00:00", "2026-11-25 00:00")
    with pytest.raises(Gone):
        takes(siv, key)
    with db.transaction():
        absence.cancelled_at = clock.now()
    assert takes(siv, key)


def test_two_of_a_kind_and_no_more(karin: Staff, siv: Patient, monday: time_machine.Traveller) -> None:
    keys = publishes(karin, NINE, "2026-11-25 09:00", "2026-11-26 09:00")
    for key in keys[:2]:
        takes(siv, key)
    with pytest.raises(Full):
        takes(siv, keys[2])
    monday.move_to(wall("2026-11-24 09:01"))
    assert takes(siv, keys[2])


def test_it_is_for_the_units_patients_alone(karin: Staff, siv: Patient, world: World) -> None:
    (key,) = publishes(karin, NINE)
    world.staff("Stina Alm", unit="Mottagning Granen")
    for stranger in (world.patient("Nils", contact="Stina Alm"), world.patient("Ulla", contact=None)):
        with pytest.raises(NotFound):
            takes(stranger, key)
    with pytest.raises(NotFound):
        takes(siv, db.new_key())


def test_a_time_is_given_back_at_once_and_is_free(karin: Staff, siv: Patient, olle: Patient) -> None:
    (key,) = publishes(karin, NINE)
    booking = takes(siv, key)
    with db.transaction():
        answer_service.answer(booking, "declined", by=siv.viewer, now=clock.now())
    assert rounds() and slot(key).status == "free" and slot(key).booking_id is None
    assert karin.rings() == ["booking_taken", "booking_left"] and siv.rings() == []
    assert takes(olle, key) != booking


def test_a_time_that_is_moved_or_cancelled_frees_its_hour(karin: Staff, siv: Patient, world: World) -> None:
    erik, keys = world.staff("Erik Lund"), publishes(karin, NINE, "2026-11-25 09:00")
    first, second = (takes(siv, key) for key in keys)
    with db.transaction():
        to = wall("2026-11-30 09:00")
        bookings.move(first, to, to + timedelta(minutes=45), by=karin.viewer, now=clock.now())
        bookings.meet(second, [erik.person.id], by=karin.viewer, now=clock.now())
    rounds()
    assert [it.status for it in slots()] == ["free", "free"] and not rounds()


def test_many_at_once_take_one_time_once(own_world: World) -> None:
    karin = own_world.staff("Karin Ek")
    people = [own_world.patient(name).viewer for name in ("Siv", "Olle", "Nils", "Ulla")]
    days = [(clock.now() + timedelta(days=20 + n)).strftime("%Y-%m-%d 09:00") for n in range(4)]
    for key in publishes(karin, *days):

        def tries(by, key=key) -> str:  # type: ignore[no-untyped-def]
            try:
                return db.short(take_service.take(key, by=by, now=clock.now()))
            except (Gone, Full) as error:
                db.session().rollback()
                return type(error).__name__

        said = at_once(own_world.app, *(lambda by=by: tries(by) for by in people for _twice in range(2)))
        won = [it for it in said if len(it) == 22]
        # Both taps of whoever was first say the same; of the others each is told.
        assert len(set(won)) == 1 and 1 <= len(won) <= 2, said
    assert len(booked()) == 4 and len({it.booking_id for it in slots()}) == 4


def test_one_who_takes_many_at_once_gets_two(own_world: World) -> None:
    karin, siv = own_world.staff("Karin Ek"), own_world.patient("Siv").viewer
    days = [(clock.now() + timedelta(days=20 + n)).strftime("%Y-%m-%d 09:00") for n in range(5)]
    keys = publishes(karin, *days)

    def tries(key) -> str:  # type: ignore[no-untyped-def]
        try:
            take_service.take(key, by=siv, now=clock.now())
        except Full:
            return "full"
        return "taken"

    said = at_once(own_world.app, *(lambda key=key: tries(key) for key in keys))
    assert sorted(said) == ["full"] * 3 + ["taken"] * 2
