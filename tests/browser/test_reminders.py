"""A patient chooses when to be reminded, on a phone, with and without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.world import World

pytestmark = pytest.mark.slow


def fine(page: Page, scripts: bool) -> None:
    """Nothing that a tool can see is wrong with the page; without scripts the tool cannot look."""
    if scripts:
        found = faults(page)
        assert not found, "\n".join(found)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_reminders_are_chosen_and_stay_chosen(phone: Callable[..., Phone], world: World, scripts: bool) -> None:
    place = "Asken" if scripts else "Enen"
    kajsa, siv = f"Klara {place}", f"Sonja {place}"
    world.staff(kajsa, unit=f"Mottagning {place}")
    world.patient(siv, contact=kajsa)
    page = phone(java_script_enabled=scripts).page
    main = page.get_by_role("main")

    steps_in(page, siv)
    page.goto("/aviseringar/mina")
    page.get_by_role("link", name="Påminnelser om tider").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("När vill du bli påmind?")
    expect(main).to_contain_text("Mellan kl. 21 och 7 påminner vi aldrig.")
    fine(page, scripts)

    visits = page.get_by_role("group", name="Besök på mottagningen")
    expect(visits.get_by_role("checkbox", name="24 timmar")).to_be_checked()
    visits.get_by_role("checkbox", name="En vecka").check(force=True)
    visits.get_by_role("checkbox", name="2 timmar", exact=True).uncheck(force=True)
    page.get_by_role("button", name="Spara").click()
    expect(main).to_contain_text("Sparat. Det gäller från nu, också tider du redan har fått.")
    fine(page, scripts)

    page.goto("/tider/paminnelser")
    expect(visits.get_by_role("checkbox", name="En vecka")).to_be_checked()
    expect(visits.get_by_role("checkbox", name="2 timmar", exact=True)).not_to_be_checked()
    calls = page.get_by_role("group", name="Telefonsamtal")
    expect(calls.get_by_role("checkbox", name="2 timmar", exact=True)).to_be_checked()
