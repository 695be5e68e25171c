"""Two at once: whoever was first is heard, nobody waits for each other, and the worker steps around what is held."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import Engine, select, text

from app.care import absence_service, request_service
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from app.messages import queries
from app.messages import service as messages
from app.messages.service import NobodyReads
from app.waits import service as waits
from app.waits.models import Handoff, Wait
from app.waits.service import CannotHold
from app.waits.tick_service import tick
from tests.messages.test_racing import at_once
from tests.world import Patient, Staff, World, fresh_key, today, wall, who_answers

WAITING = text("select count(*) from pg_locks where not granted")
REFUSED = (CannotHold, NotFound, NobodyReads)


class Desk:
    """Karin and Erik, and what Siv asks them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.siv: Patient = world.patient("Siv")
        self.karin: Staff = world.staff("Karin Ek")
        self.erik: Staff = world.staff("Erik Lund")

    def ask(self) -> UUID:
        return self.siv.asks("Hej.")

    def wait(self, thread: UUID) -> Wait:
        db.session().expire_all()
        return db.session().scalars(select(Wait).where(Wait.subject_id == thread)).one()

    def reasons(self, thread: UUID) -> list[str]:
        mine = select(Handoff.reason).where(Handoff.wait_id == self.wait(thread).id).order_by(Handoff.turn)
        return list(db.session().scalars(mine))

    def replies(self, person: Staff, thread: UUID) -> Callable[[], Any]:
        viewer = person.viewer
        head = queries.thread_for(viewer, thread, today=today())
        return lambda: messages.reply(head, by=viewer, text="Svar.", key=fresh_key(), now=clock.now())

    def falls_ill(self, person: Staff) -> Callable[[], Any]:
        by = person.viewer
        return lambda: absence_service.away_from_now(by.person_id, today_only=False, by=by, now=clock.now())

    def looks(self, at: timedelta = timedelta(0)) -> int:
        return tick(by=SYSTEM, now=clock.now() + at)

    def beside(self, call: Callable[[], Any]) -> Any:
        """What a call gives in a transaction of another connection, while this one's is open."""
        return at_once(self.world.app, call)[0]


@pytest.fixture
def desk(own_world: World) -> Iterator[Desk]:
    """Monday 2 November 2026, 9.00: everybody is at work."""
    with time_machine.travel(wall("2026-11-02 09:00"), tick=False):
        yield Desk(own_world)


LATER = timedelta(days=9)


def test_the_worker_steps_around_a_question_that_is_being_answered(desk: Desk) -> None:
    first, second = desk.ask(), desk.ask()
    answers = desk.replies(desk.karin, first)
    with db.transaction():
        answers()
        assert desk.beside(lambda: desk.looks(LATER)) == 1
    assert (desk.wait(first).ended_how, desk.wait(first).broken) == ("reply", 0)
    assert desk.reasons(first) == ["asked"] and desk.wait(second).broken == 1


def test_an_answer_waits_for_the_worker_and_is_then_heard(desk: Desk, owner: Engine) -> None:
    thread = desk.ask()
    answers = desk.replies(desk.karin, thread)
    with db.transaction():
        assert desk.looks(LATER) == 1
        other = threading.Thread(target=lambda: at_once(desk.world.app, answers))
        other.start()
        with owner.connect() as watch:
            while not watch.scalar(WAITING):
                assert other.is_alive()
    other.join(20)
    assert (desk.wait(thread).ended_how, desk.wait(thread).broken) == ("reply", 1)


def test_who_falls_ill_stops_neither_a_letter_nor_the_worker(desk: Desk) -> None:
    old = desk.ask()
    ill = desk.falls_ill(desk.karin)
    with db.transaction():
        ill()
        assert desk.beside(desk.looks) == 0
        new = desk.beside(lambda: desk.siv.asks("Hinner du?"))
    with db.transaction():
        assert desk.looks() == 2
    assert {desk.wait(it).holder_id for it in (old, new)} == {desk.erik.person.id}


def test_of_two_who_answer_at_once_one_ends_it_and_both_are_stored(desk: Desk) -> None:
    thread = desk.ask()
    with db.transaction():
        waits.ask_colleague(
            "thread", thread, desk.erik.person.id, words="Kan du?", by=desk.karin.viewer, now=clock.now()
        )
    at_once(desk.world.app, desk.replies(desk.karin, thread), desk.replies(desk.erik, thread))
    assert desk.wait(thread).ended_how == "reply"
    assert db.session().execute(text("select count(*) from message")).scalar() == 3


def test_of_two_who_take_it_each_turn_stands_once(desk: Desk) -> None:
    thread, fatima = desk.ask(), desk.world.staff("Fatima Aydin")
    viewers = [desk.erik.viewer, fatima.viewer]

    def takes(n: int) -> Callable[[], bool]:
        return lambda: waits.take("thread", thread, words="Jag tar den.", by=viewers[n], now=clock.now())

    assert at_once(desk.world.app, takes(0), takes(1)) == [True, True]
    assert desk.reasons(thread) == ["asked", "taken", "taken"]


def test_everything_at_once_and_nobody_waits_for_each_other(desk: Desk) -> None:
    """Every verb that takes a lock, on the same questions, from connections of their own, again and again."""
    siv, karin, erik, world = desk.siv, desk.karin, desk.erik, desk.world
    threads = [desk.ask() for _ in range(3)]
    by = {it: it.viewer for it in (siv, karin, erik)}
    heads = {it: [queries.thread_for(by[siv], thread, today=today()) for thread in threads] for it in (siv,)}

    def tried(verb: Callable[[], Any]) -> Callable[[], bool]:
        def call() -> bool:
            try:
                with db.session().begin_nested():
                    verb()
            except REFUSED:
                return False
            return True

        return call

    def writes(n: int) -> None:
        given: Any = {"by": by[siv], "text": "En sak till.", "key": fresh_key(), "now": clock.now()}
        messages.write(heads[siv][n], lambda: answering[n], **given)

    def replies(person: Staff, n: int) -> None:
        head = queries.thread_for(by[person], threads[n], today=today())
        messages.reply(head, by=by[person], text="Svar.", key=fresh_key(), now=clock.now())

    def gives(giver: Staff, taker: Staff, n: int) -> None:
        waits.hand_over("thread", threads[n], taker.person.id, words="Du?", by=by[giver], now=clock.now())

    def blocks(ends: bool) -> None:
        verb = request_service.unblock if ends else request_service.block
        verb(erik.person.id, by=by[siv], now=clock.now())

    def comes_and_goes(person: Staff) -> None:
        absence_service.away_from_now(person.person.id, today_only=False, by=by[person], now=clock.now())
        absence_service.come_back(person.person.id, by=by[person], now=clock.now())

    answering = [who_answers(by[siv], head.contact) for head in heads[siv]]
    for turn in range(12):
        n, m = turn % 3, (turn + 1) % 3
        at_once(
            world.app,
            tried(lambda n=n: writes(n)),
            tried(lambda n=n: gives(karin, erik, n)),
            tried(lambda n=n: gives(erik, karin, n)),
            tried(lambda m=m: replies(karin, m)),
            tried(lambda turn=turn: blocks(turn % 2 == 1)),
            tried(lambda: comes_and_goes(erik)),
            tried(lambda: comes_and_goes(karin)),
            lambda: desk.looks(LATER),
            desk.looks,
        )
    with db.transaction():
        desk.looks(LATER)
    for thread in threads:
        found = db.session().scalars(select(Wait).where(Wait.subject_id == thread, Wait.ended_at.is_(None))).all()
        assert len(found) <= 1 and all(it.failed_at is None for it in found)
