"""Sealed blocks over the access log, so that altering, removing, adding or moving a row is found.

A block holds every row whose transaction lies in [lo, hi): hi is the snapshot's xmin, below which no transaction
can still commit a row. It lists each row as 8 bytes id and 8 bytes digest, and its mac (HMAC-SHA-256) covers that
list and the mac of the block before. Nothing on the way of a page takes a lock.

Transaction ids belong to one cluster. A database restored into another one opens a new epoch (`new_epoch`) before
the app starts there; rows with an id up to the epoch's `floor` belong to the epochs before.
"""

import hashlib
import hmac
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.config import Keyset
from app.core import clock
from app.core.audit import NONCE, stamp
from app.core.db import Base

BATCH = 10_000
LOCK = 0x4E4C01
START, END = -(2**63), 2**63 - 1
LONG = timedelta(minutes=1)
LEAF = struct.Struct(">q8s")

seals = Table(
    "log_seal",
    Base.metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    Column("cluster", BigInteger, nullable=False),
    Column("floor", BigInteger, nullable=False),
    Column("lo", BigInteger, nullable=False),
    Column("hi", BigInteger, nullable=False),
    Column("leaves", LargeBinary, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("key_id", SmallInteger, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    CheckConstraint("lo <= hi and lo >= 0", name="span"),
    CheckConstraint("length(leaves) % 16 = 0", name="leaves"),
)

months = Table(
    "log_month",
    Base.metadata,
    Column("month", Date, primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("first_id", BigInteger, nullable=False),
    Column("last_id", BigInteger, nullable=False),
    Column("others", ARRAY(BigInteger), nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("key_id", SmallInteger, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    CheckConstraint("extract(day from month) = 1", name="month"),
    CheckConstraint("rows > 0 and last_id >= first_id", name="rows"),
    CheckConstraint("length(sha256) = 32 and length(mac) = 32", name="mac"),
)

WITHIN = "xid >= (cast(:lo as text))::xid8 and xid < (cast(:hi as text))::xid8 and id > :floor and id <= :ceiling"
WORDS = r"""concat_ws(E'\x1f', (extract(epoch from at) * 1000000)::bigint, coalesce(actor_id::text, E'\x1e'), capacity, action,
 coalesce(unit_id::text, E'\x1e'), coalesce(patient_id::text, E'\x1e'), coalesce(object, E'\x1e'))"""
FOUND = f"where {WITHIN} order by access_log.xid, id"
ROWS = text(" ".join(("select xid::text::bigint as xid, id, key_id, mac,", WORDS, "as words from access_log", FOUND)))
# To be sealed a row need not say its words again: its own digest is over them.
STAMPS = text(" ".join(("select xid::text::bigint as xid, id, mac from access_log", FOUND)))
PATIENTS = text(" ".join(("select distinct patient_id from access_log where", WITHIN, "and patient_id is not null")))
CUT = text(" ".join(("select xid::text::bigint from access_log", FOUND, "offset :batch limit 1")))
COPIES = text(
    "select unnest((array_agg(id order by access_log.xid, id))[2:]) from access_log group by mac having count(*) > 1"
)
CLUSTER = text("select system_identifier from pg_control_system()")
XMIN = text("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")


class OtherCluster(Exception):
    """The log was sealed in another cluster: run `flask --app app audit epoch` before the app starts here."""


@dataclass(frozen=True)
class Block:
    n: int
    epoch: int
    cluster: int
    floor: int
    lo: int
    hi: int
    leaves: bytes
    at: datetime
    key_id: int
    mac: bytes = b""

    def signed(self, secret: bytes, previous: bytes) -> bytes:
        at = clock.micros(self.at)
        head = f"{self.n}|{self.epoch}|{self.cluster}|{self.floor}|{self.lo}|{self.hi}|{at}|{self.key_id}|"
        return hmac.digest(secret, head.encode() + hashlib.sha256(self.leaves).digest() + previous, hashlib.sha256)


@dataclass(frozen=True)
class Month:
    """A month of the log that has been taken away: which rows it had, and the digest of the file they are kept in.

    They are all sealed rows from the first to the last, but for the `others`, which are of months beside it.
    """

    month: date
    rows: int
    first_id: int
    last_id: int
    others: tuple[int, ...]
    sha256: bytes
    at: datetime
    key_id: int
    mac: bytes = b""

    @cached_property
    def _others(self) -> frozenset[int]:
        return frozenset(self.others)

    def has(self, row: int) -> bool:
        return self.first_id <= row <= self.last_id and row not in self._others

    def signed(self, secret: bytes) -> bytes:
        said = (self.month, self.rows, self.first_id, self.last_id, sorted(self.others), self.sha256.hex())
        return hmac.digest(secret, "|".join(map(str, (*said, clock.micros(self.at), self.key_id))).encode(), "sha256")


def months_ended(connection: Connection) -> list[Month]:
    return [
        Month(**row._asdict() | {"others": tuple(row.others)})
        for row in connection.execute(select(months).order_by(months.c.month))
    ]


def seal(connection: Connection, keys: Keyset, *, now: datetime) -> Block | None:
    """Seal the next block of about 10,000 rows at most; None when another is sealing or nothing can be sealed yet."""
    if not connection.scalar(text("select pg_try_advisory_xact_lock(:key)"), {"key": LOCK}):
        return None
    last, cluster = last_block(connection), connection.scalar(CLUSTER)
    if last and last.cluster != cluster:
        raise OtherCluster(OtherCluster.__doc__)
    start = last or Block(0, 1, cluster, START, 0, 0, b"", now, keys.current)
    return _append(connection, keys, start, hi=connection.scalar(XMIN), now=now)


def patients(connection: Connection, block: Block) -> list[UUID]:
    """Whose log the rows of a block are part of."""
    within = {"lo": str(block.lo), "hi": str(block.hi), "floor": block.floor, "ceiling": END}
    return list(connection.scalars(PATIENTS, within))


def new_epoch(connection: Connection, keys: Keyset, *, now: datetime) -> Block:
    """Close the log of another cluster and go on in this one. Only while nothing else writes."""
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
    last, cluster = last_block(connection), connection.scalar(CLUSTER)
    if last is None or last.cluster == cluster:
        raise ValueError("the log was sealed in this cluster: no new epoch is needed")
    while block := _append(connection, keys, last, hi=END, now=now):
        last = block
    floor = connection.scalar(text("select coalesce(max(id), 0) from access_log"))
    first = Block(last.n + 1, last.epoch + 1, cluster, floor, 0, 0, b"", now.astimezone(UTC), keys.current)
    return _store(connection, keys, first, last.mac)


def _append(connection: Connection, keys: Keyset, last: Block, *, hi: int, now: datetime) -> Block | None:
    lo = last.hi
    within = {"lo": str(lo), "hi": str(hi), "floor": last.floor, "ceiling": END}
    cut = connection.scalar(CUT, within | {"batch": BATCH})
    if cut is not None:
        hi = cut
    rows = connection.execute(STAMPS, within | {"hi": str(hi)}).all()
    if not rows and cut is not None:  # the first transaction alone is larger than a block
        hi = cut + 1
        rows = connection.execute(STAMPS, within | {"hi": str(hi)}).all()
    if not rows:
        return None
    hi = min(hi, rows[-1].xid + 1) if hi == END else hi
    block = Block(
        last.n + 1,
        last.epoch,
        last.cluster,
        last.floor,
        lo,
        hi,
        b"".join(map(leaf, rows)),
        now.astimezone(UTC),
        keys.current,
    )
    return _store(connection, keys, block, last.mac)


def _store(connection: Connection, keys: Keyset, block: Block, previous: bytes) -> Block:
    block = replace(block, mac=block.signed(keys.secret, previous))
    connection.execute(seals.insert(), vars(block))
    return block


def leaf(row: Any) -> bytes:
    """One row's place in its block: its id, and a digest over its transaction, id and keyed digest."""
    return LEAF.pack(row.id, hashlib.sha256(b"%d|%d|" % (row.xid, row.id) + row.mac).digest()[:8])


def last_block(connection: Connection) -> Block | None:
    row = connection.execute(select(seals).order_by(seals.c.n.desc()).limit(1)).one_or_none()
    return None if row is None else Block(*row)


@dataclass(frozen=True)
class Finding:
    """What does not agree: `what` is altered, removed, added, reordered, copied, unsealed (rows), block or end (seals), or month."""

    what: str
    block: int
    row: int | None = None

    def __str__(self) -> str:
        return f"{self.what}: block {self.block}" + ("" if self.row is None else f", row {self.row}")


def verify(
    connection: Connection, keys: Keyset, *, now: datetime, anchor: tuple[int, bytes] | None = None
) -> tuple[int, list[Finding]]:
    """Read the whole log against its seals. Returns the number of rows read, and everything that does not agree.

    `anchor` is the newest block's number and mac as kept outside the database: it shows when the end was cut off.
    The connection reads one moment (REPEATABLE READ), so that rows written meanwhile are nobody's fault.
    """
    blocks = connection.execute(select(seals).order_by(seals.c.n)).all()
    floors = {row.epoch: row.floor for row in blocks}
    findings: list[Finding] = []
    ended = months_ended(connection)
    gone = dict.fromkeys(ended, 0)
    total, previous, n = 0, b"", 0
    for n, block in enumerate((Block(*row) for row in blocks), 1):
        secret = keys.keys.get(block.key_id, b"")
        if block.n != n or not hmac.compare_digest(block.signed(secret, previous), block.mac):
            findings.append(Finding("block", block.n))
        rows = _rows(connection, block, floors.get(block.epoch + 1, END))
        total += len(rows)
        left = _left(block, ended, gone)
        findings += _compare(replace(block, leaves=left), rows, keys)
        if anchor == (block.n, block.mac):
            anchor = None
        previous = block.mac
    if anchor:
        findings.append(Finding("end", anchor[0]))
    for month in ended:
        signed = month.signed(keys.keys.get(month.key_id, b""))
        if gone[month] != month.rows or not hmac.compare_digest(signed, month.mac):
            findings.append(Finding("month", 0, month.month.year * 100 + month.month.month))
    last = Block(*blocks[-1]) if blocks else Block(0, 1, 0, START, 0, 0, b"", clock.EPOCH, keys.current)
    rest = replace(last, n=n + 1, lo=last.hi, hi=END)
    waiting = _rows(connection, rest, END)
    total += len(waiting)
    findings += [Finding("altered", rest.n, row.id) for row in waiting if not authentic(row, keys)]
    if waiting and int(waiting[0].words.partition("\x1f")[0]) < clock.micros(now - LONG):
        findings.append(Finding("unsealed", rest.n, waiting[0].id))
    findings += [Finding("copied", rest.n, copy) for copy in connection.scalars(COPIES)]
    # A row that no block and no rest can hold, whatever was done to its id or its transaction.
    if connection.scalar(text("select count(*) from access_log")) != total:
        findings.append(Finding("added", rest.n))
    return total, findings


def _left(block: Block, ended: Sequence[Month], gone: dict[Month, int]) -> bytes:
    """What a block has sealed and no ended month has taken; counts what they have."""
    if not ended:
        return block.leaves
    left = []
    for part in _parts(block.leaves):
        row = LEAF.unpack(part)[0]
        month = next((it for it in ended if it.has(row)), None)
        if month is None:
            left.append(part)
        else:
            gone[month] += 1
    return b"".join(left)


def _rows(connection: Connection, block: Block, ceiling: int) -> Sequence[Any]:
    return connection.execute(
        ROWS, {"lo": str(block.lo), "hi": str(block.hi), "floor": block.floor, "ceiling": ceiling}
    ).all()


def _compare(block: Block, rows: Sequence[Any], keys: Keyset) -> Iterator[Finding]:
    stamps = [leaf(row) for row in rows]
    whole = b"".join(stamps) == block.leaves
    sealed = {} if whole else {LEAF.unpack(part)[0]: part for part in _parts(block.leaves)}
    for row, own in zip(rows, stamps, strict=True):
        if not authentic(row, keys):
            yield Finding("altered", block.n, row.id)
        elif not whole and row.id not in sealed:
            yield Finding("added", block.n, row.id)
        elif not whole and sealed[row.id] != own:
            yield Finding("reordered", block.n, row.id)
    for gone in sorted(sealed.keys() - {row.id for row in rows}):
        yield Finding("removed", block.n, gone)


def _parts(leaves: bytes) -> Iterator[bytes]:
    return (leaves[at : at + LEAF.size] for at in range(0, len(leaves), LEAF.size))


def authentic(row: Any, keys: Keyset) -> bool:
    """Whether a row still carries the words that it was written with."""
    secret = keys.keys.get(row.key_id)
    return secret is not None and hmac.compare_digest(stamp(secret, row.words.encode(), row.mac[:NONCE]), row.mac)
