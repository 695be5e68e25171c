"""At most two reminders a person and office day, each for all that has waited half its time."""

from datetime import datetime

import time_machine

from app.core import clock, db
from app.core.audit import SYSTEM
from app.notices import queries
from app.notices import service as notices
from app.notices.models import Notice
from tests.care.worlds import said
from tests.messages.test_racing import at_once
from tests.notices.conftest import Told
from tests.world import Patient, Staff, World, wall

Travel = time_machine.Traveller


def remind(someone: Staff, at: datetime | None = None) -> None:
    with db.transaction():
        notices.remind({someone.person.id: at or clock.now()}, by=SYSTEM, now=clock.now())


def sees_all(someone: Staff) -> None:
    with db.transaction():
        notices.seen_all(by=someone.viewer, now=clock.now())


def reminders(someone: Staff) -> list[str]:
    rows = db.session().query(Notice).filter_by(person_id=someone.person.id, kind="reminder", withdrawn_at=None)
    return [row.key for row in rows.order_by(Notice.key)]


def test_further_ones_join_the_first_while_it_is_unseen_and_there_is_no_third(karin: Staff, clockwork: Travel) -> None:
    for _ in range(3):
        remind(karin)
    assert reminders(karin) == ["2026-11-04:1"]
    sees_all(karin)
    for _ in range(3):
        remind(karin)
    assert reminders(karin) == ["2026-11-04:1", "2026-11-04:2"]
    sees_all(karin)
    remind(karin)
    assert reminders(karin) == ["2026-11-04:1", "2026-11-04:2"]


def test_the_day_is_the_one_on_which_it_reaches_them(karin: Staff, clockwork: Travel) -> None:
    clockwork.move_to(wall("2026-11-06 17:00"))
    remind(karin, wall("2026-11-09 08:00"))
    clockwork.move_to(wall("2026-11-09 09:00"))
    remind(karin)
    assert reminders(karin) == ["2026-11-09:1"]


def test_it_says_how_many_questions_it_stands_for_when_it_is_read(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    threads = [siv.asks(f"Fråga {n}.") for n in range(3)]
    clockwork.move_to(wall("2026-11-05 14:30"))
    world.works_on()
    assert reminders(karin) == ["2026-11-05:1"]
    assert "3 frågor väntar fortfarande på dig" in karin.phone().get("/aviseringar").text
    karin.writes("Svar.", thread=threads[0])
    assert "2 frågor väntar fortfarande på dig" in karin.phone().get("/aviseringar").text


def test_it_is_taken_back_when_nothing_is_left_and_comes_again_the_same_day(
    siv: Patient, karin: Staff, told: Told, world: World, clockwork: Travel
) -> None:
    thread = siv.asks("Hej.")
    clockwork.move_to(wall("2026-11-05 14:30"))
    world.works_on()
    karin.writes("Svar.", thread=thread)
    assert told(karin) == []
    remind(karin)
    assert told(karin) == [("reminder", "Thu 5 Nov 14.30")] and reminders(karin) == ["2026-11-05:1"]


def test_two_workers_at_once_make_no_third(own_world: World) -> None:
    with time_machine.travel(wall("2026-11-04 15:00"), tick=False):
        karin = own_world.staff("Karin Ek")

        def reminds() -> bool:
            notices.remind({karin.person.id: clock.now()}, by=SYSTEM, now=clock.now())
            return True

        for made in (["2026-11-04:1"], ["2026-11-04:1", "2026-11-04:2"], ["2026-11-04:1", "2026-11-04:2"]):
            at_once(own_world.app, *[reminds] * 4)
            assert reminders(karin) == made
            sees_all(karin)


def test_one_reminder_does_not_count_as_another_persons(karin: Staff, erik: Staff) -> None:
    with db.transaction():
        people = {it.person.id: clock.now() for it in (karin, erik)}
        notices.remind(people, by=SYSTEM, now=clock.now())
    rows, more = queries.notices_of(erik.viewer, now=clock.now())
    assert [(it.kind.name, said(it.at), it.seen) for it in rows] == [
        ("reminder", "Wed 4 Nov 15.00", False)
    ] and not more
