"""Letters written without a net: they wait where they were written, arrive once and in order, and are nobody else's."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.behind import sessions_end, texts
from tests.browser.phone import Phone, field, letters, sends, steps_in, writes
from tests.browser.site import Site
from tests.browser.waiting import asks, becomes, until, worker_ready
from tests.browser.wire import Wire
from tests.world import World

pytestmark = pytest.mark.slow

WORDS = "Jag törs inte gå ut när det är mörkt."
STORED = """async () => {
  const text = (it) => it instanceof ArrayBuffer || ArrayBuffer.isView(it)
    ? ["utf-8", "utf-16le", "latin1"].map((kind) => new TextDecoder(kind).decode(it)).join()
    : it instanceof CryptoKey || !it ? ""
    : typeof it === "object" ? Object.entries(it).flat().map(text).join() : String(it);
  const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const found = [location.href, JSON.stringify(history.state), text({ ...localStorage }), text({ ...sessionStorage })];
  for (const { name } of await indexedDB.databases()) {
    const db = await done(indexedDB.open(name));
    for (const store of db.objectStoreNames) {
      const rows = db.transaction(store).objectStore(store);
      found.push(text(await done(rows.getAllKeys())), text(await done(rows.getAll())));
    }
    db.close();
  }
  for (const name of await caches.keys())
    for (const answer of await (await caches.open(name)).matchAll()) found.push(await answer.text());
  return found.join("\\n");
}"""
PART = "() => import(document.querySelector('script[type=module]').src.replace('app.js', 'outbox.js')).then(() => null)"
AGED = """async () => {
  const [{ id, value, person }] = await narlinjenVault.all("letters");
  await narlinjenVault.put("letters", id, value, { person, at: Date.now() - 15 * 86400000 });
}"""
LOOK = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def wire(site: Site) -> Iterator[Wire]:
    made = Wire(site.port)
    yield made
    made.close()


class Mine:
    """A phone on a wire, in which somebody is signed in."""

    def __init__(self, hand: Phone, wire: Wire) -> None:
        self.hand, self.wire, self.page, self.context = hand, wire, hand.page, hand.context
        hand.forgives("net::ERR_")

    def has_no_sync(self) -> None:
        """As in Firefox and Safari: then it is a page that sends, and no worker is there before it."""
        self.context.add_init_script("delete self.ServiceWorkerRegistration?.prototype.sync")

    def loses_net(self) -> None:
        self.wire.cut()
        self.context.set_offline(True)

    def has_net(self) -> None:
        self.wire.mend()
        self.context.set_offline(False)


@pytest.fixture
def mine(phone: Callable[..., Phone], wire: Wire) -> Mine:
    made = Mine(phone(origin=wire.url), wire)
    made.has_no_sync()
    return made


@pytest.fixture
def with_sync(phone: Callable[..., Phone], wire: Wire) -> Mine:
    return Mine(phone(origin=wire.url), wire)


def opens(page: Page, name: str, to: str = "Karin Ask") -> None:
    """The page to write on, with all that it takes there, so that it works without a net."""
    steps_in(page, name)
    page.get_by_role("link", name=f"Skriv till {to}").first.click()
    page.wait_for_load_state("networkidle")


def opens_thread(page: Page, name: str, topic: str) -> None:
    steps_in(page, name)
    page.get_by_role("link", name=topic).first.click()
    expect(letters(page)).to_have_count(1)
    expect(page.locator("[data-outbox]")).to_be_attached()
    asks(page, PART, "the part that sends")


def waiting(page: Page) -> Locator:
    return page.locator("[data-outbox] li.unsent")


def says(page: Page, text: str, *, n: int = 0, timeout: int = 5_000) -> None:
    """What can be seen of one that waits: the words for all else that may become of it are there, hidden."""
    expect(waiting(page).nth(n)).to_contain_text(text, use_inner_text=True, timeout=timeout)


def leaves(page: Page, text: str) -> None:
    """Write and press, as if nothing were missing."""
    writes(page, text)
    sends(page)
    expect(waiting(page).locator("[data-text]").filter(has_text=text)).to_have_count(1)
    expect(field(page)).to_have_value("")


def readable(page: Page) -> list[str]:
    """What of the letter can be read in all that the phone stores."""
    stored = asks(page, STORED, "what the phone stores")
    assert len(stored) > 1000
    return [word for word in ("törs", "mörkt", "Karin", "Alander") if word in stored]


def test_written_without_a_net_closed_opened_and_sent_once(mine: Mine, world: World) -> None:
    siv = world.patient("Siv Alander", contact="Karin Ask")
    siv.asks("Det första")
    page = mine.page
    opens_thread(page, "Siv Alander", "Det första")
    mine.loses_net()
    leaves(page, WORDS)
    expect(waiting(page)).to_be_focused()
    says(page, "Väntar på att skickas. Det skickas när nätet är tillbaka")
    assert not readable(page)
    thread = page.url
    page.close()

    page = mine.hand.tab()
    mine.has_net()
    page.goto("/")
    says(page, "Skickat.")
    waiting(page).get_by_role("link", name="Se det i tråden").click()
    expect(letters(page).last).to_contain_text(WORDS)
    expect(page.get_by_role("main")).to_contain_text("senast")
    assert page.url.startswith(thread)
    page.reload()
    expect(waiting(page)).to_have_count(0)
    assert texts(siv) == [["Det första", WORDS]]


def test_the_page_without_a_net_counts_and_shows_nothing(mine: Mine, world: World) -> None:
    world.patient("Gun Alander", contact="Karin Ask")
    page = mine.page
    opens(page, "Gun Alander")
    worker_ready(page)
    mine.loses_net()
    leaves(page, WORDS)
    leaves(page, "Och en sak till.")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Telefonen har inget nät")
    expect(page.get_by_role("main")).to_contain_text("2 meddelanden väntar på att skickas.")
    expect(page.get_by_text("törs")).to_have_count(0)


def test_three_arrive_in_their_order(mine: Mine, world: World) -> None:
    tom = world.patient("Tom Alander", contact="Karin Ask")
    tom.asks("Noll")
    opens_thread(mine.page, "Tom Alander", "Noll")
    mine.loses_net()
    for text in ("Ett", "Två", "Tre"):
        leaves(mine.page, text)
    says(mine.page, "2 av 3", n=1)
    mine.has_net()
    expect(letters(mine.page)).to_have_count(4)
    assert texts(tom) == [["Noll", "Ett", "Två", "Tre"]]


def test_two_tabs_send_it_once(mine: Mine, world: World) -> None:
    eva = world.patient("Eva Alander", contact="Karin Ask")
    eva.asks("Noll")
    opens_thread(mine.page, "Eva Alander", "Noll")
    other = mine.hand.tab()
    other.goto(mine.page.url)
    expect(letters(other)).to_have_count(1)
    other.wait_for_function("self.narlinjenOutbox")
    mine.loses_net()
    leaves(mine.page, WORDS)
    mine.has_net()
    for tab in (mine.page, other):
        tab.evaluate(LOOK)
        expect(letters(tab)).to_have_count(2)
        expect(waiting(tab)).to_have_count(0)
    assert texts(eva) == [["Noll", WORDS]]


def test_a_first_letter_opens_its_thread_when_it_is_sent(mine: Mine, world: World) -> None:
    ida = world.patient("Ida Alander", contact="Karin Ask")
    opens(mine.page, "Ida Alander")
    mine.loses_net()
    leaves(mine.page, WORDS)
    mine.has_net()
    expect(letters(mine.page)).to_have_count(1)
    expect(mine.page.get_by_role("main")).to_contain_text("Karin Ask läser det du skriver")
    assert texts(ida) == [[WORDS]]


def test_taken_back_it_is_text_again(mine: Mine, world: World) -> None:
    ulf = world.patient("Ulf Alander", contact="Karin Ask")
    opens(mine.page, "Ulf Alander")
    mine.loses_net()
    leaves(mine.page, WORDS)
    mine.page.get_by_role("button", name="Ta tillbaka").click()
    expect(waiting(mine.page)).to_have_count(0)
    expect(field(mine.page)).to_be_focused()
    expect(field(mine.page)).to_have_value(WORDS)
    mine.has_net()
    expect(mine.page.get_by_role("status").filter(has_text="Sparat")).to_be_visible()
    assert texts(ulf) == []
    sends(mine.page)
    expect(letters(mine.page)).to_have_count(1)
    assert texts(ulf) == [[WORDS]]


def test_cut_before_the_answer_it_is_one_letter(mine: Mine, world: World) -> None:
    rut = world.patient("Rut Alander", contact="Karin Ask")
    opens(mine.page, "Rut Alander")
    writes(mine.page, WORDS)
    expect(mine.page.get_by_role("status").filter(has_text="Sparat")).to_be_visible()
    mine.wire.deafen()
    sends(mine.page)
    says(mine.page, "Det kan ha kommit fram.", timeout=20_000)
    assert texts(rut) == [[WORDS]]
    mine.wire.mend()
    mine.page.evaluate(LOOK)
    expect(letters(mine.page)).to_have_count(1)
    assert texts(rut) == [[WORDS]]


def test_after_a_page_that_said_no_the_next_press_lands(mine: Mine, world: World) -> None:
    eli = world.patient("Eli Alander", contact="Karin Ask")
    eli.asks("Noll")
    mine.hand.expects(422)
    opens_thread(mine.page, "Eli Alander", "Noll")
    writes(mine.page, "å" * 10_001)
    mine.page.locator("form[data-send]").evaluate("form => form.submit()")
    expect(mine.page.get_by_role("alert")).to_contain_text("1 tecken för lång")
    writes(mine.page, WORDS)
    sends(mine.page)
    expect(letters(mine.page)).to_have_count(2)
    expect(letters(mine.page).last).to_be_in_viewport()
    mine.page.reload()
    expect(field(mine.page)).to_have_value("")
    assert texts(eli) == [["Noll", WORDS]]


def test_signing_out_asks_first_and_then_nothing_is_left(mine: Mine, world: World) -> None:
    ove = world.patient("Ove Alander", contact="Karin Ask")
    page = mine.page
    opens(page, "Ove Alander")
    out = mine.hand.tab()
    out.goto("/logga-ut", wait_until="networkidle")
    warning = out.get_by_role("heading", name="Text som inte är sparad eller skickad")
    expect(warning).to_be_hidden()
    mine.loses_net()
    leaves(page, WORDS)
    out.evaluate(LOOK)
    expect(warning).to_be_visible()
    out.get_by_role("button", name="Logga ut").click()
    expect(out.get_by_role("heading", name="Du är utloggad på den här telefonen")).to_be_visible()
    writes(page, "Mer i den andra fliken.")
    assert asks(out, "() => indexedDB.databases()", "the databases") == []
    # The other tab saves its draft as soon as there is a net, and is told that nobody is signed in.
    mine.hand.expects(401)
    mine.has_net()
    page.close()
    out.goto("/")
    expect(out.get_by_role("link", name="Logga in").first).to_be_visible()
    steps_in(out, "Ove Alander")
    expect(waiting(out)).to_have_count(0)
    assert texts(ove) == []


def test_somebody_elses_session_neither_sends_nor_shows_it(mine: Mine, world: World) -> None:
    una, leo = (world.patient(name, contact="Karin Ask") for name in ("Una Alander", "Leo Alander"))
    page = mine.page
    opens(page, "Una Alander")
    mine.loses_net()
    leaves(page, WORDS)
    page.close()
    sessions_end(una)
    page = mine.hand.tab()
    mine.has_net()
    steps_in(page, "Leo Alander")
    says(page, "hör till någon annan som har använt telefonen")
    expect(page.get_by_text("törs")).to_have_count(0)
    assert texts(una) == texts(leo) == []
    steps_in(page, "Una Alander")
    says(page, "Skickat.")
    assert texts(una) == [[WORDS]] and texts(leo) == []


def test_an_ended_session_says_log_in_to_send(mine: Mine, world: World) -> None:
    pia = world.patient("Pia Alander", contact="Karin Ask")
    mine.hand.expects(401, 403)
    opens(mine.page, "Pia Alander")
    mine.loses_net()
    leaves(mine.page, WORDS)
    sessions_end(pia)
    mine.has_net()
    mine.page.get_by_role("link", name="Logga in för att skicka").click()
    expect(mine.page.get_by_role("main")).to_contain_text("Ett meddelande väntar på att skickas. Logga in")
    assert texts(pia) == []
    steps_in(mine.page, "Pia Alander")
    says(mine.page, "Skickat.")
    assert texts(pia) == [[WORDS]]


def test_what_has_waited_two_weeks_is_asked_about(mine: Mine, world: World) -> None:
    bo = world.patient("Bo Alander", contact="Karin Ask")
    page = mine.page
    opens(page, "Bo Alander")
    mine.loses_net()
    leaves(page, WORDS)
    asks(page, AGED, "the letter to be older")
    mine.has_net()
    page.evaluate(LOOK)
    says(page, "mer än två veckor")
    page.goto("/")
    says(page, "mer än två veckor")
    assert texts(bo) == []
    page.get_by_role("button", name="Skicka nu").click()
    says(page, "Skickat.")
    assert texts(bo) == [[WORDS]]


def test_the_worker_sends_with_no_page_of_ours_open(with_sync: Mine, world: World) -> None:
    mine, kim = with_sync, world.patient("Kim Alander", contact="Karin Ask")
    page = mine.page
    opens(page, "Kim Alander")
    worker_ready(page)
    mine.loses_net()
    leaves(page, WORDS)
    page.goto("about:blank")
    mine.has_net()
    synchronises(mine.context, page, mine.hand.origin)
    becomes(lambda: texts(kim), [[WORDS]], "the worker to send it")


def synchronises(context: BrowserContext, page: Page, origin: str) -> None:
    """What the browser does by itself when it finds that the net is back."""
    devtools, found = context.new_cdp_session(page), []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    devtools.send("ServiceWorker.enable")

    def registered() -> bool:
        # What the browser tells of is heard only while something is asked of it.
        page.evaluate("0")
        return bool(found)

    until(registered, "the browser's list of workers")
    (ours,) = [it["registrationId"] for it in found if it["scopeURL"] == f"{origin}/"]
    told = {"origin": f"{origin}/", "registrationId": ours, "tag": "outbox", "lastChance": False}
    devtools.send("ServiceWorker.dispatchSyncEvent", told)


def test_a_phone_that_keeps_nothing_says_so(mine: Mine, world: World) -> None:
    ann = world.patient("Ann Alander", contact="Karin Ask")
    mine.context.add_init_script("Object.defineProperty(self, 'indexedDB', { value: undefined })")
    opens(mine.page, "Ann Alander")
    mine.loses_net()
    writes(mine.page, WORDS)
    sends(mine.page)
    expect(mine.page.get_by_role("status").filter(has_text="Texten går inte att spara just nu.")).to_be_visible()
    expect(field(mine.page)).to_have_value(WORDS)
    mine.has_net()
    sends(mine.page)
    expect(letters(mine.page)).to_have_count(1)
    assert texts(ann) == [[WORDS]]


def test_a_draft_without_a_net_is_sealed_and_comes_back(mine: Mine, world: World) -> None:
    world.patient("Liv Alander", contact="Karin Ask")
    page = mine.page
    opens(page, "Liv Alander")
    url = page.url
    mine.loses_net()
    writes(page, WORDS)
    expect(page.get_by_role("status").filter(has_text="Du kan trycka på Skicka ändå")).to_be_visible()
    assert not readable(page)
    page.close()
    page = mine.hand.tab()
    mine.has_net()
    page.goto(url)
    expect(field(page)).to_have_value(WORDS)
    expect(page.get_by_role("status").filter(has_text=re.compile("Sparat|fanns kvar på telefonen"))).to_be_visible()
