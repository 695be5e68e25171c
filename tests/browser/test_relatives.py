"""A patient lets a relative in and takes it back, each on a phone of their own."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.demo.people import test_number as number_of
from tests.browser import looks
from tests.browser.phone import Phone, steps_in
from tests.provider import NUMBER, Provider
from tests.world import World

pytestmark = pytest.mark.slow


def main_of(page: Page) -> None:
    """Nothing is wrong with how the page looks and works."""
    assert not looks.faults(page), f"{page.url}: {looks.faults(page)}"


def test_a_relative_is_invited_signs_in_sees_and_sees_no_more(
    phone: Callable[..., Phone], world: World, provider: Provider
) -> None:
    world.patient("Ylva Nära", contact="Karin Nära")
    mine, theirs = phone(), phone()
    theirs.forgives(f"request to another machine: {provider.issuer}")
    page, other = mine.page, theirs.page
    steps_in(page, "Ylva Nära")
    page.get_by_role("link", name="Vem vill du bjuda in?").click()
    expect(page.locator("h1")).to_have_text("Vem av dina anhöriga vill du bjuda in?")
    said = page.locator("[data-sentence-here]")
    expect(said).to_contain_text("Personen får se vem som är din kontakt och vem som svarar nu")
    page.get_by_label("Vad kallar du personen?").fill("Olle")
    page.get_by_text("Mina tider").click()
    page.get_by_text("Ett år").click()
    expect(said).to_contain_text("Olle får se vem som är din kontakt, vem som svarar nu och dina tider")
    main_of(page)
    page.get_by_role("button", name="Gör en inbjudan").click()
    expect(page.locator("svg.qr")).to_be_visible()
    main_of(page)
    link = page.locator("[data-share]").get_attribute("data-share")
    assert link

    # The relative opens the link, signs in for the first time, and answers.
    other.goto(link)
    expect(other.get_by_label("Koden du har fått")).not_to_have_value("")
    assert "#" not in other.url, "the code stays in no history"
    main_of(other)
    other.get_by_role("button", name="Fortsätt").click()
    expect(other.get_by_role("main")).not_to_contain_text("Ylva")
    main_of(other)
    other.get_by_role("link", name="Logga in").last.click()
    provider.lets_in({NUMBER: number_of(310)[0], "name": "Olof Nära"})
    other.get_by_role("link", name="Med e-legitimation").click()
    other.get_by_role("button", name="Ja tack").click()
    expect(other.locator("h1")).to_have_text("Nu frågar vi en gång till")
    main_of(other)

    # The patient's open page has heard of it; they say that it is him, and his open page shows what is shared.
    expect(page.locator("h1")).to_have_text("Är det här Olle?")
    expect(page.get_by_role("main")).to_contain_text("heter Olof Nära")
    main_of(page)
    page.get_by_role("button", name="Ja, det är Olle").click()
    expect(page.get_by_role("main")).to_contain_text("Klart. Olle ser vem som är din kontakt")
    expect(other.locator("h1")).to_have_text("Det Ylva Nära delar med dig")
    expect(other.get_by_role("main")).to_contain_text("Karin Nära")
    other.reload()
    main_of(other)

    page.reload()
    expect(page.get_by_role("main")).to_contain_text(re.compile("Olle tittade senast i dag"))
    page.get_by_role("button", name="Ta tillbaka nu").click()
    expect(page.get_by_role("main")).to_contain_text("Olle ser ingenting längre.")
    expect(other.locator("h1")).to_have_text("Delningen har upphört")
    expect(other.get_by_role("main")).not_to_contain_text("Ylva")
    expect(other.get_by_role("main")).not_to_contain_text("Karin")
    main_of(other)
    main_of(page)
    other.go_back()
    expect(other.get_by_role("main")).not_to_contain_text("Karin Nära")


def test_without_scripts_it_is_offered_answered_and_taken_back(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Yngve Nära", contact="Karin Nära")
    world.patient("Assar Nära", contact=None)
    mine, theirs = phone(java_script_enabled=False), phone(java_script_enabled=False)
    page, other = mine.page, theirs.page
    mine.expects(422)
    steps_in(page, "Yngve Nära")
    page.goto("/anhoriga")
    expect(page.locator("[data-sentence]")).to_be_hidden()
    page.get_by_role("button", name="Gör en inbjudan").click()
    expect(page.get_by_role("alert")).to_contain_text("Skriv ett namn.")
    page.get_by_label("Vad kallar du personen?").fill("Assar")
    page.get_by_role("button", name="Gör en inbjudan").click()
    expect(page.get_by_role("main")).to_contain_text("Assar får se vem som är din kontakt och vem som svarar nu")
    expect(page.get_by_role("button", name="Dela länken")).to_be_hidden()
    code = page.locator("p.code").inner_text()

    steps_in(other, "Assar Nära")
    other.goto("/slapp-in")
    other.get_by_label("Koden du har fått").fill(code)
    other.get_by_role("button", name="Fortsätt").click()
    other.get_by_role("button", name="Ja tack").click()
    page.reload()
    page.get_by_role("button", name="Ja, det är Assar").click()
    other.reload()
    expect(other.locator("h1")).to_have_text("Det Yngve Nära delar med dig")
    page.get_by_role("button", name="Ta tillbaka nu").click()
    expect(page.get_by_role("main")).to_contain_text("Assar ser ingenting längre.")
    other.reload()
    expect(other.locator("h1")).to_have_text("Delningen har upphört")
