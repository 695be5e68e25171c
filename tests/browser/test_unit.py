"""A head in a hurry: a colleague's new weeks, who answers for her, and a Christmas that somebody covers."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.care import unit_service
from app.care.hours_rules import weekdays
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.world import World, today

pytestmark = pytest.mark.slow

OTHER = "Mottagning Sälgen"


def build(world: World, family: str) -> str:
    """A unit of the story's own and one beside it, open every day, so that no red day of the year decides it."""
    name = f"Mottagning {family}"
    head, stand_in, _karin = (world.staff(f"{first} {family}", unit=name) for first in ("Hedda", "Nils", "Karin"))
    other = world.unit(OTHER)
    with db.transaction():
        unit_service.name_head(head.unit.id, head.person.id, (stand_in.person.id,), by=SYSTEM, now=clock.now())
        for unit in (head.unit, other):
            every_day = weekdays("08:00", "16:30", days=range(7))
            unit_service.change_office_hours(unit.id, every_day, by=SYSTEM, now=clock.now())
    return name


def opens(page: Page, unit: str) -> None:
    page.goto("/enhet")
    page.get_by_role("link", name=re.compile(rf"^{unit}\b")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(unit)


def fills(page: Page, label: str, *, week: int, opens: str, closes: str) -> None:
    page.get_by_label(f"{label} från").nth(week).fill(opens)
    page.get_by_label(f"{label} till").nth(week).fill(closes)


@pytest.mark.parametrize(("family", "scripts"), [("Hägg", True), ("Lönn", False)], ids=["with scripts", "without"])
def test_the_head_changes_weeks_names_who_answers_and_closes_for_christmas(
    phone: Callable[..., Phone], world: World, family: str, *, scripts: bool
) -> None:
    unit, karin = build(world, family), f"Karin {family}"
    taken = phone(java_script_enabled=scripts)
    taken.expects(422)
    page = taken.page
    steps_in(page, f"Hedda {family}")

    opens(page, unit)
    page.get_by_role("link", name=karin).click()
    page.get_by_role("link", name="Varje vecka").click()
    page.get_by_role("button", name="Lägg till en vecka").click()
    expect(page.get_by_text("Vecka 2 av 2")).to_be_visible()
    for day in ("Måndag", "Tisdag", "Onsdag"):
        fills(page, day, week=1, opens="", closes="")
    fills(page, "Torsdag", week=1, opens="10", closes="9")
    page.get_by_role("button", name="Spara schemat").click()
    expect(page.get_by_role("alert")).to_contain_text("Vecka 2, torsdag: tiden slutar innan den börjar.")
    expect(page.get_by_label("Torsdag från").nth(1)).to_have_value("10")
    fills(page, "Torsdag", week=1, opens="10", closes="18")
    assert not scripts or not faults(page)
    page.get_by_role("button", name="Spara schemat").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(karin)
    expect(page.get_by_role("main")).to_contain_text("olika veckor")

    page.get_by_role("link", name=f"När {karin} inte är här").click()
    page.get_by_label("Först").select_option(label=f"Nils {family}, sjuksköterska")
    page.get_by_label("Nummer 2").select_option(label=f"Hedda {family}, sjuksköterska")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("main")).to_contain_text(f"Nils {family}, sedan Hedda {family}")

    page.get_by_role("link", name=re.compile(rf"^{unit}\b")).click()
    page.get_by_role("link", name="Lägg in stängda dagar").click()
    first, last = today() + timedelta(days=30), today() + timedelta(days=40)
    page.get_by_label("Från").fill(first.isoformat())
    page.get_by_label("Till och med").fill(last.isoformat())
    page.get_by_label("Vad kallas dagarna?").fill("Jul och nyår")
    page.get_by_role("button", name="Spara de stängda dagarna").click()
    expect(page.get_by_role("alert")).to_contain_text("Längsta glapp är 8,5 timmar. Välj vem som svarar då.")
    expect(page.get_by_label("Vad kallas dagarna?")).to_have_value("Jul och nyår")
    assert not scripts or not faults(page)
    page.get_by_label("Vem svarar då?").select_option(label=OTHER)
    page.get_by_role("button", name="Spara de stängda dagarna").click()
    closed = page.get_by_role("link", name=f"{OTHER} svarar.")
    expect(closed).to_be_visible()
    assert not scripts or not faults(page)
    closed.click()
    page.get_by_role("button", name="Ta bort, mottagningen har öppet").click()
    expect(page.get_by_role("main")).to_contain_text("Inga fler än de röda dagarna.")


def test_the_enter_key_saves(phone: Callable[..., Phone], world: World) -> None:
    unit = build(world, "Rönn")
    page = phone().page
    steps_in(page, "Hedda Rönn")
    opens(page, unit)
    page.get_by_role("link", name="Öppettider").click()
    page.get_by_label("Söndag till").fill("17")
    page.get_by_label("Söndag till").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(unit)
    expect(page.get_by_role("main")).to_contain_text("söndag 8–17")
