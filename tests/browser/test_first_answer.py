"""The main job, whole: from the page of people to an answered message."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.phone import Phone, field, letters, presses_in, sends, stays_the_same_page, writes
from tests.world import World

pytestmark = pytest.mark.slow


def test_from_the_page_of_people_to_an_answered_message(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Siv Almgren", contact="Karin Hed")
    siv, karin = phone().page, phone().page

    presses_in(siv, "Siv Almgren")
    siv.get_by_role("link", name="Skriv till Karin Hed").first.click()
    writes(siv, "Hej! Kan jag byta min tid på torsdag?")
    sends(siv)
    expect(letters(siv)).to_have_count(1)
    expect(letters(siv)).to_contain_text("Kan jag byta min tid på torsdag?")

    presses_in(karin, "Karin Hed")
    expect(karin.get_by_role("heading", level=1)).to_have_text("En väntar på dig")
    waiting = karin.get_by_role("article").filter(has_text="Kan jag byta min tid på torsdag?")
    expect(waiting).to_contain_text("Oläst")
    with stays_the_same_page(siv):
        waiting.get_by_role("link", name="Siv Almgren").click()
        expect(letters(karin)).to_contain_text("Kan jag byta min tid på torsdag?")
        expect(letters(siv)).to_contain_text("Karin Hed läste i dag")

        writes(karin, "Ja, vi tar det på fredag kl. 10.")
        sends(karin)
        expect(letters(karin)).to_have_count(2)
        expect(letters(siv)).to_have_count(2)
        expect(letters(siv).last).to_contain_text("Ja, vi tar det på fredag kl. 10.")
        expect(siv.get_by_role("status").filter(has_text="Det har kommit ett nytt meddelande.")).to_be_attached()
    expect(letters(karin).last).to_contain_text("Siv Almgren läste i dag")

    karin.get_by_role("link", name="Väntar").click()
    expect(karin.get_by_role("heading", level=1)).to_have_text("Ingen väntar på dig just nu")
    siv.get_by_role("link", name="Start").click()
    expect(siv.get_by_role("main")).to_contain_text("Karin Hed skrev i dag")


def test_the_nurses_list_grows_by_itself(phone: Callable[..., Phone], world: World) -> None:
    siv = world.patient("Tora Almgren", contact="Klara Hed")
    klara = phone().page
    presses_in(klara, "Klara Hed")
    expect(klara.get_by_role("heading", level=1)).to_have_text("Ingen väntar på dig just nu")
    with stays_the_same_page(klara):
        siv.asks("När öppnar ni?")
        expect(klara.get_by_role("article")).to_contain_text("När öppnar ni?")
        expect(klara.get_by_role("heading", level=1)).to_have_text("En väntar på dig")


def test_the_whole_of_it_without_javascript(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Gun Almgren", contact="Berit Hed")
    gun, berit = (phone(java_script_enabled=False).page for _ in range(2))

    presses_in(gun, "Gun Almgren")
    gun.get_by_role("link", name="Skriv till Berit Hed").first.click()
    writes(gun, "Jag hittar inte brevet.")
    gun.get_by_role("button", name="Spara").click()
    gun.get_by_role("link", name="Skriv till Berit Hed").first.click()
    expect(field(gun)).to_have_value("Jag hittar inte brevet.")
    expect(gun.get_by_role("main")).to_contain_text("Sparat i dag")
    sends(gun)
    expect(letters(gun)).to_contain_text("Jag hittar inte brevet.")

    presses_in(berit, "Berit Hed")
    berit.get_by_role("link", name="Gun Almgren").click()
    expect(letters(berit)).to_contain_text("Jag hittar inte brevet.")
    writes(berit, "Det står torsdag kl. 13.15.")
    sends(berit)
    expect(letters(berit).last).to_contain_text("Det står torsdag kl. 13.15.")

    gun.reload()
    expect(letters(gun)).to_have_count(2)
    expect(letters(gun).first).to_contain_text("Berit Hed läste i dag")
    gun.get_by_role("link", name="Logga ut").click()
    gun.get_by_role("button", name="Logga ut").click()
    expect(gun.get_by_role("link", name="Logga in").first).to_be_visible()
