"""The matrix: every route, as everybody, for the things of one patient; `make bench ONLY=access` tries both."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app.machine.postgres import Server
from tests.conftest import TEMPLATE
from tests.matrix.knock import taken_back, walk
from tests.matrix.town import Town

pytestmark = pytest.mark.slow
NAME = "narlinjen_matrix"
LET_IN = 400


@pytest.fixture(scope="module")
def house(server: Server, make_app: Callable[..., Flask]) -> Iterator[Flask]:
    server.create_database(NAME, template=TEMPLATE)
    app = make_app(NAME, DEMO="", BASE_URL="https://narlinjen.example.org")
    with app.app_context():
        yield app
    app.extensions["live"].close()
    app.extensions["db"]["engine"].dispose()
    server.drop_database(NAME)


def test_nobody_is_let_in_or_reads_where_they_may_not(house: Flask) -> None:
    town = Town(house)
    with taken_back(house) as connection:
        found = walk(town, connection, town.siv)
    assert not found.leaks, f"{len(found.leaks)} of {found.requests}:\n" + "\n".join(sorted(found.leaks))
    assert found.let_in > LET_IN, "so few doors opened to whoever may go in that the shut ones prove nothing"
