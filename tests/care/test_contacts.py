"""Whom a patient can turn to: in order, only while it holds, and said truly."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.accounts import service as accounts
from app.care import contact_service, queries, service, unit_service
from app.care.contact_service import AlreadyContact, NotAdult, NotAtUnit
from app.care.models import Contact, Unit
from app.care.queries import ContactCard
from app.care.service import Cycle, WorksHere
from app.care.unit_service import NameTaken
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from tests.world import ADULT, OFFICE, Patient, Staff, World, today

CYCLE = Cycle((OFFICE,), date(2026, 1, 5))
NOON = datetime(2026, 11, 25, 11, tzinfo=UTC)


def appoint(patient: Patient, staff: Staff, *, coordinating: bool = False, born: date = ADULT) -> Contact:
    with db.transaction():
        return contact_service.appoint(
            patient.person,
            staff.person.id,
            staff.unit,
            coordinating=coordinating,
            born=born,
            by=SYSTEM,
            now=clock.now(),
        )


def cards(patient: Patient, on: date | None = None) -> list[ContactCard]:
    return queries.contacts_of(patient.viewer, today=on or today())


def end(staff: Staff, on: date) -> None:
    with db.transaction():
        service.end_assignment(staff.assignment, on=on, by=SYSTEM, now=clock.now())


def open_unit(world: World, name: str, *, phone: str) -> Unit:
    region = world.region()
    head, stand_in = world.function
    return unit_service.open_unit(
        region,
        name,
        phone=phone,
        phone_hours="",
        office=OFFICE,
        head=head,
        head_substitutes=(stand_in,),
        by=SYSTEM,
        now=clock.now(),
    )


def version(unit: Unit) -> int:
    return db.session().execute(text("select care_version from unit where id = :id"), {"id": unit.id}).scalar_one()


@pytest.fixture
def siv(world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


def test_a_contact_is_shown_with_all_that_is_needed_to_reach_them(siv: Patient, karin: Staff) -> None:
    (card,) = cards(siv)
    assert siv.contact
    assert card == ContactCard(
        key=siv.contact.id,
        person_id=karin.person.id,
        name="Karin Ek",
        title="sjuksköterska",
        unit_id=karin.unit.id,
        unit_name="Mottagning Björken",
        unit_phone="+46313900610",
        unit_hours="Vardagar 8–16",
        care_version=3,
        phone="+46313900612",
        phone_hours="Vardagar 8–16",
        coordinating=True,
        reachable=True,
    )
    assert card.unit.phone == "+46313900610"


def test_the_coordinating_contact_comes_first_and_then_in_order_of_appointment(world: World) -> None:
    siv = world.patient("Siv", contact=None)
    names = ("Erik Lund", "Fatima Aydin", "Karin Ek", "Anna Berg")
    with time_machine.travel(NOON, tick=False) as clockwork:
        for name in names:
            appoint(siv, world.staff(name), coordinating=name == "Karin Ek")
            clockwork.shift(60)
        assert [card.name for card in cards(siv)] == ["Karin Ek", "Erik Lund", "Fatima Aydin", "Anna Berg"]
        assert [card.coordinating for card in cards(siv)] == [True, False, False, False]


def test_only_one_coordinates_at_a_time(siv: Patient, world: World) -> None:
    with pytest.raises(IntegrityError, match="ex_contact_one_coordinates"):
        appoint(siv, world.staff("Erik Lund"), coordinating=True)
    db.session().execute(text("update contact set ends_on = starts_on"))
    db.session().commit()
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        appoint(siv, world.staff("Erik Lund"), coordinating=True)
        assert [card.name for card in cards(siv)] == ["Erik Lund"]


def test_the_same_contact_is_not_appointed_twice(siv: Patient, karin: Staff) -> None:
    with pytest.raises(AlreadyContact):
        appoint(siv, karin)


def test_nobody_is_their_own_contact(world: World) -> None:
    karin = world.staff("Karin Ek")
    with db.transaction() as session:
        session.execute(text("insert into patient values (:id, :at)"), {"id": karin.person.id, "at": clock.now()})
    with pytest.raises(IntegrityError, match="ck_contact_not_oneself"), db.transaction():
        contact_service.appoint(
            karin.person, karin.person.id, karin.unit, coordinating=True, born=ADULT, by=SYSTEM, now=clock.now()
        )


def test_a_contact_works_at_the_unit(siv: Patient, world: World) -> None:
    erik = world.staff("Erik Lund", unit="Mottagning Granen")
    with pytest.raises(NotAtUnit), db.transaction():
        contact_service.appoint(
            siv.person, erik.person.id, world.unit(), coordinating=False, born=ADULT, by=SYSTEM, now=clock.now()
        )


def test_a_child_has_no_contact_here(world: World) -> None:
    siv, karin = world.patient("Siv", contact=None), world.staff("Karin Ek")
    before = version(karin.unit)
    with time_machine.travel(datetime(2026, 11, 25, 22, 59, tzinfo=UTC), tick=False):
        with pytest.raises(NotAdult):
            appoint(siv, karin, born=date(2008, 11, 26))
        assert cards(siv) == [] and version(karin.unit) == before
    with time_machine.travel(datetime(2026, 11, 25, 23, 0, tzinfo=UTC), tick=False):
        appoint(siv, karin, born=date(2008, 11, 26))
        assert len(cards(siv)) == 1
    with pytest.raises(DBAPIError, match="ck_contact_adult"):
        db.session().execute(text("update contact set adult_at_start = false"))
    db.session().rollback()


def test_a_contact_whose_work_has_ended_is_shown_but_cannot_be_reached(siv: Patient, karin: Staff) -> None:
    end(karin, today() - timedelta(days=1))
    (card,) = cards(siv)
    assert (card.name, card.reachable, card.phone, card.phone_hours) == ("Karin Ek", False, None, "")
    assert card.unit_phone == "+46313900610"


def test_a_contact_whose_account_is_closed_cannot_be_reached(siv: Patient, karin: Staff) -> None:
    with db.transaction():
        accounts.close_account(karin.person.id, by=SYSTEM, now=clock.now())
    assert [(card.reachable, card.phone) for card in cards(siv)] == [(False, None)]


def test_work_holds_from_its_first_day_to_the_end_of_its_last(siv: Patient, karin: Staff) -> None:
    first, last = karin.assignment.starts_on, today() + timedelta(days=10)
    end(karin, last)
    day = timedelta(days=1)
    db.session().execute(text("update contact set starts_on = :on"), {"on": first - day})
    for on, reachable in ((first - day, False), (first, True), (last, True), (last + day, False)):
        assert [card.reachable for card in cards(siv, on)] == [reachable], on


def test_a_contact_holds_from_its_first_day_to_the_end_of_its_last(siv: Patient) -> None:
    assert siv.contact
    day, first = timedelta(days=1), today()
    db.session().execute(text("update contact set ends_on = :on"), {"on": first + day})
    for on, count in ((first - day, 0), (first, 1), (first + day, 1), (first + 2 * day, 0)):
        assert len(cards(siv, on)) == count, on
    with pytest.raises(NotFound):
        queries.contact_for(siv.viewer, siv.contact.id, today=first + 2 * day)


def test_the_day_is_the_one_in_sweden(siv: Patient, karin: Staff) -> None:
    with time_machine.travel(datetime(2027, 6, 1, 21, 59, tzinfo=UTC), tick=False) as clockwork:
        end(karin, date(2027, 6, 1))
        assert [card.reachable for card in cards(siv)] == [True]
        clockwork.shift(60)
        assert [card.reachable for card in cards(siv)] == [False]


def test_work_at_another_unit_does_not_help(siv: Patient, karin: Staff, world: World) -> None:
    end(karin, today() - timedelta(days=1))
    other = world.unit("Mottagning Granen")
    with db.transaction():
        service.assign(karin.person.id, other, role="care", starts_on=today(), cycle=CYCLE, by=SYSTEM, now=clock.now())
    assert [card.reachable for card in cards(siv)] == [False]


def test_whoever_gives_out_no_number_is_reached_through_the_unit(world: World) -> None:
    siv, other = world.patient("Siv", contact=None), world.staff("Karin Ek").unit
    with db.transaction():
        who = accounts.register_staff(accounts.Who("Anna"), hsa_id="SE-A", title="kurator", by=SYSTEM, now=clock.now())
        service.assign(who.id, other, role="licensed", starts_on=today(), cycle=CYCLE, by=SYSTEM, now=clock.now())
        contact_service.appoint(siv.person, who.id, other, coordinating=True, born=ADULT, by=SYSTEM, now=clock.now())
    (card,) = cards(siv)
    assert (card.reachable, card.phone, card.phone_hours, card.unit_phone) == (True, None, "", "+46313900610")


def test_another_patients_contact_is_not_there(siv: Patient, world: World) -> None:
    assert siv.contact
    tom = world.patient("Tom")
    for key in (siv.contact.id, db.new_key()):
        with pytest.raises(NotFound):
            queries.contact_for(tom.viewer, key, today=today())
    assert queries.contact_for(siv.viewer, siv.contact.id, today=today()).key == siv.contact.id


def test_nobody_works_twice_at_one_unit_at_once(karin: Staff) -> None:
    with pytest.raises(WorksHere), db.transaction():
        service.assign(
            karin.person.id, karin.unit, role="care", starts_on=today(), cycle=CYCLE, by=SYSTEM, now=clock.now()
        )


def test_work_cannot_end_before_it_began(karin: Staff) -> None:
    with pytest.raises(IntegrityError, match="ck_assignment_period"):
        end(karin, karin.assignment.starts_on - timedelta(days=1))


def test_every_verb_that_can_change_who_answers_raises_the_version_of_its_unit_alone(
    siv: Patient, karin: Staff, world: World
) -> None:
    here, there = karin.unit, world.unit("Mottagning Granen")
    before, elsewhere = version(here), version(there)
    erik = world.staff("Erik Lund")
    assert version(here) == before + 1
    appoint(siv, erik)
    assert version(here) == before + 2
    end(erik, today())
    assert version(here) == before + 3
    assert version(there) == elsewhere


def test_every_verb_is_logged_with_its_unit_and_its_patient(siv: Patient, karin: Staff, world: World) -> None:
    end(karin, today())
    rows: list[tuple[str, UUID, UUID | None]] = [
        tuple(row)
        for row in db.session().execute(
            text("select action, unit_id, patient_id from access_log where unit_id = :u order by id"),
            {"u": karin.unit.id},
        )
    ]
    assert rows == [
        ("unit.opened", karin.unit.id, None),
        ("assignment.given", karin.unit.id, None),
        ("contact.appointed", karin.unit.id, siv.person.id),
        ("assignment.ended", karin.unit.id, None),
    ]


def test_two_units_of_a_region_have_names_of_their_own(world: World) -> None:
    world.unit()
    with pytest.raises(NameTaken), db.transaction():
        open_unit(world, "Mottagning Björken", phone="+46313900699")


@pytest.mark.parametrize(("name", "phone"), [("", "+46313900610"), ("Ny", "")])
def test_a_unit_has_a_name_and_a_number(world: World, name: str, phone: str) -> None:
    with pytest.raises(IntegrityError, match="ck_unit_can_be_rung"), db.transaction():
        open_unit(world, name, phone=phone)
