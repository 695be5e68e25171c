"""The contact is ill the same morning: half past six, a time at nine, and nobody sits in a waiting room for nothing."""

import time_machine

from app import worker
from app.bookings import hit_service, offer_service
from app.bookings.models import BookingOffer
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.bookings.test_hits import lines, row, wait
from tests.bookings.times import books, offers
from tests.care.away import Town
from tests.care.test_absence_pages import press, words
from tests.world import World, wall

AT = "2026-11-25 "


def rounds(town: Town) -> None:
    """A round of the worker's look at times, and of its look at what waits."""
    with db.transaction():
        hit_service.see_to_hits(by=SYSTEM, now=clock.now())
    town.world.works_on()


def test_ill_at_half_past_six_and_the_time_at_nine(world: World) -> None:
    with time_machine.travel(wall(AT + "06:30"), tick=False) as clockwork:
        town = Town(world)
        key = books(town.karin, town.siv, AT + "09:00")

        phone = town.karin.phone()
        assert "Du har en tid till i dag." in words(phone.get("/franvaro"))
        assert "En bokad tid ligger då." in words(press(phone, "/franvaro/sjuk"))
        rounds(town)
        assert town.siv.rings()[-1] == "booking_hit_soon", "Siv hears before anybody is at work"
        assert lines(key) == ["made", "hit"]
        assert not [kind for kind in town.erik.rings() if kind == "booking_wait"], "Erik sleeps"

        clockwork.move_to(wall(AT + "08:00"))
        rounds(town)
        assert "booking_wait" in town.erik.rings(), "and has it when he comes"

        clockwork.move_to(wall(AT + "08:31"))
        rounds(town)
        assert "reminder" in town.erik.rings(), "half of the time has passed"
        clockwork.move_to(wall(AT + "08:46"))
        rounds(town)
        assert "booking_wait" in town.fatima.rings() + town.maria.rings(), "the next in the order is asked as well"
        clockwork.move_to(wall(AT + "09:00"))
        rounds(town)
        held = wait(key)
        assert held and held.broken == 1 and "booking_late" in town.siv.rings(), "nobody did: the patient is told, too"
        assert "booking_wait" in town.maria.rings()


def test_the_substitute_takes_the_time_at_nine(world: World) -> None:
    with time_machine.travel(wall(AT + "06:30"), tick=False):
        town = Town(world)
        offers(town.karin, also=(town.erik,))
        key = books(town.karin, town.siv, AT + "09:00")
        press(town.karin, "/franvaro/sjuk")
        rounds(town)
        (offer,) = db.session().query(BookingOffer).filter_by(booking_id=key)
        with db.transaction():
            offer_service.accept(offer.id, by=town.siv.viewer, now=clock.now())
        rounds(town)
        assert wait(key) is None and row(key).hit_at is None and row(key).starts_at == wall(AT + "09:00")


def test_the_worker_does_it_in_its_round(own_world: World) -> None:
    with time_machine.travel(wall(AT + "06:30"), tick=False):
        town = Town(own_world)
        key = books(town.karin, town.siv, AT + "09:00")
        press(town.karin, "/franvaro/sjuk")
        worker.see_to_hits()
        assert lines(key) == ["made", "hit"]
        worker.see_to_hits()
        assert lines(key) == ["made", "hit"]
