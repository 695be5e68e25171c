"""Keys that grow with time, one transaction at the edge, and a role that may do no more than it must."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.accounts.models import Person
from app.config import Refusal
from app.core import clock, db
from app.core.pulse import heartbeats
from app.machine.postgres import Server
from tests.conftest import TEMPLATE

TIMES = st.datetimes(datetime(1971, 1, 1), datetime(2500, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_a_key_is_a_uuid_of_version_7_that_carries_its_time() -> None:
    with time_machine.travel(datetime(2026, 11, 25, 14, 30, 0, 123_000, tzinfo=UTC), tick=False):
        key = db.new_key()
    assert (key.version, key.variant) == (7, uuid.RFC_4122)
    assert key.int >> 80 == int(datetime(2026, 11, 25, 14, 30, 0, 123_000, tzinfo=UTC).timestamp() * 1000)


def test_no_two_keys_of_one_moment_are_the_same() -> None:
    with time_machine.travel(datetime(2026, 11, 25, tzinfo=UTC), tick=False):
        assert len({db.new_key() for _ in range(5_000)}) == 5_000


@given(TIMES, TIMES)
def test_a_later_key_sorts_after_an_earlier_one(one: datetime, other: datetime) -> None:
    early, late = sorted((one, other))
    if late - early < timedelta(milliseconds=2):
        return
    with time_machine.travel(early, tick=False):
        first = db.new_key()
    with time_machine.travel(late, tick=False):
        assert first < db.new_key()


@given(st.uuids())
def test_a_key_comes_back_from_its_22_characters(key: uuid.UUID) -> None:
    assert len(db.short(key)) == 22 and db.long(db.short(key)) == key


@given(st.text(max_size=30) | st.text(alphabet="ABCxyz019-_=+/", min_size=22, max_size=22))
def test_what_is_no_key_is_refused_and_every_key_has_one_form(words: str) -> None:
    try:
        key = db.long(words)
    except ValueError:
        return
    assert db.short(key) == words


@pytest.mark.parametrize(
    "words", ["", "A" * 21, "A" * 23, "A" * 21 + "B", "A" * 21 + "=", "+" * 22, "å" * 22, "A" * 20 + "\n\n"]
)
def test_malformed_keys_are_refused(words: str) -> None:
    with pytest.raises(ValueError):
        db.long(words)


def names(app: Flask) -> list[str]:
    with app.extensions["db"]["engine"].connect() as other:
        return list(other.scalars(text("select name from heartbeat order by name")))


ADD = text("insert into heartbeat (name, at) values (:name, :at)")
AT = datetime(2026, 11, 25, tzinfo=UTC)


def test_what_is_written_is_true_for_others_only_when_the_edge_is_left(own_app: Flask) -> None:
    with db.transaction() as session:
        session.execute(ADD, {"name": "one", "at": AT})
        session.flush()
        assert names(own_app) == []
    assert names(own_app) == ["one"]


def test_two_verbs_inside_one_edge_are_one_truth(own_app: Flask) -> None:
    with pytest.raises(DBAPIError), db.transaction() as session:
        session.execute(ADD, {"name": "one", "at": AT})
        session.execute(ADD, {"name": "one", "at": AT})
    assert names(own_app) == []
    with db.transaction() as session:
        session.execute(ADD, {"name": "two", "at": AT})
    assert names(own_app) == ["two"]


def test_what_no_edge_has_committed_is_gone_when_the_request_ends(own_app: Flask) -> None:
    with own_app.app_context():
        db.session().execute(ADD, {"name": "one", "at": AT})
    assert names(own_app) == []


def test_what_is_told_after_the_commit_is_told_after_it(own_app: Flask) -> None:
    seen: list[list[str]] = []
    with db.transaction() as session:
        session.execute(ADD, {"name": "one", "at": AT})
        db.after_commit(lambda: seen.append(names(own_app)))
        assert seen == []
    assert seen == [["one"]]
    with db.transaction() as session:
        session.execute(ADD, {"name": "two", "at": AT})
    assert seen == [["one"]]


def test_nothing_is_told_of_what_was_rolled_back(own_app: Flask) -> None:
    told: list[int] = []
    with pytest.raises(RuntimeError), db.transaction():
        db.after_commit(lambda: told.append(1))
        raise RuntimeError
    with db.transaction():
        pass
    assert told == []


def test_every_connection_acts_as_the_apps_role_in_utc_with_limits_on_waiting(app: Flask) -> None:
    wanted = {"role": "narlinjen_app", "timezone": "UTC", "lock_timeout": "5s", "statement_timeout": "20s"}
    asked = text("select name, current_setting(name) from unnest(cast(:names as text[])) as name")
    assert {row[0]: row[1] for row in db.session().execute(asked, {"names": list(wanted)})} == wanted


def test_pages_and_transactions_share_connections_and_neither_leaves_its_mode_behind(own_app: Flask) -> None:
    with own_app.app_context():
        for _ in range(2):
            driver = db.session().connection().connection.driver_connection
            assert driver.autocommit
            db.session().close()
            with db.engine().begin() as connection:
                assert connection.connection.driver_connection is driver and not driver.autocommit


def test_a_connection_that_has_not_put_down_its_rights_is_refused(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "LIMITS", "-c timezone=UTC")
    engine = db.connect(server.url(TEMPLATE, "owner"))
    with pytest.raises(Refusal, match=r"acts as owner, not as narlinjen_app.*\.$"):
        engine.connect()
    engine.dispose()


@pytest.mark.parametrize(
    "forbidden",
    [
        "update access_log set action = 'x'",
        "delete from access_log",
        "truncate access_log",
        "update access_log_rest set action = 'x'",
        "delete from log_seal",
        "update log_seal set mac = mac",
        "update message set n = n",
        "delete from message",
        "delete from read_mark",
        "insert into installation (kind, made_at) values ('demo', 'epoch')",
        "update alembic_version set version_num = '0'",
        "drop table message",
        "create table mine (id int)",
    ],
)
def test_the_apps_role_cannot_change_what_must_stand(app: Flask, forbidden: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
        db.session().execute(text(forbidden))
    db.session().rollback()


def test_the_months_of_the_log_are_no_way_round_its_rights(app: Flask) -> None:
    months = (
        db.session()
        .scalars(text("select inhrelid::regclass::text from pg_inherits where inhparent = 'access_log'::regclass"))
        .all()
    )
    assert len(months) >= 5
    for month in months:
        for right in ("UPDATE", "DELETE", "TRUNCATE"):
            assert not db.session().scalar(
                text("select has_table_privilege('narlinjen_app', :t, :r)"), {"t": month, "r": right}
            )


def test_an_error_never_carries_the_values_that_were_in_the_statement(app: Flask) -> None:
    with pytest.raises(DBAPIError) as refused:
        db.session().execute(text("select :words::int"), {"words": "Siv Nyberg"})
    assert "Siv" not in str(refused.value).split("DETAIL")[0].split("\n[SQL")[1]
    db.session().rollback()


def test_a_database_that_is_away_is_a_page_and_not_a_crash(make_app: Callable[..., Flask], server: Server) -> None:
    away = make_app("narlinjen_nowhere")
    client = away.test_client()
    for path in ("/readyz", "/demo/personer"):
        answer = client.get(path)
        assert answer.status_code == 503 and "Vi når inte det som är sparat" in answer.text
    for path in ("/healthz", "/hjalp-nu", "/om", "/logga-in", "/logga-ut", "/dina-uppgifter", "/tillganglighet"):
        assert client.get(path).status_code == 200, path


def test_what_nobody_committed_is_gone_however_it_was_written(own_app: Flask) -> None:
    row = heartbeats.insert().values(name="nobody", at=clock.now())

    def flush() -> None:
        person = Person(id=db.new_key(), name_sealed=b"x", created_at=clock.now())
        db.session().add(person)
        db.session().flush()

    for write in (lambda: db.run(row), lambda: db.session().execute(row), flush):
        with own_app.app_context():
            write()
    with own_app.app_context():
        assert not db.run(select(heartbeats.c.name)).all() and not db.run(select(Person.id)).all()


def test_a_request_that_only_read_keeps_what_the_driver_has_prepared(own_app: Flask) -> None:
    prepared = select(func.count()).select_from(text("pg_prepared_statements"))
    for _ in range(3):
        with own_app.app_context():
            db.run(select(heartbeats.c.name)).all()
            kept = db.run(prepared).scalar_one()
    assert kept > 1


def test_a_page_of_reads_opens_no_transaction_and_a_lock_or_a_write_does(own_app: Flask) -> None:
    rows = select(heartbeats.c.name)

    def open_ones() -> int:
        here = db.session().connection().connection.driver_connection
        return int(here.info.transaction_status)

    for say, expected in (
        (lambda: db.run(rows), 0),
        (lambda: db.session().execute(rows), 0),
        (lambda: db.run(rows.with_for_update()), 2),
        (lambda: db.session().execute(rows.with_for_update()), 2),
        (lambda: db.run(heartbeats.insert().values(name="one", at=AT)), 2),
    ):
        with own_app.app_context():
            say()
            assert open_ones() == expected


def test_what_is_said_alone_in_a_transaction_is_committed_with_it(own_app: Flask) -> None:
    with db.transaction(alone=True) as session:
        db.begin(session)
        session.connection().execute(ADD, {"name": "one", "at": AT})
        assert not db.is_over(session)
    db.session().rollback()
    assert names(own_app) == ["one"]


def test_one_statement_alone_is_true_by_itself(own_app: Flask) -> None:
    with db.transaction(alone=True) as session:
        session.connection().execute(ADD, {"name": "one", "at": AT})
    assert names(own_app) == ["one"]
    with pytest.raises(DBAPIError), db.transaction(alone=True) as session:
        session.connection().execute(ADD, {"name": "one", "at": AT})
    assert names(own_app) == ["one"]
