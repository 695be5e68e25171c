"""Heads see that a question waits, since when and whose; the text when it has reached them, or they take it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from app.care import request_service, unit_service
from app.care import service as care
from app.core import clock, db
from app.core.audit import SYSTEM
from app.waits import head_queries
from app.waits.models import Handoff, Wait
from tests.care.around import asks_for_contact, lead, logged, post, said
from tests.client import LintedClient
from tests.waits.test_subjects import ill, worker_looks
from tests.waits.test_waits import holder, opens, wait_of
from tests.world import Patient, Someone, Staff, World, wall

Travel = time_machine.Traveller
SECRET = "Jag vaknar vid tre på natten."
WHY = "Karin är sjuk i dag, så det är jag som svarar dig."


@pytest.fixture
def clockwork() -> Iterator[Travel]:
    """Wednesday 4 November 2026, 15.00."""
    with time_machine.travel(wall("2026-11-04 15:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def siv(clockwork: Travel, world: World) -> Patient:
    return world.patient("Siv Nyberg")


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def erik(karin: Staff, world: World) -> Staff:
    return world.staff("Erik Lund")


@pytest.fixture
def maria(karin: Staff, world: World) -> Staff:
    return lead(world, world.staff("Maria Hedlund", title="enhetschef"))


def goes(world: World, clockwork: Travel, to: str) -> None:
    clockwork.move_to(wall(to))
    world.works_on()


def lines(page: str) -> list[str]:
    """Each question on the page, in words."""
    found = re.findall(r'<article class="wait.*?</article>', page, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", it)).split()) for it in found]


def taking(thread: UUID) -> str:
    return f"/fragor/{db.short(wait_of(thread).id)}/ta"


def function_person(world: World) -> Someone:
    """One of the region's function."""
    return world.admin()


def test_a_question_is_on_the_heads_page_from_three_quarters_of_its_promise(
    siv: Patient, maria: Staff, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    world.duty("2026-11-06 08:00", "2026-11-06 16:30", erik)
    siv.asks(SECRET)
    assert "Inget svar är sent" in said(maria.phone().get("/fragor"))
    goes(world, clockwork, "2026-11-05 16:00")
    assert lines(maria.phone().get("/fragor").text) == []
    goes(world, clockwork, "2026-11-06 10:00")
    page = maria.phone().get("/fragor")
    assert "Ett svar kan bli sent" in said(page)
    assert lines(page.text) == [
        "Siv Nyberg 14.00 i dag Skrev onsdag 4 november kl. 15.00. Karin Ek har frågan. Erik Lund är också tillfrågad."
    ]
    assert SECRET not in page.text


def test_past_its_promise_it_says_so_and_that_the_patient_knows(
    siv: Patient, maria: Staff, karin: Staff, world: World, clockwork: Travel
) -> None:
    siv.asks(SECRET)
    goes(world, clockwork, "2026-11-06 14:00")
    page = maria.phone().get("/fragor")
    assert "Ett svar är sent" in said(page)
    assert "Tiden har gått ut. Siv Nyberg vet om det och har fått en ny tid." in lines(page.text)[0]


def test_what_is_promised_today_is_there_and_what_is_promised_tomorrow_is_not(
    siv: Patient, maria: Staff, world: World, clockwork: Travel
) -> None:
    siv.asks("Ett.")
    clockwork.move_to(wall("2026-11-05 10:00"))
    world.patient("Leif").asks("Två.")
    clockwork.move_to(wall("2026-11-06 08:30"))
    found, more = head_queries.questions_for(maria.viewer, now=clock.now())
    assert ([it.whose for it in found], more) == (["Siv Nyberg"], None)


def test_the_first_promise_is_first_and_pages_follow_on_each_other(
    maria: Staff, siv: Patient, world: World, clockwork: Travel
) -> None:
    for number in range(22):
        clockwork.shift(timedelta(minutes=1))
        world.patient(f"Patient {number:02}").asks("Hej.")
    clockwork.move_to(wall("2026-11-06 09:00"))
    phone = maria.phone()
    first = phone.get("/fragor")
    assert "Fler än 20 svar kan bli sena" in said(first) and len(lines(first.text)) == 20
    assert lines(first.text)[0].startswith("Patient 00")
    more = re.search(r'href="(/fragor\?efter=[^"]+)"', first.text)
    assert more
    rest = phone.get(unescape(more.group(1)))
    assert [it.split(" 1")[0][:10] for it in lines(rest.text)] == ["Patient 20", "Patient 21"]


def test_only_those_who_lead_or_are_of_the_function_have_such_a_page(
    siv: Patient, maria: Staff, karin: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks(SECRET)
    goes(world, clockwork, "2026-11-06 10:00")
    there = lead(world, world.staff("Anna Berg", unit="Mottagning Granen"))
    for path in ("/fragor", taking(thread)):
        assert karin.phone().get(path).status_code == 404
        assert siv.phone().get(path).status_code == 404
    assert there.phone().get(taking(thread)).status_code == 404
    assert post(there.phone(), taking(thread), text=WHY).status_code == 404
    assert lines(there.phone().get("/fragor").text) == []


def test_a_head_takes_a_question_with_a_reason_that_the_patient_can_read(
    siv: Patient, maria: Staff, karin: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks(SECRET)
    assert not opens(maria, thread)
    goes(world, clockwork, "2026-11-06 10:00")
    page = maria.phone().get(taking(thread))
    assert "Ska du svara Siv Nyberg?" in said(page) and SECRET not in page.text
    answer = post(maria.phone(), taking(thread), text=WHY)
    assert (answer.status_code, answer.location) == (303, f"/meddelanden/{db.short(thread)}")
    assert (holder(thread, world), opens(maria, thread)) == ("Maria Hedlund", True)
    handed = db.session().scalars(select(Handoff).where(Handoff.reason == "taken")).one()
    assert handed.words == WHY
    assert SECRET in maria.phone().get(f"/meddelanden/{db.short(thread)}").text
    world.works_on()
    assert holder(thread, world) == "Maria Hedlund", "What a person has taken stays with them."


def test_without_a_reason_nothing_is_taken(siv: Patient, maria: Staff, karin: Staff, world: World) -> None:
    thread = siv.asks(SECRET)
    answer = post(maria.phone(), taking(thread), text=" ")
    assert answer.status_code == 422 and "Du har inte tagit frågan än" in said(answer)
    assert holder(thread, world) == "Karin Ek"


def test_a_head_who_is_away_is_told_why_not_and_the_words_are_kept(
    siv: Patient, maria: Staff, karin: Staff, world: World
) -> None:
    thread = siv.asks(SECRET)
    maria.is_away("2026-11-04 12:00")
    answer = post(maria.phone(), taking(thread), text=WHY)
    assert answer.status_code == 422
    assert "Du är inskriven som borta nu." in said(answer) and WHY in answer.text
    assert holder(thread, world) == "Karin Ek"


def test_a_head_who_does_not_work_in_care_there_is_told_so(siv: Patient, karin: Staff, world: World) -> None:
    head = world.staff("Nils Chef", unit="Mottagning Granen")
    with db.transaction():
        others = tuple(world.function)
        unit_service.name_head(karin.unit.id, head.person.id, others, by=SYSTEM, now=clock.now())
    thread = siv.asks(SECRET)
    answer = post(head.phone(), taking(thread), text=WHY)
    assert answer.status_code == 422 and "Bara den som arbetar i vården på" in said(answer)


def test_whom_the_patient_has_refused_cannot_take_it(siv: Patient, maria: Staff, karin: Staff, world: World) -> None:
    with db.transaction():
        request_service.block(maria.person.id, by=siv.viewer, now=clock.now())
    thread = siv.asks(SECRET)
    answer = post(maria.phone(), taking(thread), text=WHY)
    assert answer.status_code == 422 and "vill inte att du läser" in said(answer)
    assert not opens(maria, thread)


def test_nobody_takes_what_the_patient_waits_for_the_contact_with(
    siv: Patient, maria: Staff, karin: Staff, erik: Staff, world: World
) -> None:
    karin.is_away("2026-11-04 12:00", "2026-11-06 00:00", erik)
    thread = siv.asks(SECRET, wait_for_contact=True)
    page = maria.phone().get(taking(thread))
    assert "har valt att vänta på sin kontakt" in said(page) and "<textarea" not in page.text
    assert post(maria.phone(), taking(thread), text=WHY).status_code == 422
    assert not opens(maria, thread)


def test_what_has_been_answered_meanwhile_says_so(siv: Patient, maria: Staff, karin: Staff) -> None:
    thread = siv.asks(SECRET)
    way = taking(thread)
    karin.writes("Hej Siv.", thread=thread)
    answer = post(maria.phone(), way, text=WHY)
    assert answer.status_code == 409 and "Frågan väntar inte längre" in said(answer)


def test_a_question_at_the_function_is_an_alarm_for_head_and_function_without_its_text(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks(SECRET)
    for who in (karin, *(it for it in world.people.values() if isinstance(it, Staff) and it is not karin)):
        who.is_away("2026-11-04 15:01")
    goes(world, clockwork, "2026-11-04 15:02")
    assert holder(thread, world) == "function"
    page = function_person(world).phone().get("/fragor")
    assert "Den har nått regionens funktion. Utse någon som svarar." in lines(page.text)[0]
    assert SECRET not in page.text


def test_a_question_that_the_worker_could_not_handle_is_an_alarm(
    siv: Patient, maria: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks(SECRET)
    wait_of(thread).failed_at = clock.now()
    db.session().commit()
    assert "Frågan står still." in lines(maria.phone().get("/fragor").text)[0]


def test_what_the_head_has_been_asked_can_be_read_without_taking_it(
    siv: Patient, maria: Staff, karin: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks(SECRET)
    goes(world, clockwork, "2026-11-06 14:00")
    assert f'href="/meddelanden/{db.short(thread)}"' in maria.phone().get("/fragor").text
    assert "Frågan har redan kommit till dig." in said(maria.phone().get(taking(thread)))


def test_it_is_in_the_log_whose_questions_a_head_was_shown(
    siv: Patient, maria: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks(SECRET)
    clockwork.move_to(wall("2026-11-06 10:00"))
    phone = maria.phone()
    phone.get("/fragor")
    phone.get(taking(thread))
    assert (len(logged("wait.listed")), len(logged("wait.seen"))) == (1, 1)


def test_what_waits_for_the_head_is_on_the_start_page_with_the_page_that_settles_it(
    siv: Patient, maria: Staff, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    asks_for_contact(siv, karin.unit.id)
    ill(karin)
    worker_looks(world)
    page = maria.phone().get("/")
    assert "En patient ber om en kontakt" in said(page) and 'href="/patienter/onskemal"' in page.text
    assert "Ett glapp när Karin Ek är borta" in said(page)
    assert f'href="/bevakning/{db.short(karin.unit.id)}"' in page.text
    assert "Till dig som chef" not in said(erik.phone().get("/"))


def test_patients_without_a_contact_are_one_line_on_the_start_page(
    siv: Patient, maria: Staff, karin: Staff, world: World
) -> None:
    world.patient("Leif")
    with db.transaction():
        care.end_assignment(karin.assignment, on=clock.now().date(), by=SYSTEM, now=clock.now())
    worker_looks(world)
    assert "2 patienter behöver en ny kontakt efter Karin Ek" in said(maria.phone().get("/"))


def test_the_contact_whom_a_patient_wants_another_than_sees_it_nowhere_though_they_lead(
    siv: Patient, karin: Staff, maria: Staff, world: World, clockwork: Travel
) -> None:
    lead(world, karin, maria)
    asks_for_contact(siv, karin.unit.id, about=karin.person.id)
    worker_looks(world)
    goes(world, clockwork, "2026-11-09 15:00")
    assert lines(karin.phone().get("/fragor").text) == []
    assert "ber om en kontakt" not in said(karin.phone().get("/"))
    assert "Bad om en kontakt" in lines(maria.phone().get("/fragor").text)[0]


def test_the_head_answers_once_whether_patients_of_a_long_absence_shall_have_another_contact(
    siv: Patient, karin: Staff, erik: Staff, maria: Staff, world: World, clockwork: Travel
) -> None:
    with db.transaction():
        care.name_standing(karin.assignment, (erik.person.id,), by=SYSTEM, now=clock.now())
    ill(karin)
    clockwork.move_to(wall("2026-11-18 09:00"))
    worker_looks(world)
    wait = db.session().scalars(select(Wait).where(Wait.kind == "new_contact")).one()
    way = f"/fragor/{db.short(wait.id)}/lang-franvaro"
    phone: LintedClient = maria.phone()
    assert "Karin Ek har varit borta länge" in said(phone.get("/")) and f'href="{way}"' in phone.get("/").text
    assert "Nej, de behåller Karin Ek" in said(phone.get(way))
    assert post(phone, way).status_code == 303
    db.session().expire_all()
    assert (wait.ended_how, wait.ended_by) == ("done", maria.person.id)
    assert post(phone, way).status_code == 409
    assert erik.phone().get(way).status_code == 404


def test_the_page_takes_as_many_statements_for_twenty_as_for_one(
    siv: Patient, maria: Staff, world: World, clockwork: Travel
) -> None:
    siv.asks("Hej.")
    clockwork.move_to(wall("2026-11-06 10:00"))
    phone = maria.phone()
    phone.get("/fragor")
    one = len(phone.heard)
    clockwork.move_to(wall("2026-11-04 15:00"))
    for number in range(20):
        world.patient(f"Patient {number}").asks("Hej.")
    clockwork.move_to(wall("2026-11-06 10:00"))
    phone.get("/fragor")
    assert len(phone.heard) == one <= 6
