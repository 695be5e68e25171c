"""Which patients a head sees: theirs, those who ask, and by number whoever has nobody at all."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from app.accounts import service as accounts
from app.care import contact_service as contacts
from app.care import patient_queries as queries
from app.care import request_queries, request_service, service
from app.care.patient_queries import Row
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from tests.care.around import DAY, contact_of, give, lead, number_for
from tests.world import Patient, Staff, World, today

NOON = datetime(2026, 11, 25, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon() -> object:
    with time_machine.travel(NOON, tick=False) as clockwork:
        yield clockwork


@pytest.fixture
def maria(world: World) -> Staff:
    return lead(world, world.staff("Maria Hedlund"))


@pytest.fixture
def granen(world: World) -> Staff:
    return lead(world, world.staff("Linnéa Åström", unit="Mottagning Granen"))


def patients(head: Staff) -> list[Row]:
    return queries.patients_of(head.viewer, request_queries.open_requests(head.viewer), today=today())


def names(head: Staff) -> list[str]:
    return [row.name for row in patients(head)]


def end(patient: Patient, staff: Staff, *, on: date | None = None, care_ends: bool = False) -> None:
    with db.transaction():
        contacts.end_contact(
            contact_of(patient, staff).id, on=on or today(), care_ends=care_ends, by=SYSTEM, now=clock.now()
        )


def seen(head: Staff, patient: Patient) -> bool:
    try:
        return bool(queries.patient_for(head.viewer, patient.person.id, today=today()))
    except NotFound:
        return False


def test_a_head_sees_the_units_own_patients_by_name_in_swedish_order(maria: Staff, granen: Staff, world: World) -> None:
    for name in ("Östen", "Åsa", "Ärla", "Zeb", "anna"):
        world.patient(name)
    world.patient("Tom", contact="Linnéa Åström")
    assert names(maria) == ["anna", "Zeb", "Åsa", "Ärla", "Östen"]
    assert names(granen) == ["Tom"]


def test_whoever_leads_nothing_sees_nobody(maria: Staff, world: World) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    line = contact_of(siv, karin).id
    for read in (
        lambda: patients(karin),
        lambda: queries.patient_with(karin.viewer, siv.person.number, today=today()),
        lambda: queries.patient_for(karin.viewer, siv.person.id, today=today()),
        lambda: queries.line_for(karin.viewer, line, today=today()),
    ):
        with pytest.raises(NotFound):
            read()
    assert queries.choices_for(karin.viewer, siv.person.id, today=today()) == []
    assert queries.lines_of(karin.viewer, siv.person.id, today=today()) == ([], [])


def test_who_answers_for_the_head_sees_the_same(world: World) -> None:
    erik = world.staff("Erik Lund")
    lead(world, world.staff("Maria Hedlund"), erik)
    world.patient("Siv")
    assert names(erik) == ["Siv"]


def test_a_patient_whose_contact_has_ended_stays_as_a_gap_until_somebody_follows(
    maria: Staff, granen: Staff, world: World, noon: time_machine.Traveller
) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    end(siv, karin)
    (row,) = patients(maria)
    assert not row.lacks and row.ends == today()
    noon.shift(DAY)
    (row,) = patients(maria)
    assert row.lacks and row.lines == () and seen(maria, siv)
    give(siv, granen)
    assert names(maria) == [] and names(granen) == ["Siv"]
    assert not seen(maria, siv)


def test_a_patient_whose_care_has_ended_is_nobodys_gap(
    maria: Staff, world: World, noon: time_machine.Traveller
) -> None:
    siv = world.patient("Siv")
    end(siv, world.staff("Karin Ek"), care_ends=True)
    noon.shift(DAY)
    assert patients(maria) == []


def test_a_contact_who_no_longer_works_there_is_a_gap_too(
    maria: Staff, world: World, noon: time_machine.Traveller
) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    with db.transaction():
        service.end_assignment(karin.assignment, on=today() + DAY, by=SYSTEM, now=clock.now())
    (row,) = patients(maria)
    assert (row.lacks, row.ends) == (False, today() + DAY)
    noon.shift(2 * DAY)
    (row,) = patients(maria)
    assert row.lacks and [line.works for line in row.lines] == [False]
    tom = world.patient("Tom", contact="Erik Lund")
    with db.transaction():
        accounts.close_account(world.staff("Erik Lund").person.id, by=SYSTEM, now=clock.now())
    assert {row.name: row.lacks for row in patients(maria)} == {"Siv": True, "Tom": True}
    assert seen(maria, tom) and seen(maria, siv)


def test_one_who_asks_is_seen_by_the_head_who_is_asked(maria: Staff, granen: Staff, world: World) -> None:
    siv = world.patient("Siv", contact="Linnéa Åström")
    assert not seen(maria, siv)
    with db.transaction():
        request_service.request_contact(maria.unit.id, "", by=siv.viewer, now=clock.now())
    (row,) = patients(maria)
    assert (row.name, row.asks, row.lacks) == ("Siv", True, True)
    head = queries.patient_for(maria.viewer, siv.person.id, today=today())
    assert (head.elsewhere, head.held_elsewhere) == (True, True)
    assert queries.lines_of(maria.viewer, siv.person.id, today=today()) == ([], [])


def test_by_number_a_head_finds_their_own_and_whoever_has_nobody(maria: Staff, granen: Staff, world: World) -> None:
    own, alone = world.patient("Siv"), world.patient("Tom", contact=None)
    theirs = world.patient("Gun", contact="Linnéa Åström")

    def found(patient: Patient) -> bool:
        return queries.patient_with(maria.viewer, patient.person.number, today=today()) == patient.person.id

    assert (found(own), found(alone), found(theirs)) == (True, True, False)
    assert queries.patient_with(maria.viewer, number_for(date(1990, 1, 1)), today=today()) is None


def test_days_that_follow_on_each_other_are_one_line(maria: Staff, world: World, noon: time_machine.Traveller) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    began = today()
    give(siv, world.staff("Erik Lund"))
    noon.shift(timedelta(days=3))
    with db.transaction():
        contacts.coordinate(contact_of(siv, world.staff("Erik Lund")).id, by=maria.viewer, now=clock.now())
    noon.shift(timedelta(days=3))
    end(siv, world.staff("Erik Lund"), on=today() + DAY)
    now, past = queries.lines_of(maria.viewer, siv.person.id, today=today())
    assert past == []
    assert {(it.name, it.since, it.ends_on, it.coordinating) for it in now} == {
        ("Karin Ek", began, None, False),
        ("Erik Lund", began, today() + DAY, True),
    }
    assert {it.key for it in now} == {contact_of(siv, it).id for it in (karin, world.staff("Erik Lund"))}
    noon.shift(timedelta(days=3))
    now, past = queries.lines_of(maria.viewer, siv.person.id, today=today())
    assert [(it.name, it.coordinating) for it in now] == [("Karin Ek", True)]
    assert [(it.name, it.since) for it in past] == [("Erik Lund", began)]


def test_names_are_found_by_how_their_parts_begin(maria: Staff, world: World) -> None:
    for name in ("Åsa Nyberg", "Siv Åström", "Ann-Sofi Nyström"):
        world.patient(name)
    rows = patients(maria)
    for words, found in (
        ("ny", ["Ann-Sofi Nyström", "Åsa Nyberg"]),
        ("nyb å", ["Åsa Nyberg"]),
        ("ÅS", ["Siv Åström", "Åsa Nyberg"]),
        ("berg", []),
    ):
        assert sorted(row.name for row in queries.named_like(rows, words)) == sorted(found), words


def test_a_list_goes_on_after_somebody_and_begins_anew_after_nobody(maria: Staff, world: World) -> None:
    for number in range(22):
        world.patient(f"Patient {number:02}")
    rows = patients(maria)
    first, more = queries.after(rows, None)
    assert more and len(first) == 20
    rest, more = queries.after(rows, first[-1].key)
    assert not more and [row.name for row in rest] == ["Patient 20", "Patient 21"]
    assert queries.after(rows, db.new_key())[0] == first


def test_the_choices_say_what_stands_in_the_way(maria: Staff, world: World) -> None:
    siv, erik = world.patient("Siv"), world.staff("Erik Lund")
    with db.transaction():
        request_service.block(erik.person.id, by=siv.viewer, now=clock.now())
    choices = {it.name: it for it in queries.choices_for(maria.viewer, siv.person.id, today=today())}
    assert {name: (it.refused, it.is_contact, it.free, it.patients) for name, it in choices.items()} == {
        "Erik Lund": (True, False, False, 0),
        "Karin Ek": (False, True, False, 1),
        "Maria Hedlund": (False, False, True, 0),
    }
