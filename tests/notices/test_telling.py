"""Who is told what as a question goes its way, and what is taken back."""

from datetime import timedelta

import time_machine

from app.care import absence_service as absences
from app.care import unit_service
from app.care.absence_queries import absence_for
from app.care.absence_rules import Stretch
from app.core import clock, db
from app.core.audit import SYSTEM
from app.notices import queries
from app.notices import service as notices
from app.notices.models import Notice
from app.notices.service import Told as Line
from app.waits import service as waits
from app.worker import tidy
from tests.client import statements
from tests.notices.conftest import Told
from tests.world import Patient, Staff, World, today, wall

Travel = time_machine.Traveller


def absence(who: Staff, starts: str, ends: str, *substitutes: Staff) -> object:
    period, people = Stretch(wall(starts), wall(ends)), tuple(it.person.id for it in substitutes)
    with db.transaction():
        saved = absences.register(who.person.id, period, substitutes=people, by=who.viewer, now=clock.now())
    return absence_for(who.viewer, saved.key, today=today())


def test_many_are_told_many_things_in_one_statement(karin: Staff, erik: Staff, told: Told, world: World) -> None:
    now = clock.now()
    lines = [Line(it.person.id, "wait", f"{n}:1", now) for n in range(100) for it in (karin, erik)]
    with db.transaction(), statements(world.app) as heard:
        notices.tell_many(lines, by=SYSTEM, now=now)
        notices.tell_many(lines, by=SYSTEM, now=now + timedelta(minutes=1))
    assert len(heard) == 2 and len(told(karin)) == len(told(erik)) == 100


def test_what_is_answered_is_taken_back_from_whoever_has_not_seen_it(
    siv: Patient, karin: Staff, erik: Staff, told: Told
) -> None:
    thread = siv.asks("Hej.")
    with db.transaction():
        waits.ask_colleague("thread", thread, erik.person.id, words="Du kan detta.", by=karin.viewer, now=clock.now())
    assert told(karin) == [("wait", "Wed 4 Nov 15.00")] and told(erik) == [("asked", "Wed 4 Nov 15.00")]
    karin.writes("Svar.", thread=thread)
    assert told(karin) == told(erik) == [] and told(siv) == [("reply", "Wed 4 Nov 15.00")]


def test_what_was_seen_stays(siv: Patient, karin: Staff, told: Told) -> None:
    thread = siv.asks("Hej.")
    assert karin.phone().get(f"/meddelanden/{db.short(thread)}").status_code == 200
    karin.writes("Svar.", thread=thread)
    assert told(karin) == [("wait", "Wed 4 Nov 15.00")] and karin.viewer.unseen == 0


def test_a_question_that_goes_on_is_taken_back_from_whoever_had_it(
    siv: Patient, karin: Staff, erik: Staff, told: Told, world: World, clockwork: Travel
) -> None:
    siv.asks("Hej.")
    karin.is_away("2026-11-04 15:00", None, erik)
    world.works_on()
    assert told(karin, "wait") == [] and told(erik) == [("wait", "Wed 4 Nov 15.00")]


def test_a_colleague_who_takes_it_is_told_of_to_the_one_who_had_it_and_to_the_patient(
    siv: Patient, karin: Staff, erik: Staff, told: Told
) -> None:
    thread = siv.asks("Hej.")
    with db.transaction():
        waits.take("thread", thread, by=erik.viewer, now=clock.now())
    assert told(karin) == [("taken", "Wed 4 Nov 15.00")] and told(erik) == []
    assert told(siv) == [("handed_over", "Wed 4 Nov 15.00")]


def test_a_patient_whose_care_has_ended_is_told_nothing_more(siv: Patient, karin: Staff, told: Told) -> None:
    thread = siv.asks("Hej.")
    with db.transaction():
        notices.tell({siv.person.id: clock.now()}, "promise_broken", "x", about=thread, by=SYSTEM, now=clock.now())
        waits.end("thread", thread, "care_ended", by=karin.viewer, now=clock.now())
    assert told(siv) == []


def test_a_substitute_is_told_when_they_are_asked(karin: Staff, erik: Staff, told: Told, clockwork: Travel) -> None:
    clockwork.move_to(wall("2026-11-04 19:00"))
    absence(karin, "2026-11-23 00:00", "2026-11-28 00:00", erik)
    assert told(erik) == [("substitute", "Thu 5 Nov 08.00")]


def test_no_is_told_to_the_one_who_will_be_away_and_to_the_head(
    karin: Staff, erik: Staff, told: Told, world: World
) -> None:
    maria = world.staff("Maria Hedlund")
    with db.transaction():
        unit_service.name_head(karin.unit.id, maria.person.id, (karin.person.id,), by=SYSTEM, now=clock.now())
    row = absence(karin, "2026-11-23 00:00", "2026-11-28 00:00", erik)
    with db.transaction():
        absences.decline(row.key, by=erik.viewer, now=clock.now())  # type: ignore[attr-defined]
    no = [("substitute_no", "Wed 4 Nov 15.00")]
    assert told(karin, "substitute_no") == told(maria) == no and erik.viewer.unseen == 0


def test_a_substitute_who_did_not_know_yet_need_never_know(karin: Staff, erik: Staff, told: Told) -> None:
    row = absence(karin, "2026-11-23 00:00", "2026-11-28 00:00", erik)
    with db.transaction():
        absences.cancel(row, by=karin.viewer, now=clock.now())  # type: ignore[arg-type]
    assert told(erik) == [] and told(karin) == []


def test_a_substitute_who_knew_is_told_of_other_days_and_that_it_is_over(
    karin: Staff, erik: Staff, told: Told, world: World
) -> None:
    maja = world.staff("Maja Lind")
    row = absence(karin, "2026-11-23 00:00", "2026-11-28 00:00", erik)
    with db.transaction():
        notices.seen_all(by=erik.viewer, now=clock.now())
        ends, people = wall("2026-11-27 00:00"), (erik.person.id, maja.person.id)
        absences.change(row, ends_at=ends, substitutes=people, by=karin.viewer, now=clock.now())  # type: ignore[arg-type]
    now = "Wed 4 Nov 15.00"
    assert told(erik) == [("substitute", now), ("substitute_changed", now)] and told(maja) == [("substitute", now)]
    with db.transaction():
        people = (maja.person.id,)
        absences.change(row, ends_at=ends, substitutes=people, by=karin.viewer, now=clock.now() + timedelta(minutes=5))  # type: ignore[arg-type]
    assert told(erik)[-1] == ("substitute_changed", "Wed 4 Nov 15.05") and len(told(erik)) == 3


def test_a_longer_absence_asks_anew(karin: Staff, erik: Staff, told: Told) -> None:
    row = absence(karin, "2026-11-23 00:00", "2026-11-28 00:00", erik)
    later = clock.now() + timedelta(minutes=5)
    with db.transaction():
        people = (erik.person.id,)
        absences.change(row, ends_at=wall("2026-12-05 00:00"), substitutes=people, by=karin.viewer, now=later)  # type: ignore[arg-type]
    assert told(erik) == [("substitute", "Wed 4 Nov 15.05")]


def test_each_reads_in_the_session_it_is_for(karin: Staff, siv: Patient, world: World) -> None:
    siv.asks("Hej.")
    assert karin.viewer.unseen == 1 and siv.viewer.unseen == 0
    private = type(siv)(world, karin.person, None)
    assert private.viewer.unseen == 0
    assert not queries.notices_of(private.viewer, now=clock.now())[0]


def test_the_worker_tidies_after_ninety_days(karin: Staff, clockwork: Travel) -> None:
    with db.transaction():
        for n in range(3):
            notices.tell({karin.person.id: clock.now()}, "taken", str(n), by=SYSTEM, now=clock.now())
    clockwork.shift(timedelta(days=90))
    assert notices.forget_old_notices(by=SYSTEM, now=clock.now(), batch=2) == 0
    clockwork.shift(timedelta(seconds=1))
    assert notices.forget_old_notices(by=SYSTEM, now=clock.now(), batch=2) == 2
    tidy()
    assert db.session().query(Notice).count() == 0
