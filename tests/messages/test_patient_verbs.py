"""What a patient does with a question beside asking it: it has solved itself, and what needs no answer."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.core import db
from app.messages.models import Thread
from app.waits.models import Wait
from tests.messages.test_history import lines, now_says, says
from tests.messages.test_views import send, stored
from tests.world import Patient, Staff, World, form_in, token_in, wall

Travel = time_machine.Traveller
TACK = {"text": "Tack!", "no_answer": "y"}


@pytest.fixture
def clockwork() -> Iterator[Travel]:
    """Wednesday 4 November 2026, 15.00."""
    with time_machine.travel(wall("2026-11-04 15:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def siv(clockwork: Travel, world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


def ends_of(thread: object) -> list[str | None]:
    db.session().expire_all()
    return list(db.session().scalars(select(Wait.ended_how).where(Wait.subject_id == thread).order_by(Wait.opened_at)))


def url(thread: object) -> str:
    return f"/meddelanden/{db.short(thread)}"  # type: ignore[arg-type]


def solve(someone: Patient, thread: object) -> int:
    phone = someone.phone()
    page = phone.get(f"{url(thread)}/lost")
    wait = page.text.split('name="wait" value="')[1].split('"')[0]
    return phone.post(f"{url(thread)}/lost", data={"csrf_token": token_in(page.text), "wait": wait}).status_code


def test_a_patient_says_that_it_has_solved_itself_and_nobody_waits_any_longer(siv: Patient, karin: Staff) -> None:
    thread = siv.asks("Hej.")
    assert "Siv" in says(karin, "/")
    page = siv.phone().get(f"{url(thread)}/lost").text
    assert "Karin Ek behöver inte svara då." in page and "en ny fråga, med en ny tid" in page
    assert solve(siv, thread) == 303
    assert ends_of(thread) == ["solved"]
    assert lines(siv, thread) == ["i dag kl. 15.00 Du skrev att det har löst sig."]
    assert lines(karin, thread) == ["i dag kl. 15.00 Siv skrev att det har löst sig."]
    assert now_says(siv, thread) == "" and "Ingen väntar på dig just nu" in says(karin, "/")
    found = db.session().get(Thread, thread)
    assert found and found.unanswered_n is None


def test_the_way_back_is_to_write_again_which_is_a_new_question(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    thread = siv.asks("Hej.")
    solve(siv, thread)
    clockwork.shift(timedelta(hours=20))
    siv.writes("Nu är det tillbaka.", thread=thread)
    assert ends_of(thread) == ["solved", None]
    assert "Du får svar senast" in now_says(siv, thread)


def test_a_page_left_open_does_not_end_a_question_asked_since(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    thread, phone = siv.asks("Hej."), siv.phone()
    page = phone.get(f"{url(thread)}/lost").text
    old = {"csrf_token": token_in(page), "wait": page.split('name="wait" value="')[1].split('"')[0]}
    karin.writes("Svar.", thread=thread)
    clockwork.shift(timedelta(hours=1))
    siv.writes("En ny fråga.", thread=thread)
    assert phone.post(f"{url(thread)}/lost", data=old).status_code == 303
    assert ends_of(thread) == ["reply", None]


def test_twice_is_as_once_and_where_nothing_waits_the_page_leads_back(siv: Patient) -> None:
    thread, phone = siv.asks("Hej."), siv.phone()
    page = phone.get(f"{url(thread)}/lost").text
    data = {"csrf_token": token_in(page), "wait": page.split('name="wait" value="')[1].split('"')[0]}
    assert [phone.post(f"{url(thread)}/lost", data=data).status_code for _ in range(2)] == [303, 303]
    assert phone.get(f"{url(thread)}/lost").location == url(thread)
    assert lines(siv, thread) == ["i dag kl. 15.00 Du skrev att det har löst sig."]


def test_nobody_else_ends_it(siv: Patient, karin: Staff, world: World) -> None:
    thread, other = siv.asks("Hej."), world.patient("Leif")
    assert other.phone().get(f"{url(thread)}/lost").status_code == 404
    assert karin.phone().get(f"{url(thread)}/lost").status_code == 404


def test_18_a_thanks_after_the_reply_opens_nothing(siv: Patient, karin: Staff) -> None:
    thread = siv.asks("Hej.")
    karin.writes("Svar.", thread=thread)
    assert send(siv.phone(), url(thread), **TACK).status_code == 303
    assert ends_of(thread) == ["reply"] and now_says(siv, thread) == ""
    assert "Ingen väntar på dig just nu" in says(karin, "/")
    assert "Oläst" in says(karin, "/meddelanden")
    for page in (karin.phone().get(url(thread)).text, siv.phone().get(url(thread)).text):
        assert page.count("Behöver inget svar") == 1
    found = db.session().get(Thread, thread)
    assert found and found.unanswered_n is None


def test_what_needs_no_answer_joins_a_question_that_still_waits(siv: Patient, karin: Staff) -> None:
    thread = siv.asks("Hej.")
    before = now_says(siv, thread)
    assert "Det du frågade förut väntar ändå på svar." in siv.phone().get(url(thread)).text
    assert send(siv.phone(), url(thread), **TACK).status_code == 303
    assert ends_of(thread) == [None] and now_says(siv, thread) == before
    assert "Hej." in says(karin, "/")


def test_a_first_letter_may_need_no_answer(siv: Patient, karin: Staff) -> None:
    assert siv.contact
    answer = send(siv.phone(), f"/meddelanden/ny/{db.short(siv.contact.id)}", **TACK)
    assert answer.status_code == 303 and db.session().query(Wait).count() == 0
    assert "Ingen väntar på dig just nu" in says(karin, "/") and "Tack!" in says(karin, "/meddelanden")


def test_who_reads_may_change_while_one_thanks(siv: Patient, karin: Staff, world: World) -> None:
    thread = siv.asks("Hej.")
    karin.writes("Svar.", thread=thread)
    phone = siv.phone()
    data = form_in(phone.get(url(thread)).text) | TACK
    karin.is_away("2026-11-04 14:00", None, world.staff("Erik Lund"))
    assert phone.post(url(thread), data=data).status_code == 303 and stored() == 3


def test_a_fault_keeps_the_tick(siv: Patient) -> None:
    thread = siv.asks("Hej.")
    answer = send(siv.phone(), url(thread), **(TACK | {"text": " "}))
    assert answer.status_code == 422 and 'value="y" checked' in answer.text
