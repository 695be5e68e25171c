"""Ways in and out, on real phones."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.phone import Phone, steps_in
from tests.world import World

pytestmark = pytest.mark.slow


def test_signed_out_without_a_net_is_signed_out_when_it_is_back(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Vera Almgren", contact="Karin Hed")
    mine = phone()
    mine.forgives("request failed: POST", "ERR_INTERNET_DISCONNECTED")
    page = mine.page
    steps_in(page, "Vera Almgren")
    page.goto("/logga-ut", wait_until="networkidle")
    mine.context.set_offline(True)
    page.get_by_role("button", name="Logga ut").click()
    expect(page.get_by_role("heading", name="Du är utloggad på den här telefonen")).to_be_visible()
    mine.context.set_offline(False)
    page.goto("/meddelanden")
    expect(page.locator("h1")).to_have_text("Vem vill du vara?")


def test_one_ends_the_phone_that_one_has_lost(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Stina Almgren", contact="Karin Hed")
    lost, found = phone(user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Safari/604.1"), phone()
    for one in (lost, found):
        steps_in(one.page, "Stina Almgren")
    page = found.page
    page.get_by_role("link", name="Mina inloggningar").first.click()
    gone = page.get_by_role("listitem").filter(has_text="Safari på en iPhone")
    gone.get_by_role("button", name="Avsluta").click()
    expect(page.get_by_role("main")).to_contain_text("Inloggningen är avslutad.")
    lost.page.goto("/meddelanden")
    expect(lost.page.locator("h1")).to_have_text("Vem vill du vara?")
    expect(page.get_by_role("listitem").filter(has_text="Safari på en iPhone")).to_have_count(0)
