"""Who reads, and by when: a Saturday night before a patient writes, and when it changes while they write."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.core.locale import local
from app.machine.postgres import Server
from tests.browser import looks
from tests.browser.other_time import OtherTime, next_weekday, other_time
from tests.browser.phone import Phone, field, letters, sends, steps_in, writes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def night(server: Server, local: Path, secrets: dict[str, str]) -> Iterator[OtherTime]:
    with other_time("night", next_weekday(5, 22), server=server, local=local, secrets=secrets) as made:
        yield made


def composes(page: Page, name: str, to: str) -> None:
    steps_in(page, name)
    page.get_by_role("link", name=f"Skriv till {to}").first.click()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_on_a_saturday_night_the_page_says_who_reads_when_and_whom_to_ring_now(
    phone: Callable[..., Phone], night: OtherTime, scripts: bool
) -> None:
    name = f"{'Siv' if scripts else 'Gun'} Nattberg"
    with night.behind() as world:
        world.patient(name, contact="Karin Natt")
    page = phone(origin=night.site.url, java_script_enabled=scripts).page
    composes(page, name, "Karin Natt")
    main = page.get_by_role("main")
    expect(main).to_contain_text(re.compile(r"Ingen läser det här före \S+ \d+ \S+ kl\. 8\.00\."))
    expect(main).to_contain_text(re.compile(r"Karin Natt läser det du skriver\. Du får svar senast \S+ \d+ \S+ kl\."))
    numbers = main.locator("a[href='tel:1177'], a[href='tel:112']")
    expect(numbers).to_have_count(2)
    box = field(page).bounding_box()
    assert box and all(it.bounding_box()["y"] < box["y"] for it in numbers.all())  # type: ignore[index]
    assert not scripts or not looks.faults(page)
    writes(page, "Jag vaknar vid tre.")
    sends(page)
    expect(letters(page)).to_have_count(1)
    expect(page.get_by_role("main")).to_contain_text("Karin Natt läser det du skriver")
    expect(page.get_by_role("main")).to_contain_text("Blir det inte så får du veta det av oss, med en ny tid.")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_when_it_changes_while_one_writes_one_is_asked_again_and_may_wait(
    phone: Callable[..., Phone], night: OtherTime, scripts: bool
) -> None:
    who = "skript" if scripts else "lugn"
    name, karin, erik = (f"{first} Natt{who}" for first in ("Leif", "Karin", "Erik"))
    with night.behind() as world:
        world.staff(erik)
        world.patient(name, contact=karin)
    hand = phone(origin=night.site.url, java_script_enabled=scripts)
    hand.expects(409)
    composes(hand.page, name, karin)
    writes(hand.page, "Bara till Karin.")
    with night.behind() as world:
        monday = local(world.now()).replace(hour=0, minute=0) + timedelta(days=2)
        away = (f"{monday:%Y-%m-%d} 00:00", f"{monday + timedelta(days=2):%Y-%m-%d} 00:00")
        world.staff(karin).is_away(*away, world.staff(erik))
    sends(hand.page)
    main = hand.page.get_by_role("main")
    expect(hand.page.get_by_role("heading", level=1)).to_have_text(f"Inte skickat än: {erik} läser i stället")
    expect(field(hand.page)).to_have_value("Bara till Karin.")
    expect(hand.page.get_by_role("button", name=f"Skicka till {erik}")).to_be_visible()
    assert not scripts or not looks.faults(hand.page)
    hand.page.get_by_role("button", name=f"Vänta på {karin}").click()
    expect(letters(hand.page)).to_have_count(1)
    expect(main).to_contain_text(f"Du väntar på {karin}")
    expect(main).to_contain_text("Ingen annan läser före dess.")

    desk = phone(origin=night.site.url).page
    steps_in(desk, erik)
    expect(desk.get_by_role("heading", level=1)).to_have_text("Ingen väntar på dig just nu")
