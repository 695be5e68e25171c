"""The ground every test stands on: a real PostgreSQL, the real app, and a transaction that is rolled back."""

import gc
import io
import os
import shutil
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog
from flask import Flask, g
from flask.globals import _cv_app
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError

from app import create_app
from app.config import Settings, fresh_secrets
from app.core import db, schema
from app.machine.postgres import Server
from tests.client import LintedClient
from tests.hanging import Hanging, in_memory
from tests.world import World

TEMPLATE = "narlinjen_template"
ROOM = 2 << 30
hypothesis.settings.register_profile(
    "narlinjen", deadline=None, database=None, derandomize=bool(os.environ.get("CI")), print_blob=True
)
hypothesis.settings.load_profile("narlinjen")


ONE_STORY = "test_first_message.py"
LONG = ("launcher", "matrix", "security", "drills", "guards", "bench", "machine")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Hanging())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long begins first, so that no core stands idle at the end; and all that needs a browser comes last,
    since a process that has one open has no room for another loop."""
    if config.getoption("fast"):
        config.hook.pytest_deselected(items=[item for item in items if not is_fast(item)])
        items[:] = filter(is_fast, items)
    many = Counter(item.path for item in items)

    def place(item: pytest.Item) -> tuple[bool, int]:
        folder = item.path.parent.name
        if folder == "browser":
            return True, -many[item.path]
        return False, LONG.index(folder) if folder in LONG else len(LONG)

    items.sort(key=place)


def is_fast(item: pytest.Item) -> bool:
    """Rules, and guards that read the source: what asks for no database. And one story, through pages and all."""
    asks = "server" in getattr(item, "fixturenames", ()) and item.path.name != ONE_STORY
    return not asks and item.get_closest_marker("slow") is None


def pytest_collection_finish() -> None:
    # Every source, parsed, lives until the end: it is not looked through again each time that memory is cleared.
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--everything", action="store_true", help="Look at every page in every way, not only in two.")
    parser.addoption("--fast", action="store_true", help="Only rules, guards of the source, and one story.")


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the tests' house stands: in memory where there is room, since databases come and go by the dozen."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < ROOM:
        yield tmp_path_factory.mktemp("local")
        return
    with in_memory(memory) as made:
        yield made


@pytest.fixture(scope="session")
def server(local: Path) -> Iterator[Server]:
    """A PostgreSQL of the tests' own, with a migrated template to copy databases from."""
    made = Server(local / "pg", durable=False)
    made.start()
    made.create_database(TEMPLATE)
    schema.migrate(made.url(TEMPLATE, "owner"))
    yield made
    made.stop()
    for thread in threading.enumerate():
        if thread.name.startswith("live-"):
            thread.join(10)


@pytest.fixture(scope="session")
def secrets() -> dict[str, str]:
    return fresh_secrets()


@pytest.fixture(scope="session")
def make_app(server: Server, local: Path, secrets: dict[str, str]) -> Iterator[Callable[..., Flask]]:
    """An app over one of the server's databases; keywords are further settings from the environment."""
    apps: list[Flask] = []

    def make(database: str, **env: str) -> Flask:
        given = secrets | {
            "DEMO": "1",
            "LOCAL_DIR": str(local),
            "DATABASE_URL": server.url(database, "app"),
            "DATABASE_OWNER_URL": server.url(database, "owner"),
        }
        app = create_app(Settings.from_env(given | env))
        app.testing = True
        app.test_client_class = LintedClient
        apps.append(app)
        app.wsgi_app = alone(app.wsgi_app)  # type: ignore[method-assign]
        return app

    yield make
    for app in apps:
        app.extensions["live"].close()
        app.extensions["db"]["engine"].dispose()


def alone(wsgi_app: Callable[..., Any]) -> Callable[..., Any]:
    """Answer each request in a context of its own, as a server does, though the test stands in one already."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        _cv_app.set(None)  # type: ignore[arg-type]
        return wsgi_app(environ, start_response)

    def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if _cv_app.get(None) and "db_session" in g:
            g.db_session.commit()
        return copy_context().run(answer, environ, start_response)

    return call


@pytest.fixture(scope="session")
def shared_app(server: Server, make_app: Callable[..., Flask]) -> Flask:
    server.create_database("narlinjen_tests", template=TEMPLATE)
    return make_app("narlinjen_tests")


@pytest.fixture
def app(shared_app: Flask) -> Iterator[Flask]:
    """The app inside one transaction: every commit is a savepoint, and all of it is rolled back."""
    known = shared_app.extensions["db"]
    with known["engine"].connect() as connection:
        outer, before = connection.begin(), known["session"]
        known["session"] = db.sessions_on(connection, join_transaction_mode="create_savepoint")
        with shared_app.app_context():
            yield shared_app
        known["session"] = before
        outer.rollback()


def create_database(server: Server) -> str:
    name = f"narlinjen_{uuid.uuid4().hex[:12]}"
    server.create_database(name, template=TEMPLATE)
    return name


@contextmanager
def fresh_database(server: Server) -> Iterator[str]:
    name = create_database(server)
    yield name
    server.drop_database(name)


@pytest.fixture(scope="session")
def emptied() -> list[str]:
    """Databases that a test has had and that stand empty again: half the price of a new one."""
    return []


@pytest.fixture
def database(request: pytest.FixtureRequest, server: Server, emptied: list[str]) -> Iterator[str]:
    """A database of the test's own, for what must really be committed. Ask for `owner` to change more than its rows."""
    name = emptied.pop() if emptied else create_database(server)
    yield name
    if "owner" not in request.fixturenames and empty(server.url(name, "owner")):
        emptied.append(name)
    else:
        server.drop_database(name)


EMPTY = """do $$ declare names text; begin
select string_agg(format('%I', relname), ', ') into names from pg_class where relnamespace = 'public'::regnamespace
  and relkind in ('r', 'p') and not relispartition and relname <> 'alembic_version';
execute 'truncate ' || names || ' restart identity cascade';
end $$"""


def empty(url: str) -> bool:
    """Take every row out of a database; False when somebody still holds on to one."""
    engine = create_engine(url, connect_args={"options": "-c lock_timeout=1s"})
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(EMPTY)
        return True
    except DBAPIError:
        return False
    finally:
        engine.dispose()


@pytest.fixture
def own_app(database: str, make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The app over a database of its own: commits are commits."""
    made = make_app(database)
    with made.app_context():
        yield made
    made.extensions["live"].close()
    made.extensions["db"]["engine"].dispose()


@pytest.fixture
def owner(own_app: Flask, server: Server, database: str) -> Iterator[Engine]:
    """The role that owns the tables of `own_app`: it may do what the app's own may not."""
    engine = create_engine(server.url(database, "owner"))
    yield engine
    engine.dispose()


@pytest.fixture
def world(app: Flask) -> World:
    return World(app)


@pytest.fixture
def own_world(own_app: Flask) -> World:
    return World(own_app)


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """What the program writes to its log, as it is written."""
    lines, before = io.StringIO(), structlog.get_config()["logger_factory"]
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=lines))
    yield lines
    structlog.configure(logger_factory=before)
