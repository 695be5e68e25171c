"""What the patient answers to a time: they come, want another, or cannot come; and who then has it."""

import re
from collections.abc import Iterator
from html import unescape
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.bookings import answer_service as answers
from app.bookings import offer_service as offers
from app.bookings import queries
from app.bookings import service as bookings
from app.bookings.answer_service import Otherwise, Past
from app.bookings.asking import KIND
from app.bookings.models import Booking, BookingAnswer
from app.bookings.offer_rules import Mark
from app.care import request_service
from app.core import clock, db
from app.core.errors import NotFound
from app.waits.models import Wait
from tests.bookings.times import books
from tests.client import LintedClient
from tests.stories.test_who_answers import words
from tests.world import Patient, Staff, World, token_in, wall

Travel = time_machine.Traveller


@pytest.fixture
def clockwork() -> Iterator[Travel]:
    """Wednesday 4 November 2026, 9.00."""
    with time_machine.travel(wall("2026-11-04 09:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def karin(clockwork: Travel, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def erik(karin: Staff, world: World) -> Staff:
    return world.staff("Erik Lund")


@pytest.fixture
def siv(karin: Staff, world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def time(karin: Staff, siv: Patient) -> UUID:
    """Her time on Tuesday 10 November."""
    return books(karin, siv, "2026-11-10 09:00")


def says(siv: Patient, time: UUID, what: str, words: str | None = None, shown: Mark | None = None) -> bool:
    with db.transaction():
        return answers.answer(time, what, words=words, shown=shown, by=siv.viewer, now=clock.now())


def wait_of(time: UUID) -> Wait:
    asked = select(Wait).where(Wait.kind == KIND, Wait.subject_id == time).order_by(Wait.opened_at.desc()).limit(1)
    return db.session().scalars(asked.execution_options(populate_existing=True)).one()


def waits(time: UUID) -> int:
    return len(db.session().scalars(select(Wait.id).where(Wait.kind == KIND, Wait.subject_id == time)).all())


def said(time: UUID) -> list[tuple[str, int]]:
    theirs = select(BookingAnswer).where(BookingAnswer.booking_id == time).order_by(BookingAnswer.n)
    return [(it.answer, it.version) for it in db.session().scalars(theirs)]


def test_that_she_comes_waits_for_nobody(siv: Patient, karin: Staff, time: UUID) -> None:
    assert says(siv, time, "accepted") is True and says(siv, time, "accepted") is False
    assert said(time) == [("accepted", 1)] and waits(time) == 0 and karin.rings() == []


@pytest.mark.parametrize("what", ["tentative", "declined"])
def test_anything_else_waits_once_for_whom_she_is_to_meet(siv: Patient, karin: Staff, time: UUID, what: str) -> None:
    says(siv, time, what)
    wait = wait_of(time)
    assert (wait.holder_id, wait.belongs_to, wait.patient_id) == (karin.person.id, karin.person.id, siv.person.id)
    assert wait.promised_at == wall("2026-11-05 16:30"), "sixteen office hours"
    assert karin.rings() == ["booking_wait"]
    says(siv, time, "tentative", "mon-morning\n")
    assert waits(time) == 1 and wait_of(time).opened_at == wait.opened_at, "a second answer joins the first"


def test_who_answers_for_whom_she_is_to_meet_has_it(siv: Patient, karin: Staff, erik: Staff, time: UUID) -> None:
    karin.is_away("2026-11-04 00:00", "2026-11-09 00:00", erik)
    says(siv, time, "declined")
    assert (wait_of(time).holder_id, wait_of(time).step) == (erik.person.id, 2)


def test_a_change_of_mind_ends_what_waits(siv: Patient, karin: Staff, time: UUID) -> None:
    says(siv, time, "declined")
    with db.transaction():
        offers.offer_time(
            time, [(wall("2026-11-11 09:00"), wall("2026-11-11 10:00"))], by=karin.viewer, now=clock.now()
        )
    says(siv, time, "tentative")
    assert wait_of(time).ended_at is None, "what was offered does not suit, and so it waits again"
    says(siv, time, "accepted")
    assert wait_of(time).ended_how == "solved" and wait_of(time).ended_by == siv.person.id and karin.rings() == []


def test_yes_ends_nothing_while_whom_she_is_to_meet_is_away(siv: Patient, karin: Staff, time: UUID) -> None:
    says(siv, time, "declined")
    with db.transaction():
        db.run(update(Booking).where(Booking.id == time).values(hit_at=clock.now()))
    says(siv, time, "accepted")
    assert wait_of(time).ended_at is None


def test_two_phones_that_say_different_things(siv: Patient, time: UUID) -> None:
    both = Mark(version=1, n=0)
    assert says(siv, time, "accepted", shown=both)
    with pytest.raises(Otherwise):
        says(siv, time, "declined", shown=both)
    assert says(siv, time, "accepted", shown=both) is False, "the same from both is said once"
    assert said(time) == [("accepted", 1)]
    assert says(siv, time, "declined", shown=Mark(version=1, n=1)), "having seen the first, she may say another"


def test_a_page_that_shows_the_time_before_it_was_moved(siv: Patient, karin: Staff, time: UUID) -> None:
    says(siv, time, "accepted")
    with db.transaction():
        bookings.move(time, wall("2026-11-12 09:00"), wall("2026-11-12 10:00"), by=karin.viewer, now=clock.now())
    with pytest.raises(Otherwise):
        says(siv, time, "declined", shown=Mark(version=1, n=1))
    assert says(siv, time, "accepted", shown=Mark(version=2, n=1)), "it is another time, and is answered anew"
    assert said(time) == [("accepted", 1), ("accepted", 2)]


def test_what_has_begun_or_is_cancelled_is_not_answered(
    siv: Patient, karin: Staff, time: UUID, world: World, clockwork: Travel
) -> None:
    cancelled = books(karin, siv, "2026-11-11 09:00")
    with db.transaction():
        bookings.cancel(cancelled, by=karin.viewer, now=clock.now())
    with pytest.raises(Past):
        says(siv, cancelled, "accepted")
    with pytest.raises(NotFound):
        says(world.patient("Olle"), time, "accepted")
    clockwork.move_to(wall("2026-11-10 09:00"))
    with pytest.raises(Past):
        says(siv, time, "declined")
    assert said(time) == said(cancelled) == []


# The pages.


def hidden(html: str) -> dict[str, str]:
    """What the first form of the main part carries without being seen."""
    form = re.search(r"<form.*?</form>", html.partition("<main")[2], re.DOTALL)
    assert form, "the page has no form"
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form.group())
    return {name: unescape(value) for name, value in found}


def page_of(time: UUID) -> str:
    return f"/tider/{db.short(time)}"


def way(time: UUID, name: str = "") -> str:
    return f"/tider/svar/{db.short(time)}" + (f"/{name}" if name else "")


def presses(phone: LintedClient, time: UUID, what: str, html: str | None = None) -> TestResponse:
    """Answer in one press, from the page that is open or is opened now."""
    html = html or phone.get(page_of(time)).text
    seen = re.findall(r'name="seen" value="([^"]*)"', html)[0]
    return phone.post(way(time, "svara"), data={"csrf_token": token_in(html), "seen": seen, "answer": what})


def test_in_one_press_she_says_that_she_comes(siv: Patient, time: UUID) -> None:
    phone = siv.phone()
    html = words(phone.get(page_of(time)).text)
    assert "Kan du komma? Jag kommer Jag vill ha en annan tid Jag kan inte komma" in html
    assert "Du behöver inte säga varför." in html
    sent = presses(phone, time, "accepted")
    assert sent.status_code == 303 and "Du har sagt att du kommer" in words(phone.get(sent.location).text)
    assert said(time) == [("accepted", 1)]


def test_in_one_press_she_says_that_she_cannot_and_is_thanked(siv: Patient, time: UUID, clockwork: Travel) -> None:
    clockwork.move_to(wall("2026-11-09 20:00"))
    phone = siv.phone()
    shown = words(phone.get(presses(phone, time, "declined").location).text)
    assert "Du har sagt att du inte kan komma" in shown
    assert "Tack för att du säger till. Det är bra även när det är nära inpå." in shown
    assert "Karin Ek svarar dig senast i morgon kl. 9.00." in shown
    presses(phone, time, "accepted")
    assert "Du har sagt att du kommer" in words(phone.get(page_of(time)).text)
    assert wait_of(time).ended_how == "solved"


def test_who_reads_and_by_when_stands_before_she_asks_for_another_time(siv: Patient, time: UUID) -> None:
    phone = siv.phone()
    html = phone.get(way(time, "annan-tid")).text
    assert "Karin Ek läser och svarar dig senast i morgon kl. 16.30." in words(html)
    assert html.index("läser och svarar") < html.index('name="suits"')
    sent = phone.post(
        way(time, "annan-tid"),
        data=hidden(html) | {"suits": ["mon-morning", "mon-afternoon", "thu-afternoon"], "text": "Helst efter lunch."},
    )
    assert sent.status_code == 303, sent.text
    shown = words(phone.get(sent.location).text)
    assert "Du har bett om en annan tid" in shown and "Karin Ek svarar dig senast" in shown
    again = phone.get(way(time, "annan-tid")).text
    assert again.count(" checked") == 3 and "Helst efter lunch." in again


def test_another_who_reads_than_was_shown_stores_nothing(siv: Patient, karin: Staff, erik: Staff, time: UUID) -> None:
    phone = siv.phone()
    html = phone.get(way(time, "annan-tid")).text
    karin.is_away("2026-11-04 00:00", None, erik)
    sent = phone.post(way(time, "annan-tid"), data=hidden(html) | {"suits": ["fri-morning"], "text": "Hej"})
    assert sent.status_code == 409 and "Inte skickat än" in sent.text and said(time) == []
    assert "Erik Lund läser" in words(sent.text) and sent.text.count(" checked") == 1 and "Hej" in sent.text
    assert phone.post(way(time, "annan-tid"), data=hidden(sent.text)).status_code == 303


def test_a_text_that_is_too_long_is_said_so_and_kept(siv: Patient, time: UUID) -> None:
    phone = siv.phone()
    html = phone.get(way(time, "annan-tid")).text
    sent = phone.post(way(time, "annan-tid"), data=hidden(html) | {"text": "å" * 501})
    assert sent.status_code == 422 and "Skriv kortare" in sent.text and "å" * 501 in sent.text and said(time) == []


def test_two_phones_answer_differently_and_the_second_is_asked(siv: Patient, time: UUID) -> None:
    first, second = siv.phone(), siv.phone()
    html = second.get(page_of(time)).text
    presses(first, time, "accepted")
    asked = presses(second, time, "declined", html)
    assert asked.status_code == 409
    shown = words(asked.text)
    assert "Ditt svar är inte sparat än" in shown and "i en annan telefon eller flik: ”Jag kommer”" in shown
    assert "Nu valde du: ”Jag kan inte komma”." in shown
    assert presses(second, time, "declined", asked.text).status_code == 303
    assert said(time) == [("accepted", 1), ("declined", 1)]


def test_two_phones_ask_for_other_times_and_nothing_typed_is_lost(siv: Patient, time: UUID) -> None:
    first, second = siv.phone(), siv.phone()
    html = second.get(way(time, "annan-tid")).text
    presses(first, time, "accepted")
    asked = second.post(way(time, "annan-tid"), data=hidden(html) | {"suits": ["fri-morning"], "text": "Tåget går 8."})
    assert asked.status_code == 409
    kept = hidden(asked.text) | {"answer": "tentative"}
    assert second.post(way(time, "svara"), data=kept).status_code == 303
    answer = db.session().scalars(select(BookingAnswer).order_by(BookingAnswer.n.desc())).first()
    assert answer and answer.words == "fri-morning\nTåget går 8."


def test_the_unit_offers_times_and_she_takes_one(siv: Patient, karin: Staff, time: UUID) -> None:
    phone, desk = siv.phone(), karin.phone()
    presses(phone, time, "declined")
    shown = words(desk.get(way(time)).text)
    assert "Siv kan inte komma" in shown and "tisdag 10 november kl. 9" in shown.lower() and "Du har det." in shown
    html = desk.get(way(time, "erbjud")).text
    data = hidden(html) | {"day1": "2026-11-11", "clock1": "10:00", "day2": "2026-11-12", "clock2": "13.30"}
    sent = desk.post(way(time, "erbjud"), data=data)
    assert sent.status_code == 303, sent.text
    assert "Siv ser dina förslag nu." in words(desk.get(sent.location).text)
    html = phone.get(page_of(time)).text
    assert "Vi föreslår något annat" in html and "Inget ändras förrän du har sagt ja." in html
    offer = re.findall(r'action="(/tider/svar/erbjudande/[^"]+/ja)"', html)
    assert len(offer) == 2
    taken = phone.post(offer[1], data={"csrf_token": token_in(html)})
    assert taken.status_code == 303 and "Du har sagt att du kommer" in phone.get(taken.location).text
    assert db.session().get_one(Booking, time, populate_existing=True).starts_at == wall("2026-11-12 13:30")
    assert phone.post(offer[0], data={"csrf_token": token_in(html)}).location.endswith("svar=borta#answer")


def test_a_time_that_was_taken_meanwhile_is_said_so(siv: Patient, karin: Staff, time: UUID, world: World) -> None:
    phone = siv.phone()
    presses(phone, time, "declined")
    with db.transaction():
        span = wall("2026-11-11 09:00"), wall("2026-11-11 09:45")
        offers.offer_time(time, [span], by=karin.viewer, now=clock.now())
    html = phone.get(page_of(time)).text
    books(karin, world.patient("Olle"), "2026-11-11 09:00")
    offer = re.findall(r'action="(/tider/svar/erbjudande/[^"]+/ja)"', html)[0]
    shown = words(phone.get(phone.post(offer, data={"csrf_token": token_in(html)}).location).text)
    assert "Någon annan hann få den tiden. Inget är ändrat." in shown and "Karin Ek svarar dig senast" in shown


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({}, "Fyll i minst en tid."),
        ({"day1": "2026-11-11"}, "Skriv klockslaget"),
        ({"clock2": "9"}, "Välj en dag till klockslaget."),
        ({"day1": "2026-11-03", "clock1": "9"}, "Den tiden har redan varit."),
        ({"day1": "2027-03-28", "clock1": "02:30"}, "Den tiden finns inte"),
        ({"day1": "2027-10-31", "clock1": "02:30"}, "Den tiden kommer två gånger"),
        ({"day1": "9999-12-31", "clock1": "9"}, "högst ett år fram"),
        ({"day3": "2026-11-12", "clock3": "10:30"}, "Den som ska vara med har en annan tid då."),
        ({"day1": "igår", "clock1": "9"}, "Skriv datumet så här"),
    ],
)
def test_what_cannot_be_offered_is_said_at_its_field(
    siv: Patient, karin: Staff, time: UUID, world: World, typed: dict[str, str], fault: str
) -> None:
    says(siv, time, "declined")
    books(karin, world.patient("Olle"), "2026-11-12 10:00")
    desk = karin.phone()
    sent = desk.post(way(time, "erbjud"), data=hidden(desk.get(way(time, "erbjud")).text) | typed)
    assert sent.status_code == 422 and fault in sent.text and wait_of(time).ended_at is None
    assert all(f'value="{value}"' in sent.text for value in typed.values()), "what was typed is kept"


@pytest.mark.parametrize(
    ("name", "typed", "how", "then"),
    [
        ("pratats-vid", {"day": "2026-11-04", "clock": "09:00"}, "talked", "Du och Karin Ek har pratats vid"),
        (
            "ligger-kvar",
            {"text": "Det finns ingen annan tid före jul."},
            "reply",
            "Det finns ingen annan tid före jul.",
        ),
        ("stall-in", {"text": "Vi ringer dig på måndag."}, "done", ""),
    ],
)
def test_a_person_ends_it(
    siv: Patient, karin: Staff, time: UUID, name: str, typed: dict[str, str], how: str, then: str
) -> None:
    says(siv, time, "declined")
    desk = karin.phone()
    page = f"/tidbok/{db.short(time)}"
    assert f'href="{way(time)}"' in desk.get(page).text and f'href="{page}"' in desk.get(way(time)).text
    html = desk.get(way(time, name)).text
    sent = desk.post(way(time, name), data=hidden(html) | typed)
    assert sent.status_code == 303, sent.text
    assert wait_of(time).ended_how == how and then in words(siv.phone().get(page_of(time)).text)
    assert "inte längre" in desk.get(sent.location).text or "nu." in desk.get(sent.location).text
    again = desk.post(way(time, name), data=hidden(html) | typed)
    assert again.status_code == 409, "somebody has done it already"
    assert f'href="{way(time)}"' not in desk.get(page).text, "nothing waits any longer"


def test_a_colleague_takes_it_with_why_and_gives_it_on(
    siv: Patient, karin: Staff, erik: Staff, time: UUID, world: World
) -> None:
    maja = world.staff("Maja Lind")
    says(siv, time, "tentative", "mon-morning\nHelst tidigt.")
    desk = erik.phone()
    html = desk.get(way(time)).text
    assert "Karin Ek har det." in words(html) and "Helst tidigt." not in html, "her own words come with the question"
    assert desk.get(way(time, "erbjud")).status_code == 404
    assert desk.post(way(time, "ta"), data={"csrf_token": token_in(html)}).status_code == 422
    sent = desk.post(way(time, "ta"), data={"csrf_token": token_in(html), "text": "Karin är upptagen."})
    assert sent.status_code == 303 and wait_of(time).holder_id == erik.person.id
    html = desk.get(sent.location).text
    assert "Du har det nu." in html and "Måndag förmiddag" in html and "Helst tidigt." in html
    html = desk.get(way(time, "lamna-over")).text
    chosen = {"person": db.short(maja.person.id), "text": "Maja sköter tiderna."}
    assert desk.post(way(time, "lamna-over"), data=hidden(html) | chosen).status_code == 303
    assert wait_of(time).holder_id == maja.person.id and maja.rings() == ["booking_wait"]


def test_whom_she_has_said_no_to_and_whoever_works_elsewhere_see_nothing(
    siv: Patient, erik: Staff, time: UUID, world: World
) -> None:
    says(siv, time, "declined")
    other = world.staff("Lena Falk", unit="Mottagning Granen")
    assert other.phone().get(way(time)).status_code == 404
    assert erik.phone().get(way(time)).status_code == 200
    with db.transaction():
        request_service.block(erik.person.id, by=siv.viewer, now=clock.now())
    assert erik.phone().get(way(time)).status_code == 404
    assert world.patient("Olle").phone().get(way(time, "annan-tid")).status_code == 404


def test_another_place_leaves_the_answer_as_it_is_everywhere(siv: Patient, karin: Staff, time: UUID) -> None:
    phone = siv.phone()
    presses(phone, time, "declined")
    with db.transaction():
        bookings.change(time, "place", "Torget 3", by=karin.viewer, now=clock.now())
    assert queries.booking_for(siv.viewer, time).answer == "declined"
    with db.transaction():
        span = wall("2026-11-13 09:00"), wall("2026-11-13 09:45")
        bookings.move(time, *span, by=karin.viewer, now=clock.now())
    assert queries.booking_for(siv.viewer, time).answer is None, "of another time she has said nothing"
