"""Back at work: what waited, and what others did with it."""

from collections.abc import Iterator

import pytest
import time_machine

from app.bookings import answer_service
from app.care import absence_service as absences
from app.care.absence_rules import Stretch
from app.core import clock, db
from app.core.audit import log
from app.waits import service as waits
from tests.bookings.times import books
from tests.world import Patient, Staff, World, token_in, wall

Travel = time_machine.Traveller
BACK = "/medan-du-var-borta"
LINE = "Se vad som kom och vad andra har gjort."


@pytest.fixture
def clockwork() -> Iterator[Travel]:
    """Friday 6 November 2026, 15.00."""
    with time_machine.travel(wall("2026-11-06 15:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def karin(clockwork: Travel, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def erik(clockwork: Travel, world: World) -> Staff:
    return world.staff("Erik Lund", title="skötare")


@pytest.fixture
def siv(karin: Staff, world: World) -> Patient:
    return world.patient("Siv Nyberg")


def away(who: Staff, starts: str, ends: str, substitute: Staff) -> None:
    period = Stretch(wall(starts), wall(ends))
    people = (substitute.person.id,)
    with db.transaction():
        absences.register(who.person.id, period, substitutes=people, by=who.viewer, now=clock.now())


def test_after_a_week_away_the_list_says_who_answered_when_and_what_still_waits(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    away(karin, "2026-11-09 00:00", "2026-11-14 00:00", erik)
    leif = world.patient("Leif Dahl")
    clockwork.move_to(wall("2026-11-10 10:00"))
    answered = siv.asks("Kan jag ta tabletten på morgonen?")
    clockwork.move_to(wall("2026-11-10 10:42"))
    erik.writes("Ja.", thread=answered)
    clockwork.move_to(wall("2026-11-13 15:00"))
    leif.asks("Kan vi flytta tiden?")

    clockwork.move_to(wall("2026-11-15 20:00"))
    assert LINE not in karin.phone().get("/").text
    clockwork.move_to(wall("2026-11-16 08:05"))
    phone = karin.phone()
    assert LINE in phone.get("/").text
    page = phone.get(BACK).text
    assert "Sedan fredag 6 november kl. 16.30." in page
    assert "Erik Lund svarade tisdag 10 november kl. 10.42." in page and "Siv Nyberg" in page
    assert "Erik Lund har frågan." in page and "Leif Dahl" in page and "Jag tar den" in page
    assert LINE not in phone.get("/").text and "Medan du var borta" in phone.get("/").text
    clockwork.move_to(wall("2026-11-16 15:00"))
    assert "Erik Lund svarade" in karin.phone().get(BACK).text


def test_from_the_list_one_takes_what_is_still_with_another(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    away(karin, "2026-11-09 00:00", "2026-11-11 00:00", erik)
    clockwork.move_to(wall("2026-11-10 15:00"))
    thread = siv.asks("Hej.")
    clockwork.move_to(wall("2026-11-11 08:05"))
    phone = karin.phone()
    page = phone.get(BACK).text
    address = f"/meddelanden/{db.short(thread)}/ta"
    assert f'action="{address}"' in page
    assert phone.post(address, data={"csrf_token": token_in(page)}).status_code == 303
    page = phone.get(BACK).text
    assert "Du har frågan." in page and "Jag tar den" not in page


def test_a_weekend_in_which_something_came_has_a_list_and_one_without_has_none(
    siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-11-07 22:00"))
    siv.asks("Hej.")
    clockwork.move_to(wall("2026-11-09 08:00"))
    phone = karin.phone()
    assert LINE in phone.get("/").text
    page = phone.get(BACK).text
    assert "Sedan fredag 6 november kl. 16.30." in page and "Du har frågan." in page
    clockwork.move_to(wall("2026-11-10 08:00"))
    assert LINE not in karin.phone().get("/").text


def test_a_list_that_was_not_opened_on_the_first_day_still_begins_before_the_absence(
    siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    away(karin, "2026-11-09 00:00", "2026-11-10 00:00", erik)
    clockwork.move_to(wall("2026-11-09 10:00"))
    erik.writes("Svar.", thread=siv.asks("Hej."))
    clockwork.move_to(wall("2026-11-11 09:00"))
    phone = karin.phone()
    assert LINE in phone.get("/").text
    page = phone.get(BACK).text
    assert "Sedan fredag 6 november kl. 16.30." in page and "Erik Lund svarade måndag 9 november" in page


def test_what_was_talked_over_needed_no_answer_or_solved_itself_is_said_in_words(
    siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    away(karin, "2026-11-09 00:00", "2026-11-14 00:00", erik)
    clockwork.move_to(wall("2026-11-10 10:00"))
    threads = [siv.asks(f"Fråga {n}.") for n in range(3)]
    with db.transaction():
        now = clock.now()
        waits.end("thread", threads[0], "talked", talked_at=now, by=erik.viewer, now=now)
        waits.end("thread", threads[1], "no_need", reason="Läst, tack", by=erik.viewer, now=now)
        waits.end("thread", threads[2], "solved", by=siv.viewer, now=now)
    clockwork.move_to(wall("2026-11-16 08:05"))
    page = karin.phone().get(BACK).text
    assert "Erik Lund pratade med Siv Nyberg." in page
    assert "Erik Lund läste tisdag 10 november kl. 10.00. Inget svar behövdes." in page
    assert "Siv Nyberg skrev tisdag 10 november kl. 10.00 att det har löst sig." in page


def test_what_one_was_shown_of_patients_is_in_the_log(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-11-07 22:00"))
    thread = siv.asks("Hej.")
    clockwork.move_to(wall("2026-11-09 08:00"))
    assert karin.phone().get(BACK).status_code == 200
    seen = log.select().where(log.c.actor_id == karin.person.id, log.c.patient_id == siv.person.id)
    assert [(row.action, row.object) for row in db.run(seen)] == [("thread.glimpsed", f"thread:{db.short(thread)}")]


def test_a_request_to_answer_stands_on_the_list_until_it_is_answered(
    karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-11-07 12:00"))
    away(erik, "2026-11-23 00:00", "2026-11-28 00:00", karin)
    clockwork.move_to(wall("2026-11-09 08:00"))
    page = karin.phone().get(BACK).text
    assert "Du är ombedd att svara för" in page and "Erik Lund" in page


def test_what_others_did_is_listed_by_pages(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    away(karin, "2026-11-09 00:00", "2026-11-14 00:00", erik)
    for n in range(22):
        clockwork.move_to(wall(f"2026-11-10 10:{n:02}"))
        erik.writes("Ja.", thread=siv.asks(f"Fråga {n}."))
    clockwork.move_to(wall("2026-11-16 08:05"))
    phone = karin.phone()
    first = phone.get(BACK).text
    assert first.count("Erik Lund svarade") == 20 and first.index("10.21") < first.index("10.02")
    older = first.split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&")
    assert phone.get(older).text.count("Erik Lund svarade") == 2


def test_nobody_is_told_of_what_belongs_to_others(siv: Patient, erik: Staff, clockwork: Travel) -> None:
    clockwork.move_to(wall("2026-11-07 22:00"))
    siv.asks("Hej.")
    clockwork.move_to(wall("2026-11-09 08:00"))
    page = erik.phone().get(BACK).text
    assert "Siv Nyberg" not in page and "Inget hände medan du var borta" in page


def test_what_a_patient_answered_about_a_time_is_on_the_list_too(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    key = books(karin, siv, "2026-12-01 09:00")
    away(karin, "2026-11-09 00:00", "2026-11-14 00:00", erik)
    clockwork.move_to(wall("2026-11-10 10:00"))
    with db.transaction():
        answer_service.answer(key, "tentative", by=siv.viewer, now=clock.now())
    clockwork.move_to(wall("2026-11-14 08:00"))
    page = karin.phone().get(BACK)
    assert "Siv Nyberg" in page.text and "Om en tid. Kom" in page.text
    assert f"/tider/svar/{db.short(key)}" in page.text
    with db.transaction():
        answer_service.talked(key, clock.now(), by=erik.viewer, now=clock.now())
    assert "Erik Lund pratade med Siv Nyberg." in karin.phone().get(BACK).text
