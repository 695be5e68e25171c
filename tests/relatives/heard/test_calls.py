"""A relative who has been let in asks to be rung: what they see, who rings, and that the patient never learns of it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from app.core import clock, db
from app.core.audit import SYSTEM
from app.relatives import call_service
from app.relatives import service as relations
from app.relatives.models import RelativeCall
from app.waits.models import Wait
from tests.client import LintedClient
from tests.relatives.heard.telling import wait_of
from tests.relatives.heard.test_told import words
from tests.world import Patient, Relative, Staff, World, form_in, token_in, wall

Travel = time_machine.Traveller
NUMBER = "070-174 06 12"


@pytest.fixture
def anna(world: World, siv: Patient) -> Relative:
    return world.relative("Anna Sandberg", of=siv)


def page_of(anna: Relative, siv: Patient) -> str:
    return f"/anhorig/{db.short(anna.relations[siv])}/ring-mig"


def asks(phone: LintedClient, page: str, text: str = "Jag orkar inte mer.", **more: str) -> str:
    sent = phone.post(page, data=form_in(phone.get(page).text) | {"number": NUMBER, "text": text} | more)
    assert sent.status_code == 303, sent.text
    return sent.location


def calls() -> list[UUID]:
    return list(db.session().scalars(select(RelativeCall.id).order_by(RelativeCall.asked_at)))


def test_who_rings_and_by_when_stands_before_the_field(
    world: World, siv: Patient, anna: Relative, karin: Staff
) -> None:
    phone, page = anna.phone(), page_of(anna, siv)
    html = phone.get(page).text
    said = words(html)
    assert "Karin Ek ringer dig senast fredag 6 november kl. 14.00." in said
    assert "Siv Nyberg ser inte att du har bett om det." in said
    assert html.index("ringer dig") < html.index('name="number"')
    place = asks(phone, page)
    assert "Karin Ek ringer dig senast fredag 6 november kl. 14.00." in words(phone.get(place).text)
    assert phone.get(page).status_code == 302, "what stands already is shown, not asked for again"
    (key,) = calls()
    wait = wait_of(key)
    assert (wait.kind, wait.patient_id, wait.about_id) == ("relative_call", None, siv.person.id)
    assert (wait.holder_id, wait.belongs_to) == (karin.person.id, karin.person.id)
    assert karin.rings() == ["call_wanted"]
    start = words(karin.phone().get("/").text)
    assert "En anhörig vill bli uppringd" in start and "Anna" not in start and "Siv" not in start
    desk = words(karin.phone().get(f"/berattat/{db.short(key)}").text)
    assert "Anna Sandberg vill bli uppringd" in desk and "Jag orkar inte mer." in desk and NUMBER in desk
    assert "Siv Nyberg ser det inte." in desk


def test_a_second_press_asks_nothing_twice(siv: Patient, anna: Relative) -> None:
    phone, page = anna.phone(), page_of(anna, siv)
    sent = form_in(phone.get(page).text) | {"number": NUMBER, "text": "Hej."}
    first = phone.post(page, data=sent).location
    assert phone.post(page, data=sent).location == first and len(calls()) == 1
    token = token_in(phone.get(first).text)
    assert phone.post(f"{first}/lost", data={"csrf_token": token}).status_code == 303
    assert phone.post(page, data=sent).location == first, "the same page again is the same wish"
    assert len(calls()) == 1 and "Ingen ringer dig" in phone.get(first).text


def test_what_is_wrong_is_said_and_kept(siv: Patient, anna: Relative) -> None:
    phone, page = anna.phone(), page_of(anna, siv)
    answer = phone.post(page, data=form_in(phone.get(page).text) | {"number": "", "text": "Hej."})
    assert answer.status_code == 422 and "Skriv ett nummer att ringa." in answer.text and "Hej." in answer.text
    assert calls() == []


def test_another_who_rings_than_was_shown_stores_nothing(
    siv: Patient, anna: Relative, karin: Staff, erik: Staff
) -> None:
    phone, page = anna.phone(), page_of(anna, siv)
    sent = form_in(phone.get(page).text) | {"number": NUMBER, "text": "Hej."}
    karin.is_away("2026-11-04 00:00", "2026-11-09 00:00", erik)
    answer = phone.post(page, data=sent)
    assert answer.status_code == 409 and calls() == [] and "Hej." in answer.text
    assert "Erik Lund ringer dig senast" in words(answer.text)
    assert phone.post(page, data=form_in(answer.text) | {"number": NUMBER, "text": "Hej."}).status_code == 303


def test_a_promise_that_is_broken_is_told_to_the_relative_and_to_nobody_else(
    world: World, siv: Patient, anna: Relative, karin: Staff, clockwork: Travel
) -> None:
    place = asks(anna.phone(), page_of(anna, siv))
    clockwork.move_to(wall("2026-11-06 14:00"))
    assert karin.viewer
    world.works_on()
    with db.transaction():
        assert call_service.tell_of_late(by=SYSTEM, now=clock.now()) == 1
    with db.transaction():
        assert call_service.tell_of_late(by=SYSTEM, now=clock.now()) == 0
    assert "call_late" in anna.rings() and siv.rings() == []
    phone = anna.phone()
    assert "Vi höll inte tiden. Karin Ek ringer dig senast måndag 9 november kl. 16.30." in words(phone.get(place).text)
    assert "call_late" not in anna.rings()


def test_it_ends_by_a_call_or_with_words_that_the_relative_reads(
    siv: Patient, anna: Relative, karin: Staff, clockwork: Travel
) -> None:
    phone, page, desk = anna.phone(), page_of(anna, siv), karin.phone()
    place = asks(phone, page)
    (first,) = calls()
    clockwork.shift(timedelta(minutes=10))
    html = desk.get(f"/berattat/{db.short(first)}/pratats-vid").text
    then = {"csrf_token": token_in(html), "day": "2026-11-04", "clock": "15.05"}
    assert desk.post(f"/berattat/{db.short(first)}/pratats-vid", data=then).status_code == 303
    assert "Ni har pratats vid" in phone.get(place).text
    place = asks(phone, page, "En sak till.")
    second = next(it for it in calls() if it != first)
    html = desk.get(f"/berattat/{db.short(second)}/inget-mer").text
    assert "Anna Sandberg läser det du skriver här." in words(html)
    sent = {"csrf_token": token_in(html), "text": "Anhörigstödet i kommunen ringer dig på torsdag."}
    assert desk.post(f"/berattat/{db.short(second)}/inget-mer", data=sent).status_code == 303
    assert "call_ended" in anna.rings()
    assert "Anhörigstödet i kommunen ringer dig på torsdag." in phone.get(place).text
    assert "call_ended" not in anna.rings()


def test_what_is_taken_back_is_gone_at_once_and_the_call_stays_with_the_staff(
    world: World, siv: Patient, anna: Relative, karin: Staff
) -> None:
    phone, page = anna.phone(), page_of(anna, siv)
    place = asks(phone, page)
    with db.transaction():
        relations.take_back(anna.relations[siv], by=siv.viewer, now=clock.now())
    assert phone.get(place).status_code == phone.get(page).status_code == 404
    world.works_on()
    (key,) = calls()
    assert wait_of(key).ended_at is None
    desk = karin.phone().get(f"/berattat/{db.short(key)}").text
    assert "Inbjudan är tillbakatagen." in words(desk)


def test_somebody_elses_is_no_such_thing(world: World, siv: Patient, anna: Relative, karin: Staff) -> None:
    olle = world.relative("Olle Berg", of=world.patient("Leif Dahl"))
    place = asks(anna.phone(), page_of(anna, siv))
    theirs = olle.phone()
    nobodys = f"/anhorig/ring-mig/{db.short(db.new_key())}"
    assert theirs.get(place).status_code == theirs.get(nobodys).status_code == 404
    assert theirs.get(page_of(anna, siv)).status_code == 404
    assert siv.phone().get(place).status_code == 404 and karin.phone().get(place).status_code == 404
    assert theirs.post(f"{place}/lost", data={"csrf_token": token_in(theirs.get("/om").text)}).status_code == 404
    (key,) = calls()
    assert wait_of(key).ended_at is None


def test_who_may_not_see_the_contact_is_not_told_who_rings(world: World, siv: Patient, karin: Staff) -> None:
    olle = world.relative("Olle Berg", of=siv, items=("bookings",))
    phone, page = olle.phone(), page_of(olle, siv)
    said = words(phone.get(page).text)
    assert "Någon på mottagningen ringer dig senast" in said and "Karin" not in said and "Björken" not in said
    said = words(phone.get(asks(phone, page)).text)
    assert "Någon på mottagningen ringer dig" in said and "Karin" not in said and "Björken" not in said


def test_a_relative_who_works_there_is_never_asked(
    world: World, siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    """Erik has been let in by Siv: whoever rings Anna is somebody else."""
    anna = world.relative("Anna Sandberg", of=siv)
    key, code = siv.offers("Erik")
    private = erik.viewer
    with db.transaction():
        relations.accept(key, code, by=private, now=clock.now())
        relations.confirm(key, by=siv.viewer, now=clock.now())
    karin.is_away("2026-11-04 00:00", "2026-11-09 00:00", erik)
    fatima = world.staff("Fatima Aydin")
    asks(anna.phone(), page_of(anna, siv))
    (call,) = calls()
    assert wait_of(call).holder_id == fatima.person.id
    assert erik.phone().get(f"/berattat/{db.short(call)}").status_code == 404


def test_numbers_and_words_are_kept_for_thirty_days(
    siv: Patient, anna: Relative, karin: Staff, clockwork: Travel
) -> None:
    phone = anna.phone()
    place = asks(phone, page_of(anna, siv))
    clockwork.shift(timedelta(days=31))
    assert call_service.forget_old_calls(by=SYSTEM, now=clock.now()) == 0, "it waits"
    clockwork.shift(-timedelta(days=31))
    phone.post(f"{place}/lost", data={"csrf_token": token_in(phone.get(place).text)})
    clockwork.shift(timedelta(days=30, hours=1))
    assert call_service.forget_old_calls(by=SYSTEM, now=clock.now()) == 1 and calls() == []
    assert len(db.session().scalars(select(Wait).where(Wait.kind == "relative_call")).all()) == 1
