"""Somebody tells a unit at night; in the morning a nurse reads it, and the patient sees nothing. What nobody knows whom
it is about is sorted by hand."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.accounts.rules import born
from app.machine.postgres import Server
from tests.browser.looks import faults
from tests.browser.other_time import next_weekday, other_time
from tests.browser.phone import Phone, steps_in
from tests.browser.site import Site
from tests.world import World

pytestmark = pytest.mark.slow

SAID = "Hon har inte sovit på en vecka och låser in sig."


def fine(page: Page) -> None:
    found = faults(page)
    assert not found, "\n".join(found)


def tells(page: Page, unit: str, name: str, birth: str) -> None:
    page.goto("/beratta")
    fine(page)
    page.get_by_role("link", name=unit).click()
    fine(page)
    page.get_by_role("button", name="Skicka").click()
    expect(page.get_by_role("alert")).to_contain_text("Skriv namnet, så gott du vet.")
    page.get_by_label("Vad vill du berätta?").fill(SAID)
    page.get_by_label("Vad heter den").fill(name)
    page.get_by_label("När är personen född?").fill(birth)
    page.get_by_role("button", name="Skicka").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Tack, det är lämnat")
    expect(page.get_by_role("main")).to_contain_text("läser senast")
    fine(page)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_anybody_tells_with_and_without_scripts(phone: Callable[..., Phone], world: World, scripts: bool) -> None:
    place = "Mottagning Hasseln" if scripts else "Mottagning Hägern"
    world.staff(f"Klara {place[11:]}", unit=place)
    hand = phone(java_script_enabled=scripts)
    hand.expects(422)
    page = hand.page
    page.goto("/beratta")
    page.get_by_role("link", name=place).click()
    page.get_by_label("Vad vill du berätta?").fill(SAID)
    page.get_by_role("button", name="Skicka").click()
    expect(page.get_by_label("Vad vill du berätta?")).to_have_value(SAID)
    page.get_by_label("Vad heter den").fill("Någon")
    page.get_by_label("När är personen född?").fill("vet inte")
    page.get_by_role("button", name="Skicka").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Tack, det är lämnat till {place}")


def test_told_at_midnight_and_read_in_the_morning(
    phone: Callable[..., Phone], server: Server, local: Path, secrets: dict[str, str]
) -> None:
    night = next_weekday(1, 23, 50)
    with other_time("told", night, server=server, local=local, secrets=secrets) as late:
        with late.behind() as world:
            karin, siv = (
                world.staff("Klara Natt", unit="Mottagning Natten"),
                world.patient("Sonja Natt", contact="Klara Natt"),
            )
            day = born(siv.person.number or "").isoformat()
            assert karin.viewer
        hand = phone(origin=late.site.url)
        hand.expects(422)
        page = hand.page
        page.goto("/beratta")
        page.get_by_role("link", name="Mottagning Natten").click()
        expect(page.get_by_role("main")).to_contain_text("Ingen läser det här före")
        tells(page, "Mottagning Natten", "Natt Sonja", day)
        tells(page, "Mottagning Natten", "Sonja", "omkring femtio")
        steps_in(page, "Sonja Natt")
        before = page.get_by_role("main").inner_text()
        assert SAID not in before and "berättat" not in before
        steps_in(page, "Klara Natt")
        page.goto("/aviseringar")
        expect(page.get_by_role("heading", level=1)).to_have_text("Inget nytt just nu")
        hand.page.goto("about:blank")
    early = Site(local / "told-morning", server, "narlinjen_told", secrets, at=night + timedelta(hours=8, minutes=20))
    (local / "told-morning").mkdir(parents=True, exist_ok=True)
    try:
        early.start()
        reads_and_sorts(phone(origin=early.url))
    finally:
        early.stop()


def reads_and_sorts(hand: Phone) -> None:
    page, main = hand.page, hand.page.get_by_role("main")
    steps_in(page, "Klara Natt")
    page.goto("/aviseringar")
    expect(main.get_by_role("button", name="Någon har berättat om en patient")).to_have_count(2)
    fine(page)
    page.goto("/")
    expect(main).to_contain_text("Två väntar på dig")
    assert "Sonja" not in main.inner_text()
    fine(page)
    rows = page.get_by_role("link", name=re.compile("Någon har berättat"))
    rows.first.click()
    if page.get_by_role("link", name="Sök bland dem").count():
        page.goto("/")
        rows.last.click()
    expect(main).to_contain_text("Någon har berättat om Sonja Natt")
    expect(main).to_contain_text(SAID)
    expect(main).to_contain_text("Får inte visas för patienten utan sekretessprövning.")
    fine(page)
    page.get_by_role("link", name="Läst, inget mer att göra").click()
    fine(page)
    page.get_by_role("textbox").fill("Jag ringer Sonja i dag ändå.")
    page.get_by_role("button", name="Spara").click()
    expect(main).to_contain_text("Sparat. Det väntar inte längre.")
    fine(page)
    page.goto("/")
    rows.first.click()
    page.get_by_role("link", name="Sök bland dem").click()
    expect(page.get_by_label("Sök på namn")).to_have_value("Sonja")
    fine(page)
    page.get_by_role("radio", name=re.compile("^Sonja Natt")).check(force=True)
    page.get_by_role("button", name="Det gäller den här personen").click()
    expect(main).to_contain_text("Någon har berättat om Sonja Natt")
    fine(page)
    for way in ("Vi har ringt", "Lämna över till en kollega", "Fråga en kollega om det här"):
        page.get_by_role("link", name=way).click()
        fine(page)
        page.go_back()
    steps_in(page, "Sonja Natt")
    for path in ("/", "/meddelanden", "/aviseringar", "/kontakt"):
        page.goto(path)
        assert "berätta" not in main.inner_text().lower() or path == "/", path
        assert SAID not in main.inner_text()
