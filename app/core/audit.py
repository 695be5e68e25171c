"""The access log: who was given what about which patient, kept so that nobody can change it unseen.

Rows are plain inserts, each with a keyed digest: in the transaction of the deed itself, and before the first byte of a
page that only read. The worker seals them every second in blocks (see seal.py). Patientdatalagen (2008:355) 4 kap. 3 §;
HSLF-FS 2016:40 4 kap. 9 §.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from flask import Flask, current_app, g
from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Date,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import UserDefinedType

from app.config import Keyset
from app.core import clock
from app.core.db import Base
from app.core.query import Statement

MONTHS_AHEAD = 3
NONCE = 8


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id, which no program may do arithmetic on."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        return "xid8"


log = Table(
    "access_log",
    Base.metadata,
    Column("xid", Xid8, primary_key=True, server_default=func.pg_current_xact_id()),
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("actor_id", Uuid),
    Column("capacity", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("unit_id", Uuid),
    Column("patient_id", Uuid),
    Column("object", Text),
    Column("key_id", SmallInteger, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    CheckConstraint("capacity in ('duty', 'private', 'system')", name="capacity"),
    CheckConstraint("(actor_id is null) = (capacity = 'system')", name="actor"),
    CheckConstraint("length(mac) = 40", name="mac"),
    CheckConstraint("object <> ''", name="object"),
    Index("ix_access_log_patient_id_at", "patient_id", "at", postgresql_where="patient_id is not null"),
    postgresql_partition_by="RANGE (at)",
)


class Actor(Protocol):
    """Whoever does something: a signed-in person in one capacity, or the system itself.

    One who also has a `unit_id` works there now: what belongs to no unit of its own is written as done there.
    """

    @property
    def person_id(self) -> UUID | None: ...
    @property
    def capacity(self) -> str: ...


@dataclass(frozen=True)
class System:
    person_id: None = None
    capacity: str = "system"


SYSTEM = System()


class Entry(NamedTuple):
    """What happened to what, at which unit, concerning which patient."""

    action: str
    patient_id: UUID | None = None
    unit_id: UUID | None = None
    object: str | None = None


_SHARED = ("at", "actor_id", "capacity", "key_id")
_OWN = (*Entry._fields, "mac")
_INSERT_ONE = Statement(insert(log).values({name: bindparam(name) for name in (*_SHARED, *_OWN)}).inline())
# As JSON, since the driver makes arrays element by element, in three times the time.
_rows = (
    func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON))
    .table_valued(*(column(name, log.c[name].type) for name in _OWN))
    .render_derived(with_types=True)
)
_INSERT_MANY = Statement(
    insert(log).from_select(
        [*_SHARED, *_OWN], select(*(bindparam(name, type_=log.c[name].type) for name in _SHARED), *_rows.c)
    )
)


def words(at: datetime, by: Actor, entry: Entry) -> bytes:
    """What a row says, as its digest reads it."""
    return _joined(_who(at, by), entry.action, entry.unit_id, entry.patient_id, entry.object).encode()


def _text(key: UUID | None) -> str | None:
    return None if key is None else str(key)


def _who(at: datetime, by: Actor) -> str:
    return _joined(clock.micros(at), by.person_id, by.capacity)


def _joined(*parts: object) -> str:
    """Nothing stands as a sign of its own, so that it is not an empty text."""
    return "\x1f".join(["\x1e" if part is None else str(part) for part in parts])


def stamp(secret: bytes, said: bytes, nonce: bytes) -> bytes:
    """A row's keyed digest: 8 bytes of chance, so that no two rows share one, then HMAC-SHA-256."""
    return nonce + hmac.digest(secret, nonce + said, hashlib.sha256)


def record(session: Session, entries: Sequence[Entry] | Entry, *, by: Actor, now: datetime) -> None:
    """Write what was done or shown, in the transaction of the deed itself. One statement, however many rows."""
    rows = [entries] if isinstance(entries, Entry) else list(entries)
    if not rows:
        return
    if here := getattr(by, "unit_id", None):
        rows = [entry if entry.unit_id else entry._replace(unit_id=here) for entry in rows]
    keys = keyset()
    shared = {"at": now, "actor_id": by.person_id, "capacity": by.capacity, "key_id": keys.current}
    if len(rows) == 1:
        mac = stamp(keys.secret, words(now, by, rows[0]), os.urandom(NONCE))
        _INSERT_ONE.run(session, {**shared, **rows[0]._asdict(), "mac": mac})
        return
    who, secret, own = _who(now, by), keys.secret, []
    for action, patient_id, unit_id, about in rows:
        # As texts at once, since both the digest and the JSON are made of them.
        patient, unit = _text(patient_id), _text(unit_id)
        digits = stamp(secret, _joined(who, action, unit, patient, about).encode(), os.urandom(NONCE)).hex()
        own.append({"action": action, "patient_id": patient, "unit_id": unit, "object": about, "mac": f"\\x{digits}"})
    _INSERT_MANY.run(session, {**shared, "rows": json.dumps(own)})


def make_months(connection: Connection, today: date) -> None:
    """The log's partitions, ahead of time; what has none falls into the rest, never on the floor."""
    connection.execute(text("set local lock_timeout = '500ms'"))  # pages wait behind a lock that waits
    month = today.replace(day=1)
    for _ in range(MONTHS_AHEAD + 1):
        connection.execute(select(func.access_log_month(bindparam("month", month, type_=Date))))
        month = (month + timedelta(days=32)).replace(day=1)


def read(*entries: Entry) -> None:
    """Note what this page is about to show of somebody; `page()` stores it before the first byte leaves."""
    g.setdefault("audit_reads", []).extend(entries)


def take_reads() -> list[Entry]:
    return g.pop("audit_reads", [])


def init_app(app: Flask, keys: Keyset) -> None:
    app.extensions["audit_keys"] = keys


def keyset() -> Keyset:
    return current_app.extensions["audit_keys"]
