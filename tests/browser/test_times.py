"""A patient's times on a phone: the next one at the start, one whole, the video call in time, and without a net."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.bookings import service as bookings
from app.core import clock, db
from app.core.locale import local
from tests.bookings.times import books
from tests.browser import looks
from tests.browser.phone import Phone, stays_the_same_page, steps_in
from tests.browser.test_saved import PATIENCE, saves, shown, without_a_net
from tests.browser.waiting import worker_ready
from tests.world import World
from tests.world import wall as moment

pytestmark = pytest.mark.slow
LINK = "https://video.example/rum-17"


def at(days: int, hour: str) -> str:
    return f"{local(clock.now()) + timedelta(days=days):%Y-%m-%d} {hour}"


def looks_well(page: Page) -> None:
    assert not looks.axe(page) and not page.evaluate(looks.SIDEWAYS) and not page.evaluate(looks.CUT)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_next_time_is_found_read_and_followed_when_it_moves(
    phone: Callable[..., Phone], world: World, scheme: str
) -> None:
    name = {"light": "Tilda Eklund", "dark": "Tora Eklund"}[scheme]
    patient, karin = world.patient(name, contact="Karin Holm"), world.staff("Karin Holm")
    hour = {"light": "09:00", "dark": "11:00"}[scheme]
    key = books(karin, patient, at(7, hour), bring="Din lista över mediciner.")
    page = phone(color_scheme=scheme).page
    steps_in(page, name)
    looks_well(page)
    card = page.get_by_role("region", name="Nästa tid")
    expect(card).to_contain_text("Karin Holm, Kyrkogatan 12, våning 2")
    expect(card).to_contain_text("Ta gärna med din anhörige eller närstående.")
    card.get_by_role("link", name="Alla tider").click()
    expect(page.get_by_role("heading", level=1, name="Dina tider")).to_be_visible()
    looks_well(page)
    page.get_by_role("main").get_by_role("link", name="Samtal").click()
    expect(page.get_by_role("heading", level=1, name="Samtal")).to_be_visible()
    main = page.get_by_role("main")
    for words in ("Din lista över mediciner.", "Kyrkogatan 12, våning 2", "Karin Holm bokade tiden."):
        expect(main).to_contain_text(words)
    looks_well(page)
    with stays_the_same_page(page), db.transaction():
        to = moment(at(8, hour))
        bookings.move(key, to, to + timedelta(minutes=45), by=karin.viewer, now=clock.now())
    expect(main).to_contain_text("Karin Holm flyttade tiden.", timeout=PATIENCE)
    looks_well(page)

    page.get_by_role("link", name="Jag kan inte ta mig dit").click()
    expect(page.get_by_role("heading", level=1, name="Jag kan inte ta mig dit")).to_be_visible()
    expect(page.get_by_role("link", name="Skriv till Karin Holm")).to_be_visible()
    looks_well(page)


def test_a_video_call_is_gone_to_when_it_is_time_and_no_page_holds_its_link(
    phone: Callable[..., Phone], world: World
) -> None:
    tyra, karin = world.patient("Tyra Eklund", contact="Karin Holm"), world.staff("Karin Holm")
    later = books(karin, tyra, at(9, "09:00"), kind="Videosamtal", mode="video", place="På skärmen", link=LINK)
    hand = phone()
    page = hand.page
    steps_in(page, "Tyra Eklund")
    page.goto(f"/tider/{db.short(later)}")
    expect(page.get_by_role("link", name="Gå till videosamtalet")).to_have_count(0)
    page.get_by_role("link", name="Är det dags?").click()
    expect(page.get_by_role("region", name="Videosamtalet")).to_contain_text("Du kan gå in från")
    assert LINK not in page.content()
    looks_well(page)

    soon = local(clock.now() + timedelta(minutes=10))
    now = books(karin, tyra, f"{soon:%Y-%m-%d %H:%M}", kind="Videosamtal", mode="video", place="På skärmen", link=LINK)
    page.goto(f"/tider/{db.short(now)}")
    button = page.get_by_role("link", name="Gå till videosamtalet")
    expect(button).to_be_visible()
    assert LINK not in page.content()
    looks_well(page)
    answer = page.request.get(button.get_attribute("href") or "", max_redirects=0)
    assert answer.status == 303 and answer.headers["location"] == LINK


def test_the_next_times_are_read_without_a_net_and_are_gone_when_they_are_over(
    phone: Callable[..., Phone], world: World
) -> None:
    thea, karin = world.patient("Thea Eklund", contact="Karin Holm"), world.staff("Karin Holm")
    books(karin, thea, at(3, "13:00"))
    books(karin, thea, at(20, "13:00"), kind="Uppföljning", mode="phone", place="")
    hand = phone()
    page = hand.page
    steps_in(page, "Thea Eklund")
    worker_ready(page)
    saves(page)
    without_a_net(hand, "/tider")
    expect(shown(page)).to_contain_text("Samtal. Karin Holm, Kyrkogatan 12, våning 2", timeout=PATIENCE)
    expect(shown(page)).to_contain_text("Uppföljning. Karin Holm, på telefon")
    expect(shown(page)).to_contain_text("Tider kan ha ändrats sedan dess.")
    looks_well(page)
    page.add_init_script("Date.now = ((now) => () => now() + 5 * 86400000)(Date.now);")
    without_a_net(hand, "/tider")
    expect(shown(page)).to_contain_text("Uppföljning", timeout=PATIENCE)
    expect(shown(page)).not_to_contain_text("Samtal.")
