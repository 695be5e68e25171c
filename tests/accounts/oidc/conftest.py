"""The two doors, before a real provider in a process of its own."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app.machine.postgres import Server
from tests.accounts.oidc.doors import own
from tests.conftest import create_database
from tests.provider import Provider
from tests.world import World


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    made = Provider(tmp_path_factory.mktemp("provider") / "log")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def door(server: Server, make_app: Callable[..., Flask], provider: Provider) -> Iterator[Flask]:
    """The app with both doors; what a story commits stays for the next, so each brings its own people."""
    name = create_database(server)
    app = make_app(name, **provider.settings("PATIENT"), **provider.settings("STAFF"))
    yield app
    app.extensions["live"].close()
    app.extensions["db"]["engine"].dispose()
    server.drop_database(name)


@pytest.fixture
def world(door: Flask) -> Iterator[World]:
    with door.app_context():
        yield World(door)


@pytest.fixture
def number(world: World, request: pytest.FixtureRequest) -> str:
    """The number of a patient of this test's own."""
    return str(own(world, request.node.name).person.number)
