"""When streams are cut the page asks instead; when the database is gone, what needs none still works."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.core import schema
from app.machine.postgres import Server
from tests.browser.phone import Phone, field, letters, sends, stays_the_same_page, steps_in, writes
from tests.browser.site import Site
from tests.world import World

pytestmark = pytest.mark.slow


def test_without_streams_the_page_asks_instead(phone: Callable[..., Phone], world: World) -> None:
    siv = world.patient("Siv Dahlin", contact="Karin Gran")
    thread = siv.asks("Svarar du?")
    hand = phone()
    hand.forgives("net::ERR_FAILED", "/handelser")
    hand.context.route("**/handelser**", lambda route: route.abort())
    hand.page.clock.install()
    steps_in(hand.page, "Siv Dahlin")
    hand.page.goto("/meddelanden")
    with hand.page.expect_event("requestfailed", lambda request: "om=t." in request.url):
        hand.page.get_by_role("link", name="Svarar du?").click()
    expect(letters(hand.page)).to_have_count(1)
    with stays_the_same_page(hand.page):
        world.staff("Karin Gran").writes("Ja, här är jag.", thread=thread)
        with hand.page.expect_response("**/lage**"):
            # The page may not have noticed that its stream was cut when its clock is first moved on.
            for _moment in range(3):
                hand.page.clock.run_for(20_000)
        expect(letters(hand.page).last).to_contain_text("Ja, här är jag.")


@pytest.fixture
def own(local: Path, secrets: dict[str, str]) -> Iterator[Site]:
    """A site with a PostgreSQL of its own, to be taken down."""
    server = Server(local / "own-pg", durable=False)
    server.start()
    server.create_database("own")
    schema.migrate(server.url("own", "owner"))
    made = Site(local / "own", server, "own", secrets)
    try:
        made.seed()
        made.start()
        yield made
    finally:
        made.stop()
        server.stop()


def test_the_database_goes_and_comes_back(phone: Callable[..., Phone], own: Site) -> None:
    siv, karin = phone(origin=own.url), phone(origin=own.url)
    for hand in (siv, karin):
        hand.expects(503)
        hand.forgives("net::ERR_INCOMPLETE_CHUNKED_ENCODING")
    steps_in(karin.page, "Karin Ek")
    steps_in(siv.page, "Siv Nyberg")
    siv.page.get_by_role("link", name="Skriv till Karin Ek").first.click()
    writes(siv.page, "Skrivet när databasen var borta.")

    own.server.stop()
    sends(siv.page)
    says_so(siv.page)
    expect(field(siv.page)).to_have_value("Skrivet när databasen var borta.")
    karin.page.get_by_role("navigation").get_by_role("link", name="Hjälp nu").click()
    expect(karin.page.get_by_role("heading", level=1)).to_have_text("Hjälp nu")
    expect(karin.page.get_by_role("link", name="112", exact=False).first).to_be_visible()
    for path in ("/om", "/dina-uppgifter", "/tillganglighet", "/logga-in", "/logga-ut"):
        karin.page.goto(path)
        expect(karin.page.get_by_role("heading", level=1)).not_to_contain_text("Vi når inte")
    for path in ("/", "/meddelanden"):
        karin.page.goto(path)
        says_so(karin.page)

    karin.page.goto("/tillganglighet")
    karin.page.get_by_role("main").get_by_label("Vad gick inte?").fill("Databasen är borta.")
    sends(karin.page)
    says_so(karin.page)
    expect(karin.page.get_by_label("Det du skrev")).to_have_value("Databasen är borta.")

    own.server.start()
    heals(siv.page, sends)
    expect(letters(siv.page)).to_have_count(1)
    expect(letters(siv.page)).to_contain_text("Skrivet när databasen var borta.")
    heals(karin.page, lambda page: page.goto("/"))
    waiting = karin.page.get_by_role("article").filter(has_text="Skrivet när databasen var borta.")
    with stays_the_same_page(siv.page):
        waiting.get_by_role("link").click()
        heals(karin.page, lambda page: page.reload())
        expect(letters(karin.page)).to_have_count(1)
        expect(letters(siv.page)).to_contain_text("Karin Ek läste i dag")


def heals(page: Page, tries: Callable[[Page], object]) -> None:
    """Each web server may need one refused page to find out that its connections are gone."""
    for _server in range(3):
        with page.expect_event("framenavigated"):
            tries(page)
        page.wait_for_load_state()
        if not page.get_by_role("heading", level=1, name="Vi når inte").count():
            return


def says_so(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Vi når inte det som är sparat just nu")
    expect(page.get_by_role("navigation").get_by_role("link", name="Hjälp nu")).to_be_visible()
