"""What the tests of the log's seals share."""

from datetime import UTC, datetime

from app.core import audit, clock, db, seal
from app.core.audit import SYSTEM, Entry
from app.core.seal import Block, Finding

AT = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)


def write(count: int = 1, action: str = "x") -> None:
    """One transaction that leaves some rows in the log."""
    with db.transaction() as session:
        audit.record(session, [Entry(action, object=str(n)) for n in range(count)], by=SYSTEM, now=AT)


def seal_one() -> Block | None:
    with db.engine().begin() as connection:
        return seal.seal(connection, audit.keyset(), now=AT)


def verify(anchor: tuple[int, bytes] | None = None) -> tuple[int, list[Finding]]:
    with db.engine().connect() as connection:
        return seal.verify(connection, audit.keyset(), anchor=anchor, now=clock.now())


def ids(block: Block) -> list[int]:
    """The rows that a block has sealed."""
    return [seal.LEAF.unpack(part)[0] for part in seal._parts(block.leaves)]
