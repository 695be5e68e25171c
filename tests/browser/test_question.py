"""A question on a nurse's phone: an answer with more to come, handed over, and taken back."""

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


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_more_to_come_handed_over_and_taken_back(phone: Callable[..., Phone], world: World, scripts: bool) -> None:
    place = "Rönnen" if scripts else "Hasseln"
    kajsa, egon, siv = f"Kajsa {place}", f"Egon {place}", f"Signe {place}"
    unit = f"Mottagning {place}"
    world.staff(kajsa, unit=unit)
    world.staff(egon, unit=unit)
    world.patient(siv, contact=kajsa).asks("Kan jag ta tabletten på morgonen?")
    desk, other, patient = (phone(java_script_enabled=scripts).page for _ in range(3))

    steps_in(desk, kajsa)
    desk.get_by_role("link", name=siv).click()
    fine(desk, scripts)
    writes(desk, "Jag ska fråga läkaren först.")
    desk.get_by_role("button", name="Jag återkommer senast").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Jag återkommer senast …")
    expect(desk.get_by_label("Ditt svar")).to_have_value("Jag ska fråga läkaren först.")
    expect(desk.get_by_label("Mer svar senast").locator("option")).to_have_count(10)
    fine(desk, scripts)
    sends(desk)
    expect(desk.get_by_role("main")).to_contain_text("Svaret är skickat.")
    expect(letters(desk)).to_have_count(2)
    fine(desk, scripts)

    desk.get_by_role("link", name="Lämna över till").click()
    fine(desk, scripts)
    desk.get_by_role("radio", name=egon).check(force=True)
    desk.get_by_label("Varför?").fill("Egon träffar läkaren i dag.")
    desk.get_by_role("button", name="Lämna över").click()
    expect(desk.get_by_role("main")).to_contain_text(f"{egon} har frågan nu.")
    fine(desk, scripts)

    steps_in(patient, siv)
    patient.goto("/meddelanden")
    patient.get_by_role("link", name="Kan jag ta tabletten").click()
    expect(patient.get_by_role("main")).to_contain_text("Jag ska fråga läkaren först.")
    expect(patient.get_by_role("main")).to_contain_text(f"{egon} läser det du skriver")
    steps_in(other, egon)
    expect(other.get_by_role("heading", level=1)).to_have_text("En väntar på dig")

    desk.get_by_role("button", name="Ta tillbaka").click()
    expect(desk.get_by_role("main")).to_contain_text("Du har frågan nu.")
    writes(desk, "Läkaren säger ja.")
    desk.get_by_role("button", name="Skicka svaret").click()
    expect(letters(desk).last).to_contain_text("Läkaren säger ja.")
    desk.get_by_role("button", name="Avsluta").click()
    expect(desk.get_by_role("main")).to_contain_text("Den som skriver här öppnar den igen.")
    fine(desk, scripts)


def test_a_row_on_the_start_page_is_taken_with_one_press(phone: Callable[..., Phone], world: World) -> None:
    kajsa, egon, siv = "Kajsa Sälg", "Egon Sälg", "Signe Sälg"
    first, second = world.staff(kajsa, unit="Mottagning Sälgen"), world.staff(egon, unit="Mottagning Sälgen")
    world.patient(siv, contact=kajsa).asks("Kan jag ta tabletten på morgonen?")
    assert first.viewer and second.viewer
    desk, other = phone().page, phone().page
    steps_in(desk, kajsa)
    desk.get_by_role("link", name=siv).click()
    desk.get_by_role("link", name="Fråga en kollega").click()
    desk.get_by_role("radio", name=egon).check(force=True)
    desk.get_by_label("Varför?").fill("Vad tror du?")
    desk.get_by_role("button", name="Fråga").click()
    expect(desk.get_by_role("main")).to_contain_text("Din kollega kan också svara nu.")
    steps_in(other, egon)
    row = other.get_by_role("article").filter(has_text=siv)
    expect(row).to_contain_text("Du är också tillfrågad.")
    fine(other, True)
    row.get_by_role("button", name="Jag tar den").click()
    expect(other.get_by_role("main")).to_contain_text("Du har frågan nu.")
