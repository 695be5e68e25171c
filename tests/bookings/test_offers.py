"""Something else is offered instead of a time: said yes to, said no to, taken back, or taken by somebody else."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from app.bookings import answer_service as answers
from app.bookings import offer_service as offers
from app.bookings import service as bookings
from app.bookings.asking import KIND
from app.bookings.models import Booking, BookingAnswer, BookingChange, BookingOffer, Participant
from app.bookings.offer_service import Gone
from app.core import clock, db
from app.core.audit import SYSTEM, Actor
from app.core.errors import NotFound
from app.waits.models import Wait
from tests.bookings.times import books
from tests.world import Patient, Staff, World, wall

Travel = time_machine.Traveller
LONG = timedelta(minutes=45)


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
    key = books(karin, siv, "2026-11-10 09:00")
    siv.rings()
    return key


def span(starts: str) -> tuple[datetime, datetime]:
    return wall(starts), wall(starts) + LONG


def offered(time: UUID, *starts: str, by: Actor) -> list[UUID]:
    with db.transaction():
        return offers.offer_time(time, [span(it) for it in starts], by=by, now=clock.now())


def says_yes(siv: Patient, offer: UUID) -> bool:
    with db.transaction():
        return offers.accept(offer, by=siv.viewer, now=clock.now())


def says_no(siv: Patient, offer: UUID) -> bool:
    with db.transaction():
        return offers.decline(offer, by=siv.viewer, now=clock.now())


def answer(siv: Patient, time: UUID, what: str) -> None:
    with db.transaction():
        answers.answer(time, what, by=siv.viewer, now=clock.now())


def booking(time: UUID) -> Booking:
    return db.session().get_one(Booking, time, populate_existing=True)


def waits(time: UUID) -> bool:
    open_ = select(Wait.id).where(Wait.kind == KIND, Wait.subject_id == time, Wait.ended_at.is_(None))
    return bool(db.session().scalars(open_).all())


def how_it_ended(time: UUID) -> list[str | None]:
    theirs = select(Wait.ended_how).where(Wait.kind == KIND, Wait.subject_id == time)
    return list(db.session().scalars(theirs.order_by(Wait.opened_at, Wait.id)))


def still_offered(time: UUID) -> list[UUID]:
    theirs = select(BookingOffer.id).where(
        BookingOffer.booking_id == time, BookingOffer.answered_at.is_(None), BookingOffer.withdrawn_at.is_(None)
    )
    return list(db.session().scalars(theirs.order_by(BookingOffer.id)))


def lines(time: UUID) -> list[str]:
    return list(db.session().scalars(select(BookingChange.what).where(BookingChange.booking_id == time)))


def there(time: UUID) -> set[UUID]:
    return set(db.session().scalars(select(Participant.person_id).where(Participant.booking_id == time)))


def test_a_person_who_offers_has_answered_and_the_patient_is_told(siv: Patient, karin: Staff, time: UUID) -> None:
    answer(siv, time, "tentative")
    assert waits(time) and karin.rings() == ["booking_wait"]
    assert len(offered(time, "2026-11-11 09:00", "2026-11-12 13:00", by=karin.viewer)) == 2
    assert how_it_ended(time) == ["reply"]
    assert "booking_offered" in siv.rings() and karin.rings() == []
    assert lines(time) == ["made", "answered", "offered"]


def test_what_the_system_offers_ends_nothing_that_a_person_should(siv: Patient, karin: Staff, time: UUID) -> None:
    answer(siv, time, "declined")
    offered(time, "2026-11-11 09:00", by=SYSTEM)
    assert waits(time)


def test_yes_moves_the_booking_and_says_that_she_comes(siv: Patient, karin: Staff, time: UUID) -> None:
    answer(siv, time, "tentative")
    first, _second = offered(time, "2026-11-11 09:00", "2026-11-12 13:00", by=karin.viewer)
    told = siv.rings()
    assert says_yes(siv, first) is True
    assert (booking(time).starts_at, booking(time).version) == (wall("2026-11-11 09:00"), 2)
    assert still_offered(time) == [], "nothing else is offered any longer"
    last = db.session().scalars(select(BookingAnswer).where(BookingAnswer.booking_id == time)).all()[-1]
    assert (last.answer, last.version) == ("accepted", 2)
    assert "booking_moved" not in siv.rings() and set(siv.rings()) <= set(told), "what she did herself is no news"
    assert says_yes(siv, first) is False, "a second press is the same"
    assert booking(time).version == 2


def test_yes_to_another_person_lets_her_meet_them_then(siv: Patient, karin: Staff, erik: Staff, time: UUID) -> None:
    with db.transaction():
        offer = offers.offer_staff(time, erik.person.id, by=SYSTEM, now=clock.now())
        again = offers.offer_staff(time, erik.person.id, by=SYSTEM, now=clock.now())
    assert offer and again is None, "the same person is offered once"
    assert there(time) == {siv.person.id, karin.person.id}, "nobody is to meet her before she has said yes"
    assert says_yes(siv, offer)
    assert there(time) == {siv.person.id, erik.person.id} and booking(time).starts_at == wall("2026-11-10 09:00")


def test_no_to_all_of_them_waits_for_the_unit_again(siv: Patient, karin: Staff, time: UUID) -> None:
    answer(siv, time, "tentative")
    first, second = offered(time, "2026-11-11 09:00", "2026-11-12 13:00", by=karin.viewer)
    assert says_no(siv, first) and not waits(time), "there is still one to choose"
    assert says_no(siv, second) and waits(time)
    assert not says_no(siv, second), "a second press is the same"
    with pytest.raises(Gone):
        says_yes(siv, second)
    assert set(how_it_ended(time)) == {"reply", None}


def test_none_of_them_suits_in_one_press(siv: Patient, karin: Staff, time: UUID) -> None:
    offered(time, "2026-11-11 09:00", "2026-11-12 13:00", by=karin.viewer)
    with db.transaction():
        assert offers.decline_all(time, by=siv.viewer, now=clock.now())
        assert not offers.decline_all(time, by=siv.viewer, now=clock.now())
    assert still_offered(time) == [] and waits(time)


def test_a_time_that_somebody_else_has_got_is_said_so_and_waits_for_the_unit(
    siv: Patient, karin: Staff, time: UUID, world: World
) -> None:
    answer(siv, time, "declined")
    (offer,) = offered(time, "2026-11-11 09:00", by=karin.viewer)
    books(karin, world.patient("Olle"), "2026-11-11 09:15")
    with pytest.raises(bookings.Busy):
        says_yes(siv, offer)
    assert still_offered(time) == [offer] and booking(time).version == 1, "nothing is stored"
    with db.transaction():
        offers.taken(offer, by=siv.viewer, now=clock.now())
    assert still_offered(time) == [] and waits(time), "she is not left with nothing"


def test_what_is_past_is_neither_offered_nor_taken(siv: Patient, karin: Staff, time: UUID, clockwork: Travel) -> None:
    assert offered(time, "2026-11-03 09:00", "2026-11-10 09:00", by=karin.viewer) == []
    (offer,) = offered(time, "2026-11-05 09:00", by=karin.viewer)
    assert offered(time, "2026-11-05 09:00", by=karin.viewer) == [], "the same is offered once"
    clockwork.move_to(wall("2026-11-05 09:00"))
    with pytest.raises(Gone):
        says_yes(siv, offer)


def test_the_unit_moves_or_cancels_it_instead(siv: Patient, karin: Staff, time: UUID) -> None:
    answer(siv, time, "tentative")
    (offer,) = offered(time, "2026-11-11 09:00", by=SYSTEM)
    with db.transaction():
        bookings.move(time, *span("2026-11-13 10:00"), by=karin.viewer, now=clock.now())
    assert still_offered(time) == [] and how_it_ended(time) == ["done"]
    with pytest.raises(Gone):
        says_yes(siv, offer)
    (offer,) = offered(time, "2026-11-11 09:00", by=karin.viewer)
    with db.transaction():
        bookings.change(time, "bring", "Legitimation", by=karin.viewer, now=clock.now())
    assert still_offered(time) == [offer], "what to bring changes nothing of what is offered"
    with db.transaction():
        bookings.cancel(time, by=karin.viewer, now=clock.now())
    assert still_offered(time) == []
    assert offered(time, "2026-11-12 09:00", by=karin.viewer) == [], "nothing is offered instead of what is cancelled"


def test_it_is_hers_alone(siv: Patient, karin: Staff, time: UUID, world: World) -> None:
    (offer,) = offered(time, "2026-11-11 09:00", by=karin.viewer)
    olle = world.patient("Olle")
    for verb in (offers.accept, offers.decline):
        with pytest.raises(NotFound), db.transaction():
            verb(offer, by=olle.viewer, now=clock.now())
    with pytest.raises(NotFound), db.transaction():
        offers.decline_all(time, by=olle.viewer, now=clock.now())
    with pytest.raises(NotFound), db.transaction():
        offers.accept(db.new_key(), by=siv.viewer, now=clock.now())
    assert still_offered(time) == [offer]
