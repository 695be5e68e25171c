"""Booked, reminded, moved: the calendar follows, the old reminder never comes, and the new one does."""

from datetime import timedelta

import time_machine

from app import worker
from app.bookings import service as bookings
from app.core import clock, db
from tests.bookings.test_feed import address_in, events, fetch, presses, when
from tests.bookings.times import books
from tests.world import Patient, Staff, World, wall

LONG = timedelta(minutes=45)


def comes(clockwork: time_machine.Traveller, moment: str) -> None:
    """It becomes that time, and the worker looks."""
    clockwork.move_to(wall(moment))
    worker.remind()


def test_booked_reminded_moved_and_the_calendar_follows(
    world: World, siv: Patient, karin: Staff, clockwork: time_machine.Traveller
) -> None:
    feed = address_in(presses(siv.phone()))
    key = books(karin, siv, "2026-11-10 14:00")
    worker.remind()
    (event,) = events(fetch(world, feed))
    uid, was = event.uid.value, when(event)
    assert was == (wall("2026-11-10 14:00"), wall("2026-11-10 14:00") + LONG, "CONFIRMED", 1)

    comes(clockwork, "2026-11-09 14:00")
    assert siv.rings()[-1] == "booking_reminder", "the day before"

    begins = wall("2026-11-17 10:00")
    with db.transaction():
        bookings.move(key, begins, begins + LONG, by=karin.viewer, now=clock.now())
    assert siv.rings()[-1] == "booking_moved"
    (event,) = events(fetch(world, feed))
    assert (event.uid.value, when(event)) == (uid, (begins, begins + LONG, "CONFIRMED", 2)), "the same time, moved"
    assert 'datetime="2026-11-17T10:00+01:00"' in siv.phone().get(f"/tider/{db.short(key)}").text

    told = siv.rings()
    comes(clockwork, "2026-11-10 12:00")
    assert siv.rings() == told, "nothing is said of an hour that is no longer theirs"
    comes(clockwork, "2026-11-16 10:00")
    assert siv.rings()[len(told) :] == ["booking_reminder"], "the day before the new one"
    comes(clockwork, "2026-11-17 08:00")
    assert siv.rings()[len(told) :] == ["booking_soon"], "which says it instead, two hours before"
