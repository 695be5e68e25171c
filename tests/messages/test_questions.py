"""What staff do with a question that waits: each way ends, keeps or moves it, once, and nobody's text is lost."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.accounts import service as accounts
from app.care.models import Block
from app.core import audit, clock, db
from app.core.audit import SYSTEM
from app.messages import waiting_queries
from app.messages.models import Thread
from app.notices.models import Notice
from app.waits.models import Asked, Handoff, Wait
from tests.client import LintedClient, statements
from tests.messages.test_views import kept as kept_exactly
from tests.world import Patient, Someone, Staff, World, form_in, today, token_in, wall

Travel = time_machine.Traveller
VERBS = ("pratats-vid", "inget-svar", "ringde", "lamna-over", "fraga-kollega", "aterkommer")


@pytest.fixture
def clockwork() -> Iterator[Travel]:
    """Thursday 5 November 2026, 10.00."""
    with time_machine.travel(wall("2026-11-05 10:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def siv(clockwork: Travel, world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def erik(karin: Staff, world: World) -> Staff:
    return world.staff("Erik Lund", title="skötare")


@pytest.fixture
def thread(siv: Patient, karin: Staff, erik: Staff, clockwork: Travel) -> UUID:
    """Siv's question of 10.00, which Karin has; it is 10.30."""
    made = siv.asks("Kan jag ta tabletten på morgonen?")
    clockwork.move_to(wall("2026-11-05 10:30"))
    return made


def kept(answer: TestResponse) -> str:
    return kept_exactly(answer).removeprefix("\n")


def path(thread: UUID, verb: str = "") -> str:
    return f"/meddelanden/{db.short(thread)}" + (f"/{verb}" if verb else "")


def wait_of(thread: UUID) -> Wait:
    db.session().expire_all()
    newest = select(Wait).where(Wait.subject_id == thread).order_by(Wait.opened_at.desc(), Wait.id.desc())
    found = db.session().scalars(newest).first()
    assert found
    return found


def unanswered(thread: UUID) -> int | None:
    db.session().expire_all()
    return db.session().get_one(Thread, thread).unanswered_n


def name_of(person: UUID | None, world: World) -> str:
    return next((known for known, it in world.people.items() if it.person.id == person), "?")


def told(who: Someone) -> list[str]:
    rows = select(Notice.kind).where(Notice.person_id == who.person.id).order_by(Notice.made_at, Notice.kind)
    return list(db.session().scalars(rows))


def words(answer: TestResponse) -> str:
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    shown = re.sub(r"<template.*?</template>", "", main, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", shown)).split()).replace(" .", ".").replace("\xa0", " ")


def fields(answer: TestResponse) -> dict[str, str]:
    """What the one form of a verb's page carries and shows."""
    form = re.search(r'<form class="stack.*?</form>', answer.text, re.DOTALL)
    assert form, words(answer)
    found = {}
    for tag in re.findall(r"<input[^>]+>", form.group()):
        said = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if "name" in said and (said.get("type") != "radio" or " checked" in tag):
            found[said["name"]] = unescape(said.get("value", ""))
    for name, body in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form.group(), re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', body) or re.search(r'value="([^"]*)"', body)
        assert chosen
        found[name] = chosen.group(1)
    for name, body in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\r?\n?(.*?)</textarea>', form.group(), re.DOTALL):
        found[name] = unescape(body)
    return found


def does(someone: Someone, thread: UUID, verb: str, **typed: str) -> TestResponse:
    """Open the page of a verb, change what is typed there, and save."""
    phone = someone.phone()
    page = phone.get(path(thread, verb))
    assert page.status_code == 200, words(page)
    return phone.post(path(thread, verb), data=fields(page) | typed)


def follow(someone: Someone, answer: TestResponse) -> str:
    assert answer.status_code == 303, words(answer)
    where = urlsplit(answer.location)
    return words(someone.phone().get(f"{where.path}?{where.query}"))


def presses(someone: Someone, thread: UUID, verb: str) -> TestResponse:
    phone = someone.phone()
    return phone.post(path(thread, verb), data={"csrf_token": token_in(phone.get(path(thread)).text)})


def choose(someone: Staff) -> str:
    return db.short(someone.person.id)


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


def test_rang_and_nobody_answered_gives_the_time_of_the_next_try(karin: Staff, thread: UUID) -> None:
    said = follow(karin, does(karin, thread, "ringde", day="2026-11-06", opens="13:00", closes="15:00"))
    assert "Du ringer igen mellan i morgon kl. 13.00 och i morgon kl. 15.00." in said
    wait = wait_of(thread)
    assert (wait.call, wait.counts_from, wait.promised_at) == (True, wall("2026-11-06 13:00"), wall("2026-11-06 15:00"))
    assert wait.ended_at is None and unanswered(thread) == 1
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
    assert "Tyst Tystsson Har inte öppnat Närlinjen på länge." in unable and "Ella" not in unable
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
