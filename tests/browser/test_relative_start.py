"""A mother in Rättvik at midnight: a number for tonight, words for tomorrow, and who answers for her daughter."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.machine.postgres import Server
from tests.browser.looks import faults
from tests.browser.other_time import OtherTime, next_weekday, other_time
from tests.browser.phone import Phone, steps_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def midnight(server: Server, local: Path, secrets: dict[str, str]) -> Iterator[OtherTime]:
    """Twelve minutes past midnight, the night before a Wednesday, with nobody at work."""
    with other_time("midnight", next_weekday(2, 0, 12), server=server, local=local, secrets=secrets) as made:
        yield made


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without"])
def test_without_signing_in_she_finds_tonights_number_and_tomorrows_words(
    phone: Callable[..., Phone], midnight: OtherTime, script: bool
) -> None:
    page = phone(origin=midnight.site.url, java_script_enabled=script).page
    page.goto("/hjalp-nu")
    page.get_by_role("link", name="Stöd där du bor").click()
    page.get_by_label("Vilken kommun?").fill("retvik")
    page.get_by_role("button", name="Visa stöd").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stöd i Rättvik")
    expect(page.get_by_role("main")).to_contain_text("Vi vet inte vem som ger anhörigstöd i Rättvik.")
    expect(page.get_by_role("main")).to_contain_text("Vem hos er ger stöd till anhöriga")
    expect(page.get_by_role("link", name="90 390")).to_have_attribute("href", "tel:90390")
    expect(page.get_by_role("link", name="rattvik.se")).to_be_visible()
    if script:
        assert not faults(page)
    page.get_by_role("link", name="När det är som värst").click()
    expect(page.get_by_role("main")).to_contain_text("Jag orkar inte mer. Jag behöver själv prata med någon.")
    page.get_by_role("link", name="En sida att läsa för barnet").click()
    expect(page.get_by_role("main")).to_contain_text("Det är inte ditt fel.")
    expect(page.get_by_role("link", name="116 111")).to_have_attribute("href", "tel:116111")


def test_invited_she_sees_who_answers_chooses_where_she_lives_and_leaves(
    phone: Callable[..., Phone], midnight: OtherTime
) -> None:
    with midnight.behind() as world:
        world.staff("Klara Strand", unit="Mottagning Eken")
        world.relative("Malin Vik", of=world.patient("Vera Vik", contact="Klara Strand"), items=("contact", "bookings"))
    page = phone(origin=midnight.site.url).page
    steps_in(page, "Malin Vik")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vera Vik")
    main = page.get_by_role("main")
    expect(main).to_contain_text("Klara Strand svarar")
    expect(main).to_contain_text("Nästa gång någon svarar: i dag kl. 8.00.")
    expect(main).to_contain_text("Just nu finns ingen tid inbokad.")
    assert not faults(page)

    page.get_by_label("Vilken kommun?").fill("rättviks kommun")
    page.get_by_role("button", name="Välj").click()
    expect(page.get_by_role("heading", name="Stöd i Rättvik")).to_be_visible()
    page.get_by_role("link", name="Någon att prata med, och träffar").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stöd i Rättvik")
    page.go_back()

    page.get_by_role("link", name="Det som delas, och att sluta se det").click()
    page.get_by_text("Vill du inte se det här längre?").click()
    page.get_by_role("button", name="Sluta se det här").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delningen har upphört")
    page.get_by_role("link", name="Till start").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ingen delar något med dig nu")
    expect(page.get_by_role("heading", name="Stöd i Rättvik")).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text("Vera")
