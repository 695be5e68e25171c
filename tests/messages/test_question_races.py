"""Two at once on one question: one of them is first, the other hears of it, and nothing unread is ended."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock, db
from app.messages import queries, question_service, service
from app.messages.models import Message, Thread
from app.messages.queries import ThreadHead
from app.messages.question_service import Elsewhere, StillWaits, WroteMore
from app.messages.service import Answered, NothingWaits
from app.waits.models import Wait
from app.waits.service import CannotHold
from tests.world import Someone, Staff, World, fresh_key, today, who_answers

FASTER = (Answered, NothingWaits, WroteMore, StillWaits, Elsewhere, CannotHold)
ROUNDS = 5


def outcomes(world: World, *calls: Callable[[], Any]) -> list[str]:
    """What became of each, begun as near the same moment as can be."""
    start, said = threading.Barrier(len(calls)), [""] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        with world.app.app_context():
            start.wait(20)
            try:
                with db.transaction():
                    call()
                said[place] = "done"
            except FASTER as error:
                said[place] = type(error).__name__
            except Exception as error:
                said[place] = repr(error)

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return said


def head(someone: Someone, thread: UUID) -> ThreadHead:
    return queries.thread_for(someone.viewer, thread, today=today())


def two_who_may(world: World) -> tuple[Staff, Staff]:
    return world.staff("Karin Ek"), world.staff("Erik Lund")


def asked_of_both(world: World, karin: Staff, erik: Staff) -> UUID:
    thread = world.patient("Siv").asks("Hej.")
    with db.transaction():
        question_service.ask(head(karin, thread), erik.person.id, "Vad tror du?", by=karin.viewer, now=clock.now())
    return thread


def replies(someone: Someone, thread: UUID, seen: int) -> Callable[[], Any]:
    shown, by, key = head(someone, thread), someone.viewer, fresh_key()
    return lambda: service.reply(shown, by=by, text=f"Svar {key}", key=key, seen=seen, now=clock.now())


def test_of_two_replies_at_once_one_is_stored(own_world: World) -> None:
    karin, erik = two_who_may(own_world)
    for _ in range(ROUNDS):
        thread = asked_of_both(own_world, karin, erik)
        calls = replies(karin, thread, 1), replies(erik, thread, 1)
        assert sorted(outcomes(own_world, *calls)) == ["Answered", "done"]
        db.session().expire_all()
        assert db.session().get_one(Thread, thread).last_n == 2


def test_of_an_end_and_an_answer_at_once_the_question_ends_once(own_world: World) -> None:
    karin, erik = two_who_may(own_world)
    for _ in range(ROUNDS):
        thread = asked_of_both(own_world, karin, erik)
        shown, by, at = head(erik, thread), erik.viewer, clock.now()
        call = replies(karin, thread, 1)
        said = outcomes(
            own_world, call, lambda s=shown, b=by, t=at: question_service.talked(s, t, seen=1, by=b, now=clock.now())
        )
        assert said in (["done", "NothingWaits"], ["done", "done"])
        db.session().expire_all()
        wait = db.session().query(Wait).filter_by(subject_id=thread).one()
        assert wait.ended_how == ("talked" if said[1] == "done" else "reply")
        assert db.session().get_one(Thread, thread).unanswered_n is None


def test_what_the_patient_writes_while_staff_end_it_always_waits(own_world: World) -> None:
    karin, siv = own_world.staff("Karin Ek"), own_world.patient("Siv")
    for _ in range(ROUNDS):
        thread = siv.asks("Hej.")
        shown, by = head(karin, thread), karin.viewer
        theirs, viewer, key = head(siv, thread), siv.viewer, fresh_key()
        answering = who_answers(viewer, theirs.contact)
        said = outcomes(
            own_world,
            lambda s=shown, b=by: question_service.needs_no_answer(s, "Läst, tack", seen=1, by=b, now=clock.now()),
            lambda t=theirs, v=viewer, k=key, a=answering: service.write(
                t, lambda: a, by=v, text="Det blev värre.", key=k, now=clock.now()
            ),
        )
        assert said in (["done", "done"], ["WroteMore", "done"])
        db.session().expire_all()
        open_waits = db.session().query(Wait).filter_by(subject_id=thread, ended_at=None).count()
        unanswered = db.session().get_one(Thread, thread).unanswered_n
        assert (open_waits, unanswered) == (1, 2 if said[0] == "done" else 1)


def test_a_thread_that_is_closed_while_the_patient_writes_is_open_after(own_world: World) -> None:
    karin, siv = own_world.staff("Karin Ek"), own_world.patient("Siv")
    for _ in range(ROUNDS):
        thread = siv.asks("Hej.")
        karin.writes("Svar.", thread=thread)
        shown, by = head(karin, thread), karin.viewer
        theirs, viewer, key = head(siv, thread), siv.viewer, fresh_key()
        answering = who_answers(viewer, theirs.contact)
        said = outcomes(
            own_world,
            lambda s=shown, b=by: question_service.close(s, by=b, now=clock.now()),
            lambda t=theirs, v=viewer, k=key, a=answering: service.write(
                t, lambda: a, by=v, text="En sak till.", key=k, now=clock.now()
            ),
        )
        assert said in (["done", "done"], ["StillWaits", "done"])
        db.session().expire_all()
        assert db.session().get_one(Thread, thread).closed_at is None
        assert db.session().query(Wait).filter_by(subject_id=thread, ended_at=None).count() == 1


def test_the_worker_and_the_verbs_never_wait_for_each_other(own_world: World) -> None:
    karin, erik = two_who_may(own_world)
    for _ in range(ROUNDS):
        thread = asked_of_both(own_world, karin, erik)
        shown, by = head(karin, thread), karin.viewer
        until = clock.now() + timedelta(days=1)

        def ticks() -> None:
            own_world.tick()

        calls: list[Callable[[], Any]] = [
            ticks,
            lambda s=shown, b=by: question_service.hand_over(s, erik.person.id, "Ta den.", by=b, now=clock.now()),
            lambda s=shown, b=by, u=until: question_service.rang(s, clock.now(), u, by=b, now=clock.now()),
            ticks,
        ]
        said = outcomes(own_world, *calls)
        assert set(said) <= {"done", "Elsewhere", "CannotHold"}, said
        db.session().expire_all()
        wait = db.session().query(Wait).filter_by(subject_id=thread).one()
        assert wait.ended_at is None and wait.holder_id in (karin.person.id, erik.person.id)
        assert db.session().query(Message).filter_by(thread_id=thread).count() == 1
