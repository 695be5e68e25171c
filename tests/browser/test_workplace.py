"""Somebody who works at two units is asked once where they are, goes on, and changes it when they like."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.care import service as care
from app.care.service import Cycle
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.world import OFFICE, World, today

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_where_one_works_is_one_tap(phone: Callable[..., Phone], world: World, scripts: bool) -> None:
    tree = "Sälgen" if scripts else "Almen"
    klara, other = world.staff(f"Klara {tree}", unit=f"Mottagning {tree}"), world.unit(f"Teamet {tree}")
    since = today() - timedelta(days=1)
    with db.transaction():
        cycle = Cycle((OFFICE,), today())
        care.assign(klara.person.id, other, role="licensed", starts_on=since, cycle=cycle, by=SYSTEM, now=clock.now())
    world.patient(f"Siv {tree}", contact=f"Klara {tree}").asks("Jag vaknar vid tre på natten.")

    page = phone(java_script_enabled=scripts).page
    steps_in(page, f"Klara {tree}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Var arbetar du nu?")
    page.goto("/franvaro")
    expect(page.get_by_role("heading", level=1)).to_have_text("Var arbetar du nu?")
    assert not faults(page) if scripts else True
    page.get_by_role("button", name=f"Teamet {tree}").click()
    assert page.url.endswith("/franvaro")
    page.goto("/")
    expect(page.get_by_role("main")).to_contain_text(f"Siv {tree}")
    expect(page.get_by_role("main")).to_contain_text(f"Mottagning {tree}")
    page.get_by_role("link", name="Byt arbetsplats").click()
    page.get_by_role("button", name=f"Mottagning {tree}").click()
    expect(page.get_by_role("main")).to_contain_text(f"Du arbetar på Mottagning {tree} nu.")
