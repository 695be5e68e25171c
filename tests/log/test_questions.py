"""A patient asks about a row; whoever leads the unit answers, never the one whom it is about; the patient reads it."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.queries import initials
from app.care import request_service
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from app.log import head_queries, history_queries, service
from app.log.models import LogQuestion
from app.log.service import Answered
from app.waits import head_queries as heads
from app.waits.models import Wait
from tests.care.around import lead, post, said
from tests.log.reading import items, lines, of, reads
from tests.messages.conftest import Travel
from tests.world import Patient, Someone, Staff, World, form_in, wall

WHY = "Varför läste Karin det här i dag?"
ANSWER = "Karin är din kontakt och svarade på din fråga."


def way_in(siv: Patient, who: Staff) -> str:
    """Where to ask about the latest line of somebody's."""
    line = next(it for it in lines(siv) if it.staff == who.person.id)
    return f"/vem-har-last/fraga?rad={line.key}"


def asks(siv: Patient, who: Staff, text: str = WHY) -> UUID:
    """Ask on the page, as it is shown."""
    phone, page = siv.phone(), way_in(siv, who)
    html = phone.get(page).text
    sent = phone.post(page, data=hidden(html) | {"text": text})
    assert sent.status_code == 303, said(sent)
    return db.session().scalars(select(LogQuestion.id).order_by(LogQuestion.asked_at.desc(), LogQuestion.id)).first()


def hidden(html: str) -> dict[str, str]:
    """What the page's form carries without being seen."""
    return form_in(html.replace('<form class="stack stack--wide"', '<form class="stack stack--wide" data-send'))


def wait_of(question: UUID) -> Wait:
    db.session().expire_all()
    return db.session().scalars(select(Wait).where(Wait.subject_id == question)).one()


def page_of(question: UUID) -> str:
    return f"/vem-har-last/fragor/{db.short(question)}"


def test_the_promise_stands_before_the_field_and_is_kept_as_a_wait(
    siv: Patient, karin: Staff, maja: Staff, thread: UUID
) -> None:
    reads(karin, thread)
    page = siv.phone().get(way_in(siv, karin))
    assert "Maja Lind svarar på din fråga" in said(page)
    assert said(page).index("senast måndag 9 november kl. 9.30") < said(page).index("Vad undrar du?")
    assert "Läste dina meddelanden." in said(page)
    wait = wait_of(asks(siv, karin))
    assert (wait.kind, wait.patient_id, wait.holder_id, wait.step) == ("log_question", siv.person.id, maja.person.id, 6)
    assert maja.rings() == ["log_question"] and karin.rings() == []


def test_the_head_reads_that_row_and_that_day_and_answers_and_the_patient_reads_it(
    siv: Patient, karin: Staff, maja: Staff, thread: UUID, clockwork: Travel
) -> None:
    reads(karin, thread)
    question = asks(siv, karin)
    start = maja.phone().get("/")
    assert "En patient undrar över vem som har läst" in said(start)
    assert "Siv" in said(maja.phone().get("/vem-har-last/fragor"))
    clockwork.shift(timedelta(minutes=5))
    page = maja.phone().get(page_of(question))
    assert WHY in said(page) and "Kan jag ta tabletten" not in page.text
    assert [it.partition("Karin Ek ")[2] for it in items(page.text) if "Karin" in it and "undrar" not in it] == [
        "Läste dina meddelanden. Din fasta vårdkontakt. Sjuksköterska, Mottagning Björken"
    ]
    assert maja.rings() == []
    sent = post(maja.phone(), page_of(question), text=ANSWER)
    assert sent.status_code == 303
    wait = wait_of(question)
    assert (wait.ended_how, wait.ended_by) == ("reply", maja.person.id)
    assert siv.rings() == ["log_answer"]
    mine = siv.phone().get("/vem-har-last")
    assert WHY in said(mine) and f"Maja Lind svarade i dag kl. 10.35: {ANSWER}" in said(mine)
    assert siv.rings() == []
    assert of(siv, "Maja Lind") == ["Svarade på din fråga om vem som har läst. Leder mottagningen."]


def test_the_patient_sees_who_has_the_question_and_by_when(
    siv: Patient, karin: Staff, maja: Staff, thread: UUID
) -> None:
    reads(karin, thread)
    asks(siv, karin)
    mine = said(siv.phone().get("/vem-har-last"))
    assert "Du frågade om den här raden i dag kl. 10.30." in mine
    assert "Maja Lind har din fråga. Du får svar senast måndag 9 november kl. 9.30" in mine


def test_a_question_about_the_head_goes_to_another_and_the_head_never_learns_of_it(
    siv: Patient, karin: Staff, erik: Staff, thread: UUID, world: World, clockwork: Travel
) -> None:
    lead(world, karin, erik)
    reads(karin, thread)
    page = said(siv.phone().get(way_in(siv, karin)))
    assert "Erik Lund svarar på din fråga" in page and "Raden gäller den som leder mottagningen" in page
    question = asks(siv, karin)
    for hours in (0, 8, 24, 30, 96, 104):
        clockwork.move_to(wall("2026-11-05 10:31") + timedelta(hours=hours))
        world.works_on()
        assert wait_of(question).holder_id != karin.person.id
        assert not set(karin.rings()) & {"log_question"}
    assert wait_of(question).broken
    assert question not in {it.subject for it in heads.questions_for(karin.viewer, now=clock.now())[0]}
    assert "undrar" not in said(karin.phone().get("/"))
    assert said(karin.phone().get("/vem-har-last/fragor")).startswith("Väntar Ingen undrar")
    for answer in (karin.phone().get(page_of(question)), post(karin.phone(), page_of(question), text="Det var jag.")):
        assert answer.status_code == 404
    assert siv.rings().count("log_late") >= 1
    assert "Vi höll inte tiden." in said(siv.phone().get(f"/vem-har-last?fore={later()}"))


def later() -> str:
    from app.log.queries import cursor

    return cursor((wall("2026-11-06 00:00"), 0))


def test_nobody_else_reaches_it(siv: Patient, karin: Staff, maja: Staff, thread: UUID, world: World) -> None:
    reads(karin, thread)
    question = asks(siv, karin)
    for who in (karin, world.staff("Anna Berg")):
        with pytest.raises(NotFound):
            head_queries.question_for(who.viewer, question)
        assert who.phone().get(page_of(question)).status_code == 404
        assert post(who.phone(), page_of(question), text="Nej.").status_code == 404
    assert siv.phone().get(page_of(question)).status_code == 404
    other = world.patient("Leif")
    assert other.phone().get(way_in(siv, karin)).status_code == 404
    assert world.staff("Anna Berg").phone().get("/vem-har-last/fragor").status_code == 404


def test_whom_the_patient_will_not_have_asked_is_passed_over_and_reads_nothing(
    siv: Patient, karin: Staff, maja: Staff, erik: Staff, thread: UUID
) -> None:
    with db.transaction():
        request_service.block(maja.person.id, by=siv.viewer, now=clock.now())
    reads(karin, thread)
    assert "Erik Lund svarar på din fråga" in said(siv.phone().get(way_in(siv, karin)))
    question = asks(siv, karin)
    assert wait_of(question).holder_id == erik.person.id
    page = maja.phone().get(page_of(question))
    assert WHY not in page.text and "vill inte att du läser" in said(page) and not items(page.text)
    assert post(maja.phone(), page_of(question), text="Jo.").status_code == 404


def test_one_question_for_each_line(siv: Patient, karin: Staff, maja: Staff, thread: UUID, clockwork: Travel) -> None:
    reads(karin, thread)
    page, phone = way_in(siv, karin), siv.phone()
    form = hidden(phone.get(page).text) | {"text": WHY}
    first, second = phone.post(page, data=form), phone.post(page, data=form)
    assert first.location == second.location and "#q" in first.location
    assert phone.get(page).location == first.location
    clockwork.shift(timedelta(minutes=9))
    reads(karin, thread)
    assert phone.get(way_in(siv, karin)).location == first.location
    assert len(db.session().scalars(select(LogQuestion)).all()) == 1
    assert siv.phone().get("/vem-har-last?fraga=1").text.count("/vem-har-last/fraga?rad=") == 0


def test_nothing_is_sent_when_another_answers_than_was_shown(
    siv: Patient, karin: Staff, maja: Staff, erik: Staff, thread: UUID
) -> None:
    reads(karin, thread)
    phone, page = siv.phone(), way_in(siv, karin)
    form = hidden(phone.get(page).text) | {"text": WHY}
    maja.is_away("2026-11-05 08:00", "2026-11-20 16:00")
    stopped = phone.post(page, data=form)
    assert stopped.status_code == 409 and "Inte skickat än: Erik Lund svarar nu" in said(stopped)
    assert WHY in stopped.text and not db.session().scalars(select(LogQuestion)).all()
    assert phone.post(page, data=hidden(stopped.text) | {"text": WHY}).status_code == 303


@pytest.mark.parametrize("text", ["", "   ", "å" * 2_001])
def test_what_cannot_be_sent_stands_with_its_fault(
    siv: Patient, karin: Staff, maja: Staff, thread: UUID, text: str
) -> None:
    reads(karin, thread)
    phone, page = siv.phone(), way_in(siv, karin)
    answer = phone.post(page, data=hidden(phone.get(page).text) | {"text": text})
    assert answer.status_code == 422 and text.strip() in answer.text
    question = asks(siv, karin)
    answer = post(maja.phone(), page_of(question), text=text)
    assert answer.status_code == 422 and wait_of(question).ended_at is None


@pytest.mark.parametrize("where", ["", "x", "1.2", "-f.3", "ffffffffffffffffffff.1", "64f.-1"])
def test_a_place_that_is_no_row_is_not_found(siv: Patient, karin: Staff, where: str) -> None:
    assert siv.phone().get(f"/vem-har-last/fraga?rad={where}").status_code == 404
    assert siv.phone().get(f"/vem-har-last?fore={where}").status_code == 200


def test_one_cannot_ask_about_oneself_or_the_system(siv: Patient, karin: Staff, thread: UUID) -> None:
    for line in lines(siv):
        assert (siv.phone().get(f"/vem-har-last/fraga?rad={line.key}").status_code == 404) == (line.staff is None)


def test_two_who_answer_at_once(siv: Patient, karin: Staff, maja: Staff, erik: Staff, thread: UUID) -> None:
    reads(karin, thread)
    question = asks(siv, karin)
    with db.transaction():
        service.answer(question, ANSWER, by=maja.viewer, now=clock.now())
    with pytest.raises(Answered) as error:
        service.answer(question, "Också jag.", by=erik.viewer, now=clock.now())
    db.session().rollback()
    assert error.value.name == "Maja Lind"
    late = post(erik.phone(), page_of(question), text="Också jag.")
    assert late.status_code == 409 and "Maja Lind svarade" in said(late)


def test_when_care_ends_the_question_waits_no_longer_and_says_so(
    siv: Patient, karin: Staff, maja: Staff, thread: UUID
) -> None:
    from app.waits import subject_service

    reads(karin, thread)
    question = asks(siv, karin)
    with db.transaction():
        subject_service.end_care(siv.person.id, by=maja.viewer, now=clock.now())
    assert "så frågan väntar inte längre" in said(siv.phone().get("/vem-har-last"))
    assert "Vården är avslutad" in said(maja.phone().get(page_of(question)))
    assert post(maja.phone(), page_of(question), text="Svar").status_code == 409


def test_a_question_about_a_row_of_no_unit_goes_where_its_person_works(siv: Patient, maja: Staff, world: World) -> None:
    anna = world.staff("Anna Berg", unit="Mottagning Alen")
    with db.transaction():
        request_service.note_search(siv.person.id, by=anna.viewer, now=clock.now())
    found = history_queries.line_for(siv.viewer, place_of(siv, anna))
    assert found.unit == anna.unit.id
    assert of(siv, "Anna Berg") == ["Sökte efter dig med ditt personnummer."]


def place_of(siv: Patient, who: Someone) -> tuple[object, int]:
    line = next(it for it in lines(siv) if it.staff == who.person.id)
    return line.at, line.id


def test_a_protected_identity_is_whole_to_whoever_has_the_question_alone(
    siv: Patient, karin: Staff, erik: Staff, maja: Staff, thread: UUID
) -> None:
    reads(karin, thread)
    question = asks(siv, karin)
    with db.transaction():
        accounts.protect(siv.person.id, True, by=SYSTEM, now=clock.now())
    name = siv.person.name
    assert head_queries.question_for(maja.viewer, question).patient_name == name
    seen = head_queries.question_for(erik.viewer, question).patient_name
    assert seen != name and seen == initials(name)
