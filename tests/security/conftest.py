"""A real site for a scanner to attack, with the demo in it: what it breaks is thrown away with the database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.machine.postgres import Server
from tests.browser.site import Site
from tests.conftest import TEMPLATE

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
