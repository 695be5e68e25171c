"""Ring mig on a patient's phone: a time is chosen, changed, and at last it has solved itself; and a thanks."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import faults
from tests.browser.phone import Phone, letters, sends, steps_in, writes
from tests.world import World

pytestmark = pytest.mark.slow


def fine(page: Page, scripts: bool) -> None:
    """Nothing that a tool can see is wrong with the page; without scripts the tool cannot look."""
    if scripts:
        found = faults(page)
        assert not found, "\n".join(found)


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_time_to_be_rung_chosen_changed_and_solved(phone: Callable[..., Phone], world: World, scripts: bool) -> None:
    place = "Lönnen" if scripts else "Sälgen"
    kajsa, siv = f"Klara {place}", f"Sonja {place}"
    world.staff(kajsa, unit=f"Mottagning {place}")
    world.patient(siv, contact=kajsa)
    hand = phone(java_script_enabled=scripts)
    hand.expects(422)
    page = hand.page
    main = page.get_by_role("main")

    steps_in(page, siv)
    page.get_by_role("link", name="en tid med").click()
    assert heading(page) == "När ska vi ringa dig?"
    fine(page, scripts)
    page.get_by_label("Vad gäller det?").fill("Tabletten.")
    page.get_by_role("button", name="Ring mig då").click()
    expect(page.get_by_role("alert")).to_contain_text("Välj en tid.")
    expect(page.get_by_role("alert")).to_contain_text("Skriv ett nummer att ringa.")
    expect(page.get_by_label("Vad gäller det?")).to_have_value("Tabletten.")
    fine(page, scripts)

    page.get_by_role("radio", name=f"Kl. 13–15 {kajsa}").last.check(force=True)
    page.get_by_label("Vilket nummer ska vi ringa?").fill("070-174 06 12")
    page.get_by_role("button", name="Ring mig då").click()
    expect(letters(page)).to_have_count(1)
    expect(letters(page)).to_contain_text("kl. 13–15 på 070-174 06 12.")
    expect(main).to_contain_text(f"{kajsa} ringer dig")
    fine(page, scripts)

    page.goto("/")
    expect(main).to_contain_text(f"{kajsa} ringer dig")
    fine(page, scripts)
    page.get_by_role("link", name="en tid med").click()
    assert heading(page) == f"Du blir uppringd av {kajsa}"
    fine(page, scripts)
    page.get_by_role("link", name="Byt tid").click()
    fine(page, scripts)
    page.get_by_role("radio", name=f"Kl. 8–10 {kajsa}").last.check(force=True)
    page.get_by_label("Vilket nummer ska vi ringa?").fill("070-174 06 12")
    page.get_by_role("button", name="Byt till den tiden").click()
    expect(letters(page)).to_contain_text("kl. 8–10 på 070-174 06 12.")

    page.get_by_role("link", name="Det har löst sig").click()
    expect(main).to_contain_text(f"{kajsa} ringer dig inte då.")
    fine(page, scripts)
    page.get_by_role("button", name="Ja, det har löst sig").click()
    expect(main).to_contain_text("Du skrev att det har löst sig.")
    fine(page, scripts)
    page.go_back()
    page.reload()
    expect(main).to_contain_text("Du skrev att det har löst sig.")

    writes(page, "Tack för hjälpen.")
    page.get_by_role("checkbox", name="Du behöver inte svara").check(force=True)
    sends(page)
    expect(letters(page)).to_have_count(2)
    expect(main).to_contain_text("Behöver inget svar")
    expect(page.get_by_role("link", name="Det har löst sig")).to_have_count(0)
    fine(page, scripts)
