"""A letter that waited on a phone is sent by whoever wrote it, once, by the rules of any other."""

from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from app.accounts import service as accounts
from app.care import contact_service as contacts
from app.core import clock, db
from app.core.audit import SYSTEM
from app.messages import queries, service
from app.messages.models import Thread
from tests.browser.behind import letters, sessions_end, texts
from tests.client import LintedClient
from tests.messages.conftest import Travel
from tests.world import Patient, Someone, Staff, World, form_in, fresh_key, today, wall

WORDS = "Skrivet på tåget, utan nät. 🙂\nMed två rader."


def sends(
    someone: Someone, to: UUID, text: str = WORDS, *, phone: LintedClient | None = None, **more: Any
) -> TestResponse:
    """What the phone does when the net is back: it asks who is signed in, and sends what is theirs."""
    phone = phone or someone.phone()
    here = phone.get("/utkorg").json
    given = {"csrf_token": here["csrf_token"], "person": here["person"], "place": db.short(to), "key": fresh_key()}
    return phone.post("/utkorg", data=given | {"text": text} | more)


def draft(someone: Someone, place: UUID, text: str) -> None:
    with db.transaction():
        service.save_draft(place, by=someone.viewer, text=text, now=clock.now())


def kept(someone: Someone, place: UUID) -> str | None:
    found = queries.draft_for(someone.viewer, place)
    return found[0] if found else None


def contact_of(siv: Patient) -> UUID:
    assert siv.contact
    return siv.contact.id


def test_it_lands_in_the_thread_and_waits_as_any_other(siv: Patient, karin: Staff, thread: UUID) -> None:
    answer = sends(siv, thread)
    assert answer.json == {"to": f"/meddelanden/{db.short(thread)}#m2"}
    assert letters(siv, thread) == ["Kan jag ta tabletten på morgonen?", WORDS]
    assert WORDS in karin.phone().get(f"/meddelanden/{db.short(thread)}").text.replace("<br>", "\n")


def test_the_first_to_a_contact_opens_a_thread_that_waits(siv: Patient, karin: Staff) -> None:
    answer = sends(siv, contact_of(siv))
    (thread,) = db.session().query(Thread.id).one()
    assert answer.json == {"to": f"/meddelanden/{db.short(thread)}#m1"}
    head = queries.thread_for(siv.viewer, thread, today=today())
    assert head.wait and head.wait.holder == karin.person.id


@pytest.mark.parametrize("place", ["thread", "contact"])
def test_again_is_nothing_new(siv: Patient, karin: Staff, thread: UUID, place: str) -> None:
    to, key = (thread if place == "thread" else contact_of(siv)), fresh_key()
    first, again = sends(siv, to, key=key), sends(siv, to, key=key)
    assert first.json == again.json and first.status_code == 200
    assert [text for told in texts(siv) for text in told].count(WORDS) == 1


def test_what_the_form_had_stored_before_the_net_broke_is_the_same_letter(siv: Patient, karin: Staff) -> None:
    key, to = fresh_key(), contact_of(siv)
    siv.asks(WORDS, key=key)
    assert sends(siv, to, key=key).status_code == 200
    assert texts(siv) == [[WORDS]]


def test_what_had_arrived_is_found_though_the_contact_has_ended_since(
    siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    key, to = fresh_key(), contact_of(siv)
    siv.asks(WORDS, key=key)
    ends(siv)
    clockwork.move_to(wall("2026-11-06 10:00"))
    assert sends(siv, to, key=key).status_code == 200


def ends(siv: Patient) -> None:
    with db.transaction():
        contacts.end_contact(contact_of(siv), on=today(), by=SYSTEM, now=clock.now())


def test_another_persons_session_never_sends_it(siv: Patient, thread: UUID, world: World) -> None:
    tag = siv.phone().get("/utkorg").json["person"]
    for other in (world.patient("Tom"), world.staff("Karin Ek"), world.relative("Ann", of=siv)):
        answer = sends(other, thread, person=tag)
        assert answer.status_code == 409 and answer.json == {
            "words": "Det hör till någon annan som har använt telefonen."
        }
    assert letters(siv, thread) == ["Kan jag ta tabletten på morgonen?"]


def test_a_tag_is_the_same_each_time_and_another_in_the_other_capacity(siv: Patient, world: World) -> None:
    tags = {who.phone().get("/utkorg").json["person"] for who in (siv, siv, world.patient("Tom"), world.staff("Eva"))}
    assert len(tags) == 3 and all(len(tag) == 16 for tag in tags)
    assert siv.phone().get("/utkorg").headers["Cache-Control"] == "no-store"


def test_staff_leave_nothing_to_be_sent_later(siv: Patient, karin: Staff, thread: UUID) -> None:
    assert sends(karin, thread).status_code == 410
    assert letters(siv, thread) == ["Kan jag ta tabletten på morgonen?"]


def test_an_ended_session_sends_nothing_and_the_next_one_does(siv: Patient, thread: UUID) -> None:
    phone = siv.phone()
    here = phone.get("/utkorg").json
    given = here | {"place": db.short(thread), "key": fresh_key(), "text": WORDS}
    sessions_end(siv)
    assert phone.post("/utkorg", data=given).status_code == 401
    assert phone.get("/utkorg").status_code == 302
    fresh = siv.phone()
    token = fresh.get("/utkorg").json["csrf_token"]
    assert fresh.post("/utkorg", data=given | {"csrf_token": token}).status_code == 200


def test_a_token_of_another_session_sends_nothing(siv: Patient, thread: UUID) -> None:
    assert sends(siv, thread, csrf_token="x").status_code == 403
    assert letters(siv, thread) == ["Kan jag ta tabletten på morgonen?"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("å" * 10_001, "1 tecken för lång"), (" \n ", "Skriv något först")],
)
def test_what_cannot_be_sent_says_why(siv: Patient, thread: UUID, text: str, said: str) -> None:
    answer = sends(siv, thread, text)
    assert answer.status_code == 422 and said in answer.json["words"]


def test_to_a_contact_that_has_ended_it_says_where_to_turn(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    ends(siv)
    clockwork.move_to(wall("2026-11-06 10:00"))
    answer = sends(siv, contact_of(siv))
    assert answer.status_code == 410 and "Start" in answer.json["words"]
    assert texts(siv) == []


@pytest.mark.parametrize("place", ["", "x" * 22, "!" * 22, "å" * 22])
def test_a_place_that_is_none_is_no_fault_of_ours(siv: Patient, place: str) -> None:
    assert sends(siv, UUID(int=0), place=place).status_code == 410


def test_somebody_elses_thread_is_no_place_either(siv: Patient, thread: UUID, world: World) -> None:
    assert sends(world.patient("Tom"), thread).status_code == 410
    assert letters(siv, thread) == ["Kan jag ta tabletten på morgonen?"]


def test_it_goes_to_whoever_answers_when_it_is_sent(siv: Patient, karin: Staff, erik: Staff, clockwork: Travel) -> None:
    karin.is_away("2026-11-05", "2026-11-12", erik)
    answer = sends(siv, contact_of(siv))
    page = siv.phone().get(answer.json["to"].partition("#")[0]).text
    assert "Erik Lund läser det du skriver" in page and "senast" in page


def test_what_only_the_contact_was_to_read_never_goes_to_another(
    siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    karin.is_away("2026-11-05", "2026-11-09", erik)
    waits = sends(siv, contact_of(siv), vanta="1")
    thread = queries.thread_for(siv.viewer, db.long(waits.json["to"][13:35]), today=today())
    assert thread.wait and thread.wait.only_contact and thread.wait.holder == karin.person.id
    karin.is_away("2026-11-09", None, erik)
    answer = sends(siv, contact_of(siv), "Bara till Karin.", vanta="1")
    assert answer.status_code == 422 and "välj vem" in answer.json["words"]
    assert texts(siv) == [[WORDS]]


def test_what_needs_no_answer_asks_for_none(siv: Patient, karin: Staff) -> None:
    answer = sends(siv, contact_of(siv), no_answer="y")
    assert queries.thread_for(siv.viewer, db.long(answer.json["to"][13:35]), today=today()).wait is None


@pytest.mark.parametrize("place", ["thread", "contact"])
def test_the_draft_that_it_was_is_gone_and_a_newer_one_stays(
    siv: Patient, karin: Staff, thread: UUID, place: str
) -> None:
    to = thread if place == "thread" else contact_of(siv)
    draft(siv, to, WORDS[:9])
    sends(siv, to)
    assert kept(siv, to) is None
    draft(siv, to, "Något helt annat, som jag har börjat på.")
    sends(siv, to, "Det tredje.")
    assert kept(siv, to) == "Något helt annat, som jag har börjat på."


def test_a_locked_person_sends_nothing(siv: Patient, thread: UUID) -> None:
    phone = siv.phone()
    here = phone.get("/utkorg").json
    with db.transaction():
        accounts.close_account(siv.person.id, by=SYSTEM, now=clock.now())
    answer = phone.post("/utkorg", data=here | {"place": db.short(thread), "key": fresh_key(), "text": WORDS})
    assert answer.status_code == 401


def test_the_ordinary_form_tells_a_script_where_the_letter_is(siv: Patient, thread: UUID) -> None:
    phone, path = siv.phone(), f"/meddelanden/{db.short(thread)}"
    given = form_in(phone.get(path).text) | {"text": WORDS}
    first = phone.post(path, data=given, headers={"Accept": "application/json"})
    assert first.json == {"to": f"{path}#m2"}
    assert phone.post(path, data=given).headers["Location"] == f"{path}#m2"
