"""What somebody is writing is theirs, also when the session, the page or the person changes."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.behind import sessions_end, texts
from tests.browser.phone import Phone, field, letters, sends, stays_the_same_page, steps_in, writes
from tests.world import World

pytestmark = pytest.mark.slow


def begins_to_write(page: Page, name: str, to: str, text: str) -> None:
    steps_in(page, name)
    page.get_by_role("link", name=f"Skriv till {to}").first.click()
    writes(page, text)


def test_a_draft_survives_a_lost_session(phone: Callable[..., Phone], world: World) -> None:
    siv = world.patient("Siv Brodin", contact="Karin Dal")
    hand = phone()
    begins_to_write(hand.page, "Siv Brodin", "Karin Dal", "Jag har tänkt på en sak")
    saved = hand.page.get_by_role("status").filter(has_text="Sparat")
    expect(saved).to_be_visible()

    sessions_end(siv)
    hand.expects(401)
    writes(hand.page, "Jag har tänkt på en sak sedan i måndags.")
    expect(hand.page.get_by_role("status").filter(has_text="Du är utloggad")).to_be_visible()
    expect(field(hand.page)).to_have_value("Jag har tänkt på en sak sedan i måndags.")

    other = hand.tab()
    steps_in(other, "Siv Brodin")
    other.get_by_role("link", name="Skriv till Karin Dal").first.click()
    expect(field(other)).to_have_value("Jag har tänkt på en sak")
    other.close()

    hand.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(saved).to_be_visible()
    sends(hand.page)
    expect(letters(hand.page)).to_have_count(1)
    assert texts(siv) == [["Jag har tänkt på en sak sedan i måndags."]]


def test_a_draft_is_there_on_another_phone(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Gun Brodin", contact="Karin Dal")
    first, second = phone().page, phone().page
    begins_to_write(first, "Gun Brodin", "Karin Dal", "Börjar på telefonen.")
    expect(first.get_by_role("status").filter(has_text="Sparat")).to_be_visible()
    steps_in(second, "Gun Brodin")
    second.get_by_role("link", name="Skriv till Karin Dal").first.click()
    expect(field(second)).to_have_value("Börjar på telefonen.")


def test_the_language_button_saves_first(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Ester Brodin", contact="Karin Dal")
    page = phone().page
    begins_to_write(page, "Ester Brodin", "Karin Dal", "Början")
    expect(page.get_by_role("status").filter(has_text="Sparat")).to_be_visible()
    writes(page, "Början och fortsättningen")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(field(page)).to_have_value("Början och fortsättningen")
    writes(page, "Början, fortsättningen och slutet")
    page.get_by_role("navigation").get_by_role("link", name="Home").click()
    page.get_by_role("link", name="Write to Karin Dal").first.click()
    expect(field(page)).to_have_value("Början, fortsättningen och slutet")


def test_the_language_button_stays_with_a_text_that_cannot_be_saved(phone: Callable[..., Phone], world: World) -> None:
    maud = world.patient("Maud Brodin", contact="Karin Dal")
    hand = phone()
    hand.expects(401, 403)
    begins_to_write(hand.page, "Maud Brodin", "Karin Dal", "Bara här.")
    sessions_end(maud)
    with stays_the_same_page(hand.page):
        hand.page.get_by_role("button", name="English").click()
        expect(hand.page.get_by_role("status").filter(has_text="Du är utloggad")).to_be_in_viewport()
        expect(field(hand.page)).to_have_value("Bara här.")
    hand.page.get_by_role("navigation").get_by_role("link", name="Hjälp nu").click()
    expect(hand.page.get_by_role("heading", level=1)).to_have_text("Hjälp nu")


KEPT = "Det här får inte försvinna.\n\nInte det här heller."


def signs_in_in_a_new_tab(hand: Phone, name: str) -> None:
    with hand.context.expect_page() as opened:
        hand.page.get_by_role("link", name="Logga in i en ny flik").click()
    steps_in(opened.value, name)
    opened.value.close()


def test_sending_with_a_dead_session_stays_and_goes_on(phone: Callable[..., Phone], world: World) -> None:
    rut = world.patient("Rut Brodin", contact="Karin Dal")
    hand = phone()
    begins_to_write(hand.page, "Rut Brodin", "Karin Dal", KEPT)
    sessions_end(rut)
    hand.expects(401, 403)
    with stays_the_same_page(hand.page):
        sends(hand.page)
        expect(hand.page.get_by_role("status").filter(has_text="Du är utloggad")).to_be_visible()
        expect(field(hand.page)).to_have_value(KEPT)
        signs_in_in_a_new_tab(hand, "Rut Brodin")
    sends(hand.page)
    expect(letters(hand.page)).to_have_count(1)
    assert texts(rut) == [[KEPT]]


def test_without_scripts_too(phone: Callable[..., Phone], world: World) -> None:
    eva = world.patient("Eva Brodin", contact="Karin Dal")
    hand = phone(java_script_enabled=False)
    begins_to_write(hand.page, "Eva Brodin", "Karin Dal", KEPT)
    sessions_end(eva)
    hand.expects(401, 403)
    for _press in range(2):
        sends(hand.page)
        expect(hand.page.get_by_role("heading", level=1)).to_have_text("Du är inte inloggad längre")
        expect(field(hand.page)).to_have_value(KEPT)
        expect(hand.page.get_by_role("navigation").get_by_role("link", name="Hjälp nu")).to_be_visible()
    signs_in_in_a_new_tab(hand, "Eva Brodin")
    sends(hand.page)
    if hand.page.get_by_role("heading", level=1, name="Sidan hade blivit för gammal").count():
        # The new session has a token of its own, so the old page may have to ask for one more press.
        expect(field(hand.page)).to_have_value(KEPT)
        sends(hand.page)
    expect(letters(hand.page)).to_have_count(1)
    assert texts(eva) == [[KEPT]]


def test_saving_without_scripts_with_a_dead_session_keeps_the_text(phone: Callable[..., Phone], world: World) -> None:
    eva = world.patient("Ulla Brodin", contact="Karin Dal")
    hand = phone(java_script_enabled=False)
    begins_to_write(hand.page, "Ulla Brodin", "Karin Dal", "Sparas för hand.")
    sessions_end(eva)
    hand.expects(401)
    hand.page.get_by_role("button", name="Spara").click()
    expect(hand.page.get_by_role("heading", level=1)).to_have_text("Du är inte inloggad längre")
    expect(field(hand.page)).to_have_value("Sparas för hand.")
    assert texts(eva) == []


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_kept_text_is_never_sent_as_somebody_else(phone: Callable[..., Phone], world: World, scripts: bool) -> None:
    names = ("Tova Brodin", "Axel Brodin") if scripts else ("Tora Brodin", "Alva Brodin")
    tova, axel = (world.patient(name, contact="Karin Dal") for name in names)
    hand = phone(java_script_enabled=scripts)
    page = hand.page
    begins_to_write(page, names[0], "Karin Dal", "Bara från mig.")
    sessions_end(tova)
    hand.expects(401, 403, 404)
    sends(page)
    expect(page.get_by_role("main")).to_contain_text("Du är utloggad" if scripts else "Du är inte inloggad längre")
    signs_in_in_a_new_tab(hand, names[1])
    for _press in range(2):
        sends(page)
        page.wait_for_load_state()
        expect(field(page)).to_have_value("Bara från mig.")
        if not page.get_by_role("button", name=re.compile("^Skicka")).is_visible():
            break
    assert texts(tova) == [] and texts(axel) == []
