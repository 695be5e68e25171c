"""The log is sealed behind its writers: no row is lost, none is accused, and nobody waits."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Queue

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from structlog.testing import capture_logs

from app import worker
from app.core import audit, db, seal
from app.core.audit import SYSTEM, Entry
from app.core.seal import Block, Finding
from tests.core.sealing import AT, ids, seal_one, verify, write


def test_an_empty_log_agrees(own_app: Flask) -> None:
    assert seal_one() is None and verify() == (0, [])


@contextmanager
def another(app: Flask, run: Callable[[], None]) -> Iterator[threading.Thread]:
    def begin() -> None:
        with app.app_context():
            run()

    thread = threading.Thread(target=begin)
    thread.start()
    yield thread
    thread.join(20)
    assert not thread.is_alive()


def test_a_row_of_a_slow_transaction_is_sealed_when_it_has_become_true(own_app: Flask) -> None:
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with db.transaction() as session:
            audit.record(session, Entry("slow"), by=SYSTEM, now=AT)
            written.set()
            assert go_on.wait(20)

    write(action="before")
    with another(own_app, slow) as thread:
        assert written.wait(20)
        for _ in range(3):
            write(action="after")
        first = seal_one()
        assert first and len(ids(first)) == 1
        assert seal_one() is None
        go_on.set()
        thread.join(20)
        second = seal_one()
    assert second and len(ids(second)) == 4
    assert verify() == (5, [])


def test_many_writers_fast_slow_and_undone_lose_no_row_and_leave_none_unsealed(own_app: Flask) -> None:
    start, ended = threading.Barrier(6), Queue[int]()

    def writer(seed: int) -> None:
        kept = 0
        start.wait(20)
        for turn in range(15):
            try:
                with db.transaction() as session:
                    audit.record(session, [Entry("w", object=f"{seed}.{turn}")] * (1 + turn % 3), by=SYSTEM, now=AT)
                    if turn % 5 == seed % 5:
                        raise InterruptedError
                kept += 1 + turn % 3
            except InterruptedError:
                pass
        ended.put(kept)

    def run(app: Flask, seed: int) -> None:
        with app.app_context():
            writer(seed)

    threads = [threading.Thread(target=run, args=(own_app, seed)) for seed in range(5)]
    for thread in threads:
        thread.start()
    start.wait(20)
    sealed_rows = 0
    while any(thread.is_alive() for thread in threads):
        block = seal_one()
        sealed_rows += len(ids(block)) if block else 0
    for thread in threads:
        thread.join(20)
    while block := seal_one():
        sealed_rows += len(ids(block))
    written = sum(ended.get_nowait() for _ in threads)
    assert sealed_rows == written
    assert verify() == (written, [])


def test_of_two_sealers_at_once_one_does_the_work(own_app: Flask) -> None:
    write(3)
    with db.engine().begin() as first, db.engine().begin() as second:
        block = seal.seal(first, audit.keyset(), now=AT)
        assert block and len(ids(block)) == 3
        assert seal.seal(second, audit.keyset(), now=AT) is None
    write()
    again = seal_one()
    assert again and again.n == 2 and verify() == (4, [])


def numbers(blocks: Sequence[Block | None]) -> list[int]:
    return [len(ids(block)) for block in blocks if block]


def test_a_block_holds_about_as_many_rows_as_it_may_and_never_half_a_transaction(
    own_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal, "BATCH", 10)
    for _ in range(7):
        write(4)
    assert numbers([seal_one() for _ in range(6)]) == [8, 8, 8, 4]
    assert verify() == (28, [])


def test_a_transaction_larger_than_a_block_is_sealed_whole(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "BATCH", 10)
    write(25)
    write(3)
    write(30)
    write(2)
    assert numbers([seal_one() for _ in range(6)]) == [25, 3, 30, 2]
    assert verify() == (60, [])


def test_the_worker_seals_until_nothing_is_left_and_says_each_mac(
    own_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal, "BATCH", 10)
    for _ in range(5):
        write(6)
    with capture_logs() as said:
        worker.seal_all()
    with db.engine().connect() as connection:
        last = seal.last_block(connection)
    assert last and last.n == 5 and seal_one() is None
    assert [line["block"] for line in said] == [1, 2, 3, 4, 5] and said[-1]["mac"] == last.mac.hex()


def test_a_log_restored_into_another_cluster_goes_on_in_a_new_epoch(own_app: Flask, owner: Engine) -> None:
    write(3)
    with owner.begin() as connection:
        there = connection.scalar(seal.CLUSTER) + 1
        start = Block(0, 1, there, 0, 0, 0, b"", AT, audit.keyset().current)
        old = seal._append(connection, audit.keyset(), start, hi=connection.scalar(seal.XMIN), now=AT)
        assert old
    write(2)
    with pytest.raises(seal.OtherCluster):
        seal_one()
    with db.engine().begin() as connection:
        first = seal.new_epoch(connection, audit.keyset(), now=AT)
    assert (first.epoch, first.n) == (2, 3)
    write(4)
    assert numbers([seal_one(), seal_one()]) == [4]
    assert verify(anchor=(first.n, first.mac)) == (9, [])
    with db.engine().begin() as connection, pytest.raises(ValueError, match="no new epoch is needed"):
        seal.new_epoch(connection, audit.keyset(), now=AT)
    with owner.begin() as connection:
        connection.execute(text("delete from access_log where id = :id"), {"id": ids(old)[0]})
    assert verify()[1] == [Finding("removed", 1, ids(old)[0])]
