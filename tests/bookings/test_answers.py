"""What the patient answers to a time: they come, want another, or cannot come; and who then has it."""

from collections.abc import Iterator
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select, update

from app.bookings import answer_service as answers
from app.bookings import offer_service as offers
from app.bookings import service as bookings
from app.bookings.answer_service import Mark, Otherwise, Past
from app.bookings.asking import KIND
from app.bookings.models import Booking, BookingAnswer
from app.core import clock, db
from app.core.errors import NotFound
from app.waits.models import Wait
from tests.bookings.times import books
from tests.world import Patient, Staff, World, wall

Travel = time_machine.Traveller


@pytest.fixture
def clockwork() -> Iterator[Travel]:
    """Wednesday 4 November 2026, 9.00."""
    with time_machine.travel(wall("2026-11-04 09:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def karin(clockwork: Travel, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def erik(karin: Staff, world: World) -> Staff:
    return world.staff("Erik Lund")


@pytest.fixture
def siv(karin: Staff, world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def time(karin: Staff, siv: Patient) -> UUID:
    """Her time on Tuesday 10 November."""
    return books(karin, siv, "2026-11-10 09:00")


def says(siv: Patient, time: UUID, what: str, words: str | None = None, shown: Mark | None = None) -> bool:
    with db.transaction():
        return answers.answer(time, what, words=words, shown=shown, by=siv.viewer, now=clock.now())


def wait_of(time: UUID) -> Wait:
    asked = select(Wait).where(Wait.kind == KIND, Wait.subject_id == time).order_by(Wait.opened_at.desc()).limit(1)
    return db.session().scalars(asked.execution_options(populate_existing=True)).one()


def waits(time: UUID) -> int:
    return len(db.session().scalars(select(Wait.id).where(Wait.kind == KIND, Wait.subject_id == time)).all())


def said(time: UUID) -> list[tuple[str, int]]:
    theirs = select(BookingAnswer).where(BookingAnswer.booking_id == time).order_by(BookingAnswer.n)
    return [(it.answer, it.version) for it in db.session().scalars(theirs)]


def test_that_she_comes_waits_for_nobody(siv: Patient, karin: Staff, time: UUID) -> None:
    assert says(siv, time, "accepted") is True and says(siv, time, "accepted") is False
    assert said(time) == [("accepted", 1)] and waits(time) == 0 and karin.rings() == []


@pytest.mark.parametrize("what", ["tentative", "declined"])
def test_anything_else_waits_once_for_whom_she_is_to_meet(siv: Patient, karin: Staff, time: UUID, what: str) -> None:
    says(siv, time, what)
    wait = wait_of(time)
    assert (wait.holder_id, wait.belongs_to, wait.patient_id) == (karin.person.id, karin.person.id, siv.person.id)
    assert wait.promised_at == wall("2026-11-05 16:30"), "sixteen office hours"
    assert karin.rings() == ["booking_wait"]
    says(siv, time, "tentative", "mon-morning\n")
    assert waits(time) == 1 and wait_of(time).opened_at == wait.opened_at, "a second answer joins the first"


def test_who_answers_for_whom_she_is_to_meet_has_it(siv: Patient, karin: Staff, erik: Staff, time: UUID) -> None:
    karin.is_away("2026-11-04 00:00", "2026-11-09 00:00", erik)
    says(siv, time, "declined")
    assert (wait_of(time).holder_id, wait_of(time).step) == (erik.person.id, 2)


def test_a_change_of_mind_ends_what_waits(siv: Patient, karin: Staff, time: UUID) -> None:
    says(siv, time, "declined")
    with db.transaction():
        offers.offer_time(
            time, [(wall("2026-11-11 09:00"), wall("2026-11-11 10:00"))], by=karin.viewer, now=clock.now()
        )
    says(siv, time, "tentative")
    assert wait_of(time).ended_at is None, "what was offered does not suit, and so it waits again"
    says(siv, time, "accepted")
    assert wait_of(time).ended_how == "solved" and wait_of(time).ended_by == siv.person.id and karin.rings() == []


def test_yes_ends_nothing_while_whom_she_is_to_meet_is_away(siv: Patient, karin: Staff, time: UUID) -> None:
    says(siv, time, "declined")
    with db.transaction():
        db.run(update(Booking).where(Booking.id == time).values(hit_at=clock.now()))
    says(siv, time, "accepted")
    assert wait_of(time).ended_at is None


def test_two_phones_that_say_different_things(siv: Patient, time: UUID) -> None:
    both = Mark(version=1, n=0)
    assert says(siv, time, "accepted", shown=both)
    with pytest.raises(Otherwise):
        says(siv, time, "declined", shown=both)
    assert says(siv, time, "accepted", shown=both) is False, "the same from both is said once"
    assert said(time) == [("accepted", 1)]
    assert says(siv, time, "declined", shown=Mark(version=1, n=1)), "having seen the first, she may say another"


def test_a_page_that_shows_the_time_before_it_was_moved(siv: Patient, karin: Staff, time: UUID) -> None:
    says(siv, time, "accepted")
    with db.transaction():
        bookings.move(time, wall("2026-11-12 09:00"), wall("2026-11-12 10:00"), by=karin.viewer, now=clock.now())
    with pytest.raises(Otherwise):
        says(siv, time, "declined", shown=Mark(version=1, n=1))
    assert says(siv, time, "accepted", shown=Mark(version=2, n=1)), "it is another time, and is answered anew"
    assert said(time) == [("accepted", 1), ("accepted", 2)]


def test_what_has_begun_or_is_cancelled_is_not_answered(
    siv: Patient, karin: Staff, time: UUID, world: World, clockwork: Travel
) -> None:
    cancelled = books(karin, siv, "2026-11-11 09:00")
    with db.transaction():
        bookings.cancel(cancelled, by=karin.viewer, now=clock.now())
    with pytest.raises(Past):
        says(siv, cancelled, "accepted")
    with pytest.raises(NotFound):
        says(world.patient("Olle"), time, "accepted")
    clockwork.move_to(wall("2026-11-10 09:00"))
    with pytest.raises(Past):
        says(siv, time, "declined")
    assert said(time) == said(cancelled) == []
