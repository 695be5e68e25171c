"""A head sees that a question may be late, takes it with a reason, and the patient reads why."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.care import unit_service
from app.care.hours_rules import weekdays
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.world import World

pytestmark = pytest.mark.slow
ALWAYS = weekdays("00:00", "23:59", days=range(7))
WHY = "Karin är sjuk i dag, så det är jag som svarar dig."


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_head_takes_a_question_and_the_patient_reads_why(
    phone: Callable[..., Phone], world: World, scripts: bool
) -> None:
    name = "Lönnen" if scripts else "Häggen"
    unit = f"Mottagning {name}"
    head, karin = (world.staff(f"{first} {name}", unit=unit, works=ALWAYS) for first in ("Maria", "Karin"))
    with db.transaction():
        now = clock.now()
        unit_service.change_office_hours(head.unit.id, ALWAYS, by=SYSTEM, now=now)
        unit_service.change_promise(head.unit.id, 15, longest_gap=None, by=SYSTEM, now=now)
        unit_service.name_head(head.unit.id, head.person.id, tuple(world.function), by=SYSTEM, now=now)
    siv = world.patient(f"Siv {name}", contact=f"Karin {name}")
    siv.asks("Jag vaknar vid tre på natten.")

    hand = phone(java_script_enabled=scripts)
    page = hand.page
    steps_in(page, f"Maria {name}")
    page.goto("/")
    page.get_by_role("link", name="Svar som kan bli sena").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("kan bli sent")
    expect(page.get_by_role("main")).not_to_contain_text("Jag vaknar")
    assert not faults(page) if scripts else True
    page.get_by_role("link", name=f"Siv {name}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Ska du svara Siv {name}?")
    assert not faults(page) if scripts else True
    hand.expects(422)
    page.get_by_role("button", name="Ta frågan").click()
    expect(page.get_by_role("alert")).to_contain_text("Du har inte tagit frågan än")
    page.get_by_label("Varför är det du som svarar?").fill(WHY)
    page.get_by_role("button", name="Ta frågan").click()
    expect(page.get_by_role("main")).to_contain_text("Jag vaknar vid tre på natten.")

    other = phone(java_script_enabled=scripts).page
    steps_in(other, f"Siv {name}")
    other.goto("/meddelanden")
    other.get_by_role("link", name="Jag vaknar vid tre").first.click()
    expect(other.get_by_role("main")).to_contain_text(f"Maria {name} har tagit över frågan.")
    expect(other.get_by_role("main")).to_contain_text(WHY)
    assert karin.viewer
