"""Staff write first: nothing waits for it, it is told when nobody reads it, and the answer comes back."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select

from app.accounts import service as accounts
from app.care import unit_service
from app.core import clock, db
from app.core.audit import SYSTEM
from app.messages import queries, unread_queries
from app.messages.models import Thread
from app.waits.models import Wait
from tests.client import statements
from tests.messages.questions import presses, told, wait_of, words
from tests.messages.test_views import form_at, kept
from tests.world import Patient, Staff, World, form_in, fresh_key, today, token_in, wall

Travel = time_machine.Traveller


@pytest.fixture
def clockwork() -> Iterator[Travel]:
    """Thursday 5 November 2026, 10.00."""
    with time_machine.travel(wall("2026-11-05 10:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def siv(clockwork: Travel, world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


def path(patient: Patient) -> str:
    return f"/patienter/{db.short(patient.person.id)}/skriv"


def opens(someone: Staff, patient: Patient, text: str, *, key: str | None = None) -> UUID:
    """Write first to a patient, by the page for it."""
    phone = someone.phone()
    answer = phone.post(path(patient), data=form_at(phone, path(patient)) | {"text": text, "key": key or fresh_key()})
    assert answer.status_code == 303, words(answer)
    return db.long(answer.location.partition("#")[0].rpartition("/")[2])


def count(what: type[Thread] | type[Wait]) -> int:
    return db.session().scalar(select(func.count()).select_from(what)) or 0


def test_17_a_nurse_opens_and_the_patient_never_reads(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    thread = opens(karin, siv, "Hej Siv. Vi har flyttat till våning tre.")
    row = db.session().get_one(Thread, thread)
    assert (row.belongs_to, row.opened_by, row.unanswered_n) == (karin.person.id, karin.person.id, None)
    assert count(Wait) == 0 and told(siv) == ["written"]
    assert "Inte läst än" not in words(karin.phone().get("/"))
    clockwork.move_to(wall("2026-11-08 09:59"))
    assert "Inte läst än" not in words(karin.phone().get("/"))
    clockwork.move_to(wall("2026-11-08 10:00"))
    start = karin.phone().get("/")
    assert "Siv Har inte läst det du skrev torsdag 5 november kl. 10.00." in words(start)
    assert f"/meddelanden/{db.short(thread)}" in start.text
    # Months later it stands there still, and no ladder was ever climbed.
    clockwork.move_to(wall("2027-03-01 10:00"))
    world.works_on()
    assert "Har inte läst det du skrev torsdag 5 november 2026 kl. 10.00." in words(karin.phone().get("/"))
    assert count(Wait) == 0


def test_it_is_unread_until_the_patient_opens_it(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    thread = opens(karin, siv, "Hej Siv. Vi har flyttat.")
    clockwork.shift(timedelta(days=4))
    phone = siv.phone()
    assert "Oläst" in words(phone.get("/meddelanden"))
    assert "Vi har flyttat." in words(phone.get(f"/meddelanden/{db.short(thread)}"))
    assert "Oläst" not in words(phone.get("/meddelanden"))
    assert "Inte läst än" not in words(karin.phone().get("/"))


def test_the_patients_reply_is_a_question_to_whoever_opened(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    thread = opens(karin, siv, "Hej Siv. Kan du komma på fredag?")
    siv.writes("Ja, när?", thread=thread)
    wait = wait_of(thread)
    assert (wait.belongs_to, wait.holder_id, wait.ended_at) == (karin.person.id, karin.person.id, None)
    assert "En väntar på dig" in words(karin.phone().get("/"))
    karin.writes("Klockan tio.", thread=thread)
    assert wait_of(thread).ended_how == "reply"


def test_when_the_opener_is_away_the_reply_goes_on_in_the_order(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    erik = world.staff("Erik Lund")
    thread = opens(karin, siv, "Hej Siv. Kan du komma på fredag?")
    karin.is_away("2026-11-06 00:00", "2026-11-20 00:00", erik)
    clockwork.move_to(wall("2026-11-06 09:00"))
    siv.writes("Ja, när?", thread=thread)
    assert (wait_of(thread).belongs_to, wait_of(thread).holder_id) == (karin.person.id, erik.person.id)


def test_it_is_gone_from_the_start_page_when_it_is_closed(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    thread = opens(karin, siv, "Hej Siv.")
    clockwork.shift(timedelta(days=4))
    assert "Inte läst än" in words(karin.phone().get("/"))
    assert presses(karin, thread, "avsluta").status_code == 303
    assert "Inte läst än" not in words(karin.phone().get("/"))


def test_the_start_page_shows_the_oldest_few_and_asks_once(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    opens(karin, siv, "Nummer 0.")
    clockwork.shift(timedelta(days=4))
    phone = karin.phone()
    with statements(world.app) as heard:
        assert "Inte läst än" in words(phone.get("/"))
    first = len(heard)
    clockwork.shift(timedelta(days=-3))
    for number in range(1, 9):
        opens(karin, siv, f"Nummer {number}.")
        clockwork.shift(timedelta(minutes=1))
    clockwork.shift(timedelta(days=4))
    phone = karin.phone()
    with statements(world.app) as heard:
        start = words(phone.get("/"))
    assert len(heard) == first <= 6
    assert start.count("Har inte läst det du skrev") == 5 and "Det finns fler." in start
    rows, more = unread_queries.unread_of(karin.viewer, now=clock.now(), today=today())
    assert more and [row.topic for row in rows] == [f"Nummer {number}" for number in range(5)]


def test_sending_the_same_page_twice_is_one_thread_and_two_pages_are_two(siv: Patient, karin: Staff) -> None:
    key = fresh_key()
    assert opens(karin, siv, "Hej.", key=key) == opens(karin, siv, "Hej.", key=key)
    assert count(Thread) == 1 and told(siv) == ["written"]
    opens(karin, siv, "Hej.")
    assert count(Thread) == 2


def test_what_cannot_be_sent_keeps_its_text(siv: Patient, karin: Staff) -> None:
    phone = karin.phone()
    for typed, fault in (({"text": " "}, "Skriv något först"), ({"key": "x"}, "Något blev fel med sidan")):
        answer = phone.post(path(siv), data=form_at(phone, path(siv)) | {"text": "Mina ord."} | typed)
        assert answer.status_code == 422 and fault in words(answer)
        assert kept(answer) == typed.get("text", "Mina ord.")
    assert count(Thread) == 0


def test_a_draft_to_a_patient_is_kept_and_forgotten_when_it_is_sent(siv: Patient, karin: Staff) -> None:
    phone = karin.phone()
    saved = phone.post(path(siv), data=form_at(phone, path(siv)) | {"text": "Hej Siv, jag", "spara": "1"})
    assert saved.status_code == 303 and kept(phone.get(path(siv))) == "Hej Siv, jag"
    token = token_in(phone.get(path(siv)).text)
    place = db.short(siv.person.id)
    typed = {"csrf_token": token, "place": place, "text": "Hej Siv, jag undrar"}
    assert phone.post("/meddelanden/utkast", data=typed, lint=False).status_code == 200
    page = phone.get(path(siv))
    assert kept(page) == "Hej Siv, jag undrar"
    assert phone.post(path(siv), data=form_in(page.text) | {"text": kept(page)}).status_code == 303
    assert kept(phone.get(path(siv))) == ""


def test_only_a_contact_or_the_head_who_works_there_writes_first(siv: Patient, karin: Staff, world: World) -> None:
    erik, far = world.staff("Erik Lund"), world.staff("Jonas Ström", unit="Mottagning Granen")
    tom = world.patient("Tom", contact="Jonas Ström")
    for someone, patient in ((erik, siv), (far, siv), (karin, tom), (tom, siv), (siv, siv)):
        phone = someone.phone()
        token = token_in(phone.get("/logga-ut").text)
        assert phone.get(path(patient)).status_code == 404
        typed = {"csrf_token": token, "text": "Mina ord.", "key": fresh_key()}
        answer = phone.post(path(patient), data=typed)
        assert answer.status_code == 404 and kept(answer) == "Mina ord."
        draft = {"csrf_token": token, "place": db.short(patient.person.id), "text": "Smyg."}
        assert phone.post("/meddelanden/utkast", data=draft, lint=False).status_code == 404
    assert count(Thread) == 0
    with db.transaction():
        unit_service.name_head(erik.unit.id, erik.person.id, tuple(world.function), by=SYSTEM, now=clock.now())
    page = erik.phone().get(f"/patienter/{db.short(siv.person.id)}")
    assert path(siv) in page.text
    thread = opens(erik, siv, "Hej Siv, jag är chef här.")
    assert db.session().get_one(Thread, thread).belongs_to == erik.person.id


def test_nobody_writes_to_a_closed_account(siv: Patient, karin: Staff) -> None:
    with db.transaction():
        accounts.close_account(siv.person.id, by=SYSTEM, now=clock.now())
    assert karin.phone().get(path(siv)).status_code == 404


def test_the_list_of_ones_patients_is_in_order_and_has_pages(karin: Staff, siv: Patient, world: World) -> None:
    for number in range(25):
        world.patient(f"Patient {number:02}")
    phone = karin.phone()
    page = phone.get("/patienter/skriv")
    said = words(page)
    assert said.index("Patient 00") < said.index("Patient 01") and "Siv" not in said
    more = page.text.partition('rel="prev" href="')[2].partition('"')[0]
    assert "Siv" in words(phone.get(more)) and "Patient 19" not in words(phone.get(more))
    erik = world.staff("Erik Lund")
    assert "Du är inte fast vårdkontakt för någon" in words(erik.phone().get("/patienter/skriv"))


def test_what_it_is_called_comes_from_its_first_words(siv: Patient, karin: Staff) -> None:
    thread = opens(karin, siv, "Hej Siv. Vi har flyttat till våning tre.")
    assert queries.thread_for(siv.viewer, thread, today=today()).topic == "Vi har flyttat till våning tre"
