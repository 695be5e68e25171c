"""Somebody else is offered instead, who does this kind of time and is free; and only if the patient says yes."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from app.bookings import answer_service, offer_service
from app.bookings import hit_service as hits
from app.bookings.models import Booking, BookingOffer, Participant
from app.care import absence_service, request_service, roster_service
from app.care import service as care
from app.care.roster_service import Days
from app.core import clock, db
from app.core.audit import SYSTEM
from app.notices import queries as notice_queries
from tests.bookings.test_hits import NINE, lines, look, row, wait
from tests.bookings.times import books, offers
from tests.care.away import MORNING, Town, days, ill, register
from tests.messages.test_racing import at_once
from tests.notices.test_views import press, row_of
from tests.world import Staff, World, wall


@pytest.fixture
def town(world: World) -> Iterator[Town]:
    """Half past six; Karin and Erik do the same kind of time."""
    with time_machine.travel(MORNING, tick=False):
        made = Town(world)
        offers(made.karin, also=(made.erik,))
        yield made


def offered(key: UUID) -> list[BookingOffer]:
    """What may still be said yes to."""
    theirs = (BookingOffer.booking_id == key, BookingOffer.answered_at.is_(None), BookingOffer.withdrawn_at.is_(None))
    asked = select(BookingOffer).where(*theirs).order_by(BookingOffer.id)
    return list(db.session().scalars(asked.execution_options(populate_existing=True)))


def whom(key: UUID) -> list[UUID]:
    asked = select(Participant.person_id).where(Participant.booking_id == key, Participant.role == "staff")
    return list(db.session().scalars(asked))


def stands_in(town: Town, *people: Staff) -> None:
    with db.transaction():
        keys = tuple(it.person.id for it in people)
        care.name_standing(town.karin.assignment, keys, by=SYSTEM, now=clock.now())


def test_the_substitute_is_offered_and_the_patient_says_yes(town: Town) -> None:
    key = books(town.karin, town.siv, NINE)
    ill(town.karin)
    look()
    (it,) = offered(key)
    assert it.staff_id == town.erik.person.id and it.offered_by is None and it.starts_at is None
    assert lines(key) == ["made", "hit", "offered"]
    assert [kind for kind in town.siv.rings() if kind.startswith("booking")] == ["booking_made", "booking_hit_soon"]
    assert whom(key) == [town.karin.person.id], "nobody is given to another without saying yes"
    assert wait(key), "and the unit has it until the patient has answered"
    with db.transaction():
        offer_service.accept(it.id, by=town.siv.viewer, now=clock.now())
    assert whom(key) == [town.erik.person.id] and row(key).hit_at is None
    assert wait(key) is None and look() == 0
    with time_machine.travel(wall("2026-11-25 08:00"), tick=False):
        assert "booking_given" in town.erik.rings(), "he is told when he comes, and not by a patient at the door"
        told, _more = notice_queries.notices_of(town.erik.viewer, now=clock.now())
        given = next(n for n, row in enumerate(told) if row.kind.name == "booking_given")
        assert press(town.erik.phone(), row_of(town.erik, given)) == f"/tidbok/{db.short(key)}", "and led to that time"
        assert town.erik.phone().get(f"/tidbok/{db.short(key)}").status_code == 200
        assert "booking_given" not in town.erik.rings()


def test_the_patient_says_no_and_the_unit_finds_another_time(town: Town) -> None:
    key = books(town.karin, town.siv, NINE)
    ill(town.karin)
    look()
    with db.transaction():
        offer_service.decline(offered(key)[0].id, by=town.siv.viewer, now=clock.now())
    assert look() == 0 and offered(key) == [], "who was not wanted is not offered again"
    held = wait(key)
    assert held and held.holder_id == town.erik.person.id and whom(key) == [town.karin.person.id]
    at = wall("2026-12-03 09:00")
    with db.transaction():
        offer_service.offer_time(key, [(at, at + timedelta(minutes=45))], by=town.erik.viewer, now=clock.now())
    (other,) = offered(key)
    with db.transaction():
        offer_service.accept(other.id, by=town.siv.viewer, now=clock.now())
    assert row(key).starts_at == at and row(key).hit_at is None and look() == 0


@pytest.mark.parametrize("why", ["does not do it", "has another time", "is away", "is not at work", "is not wanted"])
def test_nobody_is_offered_who(town: Town, world: World, why: str) -> None:
    when = NINE if why != "is not at work" else "2026-11-25 17:00"
    key = books(town.karin, town.siv, when)
    if why == "does not do it":
        stands_in(town, town.fatima)
    elif why == "has another time":
        books(town.erik, world.patient("Olle"), "2026-11-25 09:30")
    elif why == "is away":
        ill(town.erik)
    elif why == "is not wanted":
        with db.transaction():
            request_service.block(town.erik.person.id, by=town.siv.viewer, now=clock.now())
    ill(town.karin)
    look()
    assert offered(key) == [] and wait(key), "the unit has it, and offers another time"


def test_the_next_in_turn_is_offered_where_the_first_cannot(town: Town, world: World) -> None:
    kind = offers(town.karin, "Lugn stund", also=(town.erik, town.fatima))
    assert kind
    stands_in(town, town.erik, town.fatima)
    books(town.erik, world.patient("Olle"), "2026-11-25 09:30")
    key = books(town.karin, town.siv, NINE, kind="Lugn stund")
    ill(town.karin)
    look()
    assert [it.staff_id for it in offered(key)] == [town.fatima.person.id]


def test_who_was_offered_falls_ill_too(town: Town) -> None:
    key = books(town.karin, town.siv, NINE)
    ill(town.karin)
    look()
    ill(town.erik)
    assert look() == 1 and offered(key) == [] and wait(key) and look() == 0


def test_whom_the_unit_offered_by_hand_falls_ill_and_it_waits_again(town: Town) -> None:
    stands_in(town, town.fatima)
    key = books(town.karin, town.siv, NINE)
    ill(town.karin)
    look()
    with db.transaction():
        offer_service.offer_staff(key, town.erik.person.id, by=town.fatima.viewer, now=clock.now())
    assert wait(key) is None, "the patient has something to answer"
    ill(town.erik)
    assert look() == 1 and offered(key) == []
    assert wait(key), "nobody is left with nothing"


def test_back_again_takes_the_offer_back(town: Town) -> None:
    key = books(town.karin, town.siv, NINE)
    ill(town.karin)
    look()
    with db.transaction():
        absence_service.come_back(town.karin.person.id, by=town.karin.viewer, now=clock.now())
    look()
    assert offered(key) == [] and lines(key)[-1] == "restored"
    with time_machine.travel(MORNING + timedelta(minutes=10), tick=False):
        ill(town.karin)
        look()
        assert [it.staff_id for it in offered(key)] == [town.erik.person.id], "nobody had said no"


def test_two_who_are_away_are_not_both_offered_the_same_one(town: Town, world: World) -> None:
    with db.transaction():
        care.name_standing(town.fatima.assignment, (town.erik.person.id,), by=SYSTEM, now=clock.now())
    first = books(town.karin, town.siv, NINE)
    offers(town.fatima, "Prov", also=(town.erik,))
    second = books(town.fatima, world.patient("Olle"), NINE, kind="Prov")
    for someone in (town.karin, town.fatima):
        ill(someone)
    assert look() == 2
    assert sorted(len(offered(key)) for key in (first, second)) == [0, 1]


def test_a_closed_unit_offers_nobody(town: Town) -> None:
    key = books(town.karin, town.siv, "2027-01-04 10:00")
    register(town.karin, days(date(2027, 1, 4), date(2027, 1, 4)), town.erik)
    with db.transaction():
        closed = Days(date(2027, 1, 4), date(2027, 1, 4), "Planering")
        roster_service.close(town.karin.unit.id, closed, by=SYSTEM, now=clock.now())
    look()
    assert row(key).hit_at and offered(key) == []


def test_what_the_patient_asked_for_themselves_waits_on(town: Town) -> None:
    key = books(town.karin, town.siv, "2026-12-03 09:00")
    with db.transaction():
        answer_service.answer(key, "tentative", by=town.siv.viewer, now=clock.now())
    register(town.karin, days(date(2026, 12, 3), date(2026, 12, 3)), town.erik)
    look()
    with db.transaction():
        absence_service.cancel(town.row(), by=town.karin.viewer, now=clock.now())
    look()
    assert lines(key)[-1] == "restored" and wait(key)


def test_two_workers_at_once_say_it_once(own_world: World) -> None:
    with time_machine.travel(MORNING, tick=False):
        town = Town(own_world)
        keys = [books(town.karin, town.siv, f"2026-11-25 {hour}:00") for hour in ("09", "10", "11", "13")]
        ill(town.karin)

        def works() -> int:
            with db.transaction():
                return hits.see_to_hits(by=SYSTEM, now=clock.now())

        assert sum(at_once(own_world.app, *[works] * 3)) == len(keys)
        assert [lines(key) for key in keys] == [["made", "hit"]] * len(keys)
        assert works() == 0
        told = select(Booking.id).where(Booking.hit_at.is_not(None))
        assert set(db.session().scalars(told)) == set(keys)
