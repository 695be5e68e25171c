"""The absence pages show the times that they hit before anything is saved: how many, and whose for who may see it."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.care import request_service
from app.core import clock, db
from tests.bookings.test_hits import look, row, wait
from tests.bookings.times import books
from tests.care.away import MORNING, Town, days, register
from tests.care.test_absence_pages import h1, press, saves, words
from tests.world import World

LEAVE = "2026-12-07 10:00"
SEEN = re.compile(r'name="traffar" value="([0-9a-f]+)"')


@pytest.fixture
def town(world: World) -> Iterator[Town]:
    with time_machine.travel(MORNING, tick=False):
        yield Town(world)


def seen(answer: TestResponse) -> str:
    found = SEEN.search(unescape(answer.text))
    assert found, "the page does not carry what it has shown"
    return found[1]


def closes(town: Town, **data: str) -> TestResponse:
    days_closed = {"starts_on": "2027-01-04", "ends_on": "2027-01-04", "name": "Planering", "cover": ""}
    return press(town.maria, f"/enhet/{db.short(town.karin.unit.id)}/stangt", **(days_closed | data))


def test_ill_today_shows_whom_it_hits_on_the_page_with_the_button(town: Town, world: World) -> None:
    books(town.karin, town.siv, "2026-11-25 09:00")
    books(town.karin, world.patient("Olle"), "2026-11-25 13:00")
    books(town.karin, town.siv, "2026-12-02 10:00")
    books(town.karin, town.siv, "2027-01-13 10:00")
    phone = town.karin.phone()
    said = words(phone.get("/franvaro"))
    assert "Du har 2 tider till i dag." in said
    assert "Sjuk i dag Siv i dag kl. 9.00 Olle i dag kl. 13.00 Tills vidare, dessutom Siv" in said
    assert "13 januari" not in said
    receipt = press(phone, "/franvaro/sjuk")
    assert "2 bokade tider ligger då." in words(receipt)
    assert look() == 2


def test_the_page_asks_no_more_of_the_database_for_it(town: Town, world: World) -> None:
    for number in range(8):
        books(town.karin, world.patient(f"Patient {number}"), f"2026-11-25 {9 + number:02}:00")
    for phone, path in ((town.karin.phone(), ""), (town.karin.phone(), "/ny"), (town.maria.phone(), for_karin(town))):
        for minutes in (1, 9):
            with time_machine.travel(MORNING + timedelta(minutes=minutes), tick=False):
                phone.get(f"/franvaro{path}")
                assert len(phone.heard) <= 6, phone.heard


def for_karin(town: Town) -> str:
    return f"/for/{db.short(town.karin.person.id)}"


def test_each_name_that_is_shown_stands_in_the_log(town: Town) -> None:
    books(town.karin, town.siv, "2026-11-25 09:00")
    town.karin.phone().get("/franvaro")
    asked = text(
        "select count(*) from access_log where action = 'booking.listed' and patient_id = :p and actor_id = :k"
    )
    values = {"p": town.siv.person.id, "k": town.karin.person.id}
    assert db.session().execute(asked, values).scalar_one() == 1


def test_a_planned_leave_is_not_saved_before_its_times_were_shown(town: Town) -> None:
    key = books(town.karin, town.siv, LEAVE)
    first = saves(town.karin, substitutes=[db.short(town.erik.person.id)])
    assert first.status_code == 422 and town.rows() == []
    assert "En bokad tid ligger då Inget är sparat än." in words(first) and "Siv måndag 7 december kl. 10.00" in words(
        first
    )
    second = saves(town.karin, substitutes=[db.short(town.erik.person.id)], traffar=seen(first))
    assert h1(second) == "Du blir borta måndag 7 till tisdag 8 december"
    assert look() == 1 and row(key).hit_at


def test_what_was_booked_meanwhile_is_shown_too(town: Town) -> None:
    books(town.karin, town.siv, LEAVE)
    first = saves(town.karin)
    books(town.karin, town.siv, "2026-12-08 10:00")
    second = saves(town.karin, traffar=seen(first))
    assert second.status_code == 422 and "2 bokade tider ligger då" in words(second)
    assert saves(town.karin, traffar=seen(second)).status_code == 200 and len(town.rows()) == 1


def test_gaps_and_times_stand_on_one_page(town: Town) -> None:
    books(town.karin, town.siv, LEAVE)
    register(town.erik, days(date(2026, 11, 26), None))
    refused = saves(town.karin)
    assert refused.status_code == 422
    assert "En tid saknar någon som svarar" in words(refused) and "En bokad tid ligger då" in words(refused)


def test_ill_from_now_on_is_saved_without_a_step_more(town: Town) -> None:
    books(town.karin, town.siv, "2026-11-26 10:00")
    shown = town.karin.phone().get("/franvaro/ny")
    assert "En bokad tid de närmaste två veckorna Siv i morgon kl. 10.00" in words(shown)
    saved = saves(town.karin, start="2026-11-25", end="2026-11-27")
    assert saved.status_code == 200 and len(town.rows()) == 1


def test_a_longer_absence_shows_only_what_is_new(town: Town, world: World) -> None:
    books(town.karin, town.siv, LEAVE)
    books(town.karin, world.patient("Olle"), "2026-12-10 10:00")
    saved = register(town.karin, days(date(2026, 12, 7), date(2026, 12, 8)), town.erik)
    look()
    path, erik = f"/franvaro/{db.short(saved.key)}/andra", db.short(town.erik.person.id)
    longer = press(town.karin, path, end="2026-12-11", substitutes=[erik])
    assert longer.status_code == 422 and "En bokad tid ligger då" in words(longer)
    assert "Olle torsdag 10 december" in words(longer) and "Siv" not in words(longer)
    assert press(town.karin, path, end="2026-12-11", substitutes=[erik], traffar=seen(longer)).status_code == 200
    shorter = press(town.karin, path, end="2026-12-07", substitutes=[erik])
    assert shorter.status_code == 200, "what gives back needs no other step"


def test_taken_back_says_what_becomes_of_the_times(town: Town) -> None:
    key = books(town.karin, town.siv, LEAVE)
    saved = register(town.karin, days(date(2026, 12, 7), date(2026, 12, 8)), town.erik)
    look()
    path = f"/franvaro/{db.short(saved.key)}/ta-bort"
    assert "En bokad tid blir av som den var." in words(town.karin.phone().get(path))
    press(town.karin, path)
    assert look() == 1 and row(key).hit_at is None and wait(key) is None


def test_the_head_who_does_not_work_there_sees_how_many_and_when_but_no_name(town: Town, world: World) -> None:
    books(town.karin, town.siv, "2026-11-25 09:00")
    maria = words(town.maria.phone().get(f"/franvaro{for_karin(town)}"))
    assert "Karin Ek har en tid till i dag." in maria and "Siv i dag kl. 9.00" in maria, "who works there"
    function = world.function_people()[0]
    said = words(function.phone().get(f"/franvaro{for_karin(town)}"))
    assert "En patient i dag kl. 9.00" in said and "Siv" not in said


def test_whom_the_patient_does_not_want_asked_sees_no_name(town: Town) -> None:
    books(town.karin, town.siv, "2026-11-25 09:00")
    with db.transaction():
        request_service.block(town.maria.person.id, by=town.siv.viewer, now=clock.now())
    said = words(town.maria.phone().get(f"/franvaro{for_karin(town)}"))
    assert "En patient i dag kl. 9.00" in said and "Siv" not in said


def test_a_protected_identity_is_initials_to_whom_is_not_the_contact(town: Town) -> None:
    books(town.karin, town.siv, "2026-11-25 09:00")
    db.session().execute(text("update person set protected = true where id = :p"), {"p": town.siv.person.id})
    assert "Siv i dag" in words(town.karin.phone().get("/franvaro"))
    assert "S. i dag kl. 9.00" in words(town.maria.phone().get(f"/franvaro{for_karin(town)}"))


def test_closed_days_are_not_saved_before_their_times_were_shown(town: Town) -> None:
    key = books(town.erik, town.siv, "2027-01-04 10:00")
    first = closes(town)
    assert first.status_code == 422 and "En bokad tid ligger då Inget är sparat än." in words(first)
    assert look() == 0 and row(key).hit_at is None
    assert closes(town, traffar=seen(first)).status_code == 200
    assert look() == 1 and row(key).hit_at


def test_somebody_elses_absence_says_nothing_of_their_times(town: Town) -> None:
    books(town.karin, town.siv, "2026-11-25 09:00")
    assert town.erik.phone().get(f"/franvaro{for_karin(town)}").status_code == 404
