"""A reply reaches a phone whose browser is Chromium: turned on from the page, shown without a word of it, opened."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright, expect

from app.config import fresh_secrets
from tests.browser import waiting
from tests.browser.phone import choose, field, letters, writes
from tests.browser.push_phones import PushedPhone
from tests.browser.pushed import TEXT, TITLE, Pair, becomes, devices, pair, statuses
from tests.browser.site import Site
from tests.browser.waiting import PATIENCE, asks, until
from tests.push_service.outside import PushService
from tests.world import World

pytestmark = pytest.mark.slow
ENDPOINT = (
    """async () => (await (await navigator.serviceWorker.ready).pushManager.getSubscription())?.endpoint ?? "" """
)
PRESSED = """async () => {
  const [shown] = await self.registration.getNotifications();
  const deeds = [];
  const pressed = new NotificationEvent("notificationclick", { notification: shown });
  pressed.waitUntil = (deed) => deeds.push(deed);
  self.dispatchEvent(pressed);
  await Promise.allSettled(deeds);
}"""
AGREES = """async () => {
  const part = await import(document.querySelector("script[type=module]").src.replace("app.js", "told.js"));
  part.default();
  const ours = await navigator.serviceWorker.ready;
  for (let turn = 0; turn < 3; turn += 1) await ours.getNotifications();
}"""
COUNTED = """() => { self.counted = []; navigator.setAppBadge = async (count) => { self.counted.push(count); }; }"""


@pytest.fixture(scope="module")
def hand(
    playwright: Playwright, site: Site, push_service: PushService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PushedPhone]:
    """One phone for the whole file, as people have; each story signs in as somebody else."""
    made = PushedPhone(playwright, tmp_path_factory.mktemp("chromium"), site.url, push_service)
    yield made
    faults = made.put_away()
    assert not faults, "\n".join(faults)


def begins(hand: PushedPhone, who: Pair, language: str = "sv") -> str:
    """They sign in on the phone; the first turns it on by the button, and it goes over to the next. Where it is
    reached from now on."""
    choose(hand.page, language, who.patient.person.name or "")
    hand.page.goto("/aviseringar/mina")
    press, on = hand.page.locator("[data-push-on]"), hand.page.locator("[data-push] [data-said=on]")
    expect(press.or_(on).filter(visible=True)).to_be_visible()
    if press.is_visible():
        press.click()
        expect(on).to_be_visible()
    waiting.becomes(lambda: [one.ended_how for one in devices(who.patient)], [None], "the phone to be theirs")
    found: str = asks(hand.page, ENDPOINT, "where the phone is reached")
    until(lambda: hand.service.there(found), "the push service to see the phone")
    return found


def becomes_shown(hand: PushedPhone, *titles: str) -> None:
    """Wait until just these stand on the phone."""
    waiting.becomes(lambda: [one["title"] for one in hand.notices()], list(titles), "what the phone shows")


def test_a_reply_is_shown_with_no_page_open_and_says_nothing(hand: PushedPhone, world: World) -> None:
    it = pair(world, "Almen", "Alva Alm", "Anton Alm")
    endpoint = begins(hand, it)
    assert endpoint.startswith("https://jmt17.google.com/fcm/send/")
    hand.page.goto("about:blank")
    it.reply("Ja, du kan sänka dosen till 25 mg.")
    becomes(it.patient, "shown")
    (shown,) = hand.notices()
    assert (shown["title"], shown["body"], shown["lang"]) == (TITLE, TEXT, "sv")
    assert shown["icon"].endswith("/icons/app-192.png")
    assert shown["badge"].endswith("/icons/badge-96.png")
    assert not re.search("Alva|Alm|Anton|dos|Mottagning", str(shown))
    (came,) = hand.service.came(endpoint)
    assert (came["status"], came["urgency"], came["content-encoding"]) == (201, "high", "aes128gcm")
    assert int(came["ttl"]) > 3600
    assert came["topic"]


def test_a_pressed_notice_leads_to_the_thread_and_is_told_as_opened(hand: PushedPhone, world: World) -> None:
    it = pair(world, "Björk", "Bodil Björk", "Bengt Björk")
    begins(hand, it)
    it.reply("Ja, på torsdag.")
    becomes(it.patient, "shown")
    asks(hand.worker, PRESSED, "what a press leads to")
    hand.page.wait_for_url(re.compile("/meddelanden/"))
    expect(letters(hand.page).last).to_contain_text("Ja, på torsdag.")
    becomes(it.patient, "opened")
    assert hand.notices() == []


def test_whoever_is_writing_is_not_taken_from_the_text(hand: PushedPhone, world: World) -> None:
    it = pair(world, "Cedern", "Cajsa Ceder", "Carl Ceder")
    begins(hand, it)
    hand.page.goto("/")
    hand.page.locator("a[href^='/meddelanden/ny/']").first.click()
    writes(hand.page, "Hur länge")
    it.reply("Ja, till 25 mg.")
    becomes(it.patient, "shown")
    asks(hand.worker, PRESSED, "what a press leads to")
    becomes(it.patient, "opened")
    expect(field(hand.page)).to_have_value("Hur länge")


def test_ten_letters_to_a_phone_that_is_off_are_one_notice(hand: PushedPhone, world: World) -> None:
    it = pair(world, "Eken", "Eva Ek", "Emil Ek")
    endpoint = begins(hand, it)
    hand.off()
    until(lambda: not hand.service.there(endpoint), "the phone to be away")
    before = len(hand.service.came(endpoint))
    for number in range(10):
        it.reply(f"Svar {number}")
    until(lambda: len(hand.service.came(endpoint)) - before == 10, "ten pushes")
    assert hand.service.waiting(endpoint) == 1
    hand.on()
    hand.page.goto("about:blank")
    becomes(it.patient, *["shown"] * 10)
    assert len(hand.notices()) == 1
    assert hand.service.waiting(endpoint) == 0


def test_the_number_on_the_app_is_that_of_what_is_new(hand: PushedPhone, world: World) -> None:
    it = pair(world, "Furan", "Fia Fura", "Fred Fura")
    begins(hand, it)
    hand.page.goto("about:blank")
    hand.worker.evaluate(COUNTED)
    it.reply("Ja.")
    becomes(it.patient, "shown")
    waiting.becomes(lambda: hand.worker.evaluate("self.counted"), [1], "the number")


def test_what_is_seen_in_the_app_is_told_on_the_phone_no_longer(hand: PushedPhone, world: World) -> None:
    it = pair(world, "Hasseln", "Hilma Hassel", "Harry Hassel")
    begins(hand, it)
    hand.page.goto("about:blank")
    it.reply("Ja, det går bra.")
    becomes(it.patient, "shown")
    assert len(hand.notices()) == 1
    hand.page.goto("/aviseringar/oppna")
    expect(letters(hand.page).last).to_contain_text("Ja, det går bra.")
    hand.page.goto("/")
    becomes_shown(hand)


def test_what_came_after_the_page_was_asked_for_is_not_taken_away_by_it(hand: PushedPhone, world: World) -> None:
    it = pair(world, "Ginsten", "Gisela Ginst", "Gert Ginst")
    begins(hand, it)
    hand.page.goto("/om")
    it.reply("Ja, det går bra.")
    becomes(it.patient, "shown")
    # A page is often ready only after what came while it was on its way, of which it does not know.
    asks(hand.page, AGREES, "the page to have its say")
    becomes_shown(hand, TITLE)
    hand.page.goto("/aviseringar/oppna")
    becomes_shown(hand)


def test_a_trial_says_that_it_came(hand: PushedPhone, world: World) -> None:
    it = pair(world, "Idet", "Ida Ide", "Ivar Ide")
    begins(hand, it)
    hand.page.get_by_role("button", name=re.compile("^Skicka ett prov")).click()
    # Whoever asks for what is shown while it is being put there makes Chromium forget it.
    expect(hand.page.get_by_role("main")).to_contain_text("Aviseringar når fram dit.", timeout=PATIENCE * 1000)
    becomes_shown(hand, "Det här är ett prov")
    asks(hand.page, AGREES, "the page to have its say")
    becomes_shown(hand, "Det här är ett prov")
    hand.page.goto("/")
    becomes_shown(hand)


def made_for(it: Pair) -> list[tuple[int, str | None]]:
    """For which of our keys each of the patient's addresses was made, and how it ended."""
    return [(one.vapid, one.ended_how) for one in devices(it.patient)]


def test_a_new_key_reaches_the_old_address_and_gets_a_new_one_at_the_next_start(
    hand: PushedPhone, world: World, site: Site
) -> None:
    it = pair(world, "Järven", "Jenny Järv", "Jonas Järv")
    old = begins(hand, it)
    before = len(hand.service.came(old))
    fresh = fresh_secrets()["VAPID_PRIVATE_KEY"].removeprefix("1:")
    hand.page.goto("about:blank")
    site.rest()
    site.told(VAPID_PRIVATE_KEY=f"2:{fresh},{site.settings['VAPID_PRIVATE_KEY']}")
    site.start()
    it.reply("Med den gamla nyckeln.")
    becomes(it.patient, "shown")
    assert [one["status"] for one in hand.service.came(old)[before:]] == [201]
    tab = hand.tab()
    tab.goto("/")
    waiting.becomes(lambda: made_for(it), [(2, None), (1, "replaced")], "an address for the new key")
    new = asks(tab, ENDPOINT, "where the phone is reached now")
    assert new != old
    tab.close()
    it.reply("Med den nya.")
    becomes(it.patient, "shown", "shown")
    assert [one["status"] for one in hand.service.came(new)] == [201]


def test_a_notice_is_in_the_language_of_its_reader(hand: PushedPhone, world: World) -> None:
    it = pair(world, "Granen", "Greta Gran", "Gustav Gran")
    begins(hand, it, "en")
    hand.page.goto("about:blank")
    it.reply("Yes.")
    becomes(it.patient, "shown")
    (shown,) = hand.notices()
    assert (shown["title"], shown["body"]) == ("You have something new", "Open Närlinjen to see what.")
    assert shown["lang"] == "en"


def test_a_permission_that_is_taken_away_is_said_on_the_page_and_nothing_counts_as_shown(
    hand: PushedPhone, world: World
) -> None:
    it = pair(world, "Kastanjen", "Kajsa Kastanj", "Kurt Kastanj")
    endpoint = begins(hand, it)
    denied = {"permission": {"name": "notifications"}, "setting": "denied", "origin": hand.origin}
    hand.context.new_cdp_session(hand.page).send("Browser.setPermission", denied)
    waiting.becomes(lambda: hand.page.evaluate("Notification.permission"), "denied", "the browser to say no")
    hand.page.goto("/aviseringar/mina")
    expect(hand.page.locator("[data-push] [data-said=denied]")).to_be_visible()
    it.reply("Ja.")
    until(lambda: not hand.service.there(endpoint), "the browser to give up its address")
    it.reply("Och en sak till.")
    until(lambda: "gone" in [one.ended_how for one in devices(it.patient)], "the sender to hear that nobody is there")
    assert "shown" not in statuses(it.patient)
