"""Freed times: offered in order, held while people are awake, refused, lapsed, withdrawn; and never again."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from app.bookings import answer_service
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from app.core.recurrence import within
from app.slots import freed_service, hold_rules, queue_rules, queue_service, slot_service
from app.slots.hold_rules import NIGHT, after_waking, held_until
from app.slots.queue_rules import Waiting, in_order, kept, part_of, why_not
from app.slots.take_service import Gone
from tests.bookings.times import books, offers
from tests.messages.test_racing import at_once
from tests.slots.times import publishes, queue, refuses, rounds, slot, slot_offers, slots, takes, waits
from tests.world import Patient, Staff, World, wall

NOW = wall("2026-11-23 10:00")
NINE = "2026-11-26 09:00"


@pytest.fixture
def kind(karin: Staff) -> UUID:
    return offers(karin)


@pytest.fixture
def freed(karin: Staff, siv: Patient, kind: UUID) -> UUID:
    """A time that Siv has taken and given back."""
    (key,) = publishes(karin, NINE)
    booking = takes(siv, key)
    with db.transaction():
        answer_service.answer(booking, "declined", by=siv.viewer, now=clock.now())
    return key


# How long.


@pytest.mark.parametrize(
    ("now", "starts", "until"),
    [
        ("2026-11-23 10:00", "2026-11-26 09:00", "2026-11-23 14:00"),
        ("2026-11-23 20:00", "2026-11-26 09:00", "2026-11-24 10:00"),
        ("2026-11-23 20:59", "2026-11-24 15:00", "2026-11-24 07:59"),
        ("2026-11-23 10:00", "2026-11-23 13:00", "2026-11-23 11:00"),
        ("2026-11-23 10:00", "2026-11-23 12:59", None),
        ("2026-11-23 22:00", "2026-11-26 09:00", None),
        ("2026-11-23 06:59", "2026-11-26 09:00", None),
        ("2026-11-23 07:00", "2026-11-26 09:00", "2026-11-23 11:00"),
        ("2026-03-28 20:00", "2026-04-02 09:00", "2026-03-29 10:00"),
        ("2026-10-24 20:00", "2026-10-30 09:00", "2026-10-25 10:00"),
    ],
)
def test_how_long_a_time_is_held(now: str, starts: str, until: str | None) -> None:
    assert held_until(wall(now), wall(starts)) == (wall(until) if until else None)


@given(
    minutes_in=st.integers(0, 245 * 24 * 60),
    ahead=st.integers(0, 400),
)
def test_whatever_is_held_is_held_for_hours_that_people_are_awake(minutes_in: int, ahead: int) -> None:
    at = datetime(2026, 3, 20, tzinfo=UTC) + timedelta(minutes=minutes_in)
    starts = at + timedelta(hours=ahead)
    until = held_until(at, starts)
    if until is None:
        return
    assert not within(NIGHT, at) and not within(NIGHT, until - timedelta(microseconds=1))
    assert until + hold_rules.LEAST <= starts and until == after_waking(at, until_length(starts, at))
    minutes = (at + timedelta(minutes=n) for n in range(int((until - at).total_seconds() // 60)))
    assert sum(not within(NIGHT, it) for it in minutes) <= until_length(starts, at).total_seconds() // 60


def until_length(starts: datetime, at: datetime) -> timedelta:
    return hold_rules.LONG if starts - at >= hold_rules.NEAR else hold_rules.SHORT


# To whom.


def somebody(n: int = 1, **facts: object) -> Waiting:
    return Waiting(UUID(int=n), UUID(int=100 + n), NOW - timedelta(days=n), **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, None),
        ({"theirs": False, "busy": True}, "over"),
        ({"offered": True}, "offered"),
        ({"had": True}, "had"),
        ({"said_no": True}, "no"),
        ({"busy": True}, "busy"),
        ({"full": True}, "full"),
        ({"parts": ("thu-morning",)}, None),
        ({"parts": ("thu-afternoon", "mon-morning")}, "part"),
        ({"notice_hours": 72}, "soon"),
        ({"notice_hours": 71}, None),
    ],
)
def test_whom_a_time_suits(facts: dict[str, object], expected: str | None) -> None:
    found = why_not(somebody(1, **facts), wall("2026-11-26 09:00"), now=NOW)
    assert found == expected and (found is None or found in queue_rules.WHY)


def test_the_part_of_the_week_is_that_of_the_clock_on_the_wall() -> None:
    assert part_of(wall("2026-11-26 11:59")) == "thu-morning" and part_of(wall("2026-11-26 12:00")) == "thu-afternoon"
    assert part_of(wall("2026-11-28 09:00")) is None
    assert part_of(datetime(2026, 11, 22, 23, 30, tzinfo=UTC)) == "mon-morning"
    assert kept(["tue-morning", "mon-morning", "x"]) == ["mon-morning", "tue-morning"]


@given(st.lists(st.tuples(st.integers(1, 40), st.booleans(), st.booleans()), unique_by=lambda it: it[0]))
def test_who_has_waited_longest_of_those_it_suits_is_first(people: list[tuple[int, bool, bool]]) -> None:
    waiting = [somebody(n, busy=busy, had=had) for n, busy, had in people]
    found = in_order(waiting, wall(NINE), now=NOW)
    assert [it.since for it in found] == sorted(it.since for it in waiting if not (it.busy or it.had))


# What comes of it.


def test_a_freed_time_is_offered_in_order_until_somebody_takes_it(
    freed: UUID, kind: UUID, world: World, monday: time_machine.Traveller
) -> None:
    first, second, third = (world.patient(name) for name in ("Anna", "Bo", "Cia"))
    for who in (first, second, third):
        waits(who, kind=kind)
        monday.shift(60)
    rounds()
    assert slot(freed).status == "busy-tentative" and first.rings() == ["slot_offered"] and second.rings() == []
    for other in (second, third):
        with pytest.raises(Gone):
            takes(other, freed)
    assert refuses(first, freed) and not refuses(first, freed)
    monday.shift(60)
    rounds()
    assert first.rings() == [] and second.rings() == ["slot_offered"]
    monday.move_to(slot_offers()[1].held_until)
    with pytest.raises(Gone):
        takes(second, freed)
    rounds()
    assert second.rings() == [] and third.rings() == ["slot_offered"]
    assert takes(third, freed)
    assert [it.ended_how for it in slot_offers()] == ["refused", "lapsed", "accepted"]
    assert [it.ended_how for it in queue()] == [None, None, "booked"] and not rounds()


def test_a_time_that_nobody_wants_is_everybodys(freed: UUID, kind: UUID, world: World, siv: Patient) -> None:
    anna = world.patient("Anna")
    waits(anna, "mon-afternoon", kind=kind)
    assert rounds() and slot(freed).freed_at is None and slot(freed).status == "free"
    assert anna.rings() == [] and takes(siv, freed)


def test_a_time_for_those_who_wait_is_for_nobody_else(karin: Staff, siv: Patient, kind: UUID, world: World) -> None:
    (key,) = publishes(karin, NINE, for_whom="waiting")
    rounds()
    with pytest.raises(Gone):
        takes(siv, key)
    waits(siv, kind=kind)
    rounds()
    assert siv.rings() == ["slot_offered"] and takes(siv, key)


def test_a_time_freed_at_ten_at_night_is_offered_at_seven(
    karin: Staff, siv: Patient, kind: UUID, world: World, monday: time_machine.Traveller
) -> None:
    anna = world.patient("Anna")
    waits(anna, kind=kind, notice=2)
    late, early = publishes(karin, "2026-11-24 15:00", "2026-11-24 08:30")
    keys = [takes(siv, key) for key in (late, early)]
    monday.move_to(wall("2026-11-23 22:00"))
    for key in keys:
        with db.transaction():
            answer_service.answer(key, "declined", by=siv.viewer, now=clock.now())
    rounds()
    assert anna.rings() == [] and [it.status for it in slots()] == ["free", "free"] and not slot_offers()
    with pytest.raises(Gone):
        takes(siv, late)
    monday.move_to(wall("2026-11-24 07:00"))
    rounds()
    assert anna.rings() == ["slot_offered"] and slot(late).status == "busy-tentative"
    assert slot_offers()[0].held_until == wall("2026-11-24 08:00")
    # It begins too soon for anybody to be asked: whoever sees it may take it.
    assert slot(early).freed_at is None and slot(early).status == "free"


def test_who_has_said_no_to_an_hour_with_somebody_is_not_asked_again(
    freed: UUID, karin: Staff, kind: UUID, world: World
) -> None:
    anna = world.patient("Anna")
    waits(anna, kind=kind)
    rounds()
    refuses(anna, freed)
    with db.transaction():
        slot_service.withdraw(freed, by=karin.viewer, now=clock.now())
    (again,) = publishes(karin, NINE, for_whom="waiting")
    other = publishes(karin, "2026-11-26 10:00", for_whom="waiting")[0]
    rounds()
    assert slot(again).status == "free" and slot(other).status == "busy-tentative"


def test_an_offer_is_withdrawn_when_nobody_can_be_met(freed: UUID, karin: Staff, kind: UUID, world: World) -> None:
    anna = world.patient("Anna")
    waits(anna, kind=kind)
    rounds()
    absence = karin.is_away("2026-11-26 00:00", "2026-11-27 00:00")
    with pytest.raises(Gone):
        takes(anna, freed)
    rounds()
    assert anna.rings() == [] and [it.ended_how for it in slot_offers()] == ["withdrawn"] and not rounds()
    with db.transaction():
        absence.cancelled_at = clock.now()
    rounds()
    assert anna.rings() == ["slot_offered"]


def test_who_leaves_gives_the_offer_to_the_next(
    freed: UUID, kind: UUID, world: World, monday: time_machine.Traveller
) -> None:
    anna, bo = world.patient("Anna"), world.patient("Bo")
    mine = waits(anna, kind=kind)
    monday.shift(60)
    theirs = waits(bo, kind=kind)
    with db.transaction(), pytest.raises(NotFound):
        queue_service.leave(theirs, by=anna.viewer, now=clock.now())
    rounds()
    with db.transaction():
        assert queue_service.leave(mine, by=anna.viewer, now=clock.now())
        assert not queue_service.leave(mine, by=anna.viewer, now=clock.now())
    rounds()
    assert anna.rings() == [] and bo.rings() == ["slot_offered"]


def test_who_changes_what_suits_keeps_the_place(karin: Staff, siv: Patient, kind: UUID) -> None:
    first = waits(siv, "mon-morning", kind=kind)
    assert waits(siv, "tue-morning", kind=kind, notice=2) == first
    (it,) = queue()
    assert (it.parts, it.notice_hours, it.since) == (["tue-morning"], 2, NOW)


def test_nobody_waits_where_they_are_no_longer_a_patient(
    karin: Staff, siv: Patient, kind: UUID, monday: time_machine.Traveller
) -> None:
    waits(siv, kind=kind)
    assert siv.contact
    with db.transaction():
        siv.contact.ends_on = NOW.date()
    assert not rounds()
    monday.shift(timedelta(days=1))
    rounds()
    assert [it.ended_how for it in queue()] == ["over"]


def test_a_time_that_is_past_is_no_longer_free(karin: Staff, monday: time_machine.Traveller) -> None:
    (key,) = publishes(karin, NINE)
    monday.move_to(wall(NINE))
    rounds()
    assert slot(key).status == "busy-unavailable"


def test_a_time_booked_by_hand_meanwhile_is_not_offered(karin: Staff, siv: Patient, kind: UUID, world: World) -> None:
    (key,) = publishes(karin, NINE, for_whom="waiting")
    books(karin, siv, "2026-11-26 09:30")
    anna = world.patient("Anna")
    waits(anna, kind=kind)
    rounds()
    assert anna.rings() == [] and slot(key).status == "free"


def test_two_workers_offer_each_time_once_and_each_person_one(own_world: World) -> None:
    karin = own_world.staff("Karin Ek")
    kind = offers(karin)
    people = [own_world.patient(name) for name in ("Anna", "Bo", "Cia")]
    for who in people:
        waits(who, kind=kind)
    days = [(clock.now() + timedelta(days=20 + n)).strftime("%Y-%m-%d 09:00") for n in range(6)]
    with time_machine.travel(clock.now().replace(hour=11, minute=0) + timedelta(days=1), tick=False):
        keys = publishes(karin, *days, for_whom="waiting")

        def works() -> bool:
            for key in keys:
                freed_service.see_to(key, by=SYSTEM, now=clock.now())
                db.session().commit()
            return True

        at_once(own_world.app, works, works, works)
    made = slot_offers()
    assert len(made) == 3 == len({it.slot_id for it in made}) == len({it.patient_id for it in made})
