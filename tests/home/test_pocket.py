"""What may lie on a patient's phone: name, title, numbers and hours; no place of somebody whose identity is hidden."""

from datetime import timedelta

import pytest
import time_machine

from app.accounts import service as accounts
from app.bookings import service as bookings
from app.core import clock, db
from app.core.audit import SYSTEM
from app.home.pocket_views import DAYS, TIMES
from tests.bookings.times import books
from tests.world import Patient, World

DATA = "/pa-telefonen/uppgifter"


@pytest.fixture
def siv(world: World) -> Patient:
    return world.patient("Siv Nyberg")


def test_what_is_kept_is_how_to_reach_the_contact_and_nothing_more(siv: Patient) -> None:
    phone = siv.phone()
    answer = phone.get(DATA)
    assert answer.headers["Cache-Control"] == "no-store" and len(phone.heard) <= 6
    assert answer.json == {
        "days": DAYS,
        "times": [],
        "lines": [
            {
                "name": "Karin Ek",
                "about": "Sjuksköterska, Mottagning Björken",
                "href": "tel:+46313900612",
                "number": "031-390 06 12",
                "text": "Vardagar 8–16",
            },
            {
                "name": "Mottagning Björken",
                "about": "Ring hit om du inte når fram.",
                "href": "tel:+46313900610",
                "number": "031-390 06 10",
                "text": "Vardagar 8–16",
            },
        ],
    }
    assert "Siv" not in answer.text


def test_the_page_shows_what_is_kept_before_it_is(siv: Patient) -> None:
    phone = siv.phone()
    page = phone.get("/pa-telefonen").text
    assert len(phone.heard) <= 6
    for words in ("Karin Ek", "031-390 06 12", "031-390 06 10", "Den som kan låsa upp telefonen kan läsa det här."):
        assert words in page, words
    assert page.index("Den som kan låsa upp") < page.index('data-do="save"')


def test_who_answers_instead_is_never_kept(world: World, siv: Patient) -> None:
    world.staff("Karin Ek").is_away(f"{clock.now() - timedelta(days=1):%Y-%m-%d} 08:00", None, world.staff("Erik Lund"))
    phone = siv.phone()
    assert "Erik" not in phone.get(DATA).text and "Erik" not in phone.get("/pa-telefonen").text
    assert "Karin Ek" in phone.get(DATA).text


def test_a_protected_identity_keeps_no_place(siv: Patient) -> None:
    with db.transaction():
        accounts.protect(siv.person.id, True, unit_id=siv.world.staff("Karin Ek").unit.id, by=SYSTEM, now=clock.now())
    phone = siv.phone()
    said, page = phone.get(DATA).text, phone.get("/pa-telefonen").text
    assert "Björken" not in said and "031-390 06 10" in said and "Karin Ek" in said
    assert "Björken" not in page and "Därför sparas varken mottagningens namn eller någon plats." in page


def test_somebody_without_a_contact_has_nothing_to_keep(world: World) -> None:
    phone = world.patient("Lea", contact=None).phone()
    assert phone.get(DATA).json == {"days": DAYS, "lines": [], "times": []}
    page = phone.get("/pa-telefonen").text
    assert "Det finns inget att spara än" in page and 'href="/kontakt/be"' in page


def test_staff_and_nobody_keep_nothing(world: World) -> None:
    assert world.staff("Karin Ek").phone().get(DATA).status_code == 404
    assert world.app.test_client().get(DATA).status_code == 302


def test_each_page_that_shows_the_contact_leads_there(siv: Patient) -> None:
    for path in ("/", "/kontakt"):
        assert 'href="/pa-telefonen"' in siv.phone().get(path).text, path


def test_the_next_times_are_kept_in_words_that_stay_true(siv: Patient) -> None:
    karin = siv.world.staff("Karin Ek")
    with time_machine.travel("2026-11-09 12:00+01:00"):
        off = books(karin, siv, "2026-11-11 09:00")
        for day in range(10, 30):
            if day != 11:
                books(karin, siv, f"2026-11-{day} 09:00", bring="Något hemligt.")
        with db.transaction():
            bookings.cancel(off, by=karin.viewer, now=clock.now())
        phone = siv.phone()
        kept = phone.get(DATA)
        assert len(phone.heard) <= 6
        assert [it["name"] for it in kept.json["times"]][:2] == [
            "Tisdag 10 november kl. 9.00–9.45",
            "Torsdag 12 november kl. 9.00–9.45",
        ]
        assert len(kept.json["times"]) == TIMES and "hemligt" not in kept.text and "morgon" not in kept.text
        first = kept.json["times"][0]
        assert (
            first["about"] == "Samtal. Karin Ek, Kyrkogatan 12, våning 2" and first["ends"] == "2026-11-10T09:45+01:00"
        )
        assert "Tisdag 10 november kl. 9.00–9.45" in phone.get("/pa-telefonen").text


def test_a_time_of_a_protected_identity_is_kept_without_its_place(siv: Patient) -> None:
    karin = siv.world.staff("Karin Ek")
    with time_machine.travel("2026-11-09 12:00+01:00"):
        books(karin, siv, "2026-11-10 09:00")
        with db.transaction():
            accounts.protect(siv.person.id, True, unit_id=karin.unit.id, by=SYSTEM, now=clock.now())
        phone = siv.phone()
        assert phone.get(DATA).json["times"][0]["about"] == "Samtal. Karin Ek, besök"
        assert "Kyrkogatan" not in phone.get("/pa-telefonen").text


def test_somebody_with_a_time_and_no_contact_keeps_the_time(world: World) -> None:
    lea, karin = world.patient("Lea", contact=None), world.staff("Karin Ek")
    with time_machine.travel("2026-11-09 12:00+01:00"):
        books(karin, lea, "2026-11-10 09:00")
        phone = lea.phone()
        assert phone.get(DATA).json["lines"] == [] and len(phone.get(DATA).json["times"]) == 1
        assert "Det finns inget att spara än" not in phone.get("/pa-telefonen").text
