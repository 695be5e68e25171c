"""What a patient asks of the head reaches the head and never the contact, is answered once, and can be taken back."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import text

from app.care import contact_queries, patient_queries, request_queries, request_service
from app.care import contact_service as contacts
from app.care.contact_service import AlreadyContact, NotAdult, Over, Wanted
from app.care.request_queries import Request
from app.care.request_service import Answered, StillOpen
from app.core import clock, db
from app.core.errors import NotFound
from tests.care.around import DAY, contact_of, held, lead, patient_born
from tests.world import Patient, Staff, World, today

NOON = datetime(2026, 11, 25, 11, tzinfo=UTC)


@pytest.fixture
def siv(world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def maria(karin: Staff, world: World) -> Staff:
    """She leads Björken; Erik answers for her."""
    return lead(world, world.staff("Maria Hedlund", title="enhetschef"), world.staff("Erik Lund"))


def ask(patient: Patient, about: Staff | None = None, words: str = "", unit: Staff | None = None) -> None:
    place = (about or unit or patient.world.staff("Karin Ek")).unit.id
    with db.transaction():
        about_id = about and about.person.id
        request_service.request_contact(place, words, about=about_id, by=patient.viewer, now=clock.now())


def waiting(staff: Staff) -> list[Request]:
    return request_queries.waiting_for(staff.viewer)[0]


def answer(staff: Staff, request: Request, text: str = "Ja.", wanted: Wanted | None = None) -> None:
    with db.transaction():
        request_service.answer(request.key, text, wanted, by=staff.viewer, now=clock.now())


def refuse(patient: Patient, *staff: Staff) -> None:
    for one in staff:
        with db.transaction():
            request_service.block(one.person.id, by=patient.viewer, now=clock.now())


def reader(patient: Patient, about: Staff | None = None) -> tuple[str, bool]:
    place = contact_queries.place_for(patient.viewer, patient.world.staff("Karin Ek").unit.id)
    found = place.reader(about and about.person.id)
    return found.name, found.refused


def test_a_wish_for_another_contact_reaches_the_head_and_never_the_contact(
    siv: Patient, karin: Staff, maria: Staff, world: World
) -> None:
    ask(siv, karin, "Någon annan, tack.")
    for who in (maria, world.staff("Erik Lund")):
        (asked,) = waiting(who)
        assert (asked.patient_name, asked.about_name, asked.words) == ("Siv", "Karin Ek", "Någon annan, tack.")
    for who in (karin, world.staff("Anna Berg")):
        with pytest.raises(NotFound):
            waiting(who)
        with pytest.raises(NotFound):
            request_queries.request_for(who.viewer, asked.key)
        assert request_queries.requests_of(who.viewer, siv.person.id) == []


def test_when_the_head_is_the_contact_it_goes_to_whoever_answers_for_the_head(
    siv: Patient, karin: Staff, world: World
) -> None:
    lead(world, karin, world.staff("Erik Lund"))
    assert (reader(siv), reader(siv, karin)) == (("Karin Ek", False), ("Erik Lund", False))
    ask(siv, karin)
    (asked,) = waiting(world.staff("Erik Lund"))
    assert waiting(karin) == [] == request_queries.open_requests(karin.viewer)
    assert request_queries.requests_of(karin.viewer, siv.person.id) == []
    with pytest.raises(NotFound):
        request_queries.request_for(karin.viewer, asked.key)
    rows = patient_queries.patients_of(karin.viewer, request_queries.open_requests(karin.viewer), today=today())
    assert [(row.name, row.asks) for row in rows] == [("Siv", False)]


def test_whom_the_patient_will_not_have_asked_sees_that_but_not_what(siv: Patient, maria: Staff, world: World) -> None:
    erik = world.staff("Erik Lund")
    refuse(siv, maria)
    assert reader(siv) == ("Erik Lund", False)
    ask(siv, words="Bara för Erik.")
    assert [it.words for it in waiting(maria)] == [None]
    assert [it.words for it in waiting(erik)] == ["Bara för Erik."]
    refuse(siv, erik)
    assert reader(siv) == ("Maria Hedlund", True)
    assert [it.words for it in waiting(erik)] == [None]


def test_one_wish_for_each_unit_waits_at_a_time(siv: Patient, karin: Staff, maria: Staff, world: World) -> None:
    ask(siv, karin, "Först.")
    with pytest.raises(StillOpen) as there:
        ask(siv, karin, "Sedan.")
    assert there.value.words == "Först."
    ask(siv, unit=world.staff("Tove", unit="Mottagning Granen"))
    assert len([it for it in contact_queries.asked_by(siv.viewer) if it.open]) == 2
    answer(maria, waiting(maria)[0], "Nej, inte än.")
    ask(siv, karin, "Sedan.")
    assert [it.words for it in waiting(maria)] == ["Sedan."]


def test_a_wish_is_taken_back_by_the_one_who_made_it(siv: Patient, karin: Staff, maria: Staff, world: World) -> None:
    ask(siv, karin)
    (asked,) = contact_queries.asked_by(siv.viewer)
    tom = world.patient("Tom")
    with pytest.raises(NotFound):
        contact_queries.asked_for(tom.viewer, asked.key)
    with pytest.raises(Over), db.transaction():
        request_service.withdraw(asked.key, by=tom.viewer, now=clock.now())
    with db.transaction():
        request_service.withdraw(asked.key, by=siv.viewer, now=clock.now())
    assert waiting(maria) == []
    with pytest.raises(Over), db.transaction():
        request_service.withdraw(asked.key, by=siv.viewer, now=clock.now())
    with pytest.raises(Over):
        answer(maria, request_queries.request_for(maria.viewer, asked.key))


def test_an_answer_with_somebody_new_changes_the_contact_in_the_same_breath(
    siv: Patient, karin: Staff, maria: Staff, world: World
) -> None:
    ask(siv, karin, "Gärna Erik.")
    with time_machine.travel(clock.now() + DAY, tick=False):
        erik = world.staff("Erik Lund")
        answer(maria, waiting(maria)[0], "Erik tar över.", Wanted(erik.person.id, today(), "Gärna Erik."))
        assert [row[:2] for row in held(siv) if row[3] is None] == [("Erik Lund", True)]
        assert contact_of(siv, erik).wish == "Gärna Erik."
        (asked,) = contact_queries.asked_by(siv.viewer)
        assert (asked.answerer, asked.answer) == ("Maria Hedlund", "Erik tar över.")


def test_an_answer_whose_choice_does_not_hold_is_no_answer(siv: Patient, karin: Staff, maria: Staff) -> None:
    ask(siv, words="En till?")
    with pytest.raises(AlreadyContact):
        answer(maria, waiting(maria)[0], "Karin.", Wanted(karin.person.id, today()))
    assert len(waiting(maria)) == 1


def test_a_contact_who_has_gone_meanwhile_is_no_hindrance(
    siv: Patient, karin: Staff, maria: Staff, world: World
) -> None:
    ask(siv, karin)
    with time_machine.travel(clock.now() + DAY, tick=False), db.transaction():
        contacts.end_contact(contact_of(siv, karin).id, on=today(), by=maria.viewer, now=clock.now())
    with time_machine.travel(clock.now() + 2 * DAY, tick=False):
        answer(maria, waiting(maria)[0], "Erik.", Wanted(world.staff("Erik Lund").person.id, today()))
        assert [row[0] for row in held(siv) if row[3] is None] == ["Erik Lund"]


def test_the_second_of_two_answers_is_told_of_the_first(siv: Patient, karin: Staff, maria: Staff, world: World) -> None:
    ask(siv, karin)
    (asked,) = waiting(maria)
    answer(maria, asked, "Ja.")
    erik = world.staff("Erik Lund")
    before = held(siv)
    with pytest.raises(Answered) as first:
        answer(erik, asked, "Nej.", Wanted(erik.person.id, today()))
    assert first.value.name == "Maria Hedlund" and held(siv) == before


def test_wishes_wait_oldest_first_a_page_at_a_time(maria: Staff, world: World) -> None:
    with time_machine.travel(NOON, tick=False) as clockwork:
        names = [f"Patient {n:02}" for n in range(23)]
        for name in names:
            clockwork.shift(60)
            ask(world.patient(name, contact=None))
        first, more = request_queries.waiting_for(maria.viewer)
        assert more and [it.patient_name for it in first] == names[:20]
        rest, more = request_queries.waiting_for(maria.viewer, place=(first[-1].made_at, first[-1].key))
        assert not more and [it.patient_name for it in rest] == names[20:]


def test_a_minor_is_shown_to_bris(world: World, karin: Staff) -> None:
    with time_machine.travel(NOON, tick=False):
        with pytest.raises(NotAdult):
            ask(patient_born(world, "Lova", date(2008, 11, 26)))
        ask(patient_born(world, "Okänd", None))


def test_blocking_is_said_once_taken_back_once_and_raises_the_versions(
    siv: Patient, karin: Staff, world: World
) -> None:
    tove = world.staff("Tove", unit="Mottagning Granen")

    def versions() -> tuple[int, ...]:
        rows = db.session().execute(
            text("select care_version from unit where id in (:a, :b) order by id"),
            {"a": karin.unit.id, "b": tove.unit.id},
        )
        return tuple(row.care_version for row in rows)

    def blocked() -> list[bool]:
        people = contact_queries.colleagues_of(siv.viewer, today=today())
        return [bool(it.refused_at) for it in people if it.key == karin.person.id]

    before = versions()
    refuse(siv, karin, karin)
    assert blocked() == [True]
    assert sum(versions()) == sum(before) + 2
    with db.transaction():
        request_service.unblock(karin.person.id, by=siv.viewer, now=clock.now())
        request_service.unblock(karin.person.id, by=siv.viewer, now=clock.now())
    assert blocked() == [False]
    actions = [
        row.action
        for row in db.session().execute(text("select action from access_log where action like 'block%' order by id"))
    ]
    assert actions == ["block.made", "block.ended"]


def test_only_the_staff_around_the_patient_can_be_named(siv: Patient, karin: Staff, world: World) -> None:
    tove = world.staff("Tove", unit="Mottagning Granen")
    assert [it.name for it in contact_queries.colleagues_of(siv.viewer, today=today())] == ["Karin Ek"]
    with pytest.raises(NotFound):
        contact_queries.colleague_for(siv.viewer, tove.person.id, today=today())
    ask(siv, unit=tove)
    assert contact_queries.colleague_for(siv.viewer, tove.person.id, today=today()).unit_name == "Mottagning Granen"
