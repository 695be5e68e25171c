"""The page where one chooses when to be reminded: of one's own times, and of those that somebody lets one see."""

import re
from datetime import time, timedelta

import pytest
import time_machine

from app import worker
from app.bookings import reminder_queries as queries
from app.bookings import reminder_service as reminders
from app.bookings import service as bookings
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.recurrence import Quiet
from app.notices import service as notices
from app.notices import setting_service as settings
from tests.bookings.times import books
from tests.client import LintedClient
from tests.world import Patient, Relative, Staff, World, token_in, wall

MINE = "/tider/paminnelser"
USUAL = ("24h", "2h")


@pytest.fixture
def karin(world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def siv(karin: Staff, world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def anna(siv: Patient, world: World) -> Relative:
    return world.relative("Anna", of=siv, items=("bookings",))


def press(client: LintedClient, where: str, **typed: object) -> str:
    answer = client.post(f"{MINE}/{where}", data={"csrf_token": token_in(client.get(MINE).text), **typed})
    assert answer.status_code == 303, answer.text
    return answer.location


def ticked(html: str) -> set[tuple[str, str]]:
    return set(re.findall(r'<input type="checkbox" name="([^"]+)" value="([^"]+)" checked>', html))


def test_what_is_usual_is_ticked_and_the_night_is_said(siv: Patient) -> None:
    page = siv.phone().get(MINE).text
    assert ticked(page) == {(f"egna-{mode}", it) for mode in ("visit", "phone", "video", "home") for it in USUAL}
    assert "Mellan kl. 21 och 7 påminner vi aldrig." in page and "kl. 20.30 kvällen före" in page
    assert "Du har valt att det ska vara tyst" not in page and "nara-visit" not in page


def test_each_kind_of_time_is_chosen_for_itself_and_none_is_a_choice_too(siv: Patient) -> None:
    phone = siv.phone()
    assert press(phone, "egna", **{"egna-visit": ["7d", "2h"], "egna-home": "48h"}) == f"{MINE}?klart=egna#egna"
    choice = queries.choice_of(siv.viewer)
    assert choice.own == {"visit": ("7d", "2h"), "phone": (), "video": (), "home": ("48h",)}
    page = phone.get(f"{MINE}?klart=egna").text
    assert ticked(page) == {("egna-visit", "7d"), ("egna-visit", "2h"), ("egna-home", "48h")}
    assert "Sparat. Det gäller från nu, också tider du redan har fått." in page


def test_two_tabs_that_save_the_same_are_one_choice(siv: Patient) -> None:
    phone = siv.phone()
    for _tab in range(2):
        press(phone, "egna", **{"egna-visit": "24h"})
    own = queries.choice_of(siv.viewer).own
    assert own and own["visit"] == ("24h",)


def test_what_is_no_choice_is_not_taken(siv: Patient) -> None:
    phone = siv.phone()
    token = token_in(phone.get(MINE).text)
    answer = phone.post(f"{MINE}/egna", data={"csrf_token": token, "egna-visit": ["1h", "7d"]})
    assert answer.status_code == 422 and "Det gick inte att spara." in answer.text
    assert ("egna-visit", "7d") in ticked(answer.text), "what was ticked stays ticked"
    own = queries.choice_of(siv.viewer).own
    assert own and own["visit"] == USUAL


def test_own_quiet_hours_are_said(siv: Patient) -> None:
    with db.transaction():
        settings.choose_quiet(Quiet(time(20), time(9, 30)), by=siv.viewer, now=clock.now())
    assert "Du har valt att det ska vara tyst från 20.00 till 09.30." in siv.phone().get(MINE).text


def test_a_relative_chooses_for_the_times_they_may_see_and_for_no_others(anna: Relative, siv: Patient) -> None:
    phone = anna.phone()
    page = phone.get(MINE).text
    assert "Tider för någon du står nära" in page and not ticked(page) and "egna-visit" not in page
    press(phone, "nara", **{"nara-visit": "24h"})
    choice = queries.choice_of(anna.viewer)
    assert choice.own is None and choice.near and choice.near["visit"] == ("24h",)
    token = token_in(phone.get(MINE).text)
    assert phone.post(f"{MINE}/egna", data={"csrf_token": token, "egna-visit": "24h"}).status_code == 404
    own = queries.choice_of(siv.viewer).own
    assert own and own["visit"] == USUAL


def test_staff_have_no_such_page(karin: Staff) -> None:
    assert karin.phone().get(MINE).status_code == 404


def test_it_is_found_from_the_notices_and_a_reminder_leads_to_its_time(siv: Patient, karin: Staff) -> None:
    phone = siv.phone()
    assert f'href="{MINE}"' in phone.get("/aviseringar/mina").text
    assert f'href="{MINE}"' not in karin.phone().get("/aviseringar/mina").text
    booking = books(karin, siv, "2030-11-11 14:00")
    with db.transaction():
        notices.tell({siv.person.id: clock.now()}, "booking_soon", "a", about=booking, by=SYSTEM, now=clock.now())
    page = phone.get("/aviseringar").text
    assert "Du har en tid i dag" in page
    with db.transaction():
        assert reminders.withdraw_overtaken(by=SYSTEM, now=clock.now()) == 0


def test_the_page_is_said_in_english(siv: Patient) -> None:
    phone = siv.phone()
    with phone.session_transaction() as session:
        session["language"] = "en"
    assert "When do you want to be reminded?" in phone.get(MINE).text


def test_booked_reminded_moved_and_the_page_says_only_what_is_true(world: World) -> None:
    with time_machine.travel(wall("2026-11-04 15:00"), tick=False) as clockwork:
        karin, siv = world.staff("Karin Ek"), world.patient("Siv")
        booking = books(karin, siv, "2026-11-10 14:00")
        worker.remind()
        clockwork.move_to(wall("2026-11-09 14:00"))
        worker.remind()
        news = "/aviseringar"
        assert "Du har en tid snart" in siv.phone().get(news).text
        begins = wall("2026-11-17 10:00")
        with db.transaction():
            bookings.move(booking, begins, begins + timedelta(minutes=45), by=karin.viewer, now=clock.now())
        page = siv.phone().get(news).text
        assert "En tid är flyttad" in page and "Du har en tid snart" not in page
        clockwork.move_to(wall("2026-11-10 12:00"))
        worker.remind()
        assert "Du har en tid i dag" not in siv.phone().get(news).text
        clockwork.move_to(wall("2026-11-17 08:00"))
        worker.remind()
        page = siv.phone().get(news).text
        assert "Du har en tid i dag" in page and "Kyrkogatan" not in page and "Karin" not in page
