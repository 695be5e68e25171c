"""The public pages: anybody finds a drop-in, sees when it opens, and may say that they come. Nobody is known by it."""

from datetime import UTC, date, datetime, time
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select

from app import worker
from app.bookings import kind_service as kinds
from app.core import clock, db
from app.core.audit import SYSTEM, log
from app.dropin import queries, service
from app.dropin.models import DropInComing
from app.dropin.rules import Exceptional
from tests.care.pages import said
from tests.client import LintedClient
from tests.dropin.hours import NAME, anybody, opens, press
from tests.world import Staff, World

pytestmark = pytest.mark.usefixtures("clockwork")
Travel = time_machine.Traveller


@pytest.fixture
def phone(world: World) -> LintedClient:
    return anybody(world.app)


def page(drop_in: UUID) -> str:
    return f"/drop-in/{db.short(drop_in)}"


def coming() -> int:
    return db.session().scalar(select(func.count()).select_from(DropInComing)) or 0


def comes(world: World, drop_in: UUID, number: int) -> None:
    for _other in range(number):
        assert press(anybody(world.app), page(drop_in), f"{page(drop_in)}/kommer").status_code == 303


def test_it_is_found_from_the_start_page_and_says_who_when_where_and_where_else(
    phone: LintedClient, drop_in: UUID
) -> None:
    assert 'href="/drop-in"' in phone.get("/").text
    assert 'href="/drop-in?kommun=rattvik"' in phone.get("/stod/rattvik").text
    listed = phone.get("/drop-in?kommun=rattvik")
    assert f"{NAME} Varje onsdag kl. 13–16. Öppnar i dag kl. 13.00." in said(listed)
    assert page(drop_in) in listed.text
    shown = phone.get(page(drop_in))
    for words in (
        "En sjuksköterska eller en skötare.",
        "Ta gärna med någon som står dig nära.",
        "Vårdhuset , Storgatan 1, Rättvik",
        "Gå in från gården.",
        "Är det fara för livet? Ring 112.",
        "Ring din vårdcentral.",
        "1177",
    ):
        assert words in said(shown), words
    assert shown.headers["Cache-Control"] == "no-store" and "X-Robots-Tag" not in shown.headers


def test_where_there_is_none_it_says_where_to_turn(phone: LintedClient, world: World) -> None:
    world.unit()
    shown = said(phone.get("/drop-in"))
    assert "Ingen drop-in är inlagd här än" in shown and "Ring 1177, så kan de svara." in shown


def test_another_municipality_is_told_what_lies_elsewhere(phone: LintedClient, drop_in: UUID) -> None:
    shown = said(phone.get("/drop-in?kommun=mora"))
    assert "Vi känner inte till någon drop-in i Mora." in shown and NAME in shown
    assert "Rättvik" in said(phone.get("/drop-in?kommun=finns-inte"))


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-11-25 12:59", "Öppnar i dag kl. 13.00."),
        ("2026-11-25 13:00", "Öppet nu, till kl. 16.00."),
        ("2026-11-25 16:00", "Stängt för i dag. Öppnar onsdag 2 december kl. 13.00."),
        ("2026-11-26 08:00", "Öppnar onsdag 2 december kl. 13.00."),
        ("2026-12-01 08:00", "Öppnar i morgon kl. 13.00."),
        ("2027-01-06 13:30", "Stängt i dag. Öppnar onsdag 13 januari kl. 13.00. Det är en röd dag."),
        ("2026-12-16 13:30", "Stängt i dag. Öppnar onsdag 23 december kl. 13.00. Vi är på utbildning."),
    ],
)
def test_it_says_how_it_stands(
    phone: LintedClient, clockwork: Travel, maria: Staff, drop_in: UUID, at: str, words: str
) -> None:
    closed = Exceptional(words="Vi är på utbildning.")
    with db.transaction():
        service.say_of_day(drop_in, date(2026, 12, 16), closed, by=maria.viewer, now=clock.now())
    clockwork.move_to(datetime.fromisoformat(f"{at}+01:00"))
    shown = said(phone.get(page(drop_in)))
    assert words in shown
    assert ("Jag kommer i dag" in shown) == ("i dag kl. 13" in words or "Öppet nu" in words)


def test_somebody_says_that_they_come_and_takes_it_back(phone: LintedClient, world: World, drop_in: UUID) -> None:
    assert "Ingen har sagt att de kommer än." in said(phone.get(page(drop_in)))
    for _press in range(2):
        assert press(phone, page(drop_in), f"{page(drop_in)}/kommer").status_code == 303
    assert coming() == 1
    shown = said(phone.get(page(drop_in)))
    assert "Du har sagt att du kommer. Ingen ser att det är du." in shown
    assert "Några har sagt att de kommer, färre än fem." in shown
    other = said(anybody(world.app).get(page(drop_in)))
    assert "Du har sagt" not in other
    comes(world, drop_in, 3)
    assert "färre än fem" in said(phone.get(page(drop_in)))
    comes(world, drop_in, 1)
    assert "5 har sagt att de kommer." in said(phone.get(page(drop_in)))
    for _press in range(2):
        assert press(phone, page(drop_in), f"{page(drop_in)}/kommer-inte").status_code == 303
    assert coming() == 4 and "Jag kommer i dag" in said(phone.get(page(drop_in)))


def test_a_press_that_is_sent_twice_is_one(world: World, drop_in: UUID) -> None:
    key = db.short(db.new_key())
    for _tab in range(2):
        assert press(anybody(world.app), page(drop_in), f"{page(drop_in)}/kommer", nyckel=key).status_code == 303
    assert coming() == 1
    assert press(anybody(world.app), page(drop_in), f"{page(drop_in)}/kommer", nyckel="x").status_code == 303
    assert coming() == 2


def test_one_comes_to_one_place_at_a_time(phone: LintedClient, maria: Staff, place: UUID, drop_in: UUID) -> None:
    other = opens(maria, place, name="En annan", opens=time(10))
    press(phone, page(drop_in), f"{page(drop_in)}/kommer")
    press(phone, page(other), f"{page(other)}/kommer")
    assert coming() == 1
    assert "Du har sagt" not in said(phone.get(page(drop_in)))
    assert "Du har sagt" in said(phone.get(page(other)))


def test_nobody_comes_when_it_is_closed(
    phone: LintedClient, clockwork: Travel, world: World, maria: Staff, place: UUID, drop_in: UUID
) -> None:
    draft = opens(maria, place, public=False, name="Inte visad")
    assert press(phone, "/drop-in", f"{page(draft)}/kommer").status_code == 404
    for at in ("2026-11-25 16:00", "2026-11-26 14:00", "2027-01-06 14:00"):
        clockwork.move_to(datetime.fromisoformat(f"{at}+01:00"))
        refused = press(phone, "/drop-in", f"{page(drop_in)}/kommer")
        assert refused.status_code == 409 and "Det är stängt nu" in said(refused)
    assert coming() == 0
    assert anybody(world.app).post(f"{page(drop_in)}/kommer").status_code == 403


def test_a_place_that_they_have_left_is_no_address_to_go_to(
    phone: LintedClient, maria: Staff, place: UUID, drop_in: UUID
) -> None:
    with db.transaction():
        kinds.end_location(place, by=maria.viewer, now=clock.now())
    shown = phone.get(page(drop_in))
    assert "Storgatan" not in shown.text and "Gå in från gården." not in shown.text
    assert "Ring innan du åker" in said(shown) and "Ring så får du veta vart du ska." in said(shown)
    assert 'href="tel:' in shown.text.split("De har lämnat platsen.")[1].split("Vem du möter")[0]
    assert "Jag kommer i dag" not in said(shown)
    assert press(phone, "/drop-in", f"{page(drop_in)}/kommer").status_code == 303 and coming() == 0
    assert "Öppnar i dag kl. 13.00. Ring innan du åker." in said(phone.get("/drop-in"))
    led = said(maria.phone().get(f"/enhet/drop-in/{db.short(maria.unit.id)}"))
    assert "Platsen används inte längre." in led


def test_a_flood_is_stopped_and_says_that_one_may_come_all_the_same(world: World, drop_in: UUID) -> None:
    comes(world, drop_in, service.OF_ONE)
    full = press(anybody(world.app), page(drop_in), f"{page(drop_in)}/kommer")
    assert full.status_code == 429 and "Du kan komma ändå." in said(full)
    assert coming() == service.OF_ONE


def test_it_is_forgotten_the_day_after_and_nothing_says_who(
    world: World, clockwork: Travel, phone: LintedClient, drop_in: UUID
) -> None:
    press(phone, page(drop_in), f"{page(drop_in)}/kommer")
    worker.tidy()
    assert coming() == 1
    clockwork.move_to(datetime(2026, 11, 25, 23, 30, tzinfo=UTC))  # after midnight in Sweden
    assert "Du har sagt" not in said(phone.get(page(drop_in)))
    worker.tidy()
    assert coming() == 0
    assert set(DropInComing.__table__.columns.keys()) == {"id", "drop_in_id", "on_date", "said_at"}
    assert not [row for row in db.session().execute(select(log.c.action)) if "coming" in row.action]


def test_search_can_ask_for_what_is_shown(maria: Staff, place: UUID, drop_in: UUID) -> None:
    opens(maria, place, public=False, name="Inte visad")
    opens(maria, place, name="I Mora", municipality="2062")
    opens(maria, place, name="Har varit", last_on=date(2026, 11, 18))
    assert [it.name for it in queries.published(SYSTEM)] == [NAME, "I Mora"]
    assert [it.name for it in queries.published(SYSTEM, "2062")] == ["I Mora"]
