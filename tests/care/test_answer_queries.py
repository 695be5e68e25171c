"""Who answers, read from the house: each thing that can change the answer is seen in it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from app.care import answer_queries, queries
from app.care.answer_queries import Answering
from app.care.cover_models import Absence, AbsenceSubstitute, Closure, DutyPerson, DutyShift
from app.care.service import raise_version
from app.core import clock, db
from tests.world import Patient, Staff, World, today

TUESDAY = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _tuesday() -> Iterator[None]:
    with time_machine.travel(TUESDAY, tick=False):
        yield


@pytest.fixture
def siv(world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def erik(world: World, karin: Staff) -> Staff:
    return world.staff("Erik Lund", title="skötare")


def asked(patient: Patient) -> Answering:
    cards = queries.contacts_of(patient.viewer, today=today())
    found = answer_queries.who_answers(patient.viewer, cards, at=clock.now(), today=today())
    return found[cards[0].key]


def away(who: Staff, *substitutes: Staff, until: datetime | None = None) -> None:
    with db.transaction() as session:
        raise_version(who.unit.id)
        absence = Absence(
            id=db.new_key(),
            person_id=who.person.id,
            starts_at=clock.now() - timedelta(hours=2),
            ends_at=until,
            registered_at=clock.now(),
            registered_by=who.person.id,
        )
        session.add(absence)
        session.flush()
        session.add_all(
            AbsenceSubstitute(absence_id=absence.id, n=n, person_id=it.person.id, asked_at=clock.now())
            for n, it in enumerate(substitutes, 1)
        )


def test_the_contact_answers_and_the_promise_is_two_office_days(siv: Patient, karin: Staff) -> None:
    found = asked(siv)
    assert (found.now.name, found.answer.step, found.instead) == ("Karin Ek", 1, False)
    assert found.promise == datetime(2026, 11, 26, 9, tzinfo=UTC) - timedelta(hours=1)
    assert (found.back, found.then, found.wait_for, found.opens) == (None, None, None, None)


def test_an_absence_is_seen_at_once_and_the_way_back_too(siv: Patient, karin: Staff, erik: Staff) -> None:
    assert asked(siv).now.name == "Karin Ek"
    away(karin, erik, until=datetime(2026, 11, 27, 23, tzinfo=UTC))
    found = asked(siv)
    assert (found.now.name, found.now.title, found.answer.step) == ("Erik Lund", "skötare", 2)
    assert found.back == datetime(2026, 11, 30, 7, tzinfo=UTC)
    assert found.wait_for and found.wait_for.person == karin.person.id


def test_who_has_not_opened_the_app_as_staff_is_passed_over(siv: Patient, karin: Staff, world: World) -> None:
    quiet = world.staff("Tyst Person", opened=False)
    away(karin, quiet)
    assert {it.reason for it in asked(siv).answer.passed} >= {"absent", "no_channel"}


def test_the_duty_roster_answers_before_anybody_at_the_unit(siv: Patient, karin: Staff, erik: Staff) -> None:
    away(karin)
    with db.transaction() as session:
        raise_version(karin.unit.id)
        shift = DutyShift(
            id=db.new_key(),
            unit_id=karin.unit.id,
            starts_at=clock.now() - timedelta(hours=1),
            ends_at=clock.now() + timedelta(hours=3),
        )
        session.add(shift)
        session.flush()
        session.add(DutyPerson(shift_id=shift.id, n=1, person_id=erik.person.id))
    assert (asked(siv).now.name, asked(siv).answer.step) == ("Erik Lund", 4)


def test_in_a_closure_the_covering_unit_answers(siv: Patient, karin: Staff, world: World) -> None:
    anna = world.staff("Anna Berg", unit="Mottagning Granen")
    with db.transaction() as session:
        raise_version(karin.unit.id)
        session.add(
            Closure(
                id=db.new_key(),
                unit_id=karin.unit.id,
                starts_on=date(2026, 11, 24),
                ends_on=date(2026, 12, 4),
                name="Flytt",
                cover_unit_id=anna.unit.id,
            )
        )
    assert asked(siv).now.name == "Anna Berg"


def test_at_night_nobody_reads_and_it_is_said_when_somebody_does(siv: Patient, karin: Staff) -> None:
    with time_machine.travel(datetime(2026, 11, 28, 21, tzinfo=UTC), tick=False):
        found = asked(siv)
    assert found.opens == datetime(2026, 11, 30, 7, tzinfo=UTC)
    assert found.promise == datetime(2026, 12, 1, 14, 30, tzinfo=UTC)


def test_where_nobody_is_named_the_one_with_the_least_to_do_answers(
    siv: Patient, karin: Staff, erik: Staff, world: World
) -> None:
    fatima = world.staff("Fatima Aydin")
    away(karin)
    first = asked(siv).now.key
    assert asked(siv).answer.step == 5 and first in {erik.person.id, fatima.person.id}
    siv.asks("Har ni öppet i dag?")
    assert asked(siv).now.key == ({erik.person.id, fatima.person.id} - {first}).pop()
