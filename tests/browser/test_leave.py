"""Away at once: blank in the same task, signed out, and Back shows nothing of ours: in a tab, installed, unscripted."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, Route, expect
from sqlalchemy import select

from app.accounts.models import SignIn
from app.core import db
from tests.browser import looks
from tests.browser.phone import FLAGS, HEIGHT, WIDTH, Phone, program, steps_in, writes
from tests.browser.site import Site
from tests.browser.test_saved import personal, saves
from tests.browser.waiting import asks, until_page, worker_ready
from tests.world import Patient, World

pytestmark = pytest.mark.slow
ELSEWHERE = {"status": 200, "content_type": "text/html", "body": "<title>Annat</title><h1>Annat</h1>"}
DEEP = ("/", "/meddelanden", "/kontakt", "/aviseringar", "/hjalp-nu")
OURS = ("Närlinjen", "Karin Holm", "Göms", "Logga", "Hjälp nu", "Eklund")

EMPTIED = "() => indexedDB.databases().then((all) => !all.length)"
# What the phone keeps is held by somebody else for as long as the page lives.
HOLDS = """() => new Promise((held) => {
  const asked = indexedDB.open("narlinjen");
  asked.onsuccess = () => {
    const stores = [...asked.result.objectStoreNames];
    const rows = asked.result.transaction(stores, "readwrite").objectStore(stores[0]);
    const again = () => (rows.count().onsuccess = () => (held(), again()));
    again();
  };
})"""


def has_other_sites(context: BrowserContext, origin: str) -> None:
    """Whatever is not ours is a page of its own."""

    def answer(route: Route) -> None:
        route.fulfill(**ELSEWHERE)

    context.route(lambda url: not url.startswith(origin), answer)


def outside(hand: Phone) -> None:
    hand.forgives("request to another machine", "ERR_INTERNET_DISCONNECTED")
    has_other_sites(hand.context, hand.origin)


def goes_deep(page: Page, places: tuple[str, ...] = DEEP) -> None:
    for place in places:
        page.goto(place)


def leaves(page: Page) -> None:
    page.get_by_role("button", name="Lämna").click()
    expect(page.get_by_role("heading", name="Annat")).to_be_visible()


def nothing_of_ours(page: Page) -> None:
    said = page.evaluate("document.title + (document.documentElement.hidden ? '' : document.body?.innerText ?? '')")
    assert not [word for word in OURS if word in said], said


def goes_back(page: Page, times: int = 5) -> None:
    for _step in range(times):
        page.go_back()
        nothing_of_ours(page)


def is_signed_in(someone: Patient) -> bool:
    """Whether a phone of theirs is, beside the session that the world itself writes by."""
    own = someone.viewer.session_id
    mine = select(SignIn.id).where(SignIn.person_id == someone.person.id, SignIn.ended_at.is_(None), SignIn.id != own)
    return db.run(mine).first() is not None


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_back_five_times_from_five_pages_deep_shows_nothing(
    phone: Callable[..., Phone], world: World, scripts: bool
) -> None:
    siv = world.patient("Inga Eklund" if scripts else "Tora Eklund", contact="Karin Holm")
    siv.asks("Göms snabbt.")
    hand = phone(java_script_enabled=scripts)
    outside(hand)
    steps_in(hand.page, siv.person.name)
    goes_deep(hand.page)
    leaves(hand.page)
    goes_back(hand.page)
    for _step in range(3):
        hand.page.go_forward()
        nothing_of_ours(hand.page)
    hand.page.reload()
    nothing_of_ours(hand.page)
    hand.page.wait_for_load_state()
    assert not is_signed_in(siv)

    hand.page.goto("/hjalp-nu")
    if not scripts:
        hand.page.get_by_role("button", name="Öppna sidan igen").click()
    expect(hand.page.get_by_role("heading", level=1)).to_have_text("Hjälp nu")
    hand.page.goto("/meddelanden")
    expect(hand.page.get_by_role("heading", name="Hur vill du logga in?")).to_be_visible()


def test_the_page_is_blank_in_the_task_of_the_press(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Maj Eklund", contact="Karin Holm")
    hand = phone()
    outside(hand)
    steps_in(hand.page, "Maj Eklund")
    hand.page.wait_for_load_state()
    seen = hand.page.evaluate(
        """() => {
          document.querySelector("[data-leave] button").click();
          return [getComputedStyle(document.documentElement).display, document.title, document.cookie];
        }"""
    )
    assert seen[:2] == ["none", "Sidan är stängd"] and "narlinjen-left=1" in seen[2] and "-here=out" in seen[2]
    expect(hand.page.get_by_role("heading", name="Annat")).to_be_visible()


def test_escape_three_times_is_the_same_and_is_said(phone: Callable[..., Phone], world: World) -> None:
    siv = world.patient("Elna Eklund", contact="Karin Holm")
    hand = phone()
    outside(hand)
    steps_in(hand.page, "Elna Eklund")
    hand.page.wait_for_load_state()
    expect(hand.page.get_by_role("button", name="Lämna")).to_have_accessible_description(
        "Du kan också trycka på Esc tre gånger."
    )
    for keys in ("Escape", "a", "Escape"):
        hand.page.keyboard.press(keys)
    said = hand.page.locator("[data-leave-said]")
    expect(said).to_have_text("Esc två gånger till lämnar sidan.")
    hand.page.keyboard.press("Escape")
    expect(said).to_have_text("Esc en gång till lämnar sidan.")
    hand.page.keyboard.press("Escape")
    expect(hand.page.get_by_role("heading", name="Annat")).to_be_visible()
    goes_back(hand.page, 1)
    assert not is_signed_in(siv)


def test_what_is_being_written_is_not_left_on_the_phone(phone: Callable[..., Phone], world: World) -> None:
    siv = world.patient("Ebba Eklund", contact="Karin Holm")
    hand = phone()
    outside(hand)
    page = hand.page
    steps_in(page, "Ebba Eklund")
    worker_ready(page)
    saves(page)
    goes_deep(page, ("/hjalp-nu", "/"))
    page.get_by_role("link", name="Skriv till Karin Holm").first.click()
    expect(page.get_by_role("status").filter(has_text="Texten sparas medan du skriver.")).to_be_visible()
    hand.context.set_offline(True)
    writes(page, "Göms utan nät.")
    expect(page.get_by_role("status").filter(has_text="Inget nät.")).to_be_visible()
    leaves(page)
    goes_back(page, 3)
    hand.context.set_offline(False)
    goes_back(page, 1)
    expect(page.get_by_role("heading", name="Sidan är stängd")).to_be_visible()
    until_page(page, EMPTIED, "the phone to forget")
    assert personal(page, siv, "Göms") == []
    page.goto("/")
    expect(page.get_by_role("link", name="Logga in").first).to_be_visible()


def test_what_there_was_no_time_to_forget_is_forgotten_by_the_next_page(
    phone: Callable[..., Phone], world: World
) -> None:
    siv = world.patient("Dagny Eklund", contact="Karin Holm")
    hand = phone()
    outside(hand)
    page, other = hand.page, hand.tab()
    steps_in(page, "Dagny Eklund")
    worker_ready(page)
    page.get_by_role("link", name="Skriv till Karin Holm").first.click()
    expect(page.get_by_role("status").filter(has_text="Texten sparas medan du skriver.")).to_be_visible()
    other.goto("/readyz")
    hand.context.set_offline(True)
    writes(page, "Göms på en långsam telefon.")
    expect(page.get_by_role("status").filter(has_text="Inget nät.")).to_be_visible()
    asks(other, HOLDS, "the phone to be busy")
    leaves(page)
    other.close()
    hand.context.set_offline(False)
    page.goto("/")
    expect(page.get_by_role("link", name="Logga in").first).to_be_visible()
    until_page(page, EMPTIED, "the phone to forget")
    assert personal(page, siv, "Göms") == []


def test_another_tab_is_closed_with_it(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Alva Eklund", contact="Karin Holm").asks("Göms här med.")
    hand = phone()
    outside(hand)
    steps_in(hand.page, "Alva Eklund")
    other = hand.tab()
    other.goto("/meddelanden")
    expect(other.get_by_role("link", name="Göms här med")).to_be_visible()
    hand.page.bring_to_front()
    leaves(hand.page)
    expect(other.get_by_role("heading", name="Sidan är stängd")).to_be_visible()
    nothing_of_ours(other)


def test_nobody_in_particular_leaves_too_and_presses_on(phone: Callable[..., Phone], site: Site) -> None:
    hand = phone()
    outside(hand)
    goes_deep(hand.page, ("/", "/stod", "/om", "/hjalp-nu", "/dina-uppgifter"))
    leaves(hand.page)
    goes_back(hand.page, 2)
    assert not looks.axe(hand.page)
    hand.page.get_by_role("button", name="Öppna sidan igen").click()
    expect(hand.page.get_by_role("heading", level=1)).to_have_text("Om Närlinjen")
    hand.page.go_back()
    assert "Sidan är stängd" not in hand.page.title()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_closed_page_can_be_read_by_everybody(phone: Callable[..., Phone], scheme: str) -> None:
    hand = phone(color_scheme=scheme, java_script_enabled=True)
    outside(hand)
    goes_deep(hand.page, ("/", "/om"))
    leaves(hand.page)
    hand.page.go_back()
    expect(hand.page.get_by_role("heading", name="Sidan är stängd")).to_be_visible()
    assert not looks.axe(hand.page) and not hand.page.evaluate(looks.SIDEWAYS)


@pytest.fixture
def installed(playwright: Playwright, site: Site, tmp_path: Path) -> Iterator[BrowserContext]:
    """The app in a window of its own, as from the home screen."""
    context = playwright.chromium.launch_persistent_context(
        tmp_path / "profile",
        executable_path=program(),
        args=[*FLAGS, f"--app={site.url}/demo/personer"],
        viewport={"width": WIDTH, "height": HEIGHT},
        locale="sv-SE",
        base_url=site.url,
    )
    yield context
    context.close()


def test_it_is_the_same_installed(installed: BrowserContext, world: World, site: Site) -> None:
    siv = world.patient("Rut Eklund", contact="Karin Holm")
    siv.asks("Göms i appen.")
    has_other_sites(installed, site.url)
    page = installed.pages[0]
    page.wait_for_load_state()
    assert page.evaluate("matchMedia('(display-mode: standalone)').matches")
    steps_in(page, "Rut Eklund")
    goes_deep(page)
    leaves(page)
    goes_back(page)
    assert not is_signed_in(siv)
