"""Each way of sending that cannot go through is a clear page, with the words still on it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text
from werkzeug.test import TestResponse

from app.accounts import service as accounts
from app.care import service as care
from app.core import audit, clock, db
from app.core.audit import SYSTEM
from app.machine.postgres import Server
from app.messages import list_queries
from app.messages.models import Message
from tests.client import LintedClient
from tests.world import Patient, Staff, World, form_in, fresh_key, today, token_in

WORDS = "Jag sover inte. <b>Inte</b> alls & är trött 🙂"
TEXTAREA = re.compile(r"<textarea[^>]*>\n?(.*?)</textarea>", re.DOTALL)


def kept(answer: TestResponse) -> str:
    return unescape("".join(TEXTAREA.findall(answer.text))).replace("\r\n", "\n")


def form_at(phone: LintedClient, path: str) -> dict[str, str]:
    """What the form there carries; where there is no page, as much as anybody could make up."""
    page = phone.get(path).text
    return form_in(page) if "data-send" in page else {"csrf_token": token_in(page), "key": fresh_key()}


def send(phone: LintedClient, path: str, words: str = WORDS, **more: str) -> TestResponse:
    return phone.post(path, data=form_at(phone, path) | {"text": words} | more)


def stored() -> int:
    db.session().expire_all()
    return db.session().scalar(select(func.count()).select_from(Message)) or 0


@pytest.fixture
def siv(world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def thread(siv: Patient) -> str:
    return f"/meddelanden/{db.short(siv.asks('Hej.'))}"


@pytest.fixture
def new(siv: Patient) -> str:
    assert siv.contact
    return f"/meddelanden/ny/{db.short(siv.contact.id)}"


def test_what_is_sent_leads_to_its_own_place_on_the_page(siv: Patient, new: str) -> None:
    answer = send(siv.phone(), new)
    assert answer.status_code == 303
    thread = list_queries.threads_of(siv.viewer, today=today())[0][0].key
    assert answer.location == f"/meddelanden/{db.short(thread)}#m1"
    assert send(siv.phone(), f"/meddelanden/{db.short(thread)}").location == f"/meddelanden/{db.short(thread)}#m2"


def test_sending_the_same_page_twice_leads_to_the_same_letter(siv: Patient, new: str) -> None:
    key = fresh_key()
    assert send(siv.phone(), new, key=key).location == send(siv.phone(), new, key=key).location
    assert stored() == 1


BAD: dict[str, tuple[dict[str, str], str]] = {
    "over the limit": ({"text": "x" * 10_001}, "Texten är 1 tecken för lång"),
    "far over the limit": ({"text": "🙂" * 12_000}, "Texten är 2000 tecken för lång"),
    "only blanks": ({"text": " \n\t\u200b\u2800 "}, "Skriv något först"),
    "nothing": ({"text": ""}, "Skriv något först"),
    "a forged key": ({"key": "'; drop table"}, "Något blev fel med sidan"),
    "no key": ({"key": ""}, "Något blev fel med sidan"),
    "a long key": ({"key": "a" * 65}, "Något blev fel med sidan"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_sent_as_it_is_is_said_with_the_text_kept(
    siv: Patient, karin: Staff, thread: str, new: str, what: str
) -> None:
    data, said = BAD[what]
    before = stored()
    for phone, path in ((siv.phone(), new), (siv.phone(), thread), (karin.phone(), thread)):
        answer = send(phone, path, **data)
        assert answer.status_code == 422, path
        assert said in answer.text and 'role="alert"' in answer.text
        assert kept(answer).strip("\n") == data.get("text", WORDS).strip("\n")
    assert stored() == before


def test_after_a_forged_key_the_next_try_goes_through(siv: Patient, thread: str) -> None:
    phone = siv.phone()
    answer = send(phone, thread, key="x")
    again = form_in(answer.text) | {"text": kept(answer)}
    assert again["key"] != "x" and phone.post(thread, data=again).status_code == 303


def test_after_too_long_a_text_the_key_is_still_the_same(siv: Patient, thread: str) -> None:
    key = fresh_key()
    assert f'value="{key}"' in send(siv.phone(), thread, "x" * 10_001, key=key).text


def test_without_its_token_the_text_comes_back_and_can_be_sent_again(siv: Patient, thread: str) -> None:
    phone = siv.phone()
    answer = send(phone, thread, csrf_token="forged")
    assert answer.status_code == 403 and kept(answer) == WORDS and stored() == 1
    data = form_in(answer.text) | {"text": kept(answer)}
    assert phone.post(thread, data=data).status_code == 303 and stored() == 2


def test_somebody_signed_out_signs_in_elsewhere_and_sends_the_kept_text(siv: Patient, thread: str) -> None:
    phone = siv.phone()
    data = form_at(phone, thread) | {"text": WORDS}
    with db.transaction():
        accounts.sign_out(siv.viewer.session_id, by=siv.viewer, now=clock.now())
    answer = phone.post(thread, data=data)
    assert answer.status_code == 401 and kept(answer) == WORDS and stored() == 1
    siv.holds(phone)
    answer = phone.post(thread, data=form_in(answer.text) | {"text": kept(answer)})
    assert answer.status_code == 303 and stored() == 2


def test_a_closed_account_gets_its_text_back(siv: Patient, thread: str) -> None:
    phone = siv.phone()
    token = token_in(phone.get("/logga-ut").text)
    with db.transaction():
        accounts.close_account(siv.person.id, by=SYSTEM, now=clock.now())
    answer = phone.post(thread, data={"text": WORDS, "key": fresh_key(), "csrf_token": token})
    assert answer.status_code == 401 and kept(answer) == WORDS and stored() == 1


def test_a_thread_that_is_somebody_elses_is_not_there_and_the_text_is_kept(
    siv: Patient, world: World, thread: str, new: str
) -> None:
    others = (world.patient("Tom"), world.staff("Erik Lund"), world.staff("Jonas Ström", unit="Mottagning Granen"))
    for someone in others:
        answer = send(someone.phone(), thread)
        assert answer.status_code == 404 and kept(answer) == WORDS
        assert someone.phone().get(thread).status_code == 404
    answer = send(world.patient("Tom").phone(), new)
    assert answer.status_code == 404 and kept(answer) == WORDS and stored() == 1


@pytest.mark.parametrize(
    "path",
    ["/meddelanden/" + "A" * 22, "/meddelanden/" + "A" * 21 + "B", "/meddelanden/ny/" + "A" * 22, "/meddelanden/x"],
)
def test_a_thread_that_never_was_is_not_there_either(siv: Patient, path: str) -> None:
    assert siv.phone().get(path).status_code == 404
    answer = send(siv.phone(), path)
    assert answer.status_code in (404, 405) and kept(answer) == WORDS


def end_work(karin: Staff) -> None:
    with db.transaction():
        care.end_assignment(karin.assignment, on=today() - timedelta(days=1), by=SYSTEM, now=clock.now())


def close_contact(karin: Staff) -> None:
    with db.transaction():
        accounts.close_account(karin.person.id, by=SYSTEM, now=clock.now())


@pytest.mark.parametrize("gone", [end_work, close_contact])
def test_when_the_contact_is_gone_somebody_else_answers_and_the_patient_sees_who(
    siv: Patient, karin: Staff, world: World, new: str, gone: Callable[[Staff], None]
) -> None:
    world.staff("Erik Lund")
    gone(karin)
    phone = siv.phone()
    page = unescape(phone.get(new).text)
    assert "Skriv till Erik Lund" in page and "Erik Lund svarar i stället för Karin Ek." in page
    assert "Karin Ek, från" not in page and "Vänta på" not in page
    thread = send(phone, new).location.partition("#")[0]
    assert "Erik Lund läser det du skriver" in unescape(phone.get(thread).text)
    assert WORDS[:16] in world.staff("Erik Lund").phone().get(thread).text


@pytest.mark.parametrize("gone", [end_work, close_contact])
def test_a_contact_who_goes_while_one_writes_stops_what_was_meant_for_them(
    siv: Patient, karin: Staff, world: World, new: str, gone: Callable[[Staff], None]
) -> None:
    world.staff("Erik Lund")
    phone = siv.phone()
    data = form_at(phone, new) | {"text": WORDS}
    gone(karin)
    answer = phone.post(new, data=data)
    assert answer.status_code == 409 and kept(answer) == WORDS and stored() == 0
    assert "Inte skickat än: Erik Lund läser i stället" in answer.text and "Skicka till Erik Lund" in answer.text
    assert phone.post(new, data=form_in(answer.text) | {"text": WORDS}).status_code == 303 and stored() == 1


def test_when_their_work_there_has_ended_staff_find_nothing_there(siv: Patient, karin: Staff, thread: str) -> None:
    phone = karin.phone()
    assert phone.get(thread).status_code == 200
    end_work(karin)
    assert phone.get(thread).status_code == 404 and send(phone, thread).status_code == 404
    assert "Hej." not in phone.get("/meddelanden").text and "Siv" not in phone.get("/").text


@contextmanager
def away(server: Server, database: str, app: Flask) -> Iterator[None]:
    """The database takes nobody."""
    db.session().close()
    app.extensions["db"]["engine"].dispose()
    elsewhere = create_engine(server.url("postgres", "owner"), isolation_level="AUTOCOMMIT")
    with elsewhere.connect() as connection:
        connection.execute(text(f"alter database {database} allow_connections false"))
        yield
        connection.execute(text(f"alter database {database} allow_connections true"))
    elsewhere.dispose()


def test_when_the_database_is_away_the_text_is_kept_and_can_be_sent_again(
    own_world: World, server: Server, database: str
) -> None:
    siv = own_world.patient("Siv")
    thread, phone = f"/meddelanden/{db.short(siv.asks('Hej.'))}", siv.phone()
    data = form_at(phone, thread)
    with away(server, database, own_world.app):
        answer = phone.post(thread, data=data | {"text": WORDS})
        assert answer.status_code == 503 and kept(answer) == WORDS
        assert "1177" in phone.get("/hjalp-nu").text
    again = form_in(answer.text) | {"text": kept(answer)}
    assert again["key"] == data["key"] and phone.post(thread, data=again).status_code == 303
    assert stored() == 2


def logged() -> list[tuple[Any, ...]]:
    """The rows of reading, as who, what, whose and which thread."""
    asked = select(
        audit.log.c.actor_id,
        audit.log.c.capacity,
        audit.log.c.action,
        audit.log.c.patient_id,
        audit.log.c.unit_id,
        audit.log.c.object,
    )
    shown = ("thread.read", "thread.listed", "thread.glimpsed")
    return [
        tuple(row) for row in db.session().execute(asked.where(audit.log.c.action.in_(shown)).order_by(audit.log.c.id))
    ]


def test_every_page_that_shows_somebody_to_staff_is_logged_row_by_row(siv: Patient, karin: Staff, world: World) -> None:
    tom = world.patient("Tom")
    mine, toms = siv.asks("Ett."), tom.asks("Två.")
    phone = karin.phone()

    def row(action: str, patient: Patient, thread: UUID) -> tuple[Any, ...]:
        return karin.person.id, "duty", action, patient.person.id, karin.unit.id, f"thread:{db.short(thread)}"

    phone.get("/")
    expected = [row("thread.glimpsed", siv, mine), row("thread.glimpsed", tom, toms)]
    assert logged() == expected
    phone.get("/meddelanden")
    expected += [row("thread.listed", tom, toms), row("thread.listed", siv, mine)]
    assert logged() == expected
    phone.get(f"/meddelanden/{db.short(mine)}")
    expected += [row("thread.read", siv, mine)]
    assert logged() == expected
    send(phone, f"/meddelanden/{db.short(mine)}", "")
    expected += [row("thread.read", siv, mine)] * 2
    assert logged() == expected
    for path in ("/om", "/hjalp-nu", f"/meddelanden/{'A' * 22}", "/tillganglighet"):
        phone.get(path)
    assert logged() == expected


def test_ones_own_reading_is_not_logged(siv: Patient, karin: Staff, thread: str) -> None:
    karin.writes("Svar.", thread=db.long(thread.rpartition("/")[2]))
    for path in ("/", "/meddelanden", thread):
        assert siv.phone().get(path).status_code == 200
    assert logged() == []


def test_a_page_that_is_not_shown_is_not_logged_as_shown(siv: Patient, world: World, thread: str) -> None:
    world.staff("Erik Lund").phone().get(thread)
    world.app.test_client().get(thread)
    assert logged() == []


def test_writing_is_logged_with_who_wrote_to_whom(siv: Patient, karin: Staff) -> None:
    thread = siv.asks("Ett.")
    karin.writes("Svar.", thread=thread)
    asked = select(audit.log.c.action, audit.log.c.actor_id, audit.log.c.patient_id, audit.log.c.object)
    rows = [
        tuple(row)
        for row in db.session().execute(
            asked.where(audit.log.c.object.like(f"thread:{db.short(thread)}%")).order_by(audit.log.c.id)
        )
    ]
    assert rows == [
        ("message.written", siv.person.id, siv.person.id, f"thread:{db.short(thread)}:1"),
        ("wait.opened", siv.person.id, siv.person.id, f"thread:{db.short(thread)}"),
        ("thread.opened", siv.person.id, siv.person.id, f"thread:{db.short(thread)}"),
        ("message.written", karin.person.id, siv.person.id, f"thread:{db.short(thread)}:2"),
        ("wait.ended", karin.person.id, siv.person.id, f"thread:{db.short(thread)}"),
    ]
