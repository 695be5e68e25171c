"""Contacts come and go: somebody always holds the care together, and the past is not written anew."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import text

from app.accounts import service as accounts
from app.care import contact_service as contacts
from app.care import queries, request_service
from app.care.contact_service import (
    AgeUnknown,
    AlreadyContact,
    HeldElsewhere,
    NotAdult,
    NotAtUnit,
    NotPhysician,
    NotWished,
    Over,
    Past,
    Wanted,
)
from app.care.models import Contact
from app.core import clock, db
from app.core.audit import SYSTEM, Actor
from tests.care.around import DAY, contact_of, give, held, lead, patient_born
from tests.world import Patient, Staff, World, today

NOON = datetime(2026, 11, 25, 11, tzinfo=UTC)
TODAY = date(2026, 11, 25)
BEFORE = TODAY - DAY


@pytest.fixture(autouse=True)
def noon() -> object:
    """Wednesday 25 November; what the fixtures before made is from the day before."""
    with time_machine.travel(NOON - DAY, tick=False) as clockwork:
        yield clockwork


@pytest.fixture
def siv(world: World, noon: time_machine.Traveller) -> Patient:
    """Karin has been Siv's contact since yesterday."""
    siv = world.patient("Siv")
    world.staff("Erik Lund")
    noon.shift(DAY)
    return siv


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def erik(siv: Patient, world: World) -> Staff:
    return world.staff("Erik Lund")


def change(patient: Patient, old: Staff, new: Staff, on: date = TODAY, **more: str) -> None:
    with db.transaction():
        wanted = Wanted(new.person.id, on, **more)
        contacts.change_contact(contact_of(patient, old).id, wanted, by=SYSTEM, now=clock.now())


def end(patient: Patient, staff: Staff, on: date = TODAY, **more: bool) -> None:
    with db.transaction():
        contacts.end_contact(contact_of(patient, staff).id, on=on, by=SYSTEM, now=clock.now(), **more)


def coordinate(patient: Patient, staff: Staff, by: Actor = SYSTEM) -> None:
    with db.transaction():
        contacts.coordinate(contact_of(patient, staff).id, by=by, now=clock.now())


def versions() -> dict[UUID, int]:
    return {row.id: row.care_version for row in db.session().execute(text("select id, care_version from unit"))}


def test_the_first_contact_coordinates_and_the_second_does_not(world: World, karin: Staff, erik: Staff) -> None:
    tom = world.patient("Tom", contact=None)
    give(tom, karin)
    give(tom, erik)
    assert held(tom) == [("Karin Ek", True, TODAY, None), ("Erik Lund", False, TODAY, None)]


def test_a_second_contact_who_is_to_coordinate_takes_it_over_from_that_day(siv: Patient, erik: Staff) -> None:
    give(siv, erik, coordinating=True)
    assert held(siv) == [
        ("Karin Ek", True, BEFORE, BEFORE),
        ("Erik Lund", True, TODAY, None),
        ("Karin Ek", False, TODAY, None),
    ]


def test_moving_the_coordination_keeps_the_key_that_addresses_and_drafts_stand_on(
    siv: Patient, karin: Staff, erik: Staff
) -> None:
    give(siv, erik)
    keys = contact_of(siv, karin).id, contact_of(siv, erik).id
    coordinate(siv, erik)
    coordinate(siv, erik)
    assert held(siv) == [
        ("Karin Ek", True, BEFORE, BEFORE),
        ("Erik Lund", True, TODAY, None),
        ("Karin Ek", False, TODAY, None),
    ]
    assert keys == (contact_of(siv, karin).id, contact_of(siv, erik).id)
    assert [card.name for card in queries.contacts_of(siv.viewer, today=TODAY)] == ["Erik Lund", "Karin Ek"]


def test_what_the_patient_wished_is_still_readable_on_both_sides_of_a_move(siv: Patient, erik: Staff) -> None:
    give(siv, erik, wish="Någon lugn.")
    with time_machine.travel(NOON + DAY, tick=False):
        coordinate(siv, erik)
    rows = db.session().query(Contact).filter_by(person_id=erik.person.id).all()
    assert [row.wish for row in rows] == ["Någon lugn.", "Någon lugn."]


def test_a_changed_contact_ends_the_day_before_and_the_new_one_coordinates(
    siv: Patient, karin: Staff, erik: Staff
) -> None:
    change(siv, karin, erik)
    assert held(siv) == [("Karin Ek", True, BEFORE, BEFORE), ("Erik Lund", True, TODAY, None)]


def test_a_change_ahead_leaves_the_first_until_then(siv: Patient, karin: Staff, erik: Staff) -> None:
    change(siv, karin, erik, TODAY + 7 * DAY)
    assert held(siv) == [
        ("Karin Ek", True, BEFORE, TODAY + 6 * DAY),
        ("Erik Lund", True, TODAY + 7 * DAY, None),
    ]
    assert [card.name for card in queries.contacts_of(siv.viewer, today=TODAY)] == ["Karin Ek"]
    assert [card.name for card in queries.contacts_of(siv.viewer, today=TODAY + 7 * DAY)] == ["Erik Lund"]


def test_a_slip_of_the_same_day_is_taken_back_whole(siv: Patient, karin: Staff, erik: Staff, world: World) -> None:
    anna = world.staff("Anna Berg")
    change(siv, karin, erik)
    change(siv, erik, anna)
    assert held(siv) == [("Karin Ek", True, BEFORE, BEFORE), ("Anna Berg", True, TODAY, None)]


def test_a_thread_stays_with_the_one_it_was_written_to(siv: Patient, karin: Staff, erik: Staff) -> None:
    thread = siv.asks("Hej Karin.")
    change(siv, karin, erik)
    owner = db.session().execute(text("select belongs_to from thread where id = :id"), {"id": thread}).scalar_one()
    assert owner == karin.person.id
    karin.writes("Hej Siv.", thread=thread)


def test_changing_to_somebody_who_is_a_contact_already_is_refused_and_nothing_is_done(
    siv: Patient, karin: Staff, erik: Staff
) -> None:
    give(siv, erik)
    before = held(siv)
    for new in (erik, karin):
        with pytest.raises(AlreadyContact):
            change(siv, karin, new)
    assert held(siv) == before


def test_when_the_coordinating_one_ends_the_first_of_the_others_takes_over_the_day_after(
    siv: Patient, karin: Staff, erik: Staff, world: World
) -> None:
    give(siv, erik)
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        give(siv, world.staff("Anna Berg"))
        key = contact_of(siv, erik).id
        end(siv, karin, TODAY + 2 * DAY)
    assert held(siv) == [
        ("Karin Ek", True, BEFORE, TODAY + 2 * DAY),
        ("Anna Berg", False, TODAY, None),
        ("Erik Lund", False, TODAY, TODAY + 2 * DAY),
        ("Erik Lund", True, TODAY + 3 * DAY, None),
    ]
    assert contact_of(siv, erik).id == key, "the key of today went to a day to come"


def test_ending_one_whose_days_stand_in_two_rows_ends_both(siv: Patient, karin: Staff, erik: Staff) -> None:
    give(siv, erik)
    end(siv, karin, TODAY + 2 * DAY)
    end(siv, erik, TODAY + DAY)
    assert held(siv) == [("Karin Ek", True, BEFORE, TODAY + 2 * DAY), ("Erik Lund", False, TODAY, TODAY + DAY)]


def test_making_one_coordinate_whose_days_stand_in_two_rows_makes_them_all_so(
    siv: Patient, karin: Staff, erik: Staff
) -> None:
    give(siv, erik)
    end(siv, karin, TODAY + 2 * DAY)
    coordinate(siv, erik)
    assert [row for row in held(siv) if row[0] == "Erik Lund"] == [
        ("Erik Lund", True, TODAY, TODAY + 2 * DAY),
        ("Erik Lund", True, TODAY + 3 * DAY, None),
    ]
    assert ("Karin Ek", False, TODAY, TODAY + 2 * DAY) in held(siv)


def test_a_contact_to_come_waits_for_the_end_of_the_one_who_coordinates(
    siv: Patient, karin: Staff, erik: Staff
) -> None:
    end(siv, karin, TODAY + 5 * DAY)
    give(siv, erik, on=TODAY + 3 * DAY)
    assert held(siv) == [
        ("Karin Ek", True, BEFORE, TODAY + 5 * DAY),
        ("Erik Lund", False, TODAY + 3 * DAY, TODAY + 5 * DAY),
        ("Erik Lund", True, TODAY + 6 * DAY, None),
    ]


def test_ended_with_the_care_nobody_is_missing(siv: Patient, karin: Staff) -> None:
    end(siv, karin, care_ends=True)
    assert db.session().execute(text("select care_ended_at from contact")).scalar_one() == NOON


def test_what_has_ended_cannot_be_ended_or_changed_again(siv: Patient, karin: Staff, erik: Staff) -> None:
    old = contact_of(siv, karin).id
    change(siv, karin, erik)
    for verb in (
        lambda: contacts.end_contact(old, on=TODAY, by=SYSTEM, now=clock.now()),
        lambda: contacts.change_contact(old, Wanted(erik.person.id, TODAY), by=SYSTEM, now=clock.now()),
        lambda: contacts.coordinate(old, by=SYSTEM, now=clock.now()),
        lambda: contacts.coordinate(db.new_key(), by=SYSTEM, now=clock.now()),
    ):
        with pytest.raises(Over), db.transaction():
            verb()


def test_nothing_begins_or_ends_in_the_past(siv: Patient, karin: Staff, erik: Staff) -> None:
    before = held(siv)
    for verb in (
        lambda: give(siv, erik, on=BEFORE),
        lambda: end(siv, karin, BEFORE),
        lambda: change(siv, karin, erik, BEFORE),
    ):
        with pytest.raises(Past):
            verb()
    assert held(siv) == before


def test_a_minor_has_no_contact_and_an_unknown_age_is_said_to_be_unknown(world: World, karin: Staff) -> None:
    lova = patient_born(world, "Lova", date(2008, 11, 26))
    with pytest.raises(NotAdult):
        give(lova, karin)
    give(lova, karin, on=date(2008 + 18, 11, 26))
    assert held(lova) == [("Karin Ek", True, TODAY + DAY, None)]
    with pytest.raises(AgeUnknown):
        give(patient_born(world, "Okänd", None), karin)


def test_a_contact_works_at_the_unit_on_the_first_day(siv: Patient, erik: Staff, world: World) -> None:
    for elsewhere in (world.staff("Tove", unit="Mottagning Granen"), world.staff("Sven")):
        if elsewhere.unit.name == "Mottagning Björken":
            with db.transaction():
                accounts.close_account(elsewhere.person.id, by=SYSTEM, now=clock.now())
        with pytest.raises(NotAtUnit), db.transaction():
            wanted = Wanted(elsewhere.person.id, TODAY)
            contacts.give_contact(siv.person.id, erik.unit.id, wanted, by=SYSTEM, now=clock.now())
    db.session().execute(text("update assignment set role = 'other' where person_id = :id"), {"id": erik.person.id})
    with pytest.raises(NotAtUnit):
        give(siv, erik)


def test_where_life_is_at_stake_the_contact_is_a_physician(siv: Patient, karin: Staff, erik: Staff) -> None:
    because = "Kräver läkare."
    with pytest.raises(NotPhysician):
        change(siv, karin, erik, physician_because=because)
    db.session().execute(text("update staff set physician = true where person_id = :id"), {"id": erik.person.id})
    change(siv, karin, erik, physician_because=because)
    sealed, plain = (
        db.session().query(Contact.physician_because_sealed, Contact).filter_by(person_id=erik.person.id).one()
    )
    assert because.encode() not in sealed and plain.physician_because == because


def test_whom_the_patient_will_not_have_asked_is_not_appointed(siv: Patient, erik: Staff) -> None:
    with db.transaction():
        request_service.block(erik.person.id, by=siv.viewer, now=clock.now())
    with pytest.raises(NotWished):
        give(siv, erik)
    with db.transaction():
        request_service.unblock(erik.person.id, by=siv.viewer, now=clock.now())
    give(siv, erik)
    assert ("Erik Lund", False, TODAY, None) in held(siv)


def test_only_the_head_of_the_coordinating_ones_unit_lets_go_of_it(siv: Patient, world: World, karin: Staff) -> None:
    tove = lead(world, world.staff("Tove", unit="Mottagning Granen"))
    give(siv, tove)
    with pytest.raises(HeldElsewhere):
        coordinate(siv, tove, by=tove.viewer)
    both = world.staff("Maria Hedlund")
    lead(world, both)
    lead(world, tove, both)
    coordinate(siv, tove, by=both.viewer)
    assert ("Tove", True, TODAY, None) in held(siv)


def test_each_verb_raises_the_version_of_every_unit_that_answers_for_the_patient(
    siv: Patient, karin: Staff, erik: Staff, world: World
) -> None:
    tove = world.staff("Tove", unit="Mottagning Granen")
    world.unit("Mottagning Lönnen")
    give(siv, tove)
    for verb in (
        lambda: give(siv, erik),
        lambda: coordinate(siv, erik),
        lambda: change(siv, erik, world.staff("Anna Berg")),
        lambda: end(siv, karin),
    ):
        world.staff("Anna Berg")
        before = versions()
        verb()
        raised = {unit for unit, version in versions().items() if version > before[unit]}
        assert raised == {karin.unit.id, tove.unit.id}


def test_each_verb_is_in_the_patients_log(siv: Patient, karin: Staff, erik: Staff, world: World) -> None:
    give(siv, erik)
    coordinate(siv, erik)
    change(siv, erik, world.staff("Anna Berg"))
    end(siv, karin)
    rows = db.session().execute(
        text("select action from access_log where patient_id = :id and unit_id is not null order by id"),
        {"id": siv.person.id},
    )
    assert [row.action for row in rows] == [
        "contact.appointed",
        "contact.appointed",
        "contact.coordinates",
        "contact.ended",
        "contact.appointed",
        "contact.ended",
    ]
    assert today() == TODAY
