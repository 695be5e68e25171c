"""The head sees a gap in the weeks ahead and fills it from there."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.care import absence_service, unit_service
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.world import World

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_head_fills_a_gap(phone: Callable[..., Phone], world: World, scripts: bool) -> None:
    name = "Rönnen" if scripts else "Sälgen"
    head, karl, elsa = (world.staff(f"{first} {name}", unit=f"Mottagning {name}") for first in ("Mona", "Karl", "Elsa"))
    world.patient(f"Patient på {name}", contact=f"Karl {name}")
    with db.transaction():
        now = clock.now()
        unit_service.name_head(karl.unit.id, head.person.id, tuple(world.function), by=SYSTEM, now=now)
        absence_service.away_from_now(karl.person.id, today_only=False, by=karl.viewer, now=now)
    page = phone(java_script_enabled=scripts).page
    steps_in(page, f"Mona {name}")
    page.goto("/")
    page.get_by_role("link", name="Bevakning").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ett glapp före")
    expect(page.get_by_role("main")).to_contain_text(f"Gäller en patient hos Karl {name}.")
    assert not faults(page) if scripts else True
    page.get_by_role("link", name="Välj någon").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Vem svarar")
    page.get_by_role("radio", name=f"Elsa {name}").check(force=True)
    page.get_by_role("radio", name="Svarar i stället för den som är borta").check(force=True)
    page.get_by_role("button", name="Fyll glappet").click()
    expect(page.get_by_role("main")).to_contain_text("Det är sparat.")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Någon svarar alla dagar")

    other = phone(java_script_enabled=scripts).page
    steps_in(other, f"Elsa {name}")
    other.goto("/")
    expect(other.get_by_role("main")).to_contain_text(f"Karl {name}")
    other.get_by_role("link", name=f"Karl {name}").click()
    expect(other.get_by_role("listitem").filter(has_text=f"Karl {name}")).to_contain_text("Det har börjat.")
    assert elsa.viewer
