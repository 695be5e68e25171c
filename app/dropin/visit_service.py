"""Whoever comes is ticked off: came, met somebody, and what it led to. No row knows a person who came."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.errors import NotFound
from app.core.locale import local
from app.dropin import visit_rules as rules
from app.dropin.models import DropIn, DropInVisit
from app.dropin.rules import LEFT


class Changed(Exception):
    """Somebody else has noted something of this visit since the page was drawn; nothing was stored."""


def arrive(drop_in: UUID, key: UUID, *, by: Actor, now: datetime) -> bool:
    """Somebody has come. The page made the key, so that a press that is sent twice is one; whether it was the first."""
    stored = insert(DropInVisit).values(
        id=key, drop_in_id=drop_in, on_date=local(now).date(), came_at=now, led_to=[], noted_by=by.person_id
    )
    if not db.run(stored.on_conflict_do_nothing().returning(DropInVisit.id)).first():
        return False
    _record("drop_in.came", drop_in, key, by=by, now=now)
    return True


def meet(drop_in: UUID, key: UUID, *, by: Actor, now: datetime) -> None:
    """They are with somebody now. Two who say so at once say the same."""
    it = _held(drop_in, key)
    if it.seen_at is None and it.taken_back_at is None:
        it.seen_at = max(now, it.came_at)
        _store("drop_in.met", it, by=by, now=now)


def leave(drop_in: UUID, key: UUID, *, by: Actor, now: datetime) -> None:
    """They went without having met anybody."""
    it = _held(drop_in, key)
    if it.seen_at is None and it.taken_back_at is None:
        it.seen_at, it.led_to = max(now, it.came_at), [LEFT]
        _store("drop_in.left", it, by=by, now=now)


def wait_again(drop_in: UUID, key: UUID, *, by: Actor, now: datetime) -> None:
    """It was a slip: they have not met anybody yet, and nobody has noted what it led to. What is noted stands."""
    it = _held(drop_in, key)
    if it.seen_at is not None and set(it.led_to) <= {LEFT}:
        it.seen_at, it.led_to = None, []
        _store("drop_in.waits_again", it, by=by, now=now)


def note(
    drop_in: UUID,
    key: UUID,
    *,
    new_here: bool | None,
    led_to: Collection[str],
    shown: str,
    by: Actor,
    now: datetime,
) -> None:
    """What it led to, and whether they are new to psychiatry. `shown` is what the page showed: raises Changed when it
    is another, unless it is the same again."""
    it = _held(drop_in, key)
    wanted = sorted(set(led_to))
    if it.taken_back_at is None and (it.new_here, sorted(it.led_to)) == (new_here, wanted):
        return
    if it.taken_back_at is not None or shown != rules.mark(it.seen_at, it.new_here, it.led_to, False):
        raise Changed
    it.seen_at = it.seen_at or max(now, it.came_at)
    it.new_here, it.led_to = new_here, wanted
    _store("drop_in.noted", it, by=by, now=now)


def take_back(drop_in: UUID, key: UUID, *, by: Actor, now: datetime) -> None:
    """Nobody came after all: it was a slip."""
    it = _held(drop_in, key)
    if it.taken_back_at is None:
        it.taken_back_at = now
        _store("drop_in.taken_back", it, by=by, now=now)


def put_back(drop_in: UUID, key: UUID, *, by: Actor, now: datetime) -> None:
    """Somebody did come: that it was taken back was the slip."""
    it = _held(drop_in, key)
    if it.taken_back_at is not None:
        it.taken_back_at = None
        _store("drop_in.put_back", it, by=by, now=now)


def _held(drop_in: UUID, key: UUID) -> DropInVisit:
    """The row, which nobody else changes until this transaction ends; raises NotFound."""
    asked = select(DropInVisit).where(DropInVisit.id == key, DropInVisit.drop_in_id == drop_in)
    locked = asked.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = db.session().scalars(locked).one_or_none()
    if found is None:
        raise NotFound
    return found


def _store(action: str, it: DropInVisit, *, by: Actor, now: datetime) -> None:
    db.session().flush()
    _record(action, it.drop_in_id, it.id, by=by, now=now)


def _record(action: str, drop_in: UUID, key: UUID, *, by: Actor, now: datetime) -> None:
    unit = db.session().scalar(select(DropIn.unit_id).where(DropIn.id == drop_in))
    audit.record(db.session(), Entry(action, unit_id=unit, object=f"visit:{db.short(key)}"), by=by, now=now)
