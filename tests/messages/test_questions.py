"""What staff do with a question that waits: each way ends, keeps or moves it, and says so."""

import re
from uuid import UUID

import pytest

from app.care.models import Block
from app.core import clock, db
from app.messages import waiting_queries
from app.messages.models import Thread
from app.waits.models import Asked, Handoff
from tests.messages.questions import (
    Travel,
    choose,
    does,
    fields,
    follow,
    kept,
    path,
    presses,
    told,
    unanswered,
    wait_of,
    words,
)
from tests.world import Patient, Staff, World, form_in, today, token_in, wall

# Each way that it ends.


def test_we_have_talked_ends_it_and_both_see_when(siv: Patient, karin: Staff, thread: UUID) -> None:
    page = karin.phone().get(path(thread, "pratats-vid"))
    assert fields(page)["day"] == "2026-11-05" and fields(page)["clock"] == "10:30"
    said = follow(karin, does(karin, thread, "pratats-vid", clock="10:15"))
    assert "Sparat. Siv ser att ni har pratats vid." in said
    wait = wait_of(thread)
    assert (wait.ended_how, wait.ended_by, wait.talked_at) == ("talked", karin.person.id, wall("2026-11-05 10:15"))
    assert unanswered(thread) is None and told(siv) == ["ended"]
    assert "Ingen väntar på dig just nu" in karin.phone().get("/").text


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"clock": "10:31"}, "Den tiden har inte varit än."),
        ({"day": "2026-11-06"}, "Den tiden har inte varit än."),
        ({"clock": "09:59"}, "Frågan kom i dag kl. 10.00, efter den tiden."),
        ({"day": "2026-11-04"}, "Frågan kom i dag kl. 10.00, efter den tiden."),
        ({"clock": ""}, "Skriv klockslaget så här: 13.30."),
        ({"day": ""}, "Välj dagen då ni pratades vid."),
        ({"clock": "kvart över"}, "Skriv klockslaget så här: 13.30."),
    ],
)
def test_a_talk_lies_between_the_question_and_now(
    karin: Staff, thread: UUID, typed: dict[str, str], fault: str
) -> None:
    answer = does(karin, thread, "pratats-vid", **typed)
    assert answer.status_code == 422 and fault in words(answer) and 'role="alert"' in answer.text
    assert wait_of(thread).ended_at is None


def test_no_answer_is_needed_and_the_patient_reads_why(siv: Patient, karin: Staff, thread: UUID) -> None:
    assert fields(karin.phone().get(path(thread, "inget-svar")))["text"] == "Läst, tack"
    said = follow(karin, does(karin, thread, "inget-svar", text="Läst. Vi tar det på fredag."))
    assert "Sparat. Siv ser det du skrev" in said
    wait = wait_of(thread)
    assert (wait.ended_how, wait.reason) == ("no_need", "Läst. Vi tar det på fredag.")
    assert unanswered(thread) is None and told(siv) == ["ended"]


@pytest.mark.parametrize(("text", "fault"), [(" \n", "Skriv något först"), ("x" * 501, "Texten är 1 tecken för lång")])
def test_a_reason_is_short_but_there(karin: Staff, thread: UUID, text: str, fault: str) -> None:
    answer = does(karin, thread, "inget-svar", text=text)
    assert answer.status_code == 422 and fault in words(answer)
    assert wait_of(thread).ended_at is None


def test_a_reply_ends_it_and_the_patient_is_told(siv: Patient, karin: Staff, thread: UUID) -> None:
    karin.writes("Ja, det går bra.", thread=thread)
    assert wait_of(thread).ended_how == "reply" and unanswered(thread) is None and told(siv) == ["reply"]


# Kept with a new promise.


def test_a_reply_that_promises_more_is_stored_and_the_question_stays(
    siv: Patient, karin: Staff, thread: UUID, world: World, clockwork: Travel
) -> None:
    phone = karin.phone()
    page = phone.get(path(thread))
    began = phone.post(path(thread), data=form_in(page.text) | {"text": "Jag ska fråga läkaren.", "aterkommer": "1"})
    assert began.status_code == 303 and began.location == path(thread, "aterkommer")
    page = phone.get(began.location)
    assert fields(page)["text"] == "Jag ska fråga läkaren." and fields(page)["until"].startswith("2026-11-06T15:30")
    days = re.findall(r'<option[^>]*value="[^"]*">([^<]+)</option>', page.text)
    assert len(days) == 10 and days[0] == "i dag kl. 16.30" and days[-1] == "onsdag 18 november kl. 16.30"
    answer = phone.post(began.location, data=fields(page))
    assert answer.location.endswith("#m2")
    assert "Svaret är skickat. Siv ser att det kommer mer senast i morgon kl. 16.30." in follow(karin, answer)
    wait = wait_of(thread)
    assert (wait.ended_at, wait.holder_id, wait.promised_at) == (None, karin.person.id, wall("2026-11-06 16:30"))
    assert unanswered(thread) == 1 and told(siv) == ["reply"]
    # It is still on the list, under the question that is not answered whole.
    rows, _more = waiting_queries.waiting_for(karin.viewer, today=today())
    assert [(row.key, row.said) for row in rows] == [(thread, "Kan jag ta tabletten på morgonen?")]
    assert phone.post(began.location, data=fields(page)).location == answer.location
    assert db.session().get_one(Thread, thread).last_n == 2 and wait_of(thread).turn == 2
    karin.writes("Läkaren säger ja.", thread=thread)
    assert wait_of(thread).ended_how == "reply" and unanswered(thread) is None


def test_what_is_promised_without_words_or_for_a_day_that_is_none_is_not_stored(karin: Staff, thread: UUID) -> None:
    for typed, fault in (({"text": " "}, "Skriv något först"), ({"until": "2026-11-08T15:30:00+00:00"}, "Välj en")):
        answer = does(karin, thread, "aterkommer", **({"text": "Snart."} | typed))
        assert answer.status_code == 422 and fault in words(answer)
    assert db.session().get_one(Thread, thread).last_n == 1 and wait_of(thread).turn == 1


def test_a_promise_where_nothing_waits_any_longer_keeps_its_text(karin: Staff, thread: UUID) -> None:
    phone = karin.phone()
    page = phone.get(path(thread, "aterkommer"))
    assert does(karin, thread, "pratats-vid").status_code == 303
    answer = phone.post(path(thread, "aterkommer"), data=fields(page) | {"text": "Jag ska fråga läkaren."})
    assert answer.status_code == 409 and kept(answer) == "Jag ska fråga läkaren."
    assert "Frågan väntar inte längre" in words(answer) and "Du skrev i dag kl. 10.30" in words(answer)
    assert db.session().get_one(Thread, thread).last_n == 1


def test_rang_and_nobody_answered_gives_the_time_of_the_next_try(siv: Patient, karin: Staff, thread: UUID) -> None:
    said = follow(karin, does(karin, thread, "ringde", day="2026-11-06", opens="13:00", closes="15:00"))
    assert "Du ringer igen mellan i morgon kl. 13.00 och i morgon kl. 15.00." in said
    wait = wait_of(thread)
    assert (wait.call, wait.counts_from, wait.promised_at) == (True, wall("2026-11-06 13:00"), wall("2026-11-06 15:00"))
    assert wait.ended_at is None and unanswered(thread) == 1 and told(siv) == ["called"]
    # The same page sent once more is the same try.
    again = does(karin, thread, "ringde", day="2026-11-06", opens="13:00", closes="15:00")
    assert again.status_code == 303 and wait_of(thread).turn == 2


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"opens": "15:00", "closes": "13:00"}, "Slutet är före början."),
        ({"day": "2026-11-05", "opens": "09:00", "closes": "10:00"}, "Den tiden har redan varit."),
        ({"day": "2026-11-07"}, "Välj en i listan."),
        ({"day": "måndag"}, "Välj en i listan."),
        ({"opens": ""}, "Skriv klockslaget så här: 13.30."),
    ],
)
def test_the_next_try_lies_ahead_on_an_office_day(
    karin: Staff, thread: UUID, typed: dict[str, str], fault: str
) -> None:
    answer = does(karin, thread, "ringde", **typed)
    assert answer.status_code == 422 and fault in words(answer) and wait_of(thread).turn == 1


# Moved by hand.


def test_it_is_handed_over_and_taken_back(siv: Patient, karin: Staff, erik: Staff, thread: UUID, world: World) -> None:
    phone = karin.phone()
    page = phone.get(path(thread, "lamna-over"))
    assert "Erik Lund I arbete till i dag kl. 16.30." in words(page)
    typed = fields(page) | {"person": choose(erik), "text": "Erik vet mer."}
    answer = phone.post(path(thread, "lamna-over"), data=typed)
    said = follow(karin, answer)
    assert "Erik Lund har frågan nu." in said and "Ta tillbaka" in said
    wait = wait_of(thread)
    assert (wait.holder_id, wait.turn, unanswered(thread)) == (erik.person.id, 2, 1)
    assert db.session().get_one(Handoff, (wait.id, 2)).words == "Erik vet mer."
    assert told(siv) == ["handed_over"] and told(erik) == ["wait"]
    assert follow(karin, phone.post(path(thread, "lamna-over"), data=typed)) == said and wait_of(thread).turn == 2
    assert "Du har frågan nu." in follow(karin, presses(karin, thread, "ta"))
    assert wait_of(thread).holder_id == karin.person.id
    assert presses(karin, thread, "ta").status_code == 303 and wait_of(thread).turn == 3


def test_whoever_handed_over_can_take_it_back_without_being_the_contact(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    fatima = world.staff("Fatima Aydin")
    karin.is_away("2026-11-05 00:00", "2026-11-20 00:00", erik)
    thread = siv.asks("Hej.")
    assert "Fatima Aydin har frågan nu." in follow(
        erik, does(erik, thread, "lamna-over", person=choose(fatima), text="Jag går hem.")
    )
    assert "Du har frågan nu." in follow(erik, presses(erik, thread, "ta"))
    assert wait_of(thread).holder_id == erik.person.id


def test_those_who_cannot_have_it_are_not_among_the_choices(
    siv: Patient, karin: Staff, erik: Staff, thread: UUID, world: World
) -> None:
    world.staff("Fatima Aydin").is_away("2026-11-05 00:00", "2026-11-09 00:00")
    world.staff("Tyst Tystsson", opened=False)
    blocked = world.staff("Ella Blom")
    with db.transaction() as session:
        key = db.new_key()
        session.add(Block(id=key, patient_id=siv.person.id, person_id=blocked.person.id, since=clock.now()))
    page = karin.phone().get(path(thread, "lamna-over"))
    able, _, unable = words(page).partition("De här kan inte nu")
    assert "Erik Lund" in able and not any(name in able for name in ("Fatima", "Tyst", "Ella", "Karin"))
    assert "Fatima Aydin Borta till måndag 9 november kl. 8.00." in unable
    assert "Tyst Tystsson Nås inte genom Närlinjen." in unable and "Ella" not in unable
    for person in (blocked, world.staff("Fatima Aydin"), karin):
        answer = does(karin, thread, "lamna-over", person=choose(person), text="Ta den, är du snäll.")
        assert answer.status_code == 422 and "Välj någon annan." in words(answer)
        assert kept(answer) == "Ta den, är du snäll."
    answer = does(karin, thread, "lamna-over", text="Ta den.")
    assert answer.status_code == 422 and "Välj en person." in words(answer)
    assert wait_of(thread).turn == 1


def test_a_colleague_is_asked_and_the_question_stays(siv: Patient, karin: Staff, erik: Staff, thread: UUID) -> None:
    assert erik.phone().get(path(thread)).status_code == 404
    said = follow(karin, does(karin, thread, "fraga-kollega", person=choose(erik), text="Vad tror du?"))
    assert "Din kollega kan också svara nu. Du har frågan." in said
    assert wait_of(thread).holder_id == karin.person.id and wait_of(thread).turn == 1
    assert db.session().get_one(Asked, (wait_of(thread).id, erik.person.id)).words == "Vad tror du?"
    assert told(erik) == ["asked"]
    again = does(karin, thread, "fraga-kollega", person=choose(erik), text="Vad tror du?")
    assert again.status_code == 303 and told(erik) == ["asked"]
    start = words(erik.phone().get("/"))
    assert "Karin Ek har frågan. Du är också tillfrågad." in start and "Jag tar den" in start
    phone = erik.phone()
    taken = phone.post(path(thread, "ta"), data={"csrf_token": token_in(phone.get("/").text)})
    assert "Du har frågan nu." in follow(erik, taken) and wait_of(thread).holder_id == erik.person.id


def test_whoever_is_away_cannot_take_it_and_is_told(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    karin.is_away("2026-11-05 00:00", "2026-11-20 00:00", erik)
    thread = siv.asks("Hej.")
    answer = presses(karin, thread, "ta")
    assert answer.status_code == 409 and "Du kan inte ta frågan nu" in words(answer)
    assert wait_of(thread).holder_id == erik.person.id


def test_what_another_has_is_taken_before_it_is_handed_over(
    karin: Staff, erik: Staff, thread: UUID, world: World
) -> None:
    fatima, phone = world.staff("Fatima Aydin"), karin.phone()
    page = phone.get(path(thread, "lamna-over"))
    assert does(karin, thread, "lamna-over", person=choose(erik), text="Ett.").status_code == 303
    typed = fields(page) | {"person": choose(fatima), "text": "Fatima vet mer."}
    answer = phone.post(path(thread, "lamna-over"), data=typed)
    assert answer.status_code == 409 and "Erik Lund har frågan nu" in words(answer)
    assert kept(answer) == "Fatima vet mer." and wait_of(thread).holder_id == erik.person.id
    assert "Erik Lund har frågan nu" in words(phone.get(path(thread, "lamna-over")))


@pytest.mark.parametrize("way", ["lamna-over", "fraga-kollega"])
def test_where_no_colleague_can_take_it_the_page_says_what_else_to_do(karin: Staff, world: World, way: str) -> None:
    alma = world.staff("Alma Ek", unit="Mottagning Ensamma")
    page = alma.phone().get(path(world.patient("Rut", contact="Alma Ek").asks("Hej."), way))
    assert page.status_code == 200
    assert "Ingen annan kan ta frågan just nu" in words(page) and "Avbryt" in words(page)
