"""A time that another system keeps: it is changed there alone, and whoever looks here is told so in clear words."""

from collections.abc import Iterator
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select

from app.bookings import answer_service, hit_service, offer_service
from app.bookings.models import BookingOffer
from app.bookings.service import KeptElsewhere
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.bookings.diary import DAY, Town, only_of, words
from tests.bookings.times import books
from tests.world import World, token_in, wall

SAID = "Den här tiden ändras i Cosmic Inget är ändrat här. Gör ändringen i Cosmic, så följer den med hit."


@pytest.fixture
def town(world: World) -> Iterator[Town]:
    with time_machine.travel(wall("2026-11-05 08:00"), tick=False):
        yield Town(world)


@pytest.fixture
def key(town: Town) -> UUID:
    made = books(town.karin, town.siv, f"{DAY} 09:00")
    with db.transaction():
        only_of(made).kept_in = "Cosmic"
    return made


def test_its_page_says_where_it_is_changed_and_shows_no_button_for_it(town: Town, key: UUID) -> None:
    page = town.karin.phone().get(f"/tidbok/{db.short(key)}")
    assert "Ändras i Cosmic Tiden kommer därifrån. Gör ändringen där, så följer den med hit" in words(page)
    for verb in ("flytta", "vem", "andra", "stall-in", "blev-av"):
        assert f"/tidbok/{db.short(key)}/{verb}" not in page.text


def test_what_is_sent_all_the_same_is_refused_and_nothing_is_stored(town: Town, key: UUID) -> None:
    phone, path = town.karin.phone(), f"/tidbok/{db.short(key)}"
    token = token_in(phone.get(path).text)
    for verb in ("flytta", "vem", "andra", "stall-in"):
        for answer in (phone.get(f"{path}/{verb}"), phone.post(f"{path}/{verb}", data={"csrf_token": token})):
            assert answer.status_code == 409 and SAID in words(answer)
    with time_machine.travel(wall(f"{DAY} 10:00"), tick=False):
        phone = town.karin.phone()
        token = token_in(phone.get(path).text)
        for verb in ("flytta-tillbaka", "blev-av", "blev-inte-av", "utfall-tillbaka"):
            answer = phone.post(f"{path}/{verb}", data={"csrf_token": token})
            assert answer.status_code == 409 and SAID in words(answer)
    assert (only_of(key).version, only_of(key).status) == (1, "booked")


def test_the_patient_answers_and_it_waits_for_the_unit_which_changes_it_there(town: Town, key: UUID) -> None:
    with db.transaction():
        answer_service.answer(key, "tentative", by=town.siv.viewer, now=clock.now())
    desk, path = town.karin.phone(), f"/tider/svar/{db.short(key)}"
    page = desk.get(path)
    assert "Siv Nyberg vill ha en annan tid" in words(page)
    assert "Tiden ändras i Cosmic. Gör ändringen där, så får Siv Nyberg veta det." in words(page)
    assert "Ringt och pratat" in words(page) and "Tiden ligger kvar" in words(page)
    for verb in ("erbjud", "stall-in"):
        assert f"{path}/{verb}" not in page.text
        for answer in (
            desk.get(f"{path}/{verb}"),
            desk.post(f"{path}/{verb}", data={"csrf_token": token_in(page.text)}),
        ):
            assert answer.status_code == 409 and SAID in words(answer)


def test_nothing_else_is_offered_that_a_yes_could_not_keep(town: Town, key: UUID) -> None:
    span = (wall("2026-11-12 09:00"), wall("2026-11-12 09:45"))
    for by in (town.karin.viewer, SYSTEM):
        with pytest.raises(KeptElsewhere), db.transaction():
            offer_service.offer_time(key, [span], by=by, now=clock.now())
        with pytest.raises(KeptElsewhere), db.transaction():
            offer_service.offer_staff(key, town.erik.person.id, by=by, now=clock.now())


def test_whose_person_is_away_hears_it_the_same_day_and_is_offered_nobody_else(town: Town, key: UUID) -> None:
    town.karin.is_away(f"{DAY} 00:00", "2026-11-11 00:00", town.erik)
    with db.transaction():
        assert hit_service.see_to_hits(by=SYSTEM, now=clock.now()) == 1
    assert "booking_hit" in town.siv.rings()
    assert db.session().scalar(select(func.count()).select_from(BookingOffer)) == 0
