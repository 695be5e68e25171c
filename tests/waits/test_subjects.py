"""What care has stored and a head must see to waits at a head, with a promise, until it is seen to."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from app.care import absence_service, contact_service, request_service
from app.care import service as care
from app.care.absence_rules import stretch
from app.care.contact_service import Wanted
from app.core import clock, db
from app.core.audit import SYSTEM
from app.waits import subject_service as subjects
from app.waits.models import Looked, Wait
from tests.care.around import asks_for_contact, contact_of, give, lead
from tests.care.around import said as words
from tests.care.worlds import said
from tests.client import statements
from tests.messages.test_racing import at_once
from tests.waits.test_waits import asked, handed, holder, name, told
from tests.world import OFFICE, Patient, Staff, World, today, wall

Travel = time_machine.Traveller
Row = tuple[str, str, str, str | None, str | None]


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
def maria(karin: Staff, world: World) -> Staff:
    """Maria leads the unit, and Åsa answers for her; both may be asked."""
    return lead(world, world.staff("Maria Hedlund", title="enhetschef"), world.staff("Åsa Lind"))


def worker_looks(world: World) -> int:
    """What the worker's round does of this; how many waits were opened and ended."""
    with db.transaction():
        found = subjects.see_to_wishes(by=SYSTEM, now=clock.now())
        for unit in subjects.stale_units(by=SYSTEM, now=clock.now()):
            found += subjects.see_to_unit(unit, by=SYSTEM, now=clock.now())
        world.tick()
    return found


def waits(world: World) -> list[Row]:
    """Kind, at whom, about whom, by when, and how it ended."""
    db.session().expire_all()
    rows = db.session().scalars(select(Wait).where(Wait.kind != "thread").order_by(Wait.opened_at, Wait.kind, Wait.id))
    return [
        (row.kind, name(row.holder_id, world), name(row.belongs_to, world), said(row.promised_at), row.ended_how)
        for row in rows
    ]


def only(world: World) -> Wait:
    (found,) = db.session().scalars(select(Wait).where(Wait.kind != "thread"))
    return found


def ill(who: Staff) -> None:
    with db.transaction():
        absence_service.away_from_now(who.person.id, today_only=False, by=who.viewer, now=clock.now())


def back(who: Staff) -> None:
    with db.transaction():
        absence_service.come_back(who.person.id, by=who.viewer, now=clock.now())


def answers(head: Staff, wish: UUID) -> None:
    with db.transaction():
        request_service.answer(wish, "Vi ses i morgon.", by=head.viewer, now=clock.now())


def test_a_wish_for_a_contact_waits_at_the_head_with_the_units_promise(
    siv: Patient, maria: Staff, karin: Staff, world: World
) -> None:
    wish = asks_for_contact(siv, karin.unit.id)
    worker_looks(world)
    assert waits(world) == [("contact_request", "Maria Hedlund", "function", "Fri 6 Nov 14.00", None)]
    assert handed(wish, world) == [("Maria Hedlund", "asked", "Wed 4 Nov 15.00")]
    assert told("wish", world)[0] == ("Maria Hedlund", "Wed 4 Nov 15.00")


def test_the_patient_sees_by_when_there_is_an_answer_and_the_truth_when_it_was_broken(
    siv: Patient, maria: Staff, karin: Staff, world: World, clockwork: Travel
) -> None:
    asks_for_contact(siv, karin.unit.id)
    worker_looks(world)
    assert "Du får svar senast fredag 6 november kl. 14.00." in words(siv.phone().get("/kontakt"))
    clockwork.move_to(wall("2026-11-06 14:00"))
    world.works_on()
    truth = "Vi höll inte tiden. Du får svar senast måndag 9 november kl. 16.30."
    assert truth in words(siv.phone().get("/kontakt"))


def test_the_heads_answer_ends_it_in_the_heads_name(siv: Patient, maria: Staff, karin: Staff, world: World) -> None:
    wish = asks_for_contact(siv, karin.unit.id)
    worker_looks(world)
    answers(maria, wish)
    worker_looks(world)
    wait = only(world)
    assert (wait.ended_how, name(wait.ended_by, world)) == ("done", "Maria Hedlund")
    assert worker_looks(world) == 0


def test_taken_back_it_is_solved_by_the_patient(siv: Patient, maria: Staff, karin: Staff, world: World) -> None:
    wish = asks_for_contact(siv, karin.unit.id)
    worker_looks(world)
    with db.transaction():
        request_service.withdraw(wish, by=siv.viewer, now=clock.now())
    worker_looks(world)
    wait = only(world)
    assert (wait.ended_how, name(wait.ended_by, world)) == ("solved", "Siv")


def test_the_contact_whom_the_patient_wants_another_than_never_holds_it_nor_is_asked(
    siv: Patient, maria: Staff, karin: Staff, world: World, clockwork: Travel
) -> None:
    give(siv, maria)
    wish = asks_for_contact(siv, karin.unit.id, about=maria.person.id)
    worker_looks(world)
    assert holder(wish, world) == "Åsa Lind"
    world.staff("Åsa Lind").is_away("2026-11-04 15:10")
    clockwork.shift(timedelta(minutes=11))
    world.works_on()
    assert holder(wish, world) == "function"
    for _ in range(40):
        clockwork.shift(timedelta(hours=3))
        world.works_on()
    assert "Maria Hedlund" not in asked(wish, world)
    assert "Maria Hedlund" not in {
        who for kind in ("wait", "wish", "asked", "reminder") for who, _at in told(kind, world)
    }


def test_nobody_answers_it_and_the_patient_is_told_that_the_promise_was_broken(
    siv: Patient, maria: Staff, karin: Staff, world: World, clockwork: Travel
) -> None:
    wish = asks_for_contact(siv, karin.unit.id)
    worker_looks(world)
    clockwork.move_to(wall("2026-11-06 14:00"))
    world.works_on()
    assert [who for who, _at in told("wish_late", world)] == ["Siv"]
    wait = only(world)
    assert (wait.subject_id, wait.broken, wait.ended_at) == (wish, 1, None)


def test_the_gap_of_an_illness_waits_at_once_at_the_head_and_not_as_a_patients_question(
    siv: Patient, maria: Staff, karin: Staff, world: World
) -> None:
    assert worker_looks(world) == 0
    ill(karin)
    worker_looks(world)
    assert waits(world) == [("cover_gap", "Maria Hedlund", "Karin Ek", "Fri 6 Nov 14.00", None)]
    assert only(world).patient_id is None


def test_it_is_filled_when_somebody_answers_instead(siv: Patient, maria: Staff, karin: Staff, world: World) -> None:
    erik = world.staff("Erik Lund")
    ill(karin)
    worker_looks(world)
    with db.transaction():
        care.name_standing(karin.assignment, (erik.person.id,), by=SYSTEM, now=clock.now())
    worker_looks(world)
    wait = only(world)
    assert (wait.ended_how, wait.ended_by) == ("filled", None)


def test_it_is_filled_when_the_absence_is_over(siv: Patient, maria: Staff, karin: Staff, world: World) -> None:
    ill(karin)
    worker_looks(world)
    back(karin)
    worker_looks(world)
    assert only(world).ended_how == "filled"


def test_an_illness_that_leaves_no_gap_asks_nobody(siv: Patient, maria: Staff, karin: Staff, world: World) -> None:
    with db.transaction():
        care.name_standing(karin.assignment, (world.staff("Erik Lund").person.id,), by=SYSTEM, now=clock.now())
    ill(karin)
    worker_looks(world)
    assert waits(world) == []


def test_a_substitute_who_says_no_makes_it_the_heads(siv: Patient, maria: Staff, karin: Staff, world: World) -> None:
    erik = world.staff("Erik Lund")
    with db.transaction():
        leave = stretch(date(2026, 11, 16), date(2026, 11, 20))
        saved = absence_service.register(
            karin.person.id, leave, substitutes=(erik.person.id,), by=karin.viewer, now=clock.now()
        )
    worker_looks(world)
    assert waits(world) == []
    with db.transaction():
        absence_service.decline(saved.key, by=erik.viewer, now=clock.now())
    worker_looks(world)
    assert waits(world) == [("cover_gap", "Maria Hedlund", "Karin Ek", "Fri 6 Nov 14.00", None)]


def test_somebody_ill_at_two_units_is_a_gap_at_each(siv: Patient, maria: Staff, karin: Staff, world: World) -> None:
    there = world.unit("Mottagning Granen")
    with db.transaction():
        works = {"role": "licensed", "starts_on": today() - timedelta(days=1)}
        cycle = care.Cycle((OFFICE,), today())
        care.assign(karin.person.id, there, cycle=cycle, by=SYSTEM, now=clock.now(), **works)  # type: ignore[arg-type]
        contact_service.give_contact(
            world.patient("Leif", contact=None).person.id,
            there.id,
            Wanted(karin.person.id, today()),
            by=SYSTEM,
            now=clock.now(),
        )
    ill(karin)
    worker_looks(world)
    assert [row[0] for row in waits(world)] == ["cover_gap", "cover_gap"]
    assert len({row.unit_id for row in db.session().scalars(select(Wait))}) == 2


def test_an_assignment_that_ends_makes_each_patient_without_a_successor_a_wait(
    siv: Patient, maria: Staff, karin: Staff, world: World
) -> None:
    leif, gun = world.patient("Leif"), world.patient("Gun")
    give(gun, world.staff("Erik Lund"))
    with db.transaction():
        care.end_assignment(karin.assignment, on=today() + timedelta(days=20), by=SYSTEM, now=clock.now())
    worker_looks(world)
    assert [row[:3] for row in waits(world)] == [("new_contact", "Maria Hedlund", "Karin Ek")] * 2
    assert {row.subject_id for row in db.session().scalars(select(Wait))} == {
        contact_of(siv, karin).id,
        contact_of(leif, karin).id,
    }
    with db.transaction():
        wanted = Wanted(world.staff("Erik Lund").person.id, today())
        contact_service.change_contact(contact_of(siv, karin).id, wanted, by=maria.viewer, now=clock.now())
    worker_looks(world)
    assert sorted(row[4] or "" for row in waits(world)) == ["", "filled"]


def test_of_forty_patients_every_one_waits(clockwork: Travel, maria: Staff, karin: Staff, world: World) -> None:
    for number in range(60):
        world.patient(f"Patient {number}")
    with db.transaction():
        care.end_assignment(karin.assignment, on=today() + timedelta(days=20), by=SYSTEM, now=clock.now())
    worker_looks(world)
    worker_looks(world)
    assert len(waits(world)) == 61
    assert worker_looks(world) == 0


def test_a_patient_whose_care_has_ended_lacks_nobody(siv: Patient, maria: Staff, karin: Staff, world: World) -> None:
    with db.transaction():
        contact_service.end_contact(
            contact_of(siv, karin).id, on=today(), care_ends=True, by=maria.viewer, now=clock.now()
        )
    worker_looks(world)
    assert waits(world) == []


def test_a_contact_that_ends_while_the_care_goes_on_is_a_wait(
    siv: Patient, maria: Staff, karin: Staff, world: World
) -> None:
    with db.transaction():
        contact_service.end_contact(contact_of(siv, karin).id, on=today(), by=maria.viewer, now=clock.now())
    worker_looks(world)
    assert [row[:3] for row in waits(world)] == [("new_contact", "Maria Hedlund", "Karin Ek")]


def test_after_ten_office_days_the_head_is_asked_whether_patients_shall_have_another_contact(
    siv: Patient, maria: Staff, karin: Staff, world: World, clockwork: Travel
) -> None:
    with db.transaction():
        care.name_standing(karin.assignment, (world.staff("Erik Lund").person.id,), by=SYSTEM, now=clock.now())
    ill(karin)
    worker_looks(world)
    clockwork.move_to(wall("2026-11-17 09:00"))
    worker_looks(world)
    assert waits(world) == []
    clockwork.move_to(wall("2026-11-18 09:00"))
    worker_looks(world)
    assert [row[:3] for row in waits(world)] == [("new_contact", "Maria Hedlund", "Karin Ek")]
    with db.transaction():
        assert subjects.settle(only(world).id, by=maria.viewer, now=clock.now())
    clockwork.move_to(wall("2026-11-19 09:00"))
    worker_looks(world)
    assert [row[4] for row in waits(world)] == ["done"], "What the head has answered is not asked again."


def test_a_unit_is_looked_at_when_it_has_changed_or_the_day_is_new_and_else_costs_two_statements(
    siv: Patient, maria: Staff, karin: Staff, world: World, clockwork: Travel
) -> None:
    worker_looks(world)
    with statements(world.app) as heard, db.transaction():
        subjects.see_to_wishes(by=SYSTEM, now=clock.now())
        assert subjects.stale_units(by=SYSTEM, now=clock.now()) == []
    assert len(heard) == 3
    ill(karin)
    assert subjects.stale_units(by=SYSTEM, now=clock.now()) == [karin.unit.id]
    worker_looks(world)
    clockwork.shift(timedelta(days=1))
    assert subjects.stale_units(by=SYSTEM, now=clock.now()) == [karin.unit.id]


def test_two_workers_at_once_open_one(own_world: World) -> None:
    siv, karin = own_world.patient("Siv"), own_world.staff("Karin Ek")
    asks_for_contact(siv, karin.unit.id)
    ill(karin)

    def looks() -> int:
        subjects.see_to_wishes(by=SYSTEM, now=clock.now())
        return subjects.see_to_unit(karin.unit.id, by=SYSTEM, now=clock.now())

    at_once(own_world.app, *[looks] * 4)
    kinds = db.session().scalars(select(Wait.kind).order_by(Wait.kind)).all()
    assert kinds == ["contact_request", "cover_gap"]
    assert db.session().scalars(select(Looked.unit_id)).all() == [karin.unit.id]
