"""The kallelse as patients and staff read it, in whose words, and what it never says of whoever is protected."""

import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts import service as accounts
from app.accounts.models import Person
from app.bookings import kind_service as kinds
from app.bookings import letter_queries
from app.bookings import service as bookings
from app.bookings.kind_service import NotInvited, UnknownField
from app.bookings.models import AppointmentLetter
from app.bookings.rules import CLOSING
from app.care import request_service
from app.core import clock, db
from app.core.audit import SYSTEM, log
from app.core.errors import NotFound
from tests.bookings.times import books, offers
from tests.care.pages import post, said
from tests.world import Patient, Someone, Staff, World, today, wall

pytestmark = pytest.mark.usefixtures("monday")
PLACE = "Kyrkogatan 12, våning 2"
OWN = "Välkommen {namn}, {tid}.\nVi ses på {plats}. Ta bussen till Falun.\nTa med: {ta med}.\n\nMed {vem}."


@pytest.fixture
def here(karin: Staff) -> str:
    """The address of what the letter of Karin's conversations says."""
    return f"/enhet/tider/{db.short(karin.unit.id)}/{db.short(offers(karin))}/kallelse"


def reads(who: Someone, booking: object, code: int = 200) -> str:
    answer = who.phone().get(f"/kallelse/{db.short(booking)}")  # type: ignore[arg-type]
    assert answer.status_code == code
    return said(answer)


def text_of(html: str) -> str:
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)
    assert found, "there is nothing to write in"
    return unescape(found.group(1)).strip()


def speaks(who: Someone, language: str) -> None:
    with db.transaction():
        db.run(update(Person).where(Person.id == who.person.id).values(language=language))
    db.session().expire_all()


def protect(who: Someone, karin: Staff, on: bool = True) -> None:
    with db.transaction():
        accounts.protect(who.person.id, on, unit_id=karin.unit.id, by=karin.viewer, now=clock.now())
    db.session().expire_all()


def test_the_patient_reads_who_when_where_and_may_bring_somebody(karin: Staff, siv: Patient) -> None:
    page = reads(siv, books(karin, siv, "2026-12-08 09:00", bring="Legitimation."))
    assert "Kallelse från Mottagning Björken Tisdag 8 december kl. 9.00–9.45" in page
    assert "Hej Siv Nyberg. Du har en tid tisdag 8 december kl. 9.00–9.45." in page
    assert f"Du möter Karin Ek, sjuksköterska. Var: {PLACE}. Ta med: Legitimation. Passar det inte?" in page
    assert CLOSING in page and "031-390 06 10" in page


def test_a_moved_time_has_a_letter_of_its_own_and_a_cancelled_one_says_so(karin: Staff, siv: Patient) -> None:
    booking = books(karin, siv, "2026-12-08 09:00")
    with db.transaction():
        bookings.move(booking, wall("2026-12-09 10:00"), wall("2026-12-09 10:45"), by=karin.viewer, now=clock.now())
    page = reads(siv, booking)
    assert "onsdag 9 december kl. 10.00–10.45" in page and "8 december" not in page
    assert "Den gäller i stället för den du fick förut." in page
    kept = db.session().scalars(select(AppointmentLetter.version).order_by(AppointmentLetter.version)).all()
    assert kept == [1, 2]
    with db.transaction():
        bookings.cancel(booking, by=karin.viewer, now=clock.now())
    page = reads(siv, booking)
    assert "Tiden är inställd" in page and "Kallelsen gäller inte längre." in page and CLOSING in page


def test_our_own_words_come_in_the_patients_language_and_the_line_stays(karin: Staff, siv: Patient) -> None:
    speaks(siv, "en")
    booking = books(karin, siv, "2026-12-08 09:00")
    phone = siv.phone()
    with phone.session_transaction() as cookie:
        cookie["language"] = "en"
    answer = phone.get(f"/kallelse/{db.short(booking)}")
    page = said(answer)
    assert "You have an appointment Tuesday 8 December at 9:00–9:45." in page and CLOSING in page
    assert "You are welcome to bring a relative or somebody close to you." in page
    assert '<div class="words" lang="en">' in answer.text and '<p class="ends" lang="sv">' in answer.text


def test_a_language_that_is_gone_is_swedish(karin: Staff, siv: Patient) -> None:
    speaks(siv, "xx")
    page = reads(siv, books(karin, siv, "2026-12-08 09:00"))
    assert "Du har en tid tisdag 8 december" in page and CLOSING in page


def test_the_unit_writes_its_own_words_and_nothing_takes_the_line_away(
    here: str, maria: Staff, karin: Staff, siv: Patient
) -> None:
    opened = maria.phone().get(here)
    assert text_of(opened.text).startswith("Hej {namn}.") and CLOSING not in text_of(opened.text)
    assert CLOSING in said(opened) and "Hej Förnamn Efternamn. Du har en tid måndag 30 november" in said(opened)
    shown = post(maria, here, words=OWN, gor="visa")
    assert shown.status_code == 200 and text_of(shown.text) == OWN
    assert "Välkommen Förnamn Efternamn" in said(shown) and "Ta med:" not in said(shown).partition("Så blir den")[2]
    before = books(karin, siv, "2026-12-08 09:00")
    assert "Du har en tid" in reads(siv, before)
    assert post(maria, here, words=OWN).status_code == 303
    page = reads(siv, books(karin, siv, "2026-12-09 09:00"))
    assert f"Välkommen Siv Nyberg, onsdag 9 december kl. 9.00–9.45. Vi ses på {PLACE}. Ta bussen till Falun." in page
    assert "Ta med:" not in page and CLOSING in page
    assert "Du har en tid" in reads(siv, before), "what is sent stays as it was"
    for words in ("", f"Hej. {CLOSING}", CLOSING, "Ta inte med någon.", f"{CLOSING} Eller ensam.", "\u202eHej"):
        assert post(maria, here, words=words).status_code == 303
    again = books(karin, siv, "2026-12-10 09:00")
    assert f"Hej {CLOSING}" in reads(siv, again)
    assert post(maria, here, words=text_of(opened.text)).status_code == 303
    assert maria.phone().get(here).text.count(CLOSING) == 2
    assert kept_template(karin) == CLOSING


def kept_template(karin: Staff) -> str:
    (found,) = letter_queries.templates_kept(SYSTEM)
    return found[1]


def test_a_field_that_there_is_not_is_refused_with_all_that_was_typed(here: str, maria: Staff, karin: Staff) -> None:
    for extra in ({}, {"gor": "visa"}):
        answer = post(maria, here, words="Hej {namn}.\nGå till {adress}.", **extra)
        assert answer.status_code == 422 and text_of(answer.text) == "Hej {namn}.\nGå till {adress}."
        assert "{adress} går inte att fylla i. Det som går är {namn}, {tid}, {plats}, {vem}, {ta med}." in said(answer)
    answer = post(maria, here, words="a" * 3001)
    assert answer.status_code == 422 and "Skriv kortare, högst 3000 tecken." in said(answer)
    assert kept_template(karin) == CLOSING


@pytest.mark.parametrize("letter", ["", "Hej.", f"{CLOSING} Eller inte.", CLOSING.lower(), f"{CLOSING}\n"])
def test_a_template_without_the_line_is_refused_and_nothing_is_stored(karin: Staff, letter: str) -> None:
    known = offers(karin)
    with pytest.raises(NotInvited), db.transaction():
        kinds.change_letter(known, letter, by=SYSTEM, now=clock.now())
    with pytest.raises(NotInvited), db.transaction():
        kinds.open_kind(karin.unit, "Ny", "visit", 45, staff=(), letter=letter, by=SYSTEM, now=clock.now())
    with pytest.raises(UnknownField), db.transaction():
        kinds.change_letter(known, f"{{adress}}\n\n{CLOSING}", by=SYSTEM, now=clock.now())
    assert kept_template(karin) == CLOSING


def test_nothing_of_a_place_stands_in_the_letter_of_whoever_is_protected(
    here: str, world: World, maria: Staff, karin: Staff, siv: Patient
) -> None:
    assert post(maria, here, words=OWN).status_code == 303
    before = books(karin, siv, "2026-12-08 09:00", bring="Kortet till porten på Kyrkogatan.")
    protect(siv, karin)
    after = books(karin, siv, "2026-12-09 09:00", bring="Kortet till porten på Kyrkogatan.")
    with db.transaction():
        bookings.change(after, "place", "Falu lasarett", by=karin.viewer, now=clock.now())
    erik = world.staff("Erik Lund")
    for booking in (before, after):
        for who in (siv, karin, erik):
            page = reads(who, booking)
            assert "Du har en tid" in page and "Du möter Karin Ek, sjuksköterska." in page and CLOSING in page
            page = page.replace("Mottagningar", "")
            for place in (PLACE, "Kyrkogatan", "Falun", "lasarett", "Björken", "031-390", "Samtal"):
                assert place not in page, (who, place)
    assert "Siv Nyberg" not in reads(erik, after) and "S. N." in reads(erik, after)
    assert "Till Siv Nyberg" in reads(karin, after)
    kept = [words for key, _version, words in letter_queries.letters_kept(SYSTEM) if key == after]
    assert len(kept) == 2 and not any(place in words for words in kept for place in ("Kyrkogatan", "Falu", "Siv"))
    protect(siv, karin, False)
    assert PLACE in reads(siv, before)


def test_staff_at_the_unit_read_it_and_the_patient_sees_that_they_did(world: World, karin: Staff, siv: Patient) -> None:
    booking = books(karin, siv, "2026-12-08 09:00")
    erik, frida = world.staff("Erik Lund"), world.staff("Frida Falk", unit="Mottagning Granen")
    assert "Till Siv Nyberg" in reads(erik, booking)
    read = select(log.c.actor_id).where(log.c.action == "booking.letter_read", log.c.patient_id == siv.person.id)
    assert db.session().scalars(read).all() == [erik.person.id]
    assert "Läste kallelsen till en tid." in said(siv.phone().get("/vem-har-last"))
    reads(frida, booking, 404)
    reads(world.patient("Leif Dahl"), booking, 404)
    with db.transaction():
        request_service.block(erik.person.id, by=siv.viewer, now=clock.now())
    reads(erik, booking, 404)
    with pytest.raises(NotFound):
        letter_queries.letter_for(siv.viewer, db.new_key(), today=today())


def test_every_letter_of_the_world_is_read_back_whole(app: Flask, karin: Staff, siv: Patient) -> None:
    for day in range(10, 15):
        books(karin, siv, f"2026-12-{day} 09:00")
    found = list(letter_queries.letters_kept(SYSTEM))
    assert len(found) == 5 and all(words.endswith(f"\n\n{CLOSING}") for _key, _version, words in found)
