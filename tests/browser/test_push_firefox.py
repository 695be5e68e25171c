"""A reply reaches a Firefox: turned on from the page, decrypted, shown, and pressed where it stands on the screen."""

from collections.abc import Iterator

import pytest

from tests.browser import waiting
from tests.browser.firefox_bidi import Firefox, Tab
from tests.browser.pushed import TEXT, TITLE, Pair, becomes, devices, pair
from tests.browser.site import Site
from tests.browser.waiting import until
from tests.push_service.outside import PushService
from tests.world import World

pytestmark = pytest.mark.slow
OFF = "Slå på här"
STATE = "document.querySelector('main')?.innerText.match(/Slå på här|Aviseringar är på här/)?.[0]"
WORDS = """["alertTitleLabel", "alertTextLabel"].map((it) => document.getElementById(it))
  .map((it) => it.value || it.textContent)"""
READY = "(await navigator.serviceWorker.ready)"
ENDPOINT = f"(async () => (await {READY}.pushManager.getSubscription())?.endpoint ?? '')()"
SHOWN = f"(async () => (await {READY}.getNotifications()).map(({{ title, body, lang }}) => [title, body, lang]))()"


@pytest.fixture(scope="module")
def fox(site: Site, push_service: PushService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    made = Firefox(tmp_path_factory.mktemp("firefox"), site.url, push_service.firefox_prefs)
    yield made
    made.stop()


def steps_in(page: Tab, name: str) -> None:
    page.goto("/demo/personer")
    page.reads(f"[...document.querySelectorAll('button')].find((it) => it.innerText.startsWith('{name}')).click()")
    page.until("location.pathname !== '/demo/personer' && Boolean(document.querySelector('.foot'))")


def begins(fox: Firefox, who: Pair) -> str:
    """They sign in; the first turns it on by the button, and it goes over to the next. Where it is reached now."""
    steps_in(fox.page, who.patient.person.name or "")
    fox.page.goto("/aviseringar/mina")
    if fox.page.until(STATE) == OFF:
        fox.page.press("button", OFF)
        fox.page.until("document.querySelector('main')?.innerText.includes('Påslaget.')")
    waiting.becomes(lambda: [one.ended_how for one in devices(who.patient)], [None], "the phone to be theirs")
    found: str = fox.page.reads(ENDPOINT)
    return found


def thread_in(fox: Firefox) -> Tab | None:
    """The tab in which a thread stands, if there is one."""
    return next((tab for tab in fox.tabs() if "/meddelanden/" in tab.reads("location.href")), None)


def on_the_screen(fox: Firefox) -> list[Tab]:
    """The notices that stand on the screen now."""
    return [one for one in fox.windows() if "/alerts/" in one.reads("location.href")]


def test_a_reply_is_shown_and_a_press_on_it_opens_the_thread(
    fox: Firefox, push_service: PushService, world: World
) -> None:
    it = pair(world, "Linden", "Linnea Lind", "Leif Lind")
    endpoint = begins(fox, it)
    assert endpoint.startswith(f"{push_service.url}/wpush/")
    fox.page.goto("about:blank")
    it.reply("Ja, du kan sänka dosen.")
    becomes(it.patient, "shown")
    (shown,) = until(lambda: on_the_screen(fox), "the notice")
    assert shown.reads(WORDS) == [TITLE, TEXT]
    shown.reads("onAlertClick()")
    becomes(it.patient, "opened")
    opened = until(lambda: thread_in(fox), "the thread")
    opened.until("document.querySelector('main')?.innerText.includes('Ja, du kan sänka dosen.')")
    assert len(push_service.came(endpoint)) == 1


def test_another_address_is_told_by_the_browser_itself(fox: Firefox, push_service: PushService, world: World) -> None:
    it = pair(world, "Masuren", "Maja Masur", "Malte Masur")
    old = begins(fox, it)
    before = push_service.came(old)
    fox.page.goto("about:blank")
    push_service.begins_anew(old)
    waiting.becomes(lambda: [one.ended_how for one in devices(it.patient)], [None, "replaced"], "the new address")
    it.reply("Ja.")
    becomes(it.patient, "shown")
    assert push_service.came(old) == before
    fox.page.goto("/")
    assert fox.page.reads(ENDPOINT) != old
    assert fox.page.reads(SHOWN) == [[TITLE, TEXT, "sv"]]
