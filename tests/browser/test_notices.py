"""What is new, in a browser: it is counted while one looks, opened, chosen away, and listed for whoever comes back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.care import absence_service as absences
from app.care import service as care
from app.care.hours_rules import weekdays
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.world import Staff, World

pytestmark = pytest.mark.slow
ALWAYS = weekdays("00:00", "23:59", days=range(7))


def always_there(world: World, unit: str, *names: str) -> list[Staff]:
    """People who are at work whatever day and hour it is, the first with the second to answer for them."""
    people = [world.staff(name, unit=unit, works=ALWAYS) for name in names]
    with db.transaction():
        care.name_standing(people[0].assignment, (people[1].person.id,), by=SYSTEM, now=clock.now())
    return people


def new(page: Page) -> str:
    return page.get_by_role("navigation", name="Huvudmeny").get_by_role("link", name="Nytt").inner_text()


def test_what_is_new_is_counted_while_one_looks_and_gone_when_it_is_opened(
    phone: Callable[..., Phone], world: World
) -> None:
    always_there(world, "Mottagning Hasseln", "Hilda Hassel", "Edvard Hassel")
    patient = world.patient("Harald Hassel", contact="Hilda Hassel")
    page = phone().page
    steps_in(page, "Hilda Hassel")
    page.goto("/")
    count = page.locator("[data-news-count]")
    expect(count).to_be_empty()
    patient.asks("Får jag ringa i morgon?")
    expect(count).to_contain_text("1")
    expect(page.get_by_role("main")).to_contain_text("Får jag ringa i morgon?")

    page.get_by_role("link", name="Nytt").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("En ny avisering")
    assert not faults(page)
    page.get_by_role("button", name="En fråga har kommit till dig").click()
    expect(page.get_by_role("main")).to_contain_text("Får jag ringa i morgon?")
    expect(page.locator("[data-news-count]")).to_be_empty()
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inget nytt just nu")

    page.get_by_role("radio", name="Nå mig även när jag är ledig").check(force=True)
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("main")).to_contain_text("Sparat. Det gäller från nu.")
    expect(page.get_by_role("radio", name="Nå mig även när jag är ledig")).to_be_checked()


def test_whoever_comes_back_sees_who_answered_and_takes_what_still_waits(
    phone: Callable[..., Phone], world: World
) -> None:
    hedda, eskil = always_there(world, "Mottagning Häggen", "Hedda Hägg", "Eskil Hägg")
    hugo, helga = (world.patient(name, contact="Hedda Hägg") for name in ("Hugo Hägg", "Helga Hägg"))
    with db.transaction():
        absences.away_from_now(hedda.person.id, today_only=False, by=hedda.viewer, now=clock.now())
    eskil.writes("Ja, det går bra.", thread=hugo.asks("Kan jag komma i morgon i stället?"))
    helga.asks("Vem kan jag fråga om bidraget?")
    with db.transaction():
        absences.come_back(hedda.person.id, by=hedda.viewer, now=clock.now())

    page = phone().page
    steps_in(page, "Hedda Hägg")
    page.goto("/")
    page.get_by_role("link", name="Medan du var borta").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Medan du var borta")
    expect(page.get_by_role("listitem").filter(has_text="Hugo Hägg")).to_contain_text("Eskil Hägg svarade")
    helgas = page.get_by_role("listitem").filter(has_text="Helga Hägg")
    expect(helgas).to_contain_text("Eskil Hägg har frågan.")
    assert not faults(page)
    helgas.get_by_role("button", name="Jag tar den").click()
    expect(page.get_by_role("main")).to_contain_text("Du har frågan nu.")
    page.goto("/")
    expect(page.get_by_role("main")).not_to_contain_text("Se vad som kom och vad andra har gjort.")
    expect(page.get_by_role("link", name="Medan du var borta")).to_be_visible()
