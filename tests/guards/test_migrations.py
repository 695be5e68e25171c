"""Migrations go up, down and up again with people in the house, and end where the models say."""

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Connection, create_engine, make_url, text

from app.config import Refusal
from app.core import clock, db, installation, schema
from app.demo import seed
from app.machine.postgres import Server
from tests.guards.catalogue import describe

VERSIONS = sorted(schema.FOLDER.glob("versions/[0-9]*.py"))
NAME = "narlinjen_migrations"


def owner(server: Server, name: str) -> str:
    return server.url(name, "owner")


def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def empty(server: Server) -> Iterator[str]:
    """The owner's address of a database without tables."""
    server.create_database(NAME)
    yield owner(server, NAME)
    server.drop_database(NAME)


@pytest.fixture
def by_models(server: Server) -> Iterator[Connection]:
    """A database whose tables were made from the models."""
    server.create_database(f"{NAME}_models")
    for connection in connected(owner(server, f"{NAME}_models")):
        connection.execute(text("create extension btree_gist"))
        for path in sorted(Path("app").glob("*/*models.py")):
            import_module(".".join(path.with_suffix("").parts))
        db.Base.metadata.create_all(connection)
        yield connection
    server.drop_database(f"{NAME}_models")


@pytest.fixture(scope="module")
def migrated(server: Server) -> Iterator[Connection]:
    from tests.conftest import TEMPLATE

    server.create_database(f"{NAME}_up", template=TEMPLATE)
    yield from connected(owner(server, f"{NAME}_up"))
    server.drop_database(f"{NAME}_up")


def counts(connection: Connection) -> dict[str, int]:
    names = connection.scalars(text("select relname from pg_class where relkind in ('r','p') and relnamespace = 'public'::regnamespace"))  # noqa: E501  # fmt: skip
    return {name: connection.scalar(text(f'select count(*) from "{name}"')) or 0 for name in names}


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_a_migration_is_numbered_and_goes_both_ways(path: Path) -> None:
    source, number = path.read_text(), VERSIONS.index(path) + 1
    before = f'"{number - 1:04}"' if number > 1 else "None"
    assert re.match(rf"{number:04}_\w+\.py", path.name), f"{path.name}: the next free number is {number:04}."
    assert f'revision = "{number:04}"' in source, f"{path.name}: its revision is its number."
    assert f"down_revision = {before}" in source, (
        f"{path.name}: it follows {before}; one line of migrations, no branches."
    )
    down = source.partition("def downgrade")[2].strip()
    assert down and not re.fullmatch(r"\(\) -> None:\s+(pass|\.\.\.|raise .*)", down), f"{path.name} has no way down."


def test_up_down_and_up_with_people_in_the_house(empty: str, server: Server, make_app: Callable[..., Flask]) -> None:
    schema.migrate(empty)
    app = make_app(NAME)
    with app.app_context():
        for connection in connected(empty):
            installation.make(connection, "demo", now=clock.now())
            connection.commit()
        with db.transaction():
            seed.seed(now=clock.now())
    app.extensions["live"].close()
    app.extensions["db"]["engine"].dispose()
    for connection in connected(empty):
        first, rows = describe(connection), counts(connection)
    assert rows["message"] > 100, "The demo's rows are not in place."
    for number in range(len(VERSIONS) - 1, 0, -1):
        schema.migrate(empty, f"{number:04}")
        for connection in connected(empty):
            rows = {name: rows[name] for name in counts(connection)}
        schema.migrate(empty)
    for connection in connected(empty):
        assert describe(connection) == first, f"Down one and up again is another schema: {describe(connection) ^ first}"
        after = counts(connection)
        assert {name: after[name] for name in rows} == rows, (
            "Going down one step and up again has lost rows that the lower schema can hold."
        )
    schema.migrate(empty, "base")
    for connection in connected(empty):
        left = {it for it in describe(connection) if not it.startswith("right")}
        assert not left, f"The way down leaves {sorted(left)[:5]}: let downgrade() take it away."
    schema.migrate(empty)
    for connection in connected(empty):
        again = describe(connection)
    assert again == first, f"Up after down is another schema: {sorted(again ^ first)[:5]}"


def test_models_and_migrations_agree(by_models: Connection, migrated: Connection) -> None:
    parts = ("table", "column", "constraint", "index")
    models, there = describe(by_models, *parts), describe(migrated, *parts)
    assert models == there, (
        "Models and migrations differ. Only the models have:\n  " + "\n  ".join(sorted(models - there))
        + "\nOnly the migrations have:\n  " + "\n  ".join(sorted(there - models))
        + "\nWrite a migration, or mend the model, until both say the same by name."
    )  # fmt: skip


def test_this_guard_sees_drift(migrated: Connection) -> None:
    before = describe(migrated)
    for change in (
        "alter table unit alter column phone drop not null",
        "alter table unit alter column name type varchar(50)",
        "drop index ix_contact_person_id",
        "alter table unit drop constraint ck_unit_can_be_rung",
        "alter table unit add column extra text",
        "grant update on message to narlinjen_app",
        "drop trigger ck_region_function_two on region",
    ):
        with migrated.begin_nested() as nested:
            migrated.execute(text(change))
            assert describe(migrated) != before, f"{change}: and nobody noticed."
            nested.rollback()
    migrated.rollback()


def test_a_newer_database_is_refused_in_one_sentence(empty: str) -> None:
    schema.migrate(empty)
    for connection in connected(empty):
        connection.execute(text("update alembic_version set version_num = '9999'"))
        connection.commit()
    with pytest.raises(Refusal) as refusal:
        schema.migrate(empty)
    said = str(refusal.value)
    assert "9999" in said and "newer" in said and said.count(". ") == 0 and said.endswith(".")
    for connection in connected(empty):
        assert connection.scalar(text("select version_num from alembic_version")) == "9999", (
            "A refusal changes nothing."
        )


def test_what_the_models_know_is_all_there_is(app: Flask) -> None:
    """Without this, a table that no model imports would be left out of the comparison above."""
    names = set(db.Base.metadata.tables)
    said = set(re.findall(r"^create table (\w+) \(", "\n".join(it.read_text() for it in VERSIONS), re.MULTILINE))
    assert names == said, f"Tables of models and of migrations: {names ^ said} stand in one of the two only."
