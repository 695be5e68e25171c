"""The systems that times are read from: added, changed, ended, and read or looked at again at once."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update

from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.db import run
from app.core.errors import NotFound
from app.exchange.models import Quarantined, Source


class NameTaken(ValueError):
    """Another source has that name; nothing was stored."""


class AddressTaken(ValueError):
    """That address is read already; nothing was stored."""


@dataclass(frozen=True)
class Wanted:
    """A source as an administrator fills it in. Without a secret the one that is kept stands."""

    name: str
    base_url: str
    way_in: str = "open"
    token_url: str | None = None
    client_id: str | None = None
    secret: str | None = field(default=None, repr=False)
    every_minutes: int = 15


def add(region_id: UUID, wanted: Wanted, *, by: Actor, now: datetime) -> UUID:
    """Read from another system from now on. Raises NameTaken and AddressTaken."""
    _ensure_free(wanted)
    source = Source(id=db.new_key(), region_id=region_id, next_at=now, made_at=now)
    _put(source, wanted)
    db.session().add(source)
    db.session().flush()
    audit.record(db.session(), _entry("source.added", source.id), by=by, now=now)
    return source.id


def change(source_id: UUID, wanted: Wanted, *, by: Actor, now: datetime) -> None:
    """Reach it in another way, or read it more or less often. The times that it keeps keep the name that they have.

    Another address is read from the beginning. Raises NameTaken and AddressTaken.
    """
    source = _held(source_id)
    _ensure_free(wanted, but=source_id)
    if source.base_url != wanted.base_url:
        source.read_to = None
    _put(source, wanted)
    source.next_at = now
    db.session().flush()
    audit.record(db.session(), _entry("source.changed", source_id), by=by, now=now)


def end(source_id: UUID, *, by: Actor, now: datetime) -> None:
    """Read from it no longer. The times that it keeps stand as they are."""
    source = _held(source_id)
    if source.ended_at is None:
        source.ended_at, source.failing_since = now, None
        db.session().flush()
        audit.record(db.session(), _entry("source.ended", source_id), by=by, now=now)


def read_now(source_id: UUID, *, by: Actor, now: datetime) -> None:
    """Let the worker read it at once."""
    run(update(Source).where(Source.id == source_id, Source.ended_at.is_(None)).values(next_at=now))


def look_again(source_id: UUID, quarantined_id: UUID | None = None, *, by: Actor, now: datetime) -> None:
    """Let the worker try again what could not be used: one thing, or all that this source gave."""
    some = (Quarantined.id == quarantined_id,) if quarantined_id else ()
    mine = (Quarantined.source_id == source_id, Quarantined.solved_at.is_(None), *some)
    run(update(Quarantined).where(*mine).values(again_at=now))
    read_now(source_id, by=by, now=now)


def _put(source: Source, wanted: Wanted) -> None:
    source.name, source.base_url, source.way_in = wanted.name, wanted.base_url.rstrip("/"), wanted.way_in
    source.every_minutes = wanted.every_minutes
    client = wanted.way_in == "client"
    source.token_url, source.client_id = (wanted.token_url, wanted.client_id) if client else (None, None)
    if wanted.secret and client:
        source.secret = wanted.secret
    elif not client:
        source.secret_sealed = None


def _ensure_free(wanted: Wanted, *, but: UUID | None = None) -> None:
    address = wanted.base_url.rstrip("/")
    alike = select(Source.name, Source.base_url).where(
        Source.ended_at.is_(None), or_(Source.name == wanted.name, Source.base_url == address)
    )
    for row in run(alike if but is None else alike.where(Source.id != but)):
        raise AddressTaken if row.base_url == address else NameTaken


def _held(source_id: UUID) -> Source:
    asked = select(Source).where(Source.id == source_id).with_for_update(key_share=True)
    found = db.session().scalars(asked.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def _entry(action: str, source_id: UUID) -> Entry:
    return Entry(action, None, None, f"source:{db.short(source_id)}")
