"""The care has ended, or the patient has died: nothing waits, nothing is sent, and a mistake can be mended."""

from collections.abc import Iterator
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from app.accounts.models import Person
from app.care import queries as care
from app.care.gap_queries import patients_at
from app.care.models import ContactRequest
from app.core import clock, db
from app.messages import service as messages
from app.notices.models import Notice
from app.waits.models import Wait
from tests.care.around import asks_for_contact, contact_of, give, held, lead, logged, post, said
from tests.waits.test_subjects import waits, worker_looks
from tests.waits.test_waits import holder, told, wait_of
from tests.world import Patient, Staff, World, fresh_key, today, wall, who_answers

Travel = time_machine.Traveller


@pytest.fixture
def clockwork() -> Iterator[Travel]:
    """Wednesday 4 November 2026, 15.00."""
    with time_machine.travel(wall("2026-11-04 15:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def siv(clockwork: Travel, world: World) -> Patient:
    return world.patient("Siv Nyberg")


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def maria(karin: Staff, world: World) -> Staff:
    return lead(world, world.staff("Maria Hedlund", title="enhetschef"))


@pytest.fixture
def elsewhere(siv: Patient, world: World) -> Staff:
    """Siv has a contact at another unit too."""
    lena = world.staff("Lena Falk", unit="Mottagning Granen")
    give(siv, lena)
    return lena


def asks_at(siv: Patient, staff: Staff, text: str = "Hej.") -> UUID:
    """A question to one of several contacts."""
    card = next(it for it in care.contacts_of(siv.viewer, today=today()) if it.person_id == staff.person.id)
    with db.transaction():
        values = {"by": siv.viewer, "text": text, "key": fresh_key(), "now": clock.now()}
        return messages.open_thread(card, who_answers(siv.viewer, card), **values).thread_id  # type: ignore[arg-type]


def ended(thread: UUID) -> tuple[str | None, bool]:
    wait = wait_of(thread)
    return wait.ended_how, wait.ended_by is not None


def unseen(person: Patient) -> int:
    db.session().expire_all()
    mine = select(Notice).where(Notice.person_id == person.person.id, Notice.withdrawn_at.is_(None))
    return len(db.session().scalars(mine.where(Notice.seen_at.is_(None))).all())


def death(siv: Patient) -> str:
    return f"/fragor/avliden/{db.short(siv.person.id)}"


def end(siv: Patient, staff: Staff) -> str:
    return f"/fragor/avslut/{db.short(siv.person.id)}/{db.short(staff.unit.id)}"


def test_care_that_has_ended_ends_what_waits_there_and_only_there(
    siv: Patient, maria: Staff, karin: Staff, elsewhere: Staff, world: World
) -> None:
    here, there = asks_at(siv, karin), asks_at(siv, elsewhere)
    page = maria.phone().get(end(siv, karin))
    assert "Är vården avslutad för Siv Nyberg?" in said(page)
    assert "En fråga som väntar på svar avslutas." in said(page)
    assert post(maria.phone(), end(siv, karin), sure="y").status_code == 303
    assert (ended(here), ended(there)) == (("care_ended", True), (None, False))
    assert {who for who, _, _, last in held(siv) if last is None} == {"Lena Falk"}
    worker_looks(world)
    assert waits(world) == [], "Nobody lacks a contact where the care has ended."


def test_the_gap_report_counts_nobody_whose_care_there_has_ended(
    siv: Patient, maria: Staff, karin: Staff, clockwork: Travel
) -> None:
    def counted() -> list[object]:
        return [it.key for it in patients_at(maria.viewer, [karin.unit.id], today=today())[karin.unit.id]]

    post(maria.phone(), end(siv, karin), sure="y")
    assert counted() == [siv.person.id], "their contact is there to the end of the day"
    clockwork.move_to(wall("2026-11-05 08:00"))
    assert counted() == []
    give(siv, karin)
    assert counted() == [siv.person.id]


def test_it_needs_a_tick_that_names_the_patient(siv: Patient, maria: Staff, karin: Staff) -> None:
    thread = siv.asks("Hej.")
    for way in (end(siv, karin), death(siv)):
        assert "Ja, det gäller Siv Nyberg" in said(maria.phone().get(way))
        answer = post(maria.phone(), way)
        assert answer.status_code == 422 and "Kryssa i att det gäller rätt person." in said(answer)
    assert ended(thread) == (None, False)


def test_a_wish_for_a_contact_is_answered_by_it(siv: Patient, maria: Staff, karin: Staff, world: World) -> None:
    asks_for_contact(siv, karin.unit.id, about=karin.person.id)
    worker_looks(world)
    post(maria.phone(), end(siv, karin), sure="y")
    wish = db.session().scalars(select(ContactRequest)).one()
    assert (wish.answered_by, wish.answer) == (maria.person.id, "Vården på Mottagning Björken är avslutad.")
    assert [row[4] for row in waits(world)] == ["care_ended"]
    worker_looks(world)
    assert len(waits(world)) == 1


def test_death_ends_all_everywhere_closes_the_account_and_nothing_more_is_told(
    siv: Patient, maria: Staff, karin: Staff, elsewhere: Staff, world: World, clockwork: Travel
) -> None:
    here, there = asks_at(siv, karin), asks_at(siv, elsewhere)
    clockwork.move_to(wall("2026-11-06 14:00"))
    world.works_on()
    assert unseen(siv) > 0
    told_before = told("promise_broken", world)
    phone = siv.phone()
    answer = post(maria.phone(), death(siv), sure="y")
    assert (answer.status_code, answer.location) == (303, death(siv))
    assert (ended(here), ended(there)) == (("care_ended", True), ("care_ended", True))
    assert unseen(siv) == 0
    assert all(last is not None for *_, last in held(siv))
    assert phone.get("/").status_code in (200, 302) and "Siv Nyberg" not in phone.get("/", follow_redirects=True).text
    clockwork.move_to(wall("2026-11-12 16:00"))
    world.works_on()
    assert told("promise_broken", world) == told_before
    assert (len(logged("patient.died")), len(logged("account.closed"))) == (1, 1)


def test_a_mistake_is_taken_back_the_same_day_and_the_questions_wait_again(
    siv: Patient, maria: Staff, karin: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks("Hej.")
    promised = wait_of(thread).promised_at
    contact = contact_of(siv, karin)
    post(maria.phone(), death(siv), sure="y")
    clockwork.move_to(wall("2026-11-04 23:00"))
    assert "Siv Nyberg har avlidit" in said(maria.phone().get("/fragor"))
    assert "Siv Nyberg har avlidit" in said(maria.phone().get(death(siv)))
    assert post(maria.phone(), f"{death(siv)}/ta-tillbaka").status_code == 303
    db.session().expire_all()
    assert db.session().get_one(Person, siv.person.id).closed_at is None
    assert (holder(thread, world), wait_of(thread).promised_at, ended(thread)) == ("Karin Ek", promised, (None, False))
    assert (contact.ends_on, contact.care_ended_at) == (None, None)
    clockwork.move_to(wall("2026-11-06 14:00"))
    world.works_on()
    assert [who for who, _at in told("promise_broken", world)] == ["Siv Nyberg"], "The ladder goes on."
    assert "Hej." in siv.phone().get(f"/meddelanden/{db.short(thread)}").text


def test_the_day_after_it_stands(siv: Patient, maria: Staff, karin: Staff, clockwork: Travel) -> None:
    siv.asks("Hej.")
    post(maria.phone(), death(siv), sure="y")
    clockwork.move_to(wall("2026-11-05 00:01"))
    assert post(maria.phone(), f"{death(siv)}/ta-tillbaka").status_code == 404
    assert "har avlidit" not in said(maria.phone().get("/fragor"))


def test_the_administrator_can_take_it_back_and_others_can_do_none_of_it(
    siv: Patient, maria: Staff, karin: Staff, elsewhere: Staff, world: World
) -> None:
    asks_at(siv, karin)
    for other in (karin, elsewhere, siv):
        assert other.phone().get(death(siv)).status_code == 404
        assert other.phone().get(end(siv, karin)).status_code == 404
        assert post(other.phone(), death(siv), sure="y").status_code == 404
    post(maria.phone(), death(siv), sure="y")
    assert elsewhere.phone().get(death(siv)).status_code == 404
    assert post(world.admin().phone(), f"{death(siv)}/ta-tillbaka").status_code == 303
    db.session().expire_all()
    assert db.session().get_one(Person, siv.person.id).closed_at is None


def test_to_say_it_twice_is_to_say_it_once(siv: Patient, maria: Staff, karin: Staff) -> None:
    siv.asks("Hej.")
    post(maria.phone(), death(siv), sure="y")
    assert post(maria.phone(), death(siv), sure="y").status_code == 303
    assert len(logged("patient.died")) == 1


def test_the_dead_are_not_in_the_heads_list(siv: Patient, maria: Staff, karin: Staff) -> None:
    assert "Siv Nyberg" in said(maria.phone().get("/patienter"))
    post(maria.phone(), death(siv), sure="y")
    assert "Siv Nyberg" not in said(maria.phone().get("/patienter"))


def test_after_care_has_ended_one_can_appoint_again(siv: Patient, maria: Staff, karin: Staff, world: World) -> None:
    post(maria.phone(), end(siv, karin), sure="y")
    give(siv, world.staff("Erik Lund"))
    assert {who for who, _, _, last in held(siv) if last is None} == {"Erik Lund"}
    assert siv.asks("Hej igen.")
    assert db.session().scalars(select(Wait).where(Wait.ended_at.is_(None))).one().patient_id == siv.person.id
