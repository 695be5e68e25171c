"""A time, whole: a nurse books it on a phone, moves it and takes that back, and cancels it; the patient reads each."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.core.locale import local
from tests.bookings.times import books, offers
from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.world import World

pytestmark = pytest.mark.slow


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


def main(page: Page, text: str) -> None:
    expect(page.get_by_role("main")).to_contain_text(text)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_time_is_booked_moved_taken_back_and_cancelled(
    phone: Callable[..., Phone], world: World, scripts: bool
) -> None:
    mark = "Rönnen" if scripts else "Almen"
    nurse = world.staff(f"Nora {mark}", unit=f"Mottagning {mark}")
    patient = world.patient(f"Pia {mark}", contact=f"Nora {mark}")
    other = world.patient(f"Ove {mark}", contact=f"Nora {mark}")
    offers(nurse)
    on = local(world.now()).date() + timedelta(days=14)
    on += timedelta(days=(1 - on.weekday()) % 7)
    books(nurse, other, f"{on} 09:00")
    assert patient.viewer
    holds = phone(java_script_enabled=scripts)
    holds.expects(422)
    page = holds.page
    steps_in(page, f"Nora {mark}")
    page.goto("/")
    page.get_by_role("link", name="Tidbok").click()
    heading(page, "Dina tider")
    page.get_by_role("link", name="Boka en tid").click()
    page.get_by_role("link", name=f"Pia {mark}").click()
    page.get_by_role("link", name="Samtal").click()
    heading(page, f"Samtal med Pia {mark}")

    # What is taken is refused, with all that was typed.
    page.get_by_label("Dag").fill(on.isoformat())
    page.get_by_label("Från kl.").fill("09:15")
    page.get_by_label("Var?").fill("Rönngatan 3")
    page.get_by_role("button", name="Boka tiden").click()
    expect(page.get_by_role("alert")).to_contain_text(f"Nora {mark} har en annan tid kl. 9–9.45. Välj en annan tid.")
    expect(page.get_by_label("Var?")).to_have_value("Rönngatan 3")
    expect(page.get_by_role("radio", name="09.00")).to_have_count(0)
    assert not faults(page) if scripts else True
    page.get_by_label("Från kl.").fill("")
    page.get_by_role("radio", name="10.00").check(force=True)
    page.get_by_role("button", name="Boka tiden").click()
    heading(page, f"Pia {mark}")
    main(page, "kl. 10.00–10.45")
    main(page, f"Bokad. Pia {mark} får veta det nu, med en kallelse.")
    booked = page.url.partition("?")[0]

    theirs = phone(java_script_enabled=scripts).page
    steps_in(theirs, f"Pia {mark}")
    theirs.goto("/tider")
    theirs.get_by_role("main").get_by_role("link", name="Samtal").click()
    main(theirs, "Rönngatan 3")

    page.get_by_role("link", name="Flytta").click()
    expect(page.get_by_role("radio", name="10.00")).to_be_checked()
    page.get_by_role("radio", name="13.30").check(force=True)
    page.get_by_role("button", name="Flytta tiden").click()
    main(page, "kl. 13.30–14.15")
    main(page, "Flyttad.")
    assert not faults(page) if scripts else True
    theirs.reload()
    main(theirs, "13.30")
    page.get_by_role("button", name="Ångra flytten").click()
    main(page, "kl. 10.00–10.45")

    page.goto(booked)
    page.get_by_role("link", name="Ställ in").click()
    heading(page, "Vill du ställa in tiden")
    page.get_by_label("Vad händer nu?").fill("Jag ringer dig i morgon.")
    page.get_by_role("button", name="Ja, ställ in").click()
    main(page, f"Inställd. Pia {mark} får veta det nu.")
    theirs.reload()
    main(theirs, "Jag ringer dig i morgon.")
    page.goto(f"/tidbok?dag={on}")
    main(page, f"Ove {mark}")
    expect(page.get_by_role("main")).not_to_contain_text(f"Pia {mark}")
    assert not faults(page) if scripts else True
