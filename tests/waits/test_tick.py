"""A round of the worker: many at once as if they were one, late and twice as if once, and nothing stops the others."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select

from app import worker
from app.care import answer_queries, request_service, unit_service
from app.care import queries as care_queries
from app.care import service as care_service
from app.core import clock, db, live, pulse
from app.core.audit import SYSTEM
from app.notices.models import Notice
from app.waits import service as waits
from app.waits.models import Asked, Handoff, Wait
from app.waits.service import Subject
from tests.care.worlds import said
from tests.messages.test_racing import at_once
from tests.waits.rounds import UNREADABLE, alarms, climb, damage, handed, holder, name, noticed, wait_of, waits_tick
from tests.world import Patient, Staff, World, today, wall, who_answers

Travel = time_machine.Traveller


def test_many_are_spread_over_those_who_have_the_least(world: World, karin: Staff, erik: Staff, maja: Staff) -> None:
    threads = [world.patient(f"Patient {n}").asks("Hej.") for n in range(8)]
    busy = [world.patient(f"Annan {n}", contact="Erik Lund").asks("Hej.") for n in range(2)]
    karin.is_away("2026-11-04 15:00")
    assert world.works_on() == 10
    assert Counter(holder(thread, world) for thread in threads) == {"Erik Lund": 3, "Maja Lind": 5}
    assert {holder(thread, world) for thread in busy} == {"Erik Lund"}


@pytest.mark.parametrize("batch", [1, 3, 200])
def test_small_batches_give_what_a_large_one_does(
    batch: int, world: World, karin: Staff, erik: Staff, maja: Staff, clockwork: Travel
) -> None:
    threads = [world.patient(f"Patient {n}").asks("Hej.") for n in range(7)]
    karin.is_away("2026-11-04 15:00")
    clockwork.move_to(wall("2026-11-06 14:00"))
    rounds = 0
    with db.transaction():
        while waits_tick(batch):
            rounds += 1
    assert rounds == -(-7 // batch)
    assert Counter(holder(thread, world) for thread in threads) in (
        {"Erik Lund": 4, "Maja Lind": 3},
        {"Erik Lund": 3, "Maja Lind": 4},
    )
    assert len(noticed("promise_broken", world)) == 7 and len(noticed("wait", world)) == 14


def test_sixty_take_no_more_statements_than_one(world: World, karin: Staff, erik: Staff, clockwork: Travel) -> None:
    said: list[int] = []
    for number, moment in ((1, "2026-11-05 15:00"), (1, "2026-11-06 15:00"), (60, "2026-11-09 15:00")):
        people = [world.patient(f"Patient {len(said)} {n}") for n in range(number)]
        threads = [someone.asks("Hej.") for someone in people]
        clockwork.move_to(wall(moment))
        with counted() as statements:
            assert world.works_on() == number
        said.append(len(statements))
        with db.transaction():
            for someone, thread in zip(people, threads, strict=True):
                waits.end("thread", thread, "solved", by=someone.viewer, now=clock.now())
    assert said[0] == said[1] == said[2]


class counted:
    """The statements that are said meanwhile."""

    def __enter__(self) -> list[str]:
        self.said: list[str] = []
        self.engine = db.engine()
        event.listen(self.engine, "before_cursor_execute", self.note)
        return self.said

    def __exit__(self, *_error: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self.note)

    def note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.said.append(statement)


# Late, twice, after a crash, after a clock that jumped.


def test_a_round_that_is_lost_is_done_by_the_next(own_world: World) -> None:
    with time_machine.travel(wall("2026-11-04 15:00"), tick=False) as clockwork:
        thread = own_world.patient("Siv").asks("Hej.")
        clockwork.move_to(wall("2026-11-06 14:00"))
        with pytest.raises(KeyboardInterrupt), db.transaction():
            own_world.tick()
            raise KeyboardInterrupt
        assert wait_of(thread).broken == 0 and noticed("promise_broken", own_world) == []
        own_world.works_on()
        assert wait_of(thread).broken == 1 and noticed("promise_broken", own_world) == ["Siv"]


def test_two_workers_share_what_is_due_and_take_each_once(own_world: World) -> None:
    with time_machine.travel(wall("2026-11-04 15:00"), tick=False) as clockwork:
        threads = [own_world.patient(f"Patient {n}").asks("Hej.") for n in range(12)]
        damage(threads[5], UNREADABLE)
        clockwork.move_to(wall("2026-11-06 14:00"))
        at_once(own_world.app, *[lambda: waits_tick(4)] * 3)
        climb(own_world)
        assert len(noticed("promise_broken", own_world)) == 11
        assert [len(handed(thread, own_world)) for thread in threads] == [2] * 12


def test_a_clock_that_jumps_ahead_and_back_says_nothing_twice(
    world: World, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    thread = world.patient("Siv").asks("Hej.")
    clockwork.move_to(wall("2027-03-28 02:30"))
    world.works_on()
    assert noticed("promise_broken", world) == ["Siv"]
    clockwork.move_to(wall("2026-11-04 15:01"))
    assert world.works_on() == 0
    with db.transaction():
        care_service.raise_version(karin.unit.id)
    assert world.works_on() == 1 and world.works_on() == 0
    assert noticed("promise_broken", world) == ["Siv"] and wait_of(thread).broken == 1
    assert holder(thread, world) == "Karin Ek" and wait_of(thread).next_at > clock.now()


def test_the_turn_of_the_year_and_the_night_of_the_clocks_are_looked_at(
    world: World, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-10-23 16:00"))
    thread = world.patient("Siv").asks("Hej.")
    assert said(wait_of(thread).promised_at) == "Tue 27 Oct 15.00"
    clockwork.move_to(wall("2026-10-25 02:30"))
    assert world.works_on() == 0
    clockwork.move_to(wall("2026-10-26 15:30"))
    assert world.works_on() == 1 and noticed("reminder", world) == ["Karin Ek"]


# Who else is asked.


def test_a_new_promise_is_a_line_of_the_history(world: World, karin: Staff, maja: Staff, clockwork: Travel) -> None:
    thread = world.patient("Siv").asks("Hej.")
    for moment in ("2026-11-06 14:00", "2026-11-09 16:30"):
        clockwork.move_to(wall(moment))
        world.works_on()
    rows = db.session().scalars(select(Handoff).order_by(Handoff.turn)).all()[1:]
    assert [(row.turn, row.reason, said(row.promised_at)) for row in rows] == [
        (2, "promise_broken", "Mon 9 Nov 16.30"),
        (3, "promise_broken", "Tue 10 Nov 16.30"),
    ]
    assert {row.from_id for row in rows} == {row.to_id for row in rows} == {karin.person.id}
    assert wait_of(thread).turn == 3


def test_with_no_colleague_the_head_is_asked_at_three_quarters(world: World, karin: Staff, clockwork: Travel) -> None:
    world.patient("Siv").asks("Hej.")
    clockwork.move_to(wall("2026-11-06 10:00"))
    world.works_on()
    assert [row.person_id for row in db.session().scalars(select(Asked))] == [world.unit().head_id]
    assert noticed("promise_broken", world) == []
    clockwork.move_to(wall("2026-11-06 14:00"))
    world.works_on()
    assert noticed("promise_broken", world) == ["Siv"] and db.session().query(Asked).count() == 1


def test_a_call_is_judged_for_its_window(world: World, karin: Staff, erik: Staff, clockwork: Travel) -> None:
    siv = world.patient("Siv")
    thread, window = siv.asks("Hej."), (wall("2026-11-11 13:00"), wall("2026-11-11 15:00"))
    with db.transaction():
        waits.end("thread", thread, "solved", by=siv.viewer, now=clock.now())
    card = care_queries.contacts_of(siv.viewer, today=today())[0]
    answering = answer_queries.who_answers(siv.viewer, [card], at=window[0], today=window[0].date())[card.key]
    with db.transaction():
        subject = Subject("booking_answer", thread, card.unit_id, siv.person.id, card.person_id)
        waits.ask(subject, answering, call=window, by=siv.viewer, now=clock.now())
    call = select(Wait).where(Wait.kind == "booking_answer").execution_options(populate_existing=True)
    karin.is_away("2026-11-05 00:00", "2026-11-10 00:00", erik)
    world.works_on()
    assert db.session().scalars(call).one().holder_id == karin.person.id
    karin.is_away("2026-11-10 00:00", "2026-11-13 00:00", erik)
    world.works_on()
    found = db.session().scalars(call).one()
    assert found.holder_id == erik.person.id and found.promised_at == window[1]


def test_what_is_for_the_heads_asks_the_next_of_them(
    world: World, karin: Staff, erik: Staff, maja: Staff, clockwork: Travel
) -> None:
    with db.transaction():
        unit_service.name_head(maja.unit.id, maja.person.id, (erik.person.id,), by=SYSTEM, now=clock.now())
    siv = world.patient("Siv")
    answering = who_answers(siv.viewer, care_queries.contacts_of(siv.viewer, today=today())[0])
    subject = Subject("contact_request", db.new_key(), karin.unit.id, siv.person.id, None)
    with db.transaction():
        waits.ask(subject, answering, by=siv.viewer, now=clock.now())
        waits.hand_over("contact_request", subject.key, maja.person.id, words="Din.", by=karin.viewer, now=clock.now())
    clockwork.move_to(wall("2026-11-06 10:00"))
    world.works_on()
    assert [row.person_id for row in db.session().scalars(select(Asked))] == [erik.person.id]


def test_the_function_has_what_nobody_can_answer_until_somebody_can(
    world: World, karin: Staff, clockwork: Travel
) -> None:
    thread = world.patient("Siv").asks("Hej.")
    assert alarms() == []
    absence = karin.is_away("2026-11-04 15:00")
    world.works_on()
    assert handed(thread, world)[1:] == [("function", "absent")] and alarms() == ["wait_at_function"]
    assert sorted(map(str, people_told("wait"))) == sorted(map(str, [karin.person.id, *world.function]))
    with db.transaction():
        care_service.raise_version(karin.unit.id)
        absence.cancelled_at, absence.cancelled_by = clock.now(), karin.person.id
    world.works_on()
    assert handed(thread, world)[2:] == [("Karin Ek", "asked")] and alarms() == []


def people_told(kind: str) -> list[UUID]:
    return list(db.session().scalars(select(Notice.person_id).where(Notice.kind == kind)))


def test_who_opens_the_app_is_found_though_no_plan_changed(world: World, clockwork: Travel) -> None:
    karin = world.staff("Karin Ek", opened=False)
    thread = world.patient("Siv").asks("Hej.")
    assert holder(thread, world) == "function"
    assert karin.viewer
    clockwork.shift(timedelta(minutes=10))
    assert world.works_on() == 1
    assert holder(thread, world) == "Karin Ek"


# Alarms and the worker itself.


def test_a_step_that_is_over_two_minutes_late_alarms(world: World, karin: Staff, clockwork: Travel) -> None:
    world.patient("Siv").asks("Hej.")
    for moment, expected in (("2026-11-05 14:32", []), ("2026-11-05 14:33", ["wait_overdue"])):
        clockwork.move_to(wall(moment))
        assert alarms() == expected
    world.works_on()
    assert alarms() == []


def test_the_bell_rings_when_something_is_done(own_app: Flask) -> None:
    bell = worker.Bell(live.hub())
    bell.start()
    assert bell.rest(20)
    with db.transaction():
        live.changed(live.topic("u", db.new_key()))
    assert bell.rest(20)
    assert not bell.rest(0.2)
    bell.stop()
    assert not bell.rest(20)
    bell.join(20)
    assert not bell.is_alive()


def test_the_worker_says_how_long_its_slowest_look_took(own_world: World) -> None:
    own_world.patient("Siv").asks("Hej.")
    worker.round_of_work(None, 2.5)
    with db.engine().connect() as connection:
        beat = select(pulse.heartbeats.c.seconds).where(pulse.heartbeats.c.name == "worker")
        assert connection.scalar(beat) == 2.5
    worker.round_of_work(None)
    with db.engine().connect() as connection:
        assert 0 < connection.scalar(beat) < 2.5


def test_where_the_patient_has_blocked_the_head_a_broken_promise_goes_to_the_function(
    world: World, karin: Staff, maja: Staff, clockwork: Travel
) -> None:
    siv: Patient = world.patient("Siv")
    siv.asks("Hej.")
    with db.transaction():
        request_service.block(maja.person.id, by=siv.viewer, now=clock.now())
    clockwork.move_to(wall("2026-11-06 14:00"))
    world.works_on()
    assert {name(row.person_id, world) for row in db.session().scalars(select(Asked))} == {"Erik Lund", "?"}
    assert {row.person_id for row in db.session().scalars(select(Asked))} > set(world.function)
