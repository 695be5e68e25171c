"""Siv on her phone: her times in her own calendar, and her sister along to one of them and not to the next."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import vobject
from playwright.sync_api import expect

from app.bookings import service as bookings
from app.core import clock, db
from app.core.locale import local as swedish
from app.machine.postgres import Server
from tests.bookings.times import books
from tests.browser.looks import faults
from tests.browser.other_time import OtherTime, next_weekday, other_time
from tests.browser.phone import Phone, steps_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def morning(server: Server, local: Path, secrets: dict[str, str]) -> Iterator[OtherTime]:
    """A Wednesday at nine."""
    with other_time("calendar", next_weekday(2, 9, 0), server=server, local=local, secrets=secrets) as made:
        yield made


@pytest.fixture(scope="module")
def times(morning: OtherTime) -> tuple[UUID, UUID]:
    """Vera has two times, in one week and in two, and has let her sister Malin see who her contact is."""
    with morning.behind() as world:
        klara, vera = (
            world.staff("Klara Strand", unit="Mottagning Eken"),
            world.patient("Vera Vik", contact="Klara Strand"),
        )
        world.relative("Malin Vik", of=vera)
        days = [swedish(clock.now()) + timedelta(days=days) for days in (7, 14)]
        first, second = (books(klara, vera, f"{day:%Y-%m-%d} 09:00") for day in days)
        return first, second


def test_a_calendar_follows_and_is_turned_off(
    phone: Callable[..., Phone], morning: OtherTime, times: tuple[UUID, UUID]
) -> None:
    held = phone(origin=morning.site.url)
    page = held.page
    steps_in(page, "Vera Vik")
    page.goto("/tider")
    page.get_by_role("link", name="I din egen kalender").click()
    expect(page.get_by_role("main")).to_contain_text("Det här ser företaget bakom kalendern")
    assert not faults(page)
    page.get_by_role("button", name="Gör en hemlig adress").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lägg in adressen i din kalender")
    assert not faults(page)
    address = page.locator(".said").inner_text()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Kopiera adressen").click()
    expect(page.get_by_role("status").filter(has_text="Adressen är kopierad.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == address

    # The calendar's own program, which has no cookies.
    calendar = page.context.browser.new_context() if page.context.browser else None  # type: ignore[union-attr]
    assert calendar
    answer = calendar.request.get(address)
    assert len(vobject.readOne(answer.text()).vevent_list) == 2
    assert "Eken" not in answer.text() and "Vera" not in answer.text()
    with morning.behind() as world:
        klara = world.staff("Klara Strand", unit="Mottagning Eken")
        with db.transaction():
            bookings.cancel(times[1], by=klara.viewer, now=clock.now())
    events = vobject.readOne(calendar.request.get(address).text()).vevent_list
    assert [it.status.value for it in events] == ["CONFIRMED", "CANCELLED"]

    page.reload()
    expect(page.get_by_role("main")).to_contain_text("Hämtades senast")
    assert address not in page.content()
    assert not faults(page)
    page.get_by_role("button", name="Stäng av").click()
    expect(page.get_by_role("main")).to_contain_text("Adressen ger ingenting längre.")
    assert calendar.request.get(address).status == 404
    calendar.close()


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without"])
def test_a_sister_comes_along_to_one_time(
    phone: Callable[..., Phone], morning: OtherTime, times: tuple[UUID, UUID], script: bool
) -> None:
    page = phone(origin=morning.site.url, java_script_enabled=script).page
    steps_in(page, "Vera Vik")
    page.goto(f"/tider/{db.short(times[0])}")
    page.get_by_role("link", name="Vem vill du ta med?").click()
    if script:
        assert not faults(page)
    page.get_by_role("button", name="Ta med Malin Vik").click()
    expect(page.get_by_role("main")).to_contain_text("Tillfrågad i dag")

    hers = phone(origin=morning.site.url, java_script_enabled=script).page
    steps_in(hers, "Malin Vik")
    hers.goto("/")
    expect(hers.get_by_role("main")).to_contain_text("Vera Vik vill ta med dig.")
    assert hers.locator("#bookings ~ ul a").count() == 1, "One time, and not the next."
    if script:
        assert not faults(hers)
    hers.locator("#bookings ~ ul a").click()
    expect(hers.get_by_role("heading", level=1)).to_have_text("Vera Vik vill ta med dig")
    expect(hers.get_by_role("main")).to_contain_text("Klara Strand")
    if script:
        assert not faults(hers)

    page.get_by_role("button", name="Ta tillbaka").click()
    expect(page.get_by_role("button", name="Ta med Malin Vik")).to_be_visible()
    hers.goto("/")
    assert hers.locator("#bookings").count() == 0
