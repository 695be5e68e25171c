"""Among greenlets, whoever waits for the database lets the others work, and is told when it is gone."""

import json
import subprocess
import sys
from pathlib import Path

from app.core import greenlets
from app.machine.postgres import Server

ROOT = Path(__file__).parent.parent.parent
# Patching is for a whole process, and for ever: it is looked at in one of its own.
BEGIN = """
from gevent import monkey, spawn, joinall; monkey.patch_all()
import json, sys, time
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from app.core import db, greenlets
engine = db.connect(sys.stdin.readline(), pool_size=5, isolation_level="AUTOCOMMIT")
def ask(sql, **values):
    with engine.connect() as connection:
        assert type(connection.connection.driver_connection) is greenlets.Cooperative
        return connection.execute(text(sql), values).scalar()
"""


def told(server: Server, program: str) -> object:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + program],
        cwd=ROOT,
        env={"PATH": ""},
        input=server.url("postgres", "owner").encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def test_others_are_answered_while_one_waits(server: Server) -> None:
    program = """
order = []
def one(name, sql):
    ask(sql); order.append(name)
slow = spawn(one, "slow", "select pg_sleep(1)")
quick = spawn(one, "quick", "select 1")
joinall([slow, quick], raise_error=True); print(json.dumps(order))
"""
    assert told(server, program) == ["quick", "slow"]


def test_what_is_larger_than_a_socket_holds_goes_and_comes_whole(server: Server) -> None:
    program = """
large = "å" * 5_000_000
print(json.dumps(ask("select cast(:large as text)", large=large) == large))
"""
    assert told(server, program) is True


def test_a_lost_connection_is_an_error_and_no_endless_wait(server: Server) -> None:
    program = """
def cut():
    try:
        with engine.connect() as connection:
            connection.execute(text("set role none"))
            connection.execute(text("select pg_terminate_backend(pg_backend_pid()), pg_sleep(30)"))
    except OperationalError as error:
        return error.connection_invalidated
gone = spawn(cut); gone.join(20); print(json.dumps([gone.value, ask("select 7")]))
"""
    assert told(server, program) == [True, 7]


def test_a_process_without_greenlets_waits_as_psycopg_does() -> None:
    assert not greenlets.patched()
