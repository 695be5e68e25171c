"""Somebody was faster, or the patient wrote more: a page says so, no text is lost, and the thread is still found."""

from uuid import UUID

import pytest

from app.care.models import Block
from app.core import clock, db
from app.messages import waiting_queries
from app.messages.models import Thread
from tests.messages.questions import (
    Travel,
    choose,
    does,
    fields,
    follow,
    kept,
    path,
    told,
    unanswered,
    wait_of,
    words,
)
from tests.world import Patient, Staff, World, form_in, today, wall

# Somebody was faster, and what was written meanwhile.


@pytest.mark.parametrize("verb", ["pratats-vid", "inget-svar", "ringde", "fraga-kollega"])
def test_when_somebody_was_faster_a_page_says_who_and_the_text_is_kept(
    karin: Staff, erik: Staff, thread: UUID, verb: str, clockwork: Travel
) -> None:
    assert does(karin, thread, "fraga-kollega", person=choose(erik), text="Hjälp mig.").status_code == 303
    phone = erik.phone()
    typed = fields(phone.get(path(thread, verb))) | {"person": choose(karin), "text": "Mina ord."}
    clockwork.move_to(wall("2026-11-05 10:42"))
    karin.writes("Ja, det går bra.", thread=thread)
    answer = phone.post(path(thread, verb), data=typed)
    assert answer.status_code == 409 and "Karin Ek svarade i dag kl. 10.42." in words(answer)
    if verb not in ("pratats-vid", "ringde"):
        assert kept(answer) == "Mina ord."
    assert wait_of(thread).ended_how == "reply"


def test_what_another_tab_has_answered_is_not_handed_over(karin: Staff, erik: Staff, thread: UUID) -> None:
    phone = karin.phone()
    typed = fields(phone.get(path(thread, "lamna-over"))) | {"person": choose(erik), "text": "Mina ord."}
    karin.writes("Ja, det går bra.", thread=thread)
    answer = phone.post(path(thread, "lamna-over"), data=typed)
    assert answer.status_code == 409 and "Du svarade i dag kl. 10.30." in words(answer)
    assert kept(answer) == "Mina ord."


@pytest.mark.parametrize("verb", ["pratats-vid", "inget-svar"])
def test_the_same_end_twice_is_one(siv: Patient, karin: Staff, thread: UUID, verb: str) -> None:
    phone = karin.phone()
    page = phone.get(path(thread, verb))
    first, again = (phone.post(path(thread, verb), data=fields(page)) for _ in range(2))
    assert (first.status_code, first.location) == (again.status_code, again.location)
    assert told(siv) == ["ended"]


@pytest.mark.parametrize("verb", ["pratats-vid", "inget-svar"])
def test_what_the_patient_wrote_meanwhile_is_read_before_the_question_ends(
    siv: Patient, karin: Staff, thread: UUID, verb: str
) -> None:
    phone = karin.phone()
    page = phone.get(path(thread, verb))
    siv.writes("Jag mår mycket sämre nu.", thread=thread)
    answer = phone.post(path(thread, verb), data=fields(page))
    assert answer.status_code == 409 and "Jag mår mycket sämre nu." in words(answer)
    assert "Inget är sparat än" in words(answer) and wait_of(thread).ended_at is None and unanswered(thread) == 1
    assert phone.post(path(thread, verb), data=fields(answer)).status_code == 303
    assert wait_of(thread).ended_at is not None


def test_15_two_who_reply_at_once(siv: Patient, karin: Staff, erik: Staff, thread: UUID, clockwork: Travel) -> None:
    assert does(karin, thread, "fraga-kollega", person=choose(erik), text="Vad tror du?").status_code == 303
    desk = erik.phone()
    page = desk.get(path(thread)).text
    clockwork.move_to(wall("2026-11-05 10:42"))
    karin.writes("Ja, på morgonen.", thread=thread)
    typed = form_in(page) | {"text": "Nej, på kvällen."}
    answer = desk.post(path(thread), data=typed)
    said = words(answer)
    assert answer.status_code == 409 and "Karin Ek svarade i dag kl. 10.42. Skicka ändå?" in said
    assert "Ja, på morgonen." in said and kept(answer) == "Nej, på kvällen." and "Till tråden" in said
    assert db.session().get_one(Thread, thread).last_n == 2
    sent = desk.post(path(thread), data=form_in(answer.text) | {"text": kept(answer)})
    assert sent.status_code == 303 and sent.location.endswith("#m3")
    assert "Nej, på kvällen." in siv.phone().get(path(thread)).text
    # Sent once more, from the first page too, it is the same letter.
    assert desk.post(path(thread), data=typed).location.endswith("#m3")
    assert db.session().get_one(Thread, thread).last_n == 3


def test_two_promises_at_once(karin: Staff, erik: Staff, thread: UUID, clockwork: Travel) -> None:
    assert does(karin, thread, "fraga-kollega", person=choose(erik), text="Vad tror du?").status_code == 303
    desk = erik.phone()
    page = desk.get(path(thread, "aterkommer"))
    answer = does(karin, thread, "aterkommer", text="Jag ringer läkaren.")
    assert answer.status_code == 303
    answer = desk.post(path(thread, "aterkommer"), data=fields(page) | {"text": "Jag ringer också."})
    assert answer.status_code == 409 and "Jag ringer läkaren." in words(answer)
    assert kept(answer) == "Jag ringer också." and wait_of(thread).holder_id == karin.person.id
    assert desk.post(path(thread, "aterkommer"), data=fields(answer)).status_code == 303
    assert wait_of(thread).holder_id == erik.person.id


def test_a_letter_of_the_patients_own_stops_no_reply_but_still_waits(
    siv: Patient, karin: Staff, thread: UUID, clockwork: Travel
) -> None:
    phone = karin.phone()
    page = phone.get(path(thread)).text
    clockwork.move_to(wall("2026-11-05 10:40"))
    siv.writes("Och får jag köra bil?", thread=thread)
    answer = phone.post(path(thread), data=form_in(page) | {"text": "Ja, på morgonen."})
    assert "Svaret är skickat. Siv skrev mer medan du skrev." in follow(karin, answer)
    assert wait_of(thread).ended_at is None and unanswered(thread) == 2
    rows, _more = waiting_queries.waiting_for(karin.viewer, today=today())
    assert [row.said for row in rows] == ["Och får jag köra bil?"]
    # Shown now, it is answered by the next one.
    answer = phone.post(path(thread), data=form_in(phone.get(path(thread)).text) | {"text": "Nej, vänta en dag."})
    assert answer.status_code == 303 and wait_of(thread).ended_how == "reply" and unanswered(thread) is None


def test_what_the_open_page_has_shown_since_is_answered_too(siv: Patient, karin: Staff, thread: UUID) -> None:
    phone = karin.phone()
    page = phone.get(path(thread)).text
    siv.writes("Och får jag köra bil?", thread=thread)
    phone.get(path(thread))  # as the script does when it is told of something new
    answer = phone.post(path(thread), data=form_in(page) | {"text": "Ja, och ja."})
    assert answer.status_code == 303 and wait_of(thread).ended_how == "reply"


# Readable after.


@pytest.mark.parametrize("verb", ["pratats-vid", "inget-svar", "svar"])
def test_whoever_ended_it_reads_and_writes_on_for_five_office_days(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel, verb: str
) -> None:
    karin.is_away("2026-11-05 00:00", "2026-11-20 00:00", erik)
    thread = siv.asks("Hej.")
    if verb == "svar":
        erik.writes("Hej Siv.", thread=thread)
    else:
        assert does(erik, thread, verb).status_code == 303
    clockwork.move_to(wall("2026-11-12 16:00"))
    phone = erik.phone()
    page = phone.get(path(thread)).text
    sent = phone.post(path(thread), data=form_in(page) | {"text": "Sent, men ändå."})
    assert sent.status_code == 303
    clockwork.move_to(wall("2026-11-13 08:00"))
    assert erik.phone().get(path(thread)).status_code == 404


def test_whoever_had_it_until_just_now_finds_the_thread(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    karin.is_away("2026-11-05 00:00", "2026-11-20 00:00", erik)
    fatima = world.staff("Fatima Aydin")
    thread = siv.asks("Hej.")
    desk = erik.phone()
    page = desk.get(path(thread)).text
    erik.is_away("2026-11-05 10:00", None, fatima)
    world.works_on()
    assert wait_of(thread).holder_id != erik.person.id
    assert desk.post(path(thread), data=form_in(page) | {"text": "Sista ordet."}).status_code == 303
    other = siv.asks("En annan fråga.")
    assert erik.phone().get(path(other)).status_code == 404


def test_whom_the_patient_does_not_want_reads_no_more(
    siv: Patient, karin: Staff, erik: Staff, thread: UUID, world: World
) -> None:
    assert does(karin, thread, "lamna-over", person=choose(erik), text="Ta den.").status_code == 303
    with db.transaction() as session:
        key = db.new_key()
        session.add(Block(id=key, patient_id=siv.person.id, person_id=erik.person.id, since=clock.now()))
    karin.writes("Jag tar det ändå.", thread=thread)
    assert erik.phone().get(path(thread)).status_code == 404
