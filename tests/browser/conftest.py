"""A real browser before a real site; each file of stories has a site of its own, with only the demo in it."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Playwright

from app.machine.postgres import Server
from tests.browser.behind import beside_the_demo
from tests.browser.phone import FLAGS, Phone, program
from tests.browser.site import Site
from tests.conftest import TEMPLATE
from tests.provider import Provider
from tests.push_service.outside import PushService
from tests.world import World

DEMO = "narlinjen_demo"


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    opened = playwright.chromium.launch(executable_path=program(), args=FLAGS)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """Who vouches for people: another site, in a process of its own."""
    made = Provider(tmp_path_factory.mktemp("provider") / "log")
    yield made
    made.stop()


@pytest.fixture(scope="session")
def push_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PushService]:
    """What browsers and the site take for the push services of the world, in a process of its own."""
    made = PushService(tmp_path_factory.mktemp("push") / "log")
    yield made
    made.stop()


@pytest.fixture(scope="session")
def demo(server: Server, local: Path, secrets: dict[str, str]) -> str:
    """The name of a database with the demo in it, to copy."""
    server.create_database(DEMO, template=TEMPLATE)
    made = Site(local / DEMO, server, DEMO, secrets)
    try:
        made.seed()
    finally:
        made.stop()
    return DEMO


@pytest.fixture(scope="module")
def site(
    server: Server, local: Path, secrets: dict[str, str], provider: Provider, push_service: PushService, demo: str
) -> Iterator[Site]:
    name = f"narlinjen_{uuid.uuid4().hex[:12]}"
    server.create_database(name, template=demo)
    vouched = provider.settings("PATIENT") | provider.settings("STAFF")
    made = Site(local / name, server, name, secrets | vouched | push_service.settings)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def behind(site: Site) -> Iterator[Flask]:
    """The app over the site's database, in this process."""
    app = site.app()
    yield app
    app.extensions["live"].close()
    app.extensions["db"]["engine"].dispose()


@pytest.fixture(scope="module")
def town(behind: Flask) -> World:
    """People beside those of the demo."""
    return beside_the_demo(behind)


@pytest.fixture
def world(town: World) -> Iterator[World]:
    """The town, with an app context of the test's own."""
    with town.app.app_context():
        yield town


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Callable[..., Phone]]:
    """Takes out a phone; at the end every phone must have had nothing to complain about, and the site neither."""
    taken: list[Phone] = []
    logged = site.logged()

    def take(**options: Any) -> Phone:
        taken.append(Phone(browser, options.pop("origin", site.url), **options))
        return taken[-1]

    yield take
    faults = [fault for one in taken for fault in one.put_away()]
    assert not faults + site.faults_since(logged), "\n".join(faults + site.faults_since(logged))
