"""Two hundred random changes to the access log and its seals, as the role that owns the tables: each must be found."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import Connection, create_engine, text

from app.core import audit, clock, db, seal
from app.core.audit import SYSTEM, Entry, System
from tests.bench.figures import Broken, Figure, must, say, scaled
from tests.bench.house import House

CHANGES = 200
ROWS = 600
BLOCKS = 8
WHERE = "where xid = cast(:xid as text)::xid8 and id = :id"
ROW_COLUMNS = "xid, id, at, actor_id, capacity, action, unit_id, patient_id, object, key_id, mac"
CHECKS = """
select conrelid::regclass, conname from pg_constraint
where conrelid in ('access_log'::regclass, 'log_seal'::regclass) and contype = 'c'
"""


def run() -> list[Figure]:
    with House(durable=False) as house:
        database = house.database("tamper")
        app = house.app(database)
        engine = create_engine(house.server.url(database, "owner"))
        try:
            with app.app_context():
                write_log(app)
                found, tried = tamper(engine, scaled(CHANGES, least=10))
        finally:
            engine.dispose()
        return [Figure("tamper", "found", found, "changes", tried, least=True)]


def write_log(app: Flask) -> None:
    """A small log of several blocks, with a few rows that are not sealed yet."""
    chance = random.Random(20261121)
    nurse = System(uuid.uuid4(), "duty")  # type: ignore[arg-type]
    for block in range(BLOCKS + 1):
        for _ in range(ROWS // BLOCKS // 3 if block < BLOCKS else 3):
            entries = [
                Entry(
                    chance.choice(("thread.read", "thread.glimpsed", "message.written")),
                    uuid.UUID(int=chance.getrandbits(128)),
                    uuid.UUID(int=chance.getrandbits(128)),
                    chance.choice((None, f"thread:{chance.getrandbits(60)}")),
                )
                for _ in range(chance.randint(1, 5))
            ]
            with db.transaction() as session:
                audit.record(session, entries, by=chance.choice((nurse, SYSTEM)), now=clock.now())
        if block < BLOCKS:
            with db.engine().begin() as connection:
                made = seal.seal(connection, audit.keyset(), now=clock.now())
            must(made is not None, "a block of the log could not be sealed")


def tamper(engine: Any, changes: int) -> tuple[int, int]:
    """How many of the changes were found. Each is undone before the next."""
    chance, found = random.Random(4711), 0
    with engine.connect() as connection:
        last = seal.last_block(connection)
        if last is None:
            raise Broken("nothing was sealed")
        anchor = last.n, last.mac
        total, findings = seal.verify(connection, audit.keyset(), anchor=anchor, now=clock.now())
        must(not findings and total > 0, f"a log that nobody touched does not agree: {findings}")
        connection.rollback()
        for i in range(changes):
            change = chance.choice(CHANGES_OF_ROWS if i % 4 else CHANGES_OF_SEALS)
            with connection.begin():
                put_down_constraints(connection)
                said = change(connection, chance)
                _total, findings = seal.verify(connection, audit.keyset(), anchor=anchor, now=clock.now())
                if findings:
                    found += 1
                else:
                    say(f"    not found: {change.__name__} ({said})")
                connection.rollback()
        again = seal.verify(connection, audit.keyset(), anchor=anchor, now=clock.now())
        must(again == (total, []), "the changes were not undone")
    return found, changes


def put_down_constraints(connection: Connection) -> None:
    """Whoever owns a table can take its checks away first."""
    for table, name in connection.execute(text(CHECKS)).all():
        connection.execute(text(f"alter table {table} drop constraint {name}"))


def some_row(connection: Connection, chance: random.Random) -> Any:
    """Any row, sealed or not yet."""
    rows = connection.execute(text(f"select {ROW_COLUMNS} from access_log order by access_log.xid, id")).all()
    return chance.choice(rows)


def sealed_row(connection: Connection, chance: random.Random) -> Any:
    """Any row that stands in a block: one that is not sealed yet can be taken away, which docs/security.md says."""
    hi = connection.scalar(text("select max(hi) from log_seal"))
    while int((row := some_row(connection, chance)).xid) >= hi:
        pass
    return row


def alter(connection: Connection, chance: random.Random) -> str:
    row = some_row(connection, chance)
    other: dict[str, Callable[[], Any]] = {
        "at": lambda: row.at + timedelta(microseconds=chance.choice((-1, 1, 10**6, 86400 * 10**6 * 40))),
        "actor_id": lambda: chance.choice((None, uuid.uuid4())) if row.actor_id else uuid.uuid4(),
        "capacity": lambda: chance.choice([it for it in ("duty", "private", "system", "") if it != row.capacity]),
        "action": lambda: chance.choice(("session.ended", row.action + "\x1f", row.action.upper(), "")),
        "unit_id": lambda: chance.choice((None, uuid.uuid4(), row.patient_id)),
        "patient_id": lambda: chance.choice((None, uuid.uuid4(), row.unit_id)),
        "object": lambda: chance.choice(("thread:other", "")) if row.object is None else chance.choice((None, "", "x")),
        "key_id": lambda: row.key_id + chance.choice((1, 7)),
        "mac": lambda: flipped(row.mac, chance),
        "id": lambda: row.id + chance.choice((-100_000, 100_000)),
        "xid": lambda: str(int(row.xid) + chance.choice((-1, 1))),
    }
    column = chance.choice(list(other))
    values = {"xid": str(row.xid), "id": row.id, "value": other[column]()}
    if column == "id":
        return move_to(connection, row, row.xid, values["value"])
    cast = "cast(:value as text)::xid8" if column == "xid" else ":value"
    connection.execute(text(f"update access_log set {column} = {cast} {WHERE}"), values)
    return f"{column} of {row.action}, {getattr(row, column)!r} -> {values['value']!r}"


def some_place(connection: Connection, chance: random.Random) -> tuple[Any, int]:
    """Somewhere to put a row: among sealed ones, at the end as any new row, or where no row of ours would stand."""
    among = some_row(connection, chance)
    now = connection.scalar(text("select pg_current_xact_id()::text"))
    return chance.choice(((among.xid, among.id + 500_000), (now, 900_000), (among.xid, -chance.randint(0, 10**6))))


def remove(connection: Connection, chance: random.Random) -> str:
    row = sealed_row(connection, chance)
    connection.execute(text(f"delete from access_log {WHERE}"), {"xid": str(row.xid), "id": row.id})
    return "one row"


def remove_block(connection: Connection, chance: random.Random) -> str:
    """A block with all of its rows, as if that time had never been."""
    n = chance.randint(1, BLOCKS)
    connection.execute(
        text(
            "delete from access_log l using log_seal s "
            "where s.n = :n and l.xid >= s.lo::text::xid8 and l.xid < s.hi::text::xid8"
        ),
        {"n": n},
    )
    connection.execute(text("delete from log_seal where n = :n"), {"n": n})
    return f"block {n}"


def insert(connection: Connection, row: Any, xid: Any, key: int, **other: Any) -> None:
    values = dict(row._mapping) | {"xid": str(xid), "id": key} | other
    marks = ", ".join("cast(:xid as text)::xid8" if name == "xid" else f":{name}" for name in values)
    connection.execute(text(f"insert into access_log ({ROW_COLUMNS}) overriding system value values ({marks})"), values)


def move_to(connection: Connection, row: Any, xid: Any, key: int) -> str:
    connection.execute(text(f"delete from access_log {WHERE}"), {"xid": str(row.xid), "id": row.id})
    insert(connection, row, xid, key)
    return f"moved from {row.xid}/{row.id} to {xid}/{key}"


def add(connection: Connection, chance: random.Random) -> str:
    """A row of somebody's own making: its words are not what its digest says."""
    like, (xid, key) = some_row(connection, chance), some_place(connection, chance)
    insert(connection, like, xid, key, patient_id=uuid.uuid4(), mac=chance.randbytes(len(like.mac)))
    return f"at {xid}/{key}"


def copy(connection: Connection, chance: random.Random) -> str:
    """A true row once more, at another place: an event that never was."""
    row, (xid, key) = some_row(connection, chance), some_place(connection, chance)
    insert(connection, row, xid, key)
    return f"{row.xid}/{row.id} to {xid}/{key}"


def reorder(connection: Connection, chance: random.Random) -> str:
    """Two rows change places."""
    first = sealed_row(connection, chance)
    while (other := sealed_row(connection, chance)).id == first.id:
        pass
    for row in (first, other):
        connection.execute(text(f"delete from access_log {WHERE}"), {"xid": str(row.xid), "id": row.id})
    insert(connection, first, other.xid, other.id)
    insert(connection, other, first.xid, first.id)
    return f"{first.xid}/{first.id} and {other.xid}/{other.id}"


def flipped(value: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(value))
    return value[:at] + bytes([value[at] ^ (1 << chance.randrange(8))]) + value[at + 1 :]


def alter_seal(connection: Connection, chance: random.Random) -> str:
    block = chance.choice(connection.execute(seal.seals.select()).all())
    other: dict[str, Callable[[], Any]] = {
        "n": lambda: block.n + BLOCKS,
        "epoch": lambda: block.epoch + 1,
        "cluster": lambda: block.cluster + 1,
        "floor": lambda: block.floor + 1,
        "lo": lambda: max(0, block.lo - 1) if block.lo else 1,
        "hi": lambda: block.hi + 1,
        "leaves": lambda: chance.choice((flipped(block.leaves, chance), block.leaves[16:], block.leaves * 2)),
        "at": lambda: block.at + timedelta(seconds=1),
        "key_id": lambda: block.key_id + 1,
        "mac": lambda: flipped(block.mac, chance),
    }
    column = chance.choice(list(other))
    connection.execute(seal.seals.update().where(seal.seals.c.n == block.n).values({column: other[column]()}))
    return f"{column} of block {block.n}"


def remove_seals(connection: Connection, chance: random.Random) -> str:
    """One seal, or all from one on: the rows stay and look as if they had not been sealed yet."""
    n, which = chance.randint(1, BLOCKS), chance.choice(("=", ">="))
    connection.execute(text(f"delete from log_seal where n {which} :n"), {"n": n})
    return f"n {which} {n}"


def add_seal(connection: Connection, chance: random.Random) -> str:
    last = connection.execute(seal.seals.select().order_by(seal.seals.c.n.desc()).limit(1)).one()
    made = last._asdict() | {"n": last.n + 1, "lo": last.hi, "hi": last.hi + 1, "mac": chance.randbytes(32)}
    connection.execute(seal.seals.insert(), made)
    return f"block {made['n']}"


CHANGES_OF_ROWS = (alter, alter, alter, remove, remove_block, add, copy, reorder)
CHANGES_OF_SEALS = (alter_seal, alter_seal, alter_seal, remove_seals, add_seal)
