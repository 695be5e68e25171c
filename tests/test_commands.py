"""The commands: what they make is whole, and what they refuse is one sentence and leaves nothing behind."""

import base64
import json
from collections.abc import Callable, Iterator
from contextvars import copy_context
from functools import partial
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask.globals import _cv_app
from sqlalchemy import Engine, text

from app.accounts.models import Person, Region
from app.config import fresh_secrets
from app.core import audit, clock, db, installation, seal
from app.core.audit import SYSTEM, Entry
from app.core.seal import Block
from app.home import service as home
from tests.world import World

Run = Callable[..., Result]


def run(app: Flask, *words: object) -> Result:
    """A command as `flask --app app` gives it: in a context of this app's own."""

    def alone() -> Result:
        _cv_app.set(None)  # type: ignore[arg-type]
        with app.app_context():
            return app.test_cli_runner().invoke(args=[str(word) for word in words])

    return copy_context().run(alone)


@pytest.fixture
def real(database: str, make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """An app that is no demo, over a database that is nothing yet."""
    app = make_app(database, DEMO="", BASE_URL="https://narlinjen.example.org")
    with app.app_context():
        yield app


@pytest.fixture
def flask(real: Flask) -> Run:
    return partial(run, real)


@pytest.fixture
def demo_flask(own_app: Flask) -> Run:
    return partial(run, own_app)


def refused(result: Result) -> str:
    assert result.exit_code == 2 and result.stdout == "", result.output
    assert result.stderr.endswith((".\n", "?\n")) and result.stderr.count("\n") == 1
    return result.stderr


def counts() -> dict[str, int]:
    tables = ("installation", "person", "staff", "region", "region_role", "access_log")
    found = {table: db.session().execute(text(f"select count(*) from {table}")).scalar_one() for table in tables}
    db.session().rollback()
    return found


NOTHING = dict.fromkeys(("installation", "person", "staff", "region", "region_role", "access_log"), 0)
SETUP = {
    "--region": "Dalarna",
    "--county-code": "20",
    "--function-phone": "031-390 06 00",
    "--administrator": "SE-1",
}
PEOPLE = ("Ada Ek;SE-1;verksamhetschef", "Bo Dahl;SE-2;sjuksköterska")


def setup(flask: Run, people: tuple[str, ...] = PEOPLE, **changed: str) -> Result:
    words = SETUP | {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
    return flask(
        "setup",
        *(part for pair in words.items() for part in pair),
        *(part for who in people for part in ("--person", who)),
    )


def test_setup_makes_a_region_with_its_function_and_its_first_administrator(flask: Run) -> None:
    done = setup(flask)
    assert done.exit_code == 0 and done.stdout.startswith("Dalarna is set up, with 2 people in its function.")
    with db.engine().connect() as connection:
        assert installation.kind(connection) == "real"
    region = db.session().query(Region).one()
    assert (region.name, region.county_code, region.function_phone) == ("Dalarna", "20", "+46313900600")
    names = {person.id: person.name for person in db.session().query(Person)}
    roles = [(names[row.person_id], row.role) for row in db.session().execute(text("select * from region_role"))]
    assert sorted(roles) == [("Ada Ek", "administrator"), ("Ada Ek", "function"), ("Bo Dahl", "function")]
    assert counts()["access_log"] == 5


def test_the_administrator_may_be_somebody_beside_the_function(flask: Run) -> None:
    assert setup(flask, administrator="Cia Frid; SE-3 ;handläggare").exit_code == 0
    row = db.session().execute(
        text("select hsa_id from staff join region_role using (person_id) where role = 'administrator'")
    )
    assert row.scalar_one() == "SE-3"


BAD: dict[str, tuple[tuple[str, ...], dict[str, str], str]] = {
    "one person": (PEOPLE[:1], {}, "at least two people"),
    "nobody": ((), {}, "at least two people"),
    "the same person twice": ((PEOPLE[0], PEOPLE[0]), {}, "SE-1 is given twice"),
    "a person half written": ((PEOPLE[0], "Bo Dahl"), {}, "is not written as NAME;HSA-ID;TITLE"),
    "a person without a title": ((PEOPLE[0], "Bo Dahl;SE-2; "), {}, "is not written as NAME;HSA-ID;TITLE"),
    "an administrator who is nobody": (PEOPLE, {"administrator": "SE-9"}, "'SE-9' is not among the people given"),
    "an administrator half written": (PEOPLE, {"administrator": "Cia;SE-3"}, "is not written as NAME;HSA-ID;TITLE"),
    "an administrator given twice": (PEOPLE, {"administrator": PEOPLE[0]}, "SE-1 is given twice"),
    "no county": (PEOPLE, {"county_code": "2"}, "county code of two digits"),
    "a county in words": (PEOPLE, {"county_code": "²0"}, "county code of two digits"),
    "no name": (PEOPLE, {"region": " "}, "A region has a name"),
    "a number that nobody answers": (PEOPLE, {"function_phone": "hej"}, "'hej' is no telephone number"),
    "a number cut short": (PEOPLE, {"function_phone": "031-39"}, "is no telephone number"),
}


def test_what_setup_refuses_leaves_nothing_behind_and_can_be_done_again(flask: Run) -> None:
    for what, (people, changed, said) in BAD.items():
        assert said in refused(setup(flask, people, **changed)), what
        assert counts() == NOTHING, what
    assert setup(flask).exit_code == 0


def test_setup_that_fails_at_its_last_step_leaves_nothing_behind(flask: Run, owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(text("alter table region add constraint never check (name <> 'Dalarna')"))
    assert "never" in refused(setup(flask)) and counts() == NOTHING
    with owner.begin() as connection:
        connection.execute(text("alter table region drop constraint never"))
    assert setup(flask).exit_code == 0


def test_setup_is_done_once(flask: Run) -> None:
    setup(flask)
    before = counts()
    again = setup(flask, ("Eva;SE-8;chef", "Ali;SE-9;chef"), administrator="SE-8", county_code="21")
    assert refused(again) == "This database is set up already, as a real installation.\n" and counts() == before


def test_setup_refuses_a_demo(demo_flask: Run, flask: Run) -> None:
    assert "without DEMO=1" in refused(setup(demo_flask))
    with db.engine().connect() as connection:
        assert installation.kind(connection) is None


def test_setup_refuses_a_database_that_is_a_demo(flask: Run, owner: Engine) -> None:
    with owner.begin() as connection:
        installation.make(connection, "demo", now=clock.now())
    assert refused(setup(flask)) == "This database is set up already, as a demo.\n"


def test_a_database_without_a_schema_is_a_sentence(flask: Run, owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(text("drop table installation"))
    assert "Is it there, and migrated?" in refused(setup(flask))


def test_a_command_without_a_database_is_a_sentence(make_app: Callable[..., Flask]) -> None:
    app = make_app("narlinjen_nowhere")
    for words in (
        ["migrate"],
        ["demo"],
        ["demo", "--list"],
        ["audit", "verify"],
        ["audit", "seal"],
        ["audit", "epoch"],
        ["keys", "rotate"],
        ["export", "faults"],
        ["worker", "--once"],
    ):
        refused(run(app, *words))


def test_watch_says_what_alarms_and_ends_with_1(demo_flask: Run, make_app: Callable[..., Flask]) -> None:
    seen = demo_flask("watch", "--once")
    assert seen.exit_code == 1 and seen.stdout.startswith("worker_silent: ")
    assert demo_flask("worker", "--once").exit_code == 0
    assert (demo_flask("watch", "--once").exit_code, demo_flask("watch", "--once").stdout) == (0, "")
    away = run(make_app("narlinjen_nowhere"), "watch", "--once")
    assert away.exit_code == 1 and away.stdout == "database: The database cannot be reached.\n"


def test_numbers_that_are_none_are_refused(demo_flask: Run) -> None:
    for words in (
        ("keys", "rotate", "--batch", "0"),
        ("keys", "rotate", "--batch", "x"),
        ("watch", "--every", "0"),
        ("audit", "verify", "--anchor", "1:zz"),
    ):
        assert demo_flask(*words).exit_code == 2, words


def test_verify_ends_with_0_or_with_1_and_each_row(own_world: World, demo_flask: Run, owner: Engine) -> None:
    own_world.patient("Siv").asks("Hej.")
    assert demo_flask("audit", "seal").exit_code == 0
    whole = demo_flask("audit", "verify")
    assert whole.exit_code == 0 and whole.stdout.endswith("rows read, 0 do not agree\n")
    with db.engine().connect() as connection:
        last = seal.last_block(connection)
    assert last
    assert demo_flask("audit", "verify", "--anchor", f"{last.n}:{last.mac.hex()}").exit_code == 0
    with owner.begin() as connection:
        row = connection.scalar(
            text("update access_log set action = 'x' where id = (select min(id) from access_log) returning id")
        )
    found = demo_flask("audit", "verify", "--anchor", f"{last.n + 1}:{last.mac.hex()}")
    assert found.exit_code == 1
    assert set(found.stdout.splitlines()) >= {f"end: block {last.n + 1}", f"altered: block 1, row {row}"}


def test_a_new_epoch_is_opened_only_where_one_is_needed(own_app: Flask, demo_flask: Run, owner: Engine) -> None:
    assert "no new epoch is needed" in refused(demo_flask("audit", "epoch"))
    with db.transaction() as session:
        audit.record(session, Entry("x"), by=SYSTEM, now=clock.now())
    with owner.begin() as connection:
        start = Block(0, 1, connection.scalar(seal.CLUSTER) + 1, 0, 0, 0, b"", clock.now(), audit.keyset().current)
        seal._append(connection, audit.keyset(), start, hi=connection.scalar(seal.XMIN), now=clock.now())
    for words in (("audit", "seal"), ("worker", "--once")):
        assert "audit epoch" in refused(demo_flask(*words))
    assert demo_flask("audit", "epoch").stdout == "epoch 2 begins with block 2\n"
    assert demo_flask("audit", "seal").exit_code == 0


def test_keys_are_rotated_by_a_command_that_says_what_is_left(
    own_world: World, demo_flask: Run, make_app: Callable[..., Flask], database: str
) -> None:
    own_world.patient("Siv").asks("Hej.")
    secrets = own_world.app.extensions["settings"]
    old, new = secrets.data_keys.secret, fresh_secrets()["DATA_KEYS"].partition(":")[2]
    both = make_app(database, DATA_KEYS=f"2:{new},1:{base64.b64encode(old).decode()}")
    done = run(both, "keys", "rotate", "--batch", "1")
    assert done.exit_code == 0 and done.stdout.endswith("0 values still sealed with an older key\n")
    assert "message.text: 1" in done.stdout
    only_new = make_app(database, DATA_KEYS=f"3:{fresh_secrets()['DATA_KEYS'].partition(':')[2]}")
    said = refused(run(only_new, "keys", "rotate"))
    assert "cannot be opened" in said and "DATA_KEYS" in said and "Siv" not in said


def test_reported_faults_are_exported_one_a_line_the_latest_last(own_app: Flask, demo_flask: Run) -> None:
    assert demo_flask("export", "faults").stdout == ""
    for words in ("Första\nraden", "Andra 🙂"):
        with db.transaction():
            home.report_fault(words, page="Start", reply_to=None, by=SYSTEM, now=clock.now())
    lines: list[dict[str, Any]] = [json.loads(line) for line in demo_flask("export", "faults").stdout.splitlines()]
    assert [(line["text"], line["page"], line["reply_to"]) for line in lines] == [
        ("Första\nraden", "Start", None),
        ("Andra 🙂", "Start", None),
    ]


def test_migrating_what_is_migrated_changes_nothing_and_what_is_newer_is_refused(
    demo_flask: Run, owner: Engine
) -> None:
    assert demo_flask("migrate").exit_code == 0
    with owner.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    assert "newer than this code" in refused(demo_flask("migrate"))
