"""Närlinjen on the home screen and without a net: what a phone keeps, and what it never does."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from app.machine.postgres import Server
from tests.browser.looks import EVERYDAY, Way, enlarge_text, faults
from tests.browser.phone import FLAGS, Phone, field, program, steps_in, writes
from tests.browser.site import ROOT, Site
from tests.browser.waiting import asks, until_page
from tests.world import World

pytestmark = pytest.mark.slow

# All that works without a net is fetched first.
INSTALLED = 60.0
OFFLINE = "net::ERR_INTERNET_DISCONNECTED"
KEPT = """async () => {
  const found = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    found[name] = {};
    for (const asked of await cache.keys()) {
      const text = await (await cache.match(asked, { ignoreVary: true })).text();
      found[name][new URL(asked.url).pathname + new URL(asked.url).search] = text;
    }
  }
  return found;
}"""
TAKEN_OVER = """async (script) => {
  const all = await navigator.serviceWorker.getRegistrations();
  const one = all.find((it) => (it.active || it.installing || it.waiting)?.scriptURL.endsWith(script));
  return Boolean(one?.active?.state === "activated" && !one.installing && !one.waiting);
}"""

ANOTHER = (
    """(old) => caches.keys().then((names) => names.some((it) => it.startsWith("narlinjen-shell:/:") && it !== old))"""
)

SPOKEN = """async (language) => (await (await caches.match("/language"))?.text()) === language"""
SCOPES = """async () => (await navigator.serviceWorker.getRegistrations())
  .map((it) => new URL(it.scope).pathname).sort()"""
SHORTCUTS = """async () => (await (await fetch(document.querySelector("link[rel=manifest]").href)).json()).shortcuts"""


def keeps_the_shell(page: Page, script: str = "/sw.js") -> None:
    """The worker of this page's version has taken over."""
    page.wait_for_load_state()
    until_page(page, TAKEN_OVER, f"{script} to have taken over", script, patience=INSTALLED)


def caches(page: Page) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = asks(page, KEPT, "what the phone keeps")
    return found


def shells(page: Page, scope: str = "/") -> list[str]:
    return [name for name in caches(page) if name.startswith(f"narlinjen-shell:{scope}:")]


def no_net(hand: Phone) -> None:
    hand.forgives(OFFLINE)
    hand.context.set_offline(True)


def test_a_phone_can_put_it_on_the_home_screen(playwright: Playwright, site: Site, tmp_path: Path) -> None:
    context = playwright.chromium.launch_persistent_context(tmp_path, executable_path=program(), args=FLAGS)
    try:
        page = context.pages[0]
        page.goto(site.url)
        cdp = context.new_cdp_session(page)
        assert cdp.send("Page.getInstallabilityErrors") == {"installabilityErrors": []}
        found = cdp.send("Page.getAppManifest")
        assert not found["errors"], found["errors"]
        assert cdp.send("Page.getAppId")["appId"] == f"{site.url}/"
    finally:
        context.close()


def test_without_a_net_help_is_there_and_the_rest_says_so(phone: Callable[..., Phone]) -> None:
    hand = phone()
    page = hand.page
    page.goto("/om")
    keeps_the_shell(page)
    no_net(hand)
    page.goto("/meddelanden")
    expect(page.get_by_role("heading", level=1)).to_have_text("Telefonen har inget nät")
    expect(page.get_by_role("navigation").get_by_role("link", name="Hjälp nu")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Hjälp nu").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hjälp nu")
    expect(page.get_by_role("link", name="112")).to_be_visible()
    sheets = page.evaluate("[...document.styleSheets].map((it) => it.cssRules.length)")
    assert sheets and all(sheets), "the page has no style without a net"
    page.goto("/tillganglighet")
    page.wait_for_load_state("networkidle")
    hand.context.set_offline(False)
    expect(page.locator("[data-net-back]")).to_have_text("Telefonen säger att nätet är tillbaka.")
    page.get_by_role("button", name="Försök igen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tillgänglighet")


def test_without_a_net_it_speaks_the_readers_language(phone: Callable[..., Phone]) -> None:
    hand = phone()
    page = hand.page
    page.goto("/om")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    keeps_the_shell(page)
    until_page(page, SPOKEN, "the phone to know the language", "en")
    no_net(hand)
    page.goto("/hjalp-nu")
    expect(page.get_by_role("heading", level=1)).to_have_text("Help now")
    page.get_by_role("link", name="Svenska").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hjälp nu")
    until_page(page, SPOKEN, "the phone to know the language", "sv")
    page.goto("/meddelanden")
    expect(page.get_by_role("heading", level=1)).to_have_text("Telefonen har inget nät")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The phone has no connection")
    hand.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page).to_have_url(re.compile(r"/$"))


def test_nothing_of_a_person_is_kept(phone: Callable[..., Phone], world: World) -> None:
    siv = world.patient("Siv Kvarn", contact="Karin Ström")
    thread = siv.asks("Får jag byta tid på torsdag?")
    world.staff("Karin Ström").writes("Ja, det går bra.", thread=thread)
    page = phone().page
    page.goto("/")
    keeps_the_shell(page)
    steps_in(page, "Siv Kvarn")
    for path in ("/", "/meddelanden", "/aviseringar", "/hjalp-nu", "/inloggningar", "/stod/rattvik", "/tillganglighet"):
        page.goto(path)
        # A page that is left at once has no time to have the phone keep anything.
        keeps_the_shell(page, "/stod/sw.js" if path.startswith("/stod") else "/sw.js")
    page.goto("/")
    page.get_by_role("link", name="Får jag byta tid").first.click()
    expect(page.get_by_role("main")).to_contain_text("Ja, det går bra.")
    found = caches(page)
    kept = {path for shell in found.values() for path in shell}
    wrong = [path for path in kept if not path.startswith(("/static/", "/utan-nat/")) and path != "/language"]
    assert not wrong, f"the phone keeps {wrong}"
    whole = "\n".join(text for shell in found.values() for text in shell.values())
    for secret in ("Siv", "Kvarn", "Karin Str", "torsdag?", "går bra", 'csrf_token" value', "Mottagning Björken"):
        assert secret not in whole, f"{secret!r} lies on the phone"


@pytest.fixture
def own(server: Server, local: Path, secrets: dict[str, str], demo: str) -> Iterator[Site]:
    """A site that can be taken down, and started anew as another version."""
    server.create_database("own_app", template=demo)
    made = Site(local / "own_app", server, "own_app", secrets)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def newer(folder: Path) -> Path:
    """A later version of the app: another style sheet, so that every file has another address."""
    for part in ("app", "migrations", "translations"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "app/static/css/tokens.css").open("a") as css:
        css.write("/* A later version. */\n")
    return folder


def test_a_new_version_takes_over_and_the_draft_is_still_there(
    phone: Callable[..., Phone], own: Site, tmp_path: Path
) -> None:
    hand = phone(origin=own.url)
    page = hand.page
    steps_in(page, "Siv Nyberg")
    page.get_by_role("link", name="Skriv till Karin Ek").first.click()
    keeps_the_shell(page)
    writes(page, "Skrivet i den gamla versionen.")
    expect(page.get_by_role("status").filter(has_text="Sparat")).to_be_visible()
    (old,) = shells(page)
    page.evaluate("window.neverReloaded = true")
    prefix = re.match(r"(/static/\w+/)", page.locator("link[rel=stylesheet]").first.get_attribute("href") or "")
    assert prefix

    own.rest()
    hand.forgives("/handelser", "/lage", "net::ERR_EMPTY_RESPONSE", "net::ERR_CONNECTION_RESET")
    other = hand.tab()
    other.goto("/hjalp-nu")
    expect(other.get_by_role("heading", level=1)).to_have_text("Hjälp nu")
    expect(other.get_by_role("link", name="90101")).to_be_visible()

    own.root = newer(tmp_path / "newer")
    own.start()
    other.goto("/om")
    until_page(other, ANOTHER, "the shell of the new version", old, patience=INSTALLED)
    keeps_the_shell(other)
    assert page.evaluate("window.neverReloaded === true"), "the new version loaded the page anew"
    expect(field(page)).to_have_value("Skrivet i den gamla versionen.")
    hand.expects(404)
    gone = page.request.get(f"{own.url}{prefix[1]}js/forget.js")
    assert gone.status == 404, "the new version still has the old one's files, so this proves nothing"
    imported = "(path) => import(path).then((it) => typeof it.default)"
    assert asks(page, imported, "a part of the old version", f"{prefix[1]}js/forget.js") == "function"
    writes(page, "Skrivet i den gamla versionen, och sedan lite till.")
    expect(page.get_by_role("status").filter(has_text="Sparat")).to_be_visible()

    assert old in shells(other), "a page of the old version is open, and its files are gone"
    page.goto("/om")
    other.close()
    fresh = hand.tab()
    page.close()
    fresh.goto("/")
    until_page(fresh, "(name) => caches.has(name).then((it) => !it)", "the old shell to go", old)
    assert len(shells(fresh)) == 1
    fresh.get_by_role("link", name="Skriv till Karin Ek").first.click()
    expect(field(fresh)).to_have_value("Skrivet i den gamla versionen, och sedan lite till.")


def test_the_finder_has_a_registration_of_its_own(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Siv Hed", contact="Karin Hed")
    hand = phone()
    page = hand.page
    page.goto("/stod/rattvik")
    keeps_the_shell(page, "/stod/sw.js")
    keeps_the_shell(page)
    steps_in(page, "Siv Hed")
    page.goto("/logga-ut")
    page.get_by_role("main").get_by_role("button", name="Logga ut").click()
    expect(page.locator(".foot a[href='/logga-ut']")).to_have_count(0)
    page.goto("/stod/leksand")
    assert asks(page, SCOPES, "the registrations") == ["/", "/stod/"]
    no_net(hand)
    page.goto("/stod/rattvik")
    expect(page.get_by_role("heading", level=1)).to_have_text("Telefonen har inget nät")
    page.get_by_role("main").get_by_role("link", name="Hjälp nu").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hjälp nu")


def test_the_ways_in_from_the_home_screen_lead_somewhere(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Siv Lind", contact="Karin Lind")
    hand = phone()
    page = hand.page
    page.goto("/")
    shortcuts = asks(page, SHORTCUTS, "the manifest")
    for shortcut in shortcuts:
        page.goto(shortcut["url"])
        expect(page.get_by_role("heading", level=1)).to_have_text(
            {"Hjälp nu": "Hjälp nu"}.get(shortcut["name"], "Hur vill du logga in?")
        )
    steps_in(page, "Siv Lind")
    page.goto("/skriv")
    expect(page).to_have_url(re.compile("/meddelanden/ny/"))
    page.goto("/visa-tider")
    expect(page).to_have_url(re.compile("/tider$"))


ANDROID_FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
BROWSER_ASKS = """() => {
  const event = new Event("beforeinstallprompt", { cancelable: true });
  event.prompt = () => (self.asked = true);
  dispatchEvent(event);
  return event.defaultPrevented;
}"""


def test_the_home_screen_is_offered_until_somebody_says_no(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Siv Holm", contact="Karin Holm")
    page = phone(user_agent=ANDROID_FIREFOX, is_mobile=True).page
    steps_in(page, "Siv Holm")
    note = page.locator("[data-install=note]")
    expect(note).to_be_visible()
    note.get_by_role("link", name="Visa hur").click()
    expect(page.get_by_role("heading", name="Så gör du: Android med Firefox")).to_be_visible()
    page.go_back()
    note.get_by_role("button", name="Nej, visa inte igen").click()
    expect(note).to_be_hidden()
    page.goto("/aviseringar")
    page.goto("/")
    page.wait_for_load_state("networkidle")
    expect(note).to_be_hidden()
    assert page.evaluate("Object.entries(localStorage)") == [["narlinjen.no-home-screen", "1"]]


def test_a_browser_that_can_ask_does_so_when_asked_to(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Siv Lund", contact="Karin Lund")
    page = phone(is_mobile=True).page
    steps_in(page, "Siv Lund")
    page.wait_for_load_state("networkidle")
    note = page.locator("[data-install=note]")
    expect(note).to_be_hidden()
    assert page.evaluate(BROWSER_ASKS), "the browser asks by itself, over whatever somebody is reading"
    expect(note).to_be_visible()
    note.get_by_role("link", name="Visa hur").click()
    page.wait_for_load_state("networkidle")
    page.evaluate(BROWSER_ASKS)
    page.get_by_role("button", name="Lägg på hemskärmen").click()
    assert page.evaluate("self.asked")


@pytest.mark.parametrize("way", EVERYDAY, ids=str)
def test_the_pages_without_a_net_are_as_good_as_the_others(phone: Callable[..., Phone], way: Way) -> None:
    page = phone(width=way.width, height=way.height, color_scheme=way.scheme).page
    enlarge_text(page, way.size)
    for path in (f"/utan-nat/{way.language}", f"/utan-nat/{way.language}/hjalp-nu"):
        page.goto(path)
        assert not (found := faults(page, forced=True)), "\n".join(found)
