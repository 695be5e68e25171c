"""What a patient sees and sends while people come and go, one sentence a line (ANSWERING.md, Cases)."""

import re
from collections.abc import Iterator
from html import unescape
from itertools import pairwise

import pytest
import time_machine

from app.care import contact_service
from app.care import queries as care
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.care.worlds import week
from tests.client import LintedClient
from tests.world import ADULT, Patient, Staff, World, form_in, today, wall

Travel = time_machine.Traveller


@pytest.fixture
def clockwork() -> Iterator[Travel]:
    """Monday 2 November 2026, 9.00."""
    with time_machine.travel(wall("2026-11-02 09:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def karin(clockwork: Travel, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def erik(karin: Staff, world: World) -> Staff:
    return world.staff("Erik Lund", title="skötare")


@pytest.fixture
def siv(karin: Staff, world: World) -> Patient:
    return world.patient("Siv")


def words(html: str) -> str:
    """What the main part of a page says, its tags taken away."""
    main = html.partition("<main")[2].partition("</main>")[0]
    shown = re.sub(r"<template.*?</template>", "", main, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", shown)).split()).replace(" .", ".").replace("\xa0", " ")


def new(patient: Patient) -> str:
    return f"/meddelanden/ny/{db.short(care.contacts_of(patient.viewer, today=today())[0].key)}"


def posts(phone: LintedClient, path: str, text: str, *, page: str | None = None, **more: str) -> tuple[int, str]:
    """Send from a page that is open, or is opened now: the status, and where it leads or what is said."""
    answer = phone.post(path, data=form_in(page or phone.get(path).text) | {"text": text} | more)
    return answer.status_code, (answer.location or "").partition("#")[0] or answer.text


def test_1_karin_goes_home_and_thursdays_duty_takes_over(world: World, clockwork: Travel) -> None:
    world.staff("Karin Ek", works=week(mon_wed="8-16.30"))
    erik, siv = world.staff("Erik Lund"), world.patient("Siv")
    world.duty("2026-11-05 08:00", "2026-11-05 16:30", erik)
    clockwork.move_to(wall("2026-11-04 15:00"))
    phone = siv.phone()
    said = words(phone.get(new(siv)).text)
    assert "Karin Ek läser till kl. 16.30 i dag. Från i morgon svarar Erik Lund." in said
    assert "Du får svar senast fredag 6 november kl. 14.00." in said
    _code, thread = posts(phone, new(siv), "Hej Karin.")
    clockwork.move_to(wall("2026-11-04 16:30"))
    world.works_on()
    clockwork.move_to(wall("2026-11-05 08:10"))
    said = words(phone.get(thread).text)
    assert "Erik Lund tar över. Karin Ek är borta. Tiden gäller fortfarande." in said
    assert "Erik Lund svarar i stället för Karin Ek, som är tillbaka måndag 9 november." in said
    assert "Du får svar senast i morgon kl. 14.00." in said
    assert "En väntar på dig" in erik.phone().get("/").text
    erik.writes("Hej Siv, Karin är tillbaka på måndag.", thread=db.long(thread.rpartition("/")[2]))
    assert "tillbaka på måndag" in phone.get(thread).text
    assert "Ingen väntar på dig just nu" in erik.phone().get("/").text
    assert "Erik Lund skrev i dag kl. 8.10" in words(phone.get("/meddelanden").text)


def test_2_on_a_saturday_night_the_page_begins_with_when_somebody_reads(
    world: World, siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    karin.is_away("2026-11-06 00:00", "2026-12-01 00:00")
    clockwork.move_to(wall("2026-11-07 22:00"))
    html = siv.phone().get(new(siv)).text
    said = words(html)
    assert said.index("Ingen läser det här före måndag 9 november kl. 8.00.") < said.index("1177") < said.index("112 ")
    assert html.index("tel:1177") < html.index("<textarea")
    assert "Erik Lund svarar i stället för Karin Ek, som är tillbaka tisdag 1 december." in said
    assert "Du får svar senast tisdag 10 november kl. 15.30." in said and "Vänta på" not in said
    assert "Karin Ek, från tisdag 1 december." in said and "Erik Lund. Vardagar" in said


def test_3_one_may_wait_for_a_contact_who_works_on_tuesdays(world: World, clockwork: Travel) -> None:
    world.staff("Karin Ek", works=week(tue="8-16.30"))
    erik, siv = world.staff("Erik Lund"), world.patient("Siv")
    clockwork.move_to(wall("2026-11-05 10:00"))
    phone = siv.phone()
    said = words(phone.get(new(siv)).text)
    assert "Skriv till Erik Lund" in said and "Vänta på Karin Ek" in said
    assert "Då får du svar senast onsdag 11 november kl. 15.30." in said
    _code, thread = posts(phone, new(siv), "Bara till Karin.", vanta="1")
    said = words(phone.get(thread).text)
    assert "Du väntar på Karin Ek" in said and "Karin Ek är tillbaka tisdag 10 november." in said
    assert "Ingen annan läser före dess." in said and "Skicka till Karin Ek" in said
    assert erik.phone().get(thread).status_code == 404 and "Ingen väntar" in erik.phone().get("/").text
    assert "Bara till Karin." in world.staff("Karin Ek").phone().get("/").text


def test_4_two_names_and_a_promise_that_both_keep(
    world: World, siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    karin.is_away("2026-11-09 00:00", "2026-11-30 00:00", erik)
    clockwork.move_to(wall("2026-11-06 16:00"))
    phone = siv.phone()
    said = words(phone.get(new(siv)).text)
    assert "Karin Ek läser till kl. 16.30 i dag. Från måndag 9 november svarar Erik Lund." in said
    assert "Du får svar senast tisdag 10 november kl. 15.00." in said
    # Four days ahead: whoever can be reached before then is named, with the number.
    assert "Vill du ha svar före dess? Ring." in said and "Karin Ek. Vardagar 8–16" in said
    _code, thread = posts(phone, new(siv), "Trevlig semester.")
    assert "Karin Ek läser det du skriver" in words(phone.get(thread).text)
    clockwork.move_to(wall("2026-11-06 16:30"))
    world.works_on()
    assert "Erik Lund läser det du skriver" in words(phone.get(thread).text)


def test_9_a_patient_who_moves_leaves_no_question_behind(
    world: World, siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    phone, anna = siv.phone(), world.staff("Anna Berg", unit="Mottagning Granen")
    _code, old = posts(phone, new(siv), "Min fråga på Björken.")
    with db.transaction():
        assert siv.contact
        contact_service.end_contact(siv.contact.id, on=today(), by=SYSTEM, now=clock.now())
    clockwork.move_to(wall("2026-11-03 09:00"))
    with db.transaction():
        contact_service.appoint(
            siv.person, anna.person.id, anna.unit, coordinating=True, born=ADULT, by=SYSTEM, now=clock.now()
        )
    world.works_on()
    said = words(phone.get("/").text)
    assert "Skriv till Anna Berg" in said and "Karin Ek har inte läst än. Du får svar senast i dag kl. 16.30." in said
    _code, fresh = posts(phone, new(siv), "Min fråga på Granen.")
    assert fresh != old and anna.phone().get(old).status_code == 404
    assert "Min fråga på Björken." in karin.phone().get("/").text
    karin.writes("Svar från Björken.", thread=db.long(old.rpartition("/")[2]))
    assert "Svar från Björken." in phone.get(old).text
    assert "Min fråga på Granen." in anna.phone().get("/").text and "Granen" not in karin.phone().get("/").text


def test_14_the_one_who_answers_is_heard_though_the_contact_is_back(
    world: World, siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    karin.is_away("2026-11-02 00:00", "2026-11-03 00:00", erik)
    phone = siv.phone()
    _code, thread = posts(phone, new(siv), "Hej Karin.")
    clockwork.move_to(wall("2026-11-03 07:50"))
    desk = erik.phone()
    open_page = desk.get(thread).text
    clockwork.move_to(wall("2026-11-03 08:05"))
    world.works_on()
    assert "Erik Lund har frågan." in words(karin.phone().get("/").text)
    assert posts(desk, thread, "Hej Siv.", page=open_page) == (303, thread)
    assert "Hej Siv." in phone.get(thread).text
    assert "Ingen väntar på dig just nu" in karin.phone().get("/").text


def test_what_was_said_before_the_post_is_what_is_promised(
    world: World, siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    phone = siv.phone()
    page = phone.get(new(siv)).text
    karin.is_away("2026-11-02 09:00", "2026-11-05 00:00", erik)
    code, stopped = posts(phone, new(siv), "Hej Karin.", page=page)
    said = words(stopped)
    assert code == 409 and "Inte skickat än: Erik Lund läser i stället" in said and "Hej Karin.</textarea>" in stopped
    assert "Erik Lund svarar i stället för Karin Ek, som är tillbaka torsdag 5 november." in said
    assert "Skicka till Erik Lund" in said and "Vänta på Karin Ek" in said
    assert "Du får svar senast" in said.partition("Det du skrev")[0]
    code, thread = posts(phone, new(siv), "Hej Karin.", page=stopped, vanta="1")
    assert code == 303 and "Du väntar på Karin Ek" in words(phone.get(thread).text)
    # The first page again, by the back button: the letter that is stored, and no second one.
    assert posts(phone, new(siv), "Hej Karin.", page=page) == (303, thread)


@pytest.mark.parametrize(("later", "code"), [("2026-11-02 10:00", 303), ("2026-11-02 10:01", 409)])
def test_an_hour_of_delay_is_let_pass_and_more_is_said(
    world: World, siv: Patient, karin: Staff, clockwork: Travel, later: str, code: int
) -> None:
    phone = siv.phone()
    page = phone.get(new(siv)).text
    clockwork.move_to(wall(later))
    status, said = posts(phone, new(siv), "Hej.", page=page)
    assert status == code
    if code == 409:
        assert "Inte skickat än: svaret kan komma senare än det stod" in words(said)
        assert posts(phone, new(siv), "Hej.", page=said)[0] == 303


def test_more_to_an_open_question_goes_to_whoever_has_it_and_stops_when_that_is_another(
    world: World, siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    phone = siv.phone()
    _code, thread = posts(phone, new(siv), "Ett.")
    page = phone.get(thread).text
    clockwork.move_to(wall("2026-11-03 08:30"))
    assert posts(phone, thread, "Två.", page=page)[0] == 303
    page = phone.get(thread).text
    karin.is_away("2026-11-03 08:30", None, erik)
    world.works_on()
    code, stopped = posts(phone, thread, "Tre.", page=page)
    assert code == 409 and "Inte skickat än: Erik Lund läser i stället" in words(stopped)
    assert "Du får svar senast i dag kl. 16.30." in words(stopped) and "Vänta på" not in words(stopped)
    assert posts(phone, thread, "Tre.", page=stopped)[0] == 303
    assert "Tre." in erik.phone().get(thread).text


def test_when_nobody_at_the_unit_can_the_region_answers_and_its_number_is_shown(
    world: World, siv: Patient, karin: Staff
) -> None:
    karin.is_away("2026-11-02 08:00")
    phone = siv.phone()
    said = words(phone.get("/").text)
    assert "Regionen svarar nu" in said and "Skriv till regionen" in said and "031-390 06 00" in said
    said = words(phone.get(new(siv)).text)
    assert "Ingen på Mottagning Björken kan svara just nu. Då tar regionen din fråga." in said
    assert "Regionen läser det du skriver. Du får svar senast" in said and "Skicka till regionen" in said
    _code, thread = posts(phone, new(siv), "Hallå?")
    assert "Regionen läser det du skriver" in words(phone.get(thread).text)


def test_a_broken_promise_is_said_on_the_page_with_the_new_time(
    world: World, siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    phone = siv.phone()
    _code, thread = posts(phone, new(siv), "Hej.")
    state = phone.get(f"/lage?om=t.{thread.rpartition('/')[2]}").headers["ETag"]
    clockwork.move_to(wall("2026-11-04 08:00"))
    world.works_on()
    assert "Vi höll inte tiden. Du får svar senast i morgon kl. 16.30." in words(phone.get(thread).text)
    assert phone.get(f"/lage?om=t.{thread.rpartition('/')[2]}").headers["ETag"] != state
    assert "Tiden har gått ut." in words(karin.phone().get("/").text)


def test_a_page_that_only_asks_hears_that_a_question_has_come(
    world: World, siv: Patient, karin: Staff, erik: Staff
) -> None:
    karin.is_away("2026-11-02 08:00", None, erik)
    desk, path = erik.phone(), f"/lage?om=p.{db.short(erik.person.id)}"
    seen = [desk.get(path).headers["ETag"]]
    thread = siv.asks("Ett.")
    seen.append(desk.get(path).headers["ETag"])
    siv.writes("Två.", thread=thread)
    seen.append(desk.get(path).headers["ETag"])
    erik.writes("Svar.", thread=thread)
    seen.append(desk.get(path).headers["ETag"])
    assert all(before != after for before, after in pairwise(seen))
