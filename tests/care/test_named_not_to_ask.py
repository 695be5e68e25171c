"""A patient names staff who must not be asked; the head sees that it is so, and why is kept nowhere."""

import pytest
from sqlalchemy import text

from app.core import db
from tests.care.around import lead, post, said
from tests.world import Patient, Staff, World


@pytest.fixture
def siv(world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def erik(siv: Patient, world: World) -> Staff:
    return world.staff("Erik Lund")


@pytest.fixture
def maria(erik: Staff, world: World) -> Staff:
    return lead(world, world.staff("Maria Hedlund", title="enhetschef"))


def refuses(patient: Patient, staff: Staff) -> None:
    assert post(patient.phone(), f"/kontakt/inte-fraga/{db.short(staff.person.id)}").status_code == 303


def page_of(patient: Patient) -> str:
    return f"/patienter/{db.short(patient.person.id)}"


def test_the_patient_is_asked_for_no_reason_and_there_is_no_room_for_one(siv: Patient, erik: Staff) -> None:
    html = siv.phone().get("/kontakt/inte-fraga").text
    assert "Du behöver inte säga varför." in html
    assert "<textarea" not in html and 'type="text"' not in html
    refuses(siv, erik)
    columns = db.session().scalars(text("select column_name from information_schema.columns where table_name='block'"))
    assert set(columns) == {"id", "patient_id", "person_id", "since", "ended_at"}


def test_the_head_sees_that_it_is_so_and_not_why(siv: Patient, erik: Staff, maria: Staff) -> None:
    assert "Får inte frågor" not in said(maria.phone().get(page_of(siv)))
    refuses(siv, erik)
    seen = said(maria.phone().get(page_of(siv)))
    assert "Får inte frågor från Siv Erik Lund." in seen
    assert "Siv har valt det och behöver inte säga varför." in seen
    assert post(siv.phone(), f"/kontakt/inte-fraga/{db.short(erik.person.id)}/ta-tillbaka").status_code == 303
    assert "Får inte frågor" not in said(maria.phone().get(page_of(siv)))


def test_a_head_who_is_named_does_not_learn_it_from_the_page(siv: Patient, maria: Staff) -> None:
    refuses(siv, maria)
    assert "Får inte frågor" not in said(maria.phone().get(page_of(siv)))


def test_a_head_of_another_unit_sees_nothing_of_it(siv: Patient, erik: Staff, maria: Staff, world: World) -> None:
    refuses(siv, erik)
    other = lead(world, world.staff("Linnéa Åström", unit="Mottagning Granen"))
    assert other.phone().get(page_of(siv)).status_code == 404
