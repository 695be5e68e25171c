"""What must never be false is a constraint: each one in the database is broken here once, and must refuse.

And what is written once stays: the app's own role cannot change or remove it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import IntegrityError, InternalError, ProgrammingError

from app.accounts import service as accounts
from app.accounts.service import Who
from app.core import audit, db
from app.core.audit import SYSTEM, Entry
from app.machine.postgres import Server
from tests.conftest import TEMPLATE
from tests.guards.catalogue import describe
from tests.world import World

NAME = "narlinjen_constraints"
APPEND_ONLY = ("access_log", "access_log_rest", "log_seal", "message", "read_mark")
READ_ONLY = ("installation", "alembic_version")
BREAKS = dict(part.split("\n", 1) for part in Path(__file__).with_name("constraints.sql").read_text().split("-- ")[1:])
HERE = """create temporary view here as select timestamptz '2026-11-21' as at, decode(repeat('00', 40), 'hex') as mac,
    (select person_id from staff limit 1) as person, (select person_id from patient limit 1) as patient,
    (select id from thread limit 1) as thread, (select id from unit limit 1) as unit,
    (select id from assignment limit 1) as assignment, (select id from region limit 1) as region,
    (select person_id from assignment limit 1) as worker, gen_random_uuid() as fresh"""


@pytest.fixture(scope="module")
def house(server: Server, make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """A house with one of everything, committed, and a log with rows in it."""
    server.create_database(NAME, template=TEMPLATE)
    app = make_app(NAME)
    with app.app_context():
        world = World(app)
        siv = world.patient("Siv")
        siv.asks("Jag vaknar vid tre.")
        with db.transaction() as session:
            audit.record(session, Entry("prov"), by=SYSTEM, now=world.now())
    yield app
    app.extensions["live"].close()
    app.extensions["db"]["engine"].dispose()
    server.drop_database(NAME)


@pytest.fixture(scope="module")
def owner(house: Flask, server: Server) -> Iterator[Engine]:
    engine = create_engine(make_url(server.url(NAME, "owner")).set(drivername="postgresql+psycopg"))
    yield engine
    engine.dispose()


def say(engine: Engine, statement: str) -> None:
    """Say it, ask at once what is asked at the commit, and undo it."""
    with engine.connect() as connection:
        connection.execute(text(HERE))
        connection.execute(text(statement.replace(":", r"\:")))
        connection.execute(text("set constraints all immediate"))


def test_every_constraint_is_broken_here(owner: Engine) -> None:
    with owner.connect() as connection:
        there = {line.split()[1].rstrip(":") for line in describe(connection, "constraint", "index")}
    wanted = {name for name in there if name.startswith(("ck_", "ex_", "uq_"))}
    assert not (missing := wanted - BREAKS.keys()), (
        f"Add to constraints.sql a statement that each of {sorted(missing)} refuses."
    )
    assert not (gone := BREAKS.keys() - wanted), f"{sorted(gone)} are gone: take them from constraints.sql."


@pytest.mark.parametrize("name", BREAKS)
def test_a_constraint_bites(owner: Engine, name: str) -> None:
    with pytest.raises(IntegrityError) as refusal:
        say(owner, BREAKS[name])
    found = refusal.value.orig.diag.constraint_name  # type: ignore[union-attr]
    assert found == name, f"Another constraint, {found}, refused first: mend the statement in constraints.sql."


@pytest.mark.parametrize(
    "change",
    [
        "delete from region_role where role = 'function'",
        "update region_role set role = 'administrator' where person_id not in"
        " (select person_id from region_role where role = 'administrator')",
    ],
    ids=["delete", "update"],
)
def test_the_function_of_a_region_never_has_fewer_than_two(owner: Engine, change: str) -> None:
    with pytest.raises(IntegrityError, match="at least two people"):
        say(owner, change)


@pytest.mark.parametrize(
    "change",
    [
        "delete from head_substitute",
        "update head_substitute set person_id = head_id from unit",
        "update unit set head_id = person_id from head_substitute",
    ],
    ids=["delete", "substitute", "head"],
)
def test_a_head_is_never_without_a_substitute(owner: Engine, change: str) -> None:
    with pytest.raises(IntegrityError, match="the head of a unit has a substitute"):
        say(owner, change)


def test_a_region_of_one_is_refused_at_the_commit(house: Flask) -> None:
    with house.app_context(), pytest.raises(IntegrityError, match="at least two people"), db.transaction():
        now = World(house).now()
        one = accounts.register_staff(Who("Ensam"), hsa_id="SE-ENSAM", title="chef", by=SYSTEM, now=now).id
        accounts.open_region(
            "Ensamlandet", "21", function_phone="+46313900600", function=[one], administrator=one, by=SYSTEM, now=now
        )


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["update {} set {} = {}", "delete from {}", "truncate {}"])
def test_what_is_written_once_stays(house: Flask, owner: Engine, table: str, change: str) -> None:
    with owner.connect() as connection:
        column = connection.scalar(
            text("select attname from pg_attribute where attrelid = (:table)::regclass and attnum = 3"),
            {"table": table},
        )
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        say(house.extensions["db"]["engine"], change.format(table, column, column))


@pytest.mark.parametrize("table", READ_ONLY)
def test_the_app_cannot_say_what_the_database_is(house: Flask, table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        say(house.extensions["db"]["engine"], f"delete from {table}")


def test_months_of_the_log_are_as_closed_as_the_log(house: Flask, owner: Engine) -> None:
    with owner.connect() as connection:
        months = connection.scalars(
            text("select inhrelid::regclass::text from pg_inherits where inhparent = 'access_log'::regclass")
        ).all()
    assert len(months) > 2
    for month in months:
        with pytest.raises(ProgrammingError, match="permission denied"):
            say(house.extensions["db"]["engine"], f"delete from {month}")


@pytest.mark.parametrize(
    "change",
    ["create table stray ()", "drop table message", "alter table message add x int", "reset role; set role owner"],
)
def test_the_app_cannot_change_the_house(house: Flask, change: str) -> None:
    with pytest.raises((ProgrammingError, InternalError)):
        say(house.extensions["db"]["engine"], change)
