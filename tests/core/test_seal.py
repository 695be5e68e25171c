"""Every change to the access log is found and named, whoever makes it.

One log of two sealed blocks; each test changes it as the owner, in a transaction that is rolled back.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from sqlalchemy import Connection, create_engine, text

from app.config import Keyset
from app.core import audit, clock, seal
from app.core.seal import Block, Finding
from app.machine.postgres import Server
from tests.conftest import fresh_database
from tests.core.sealing import ids, seal_one, write


@dataclass
class Log:
    """Two blocks of three rows and one row that waits, in the hands of a thief with the owner's rights."""

    connection: Connection
    keys: Keyset
    first: Block
    second: Block
    waits: int

    def do(self, sql: str, **values: object) -> int:
        """Run a statement; the value that it returns, or how many rows it met."""
        done = self.connection.execute(text(sql), values)
        return done.scalar_one() if done.returns_rows else done.rowcount

    def verify(self, anchor: tuple[int, bytes] | None = None) -> tuple[int, list[Finding]]:
        return seal.verify(self.connection, self.keys, anchor=anchor, now=clock.now())

    @property
    def found(self) -> list[Finding]:
        return self.verify()[1]


@pytest.fixture(scope="module")
def written(server: Server, make_app: Callable[..., Flask]) -> Iterator[Log]:
    with fresh_database(server) as name:
        app = make_app(name)
        with app.app_context():
            blocks = []
            for _ in range(2):
                for _ in range(3):
                    write()
                blocks.append(seal_one())
            write()
            keys = audit.keyset()
        assert all(blocks)
        engine = create_engine(server.url(name, "owner"))
        with engine.connect() as connection:
            waits = connection.scalar(text("select max(id) from access_log"))
            connection.rollback()
            yield Log(connection, keys, blocks[0], blocks[1], waits)  # type: ignore[arg-type]
        engine.dispose()
        app.extensions["db"]["engine"].dispose()


@pytest.fixture
def log(written: Log) -> Iterator[Log]:
    yield written
    written.connection.rollback()


def test_an_untouched_log_agrees(log: Log) -> None:
    assert log.verify() == (7, [])
    assert log.verify(anchor=(2, log.second.mac)) == (7, [])
    assert [len(ids(block)) for block in (log.first, log.second)] == [3, 3]
    assert (log.second.n, log.second.lo) == (2, log.first.hi)


CHANGES = {
    "action": "action = 'y'",
    "object": "object = object || '!'",
    "object gone": "object = null",
    "at": "at = at + interval '1 microsecond'",
    "capacity": "capacity = 'duty'",
    "actor": "actor_id = gen_random_uuid()",
    "unit": "unit_id = gen_random_uuid()",
    "patient": "patient_id = gen_random_uuid()",
    "key": "key_id = key_id + 1",
    "mac": "mac = substring(sha512(mac), 1, 40)",
}


@pytest.mark.parametrize("field", CHANGES)
def test_a_row_altered_in_any_field_is_named(log: Log, field: str) -> None:
    log.do("alter table access_log drop constraint ck_access_log_actor")
    for block, row in ((1, ids(log.first)[1]), (3, log.waits)):
        with log.connection.begin_nested() as change:
            assert log.do(f"update access_log set {CHANGES[field]} where id = :id", id=row) == 1
            assert log.found == [Finding("altered", block, row)]
            change.rollback()


def test_a_removed_row_is_named(log: Log) -> None:
    row = ids(log.second)[0]
    log.do("delete from access_log where id = :id", id=row)
    assert log.found == [Finding("removed", 2, row)]


def test_every_row_removed_is_named(log: Log) -> None:
    log.do("delete from access_log")
    assert log.verify() == (
        0,
        [Finding("removed", block.n, row) for block in (log.first, log.second) for row in ids(block)],
    )


COPY = """insert into access_log (xid, at, capacity, action, object, key_id, mac)
select cast(:xid as text)::xid8, at, capacity, action, object, key_id, mac
from access_log order by id limit 1 returning id"""


def test_a_true_row_copied_into_a_sealed_block_is_named(log: Log) -> None:
    row = log.do(COPY, xid=str(log.second.lo))
    assert log.found == [Finding("added", 2, row), Finding("copied", 3, row)]


def test_a_row_with_words_of_its_own_is_named_before_it_is_sealed(log: Log) -> None:
    row = log.do(
        "insert into access_log (at, capacity, action, key_id, mac) "
        "values ('epoch', 'system', 'x', 1, substring(sha512('x'), 1, 40)) returning id"
    )
    assert log.found == [Finding("altered", 3, row)]


MOVE = "update access_log set xid = (select xid from access_log where id = :to) where id = :id"


def test_a_row_moved_within_its_block_is_named(log: Log) -> None:
    first, second, _ = ids(log.first)
    log.do(MOVE, id=first, to=second)
    assert log.found == [Finding("reordered", 1, first)]


def test_a_row_moved_to_another_block_is_named_in_both(log: Log) -> None:
    row = ids(log.first)[0]
    log.do(MOVE, id=row, to=ids(log.second)[1])
    assert set(log.found) == {Finding("removed", 1, row), Finding("added", 2, row)}


def test_two_rows_that_have_changed_places_are_named(log: Log) -> None:
    first, second, _ = ids(log.first)
    log.do("alter table access_log alter id drop identity")
    log.do(
        "update access_log set id = case id when :a then cast(:b as bigint) else :a end where id in (:a, :b)",
        a=first,
        b=second,
    )
    assert set(log.found) == {Finding("reordered", 1, first), Finding("reordered", 1, second)}


SEAL_CHANGES = {
    "lo": "lo = lo - 1",
    "hi": "hi = hi + 1",
    "at": "at = at + interval '1 second'",
    "epoch": "epoch = epoch + 1",
    "cluster": "cluster = cluster + 1",
    "floor": "floor = floor + 1",
    "key": "key_id = key_id + 1",
    "mac": "mac = substring(sha512(mac), 1, 40)",
    "leaves": "leaves = set_byte(leaves, 9, get_byte(leaves, 9) # 1)",
    "number": "n = n + 1",
}


@pytest.mark.parametrize("field", SEAL_CHANGES)
def test_a_seal_altered_in_any_field_is_named(log: Log, field: str) -> None:
    assert log.do(f"update log_seal set {SEAL_CHANGES[field]} where n = 2") == 1
    assert {finding for finding in log.found if finding.what == "block"} == {
        Finding("block", 3 if field == "number" else 2)
    }


def test_a_seal_removed_is_named_by_the_next(log: Log) -> None:
    log.do("delete from log_seal where n = 1")
    assert Finding("block", 2) in log.found


def test_the_end_cut_off_with_its_seal_is_shown_by_the_anchor(log: Log) -> None:
    log.do("delete from access_log where id = any(:ids)", ids=[*ids(log.second), log.waits])
    log.do("delete from log_seal where n = 2")
    assert log.verify() == (3, [])
    assert log.verify(anchor=(2, log.second.mac)) == (3, [Finding("end", 2)])
    assert log.verify(anchor=(1, log.first.mac)) == (3, [])


def test_an_anchor_that_is_not_of_this_log_is_named(log: Log) -> None:
    assert log.verify(anchor=(2, bytes(32)))[1] == [Finding("end", 2)]


def test_all_seals_taken_away_leave_rows_that_are_still_read(log: Log) -> None:
    row = ids(log.first)[0]
    log.do("delete from log_seal")
    log.do("update access_log set action = 'y' where id = :id", id=row)
    assert log.verify(anchor=(2, log.second.mac)) == (7, [Finding("end", 2), Finding("altered", 1, row)])


def test_a_block_sealed_again_with_a_key_of_the_thiefs_own_is_named(log: Log) -> None:
    log.do("delete from access_log where id = any(:ids)", ids=ids(log.second))
    mac = replace(log.second, leaves=b"").signed(b"thief" * 7, log.first.mac)
    log.do("update log_seal set leaves = '', mac = :mac where n = 2", mac=mac)
    assert log.found == [Finding("block", 2)]


def test_rows_and_seals_of_an_older_key_agree_while_it_is_held(log: Log) -> None:
    assert seal.verify(log.connection, Keyset({2: b"new" * 11, **log.keys.keys}, 2), now=clock.now()) == (7, [])
    lost = seal.verify(log.connection, Keyset({2: b"new" * 11}, 2), now=clock.now())[1]
    assert {finding.what for finding in lost} == {"block", "altered"}
