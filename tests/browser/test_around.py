"""What surrounds the main job: language, fault report, leaving, signing out, and the next person on the same phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.core import db
from app.home.models import FaultReport
from tests.browser.phone import Phone, letters, sends, steps_in, writes
from tests.world import World

pytestmark = pytest.mark.slow


def test_the_language_changes_and_the_place_stays(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Siv Eklund", contact="Karin Holm").asks("Talar vi samma språk?")
    page = phone().page
    steps_in(page, "Siv Eklund")
    page.get_by_role("link", name="Talar vi samma språk?").first.click()
    place = page.url
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url == place
    expect(letters(page)).to_contain_text("Talar vi samma språk?")
    page.get_by_role("button", name="Svenska").click()
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    assert page.url == place

    page.goto("/meddelanden?fore=hittas-inte")
    page.get_by_role("button", name="English").click()
    assert page.url.endswith("/meddelanden?fore=hittas-inte")


def test_a_fault_in_accessibility_is_reported(phone: Callable[..., Phone], world: World) -> None:
    hand = phone()
    hand.expects(422)
    hand.page.goto("/tillganglighet")
    hand.page.get_by_label("På vilken sida?").fill("Hjälp nu")
    sends(hand.page)
    expect(hand.page.get_by_role("alert")).to_contain_text("Skriv något först")
    expect(hand.page.get_by_label("På vilken sida?")).to_have_value("Hjälp nu")
    hand.page.get_by_label("Vad gick inte?").fill("Jag hör inte vad knappen heter.")
    hand.page.get_by_label("Hur når vi dig?").fill("siv@example.org")
    sends(hand.page)
    expect(hand.page.get_by_role("main")).to_contain_text("Tack.")
    latest = db.session().scalars(select(FaultReport).order_by(FaultReport.reported_at.desc()).limit(1)).one()
    assert (latest.text, latest.page, latest.reply_to) == (
        "Jag hör inte vad knappen heter.",
        "Hjälp nu",
        "siv@example.org",
    )


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_next_person_on_the_phone_sees_nothing_of_the_first(
    phone: Callable[..., Phone], world: World, scripts: bool
) -> None:
    first, second = ("Gerd", "Lars") if scripts else ("Vera", "Olle")
    gerd = world.patient(f"{first} Eklund", contact="Karin Holm")
    world.patient(f"{second} Eklund", contact="Karin Holm")
    gerd.asks("Det här är mitt eget.")
    hand = phone(java_script_enabled=scripts)
    page = hand.page
    steps_in(page, f"{first} Eklund")
    page.get_by_role("link", name="Det här är mitt eget").first.click()
    address = page.url
    page.get_by_role("link", name="Logga ut").click()
    page.get_by_role("button", name="Logga ut").click()
    expect(page.get_by_role("link", name="Logga in").first).to_be_visible()

    for _step in range(4):
        page.go_back()
        expect(page.locator("body")).not_to_contain_text("mitt eget")
        expect(page.locator("body")).not_to_contain_text("Karin Holm läser")

    steps_in(page, f"{second} Eklund")
    hand.expects(404)
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sidan finns inte här")
    page.goto("/meddelanden")
    expect(page.get_by_role("main")).not_to_contain_text("mitt eget")
    for _step in range(6):
        page.go_back()
        expect(page.locator("body")).not_to_contain_text("mitt eget")
    if scripts:
        page.goto("/")
        assert page.evaluate("Object.keys(localStorage)") == []


def test_signing_out_ends_the_session_itself(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Berta Eklund", contact="Karin Holm")
    hand = phone()
    steps_in(hand.page, "Berta Eklund")
    kept = hand.context.cookies()
    hand.page.get_by_role("link", name="Logga ut").click()
    hand.page.get_by_role("button", name="Logga ut").click()
    expect(hand.page.get_by_role("link", name="Logga in").first).to_be_visible()
    hand.context.add_cookies(kept)  # type: ignore[arg-type]
    hand.page.goto("/meddelanden")
    assert "/logga-in" in hand.page.url


def test_signing_out_warns_of_unsaved_text_only_when_there_is_some(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Doris Eklund", contact="Karin Holm")
    hand = phone()
    hand.forgives("net::ERR_INTERNET_DISCONNECTED")
    page = hand.page
    steps_in(page, "Doris Eklund")
    page.goto("/logga-ut")
    warning = page.get_by_role("heading", name="Text som inte är sparad eller skickad")
    expect(warning).to_be_hidden()

    page.goto("/")
    page.get_by_role("link", name="Skriv till Karin Holm").first.click()
    expect(page.get_by_role("status").filter(has_text="Texten sparas medan du skriver.")).to_be_visible()
    hand.context.set_offline(True)
    writes(page, "Skrivet utan nät.")
    expect(page.get_by_role("status").filter(has_text="Inget nät.")).to_be_visible()
    page.route("**/utkast", lambda route: route.abort("internetdisconnected"))
    hand.context.set_offline(False)
    page.goto("/logga-ut")
    expect(warning).to_be_visible()
    page.get_by_role("button", name="Logga ut").click()
    expect(page.get_by_role("link", name="Logga in").first).to_be_visible()
    assert page.evaluate("Object.keys(localStorage)") == []


def test_leaving_is_one_press_and_back_does_not_return(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Inga Eklund", contact="Karin Holm").asks("Göms snabbt.")
    hand = phone()
    hand.forgives("request to another machine")
    weather = {"status": 200, "content_type": "text/html", "body": "<title>Annat</title><h1>Annat</h1>"}
    hand.context.route(lambda url: not url.startswith(hand.origin), lambda route: route.fulfill(**weather))
    steps_in(hand.page, "Inga Eklund")
    hand.page.get_by_role("link", name="Göms snabbt").first.click()
    expect(hand.page.get_by_role("heading", name="Göms snabbt")).to_be_visible()
    hand.page.wait_for_load_state()
    hand.page.get_by_role("button", name="Lämna").click()
    expect(hand.page.get_by_role("heading", name="Annat")).to_be_visible()
    hand.page.go_back()
    expect(hand.page.get_by_text("Göms snabbt")).to_have_count(0)
