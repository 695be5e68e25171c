"""What is attacked: a real site with the demo in it, and a house to walk through; both are thrown away after."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.machine.postgres import Server
from tests.browser.site import Site
from tests.conftest import TEMPLATE
from tests.guards.conftest import build
from tests.guards.walk import Scene

DATABASE = "narlinjen_scanned"


@pytest.fixture(scope="module")
def site(server: Server, local: Path, secrets: dict[str, str]) -> Iterator[Site]:
    server.create_database(DATABASE, template=TEMPLATE)
    made = Site(local / DATABASE, server, DATABASE, secrets)
    try:
        made.seed()
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def scene(server: Server, make_app: Callable[..., Flask]) -> Iterator[Scene]:
    yield from build(server, make_app, "narlinjen_strange", 1)
