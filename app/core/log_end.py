"""The documented end of a month of the access log: into a file of its own, and out of the database.

Only the owner may. The whole log is read against its seals first; what was taken is signed (`log_month`), so that the
log that is left still agrees with its seals, and the file can be shown to be what was taken. HSLF-FS 2016:40 4 kap.
9 §.
"""

import hashlib
import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import IO, Any

from sqlalchemy import Connection, text

from app.config import Keyset
from app.core import seal
from app.core.seal import LEAF, Month

FORMAT = "narlinjen-log-1"
ROWS = text(
    f"""select xid::text::bigint as xid, id, key_id, mac, {seal.WORDS} as words from access_log
    where at >= :starts and at < :ends order by access_log.xid, id"""  # nosec B608  # our own words alone
).execution_options(yield_per=5000)
FIELDS = ("at", "actor_id", "capacity", "action", "unit_id", "patient_id", "object")


class CannotEnd(Exception):
    """Why a month stays, as one sentence."""


def span(month: date) -> tuple[datetime, datetime]:
    """The month as its partition has it."""
    starts = datetime(month.year, month.month, 1, tzinfo=UTC)
    return starts, (starts + timedelta(days=32)).replace(day=1)


def ends_from(month: date, years: int) -> datetime:
    """From when a month may be ended: its last row has then been kept for so many years."""
    _starts, ends = span(month)
    return ends.replace(year=ends.year + years)


def end_month(connection: Connection, keys: Keyset, month: date, file: IO[bytes], *, now: datetime) -> Month:
    """Write a month's rows to a file and take them out of the log, in the caller's transaction. Raises CannotEnd."""
    connection.execute(text("set local lock_timeout = '5s'"))
    # Nothing is sealed meanwhile, so that what is read here is all that there is.
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": seal.LOCK})
    name = f"{month:%Y-%m}"
    if any(it.month == month for it in seal.months_ended(connection)):
        raise CannotEnd(f"{name} has ended already.")
    _total, findings = seal.verify(connection, keys, now=now)
    if wrong := [it for it in findings if it.what != "unsealed"]:
        raise CannotEnd(f"The log does not agree with its seals ({wrong[0]} and {len(wrong) - 1} more): find out why.")
    sealed = _sealed(connection)
    starts, ends = span(month)
    taken: set[int] = set()
    digest = hashlib.sha256()
    head = {"format": FORMAT, "month": name, "taken_at": now.isoformat()}
    for line in (head, *_lines(connection, sealed, taken, {"starts": starts, "ends": ends})):
        said = (json.dumps(line, ensure_ascii=False) + "\n").encode()
        digest.update(said)
        file.write(said)
    if not taken:
        raise CannotEnd(f"The log has no rows of {name}.")
    first, last = min(taken), max(taken)
    others = tuple(sorted(row for row in sealed if first <= row <= last and row not in taken))
    ended = Month(month, len(taken), first, last, others, digest.digest(), now.astimezone(UTC), keys.current)
    ended = replace(ended, mac=ended.signed(keys.secret))
    connection.execute(seal.months.insert(), {**_columns(ended), "others": list(others)})
    _drop(connection, month, starts, ends)
    return ended


def _sealed(connection: Connection) -> dict[int, bytes]:
    """Every row that a block has sealed, with its leaf."""
    found: dict[int, bytes] = {}
    for leaves in connection.scalars(text("select leaves from log_seal order by n").execution_options(yield_per=10)):
        found.update((LEAF.unpack(part)[0], part) for part in seal._parts(leaves))
    return found


def _lines(connection: Connection, sealed: dict[int, bytes], taken: set[int], within: dict[str, Any]) -> Any:
    """Each row of the month as it was written, with what its seal is made of."""
    with closing(connection.execute(ROWS, within)) as rows:
        for row in rows:
            if sealed.get(row.id) != seal.leaf(row):
                raise CannotEnd("Some rows of that month are not sealed yet: let the worker run, and try again.")
            taken.add(row.id)
            words = (None if word == "\x1e" else word for word in row.words.split("\x1f"))
            proof = {"xid": row.xid, "id": row.id, "key_id": row.key_id, "mac": row.mac.hex()}
            yield dict(zip(FIELDS, words, strict=True)) | proof


def _drop(connection: Connection, month: date, starts: datetime, ends: datetime) -> None:
    """The month's partition goes, and what had fallen beside it."""
    connection.execute(
        text("delete from access_log_rest where at >= :starts and at < :ends"), {"starts": starts, "ends": ends}
    )
    name = f"access_log_{month:%Y_%m}"
    if connection.scalar(text("select to_regclass(:name)"), {"name": name}) is not None:
        connection.exec_driver_sql(f"alter table access_log detach partition {name}")
        connection.exec_driver_sql(f"drop table {name}")


def _columns(month: Month) -> dict[str, Any]:
    return {column.name: getattr(month, column.name) for column in seal.months.columns}
