"""Who finds the pages of a question, what they cost and log; and how a thread is closed and opened."""

from uuid import UUID

from sqlalchemy import select

from app.accounts import service as accounts
from app.core import audit, clock, db
from app.core.audit import SYSTEM
from app.messages.models import Thread
from tests.client import LintedClient, statements
from tests.messages.questions import (
    VERBS,
    does,
    fields,
    follow,
    kept,
    path,
    presses,
    wait_of,
    words,
)
from tests.world import Patient, Staff, World, token_in

# Who may.


def test_nobody_else_finds_the_pages_of_a_question(siv: Patient, erik: Staff, thread: UUID, world: World) -> None:
    stranger = world.staff("Jonas Ström", unit="Mottagning Granen")
    for someone in (erik, stranger, siv, world.patient("Tom")):
        phone = someone.phone()
        token = token_in(phone.get("/logga-ut").text)
        for verb in (*VERBS, "ta", "avsluta", "oppna"):
            if verb in VERBS:
                assert phone.get(path(thread, verb)).status_code == 404
            answer = phone.post(path(thread, verb), data={"csrf_token": token, "text": "Mina ord."})
            assert answer.status_code == 404 and kept(answer) == "Mina ord."
    assert wait_of(thread).turn == 1 and wait_of(thread).ended_at is None


def test_a_closed_account_does_nothing_and_gets_its_text_back(karin: Staff, thread: UUID) -> None:
    phone = karin.phone()
    typed = fields(phone.get(path(thread, "inget-svar"))) | {"text": "Mina ord."}
    with db.transaction():
        accounts.close_account(karin.person.id, by=SYSTEM, now=clock.now())
    answer = phone.post(path(thread, "inget-svar"), data=typed)
    assert answer.status_code == 401 and kept(answer) == "Mina ord." and wait_of(thread).ended_at is None


def test_without_a_question_the_pages_say_so(karin: Staff, erik: Staff, thread: UUID) -> None:
    karin.writes("Ja.", thread=thread)
    for verb in VERBS:
        page = karin.phone().get(path(thread, verb))
        assert page.status_code == 200 and "Du svarade i dag kl. 10.30." in words(page)
    assert presses(karin, thread, "ta").status_code == 409
    assert "I stället för ett svar" not in words(karin.phone().get(path(thread)))


def test_every_page_asks_few_statements(karin: Staff, thread: UUID, world: World) -> None:
    def counted(phone: LintedClient) -> list[int]:
        counts = []
        for verb in VERBS:
            with statements(world.app) as heard:
                assert phone.get(path(thread, verb)).status_code == 200
            counts.append(len(heard))
        return counts

    phone = karin.phone()
    before = counted(phone)
    for number in range(30):
        world.staff(f"Kollega {number}")
    assert max(before) <= 6 and counted(phone) == before
    page = phone.get(path(thread, "lamna-over"))
    assert page.text.count('name="person"') == 31 and "Fler kollegor" in words(page)


def test_what_was_read_and_done_is_in_the_log(karin: Staff, siv: Patient, thread: UUID) -> None:
    assert does(karin, thread, "pratats-vid").status_code == 303
    rows = select(audit.log.c.action).where(audit.log.c.patient_id == siv.person.id, audit.log.c.actor_id.is_not(None))
    done = list(db.session().scalars(rows.order_by(audit.log.c.id)))
    assert done[-2:] == ["thread.glimpsed", "wait.ended"]


# Close and reopen.


def test_a_thread_is_closed_when_nobody_waits_and_opened_by_the_next_letter(
    siv: Patient, karin: Staff, thread: UUID
) -> None:
    phone = karin.phone()
    answer = presses(karin, thread, "avsluta")
    assert answer.status_code == 409 and "Siv väntar på svar här" in words(answer)
    karin.writes("Ja.", thread=thread)
    assert "Avslutad i dag kl. 10.30." in follow(karin, presses(karin, thread, "avsluta"))
    assert presses(karin, thread, "avsluta").status_code == 303
    for someone in (siv, karin):
        assert "Avslutad i dag kl. 10.30." in words(someone.phone().get(path(thread)))
        assert path(thread) not in someone.phone().get("/meddelanden").text
        assert path(thread) in someone.phone().get("/meddelanden?avslutade=1").text
    siv.writes("En sak till.", thread=thread)
    assert path(thread) in phone.get("/meddelanden").text and "Siv" in phone.get("/").text
    assert path(thread) not in phone.get("/meddelanden?avslutade=1").text
    assert "Avslutad" not in words(phone.get(path(thread)))


def test_what_is_closed_can_be_opened_again(siv: Patient, karin: Staff, thread: UUID) -> None:
    karin.writes("Ja.", thread=thread)
    assert presses(karin, thread, "avsluta").status_code == 303
    assert "Öppen igen." in follow(karin, presses(karin, thread, "oppna"))
    assert db.session().get_one(Thread, thread).closed_at is None
    assert path(thread) in siv.phone().get("/meddelanden").text
