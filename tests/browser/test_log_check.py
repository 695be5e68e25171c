"""The administrator draws a sample of the log, judges each row, opens a name with a reason, and signs."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.core import db
from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.world import World, today

pytestmark = pytest.mark.slow


def ends_today(page: Page) -> None:
    page.get_by_label("Från").fill(today().isoformat())
    page.get_by_label("Till och med").fill(today().isoformat())


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_check_from_the_draw_to_the_signature(phone: Callable[..., Phone], world: World, scripts: bool) -> None:
    tree = "Aspen" if scripts else "Rönnen"
    karin = world.staff(f"Karin {tree}", unit=f"Mottagning {tree}")
    siv = world.patient(f"Siv Malin {tree}", contact=f"Karin {tree}")
    reader = karin.phone()
    reader.get(f"/meddelanden/{db.short(siv.asks('Jag vaknar vid tre på natten.'))}")

    hand = phone(java_script_enabled=scripts)
    hand.expects(422)
    page = hand.page
    steps_in(page, "Maria Hedlund")
    page.get_by_role("link", name="Kontrollera loggen").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ska göras nu")
    assert not faults(page) if scripts else True
    page.get_by_role("link", name="Samma efternamn").first.click()
    ends_today(page)
    page.get_by_role("button", name="Dra urvalet").click()
    expect(page.get_by_role("main")).to_contain_text(f"Karin {tree}, patient S. {tree[0]}.")
    expect(page.get_by_role("main")).not_to_contain_text(f"Siv Malin {tree}")
    assert not faults(page) if scripts else True
    rows = page.get_by_role("main").get_by_role("link", name="patient").count()
    page.get_by_role("link", name="Bedöm nästa rad").click()
    page.get_by_label("Det ska utredas").check()
    page.get_by_role("button", name="Spara och ta nästa").click()
    expect(page.get_by_role("alert")).to_contain_text("Skriv vad som ska utredas")
    page.get_by_label("Varför behöver du se namnet?").fill("De heter lika.")
    page.get_by_role("button", name="Visa namnet").click()
    expect(page.get_by_role("main")).to_contain_text("Namnet är öppnat: De heter lika.")
    assert not faults(page) if scripts else True
    for row in range(rows, 0, -1):
        page.get_by_label("Ja, det hör till arbetet").check()
        page.get_by_role("button", name="Spara och ta nästa").click()
        expect(page.get_by_role("main")).to_contain_text("är bedömda" if row > 1 else "Alla rader är bedömda")
    expect(page.get_by_role("heading", level=1)).to_have_text("Alla rader är bedömda")
    page.get_by_label("Vad kom du fram till?").fill("Karin är kontakt. Allt hör till arbetet.")
    page.get_by_role("button", name="Skriv under och avsluta").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kontrollen är klar")
    expect(page.get_by_role("main")).to_contain_text("Allt hör till arbetet.")
    with page.expect_download() as download:
        page.get_by_role("link", name="Hämta som tabell").click()
    assert download.value.suggested_filename.startswith("loggkontroll-")
