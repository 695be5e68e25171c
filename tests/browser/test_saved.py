"""What a phone keeps and forgets: the contact's number read without a net, and after signing out nothing at all."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.accounts import session_service
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.browser import looks
from tests.browser.phone import Phone, steps_in, writes
from tests.browser.waiting import asks, until_page, worker_ready
from tests.world import Patient, World

pytestmark = pytest.mark.slow
PLACE = "/pa-telefonen"
# Everything that a script can find on the phone, and what the caches hold, as one text.
DUMP = """async () => {
  const say = (it) => {
    if (it instanceof CryptoKey) return "CRYPTOKEY";
    if (it instanceof ArrayBuffer || ArrayBuffer.isView(it)) return "BYTES " + new TextDecoder().decode(it);
    if (it && typeof it === "object") return Object.entries(it).map(([key, value]) => `${key}=${say(value)}`).join(";");
    return String(it);
  };
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const found = { databases: [], caches: [] };
  for (const { name } of await indexedDB.databases()) {
    const db = await done(indexedDB.open(name));
    for (const store of db.objectStoreNames) {
      const rows = db.transaction(store).objectStore(store);
      const keys = await done(rows.getAllKeys());
      const values = await done(db.transaction(store).objectStore(store).getAll());
      keys.forEach((key, at) => found.databases.push(`${name}/${store}/${say(key)}: ${say(values[at])}`));
    }
    db.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const text = /\\.(png|svg)$/.test(request.url) ? "" : await (await cache.match(request)).text();
      found.caches.push(`${request.url} ${text}`);
    }
  }
  found.local = say(localStorage);
  found.session = say(sessionStorage);
  found.cookies = document.cookie;
  found.state = say(history.state) + name;
  const ours = await navigator.serviceWorker.getRegistration("/");
  found.notices = String((await ours?.getNotifications())?.length ?? 0);
  return found;
}"""

RENEWED = """async () => (await self.narlinjenVault?.get("saved", "contact"))?.at > Date.now() - 86400000"""


def phones(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = asks(page, DUMP, "what the phone holds")
    return found


def personal(page: Page, someone: Patient, *more: str) -> list[str]:
    """What the phone holds of somebody: their name, their contact's, numbers, words, keys, in any form."""
    db.session().refresh(someone.person)
    names = [*someone.person.name.split(), "Karin", "Holm", "390 06", "3139006", str(someone.person.id), *more]
    names += [db.short(someone.person.id), "CRYPTOKEY", "BYTES", someone.viewer.token]
    held = phones(page)
    assert held.pop("databases") == [], "a database is left"
    text = "\n".join(str(part) for part in held.values())
    return [name for name in names if name in text]


def saves(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Spara namn och nummer på den här telefonen").click()
    expect(page.get_by_text("Den som kan låsa upp telefonen kan läsa det här.").first).to_be_visible()
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.get_by_role("heading", name="Det finns på den här telefonen")).to_be_visible()


def without_a_net(hand: Phone, path: str = "/meddelanden") -> None:
    hand.forgives("net::ERR_INTERNET_DISCONNECTED", "net::ERR_FAILED", "Failed to fetch")
    hand.context.set_offline(True)
    hand.page.goto(path)
    expect(hand.page.get_by_role("heading", name="Telefonen har inget nät")).to_be_visible()


# As long as the vault itself waits for a phone that is busy, and then some.
PATIENCE = 15_000


def shown(page: Page) -> Any:
    return page.get_by_role("region", name="Sparat på den här telefonen")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_saved_is_read_without_a_net_and_can_be_taken_away(
    phone: Callable[..., Phone], world: World, scheme: str
) -> None:
    name = {"light": "Ella", "dark": "Dora"}[scheme]
    world.patient(f"{name} Eklund", contact="Karin Holm")
    hand = phone(color_scheme=scheme)
    page = hand.page
    steps_in(page, f"{name} Eklund")
    worker_ready(page)
    without_a_net(hand)
    expect(shown(page)).to_be_hidden()
    hand.context.set_offline(False)

    page.goto(PLACE)
    expect(page.get_by_role("button", name="Spara", exact=True)).to_be_visible()
    assert not looks.axe(page) and not page.evaluate(looks.SIDEWAYS)
    saves(page)
    assert not looks.axe(page)
    held = "\n".join(phones(page)["databases"])
    assert "CRYPTOKEY" in held and "Karin" not in held and "390" not in held, "sealed, by a key that cannot be had"

    without_a_net(hand)
    expect(shown(page)).to_contain_text("Karin Holm", timeout=PATIENCE)
    expect(shown(page).get_by_role("link").first).to_have_attribute("href", "tel:+46313900612")
    assert not looks.axe(page) and not page.evaluate(looks.SIDEWAYS)

    hand.context.set_offline(False)
    page.goto(PLACE)
    page.get_by_role("button", name="Ta bort").click()
    expect(page.get_by_role("button", name="Spara", exact=True)).to_be_focused()
    without_a_net(hand)
    expect(shown(page)).to_be_hidden()


def test_it_is_gone_after_fourteen_days_and_renewed_by_a_start(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Frida Eklund", contact="Karin Holm")
    hand = phone()
    page = hand.page
    steps_in(page, "Frida Eklund")
    worker_ready(page)
    saves(page)
    # Each script adds to those before it.
    days = "Date.now = ((now) => () => now() + %d * 86400000)(Date.now);"
    page.add_init_script(days % 13)
    page.goto("/")
    until_page(page, RENEWED, "what is saved to be renewed")
    without_a_net(hand)
    expect(shown(page)).to_contain_text("Karin Holm", timeout=PATIENCE)
    page.add_init_script(days % 12)
    without_a_net(hand)
    expect(shown(page)).to_contain_text("Karin Holm", timeout=PATIENCE)
    page.add_init_script(days % 3)
    without_a_net(hand)
    page.wait_for_load_state("networkidle")
    expect(shown(page)).to_be_hidden()
    hand.context.set_offline(False)
    page.goto(PLACE)
    expect(page.get_by_role("button", name="Spara", exact=True)).to_be_visible()


@pytest.mark.parametrize("net", [True, False], ids=["net", "no net"])
def test_after_signing_out_nothing_of_anybody_is_left(phone: Callable[..., Phone], world: World, net: bool) -> None:
    siv = world.patient("Greta Eklund" if net else "Hulda Eklund", contact="Karin Holm")
    siv.asks("Något om hemligheter.")
    hand = phone()
    page = hand.page
    steps_in(page, siv.person.name)
    worker_ready(page)
    saves(page)
    page.goto("/")
    page.get_by_role("link", name="Skriv till Karin Holm").first.click()
    expect(page.get_by_role("status").filter(has_text="Texten sparas medan du skriver.")).to_be_visible()
    hand.forgives("net::ERR_INTERNET_DISCONNECTED", "net::ERR_FAILED", "Failed to fetch")
    hand.context.set_offline(True)
    writes(page, "Skrivet utan hemligheter.")
    expect(page.get_by_role("status").filter(has_text="Inget nät.")).to_be_visible()
    hand.context.set_offline(False)
    page.goto("/logga-ut")
    page.wait_for_load_state("networkidle")
    hand.context.set_offline(not net)
    page.get_by_role("button", name="Logga ut").click()
    done = page.get_by_role("link", name="Logga in").first if net else page.get_by_text("Du är utloggad på den här")
    expect(done).to_be_visible()
    page.wait_for_load_state()
    assert personal(page, siv, "hemligheter") == []
    hand.context.set_offline(False)
    page.goto("/meddelanden")
    expect(page.get_by_role("heading", name="Hur vill du logga in?")).to_be_visible()
    assert personal(page, siv, "hemligheter") == []


def test_a_phone_that_is_signed_out_from_elsewhere_says_so_and_forgets(
    phone: Callable[..., Phone], world: World
) -> None:
    siv = world.patient("Jonna Eklund", contact="Karin Holm")
    hand = phone()
    page = hand.page
    steps_in(page, "Jonna Eklund")
    worker_ready(page)
    saves(page)
    assert phones(page)["databases"]
    with db.transaction():
        session_service.end_private(siv.person.id, by=SYSTEM, now=clock.now())
    page.goto("/meddelanden")
    expect(page.get_by_role("heading", name="Inloggningen här har avslutats")).to_be_visible()
    expect(page.locator("html")).to_have_js_property("hidden", False)
    page.wait_for_function("() => !document.cookie.includes('-here=')")
    assert not looks.axe(page)
    assert personal(page, siv) == []
    page.reload()
    expect(page.get_by_role("heading", name="Hur vill du logga in?")).to_be_visible()
    expect(page.get_by_role("heading", name="Inloggningen här har avslutats")).to_have_count(0)


def test_another_who_signs_in_over_it_does_not_get_it(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Kajsa Eklund", contact="Karin Holm")
    world.patient("Lotta Eklund", contact="Karin Holm")
    hand = phone()
    page = hand.page
    steps_in(page, "Kajsa Eklund")
    worker_ready(page)
    saves(page)
    steps_in(page, "Lotta Eklund")
    without_a_net(hand)
    page.wait_for_load_state("networkidle")
    expect(shown(page)).to_be_hidden()


def test_without_a_script_the_page_says_what_it_cannot_do(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Maja Eklund", contact="Karin Holm")
    hand = phone(java_script_enabled=False)
    steps_in(hand.page, "Maja Eklund")
    hand.page.goto(PLACE)
    main = hand.page.get_by_role("main")
    expect(main).to_contain_text("Den här webbläsaren kan inte spara det åt dig.")
    expect(main).to_contain_text("031-390 06 12")
    expect(main.get_by_role("button")).to_have_count(0)
