"""Two houses to walk through, built once: one where there is one of everything, and one with sixty."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import create_engine, make_url

from app.core import clock, installation
from app.core.locale import local
from app.machine.postgres import Server
from tests.conftest import TEMPLATE
from tests.guards.walk import Scene


def in_the_day(now: datetime) -> datetime:
    """Now, when it is between 8 and 18 in Sweden, else 10 o'clock the last time it was that."""
    wall = local(now)
    if 8 <= wall.hour < 18:
        return now
    ten = wall.replace(hour=10, minute=0)
    return ten if ten <= wall else ten - timedelta(days=1)


def build(server: Server, make_app: Callable[..., Flask], name: str, rows: int) -> Iterator[Scene]:
    server.create_database(name, template=TEMPLATE)
    engine = create_engine(make_url(server.url(name, "owner")).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        installation.make(connection, "demo", now=clock.now())
    engine.dispose()
    app = make_app(name)
    # In the day, since a walk moves the clock for an hour or two, and at midnight plans and drop-ins are others.
    with time_machine.travel(in_the_day(clock.now())), app.app_context():
        scene = Scene(app, rows)
    yield scene
    app.extensions["live"].close()
    app.extensions["db"]["engine"].dispose()
    server.drop_database(name)


@pytest.fixture(scope="session")
def small(server: Server, make_app: Callable[..., Flask]) -> Iterator[Scene]:
    yield from build(server, make_app, "narlinjen_small", 1)


@pytest.fixture(scope="session")
def large(server: Server, make_app: Callable[..., Flask]) -> Iterator[Scene]:
    yield from build(server, make_app, "narlinjen_large", 60)
