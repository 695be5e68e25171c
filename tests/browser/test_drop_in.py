"""A drop-in on a phone: found without signing in, ticked off with one thumb, and seen by the head as figures."""

import re
from collections.abc import Callable, Iterator
from datetime import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.bookings import kind_service as kinds
from app.care import unit_service
from app.core import clock, db
from app.core.audit import SYSTEM
from app.dropin import visit_service
from app.machine.postgres import Server
from tests.browser.looks import faults
from tests.browser.other_time import OtherTime, next_weekday, other_time
from tests.browser.phone import Phone, steps_in
from tests.dropin.hours import opens
from tests.world import World, today

pytestmark = pytest.mark.slow
NAME, KLARA, RUT = "Öppna dörren i Mora", "Klara Sund", "Rut Sund"


@pytest.fixture(scope="module")
def afternoon(server: Server, local: Path, secrets: dict[str, str]) -> Iterator[OtherTime]:
    """Two o'clock on a Wednesday, when the door has been open for an hour; five have been there."""
    with other_time("drop_in", next_weekday(2, 14), server=server, local=local, secrets=secrets) as made:
        with made.behind() as world:
            has_an_open_door(world)
        yield made


def has_an_open_door(world: World) -> None:
    klara, rut = (world.staff(name, unit="Mottagning Sundet") for name in (KLARA, RUT))
    with db.transaction():
        unit_service.name_head(klara.unit.id, rut.person.id, (klara.person.id,), by=SYSTEM, now=clock.now())
        place = kinds.open_location(klara.unit, "Huset", "Ågatan 3, Mora", way="", by=SYSTEM, now=clock.now())
    hours = {"opens": time(0, 5), "closes": time(23, 55), "on_red_days": True, "first_on": today()}
    key = opens(rut, place, name=NAME, municipality="2062", weekdays=(today().weekday(),), **hours)
    for _visit in range(5):
        visit = db.new_key()
        with db.transaction():
            visit_service.arrive(key, visit, by=klara.viewer, now=clock.now())
            by, now = klara.viewer, clock.now()
            visit_service.note(key, visit, new_here=True, led_to=["talk"], shown="vantar.?", by=by, now=now)


def finds(page: Page, *, look: bool) -> None:
    """From the start page, by the municipality's page, to the door."""
    page.goto("/")
    page.get_by_role("link", name="Kom utan bokad tid").click()
    if look:
        assert not faults(page)
    page.goto("/stod/mora")
    page.get_by_role("link", name="Psykiatri utan bokad tid").click()
    page.get_by_role("link", name=NAME).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_found_come_to_ticked_off_and_counted(phone: Callable[..., Phone], afternoon: OtherTime, scripts: bool) -> None:
    origin = afternoon.site.url
    somebody = phone(origin=origin, java_script_enabled=scripts).page
    finds(somebody, look=scripts)
    main = somebody.get_by_role("main")
    expect(main).to_contain_text("Öppet nu, till kl. 23.55.")
    if scripts:
        assert not faults(somebody)
    somebody.get_by_role("button", name="Jag kommer i dag").click()
    expect(main).to_contain_text("Du har sagt att du kommer. Ingen ser att det är du.")
    expect(main).to_contain_text("Några har sagt att de kommer, färre än fem.")

    klara = phone(origin=origin, java_script_enabled=scripts).page
    steps_in(klara, KLARA)
    klara.goto("/")
    klara.get_by_role("link", name="Drop-in i dag").click()
    expect(klara.get_by_role("heading", level=1)).to_have_text("Ingen väntar")
    klara.get_by_role("button", name="En har kommit").click()
    expect(klara.get_by_role("heading", level=1)).to_have_text("En väntar")
    if scripts:
        assert not faults(klara)
    klara.get_by_role("button", name="Tas emot nu").click()
    expect(klara.get_by_role("heading", level=1)).to_have_text(re.compile("Nummer \\d"))
    klara.get_by_label("Redan känd").check()
    klara.get_by_label("En bokad tid").check()
    if scripts:
        assert not faults(klara)
    klara.get_by_role("button", name="Spara").click()
    expect(klara.get_by_role("main")).to_contain_text("En bokad tid. Redan känd.")

    somebody.get_by_role("link", name="Se hur många som väntar nu").click()
    expect(main).to_contain_text("Ingen väntar just nu.")
    somebody.get_by_role("button", name="Jag kommer inte").click()
    expect(main).to_contain_text("Ingen har sagt att de kommer än.")

    rut = phone(origin=origin, java_script_enabled=scripts).page
    steps_in(rut, RUT)
    rut.goto("/enhet")
    rut.get_by_role("link", name="Mottagning Sundet").click()
    rut.get_by_role("link", name="Drop-in När vem som helst").click()
    rut.get_by_role("link", name="Siffror").click()
    expect(rut.get_by_role("heading", level=1)).to_have_text(re.compile("[67] besök"))
    expect(rut.get_by_role("main")).to_contain_text("Samma siffror som tabell")
    if scripts:
        assert not faults(rut)


def test_the_head_closes_a_day_and_it_is_seen_at_once(phone: Callable[..., Phone], afternoon: OtherTime) -> None:
    hers = phone(origin=afternoon.site.url)
    hers.expects(422)
    rut = hers.page
    steps_in(rut, RUT)
    rut.goto("/enhet")
    rut.get_by_role("link", name="Mottagning Sundet").click()
    rut.get_by_role("link", name="Drop-in När vem som helst").click()
    assert not faults(rut)
    rut.get_by_role("link", name=NAME).click()
    assert not faults(rut)
    rut.get_by_role("link", name="Ändra").nth(1).click()
    assert not faults(rut)
    rut.get_by_role("button", name="Spara dagen").click()
    expect(rut.get_by_role("alert")).to_contain_text("Skriv varför det är stängt.")
    assert not faults(rut)
    rut.get_by_label("Ord till den som tittar").fill("Vi är på utbildning.")
    rut.get_by_role("button", name="Spara dagen").click()
    expect(rut.get_by_role("main")).to_contain_text("Vi är på utbildning.")
    rut.get_by_role("link", name="Se den som alla andra").click()
    expect(rut.get_by_role("listitem").filter(has_text="Vi är på utbildning.")).to_contain_text("Stängt")
    assert not faults(rut)
