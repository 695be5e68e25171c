"""A nurse reads, and the row comes to the patient's open page; the patient asks, and reads what the head answers."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.care import unit_service
from app.care.hours_rules import weekdays
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.browser.looks import faults
from tests.browser.phone import Phone, stays_the_same_page, steps_in
from tests.world import World

pytestmark = pytest.mark.slow
ALWAYS = weekdays("00:00", "23:59", days=range(7))
WHY = "Varför läste Karin det här?"
ANSWER = "Hon är din kontakt och skulle svara dig."


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_who_reads_is_seen_asked_about_and_answered(phone: Callable[..., Phone], world: World, scripts: bool) -> None:
    name = "Sälgen" if scripts else "Rönnen"
    unit = f"Mottagning {name}"
    head, _karin = (world.staff(f"{first} {name}", unit=unit, works=ALWAYS) for first in ("Maria", "Karin"))
    with db.transaction():
        unit_service.change_office_hours(head.unit.id, ALWAYS, by=SYSTEM, now=clock.now())
        unit_service.name_head(head.unit.id, head.person.id, tuple(world.function), by=SYSTEM, now=clock.now())
    siv = world.patient(f"Siv {name}", contact=f"Karin {name}")
    siv.asks("Jag vaknar vid tre på natten.")

    mine, nurse, leader = (phone(java_script_enabled=scripts) for _phone in range(3))
    page = mine.page
    steps_in(page, f"Siv {name}")
    page.goto("/")
    page.get_by_role("link", name="Vem har läst").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vem har läst")
    expect(page.get_by_role("main")).not_to_contain_text("Läste dina meddelanden.")

    steps_in(nurse.page, f"Karin {name}")
    nurse.page.goto("/meddelanden")
    nurse.page.get_by_role("link", name="Jag vaknar vid tre").first.click()
    expect(nurse.page.get_by_role("main")).to_contain_text("Jag vaknar vid tre på natten.")

    if scripts:
        with stays_the_same_page(page):
            expect(page.get_by_role("main")).to_contain_text("Läste dina meddelanden. Din fasta vårdkontakt.")
    else:
        page.reload()
        expect(page.get_by_role("main")).to_contain_text("Läste dina meddelanden. Din fasta vårdkontakt.")
    assert not faults(page) if scripts else True
    page.get_by_role("link", name="Fråga om en rad").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vilken rad undrar du över?")
    page.get_by_role("link", name=re.compile(f"^Fråga om den här raden.*Karin {name}")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Maria {name} svarar på din fråga")
    assert not faults(page) if scripts else True
    mine.expects(422)
    page.get_by_role("button", name="Skicka frågan").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Vad undrar du?").fill(WHY)
    page.get_by_role("button", name="Skicka frågan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vem har läst")
    expect(page.get_by_role("main")).to_contain_text(f"Maria {name} har din fråga. Du får svar senast")

    work = leader.page
    steps_in(work, f"Maria {name}")
    work.goto("/")
    work.get_by_role("link", name="En patient undrar över vem som har läst").click()
    work.get_by_role("link", name=f"Siv {name}").click()
    expect(work.get_by_role("main")).to_contain_text(WHY)
    expect(work.get_by_role("main")).to_contain_text("Läste dina meddelanden.")
    expect(work.get_by_role("main")).not_to_contain_text("Jag vaknar")
    assert not faults(work) if scripts else True
    work.get_by_label("Ditt svar").fill(ANSWER)
    work.get_by_role("button", name="Skicka svaret").click()
    expect(work.get_by_role("main")).to_contain_text("Svaret är skickat.")

    if not scripts:
        page.reload()
    expect(page.get_by_role("main")).to_contain_text(ANSWER)
    expect(page.get_by_role("main")).to_contain_text(f"Maria {name} svarade i dag")
    assert not faults(page) if scripts else True
