"""A letter is stored once, in its order, and opens what it should."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select, text

from app.care import service as care_service
from app.core import audit, clock, crypto, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from app.messages import list_queries, queries, service, waiting_queries
from app.messages.letter_queries import Letter, letters_in
from app.messages.models import Message, Thread
from app.messages.service import NobodyReads, Stored
from tests.world import Someone, World, fresh_key, today, who_answers


def letters(someone: Someone, thread: UUID) -> list[Letter]:
    head = queries.thread_for(someone.viewer, thread, today=today())
    return letters_in(someone.viewer, head).letters


def send(someone: Someone, thread: UUID, text: str, key: str) -> Stored:
    head = queries.thread_for(someone.viewer, thread, today=today())
    values: dict[str, Any] = {"by": someone.viewer, "text": text, "key": key, "now": clock.now()}
    with db.transaction():
        if someone.capacity == "duty":
            return service.reply(head, **values)
        return service.write(head, lambda: who_answers(someone.viewer, head.contact), **values)


def waits(thread: UUID) -> tuple[int | None, object]:
    db.session().expire_all()
    row = db.session().get_one(Thread, thread)
    return row.unanswered_n, row.unanswered_since


def test_the_same_key_and_text_is_the_first_letter(world: World) -> None:
    siv = world.patient("Siv")
    thread = siv.asks("Hej.", key="a" * 20)
    first, again = send(siv, thread, "Mer.", "b" * 20), send(siv, thread, "Mer.", "b" * 20)
    assert (first.n, first.again) == (2, False) and (again.n, again.again) == (2, True)
    assert siv.asks("Hej.", key="a" * 20) == thread
    assert [letter.text for letter in letters(siv, thread)] == ["Hej.", "Mer."]


def test_the_same_letter_again_is_not_told_logged_or_counted_twice(world: World) -> None:
    siv = world.patient("Siv")
    thread = siv.asks("Hej.", key="a" * 20)
    rows = select(func.count()).select_from(audit.log)
    before = db.session().scalar(rows)
    siv.asks("Hej.", key="a" * 20)
    assert db.session().scalar(rows) == before
    assert db.session().get_one(Thread, thread).last_n == 1


def test_the_same_key_with_another_text_is_a_letter_of_its_own(world: World) -> None:
    siv = world.patient("Siv")
    thread = siv.asks("Hej.", key="a" * 20)
    assert send(siv, thread, "Ett.", "b" * 20).n == 2
    assert send(siv, thread, "Ett. Och två.", "b" * 20).n == 3
    assert siv.asks("Hej igen.", key="a" * 20) != thread


def test_the_same_text_with_another_key_was_meant_twice(world: World) -> None:
    siv = world.patient("Siv")
    thread = siv.asks("Hallå?")
    assert send(siv, thread, "Hallå?", fresh_key()).n == 2


def test_two_people_may_choose_the_same_key(world: World) -> None:
    siv, tom, karin = world.patient("Siv"), world.patient("Tom"), world.staff("Karin Ek")
    mine, theirs = siv.asks("Hej.", key="a" * 20), tom.asks("Hej.", key="a" * 20)
    assert mine != theirs
    assert send(siv, mine, "Ja.", "b" * 20).n == send(karin, mine, "Ja.", "b" * 20).n - 1


def test_the_digest_of_a_letter_says_nothing_of_its_text(world: World) -> None:
    siv = world.patient("Siv")
    thread = siv.asks("Hej.", key="a" * 20)
    digest = db.session().get_one(Message, (thread, 1)).digest
    ring = crypto.keyring()
    assert digest == ring.digest("message", str(siv.person.id), str(thread), "a" * 20, "Hej.")
    other = crypto.Keyring(world.app.extensions["settings"].data_keys, b"other" * 8)
    assert digest != other.digest("message", str(siv.person.id), str(thread), "a" * 20, "Hej.")


def test_a_question_waits_until_it_is_answered_and_from_its_first_letter(world: World) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    with time_machine.travel("2026-11-25 08:00 +0000", tick=False) as clockwork:
        thread, asked = siv.asks("Ett."), clock.now()
        assert waits(thread) == (1, asked)
        clockwork.shift(3600)
        siv.writes("Två.", thread=thread)
        assert waits(thread) == (1, asked)
        karin.writes("Svar.", thread=thread)
        assert waits(thread) == (None, None)
        clockwork.shift(3600)
        karin.writes("Mer svar.", thread=thread)
        assert waits(thread) == (None, None)
        siv.writes("Fyra.", thread=thread)
        assert waits(thread) == (5, clock.now())
    waiting, more = waiting_queries.waiting_for(karin.viewer, today=today())
    assert [(row.key, row.said, more) for row in waiting] == [(thread, "Fyra.", None)]


def test_text_of_any_script_is_kept_to_the_letter(world: World) -> None:
    siv = world.patient("Siv")
    words = "åäö 🙂👩‍👩‍👧 مرحبا <script>&amp;</script> 'x' \"y\" \\ %s {{ x }}\n\n\n  slut  "
    thread = siv.asks(words)
    assert letters(siv, thread)[0].text == words
    page = siv.phone().get(f"/meddelanden/{db.short(thread)}").text
    assert "<script>&amp;" not in page and "&lt;script&gt;&amp;amp;&lt;/script&gt;" in page


def test_ten_thousand_letters_go_whole(world: World) -> None:
    siv = world.patient("Siv")
    thread = siv.asks("🙂" * 10_000)
    assert letters(siv, thread)[0].text == "🙂" * 10_000


def test_staff_answer_under_their_title_and_patients_under_none(world: World) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    thread = siv.asks("Hej.")
    karin.writes("Hej!", thread=thread)
    assert [(letter.mine, letter.name, letter.title) for letter in letters(siv, thread)] == [
        (True, "Siv", None),
        (False, "Karin Ek", "sjuksköterska"),
    ]


def test_only_the_patient_the_contact_and_nobody_else_reach_a_thread(world: World) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    thread = siv.asks("Hej.")
    for someone in (siv, karin):
        assert queries.thread_for(someone.viewer, thread, today=today()).key == thread
    others = (world.patient("Tom"), world.staff("Erik Lund"), world.staff("Jonas Ström", unit="Mottagning Granen"))
    for someone in others:
        with pytest.raises(NotFound):
            queries.thread_for(someone.viewer, thread, today=today())
        assert list_queries.threads_of(someone.viewer, today=today())[0] == []


def test_when_the_contact_works_there_no_longer_the_patient_is_read_by_somebody_else(world: World) -> None:
    siv, karin, erik = world.patient("Siv"), world.staff("Karin Ek"), world.staff("Erik Lund")
    with db.transaction():
        care_service.end_assignment(karin.assignment, on=today() - timedelta(days=1), by=SYSTEM, now=clock.now())
    thread = siv.asks("Är du där?")
    assert waiting_queries.waiting_for(karin.viewer, today=today())[0] == []
    assert [row.key for row in waiting_queries.waiting_for(erik.viewer, today=today())[0]] == [thread]
    with pytest.raises(NotFound):
        queries.thread_for(karin.viewer, thread, today=today())


def test_staff_who_may_read_but_not_answer_store_nothing(world: World) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    head = replace(queries.thread_for(karin.viewer, siv.asks("Hej."), today=today()), mine_to_write=False)
    with pytest.raises(NobodyReads):
        service.reply(head, by=karin.viewer, text="Svar.", key=fresh_key(), now=clock.now())
    assert db.session().scalar(text("select count(*) from message")) == 1


def test_letters_are_marked_read_once_and_never_by_their_own_writer(world: World) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    thread = siv.asks("Ett.")
    path = f"/meddelanden/{db.short(thread)}"

    def marks() -> list[tuple[UUID, int]]:
        rows = db.session().execute(text("select person_id, upto from read_mark order by at, upto"))
        return [tuple(row) for row in rows]

    siv.phone().get(path)
    assert marks() == []
    with time_machine.travel("2026-11-25 09:00 +0000", tick=False) as clockwork:
        for _ in range(3):
            karin.phone().get(path)
            clockwork.shift(60)
        assert marks() == [(karin.person.id, 1)]
        siv.writes("Två.", thread=thread)
        siv.writes("Tre.", thread=thread)
        karin.phone().get(path)
        karin.writes("Fyra.", thread=thread)
        karin.phone().get(path)
        siv.phone().get(path)
    assert marks() == [(karin.person.id, 1), (karin.person.id, 3), (siv.person.id, 4)]
    shown = [(letter.n, [one.name for one in letter.marks]) for letter in letters(siv, thread)]
    assert shown == [(1, ["Karin Ek"]), (2, []), (3, ["Karin Ek"]), (4, [])]
    assert [row.read_at for row in list_queries.threads_of(siv.viewer, today=today())[0]] == [None]
