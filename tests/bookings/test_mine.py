"""A patient's own times: those to come, those that have been, one whole, and nobody else's."""

import pytest

from app.bookings import queries
from app.bookings import service as bookings
from app.core import clock, db
from app.core.errors import NotFound
from tests.bookings.times import books
from tests.world import Patient, Staff, World, wall

NOVEMBER = "2026-11-05 08:00"
NOW = wall(NOVEMBER)


@pytest.fixture
def siv(world: World) -> Patient:
    return world.patient("Siv Nyberg")


@pytest.fixture
def karin(world: World) -> Staff:
    return world.staff("Karin Ek")


def test_a_time_is_whole(karin: Staff, siv: Patient) -> None:
    key = books(karin, siv, "2026-11-10 09:00", bring="Din medicinlista")
    it = queries.booking_for(siv.viewer, key)
    assert (it.title, it.mode, it.minutes, it.stands) == ("Samtal", "visit", 45, True)
    assert [(who.name, who.title) for who in it.whom] == [("Karin Ek", "sjuksköterska")]
    assert (it.place, it.bring, it.unit.name) == ("Kyrkogatan 12, våning 2", "Din medicinlista", "Mottagning Björken")
    assert "Kyrkogatan" not in repr(it)


def test_somebody_elses_time_is_not_there(world: World, karin: Staff, siv: Patient) -> None:
    key = books(karin, siv, "2026-11-10 09:00")
    with pytest.raises(NotFound):
        queries.booking_for(world.patient("Lea Lind").viewer, key)


def test_what_comes_is_the_soonest_first_and_what_is_cancelled_is_only_in_the_list(karin: Staff, siv: Patient) -> None:
    later, soon, off = (books(karin, siv, f"2026-11-{day} 09:00") for day in (20, 10, 12))
    books(karin, siv, "2026-11-02 09:00")
    with db.transaction():
        bookings.cancel(off, by=karin.viewer, now=clock.now())
    assert [it.key for it in queries.coming(siv.viewer, now=NOW)] == [soon, later]
    listed, more = queries.times(siv.viewer, now=NOW)
    assert [it.key for it in listed] == [soon, off, later] and not more
