"""What happened to a question stands between its letters, in plain words, the same for both who read it."""

from collections.abc import Iterator
from datetime import timedelta

import html5lib
import pytest
import time_machine

from app.accounts import service as accounts
from app.care import request_service
from app.core import clock, db
from app.core.audit import SYSTEM
from app.messages import letter_queries, queries
from app.messages.letter_queries import Letter, woven
from app.waits import service as waits
from tests.lint import Page, tag, words
from tests.world import Patient, Someone, Staff, World, today, wall

Travel = time_machine.Traveller


@pytest.fixture
def clockwork() -> Iterator[Travel]:
    """Wednesday 4 November 2026, 15.00."""
    with time_machine.travel(wall("2026-11-04 15:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def siv(clockwork: Travel, world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def erik(karin: Staff, world: World) -> Staff:
    return world.staff("Erik Holm", title="skötare")


def lines(someone: Someone, thread: object, query: str = "") -> list[str]:
    """What stands along the line of a thread, without the letters, their marks and the point of now."""
    html = someone.phone().get(f"/meddelanden/{db.short(thread)}{query}").text  # type: ignore[arg-type]
    page = Page(html5lib.parse(html, namespaceHTMLElements=False), None)
    # Where letters that wait on a phone are shown, there is nothing without one.
    (line,) = [it for it in page.all("ol") if "thread" in it.attrib["class"].split() and len(it)]
    rows = [it for it in line if tag(it) == "li" and "data-letter" not in it.attrib and it.get("class") != "is-now"]
    return [" ".join(words(it).split()) for it in rows]


def now_says(someone: Someone, thread: object) -> str:
    html = someone.phone().get(f"/meddelanden/{db.short(thread)}").text  # type: ignore[arg-type]
    page = Page(html5lib.parse(html, namespaceHTMLElements=False), None)
    return " ".join(" ".join(words(it).split()) for it in page.all("li") if it.get("class") == "is-now")


def says(someone: Someone, path: str) -> str:
    html = someone.phone().get(path).text
    page = Page(html5lib.parse(html, namespaceHTMLElements=False), None)
    return " ".join(words(next(page.all("main"))).split())


def test_who_takes_over_is_said_without_why_the_other_is_away(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks("Hej.")
    clockwork.move_to(wall("2026-11-05 08:30"))
    karin.is_away("2026-11-05 08:00", None, erik)
    world.works_on()
    said = ["i dag kl. 8.30 Erik Holm tar över. Karin Ek är borta. Tiden gäller fortfarande."]
    assert lines(siv, thread) == said
    assert lines(karin, thread) == [said[0].replace(" Karin Ek är borta.", "")]
    assert lines(erik, thread) == ["i dag kl. 8.30 Du tar över. Karin Ek är borta. Tiden gäller fortfarande."]


def test_whoever_has_left_is_said_not_to_answer_there_any_longer(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks("Hej.")
    with db.transaction():
        accounts.close_account(karin.person.id, by=SYSTEM, now=clock.now())
    clockwork.move_to(wall("2026-11-05 14:30"))
    world.works_on()
    (said,) = lines(siv, thread)
    assert said.endswith("Erik Holm tar över. Karin Ek svarar inte här längre. Tiden gäller fortfarande.")


def test_that_somebody_must_not_be_asked_is_not_said_to_anybody(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks("Hej.")
    with db.transaction():
        request_service.block(karin.person.id, by=siv.viewer, now=clock.now())
    world.works_on()
    assert lines(siv, thread) == ["i dag kl. 15.00 Erik Holm tar över. Tiden gäller fortfarande."]


def test_a_question_handed_over_carries_the_words_of_the_one_who_did_it(
    siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    thread = siv.asks("Hej.")
    clockwork.shift(timedelta(minutes=20))
    with db.transaction():
        waits.hand_over("thread", thread, erik.person.id, words="Erik kan mer.", by=karin.viewer, now=clock.now())
    said = "i dag kl. 15.20 Erik Holm tar över. Karin Ek lämnade över frågan till Erik Holm. Tiden gäller fortfarande."
    assert lines(siv, thread) == [f"{said} Erik kan mer."]
    assert "Du tar över. Karin Ek lämnade över frågan till dig." in lines(erik, thread)[0]
    assert "Du lämnade över frågan till Erik Holm." in lines(karin, thread)[0]


def test_a_question_that_somebody_takes_says_who_and_why(
    siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    karin.is_away("2026-11-04 12:00", "2026-11-05 00:00", erik)
    thread = siv.asks("Hej.")
    clockwork.move_to(wall("2026-11-05 08:05"))
    with db.transaction():
        waits.take("thread", thread, words="Jag är tillbaka.", by=karin.viewer, now=clock.now())
    assert lines(siv, thread) == ["i dag kl. 8.05 Karin Ek har tagit över frågan. Jag är tillbaka."]
    assert lines(karin, thread) == ["i dag kl. 8.05 Du har tagit över frågan. Jag är tillbaka."]


def test_a_new_time_and_a_try_to_ring_are_said_with_their_times(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    thread = siv.asks("Hej.")
    until, since = wall("2026-11-25 16:30"), wall("2026-11-26 13:00")
    with db.transaction():
        waits.keep("thread", thread, "kept", until=until, by=karin.viewer, now=clock.now())
    clockwork.move_to(wall("2026-11-25 10:00"))
    with db.transaction():
        later = since + timedelta(hours=2)
        waits.keep("thread", thread, "no_answer", since=since, until=later, by=karin.viewer, now=clock.now())
    assert lines(siv, thread) == [
        "onsdag 4 november kl. 15.00 Karin Ek hör av sig igen senast i dag kl. 16.30.",
        "i dag kl. 10.00 Karin Ek ringde men fick inget svar. Nästa försök: i morgon kl. 13–15.",
    ]
    assert "Karin Ek ringer dig i morgon kl. 13–15" in now_says(siv, thread)


def test_a_broken_promise_is_said_in_the_same_words_everywhere(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks("Hej.")
    clockwork.move_to(wall("2026-11-06 14:01"))
    world.works_on()
    said = "Vi höll inte tiden. Du får svar senast måndag 9 november kl. 16.30."
    assert said in now_says(siv, thread)
    assert said in says(siv, "/") and said in says(siv, "/meddelanden")
    with db.transaction():
        assert waits.end("thread", thread, "reply", by=karin.viewer, now=clock.now())


def test_who_was_asked_as_well_is_said_with_the_words_of_a_colleague(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks("Hej.")
    with db.transaction():
        waits.ask_colleague("thread", thread, erik.person.id, words="Vet du?", by=karin.viewer, now=clock.now())
    assert lines(siv, thread) == ["i dag kl. 15.00 Karin Ek frågade Erik Holm: Vet du?"]
    assert lines(karin, thread) == ["i dag kl. 15.00 Du frågade Erik Holm: Vet du?"]
    assert lines(erik, thread) == ["i dag kl. 15.00 Karin Ek frågade dig: Vet du?"]


def test_whom_the_ladder_asks_is_said_without_words(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks("Hej.")
    clockwork.move_to(wall("2026-11-06 10:00"))
    world.works_on()
    assert lines(siv, thread) == ["i dag kl. 10.00 Erik Holm är också tillfrågad."]
    assert lines(erik, thread) == ["i dag kl. 10.00 Du är också tillfrågad."]


def test_that_they_talked_is_said_with_the_time(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    thread = siv.asks("Hej.")
    talked = wall("2026-11-04 10:20")
    with db.transaction():
        waits.end("thread", thread, "talked", talked_at=talked, by=karin.viewer, now=clock.now())
    assert lines(siv, thread) == ["i dag kl. 15.00 Du och Karin Ek pratades vid i dag kl. 10.20."]
    assert lines(karin, thread) == ["i dag kl. 15.00 Du och Siv pratades vid i dag kl. 10.20."]


def test_that_no_answer_is_needed_is_said_with_the_reason(siv: Patient, karin: Staff) -> None:
    thread = siv.asks("Hej.")
    with db.transaction():
        waits.end("thread", thread, "no_need", reason="Läst, tack", by=karin.viewer, now=clock.now())
    assert lines(siv, thread) == ["i dag kl. 15.00 Karin Ek läste. Det blir inget mer svar: Läst, tack"]


def test_that_care_has_ended_is_said(siv: Patient, karin: Staff) -> None:
    thread = siv.asks("Hej.")
    with db.transaction():
        waits.end("thread", thread, "care_ended", by=karin.viewer, now=clock.now())
    assert lines(siv, thread) == ["i dag kl. 15.00 Vården här är avslutad."]


def test_a_reply_is_its_own_word(siv: Patient, karin: Staff) -> None:
    thread = siv.asks("Hej.")
    karin.writes("Hej Siv.", thread=thread)
    assert lines(siv, thread) == []


def test_the_promise_stands_beside_the_read_mark_in_the_same_words_everywhere(
    siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    thread = siv.asks("Hej.")
    unread = "Karin Ek har inte läst än. Du får svar senast fredag 6 november kl. 14.00."
    for said in (now_says(siv, thread), says(siv, "/"), says(siv, "/meddelanden")):
        assert unread in said
    clockwork.move_to(wall("2026-11-05 08:20"))
    lines(karin, thread)
    clockwork.move_to(wall("2026-11-05 09:00"))
    read = "Karin Ek läste i dag kl. 8.20. Du får svar senast i morgon kl. 14.00."
    for said in (now_says(siv, thread), says(siv, "/"), says(siv, "/meddelanden")):
        assert read in said


def test_each_thing_stands_on_one_page_of_letters_only(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks("Brev 1.")
    for number in range(2, 46):
        clockwork.shift(timedelta(seconds=10))
        if number in (6, 26, 27, 45):
            to = erik if number in (6, 27) else karin
            with db.transaction():
                waits.hand_over("thread", thread, to.person.id, words=f"{number}", by=karin.viewer, now=clock.now())
            clockwork.shift(timedelta(seconds=10))
        siv.writes(f"Brev {number}.", thread=thread)

    def on(query: str) -> list[str]:
        return [line.rsplit(" ", 1)[1] for line in lines(siv, thread, query)]

    assert [on("?fore=6"), on("?fore=26"), on("")] == [["6"], ["26"], ["27", "45"]]
    assert [on("?efter=5"), on("?efter=25")] == [["26"], ["27", "45"]]


def test_letters_keep_their_order_though_a_clock_was_late() -> None:
    at = wall("2026-11-04 15:00")
    one, two = (Letter(n, True, "Siv", None, at - timedelta(seconds=n), "", []) for n in (1, 2))
    assert woven([one, two], []) == [one, two]


def test_sixty_hand_overs_cost_no_statement_more_than_one(
    siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    thread, phone = siv.asks("Hej."), siv.phone()
    counts = []
    for number in range(70):
        to, by = (erik, karin) if number % 2 == 0 else (karin, erik)
        with db.transaction():
            waits.hand_over("thread", thread, to.person.id, words="Tar du?", by=by.viewer, now=clock.now())
        clockwork.shift(timedelta(milliseconds=100))
        if number in (0, 69):
            phone.get(f"/meddelanden/{db.short(thread)}")
            counts.append(len(phone.heard))
    assert counts[0] == counts[1] <= 6
    head = queries.thread_for(siv.viewer, thread, today=today())
    assert len(letter_queries.letters_in(siv.viewer, head).happened) == 60


def test_the_pages_state_changes_with_everything_that_is_told(
    siv: Patient, karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    thread = siv.asks("Hej.")
    states = [queries.thread_state(siv.viewer, thread, today=today())]
    with db.transaction():
        waits.ask_colleague("thread", thread, erik.person.id, words="Vet du?", by=karin.viewer, now=clock.now())
    states.append(queries.thread_state(siv.viewer, thread, today=today()))
    with db.transaction():
        waits.end("thread", thread, "solved", by=siv.viewer, now=clock.now())
    states.append(queries.thread_state(siv.viewer, thread, today=today()))
    assert len(set(states)) == 3
