"""The diary, a patient's times, and who sees them."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
import time_machine

from app.accounts import service as accounts
from app.bookings import service as bookings
from app.care import request_service
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.bookings.diary import DAY, Town, url, words
from tests.bookings.times import books
from tests.world import World, token_in, wall


@pytest.fixture
def town(world: World) -> Iterator[Town]:
    with time_machine.travel(wall("2026-11-05 08:00"), tick=False):
        yield Town(world)


def test_the_diary_shows_a_day_a_week_and_all_of_the_unit(town: Town) -> None:
    olle = town.world.patient("Olle Ström")
    books(town.karin, town.siv, f"{DAY} 09:00")
    books(town.erik, olle, f"{DAY} 10:00")
    books(town.karin, olle, "2026-11-12 10:00")
    cancelled = books(town.karin, town.siv, f"{DAY} 15:00")
    with db.transaction():
        bookings.cancel(cancelled, by=town.karin.viewer, now=clock.now())
    phone = town.karin.phone()
    assert "Inga tider den dagen" in words(phone.get("/tidbok"))
    mine = words(phone.get(f"/tidbok?dag={DAY}"))
    assert "9.00–9.45 Siv Nyberg Samtal." in mine and "Olle" not in mine and "15.00" not in mine
    week = words(phone.get(f"/tidbok?dag={DAY}&vecka=1"))
    assert "måndag 9 november till söndag 15 november" in week.lower()
    assert "Tisdag 10 november 9.00–9.45 Siv" in week and "Torsdag 12 november 10.00–10.45 Olle" in week
    everybody = words(phone.get(f"/tidbok?dag={DAY}&alla=1"))
    assert "10.00–10.45 Olle Ström Samtal. Erik Lund." in everybody and "Hela mottagningens tider" in everybody
    assert phone.get("/tidbok?dag=2026-13-45").status_code == 200


def test_the_diary_goes_on_where_it_ended(town: Town) -> None:
    phone = town.karin.phone()
    for number in range(43):
        at = f"{DAY} {7 + number // 4:02}:{15 * (number % 4):02}"
        books(town.karin, town.world.patient(f"Patient {number:02}"), at, minutes=15)
    first = phone.get(f"/tidbok?dag={DAY}")
    more = re.search(r'href="([^"]*efter=[^"]*)"', first.text)
    assert more and words(first).count("Samtal.") == 40
    second = words(phone.get(unescape(more[1])))
    assert second.count("Samtal.") == 3 and "17.30–17.45" in second


def test_a_patients_times_coming_and_gone(town: Town) -> None:
    key = books(town.karin, town.siv, f"{DAY} 09:00")
    books(town.erik, town.siv, "2026-12-10 09:00")
    with db.transaction():
        bookings.cancel(key, by=town.karin.viewer, now=clock.now())
    page = words(town.karin.phone().get(f"/tidbok/patient/{db.short(town.siv.person.id)}"))
    coming, gone = page.split("Har varit, eller är inställda")
    assert "Torsdag 10 december, 9.00–9.45 Samtal. Erik Lund." in coming and "Tisdag 10" not in coming
    assert "Tisdag 10 november, 9.00–9.45 Samtal. Karin Ek. Inställd" in gone


def test_only_who_works_at_the_unit_and_is_not_refused_sees_it(town: Town) -> None:
    key = books(town.karin, town.siv, f"{DAY} 09:00")
    lena = town.world.staff("Lena Falk", unit="Mottagning Linden")
    paths = [
        f"/tidbok/{db.short(key)}",
        *(f"/tidbok/{db.short(key)}/{it}" for it in ("flytta", "vem", "andra", "stall-in")),
    ]
    siv = db.short(town.siv.person.id)
    paths += [f"/tidbok/patient/{siv}", f"/tidbok/ny/{siv}", url(town.siv, town.kind)]
    assert {town.erik.phone().get(path).status_code for path in paths} == {200}
    assert {lena.phone().get(path).status_code for path in paths} == {404}
    assert {town.siv.phone().get(path).status_code for path in [*paths, "/tidbok"]} == {404}
    with db.transaction():
        request_service.block(town.erik.person.id, by=town.siv.viewer, now=clock.now())
    assert {town.erik.phone().get(path).status_code for path in paths} == {404}
    assert "Siv" not in town.erik.phone().get(f"/tidbok?dag={DAY}&alla=1").text
    phone = town.erik.phone()
    token = token_in(phone.get("/tidbok/ny").text)
    sought = phone.post("/tidbok/ny", data={"csrf_token": token, "sought": "siv"})
    assert "Ingen här heter så" in words(sought)
    refused = words(town.karin.phone().get(f"/tidbok/{db.short(key)}/vem"))
    assert "Erik Lund" not in refused


def test_names_are_sought_among_all_of_the_unit(town: Town) -> None:
    town.world.patient("Åsa Öberg", contact="Erik Lund")
    phone = town.karin.phone()
    token = token_in(phone.get("/tidbok/ny").text)
    assert "Åsa Öberg" not in phone.get("/tidbok/ny").text
    found = phone.post("/tidbok/ny", data={"csrf_token": token, "sought": "ås"})
    assert "De här stämmer" in words(found) and "Åsa Öberg" in words(found) and "Siv" not in words(found)
    assert phone.post("/tidbok/ny", data={"csrf_token": token, "sought": " "}).status_code == 422


def test_a_protected_patient_is_initials_and_has_no_place_but_for_who_meets_them(town: Town) -> None:
    kind = "Hembesök"
    key = books(town.karin, town.siv, f"{DAY} 09:00", kind=kind, mode="home", place="Blå huset vid ån")
    with db.transaction():
        accounts.protect(town.siv.person.id, True, unit_id=town.karin.unit.id, by=SYSTEM, now=clock.now())
    show = f"/tidbok/{db.short(key)}"
    karin, erik = town.karin.phone().get(show).text, town.erik.phone().get(show).text
    assert "Siv Nyberg" in karin and "Blå huset" in karin
    assert "Siv Nyberg" not in erik and "S. N." in erik and "Blå huset" not in erik
    assert town.erik.phone().get(f"{show}/andra").status_code == 409
    listed = town.erik.phone().get(f"/tidbok?dag={DAY}&alla=1").text
    assert "S. N." in listed and "Siv Nyberg" not in listed and "Blå huset" not in listed


def test_what_was_shown_is_in_the_patients_log(town: Town) -> None:
    key = books(town.karin, town.siv, f"{DAY} 09:00")
    town.erik.phone().get(f"/tidbok/{db.short(key)}")
    town.erik.phone().get(f"/tidbok?dag={DAY}&alla=1")
    log = words(town.siv.phone().get("/vem-har-last"))
    assert "Läste om en tid som du har." in log and "Såg en tid som du har i en lista." in log
