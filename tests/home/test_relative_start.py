"""A relative's start page: for whom, what, until when, who answers now; and support where they live."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import text

from app.core import clock, db
from app.relatives import service as relatives
from tests.care.around import logged, post, said
from tests.guards.walk import MOST
from tests.world import Patient, Relative, Staff, World

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def siv(world: World) -> Patient:
    return world.patient("Siv Nyberg")


@pytest.fixture
def karin(siv: Patient) -> Staff:
    return siv.world.staff("Karin Ek")


@pytest.fixture
def anna(siv: Patient, world: World) -> Relative:
    return world.relative("Anna Sandberg", of=siv, items=("contact", "bookings"))


def takes_back(patient: Patient, relative: Relative) -> None:
    with db.transaction():
        relatives.take_back(relative.relations[patient], by=patient.viewer, now=clock.now())


def kept(relative: Relative) -> str | None:
    wanted = text("select municipality from relative where person_id = :id")
    return db.session().scalar(wanted, {"id": relative.person.id})


def test_one_patient_is_all_on_the_page(anna: Relative) -> None:
    seen = said(anna.phone().get("/"))
    assert seen.startswith("Siv Nyberg Låter dig se kontakten i vården och tider, till och med söndag 23 maj 2027.")
    assert "Karin Ek svarar nu" in seen
    assert "Just nu finns ingen tid inbokad." in seen
    assert "När det är som värst" in seen and "Om du inte vill vara med längre." in seen


def test_who_answers_instead_is_said_in_dates_alone(anna: Relative, karin: Staff, world: World) -> None:
    erik = world.staff("Erik Lund")
    karin.is_away("2026-11-23 00:00", "2026-11-28 00:00", erik)
    seen = said(anna.phone().get("/"))
    assert "Erik Lund svarar nu" in seen and "Tillbaka måndag 30 november" in seen


def test_what_is_seen_is_in_the_patients_log(anna: Relative) -> None:
    anna.phone().get("/")
    assert len(logged("shared.seen")) == 1


def test_several_patients_are_a_line_each(anna: Relative, world: World) -> None:
    tom = world.patient("Tom Berg", contact="Leif Dahl")
    world.relative("Anna Sandberg", of=tom)
    phone = anna.phone()
    seen = said(phone.get("/"))
    assert seen.startswith("De som delar med dig")
    assert "Siv Nyberg Kontakt: Karin Ek. Tider." in seen and "Tom Berg Kontakt: Leif Dahl." in seen
    for patient in anna.relations:
        assert f"/anhorig/{db.short(anna.relations[patient])}" in phone.get("/").text
    takes_back(tom, anna)
    assert said(phone.get("/")).startswith("Siv Nyberg")


def test_what_is_taken_back_is_gone_at_the_next_look(anna: Relative, siv: Patient) -> None:
    phone = anna.phone()
    assert "Karin Ek" in said(phone.get("/"))
    takes_back(siv, anna)
    gone = said(phone.get("/"))
    assert gone.startswith("Ingen delar något med dig nu") and "Siv" not in gone and "Karin" not in gone
    assert "Stöd där du bor" in gone


def test_who_has_answered_and_waits_is_told_so(siv: Patient, world: World) -> None:
    olle = world.relative("Olle Berg", of=siv, confirmed=False)
    seen = said(olle.phone().get("/"))
    assert seen.startswith("Vi väntar på svar") and "Siv" not in seen and "Karin" not in seen


def test_only_bookings_show_no_contact(siv: Patient, world: World) -> None:
    olle = world.relative("Olle Berg", of=siv, items=("bookings",))
    seen = said(olle.phone().get("/"))
    assert "Låter dig se tider" in seen and "Karin" not in seen and "Björken" not in seen


@pytest.mark.parametrize("typed", ["Rättvik", "retvik", "rättviks kommun"])
def test_the_municipality_is_chosen_once_and_kept(anna: Relative, typed: str) -> None:
    phone = anna.phone()
    answer = post(phone, "/anhorig/kommun", kommun=typed)
    assert (answer.status_code, answer.location) == (303, "/anhorig#stod")
    assert kept(anna) == "2031"
    html = phone.get("/").text
    assert "Stöd i Rättvik" in html and 'href="/stod/rattvik"' in html
    assert "Vilken kommun?" not in html
    assert logged("relative.municipality")


def test_it_is_changed_and_forgotten(anna: Relative) -> None:
    phone = anna.phone()
    post(phone, "/anhorig/kommun", kommun="mora")
    assert "0250-260 00" in said(phone.get("/"))
    post(phone, "/anhorig/kommun", kommun="habo-uppsala")
    assert kept(anna) == "0305"
    post(phone, "/anhorig/kommun/glom")
    assert kept(anna) is None and "Stöd där du bor" in said(phone.get("/"))


def test_what_may_be_several_is_asked_and_what_is_nowhere_is_said(anna: Relative) -> None:
    phone = anna.phone()
    several = post(phone, "/anhorig/kommun", kommun="upplands")
    assert several.status_code == 422 and 'value="upplands-vasby"' in several.text
    nowhere = post(phone, "/anhorig/kommun", kommun="xyzzy")
    assert nowhere.status_code == 422 and "Vi hittar ingen kommun som heter ”xyzzy”." in said(nowhere)
    assert 'value="xyzzy"' in nowhere.text
    assert post(phone, "/anhorig/kommun").status_code == 422
    assert kept(anna) is None


def test_nobody_else_is_shown_where_a_relative_lives(anna: Relative, siv: Patient, karin: Staff, world: World) -> None:
    post(anna.phone(), "/anhorig/kommun", kommun="Rättvik")
    relation = db.short(anna.relations[siv])
    for who, paths in ((siv, ("/", "/anhoriga", f"/anhoriga/{relation}")), (karin, ("/",)), (world.admin(), ("/",))):
        for path in paths:
            assert "Rättvik" not in who.phone().get(path).text, f"{path} shows where a relative lives"
    objects = db.session().scalars(text("select object from access_log where action = 'relative.municipality'"))
    assert list(objects) == [None]


def test_a_patient_who_is_a_relative_too_sees_both(siv: Patient, world: World) -> None:
    tom = world.patient("Tom Berg")
    key, code = siv.offers("Tom")
    with db.transaction():
        relatives.accept(key, code, by=tom.viewer, now=clock.now())
        relatives.confirm(key, by=siv.viewer, now=clock.now())
    phone = tom.phone()
    own = phone.get("/")
    assert "Min kontakt" in said(own) and "Du är också anhörig" in said(own)
    assert 'href="/anhorig"' in own.text
    # Who answers is known from the first time on.
    phone.get("/")
    assert len(phone.heard) <= MOST
    others = phone.get("/anhorig")
    assert said(others).startswith("Siv Nyberg") and "Din egen start" in said(others)


def test_whoever_is_no_relative_has_no_such_page(siv: Patient, karin: Staff) -> None:
    assert siv.phone().get("/anhorig").status_code == 404
    assert karin.phone().get("/anhorig").status_code == 404
    assert post(siv.phone(), "/anhorig/kommun", kommun="Mora").status_code == 404


def test_it_asks_little_however_many_let_them_in(anna: Relative, world: World) -> None:
    phone = anna.phone()
    phone.get("/")
    one = len(phone.heard)
    for number in range(8):
        world.relative("Anna Sandberg", of=world.patient(f"Patient {number}"))
    phone.get("/")
    assert one <= MOST and len(phone.heard) <= MOST


def test_there_is_a_way_to_tell_and_to_be_rung_where_there_is_a_page(anna: Relative) -> None:
    ways = anna.world.app.view_functions
    html = anna.phone().get("/").text
    assert ("/beratta" in html) == ("told.tell" in ways)
    assert ("/ring-mig" in html) == ("calls.ask" in ways)
