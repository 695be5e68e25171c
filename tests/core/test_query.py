"""A query that the driver runs itself gives what SQLAlchemy would, is heard where statements are, and errs alike."""

import os
import socket
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Integer, LargeBinary, Uuid, bindparam, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.types import Date, DateTime, Text

from app.core import db
from app.core.pulse import heartbeats
from app.core.query import Query
from tests.client import statements

KINDS = {
    "number": (Integer, 7),
    "key": (Uuid, UUID(int=5)),
    "words": (Text, "Åsa % 'Ek'"),
    "sealed": (LargeBinary, b"\x00\xff%"),
    "day": (Date, date(2026, 11, 25)),
    "at": (DateTime(timezone=True), datetime(2026, 11, 25, 14, 30, 0, 123456, tzinfo=UTC)),
}
everything = select(
    *(cast(bindparam(name, type_=kind), kind).label(name) for name, (kind, _value) in KINDS.items()),
    literal(True).label("yes"),
    literal("100 %").label("percent"),
    cast(None, Integer).label("nothing"),
)
rows = select(heartbeats.c.name).where(heartbeats.c.name == bindparam("name"))


def test_what_the_driver_gives_is_what_sqlalchemy_gives(app: Flask) -> None:
    values = {name: value for name, (_kind, value) in KINDS.items()}
    (found,) = Query(everything).rows(**values)
    assert found._asdict() == db.run(everything, values).one()._asdict()
    assert found.at.utcoffset() == found.at.astimezone(UTC).utcoffset() and type(found.sealed) is bytes


def test_a_row_or_none_and_never_one_of_two(app: Flask) -> None:
    found = Query(select(func.generate_series(1, bindparam("most", type_=Integer), type_=Integer).label("n")))
    assert found.row(most=0) is None and found.row(most=1).n == 1
    with pytest.raises(ValueError, match="too many"):
        found.row(most=2)


def test_it_is_heard_like_any_other_statement(own_app: Flask) -> None:
    with own_app.app_context(), statements(own_app) as heard:
        Query(rows).rows(name="one")
    assert len(heard) == 1 and "heartbeat" in heard[0]


def test_what_the_code_says_stands_in_the_text_and_what_is_asked_for_never_does() -> None:
    sql, names = Query(select(heartbeats.c.name).where(heartbeats.c.name.in_(["it's"]), rows.whereclause)).sql
    assert "'it''s'" in sql and names == ("name",)


def test_what_the_driver_does_not_make_is_refused() -> None:
    with pytest.raises(TypeError, match="'odd'"):
        _ = Query(select(cast("{}", JSONB).label("odd"))).row_type


def test_an_error_is_sqlalchemys_and_carries_no_values(own_app: Flask) -> None:
    halves = Query(select((1 / cast(bindparam("words"), Integer)).label("half")))
    with pytest.raises(DBAPIError) as refused:
        halves.rows(words="Siv Nyberg")
    assert "Siv" not in str(refused.value).split("\n[SQL")[1]


def test_a_connection_that_had_gone_stale_is_replaced_and_one_that_breaks_is_told(own_app: Flask) -> None:
    mine = Query(select(func.pg_backend_pid(type_=Integer).label("pid")))

    def cut() -> int:
        driver = db.session().connection().connection.driver_connection
        with socket.socket(fileno=os.dup(driver.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
        return driver.info.backend_pid

    with own_app.app_context():
        stale = cut()
    with own_app.app_context():
        assert mine.row().pid != stale
        cut()
        with pytest.raises(OperationalError) as lost:
            mine.row()
        assert lost.value.connection_invalidated


def test_a_connections_rows_are_never_another_connections(own_app: Flask) -> None:
    mine = Query(select(func.pg_backend_pid(type_=Integer).label("pid"), bindparam("n", type_=Integer).label("n")))

    def asked(n: int) -> tuple[int, int]:
        with own_app.app_context():
            return tuple(mine.row(n=n))

    first, second = asked(1), asked(2)
    assert first[0] == second[0] and (first[1], second[1]) == (1, 2)
    with own_app.app_context():
        here = mine.row(n=3)
        with own_app.app_context():
            there = mine.row(n=4)
        assert here.pid != there.pid and mine.row(n=5) == (here.pid, 5)
