"""Whom a patient takes along to a time: they see that one, and not the next; and what relatives see of times."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from werkzeug.test import TestResponse

from app.accounts import ending_service as ending
from app.accounts import service as accounts
from app.bookings import guest_service
from app.bookings import service as bookings
from app.bookings.guest_service import Over
from app.core import clock, db
from app.relatives import service as relatives
from app.relatives.service import Wanted
from tests.bookings.times import books
from tests.care.around import post, said
from tests.world import Patient, Relative, Someone, Staff, World, today, wall


@pytest.fixture(autouse=True)
def at() -> Iterator[Any]:
    with time_machine.travel(wall("2026-11-02 09:00"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def siv(world: World) -> Patient:
    return world.patient("Siv Nyberg")


@pytest.fixture
def karin(siv: Patient) -> Staff:
    return siv.world.staff("Karin Ek")


@pytest.fixture
def anna(siv: Patient, world: World) -> Relative:
    """Siv lets Anna see who her contact is, and no times."""
    return world.relative("Anna Sandberg", of=siv)


@pytest.fixture
def first(karin: Staff, siv: Patient) -> UUID:
    return books(karin, siv, "2026-11-10 09:00", bring="Ta med kortet")


@pytest.fixture
def second(karin: Staff, siv: Patient) -> UUID:
    return books(karin, siv, "2026-11-17 13:00")


def takes_along(siv: Patient, anna: Relative, booking: UUID) -> TestResponse:
    return post(siv.phone(), f"/tider/sallskap/{db.short(booking)}/{db.short(anna.relations[siv])}")


def takes_back(siv: Patient, anna: Relative, booking: UUID) -> TestResponse:
    return post(siv.phone(), f"/tider/sallskap/{db.short(booking)}/{db.short(anna.relations[siv])}/ta-tillbaka")


def opens(who: Someone, booking: UUID) -> TestResponse:
    return who.phone().get(f"/tider/sallskap/med/{db.short(booking)}")


def start(anna: Relative) -> str:
    return said(anna.phone().get("/"))


def test_a_relative_invited_to_one_time_and_not_to_the_next(
    siv: Patient, anna: Relative, first: UUID, second: UUID
) -> None:
    """The story: asked along to the first, Anna sees it on her start page, and not a word of the second."""
    assert "2026-11-10" not in anna.phone().get("/").text
    assert opens(anna, first).status_code == 404
    takes_along(siv, anna, first)
    assert anna.rings()[-1:] == ["booking_guest"]
    page = anna.phone().get("/").text
    assert "2026-11-10" in page and "2026-11-17" not in page
    whole = said(opens(anna, first))
    assert "Siv Nyberg vill ta med dig" in whole
    assert "Karin Ek" in whole and "Kyrkogatan 12" in whole
    assert "Du ser bara den här tiden, så länge Siv Nyberg vill." in whole
    assert "kortet" not in whole, "What to bring is the patient's."
    assert opens(anna, second).status_code == 404
    assert "booking_guest" not in anna.rings(), "She has seen it."


def test_taken_back_it_is_gone_at_once_and_nothing_is_said(siv: Patient, anna: Relative, first: UUID) -> None:
    takes_along(siv, anna, first)
    takes_back(siv, anna, first)
    assert opens(anna, first).status_code == 404
    assert "2026-11-10" not in anna.phone().get("/").text
    assert "booking_guest" not in anna.rings()
    takes_along(siv, anna, first)
    assert "booking_guest" in anna.rings(), "Asked once more, she is told once more."
    assert opens(anna, first).status_code == 200


def test_the_patient_chooses_and_sees_who_comes(siv: Patient, anna: Relative, first: UUID) -> None:
    phone = siv.phone()
    page = phone.get(f"/tider/sallskap/{db.short(first)}")
    assert "Ta med Anna Sandberg" in said(page)
    takes_along(siv, anna, first)
    assert "Tillfrågad i dag kl. 9.00" in said(phone.get(f"/tider/sallskap/{db.short(first)}"))
    assert "Anna Sandberg får se den här tiden" in said(phone.get(f"/tider/{db.short(first)}"))


def test_who_has_let_nobody_in_is_led_to_it_and_given_words(siv: Patient, first: UUID) -> None:
    page = said(siv.phone().get(f"/tider/sallskap/{db.short(first)}"))
    assert "Bjud in någon först" in page
    assert "Jag har en tid tisdag 10 november kl. 9.00. Vill du följa med mig?" in page


def test_asked_twice_from_two_tabs_they_are_told_once(siv: Patient, anna: Relative, first: UUID) -> None:
    assert takes_along(siv, anna, first).status_code == takes_along(siv, anna, first).status_code == 303
    assert anna.rings().count("booking_guest") == 1


def test_who_sees_all_times_sees_the_coming_ones_on_the_first_page(
    world: World, siv: Patient, first: UUID, second: UUID, at: Any
) -> None:
    olle = world.relative("Olle Dahl", of=siv, items=("bookings",))
    page = olle.phone().get("/").text
    assert "2026-11-10" in page and "2026-11-17" in page
    assert "vill ta med dig" not in page
    at.move_to(wall("2026-11-10 09:46"))
    page = olle.phone().get("/").text
    assert "2026-11-10" not in page and "2026-11-17" in page


def test_relatives_hear_what_becomes_of_what_they_see(
    world: World, siv: Patient, karin: Staff, anna: Relative, first: UUID, second: UUID
) -> None:
    olle = world.relative("Olle Dahl", of=siv, items=("bookings",))
    stranger = world.relative("Rut Berg", of=siv)
    takes_along(siv, anna, first)
    with db.transaction():
        bookings.move(first, wall("2026-11-11 09:00"), wall("2026-11-11 09:45"), by=karin.viewer, now=clock.now())
        bookings.cancel(second, by=karin.viewer, now=clock.now())
    assert anna.rings()[-2:] == ["booking_guest", "booking_near_moved"]
    assert sorted(olle.rings()[-2:]) == ["booking_near_cancelled", "booking_near_moved"]
    assert not [kind for kind in stranger.rings() if kind.startswith("booking")]
    assert "2026-11-11" in anna.phone().get("/").text
    assert "Tiden för Siv Nyberg är inställd" in said(opens(olle, second))


def test_who_is_no_longer_let_in_hears_and_sees_nothing(
    siv: Patient, karin: Staff, anna: Relative, first: UUID
) -> None:
    takes_along(siv, anna, first)
    with db.transaction():
        relatives.take_back(anna.relations[siv], by=siv.viewer, now=clock.now())
        bookings.move(first, wall("2026-11-11 09:00"), wall("2026-11-11 09:45"), by=karin.viewer, now=clock.now())
    assert opens(anna, first).status_code == 404
    assert "booking_near_moved" not in anna.rings()


def test_what_is_locked_or_has_run_out_is_shown_to_nobody(siv: Patient, anna: Relative, first: UUID, at: Any) -> None:
    takes_along(siv, anna, first)
    with db.transaction():
        ending.lock(siv.person.id, by=siv.viewer, now=clock.now())
    assert opens(anna, first).status_code == 404
    assert "2026-11-10" not in anna.phone().get("/").text


def test_a_consent_that_ends_leaves_the_one_time(siv: Patient, world: World, first: UUID, second: UUID) -> None:
    olle = world.relative("Olle Dahl", of=siv, items=("bookings", "contact"))
    takes_along(siv, olle, first)
    with db.transaction():
        relatives.change(
            olle.relations[siv],
            Wanted("Olle", ("contact",), today() + timedelta(days=30)),
            by=siv.viewer,
            now=clock.now(),
        )
    page = olle.phone().get("/").text
    assert "2026-11-10" in page and "2026-11-17" not in page


def test_of_somebody_protected_there_is_no_place_and_no_name(siv: Patient, anna: Relative, first: UUID) -> None:
    takes_along(siv, anna, first)
    with db.transaction():
        accounts.protect(siv.person.id, True, by=siv.viewer, now=clock.now())
    for page in (said(opens(anna, first)), start(anna)):
        assert "Kyrkogatan" not in page and "Björken" not in page and "Nyberg" not in page
    assert "S. N. vill ta med dig" in said(opens(anna, first))


def test_of_several_each_has_their_own_times(world: World, siv: Patient, karin: Staff, anna: Relative) -> None:
    anita = world.patient("Anita Berg")
    world.relative("Anna Sandberg", of=anita, items=("bookings",))
    for who, day in ((siv, "10"), (anita, "11")):
        books(karin, who, f"2026-11-{day} 09:00")
    page = anna.phone().get("/")
    assert "2026-11-11" in page.text and "2026-11-10" not in page.text
    assert "Tider Anita Berg" in said(page)


@pytest.mark.parametrize("who", ["another patient", "somebody not let in", "another's relation"])
def test_nobody_else_is_taken_along_or_takes_along(
    world: World, siv: Patient, anna: Relative, first: UUID, who: str
) -> None:
    anita = world.patient("Anita Berg")
    olle = world.relative("Olle Dahl", of=anita)
    booking, relation = db.short(first), db.short(anna.relations[siv])
    if who == "another patient":
        assert post(anita.phone(), f"/tider/sallskap/{booking}/{relation}").status_code == 404
        assert anita.phone().get(f"/tider/sallskap/{booking}").status_code == 404
    elif who == "another's relation":
        relation = db.short(olle.relations[anita])
        assert post(siv.phone(), f"/tider/sallskap/{booking}/{relation}").status_code == 404
    assert opens(olle, first).status_code == 404
    assert opens(anna, first).status_code == 404


def test_what_is_over_or_cancelled_takes_nobody_along(
    siv: Patient, karin: Staff, anna: Relative, first: UUID, second: UUID, at: Any
) -> None:
    with db.transaction():
        bookings.cancel(first, by=karin.viewer, now=clock.now())
    with pytest.raises(Over), db.transaction():
        guest_service.invite(first, anna.relations[siv], by=siv.viewer, now=clock.now())
    assert takes_along(siv, anna, first).status_code == 303
    assert siv.phone().get(f"/tider/sallskap/{db.short(first)}").location.endswith(f"/tider/{db.short(first)}")
    at.move_to(wall("2026-11-18 09:00"))
    with pytest.raises(Over), db.transaction():
        guest_service.invite(second, anna.relations[siv], by=siv.viewer, now=clock.now())


def test_that_a_relative_looked_stands_in_the_log(siv: Patient, anna: Relative, first: UUID) -> None:
    takes_along(siv, anna, first)
    opens(anna, first)
    page = said(siv.phone().get("/vem-har-last"))
    assert "Såg en tid som du delar." in page
    assert "Ville ta med en närstående till en tid." in page
