"""Who can be told, as the order sees it: whoever opens the app, and where notices go out of it, whom they reach."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import update

from app.accounts import service as accounts
from app.accounts.models import SignIn
from app.care.answer_queries import faces
from app.care.queries import contacts_of
from app.care.service import name_standing
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.locale import local
from app.notices import subscription_service
from app.notices.models import ContactPoint
from tests.notices.browsers import tells, turns_on
from tests.world import Patient, Staff, World, today, wall, who_answers

Travel = time_machine.Traveller
QUARTER = timedelta(minutes=16)


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


def can_be_told(who: Staff) -> bool:
    at = clock.now()
    return faces(who.viewer, [who.person.id], at=at, today=local(at).date())[who.person.id].state.channel


def looks(who: Staff) -> None:
    """Somebody of the staff opens the app."""
    with db.transaction():
        accounts.seen(who.viewer.session_id, now=clock.now())


def answers(siv: Patient) -> str:
    card = contacts_of(siv.viewer, today=today())[0]
    return who_answers(siv.viewer, card).now.name


def test_where_nobody_has_turned_anything_on_the_app_is_the_channel(karin: Staff, clockwork: Travel) -> None:
    assert can_be_told(karin)
    db.run(update(SignIn).where(SignIn.person_id == karin.person.id).values(last_seen=clock.now() - timedelta(days=31)))
    at = clock.now()
    assert not faces(SYSTEM, [karin.person.id], at=at, today=local(at).date())[karin.person.id].state.channel


def test_whose_phone_shows_nothing_is_passed_over_until_they_look(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    world.staff("Erik Lund")
    it = turns_on(karin, "a")
    assert can_be_told(karin)
    clockwork.shift(60)
    tells(it, 2)
    clockwork.shift(QUARTER)
    assert can_be_told(karin)
    tells(it)
    assert can_be_told(karin), "the third has had no time to be shown"
    clockwork.shift(QUARTER)
    assert not can_be_told(karin) and answers(siv) == "Erik Lund"
    looks(karin)
    assert can_be_told(karin) and answers(siv) == "Karin Ek"


def test_one_way_that_works_is_enough(karin: Staff, clockwork: Travel) -> None:
    it = turns_on(karin, "a")
    clockwork.shift(60)
    tells(it, 3)
    clockwork.shift(QUARTER)
    assert not can_be_told(karin)
    turns_on(karin, "b")
    assert can_be_told(karin)


def test_a_confirmed_address_is_a_way_while_it_takes_what_is_sent(karin: Staff, clockwork: Travel) -> None:
    it = turns_on(karin, "a")
    clockwork.shift(60)
    tells(it, 3)
    clockwork.shift(QUARTER)
    point = ContactPoint(
        id=db.new_key(), person_id=karin.person.id, capacity="duty", system="email", tries=0, asked_at=clock.now()
    )
    point.value, point.confirmed_at = "karin@example.org", clock.now()
    with db.transaction() as session:
        session.add(point)
    assert can_be_told(karin)
    with db.transaction():
        point.failing_since = clock.now()
    assert not can_be_told(karin)


def test_what_is_turned_off_again_leaves_the_app(karin: Staff, clockwork: Travel) -> None:
    it = turns_on(karin, "a")
    clockwork.shift(60)
    tells(it, 3)
    clockwork.shift(QUARTER)
    with db.transaction():
        subscription_service.turn_off(it.id, by=karin.viewer, now=clock.now())
    assert can_be_told(karin)


def test_what_is_private_says_nothing_of_work(karin: Staff, world: World, clockwork: Travel) -> None:
    it = turns_on(Patient(world, karin.person, None), "a")
    clockwork.shift(60)
    tells(it, 3)
    clockwork.shift(QUARTER)
    assert can_be_told(karin)


def test_the_gap_report_finds_a_substitute_whom_nothing_reaches(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    erik = world.staff("Erik Lund")
    with db.transaction():
        name_standing(karin.assignment, (erik.person.id,), by=karin.viewer, now=clock.now())
    it, page = turns_on(erik, "a"), f"/bevakning/{db.short(karin.unit.id)}"
    assert "Erik Lund nås inte genom Närlinjen" not in karin.phone().get(page).text
    clockwork.shift(60)
    tells(it, 3)
    clockwork.shift(QUARTER)
    assert "Erik Lund nås inte genom Närlinjen" in karin.phone().get(page).text
