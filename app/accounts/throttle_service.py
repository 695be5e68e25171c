"""Count tries in the database, so that they count on every machine. Never by person: nobody can shut another out."""

from datetime import datetime, timedelta

from sqlalchemy import delete, extract, func, select
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import Throttle, UsedChallenge
from app.accounts.throttle_rules import KEPT, REFILL, ROOM
from app.core import crypto, db
from app.core.audit import Actor

BATCH = 200


class TooMany(Exception):
    """Too many tries from one place; there is room for another within seconds."""


def count(kind: str, sender: str, *, room: int = ROOM, refill: timedelta = REFILL, by: Actor, now: datetime) -> None:
    """Count one try of a kind, of which `room` fit in a row; raises TooMany, which counts nothing, so that trying
    on does not make it longer."""
    key = crypto.keyring().digest("throttle", kind, sender)
    left = func.greatest(0, Throttle.level - extract("epoch", now - Throttle.at) / refill.total_seconds())
    tried = insert(Throttle).values(key=key, level=1, at=now)
    tried = tried.on_conflict_do_update(
        index_elements=["key"], set_={"level": left + 1, "at": now}, where=left + 1 <= room
    )
    if db.run(tried.returning(Throttle.level)).one_or_none() is None:
        raise TooMany


def forget_old_tries(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Take away what no longer counts: old tries, and challenges that have run out by themselves; returns how many."""
    gone = 0
    for model, key, at in (
        (Throttle, Throttle.key, Throttle.at),
        (UsedChallenge, UsedChallenge.digest, UsedChallenge.at),
    ):
        old = select(key).where(at < now - KEPT).order_by(at).limit(batch)
        gone += len(db.run(delete(model).where(key.in_(old)).returning(key)).all())
    return gone
