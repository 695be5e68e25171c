"""A patient asks for another contact; the head answers and appoints; the patient sees the new name."""

from collections.abc import Callable

import pytest
import time_machine
from playwright.sync_api import expect

from app.core import clock
from tests.browser.phone import Phone, sends, steps_in
from tests.care.around import DAY, lead
from tests.world import World

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without"])
def test_from_the_wish_for_another_contact_to_the_new_name(
    phone: Callable[..., Phone], world: World, script: bool
) -> None:
    last, unit = ("Lind", "Mottagning Asken") if script else ("Falk", "Mottagning Eken")
    with time_machine.travel(clock.now() - DAY):
        world.staff(f"Klara {last}", unit=unit)
        world.patient(f"Elvira {last}", contact=f"Klara {last}")
        lead(world, world.staff(f"Mona {last}", unit=unit, title="enhetschef"))
        world.staff(f"Ivar {last}", unit=unit)
    elvira, desk = phone(java_script_enabled=script).page, phone(java_script_enabled=script)
    desk.expects(422)
    mona = desk.page

    steps_in(elvira, f"Elvira {last}")
    elvira.goto("/kontakt")
    elvira.get_by_role("link", name="Jag vill byta kontakt").click()
    expect(elvira.get_by_role("main")).to_contain_text(f"Det här går till Mona {last}, som leder {unit}.")
    elvira.get_by_label("Vill du säga något mer?").fill("Gärna Ivar, han var snäll.")
    elvira.get_by_role("button", name="Jag vill byta kontakt").click()
    expect(elvira.get_by_role("button", name="Ta tillbaka")).to_be_visible()
    expect(elvira.get_by_role("main")).to_contain_text(f"Mona {last}")

    steps_in(mona, f"Mona {last}")
    mona.goto("/patienter")
    expect(mona.get_by_role("heading", level=1)).to_have_text("En ber om kontakt")
    mona.get_by_role("link", name="Vill byta från").click()
    expect(mona.get_by_role("main")).to_contain_text("Gärna Ivar, han var snäll.")
    mona.get_by_text(f"Ivar {last}").click()
    sends(mona)
    expect(mona.get_by_role("alert")).to_contain_text("Skriv något först.")
    expect(mona.get_by_role("radio", name=f"Ivar {last}")).to_be_checked()
    mona.get_by_label("Ditt svar").fill("Ivar tar över i dag.")
    sends(mona)
    expect(mona.get_by_role("main")).to_contain_text("Ivar tar över i dag.")

    elvira.reload()
    expect(elvira.get_by_role("main")).to_contain_text("Ivar tar över i dag.")
    expect(elvira.get_by_role("link", name=f"Skriv till Ivar {last}")).to_be_visible()
    expect(elvira.get_by_role("link", name=f"Skriv till Klara {last}")).to_have_count(0)

    elvira.get_by_role("link", name="Säga vem som inte ska få dina frågor").click()
    elvira.get_by_role("button", name=f"Klara {last} Ska inte få frågor").click()
    expect(elvira.get_by_role("button", name=f"Ta tillbaka Klara {last}")).to_be_visible()
