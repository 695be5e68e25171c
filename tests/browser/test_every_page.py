"""Every page and state, looked at in the ways people look: WCAG 2.2 AA, targets, focus, room for large text."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import looks, rooms
from tests.browser.looks import EVERYDAY, EVERYTHING, Way
from tests.browser.phone import Phone, choose
from tests.browser.rooms import ROOMS, Room
from tests.browser.site import Site
from tests.world import World

pytestmark = pytest.mark.slow

Visit = Callable[[Way, Room], tuple[Phone, Page]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    ways = EVERYTHING if metafunc.config.getoption("--everything") else EVERYDAY
    if "way" in metafunc.fixturenames:
        metafunc.parametrize("way", ways, ids=str, scope="session")
        metafunc.parametrize("room", ROOMS, ids=lambda room: room.name)


@pytest.fixture(scope="module")
def visit(browser: Browser, site: Site, town: World) -> Iterator[Visit]:
    """Phones are kept: one for each way of looking and each person; who has signed in once stays so."""
    with town.app.app_context():
        rooms.build(town)
    known: dict[tuple[str, str], Any] = {}
    phones: dict[tuple[Way, str], Phone] = {}

    def take(way: Way, room: Room) -> tuple[Phone, Page]:
        if room.fresh or (way, room.who) not in phones:
            options = {"width": way.width, "height": way.height, "color_scheme": way.scheme}
            state = known.get((way.language, room.who))
            phone = Phone(browser, site.url, **options, **({"storage_state": state} if state else {}))
            if not state:
                choose(phone.page, way.language, room.who)
                known[way.language, room.who] = phone.context.storage_state()
            looks.enlarge_text(phone.page, way.size)
            phone.expects(401, 403, 404, 409, 413, 422)
            phones[way, "" if room.fresh else room.who] = phone
            return phone, phone.page
        return phones[way, room.who], phones[way, room.who].page

    yield take
    for phone in phones.values():
        phone.put_away()


def test_page(visit: Visit, world: World, way: Way, room: Room) -> None:
    phone, page = visit(way, room)
    room.enter(page)
    assert page.locator("html").get_attribute("lang") == way.language
    faults = looks.faults(page, forced=way == EVERYDAY[0])
    faults += phone.watch.take()
    assert not faults, f"{room.name} at {way}: {len(faults)} faults\n" + "\n".join(faults)
