"""Booked, reminded, moved: the reminder of what was never comes, whatever happens in between."""

import io
from collections.abc import Iterator
from datetime import time, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import insert, select, text, update

from app import worker
from app.bookings import reminder_service as reminders
from app.bookings import service as bookings
from app.bookings.models import Booking, BookingAnswer, BookingGuest, Reminder
from app.core import clock, db
from app.core.audit import SYSTEM, log
from app.core.recurrence import Quiet
from app.notices import delivery_service as deliveries
from app.notices import service as notices
from app.notices import setting_service as settings
from app.notices.models import Notice
from app.relatives import service as relatives
from tests.bookings.times import books
from tests.notices.outward import device, rows
from tests.notices.test_views import press, row_of
from tests.world import Patient, Relative, Someone, Staff, World, wall

Travel = time_machine.Traveller
KINDS = ("booking_reminder", "booking_soon", "booking_near")


@pytest.fixture
def clockwork() -> Iterator[Travel]:
    """Wednesday 4 November 2026, 15.00."""
    with time_machine.travel(wall("2026-11-04 15:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def karin(clockwork: Travel, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def siv(karin: Staff, world: World) -> Patient:
    return world.patient("Siv")


def works() -> None:
    """What the worker does each second."""
    worker.remind()


def at(clockwork: Travel, moment: str) -> None:
    clockwork.move_to(wall(moment))
    works()


def told(someone: Someone, *, withdrawn: bool = False) -> list[str]:
    """Of what they have been reminded, the first first; what was taken back is not among it."""
    asked = select(Notice).where(Notice.person_id == someone.person.id, Notice.kind.in_(KINDS)).order_by(Notice.made_at)
    there = db.session().scalars(asked.execution_options(populate_existing=True))
    return [it.kind for it in there if withdrawn or it.withdrawn_at is None]


def planned(booking: UUID, someone: Someone | None = None) -> dict[str, str]:
    """When what is yet to be told of the time will be."""
    still = (Reminder.booking_id == booking, Reminder.told_at.is_(None), Reminder.dropped_at.is_(None))
    asked = select(Reminder.before, Reminder.due_at).where(*still)
    if someone:
        asked = asked.where(Reminder.person_id == someone.person.id)
    return {row.before: f"{row.due_at.astimezone(wall('2026-11-04 15:00').tzinfo):%d %H.%M}" for row in db.run(asked)}


def moves(booking: UUID, starts: str, by: Staff) -> None:
    begins = wall(starts)
    with db.transaction():
        bookings.move(booking, begins, begins + timedelta(minutes=45), by=by.viewer, now=clock.now())


def chooses(someone: Someone, *befores: str, whose: str = "own", mode: str = "visit") -> None:
    with db.transaction():
        reminders.choose(whose, {mode: befores}, by=someone.viewer, now=clock.now())


def answers(booking: UUID, siv: Patient, answer: str, n: int = 1) -> None:
    with db.transaction() as session:
        row = {"id": db.new_key(), "booking_id": booking, "n": n, "version": 1, "answer": answer, "at": clock.now()}
        session.execute(insert(BookingAnswer).values(row))


def test_somebody_who_has_chosen_nothing_is_reminded_a_day_and_two_hours_before(
    siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    booking = books(karin, siv, "2026-11-10 14:00")
    works()
    assert planned(booking) == {"24h": "09 13.00", "2h": "10 11.00"}, "in UTC"
    at(clockwork, "2026-11-09 13:59")
    assert not told(siv)
    at(clockwork, "2026-11-09 14:00")
    assert told(siv) == ["booking_reminder"]
    works()
    at(clockwork, "2026-11-10 12:00")
    assert told(siv) == ["booking_soon"], "who did not look at the first has one to look at"
    at(clockwork, "2026-11-10 14:00")
    assert not told(siv), "nobody is reminded of what has begun"


def test_booked_reminded_moved_and_the_old_reminder_never_comes(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    booking = books(karin, siv, "2026-11-10 14:00")
    works()
    at(clockwork, "2026-11-09 14:00")
    assert told(siv) == ["booking_reminder"]
    moves(booking, "2026-11-17 10:00", karin)
    assert not told(siv), "at once, before any worker has looked"
    at(clockwork, "2026-11-10 12:00")
    assert not told(siv) and planned(booking) == {"24h": "16 09.00", "2h": "17 07.00"}
    at(clockwork, "2026-11-16 10:00")
    at(clockwork, "2026-11-17 08:00")
    assert told(siv, withdrawn=True) == ["booking_reminder", "booking_reminder", "booking_soon"]
    assert told(siv) == ["booking_soon"]


def test_what_is_moved_before_the_worker_has_planned_anew_is_not_told(
    siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    booking = books(karin, siv, "2026-11-10 14:00")
    works()
    clockwork.move_to(wall("2026-11-09 14:00"))
    moves(booking, "2026-11-17 10:00", karin)
    with db.transaction():
        assert reminders.tick(by=SYSTEM, now=clock.now()) == 1
    assert not told(siv)


def test_what_is_being_moved_just_now_is_left_to_the_next_round(own_world: World) -> None:
    karin, siv = own_world.staff("Karin Ek"), own_world.patient("Siv")
    booking = books(karin, siv, f"{clock.now() + timedelta(days=9):%Y-%m-%d} 14:00")
    works()
    now = db.session().get_one(Booking, booking).starts_at - timedelta(hours=23)
    with db.engine().begin() as other:
        other.execute(select(Booking.id).where(Booking.id == booking).with_for_update(key_share=True))
        with db.transaction():
            assert reminders.tick(by=SYSTEM, now=now) == 0
    with db.transaction():
        assert reminders.tick(by=SYSTEM, now=now) == 1


def test_a_cancelled_time_reminds_nobody(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    booking = books(karin, siv, "2026-11-10 14:00")
    works()
    at(clockwork, "2026-11-09 14:00")
    with db.transaction():
        bookings.cancel(booking, by=karin.viewer, now=clock.now())
    assert not told(siv)
    at(clockwork, "2026-11-10 12:00")
    assert not told(siv)


def test_a_reminder_that_lies_with_a_phone_service_is_ended_when_the_time_moves(
    siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    booking = books(karin, siv, "2026-11-10 14:00")
    with db.transaction():
        notices.seen_all(by=siv.viewer, now=clock.now())
    device(siv)
    works()
    at(clockwork, "2026-11-09 14:00")
    with db.transaction():
        deliveries.plan(by=SYSTEM, now=clock.now())
    assert rows() == [("push", "waiting")]
    moves(booking, "2026-11-17 10:00", karin)
    with db.transaction():
        assert not deliveries.claim(by=SYSTEM, now=clock.now())
    assert rows() == [("push", "not_needed")]


def test_what_changes_but_the_time_is_not_told_twice(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    booking = books(karin, siv, "2026-11-10 14:00")
    works()
    at(clockwork, "2026-11-09 14:00")
    clockwork.move_to(wall("2026-11-09 16:00"))
    with db.transaction():
        bookings.change(booking, "bring", "Legitimation", by=karin.viewer, now=clock.now())
    works()
    assert not told(siv) and planned(booking) == {"2h": "10 11.00"}


def test_a_time_that_is_made_the_same_day_reminds_of_what_is_left(
    siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    booking = books(karin, siv, "2026-11-05 09:00")
    works()
    assert not told(siv) and planned(booking) == {"2h": "05 06.00"}


def test_nobody_is_reminded_while_the_one_they_were_to_meet_is_away_until_that_is_over(
    siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    booking = books(karin, siv, "2026-11-10 14:00")
    works()
    with db.transaction():
        db.run(update(Booking).values(hit_at=clock.now()))
    at(clockwork, "2026-11-09 14:00")
    assert not told(siv) and "24h" in planned(booking)
    with db.transaction():
        db.run(update(Booking).values(hit_at=None))
    at(clockwork, "2026-11-09 15:00")
    assert told(siv) == ["booking_reminder"]


def test_a_reminder_nobody_has_seen_is_taken_back_when_the_one_they_were_to_meet_is_away(
    siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    books(karin, siv, "2026-11-10 14:00")
    works()
    at(clockwork, "2026-11-09 14:00")
    with db.transaction():
        db.run(update(Booking).values(hit_at=clock.now()))
    works()
    assert not told(siv) and told(siv, withdrawn=True)


def test_whoever_cannot_come_is_not_reminded_and_is_after_all_when_they_can(
    siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    booking = books(karin, siv, "2026-11-10 14:00")
    works()
    answers(booking, siv, "declined")
    at(clockwork, "2026-11-09 14:00")
    assert not told(siv)
    answers(booking, siv, "accepted", 2)
    works()
    assert told(siv) == ["booking_reminder"]


def test_the_choice_is_for_each_kind_and_holds_at_once(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    visit = books(karin, siv, "2026-11-20 14:00")
    call = books(karin, siv, "2026-11-21 14:00", kind="Samtal på telefon", mode="phone")
    works()
    chooses(siv, "7d", "48h")
    works()
    assert planned(visit) == {"7d": "13 13.00", "48h": "18 13.00"}
    assert planned(call) == {"24h": "20 13.00", "2h": "21 11.00"}
    chooses(siv)
    works()
    assert not planned(visit) and planned(call)
    chooses(siv, "24h")
    works()
    assert planned(visit) == {"24h": "19 13.00"}, "what was taken away can be had again"
    logged = db.run(select(log.c.action).where(log.c.actor_id == siv.person.id, log.c.action == "reminders.chosen"))
    assert len(logged.all()) == 3


def test_what_one_chooses_is_not_told_of_what_has_passed_by_it(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    booking = books(karin, siv, "2026-11-05 14:30")
    works()
    chooses(siv, "24h", "2h")
    works()
    assert not told(siv) and planned(booking) == {"2h": "05 11.30"}


def test_own_quiet_hours_are_kept(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    with db.transaction():
        settings.choose_quiet(Quiet(time(20), time(9)), by=siv.viewer, now=clock.now())
    booking = books(karin, siv, "2026-11-10 09:15")
    works()
    assert planned(booking) == {"24h": "09 08.15", "2h": "09 18.30"}


def test_a_worker_that_was_away_tells_what_is_worth_it_and_drops_the_rest(
    siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    books(karin, siv, "2026-11-10 14:00")
    works()
    at(clockwork, "2026-11-10 01:00")
    assert not told(siv), "not at night"
    at(clockwork, "2026-11-10 13:30")
    assert not told(siv), "too late for both"
    left = db.run(select(Reminder.told_at, Reminder.dropped_at)).all()
    assert len(left) == 2 and all(row.dropped_at for row in left)


def test_a_relative_is_reminded_when_they_want_to_be_and_as_long_as_they_may_see(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    anna: Relative = world.relative("Anna", of=siv, items=("bookings",))
    first, second = books(karin, siv, "2026-11-10 14:00"), books(karin, siv, "2026-11-12 14:00")
    works()
    assert not planned(first, anna), "nobody is reminded of another's times without asking"
    chooses(anna, "24h", whose="near")
    works()
    assert planned(first, anna) == {"24h": "09 13.00"} and planned(second, anna)
    at(clockwork, "2026-11-09 14:00")
    assert told(anna) == ["booking_near"] and told(siv) == ["booking_reminder"]
    moves(first, "2026-11-17 10:00", karin)
    assert not told(anna)
    with db.transaction():
        relatives.take_back(anna.relations[siv], by=siv.viewer, now=clock.now())
    at(clockwork, "2026-11-11 14:00")
    assert not told(anna) and told(siv) == ["booking_reminder"]


def test_whoever_is_let_in_later_is_reminded_too(siv: Patient, karin: Staff, world: World, clockwork: Travel) -> None:
    booking = books(karin, siv, "2026-11-10 14:00")
    other = world.patient("Tom")
    anna: Relative = world.relative("Anna", of=other, items=("bookings",))
    chooses(anna, "24h", whose="near")
    works()
    world.relative("Anna", of=siv, items=("bookings",))
    works()
    assert planned(booking, anna) == {"24h": "09 13.00"}
    assert planned(booking, siv) == {"24h": "09 13.00", "2h": "10 11.00"}
    at(clockwork, "2026-11-09 14:00")
    assert press(anna.phone(), row_of(anna)) == f"/tider/sallskap/med/{db.short(booking)}"


def test_a_relative_who_is_taken_along_to_one_time_is_reminded_of_that_one(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    one, other = books(karin, siv, "2026-11-10 14:00"), books(karin, siv, "2026-11-12 14:00")
    anna: Relative = world.relative("Anna", of=siv, items=("contact",))
    chooses(anna, "24h", whose="near")
    with db.transaction() as session:
        guest = {"booking_id": one, "relation_id": anna.relations[siv], "invited_at": clock.now()}
        session.execute(insert(BookingGuest).values(guest))
    works()
    assert planned(one, anna) and not planned(other, anna)
    clockwork.shift(timedelta(hours=1))
    with db.transaction():
        db.run(update(BookingGuest).values(taken_back_at=clock.now()))
    at(clockwork, "2026-11-09 14:00")
    assert not told(anna)


def test_the_same_choice_twice_at_two_workers_tells_once(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    books(karin, siv, "2026-11-10 14:00")
    works()
    works()
    at(clockwork, "2026-11-09 14:00")
    with db.transaction():
        assert reminders.tick(by=SYSTEM, now=clock.now()) == 0
    assert told(siv, withdrawn=True) == ["booking_reminder"]


def test_one_that_cannot_be_told_stops_nobody_and_is_tried_again(
    siv: Patient, karin: Staff, world: World, clockwork: Travel, said: io.StringIO
) -> None:
    tom = world.patient("Tom")
    bad, good = books(karin, siv, "2026-11-10 14:00"), books(karin, tom, "2026-11-10 15:00")
    works()
    damage(siv)
    at(clockwork, "2026-11-09 15:00")
    assert not told(siv) and told(tom) == ["booking_reminder"]
    assert "reminders.failed" in said.getvalue()
    mend(siv)
    at(clockwork, "2026-11-09 15:10")
    assert told(siv) == ["booking_reminder"] and planned(bad) and planned(good)


def test_one_that_cannot_be_planned_stops_nobody_and_is_planned_the_next_day(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    tom = world.patient("Tom")
    damage(siv)
    bad, good = books(karin, siv, "2026-11-10 14:00"), books(karin, tom, "2026-11-10 15:00")
    works()
    assert not planned(bad) and planned(good)
    mend(siv)
    with db.transaction():
        assert reminders.plan_anew(by=SYSTEM, now=clock.now()) == 1
        assert reminders.plan_anew(by=SYSTEM, now=clock.now()) == 0
    works()
    assert planned(bad)


def damage(siv: Patient) -> None:
    """What they chose is such that nothing of theirs can be read: a year that Python does not know."""
    with db.transaction():
        settings.choose_quiet(None, by=siv.viewer, now=clock.now())
        db.run(text("update notice_choice set quiet_from = '24:00', quiet_until = '07:00'"))


def mend(siv: Patient) -> None:
    with db.transaction():
        settings.choose_quiet(None, by=siv.viewer, now=clock.now())


def test_reminders_are_forgotten_with_the_notices_they_became(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    books(karin, siv, "2026-11-10 14:00")
    works()
    at(clockwork, "2026-11-09 14:00")
    at(clockwork, "2026-11-10 12:00")
    with db.transaction():
        assert reminders.forget_old_reminders(by=SYSTEM, now=clock.now()) == 0
    clockwork.shift(timedelta(days=91))
    with db.transaction():
        assert reminders.forget_old_reminders(by=SYSTEM, now=clock.now()) == 2
        assert reminders.forget_old_reminders(by=SYSTEM, now=clock.now()) == 0
