"""A patient cannot come to a time, the unit offers others, and the patient takes one: by keys and by fingers."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from app.core import db
from app.core.locale import local
from tests.bookings.times import books
from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.world import World

pytestmark = pytest.mark.slow


def fine(page: Page, scripts: bool = True) -> None:
    """How it looks is measured by scripts of ours, which wait for ever in a browser that runs none."""
    found = faults(page) if scripts else []
    assert not found, "\n".join(found)


def day(world: World, ahead: int) -> str:
    """A weekday so many days ahead, or the Monday after it."""
    on = local(world.now()) + timedelta(days=ahead)
    return f"{on + timedelta(days=max(0, 7 - on.weekday()) if on.weekday() > 4 else 0):%Y-%m-%d}"


def has_a_time(world: World, nurse: str, patient: str, unit: str) -> UUID:
    staff = world.staff(nurse, unit=unit)
    return books(staff, world.patient(patient, contact=nurse), f"{day(world, 20)} 09:00")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_one_press_and_another_time(phone: Callable[..., Phone], world: World, scripts: bool) -> None:
    place = "Mottagning Ripan" if scripts else "Mottagning Orren"
    nurse, patient = f"Klara {place[11:]}", f"Sonja {place[11:]}"
    time = has_a_time(world, nurse, patient, place)
    hand = phone(java_script_enabled=scripts)
    hand.expects(422)
    page, main = hand.page, hand.page.get_by_role("main")

    steps_in(page, patient)
    page.goto(f"/tider/{db.short(time)}")
    expect(main).to_contain_text("Kan du komma?")
    fine(page, scripts)
    page.get_by_role("button", name="Jag kommer").click()
    expect(main).to_contain_text("Du har sagt att du kommer")
    fine(page, scripts)
    page.get_by_text("Ändra ditt svar").click()
    page.get_by_role("button", name="Jag kan inte komma").click()
    expect(main).to_contain_text(f"{nurse} svarar dig senast")
    fine(page, scripts)
    page.get_by_role("link", name="Säg vilka tider som passar").click()
    expect(main).to_contain_text(f"{nurse} svarar dig senast")
    fine(page, scripts)
    page.get_by_role("group", name="Torsdag").get_by_label("Eftermiddag").check(force=True)
    page.get_by_label("Något mer").fill("Helst efter lunch.")
    page.get_by_role("button", name="Be om en annan tid").click()
    expect(main).to_contain_text("Du har bett om en annan tid")

    steps_in(page, nurse)
    page.get_by_role("link", name=re.compile("vill ha en annan tid")).click()
    expect(main).to_contain_text("Torsdag eftermiddag")
    expect(main).to_contain_text("Helst efter lunch.")
    fine(page, scripts)
    for way in ("Ringt och pratat", "Tiden ligger kvar", "Ställ in tiden", "Lämna över till en kollega"):
        page.get_by_role("link", name=way).click()
        fine(page, scripts)
        page.get_by_role("link", name="Avbryt").click()
    page.get_by_role("link", name="Föreslå andra tider").click()
    page.get_by_role("button", name="Skicka förslagen").click()
    expect(page.get_by_role("alert")).to_contain_text("Fyll i minst en tid.")
    fine(page, scripts)
    for number, ahead in enumerate((21, 22), 1):
        page.get_by_label("Dag").nth(number - 1).fill(day(world, ahead))
        page.get_by_label("Klockan").nth(number - 1).fill(f"1{number}:30")
    page.get_by_role("button", name="Skicka förslagen").click()
    expect(main).to_contain_text("ser dina förslag nu.")
    fine(page, scripts)

    steps_in(page, patient)
    page.goto(f"/tider/{db.short(time)}")
    expect(main).to_contain_text("Vi föreslår något annat")
    fine(page, scripts)
    page.get_by_role("button", name=re.compile("^Ta .*12.30")).click()
    expect(main).to_contain_text("Du har sagt att du kommer")
    expect(main).to_contain_text("Du valde en annan tid.")
    fine(page, scripts)


def test_two_phones_answer_differently(phone: Callable[..., Phone], world: World) -> None:
    time = has_a_time(world, "Klara Trasten", "Sonja Trasten", "Mottagning Trasten")
    first, second = phone(), phone()
    second.expects(409)
    for hand in (first, second):
        steps_in(hand.page, "Sonja Trasten")
        hand.page.goto(f"/tider/{db.short(time)}")
    second.forgives("net::ERR_INTERNET_DISCONNECTED")
    second.context.set_offline(True)
    first.page.get_by_role("button", name="Jag kommer").click()
    expect(first.page.get_by_role("main")).to_contain_text("Du har sagt att du kommer")
    second.context.set_offline(False)
    second.page.get_by_role("button", name="Jag kan inte komma").click()
    main = second.page.get_by_role("main")
    expect(main).to_contain_text("i en annan telefon eller flik: ”Jag kommer”")
    fine(second.page)
    second.page.get_by_role("button", name="Jag kan inte komma").click()
    expect(main).to_contain_text("Du har sagt att du inte kan komma")
