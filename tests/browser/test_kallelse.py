"""A head writes what the kallelse says; the patient reads it, and may always bring somebody."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.bookings.rules import CLOSING
from app.care import unit_service
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.locale import local
from tests.bookings.times import books
from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.world import Staff, World

pytestmark = pytest.mark.slow


def build(world: World, family: str) -> Staff:
    """Karin, who works at a unit of the story's own, led by Hedda."""
    name = f"Mottagning {family}"
    head, stand_in, karin = (world.staff(f"{first} {family}", unit=name) for first in ("Hedda", "Nils", "Karin"))
    with db.transaction():
        unit_service.name_head(head.unit.id, head.person.id, (stand_in.person.id,), by=SYSTEM, now=clock.now())
    return karin


def adds_a_place(page: Page) -> None:
    page.get_by_role("link", name="Lägg till en plats").click()
    page.get_by_label("Vad heter platsen?").fill("Filialen")
    page.get_by_label("Adress").fill("Torget 1, Björkby")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("main")).to_contain_text("Öppen måndag till fredag.")


@pytest.mark.parametrize(("family", "scripts"), [("Asp", True), ("Alm", False)], ids=["with scripts", "without"])
def test_the_head_writes_the_letter_and_the_patient_reads_it(
    phone: Callable[..., Phone], world: World, family: str, *, scripts: bool
) -> None:
    karin = build(world, family)
    patient = world.patient(f"Siv {family}", contact=f"Karin {family}")
    taken = phone(java_script_enabled=scripts)
    taken.expects(422)
    page = taken.page
    steps_in(page, f"Hedda {family}")
    page.goto(f"/enhet/{db.short(karin.unit.id)}")
    page.get_by_role("link", name=re.compile("^Tider och kallelser")).click()
    assert not scripts or not faults(page)
    adds_a_place(page)
    page.get_by_role("link", name="Lägg till en tid").click()
    page.get_by_label("Vad heter tiden?").fill("Samtal")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("alert")).to_contain_text("Välj minst en som gör det här.")
    expect(page.get_by_label("Vad heter tiden?")).to_have_value("Samtal")
    page.get_by_label("Var är det oftast?").select_option(label="Filialen")
    page.get_by_label(f"Karin {family}").check()
    assert not scripts or not faults(page)
    page.get_by_role("button", name="Spara").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Kallelsen till Samtal")
    words, shown = page.get_by_label("Vad ska stå i kallelsen?"), page.locator("[data-sample-shown]")
    expect(shown).to_contain_text("Var: Filialen.")
    words.fill("Hej {namn}. Gå till {adress}.")
    page.get_by_role("button", name="Spara kallelsen").click()
    expect(page.get_by_role("alert")).to_contain_text("{adress} går inte att fylla i.")
    expect(words).to_have_value("Hej {namn}. Gå till {adress}.")
    words.fill("Välkommen {namn}, {tid}.\n\nVi ses på {plats}. Ring på klockan.")
    if not scripts:
        page.get_by_role("button", name="Visa hur den blir").click()
    expect(shown).to_contain_text("Välkommen Förnamn Efternamn")
    expect(shown).to_contain_text(CLOSING)
    assert not scripts or not faults(page)
    page.get_by_role("button", name="Spara kallelsen").click()
    expect(page.get_by_role("main")).to_contain_text("Besök, 45 minuter, Filialen. En gör det här.")

    day = local(clock.now()).date() + timedelta(days=14)
    booking = books(karin, patient, f"{day} 09:00", place="Filialen, Torget 1, Björkby")
    steps_in(page, f"Siv {family}")
    page.goto(f"/kallelse/{db.short(booking)}")
    expect(page.get_by_role("main")).to_contain_text("Vi ses på Filialen, Torget 1, Björkby. Ring på klockan.")
    expect(page.get_by_text(CLOSING)).to_be_visible()
    if scripts:
        page.evaluate("window.print = () => { window.wasPrinted = true; }")
        page.get_by_role("button", name="Skriv ut").click()
        assert page.evaluate("window.wasPrinted === true")
        assert not faults(page)
    else:
        expect(page.get_by_text("Skriv ut sidan med webbläsarens egen meny.")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_text(CLOSING)).to_be_visible()
    expect(page.get_by_role("navigation")).to_be_hidden()
