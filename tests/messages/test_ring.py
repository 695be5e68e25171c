""" "Ring mig": a patient chooses when to be rung, sees who rings, and has one such wish at a time."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import html5lib
import pytest
import time_machine
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.care import queries as care
from app.core import clock, db
from app.messages import ring_service
from app.messages.models import Message, Thread
from app.messages.ring_service import StandsAlready
from app.messages.service import Call
from app.waits import service as waits
from app.waits.models import Wait
from tests.care.worlds import week
from tests.client import LintedClient
from tests.lint import Page, words
from tests.messages.test_history import lines, now_says, says
from tests.messages.test_patient_verbs import ends_of, solve, url
from tests.messages.test_racing import at_once
from tests.world import Patient, Staff, World, form_in, fresh_key, today, wall, who_answers

Travel = time_machine.Traveller
NUMBER = "070-174 06 12"


@pytest.fixture
def clockwork() -> Iterator[Travel]:
    """Monday 23 November 2026, 9.00."""
    with time_machine.travel(wall("2026-11-23 09:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def siv(clockwork: Travel, world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def erik(karin: Staff, world: World) -> Staff:
    return world.staff("Erik Lund", title="skötare")


def page_of(someone: Patient, more: str = "") -> str:
    assert someone.contact
    return f"/ring-mig/{db.short(someone.contact.id)}{more}"


def offered(html: str) -> dict[str, str]:
    """Each window that may be chosen, as it is read, and its value."""
    page = Page(html5lib.parse(html, namespaceHTMLElements=False), None)
    found = {}
    for group in page.all("fieldset"):
        day = " ".join(words(next(it for it in group if it.tag == "legend")).split())
        for label in (it for it in group if it.tag == "label"):
            found[f"{day} {' '.join(words(label).split())}"] = next(it for it in label.iter("input")).attrib["value"]
    return found


def asks(phone: LintedClient, path: str, at: str, **more: str) -> TestResponse:
    html = phone.get(path).text
    chosen = next(value for said, value in offered(html).items() if at in said)
    return phone.post(path.partition("?")[0], data=form_in(html) | {"window": chosen, "number": NUMBER} | more)


def wait_of(thread: object) -> Wait:
    db.session().expire_all()
    return db.session().scalars(select(Wait).where(Wait.subject_id == thread)).one()


def threads() -> list[Thread]:
    db.session().expire_all()
    return list(db.session().scalars(select(Thread).order_by(Thread.opened_at, Thread.id)))


def test_the_page_shows_the_coming_windows_day_by_day_and_who_rings(siv: Patient, karin: Staff) -> None:
    html = siv.phone().get(page_of(siv)).text
    found = list(offered(html))
    assert found[:4] == [
        "I dag Kl. 10–12 Karin Ek",
        "I dag Kl. 13–15 Karin Ek",
        "I dag Kl. 15–16.30 Karin Ek",
        "I morgon Kl. 8–10 Karin Ek",
    ]
    assert len(found) == 19 and found[-1] == "Fredag 27 november Kl. 15–16.30 Karin Ek"


def test_a_wish_to_be_rung_opens_a_thread_that_says_so_with_the_end_of_the_window_as_promise(
    siv: Patient, karin: Staff
) -> None:
    answer = asks(siv.phone(), page_of(siv), "Onsdag 25 november Kl. 13–15", text="Det gäller tabletten.")
    (thread,) = threads()
    assert answer.status_code == 303 and answer.location == f"{url(thread.id)}#m1"
    letter = db.session().scalars(select(Message).where(Message.thread_id == thread.id)).one()
    assert letter.text == "Ring mig onsdag 25 november kl. 13–15 på 070-174 06 12.\n\nDet gäller tabletten."
    assert thread.topic == "Ring mig onsdag 25 november kl. 13–15"
    wait = wait_of(thread.id)
    assert (wait.call, wait.number, wait.holder_id) == (True, "+46701740612", karin.person.id)
    assert (wait.counts_from, wait.promised_at) == (wall("2026-11-25 13:00"), wall("2026-11-25 15:00"))
    assert "Karin Ek ringer dig onsdag 25 november kl. 13–15." in now_says(siv, thread.id)
    for path in ("/", "/meddelanden"):
        assert "Karin Ek ringer dig onsdag 25 november kl. 13–15." in says(siv, path)


def test_staff_see_when_in_their_list_and_the_number_in_the_thread_alone(siv: Patient, karin: Staff) -> None:
    asks(siv.phone(), page_of(siv), "Onsdag 25 november Kl. 13–15", text="Det gäller tabletten.")
    start, (thread,) = says(karin, "/"), threads()
    assert "Vill bli uppringd onsdag 25 november kl. 13–15." in start and "Det gäller tabletten." in start
    assert "070" not in start and "070" not in says(karin, "/meddelanden")
    assert 'href="tel:+46701740612"' in karin.phone().get(url(thread.id)).text
    assert "Vill bli uppringd onsdag 25 november kl. 13–15." in says(karin, url(thread.id))


def test_19_whoever_is_away_then_is_not_said_to_ring(siv: Patient, karin: Staff, erik: Staff, world: World) -> None:
    """Case 19: Ring mig on Wednesday 13–15, when Karin is away."""
    karin.is_away("2026-11-25 12:00", "2026-11-26 00:00", erik)
    found = list(offered(siv.phone().get(page_of(siv)).text))
    assert [it for it in found if it.startswith("Onsdag")] == [
        "Onsdag 25 november Kl. 8–10 Karin Ek",
        "Onsdag 25 november Kl. 10–12 Karin Ek",
        "Onsdag 25 november Kl. 13–15 Erik Lund",
        "Onsdag 25 november Kl. 15–16.30 Erik Lund",
    ]
    asks(siv.phone(), page_of(siv), "Onsdag 25 november Kl. 13–15")
    (thread,) = threads()
    assert wait_of(thread.id).holder_id == erik.person.id
    assert "Erik Lund ringer dig onsdag 25 november kl. 13–15." in now_says(siv, thread.id)
    assert "Vill bli uppringd" in says(erik, "/")


def test_19_when_nobody_takes_the_phone_the_next_try_is_said(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    asks(siv.phone(), page_of(siv), "Onsdag 25 november Kl. 13–15")
    (thread,) = threads()
    clockwork.move_to(wall("2026-11-25 13:20"))
    since, until = wall("2026-11-26 13:00"), wall("2026-11-26 15:00")
    with db.transaction():
        waits.keep("thread", thread.id, "no_answer", since=since, until=until, by=karin.viewer, now=clock.now())
    said = "i dag kl. 13.20 Karin Ek ringde men fick inget svar. Nästa försök: i morgon kl. 13–15."
    assert lines(siv, thread.id) == [said]
    assert "Karin Ek ringer dig i morgon kl. 13–15." in now_says(siv, thread.id)
    assert 'href="tel:+46701740612"' in karin.phone().get(url(thread.id)).text


def test_somebody_in_reach_who_is_not_at_work_in_the_window_does_not_ring(clockwork: Travel, world: World) -> None:
    """Karin works mornings: at one o'clock she is in reach, but is back first on the day after."""
    siv = world.patient("Siv", contact="Karin Ek") if world.staff("Karin Ek", works=week(mon_fri="8-12")) else None
    world.staff("Erik Lund")
    assert siv
    found = list(offered(siv.phone().get(page_of(siv)).text))
    assert [it for it in found if it.startswith("I morgon")] == [
        "I morgon Kl. 8–10 Karin Ek",
        "I morgon Kl. 10–12 Karin Ek",
        "I morgon Kl. 13–15 Erik Lund",
        "I morgon Kl. 15–16.30 Erik Lund",
    ]


def test_sent_twice_it_is_one_wish(siv: Patient, karin: Staff) -> None:
    phone = siv.phone()
    html = phone.get(page_of(siv)).text
    data = form_in(html) | {"window": list(offered(html).values())[1], "number": NUMBER}
    first, second = (phone.post(page_of(siv), data=data) for _ in range(2))
    assert first.location == second.location and len(threads()) == 1


def test_a_second_wish_shows_the_one_that_stands(siv: Patient, karin: Staff) -> None:
    phone = siv.phone()
    asks(phone, page_of(siv), "Onsdag 25 november Kl. 13–15")
    said = says(siv, page_of(siv))
    assert "Du blir uppringd av Karin Ek" in said and "onsdag 25 november kl. 13–15" in said and NUMBER in said
    assert "Det har löst sig" in said and "Byt tid" in said


def test_two_tabs_do_not_make_two_wishes(siv: Patient, karin: Staff) -> None:
    phone = siv.phone()
    html = phone.get(page_of(siv)).text
    data = form_in(html) | {"number": NUMBER, "text": "Andra fliken."}
    asks(phone, page_of(siv), "Onsdag 25 november Kl. 13–15")
    answer = phone.post(page_of(siv), data=data | {"window": list(offered(html).values())[5], "key": "k" * 20})
    assert answer.status_code == 409 and "du har redan bett om en tid" in answer.text
    assert "Andra fliken." in answer.text and len(threads()) == 1
    again = form_in(answer.text) | {"number": NUMBER, "window": list(offered(answer.text).values())[5]}
    assert phone.post(page_of(siv), data=again).status_code == 303
    assert sorted((ends_of(it.id) for it in threads()), key=str) == [["done"], [None]]


def test_another_time_takes_the_place_of_the_first(siv: Patient, karin: Staff) -> None:
    phone = siv.phone()
    asks(phone, page_of(siv), "Onsdag 25 november Kl. 13–15")
    (first,) = threads()
    assert "Nu ringer Karin Ek dig onsdag 25 november" in says(siv, f"/ring-mig/byt/{db.short(first.id)}")
    assert "Nu ringer Karin Ek dig onsdag 25 november kl. 13–15." in says(siv, page_of(siv, "?byt=1"))
    assert asks(phone, page_of(siv, "?byt=1"), "Torsdag 26 november Kl. 8–10").status_code == 303
    assert sorted((ends_of(it.id) for it in threads()), key=str) == [["done"], [None]]
    assert lines(siv, first.id) == ["i dag kl. 9.00 Du valde en annan tid att bli uppringd."]
    start = says(karin, "/")
    assert "torsdag 26 november kl. 8–10" in start and "onsdag 25 november" not in start


def test_that_it_has_solved_itself_ends_the_wish_and_leaves_room_for_another(siv: Patient, karin: Staff) -> None:
    asks(siv.phone(), page_of(siv), "Onsdag 25 november Kl. 13–15")
    (thread,) = threads()
    assert "Karin Ek ringer dig inte då." in siv.phone().get(f"{url(thread.id)}/lost").text
    assert solve(siv, thread.id) == 303 and ends_of(thread.id) == ["solved"]
    assert offered(siv.phone().get(page_of(siv)).text)


def test_a_window_that_began_while_one_chose_is_not_taken_and_all_is_kept(
    siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    phone = siv.phone()
    html = phone.get(page_of(siv)).text
    data = form_in(html) | {"window": next(iter(offered(html).values())), "number": NUMBER, "text": "Kvar."}
    clockwork.move_to(wall("2026-11-23 10:01"))
    answer = phone.post(page_of(siv), data=data)
    assert answer.status_code == 409 and "tiden går inte att välja längre" in answer.text
    assert "Kvar." in answer.text and NUMBER in answer.text and not threads()
    assert "I dag Kl. 10–12" not in " ".join(offered(answer.text))


def test_another_who_rings_is_said_before_anything_is_sent(siv: Patient, karin: Staff, erik: Staff) -> None:
    phone = siv.phone()
    html = phone.get(page_of(siv)).text
    data = form_in(html) | {"window": list(offered(html).values())[1], "number": NUMBER, "text": "Kvar."}
    karin.is_away("2026-11-23 12:00", "2026-11-24 00:00", erik)
    answer = phone.post(page_of(siv), data=data)
    assert answer.status_code == 409 and "Inte skickat än: Erik Lund ringer i stället" in answer.text
    assert "Kvar." in answer.text and not threads()
    chosen = re.findall(r'value="([^"]+)" checked', answer.text)
    assert len(chosen) == 1
    again = form_in(answer.text) | {"window": unescape(chosen[0]), "number": NUMBER, "text": "Kvar."}
    assert phone.post(page_of(siv), data=again).status_code == 303
    assert wait_of(threads()[0].id).holder_id == erik.person.id


FAULTS = {
    "no time": ({"window": ""}, "Välj en tid."),
    "a forged time": ({"window": "2026-11-25 i morgon"}, "Välj en tid."),
    "a time without a place": ({"window": "2026-11-25T13:00:00 2026-11-25T15:00:00 x"}, "Välj en tid."),
    "no number": ({"number": ""}, "Skriv ett nummer att ringa."),
    "a short number": ({"number": "070-1"}, "Numret har för få eller för många siffror."),
    "letters": ({"number": "hem"}, "Skriv numret med siffror och riktnummer."),
    "too many words": ({"text": "å" * 1001}, "Skriv kortare, högst 1000 tecken."),
    "a forged key": ({"key": "x"}, "Något blev fel med sidan."),
}


@pytest.mark.parametrize("what", FAULTS)
def test_what_cannot_be_sent_is_said_at_its_field_with_all_kept(siv: Patient, karin: Staff, what: str) -> None:
    more, said = FAULTS[what]
    answer = asks(siv.phone(), page_of(siv), "Onsdag 25 november Kl. 13–15", **({"text": "Kvar."} | more))
    assert answer.status_code == 422 and said in answer.text and not threads()
    assert "Kvar." in answer.text or what == "too many words"
    assert ("checked" in answer.text) == ("time" not in what)


def test_the_number_given_to_the_care_stands_there_already(siv: Patient, karin: Staff) -> None:
    siv.person.phone = "+46701740613"
    with db.transaction():
        db.session().merge(siv.person)
    assert 'value="070-174 06 13"' in siv.phone().get(page_of(siv)).text


def test_outside_office_time_the_page_says_when_and_whom_to_ring_now(
    siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-11-28 22:00"))
    said = says(siv, page_of(siv))
    assert "Ingen ringer före måndag 30 november kl. 8.00." in said and "1177" in said and "112" in said


def test_nobody_elses_contact_can_be_asked_to_ring(siv: Patient, karin: Staff, world: World) -> None:
    other = world.patient("Leif")
    assert other.phone().get(page_of(siv)).status_code == 404
    assert karin.phone().get(page_of(siv)).status_code == 404
    assert other.phone().get(f"/ring-mig/byt/{db.short(siv.asks('Hej.'))}").status_code == 404


def test_two_wishes_at_once_are_one(own_world: World) -> None:
    siv = own_world.patient("Siv")
    viewer, card = siv.viewer, care.contacts_of(siv.viewer, today=today())[0]
    window = (clock.now() + timedelta(days=7), clock.now() + timedelta(days=7, hours=2))
    answering = who_answers(viewer, card)

    def rings(number: int) -> str:
        call = Call(window, "+46701740612", "Ring mig")
        values = {"by": viewer, "text": f"Ring {number}.", "key": fresh_key(), "now": clock.now()}
        try:
            ring_service.ring(card, answering, call, **values)  # type: ignore[arg-type]
        except StandsAlready:
            return "stands"
        return "sent"

    said = at_once(own_world.app, *[lambda number=number: rings(number) for number in range(4)])  # type: ignore[misc]
    assert sorted(said) == ["sent", "stands", "stands", "stands"]
    assert len(threads()) == 1


def test_the_page_takes_at_most_six_statements_however_many_work_there(
    siv: Patient, karin: Staff, world: World
) -> None:
    phone = siv.phone()
    phone.get(page_of(siv))
    phone.get(page_of(siv))
    few = len(phone.heard)
    for number in range(40):
        world.staff(f"Kollega {number}")
    phone.get(page_of(siv))
    phone.get(page_of(siv))
    assert len(phone.heard) == few <= 6
