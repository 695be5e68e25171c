"""The pages where staff publish free times: shown before they are saved, and undone."""

import re

import pytest

from app.core import clock, db
from app.core.locale import local
from tests.bookings.diary import fields, words
from tests.bookings.times import books, offers
from tests.slots.times import presses, publishes, slot, slots
from tests.world import Patient, Staff, World, token_in, wall

TYPED = {"day": "2026-11-24", "start": "09:00", "end": "12:00", "pause": "15"}


@pytest.fixture
def new(karin: Staff) -> str:
    return f"/tidbok/lediga/ny/{db.short(offers(karin))}"


def test_what_is_published_is_shown_first_and_undone_after(karin: Staff, new: str) -> None:
    phone = karin.phone()
    assert "Inga tider är utlagda" in words(phone.get("/tidbok/lediga"))
    assert new in phone.get("/tidbok/lediga/ny").text
    shown = phone.post(new, data=fields(phone.get(new).text) | TYPED | {"visa": "1"})
    assert shown.status_code == 200 and "3 tider blir utlagda" in words(shown) and not slots()
    assert "9.00–9.45" in words(shown) and "11.00–11.45" in words(shown)
    sent = phone.post(new, data=fields(shown.text) | {"lagg": "1"})
    assert sent.status_code == 303 and [local(it.starts_at).hour for it in slots()] == [9, 10, 11]
    assert "3 tider är utlagda." in words(phone.get(sent.location))
    again = phone.post(new, data=fields(shown.text) | {"lagg": "1"})
    assert again.status_code == 200 and "Ingen av tiderna går att lägga ut" in words(again) and len(slots()) == 3
    away = presses(phone, phone.get("/tidbok/lediga"), f"/tidbok/lediga/{db.short(slots()[0].id)}/ta-bort")
    page = phone.get(away.location)
    assert "Tiden är borttagen" in words(page) and slots()[0].status == "busy-unavailable"
    undo = re.search(r'action="([^"]+/lagg-tillbaka)"', page.text)
    assert undo and "Tiden är ledig igen" in words(phone.get(presses(phone, page, undo[1]).location))
    assert slots()[0].status == "free"


def test_what_is_refused_says_why(karin: Staff, siv: Patient, new: str) -> None:
    books(karin, siv, "2026-11-24 09:15")
    karin.is_away("2026-12-01 00:00", "2026-12-02 00:00")
    phone = karin.phone()
    shown = phone.post(new, data=fields(phone.get(new).text) | TYPED | {"weeks": "2", "visa": "1"})
    said = words(shown)
    assert "2 tider blir utlagda" in said and "Har en tid då" in said and said.count("Borta då") == 3


def test_nothing_is_published_that_was_not_shown(karin: Staff, new: str) -> None:
    phone = karin.phone()
    shown = phone.post(new, data=fields(phone.get(new).text) | TYPED | {"visa": "1"})
    other = phone.post(new, data=fields(shown.text) | {"end": "16:00", "lagg": "1"})
    assert other.status_code == 200 and "7 tider blir utlagda" in words(other) and not slots()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"day": ""}, "Välj en dag."),
        ({"start": ""}, "Skriv ett klockslag"),
        ({"end": "9.30"}, "Där får ingen hel tid plats"),
        ({"day": "9999-01-01"}, "Välj en dag inom ett år"),
        ({"start": "0", "end": "23", "pause": "0", "weeks": "26"}, "mer än tvåhundra"),
        ({"staff": "x"}, "Välj en i listan"),
    ],
)
def test_faults_keep_what_was_typed(karin: Staff, new: str, typed: dict[str, str], said: str) -> None:
    phone = karin.phone()
    answer = phone.post(new, data=fields(phone.get(new).text) | TYPED | typed)
    assert answer.status_code == 422 and said in words(answer) and not slots()


def test_the_unit_sees_what_has_come_in_the_way(karin: Staff, siv: Patient, world: World) -> None:
    erik = world.staff("Erik Lund")
    publishes(karin, "2026-11-24 09:00", "2026-11-25 09:00", "2026-11-26 09:00")
    books(karin, siv, "2026-11-24 09:00")
    karin.is_away("2026-11-25 00:00", "2026-11-26 00:00")
    said = words(erik.phone().get("/tidbok/lediga?alla=1"))
    assert "Har en annan tid då" in said and "Borta då" in said and said.count("Karin Ek") == 3
    assert "Inga tider är utlagda" in words(erik.phone().get("/tidbok/lediga"))


def test_nobody_elsewhere_sees_or_touches_them(karin: Staff, world: World) -> None:
    (key,) = publishes(karin, "2026-11-24 09:00")
    stranger = world.staff("Stina Alm", unit="Mottagning Granen")
    phone, path = stranger.phone(), f"/tidbok/lediga/{db.short(key)}/ta-bort"
    mine = token_in(phone.get(f"/tidbok/lediga/ny/{db.short(offers(stranger))}").text)
    assert phone.post(path, data={"csrf_token": mine}).status_code == 404
    assert phone.get(f"/tidbok/lediga/ny/{db.short(offers(karin))}").status_code == 404
    assert slot(key).status == "free" and slot(key).starts_at == wall("2026-11-24 09:00") > clock.now()
