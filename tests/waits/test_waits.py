"""A wait in the house: opened, joined, moved and ended, and its ladder climbed by the worker."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.models import Person
from app.care import queries as care
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from app.messages import queries
from app.messages import service as messages
from app.notices.models import Notice
from app.waits.models import Asked, Handoff, Wait
from tests.care.worlds import said, week
from tests.messages.test_racing import at_once
from tests.world import Patient, Someone, Staff, World, fresh_key, today, wall, who_answers

Travel = time_machine.Traveller


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


@pytest.fixture
def erik(karin: Staff, world: World) -> Staff:
    return world.staff("Erik Lund", title="skötare")


def wait_of(thread: UUID) -> Wait:
    db.session().expire_all()
    return db.session().scalars(select(Wait).where(Wait.subject_id == thread).order_by(Wait.opened_at.desc())).first()  # type: ignore[return-value]


def holder(thread: UUID, world: World) -> str:
    return name(wait_of(thread).holder_id, world)


def name(person: UUID | None, world: World) -> str:
    return next((known for known, it in world.people.items() if it.person.id == person), "?" if person else "function")


def handed(thread: UUID, world: World) -> list[tuple[str, str, str | None]]:
    rows = db.session().scalars(select(Handoff).where(Handoff.wait_id == wait_of(thread).id).order_by(Handoff.turn))
    return [(name(row.to_id, world), row.reason, said(row.at)) for row in rows]


def told(kind: str, world: World) -> list[tuple[str, str | None]]:
    rows = db.session().scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.made_at, Notice.show_at))
    return [(name(row.person_id, world), said(row.show_at)) for row in rows]


def asked(thread: UUID, world: World) -> list[str]:
    rows = db.session().scalars(select(Asked).where(Asked.wait_id == wait_of(thread).id).order_by(Asked.at))
    return [name(row.person_id, world) for row in rows]


def opens(someone: Someone, thread: UUID) -> bool:
    try:
        return queries.thread_for(someone.viewer, thread, today=today()).key == thread
    except NotFound:
        return False


def test_a_question_opens_a_wait_with_whoever_answers_and_what_was_promised(
    siv: Patient, karin: Staff, world: World
) -> None:
    thread = siv.asks("Hej.")
    wait = wait_of(thread)
    assert (holder(thread, world), wait.step, wait.turn, wait.ended_at) == ("Karin Ek", 1, 1, None)
    assert (said(wait.counts_from), said(wait.promised_at)) == ("Wed 4 Nov 15.00", "Fri 6 Nov 14.00")
    assert handed(thread, world) == [("Karin Ek", "asked", "Wed 4 Nov 15.00")]
    assert told("wait", world) == [("Karin Ek", "Wed 4 Nov 15.00")]


def test_a_second_question_joins_the_first_and_does_not_start_its_clock_again(
    siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    thread = siv.asks("Ett.")
    first = wait_of(thread)
    promised = first.promised_at
    clockwork.shift(timedelta(hours=20))
    siv.writes("Två.", thread=thread)
    again = wait_of(thread)
    assert (again.id, again.promised_at) == (first.id, promised)
    assert db.session().query(Wait).count() == 1


def test_a_reply_ends_it_and_whoever_gave_it_reads_on_for_five_office_days(
    siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    karin.is_away("2026-11-04 12:00", "2026-11-05 00:00", erik)
    thread = siv.asks("Hej.")
    erik.writes("Hej Siv.", thread=thread)
    wait = wait_of(thread)
    assert (wait.ended_how, wait.ended_by) == ("reply", erik.person.id)
    assert said(wait.readable_until) == "Wed 11 Nov 16.30"
    clockwork.move_to(wall("2026-11-11 16:00"))
    assert opens(erik, thread) and opens(karin, thread)
    erik.writes("Sent, men ändå.", thread=thread)
    clockwork.move_to(wall("2026-11-12 08:00"))
    assert not opens(erik, thread) and opens(karin, thread)


def test_a_question_after_the_reply_is_a_wait_of_its_own(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    thread = siv.asks("Ett.")
    karin.writes("Svar.", thread=thread)
    clockwork.shift(timedelta(hours=1))
    siv.writes("Två.", thread=thread)
    wait = wait_of(thread)
    assert wait.ended_at is None and wait.opened_at == clock.now()
    assert db.session().query(Wait).count() == 2


def test_when_the_holder_falls_ill_the_next_takes_over_and_the_promise_stands(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks("Hej.")
    promised = wait_of(thread).promised_at
    clockwork.move_to(wall("2026-11-05 08:30"))
    assert world.works_on() == 0
    karin.is_away("2026-11-05 08:00", None, erik)
    assert world.works_on() == 1
    wait = wait_of(thread)
    assert (holder(thread, world), wait.step, wait.turn, wait.promised_at) == ("Erik Lund", 2, 2, promised)
    assert handed(thread, world)[1:] == [("Erik Lund", "absent", "Thu 5 Nov 08.30")]
    assert told("wait", world)[1:] == [("Erik Lund", "Thu 5 Nov 08.30")]
    assert world.works_on() == 0


def test_that_the_contact_comes_back_moves_nothing(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    karin.is_away("2026-11-04 12:00", "2026-11-05 00:00", erik)
    thread = siv.asks("Hej.")
    clockwork.move_to(wall("2026-11-05 09:00"))
    world.works_on()
    assert holder(thread, world) == "Erik Lund" and opens(karin, thread)


def test_a_closed_account_holds_nothing_any_longer(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks("Hej.")
    with db.transaction():
        accounts.close_account(karin.person.id, by=SYSTEM, now=clock.now())
    clockwork.move_to(wall("2026-11-05 14:30"))
    world.works_on()
    assert handed(thread, world)[1:] == [("Erik Lund", "ended", "Thu 5 Nov 14.30")]


def test_the_ladder_of_the_first_case(world: World, clockwork: Travel) -> None:
    """Karin works Mondays to Wednesdays; Siv writes on Wednesday 4 November at 15.00."""
    karin = world.staff("Karin Ek", works=week(mon_wed="8-16.30"))
    erik, maja, siv = world.staff("Erik Lund"), world.staff("Maja Lind"), world.patient("Siv")
    world.duty("2026-11-05 08:00", "2026-11-05 16:30", erik)
    world.duty("2026-11-06 08:00", "2026-11-06 16:30", erik)
    thread = siv.asks("Hej Karin.")
    assert holder(thread, world) == "Karin Ek" and said(wait_of(thread).next_at) == "Wed 4 Nov 16.30"

    clockwork.move_to(wall("2026-11-04 16:30"))
    world.works_on()
    assert handed(thread, world)[1:] == [("Erik Lund", "out_of_reach", "Wed 4 Nov 16.30")]
    assert told("wait", world)[1:] == [("Erik Lund", "Thu 5 Nov 08.00")]
    assert not opens(maja, thread)

    for moment, taken in (("2026-11-05 14:29", []), ("2026-11-05 14:30", [("Erik Lund", "Thu 5 Nov 14.30")])):
        clockwork.move_to(wall(moment))
        world.works_on()
        assert told("reminder", world) == taken
    clockwork.move_to(wall("2026-11-06 09:59"))
    world.works_on()
    assert asked(thread, world) == []
    clockwork.move_to(wall("2026-11-06 10:00"))
    world.works_on()
    # With the weekend between, Karin is out less than an office day by now: she is the first who is in reach again.
    assert asked(thread, world) == ["Karin Ek"] and told("asked", world) == [("Karin Ek", "Mon 9 Nov 08.00")]
    assert not opens(maja, thread)

    clockwork.move_to(wall("2026-11-06 14:00"))
    world.works_on()
    wait = wait_of(thread)
    assert (wait.broken, said(wait.promised_at), wait.ended_at) == (1, "Mon 9 Nov 16.30", None)
    assert told("promise_broken", world) == [("Siv", "Fri 6 Nov 14.00")]
    assert asked(thread, world)[1:] == ["?"] and not opens(world.staff("Någon Annan"), thread)
    assert holder(thread, world) == "Erik Lund" and karin.person.id == wait.belongs_to


def test_at_the_second_broken_promise_the_function_is_asked_too_and_it_goes_on(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks("Hej.")
    broken = []
    for moment in ("2026-11-06 14:00", "2026-11-09 16:30", "2026-11-10 16:30"):
        clockwork.move_to(wall(moment))
        world.works_on()
        wait = wait_of(thread)
        people = set(db.session().scalars(select(Asked.person_id).where(Asked.wait_id == wait.id)))
        broken.append((wait.broken, len(people & set(world.function)), said(wait.promised_at)))
    assert broken == [(1, 1, "Mon 9 Nov 16.30"), (2, 2, "Tue 10 Nov 16.30"), (3, 2, "Wed 11 Nov 16.30")]
    assert len(told("promise_broken", world)) == 3


def test_a_tick_that_comes_days_late_tells_the_patient_once_with_a_promise_that_lies_ahead(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks("Hej.")
    clockwork.move_to(wall("2026-11-12 03:00"))
    world.works_on()
    wait = wait_of(thread)
    assert wait.promised_at > clock.now() and wait.next_at > clock.now() and wait.broken == 1
    assert told("promise_broken", world) == [("Siv", "Thu 12 Nov 03.00")]
    assert world.works_on() == 0


def test_nobody_but_the_contact_opens_what_waits_for_them_alone(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    karin.is_away("2026-11-04 12:00", "2026-11-06 00:00", erik)
    thread = siv.asks("Bara till dig.", wait_for_contact=True)
    wait = wait_of(thread)
    assert (holder(thread, world), wait.only_contact, said(wait.promised_at)) == ("Karin Ek", True, "Mon 9 Nov 15.30")
    for moment in ("2026-11-04 16:30", "2026-11-05 12:00", "2026-11-05 23:59"):
        clockwork.move_to(wall(moment))
        world.works_on()
        assert holder(thread, world) == "Karin Ek" and not opens(erik, thread)
        assert not any(opens(it, thread) for it in function_of(world))
    assert told("wait", world) == [("Karin Ek", "Fri 6 Nov 08.00")]
    clockwork.move_to(wall("2026-11-06 08:00"))
    world.works_on()
    assert holder(thread, world) == "Karin Ek" and told("reminder", world) == []


def test_what_waits_for_the_contact_alone_goes_on_when_they_do_not_come_back(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    karin.is_away("2026-11-04 12:00", "2026-11-06 00:00", erik)
    thread = siv.asks("Bara till dig.", wait_for_contact=True)
    clockwork.move_to(wall("2026-11-05 12:00"))
    karin.is_away("2026-11-06 00:00", "2026-11-20 00:00", erik)
    world.works_on()
    assert holder(thread, world) == "Karin Ek" and not opens(erik, thread)
    clockwork.move_to(wall("2026-11-06 08:00"))
    world.works_on()
    assert handed(thread, world)[1:] == [("Erik Lund", "absent", "Fri 6 Nov 08.00")]
    assert not wait_of(thread).only_contact and said(wait_of(thread).promised_at) == "Mon 9 Nov 15.30"


def function_of(world: World) -> list[Someone]:
    """The people of the region's function, who may open what has come to them and nothing else."""
    made = []
    for key in world.function:
        someone = Someone(world, db.session().get_one(Person, key))
        someone.capacity = "duty"
        made.append(someone)
    return made


def test_when_nobody_is_left_the_function_holds_and_its_people_open_it(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    karin.is_away("2026-11-04 12:00")
    thread = siv.asks("Hej.")
    wait = wait_of(thread)
    assert (wait.holder_id, wait.step) == (None, 7)
    assert all(opens(it, thread) for it in function_of(world))


def test_two_rounds_at_once_take_a_step_once(own_world: World) -> None:
    with time_machine.travel(wall("2026-11-04 15:00"), tick=False) as clockwork:
        siv, _karin = own_world.patient("Siv"), own_world.staff("Karin Ek")
        erik = own_world.staff("Erik Lund")
        threads = [siv.asks(f"Fråga {n}") for n in range(6)]
        own_world.staff("Karin Ek").is_away("2026-11-04 15:00", None, erik)
        clockwork.move_to(wall("2026-11-06 14:00"))
        ticks: list[Any] = [own_world.tick] * 4
        assert sum(at_once(own_world.app, *ticks)) >= 6
        for thread in threads:
            assert [it[1] for it in handed(thread, own_world)] == ["asked", "absent", "promise_broken"]
            assert holder(thread, own_world) == "Erik Lund"
            assert wait_of(thread).broken == 1
        assert len(told("promise_broken", own_world)) == 6


def test_an_absence_that_commits_while_a_letter_is_sent_is_found_by_the_next_round(
    siv: Patient, karin: Staff, erik: Staff, world: World
) -> None:
    card = care.contacts_of(siv.viewer, today=today())[0]
    decided = who_answers(siv.viewer, card)
    karin.is_away("2026-11-04 15:00", None, erik)
    with db.transaction():
        sent = messages.open_thread(card, decided, by=siv.viewer, text="Hej.", key=fresh_key(), now=clock.now())
    assert holder(sent.thread_id, world) == "Karin Ek"
    world.works_on()
    assert holder(sent.thread_id, world) == "Erik Lund"
