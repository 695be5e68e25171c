"""Devices that may be pushed to: turned on, found again at each start, and ended."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import Person, SignIn
from app.core import audit, crypto, db
from app.core.audit import Actor, Entry
from app.core.errors import NotFound
from app.notices.models import Delivery, NoticeChoice, Subscription
from app.notices.rules import KEPT
from app.notices.subscription_rules import KEEP, MOST, Known, renewal

BATCH = 200
LATELY = timedelta(hours=1)
OPEN = Subscription.ended_at.is_(None)


@dataclass(frozen=True)
class Address:
    """What a browser gave us to push to: an address at its push service, and two keys to encrypt for it with."""

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)
    host: str
    language: str
    device: str


def turn_on(
    found: Address, vapid: int, session_id: bytes, *, before: str | None = None, by: Actor, now: datetime
) -> UUID:
    """Let a browser be pushed to, on its person's wish; gives back its key. To say it twice is to say it once.

    Whoever else it was open for loses it: the same browser is theirs no longer. `before` is the address that it had,
    when it has been given another.
    """
    if before and before != found.endpoint:
        _end(_at(before), "replaced", by=by, now=now)
    if (key := _renew(found, vapid, session_id, by=by, now=now)) is not None:
        return key
    _end(_at(found.endpoint), "taken_over", by=by, now=now)
    made = Subscription(id=db.new_key())
    made.address = json.dumps({"endpoint": found.endpoint, "p256dh": found.p256dh, "auth": found.auth})
    values = {
        "id": made.id,
        "person_id": by.person_id,
        "capacity": by.capacity,
        "session_id": session_id,
        "endpoint_digest": digest(found.endpoint),
        "host": found.host,
        "address_sealed": made.address_sealed,
        "vapid": vapid,
        "language": found.language,
        "device": found.device,
        "made_at": now,
        "renewed_at": now,
    }
    # Two tabs that say it at once: the second waits here for the first, and then finds it there.
    fresh = insert(Subscription).values(values).on_conflict_do_nothing().returning(Subscription.id)
    if db.run(fresh).first() is None:
        return turn_on(found, vapid, session_id, by=by, now=now)
    mine = (NoticeChoice.person_id == by.person_id, NoticeChoice.capacity == by.capacity, NoticeChoice.app_only)
    db.run(update(NoticeChoice).where(*mine).values(app_only=False))
    _end(and_(Subscription.id.in_(_beyond(by))), "replaced", by=by, now=now)
    audit.record(db.session(), _entry("subscription.made", made.id, by.person_id, by.capacity), by=by, now=now)
    return made.id


def renew(found: Address, session_id: bytes, *, vapid: int, before: str | None = None, by: Actor, now: datetime) -> str:
    """Hear from a browser at its start, or from its service worker, that it still has an address. Says what it is to do
    (`subscription_rules.renewal`); `vapid` is the key that addresses are made for now."""
    row = db.run(_last(found.endpoint)).first()
    known = row and Known((row.person_id, row.capacity) == (by.person_id, by.capacity), row.ended_how, row.vapid)
    if known is None and before:
        # Changed behind our back: what holds for the address that it had holds for the one that it has.
        row = db.run(_last(before)).first()
        mine = row and (row.person_id, row.capacity) == (by.person_id, by.capacity)
        known = Known(True, row.ended_how, row.vapid) if row and mine else None
    what = renewal(known, vapid=vapid)
    if what == KEEP and known:
        turn_on(found, known.vapid, session_id, before=before, by=by, now=now)
    return what


def turn_off(key: UUID, *, by: Actor, now: datetime) -> None:
    """Turn off one of one's own devices, from any of them; raises NotFound. Twice is once."""
    mine = (Subscription.id == key, Subscription.person_id == by.person_id, Subscription.capacity == by.capacity)
    if db.session().scalar(select(Subscription.id).where(*mine)) is None:
        raise NotFound
    _end(and_(*mine), "turned_off", by=by, now=now)


def end_of_sessions(*, by: Actor, now: datetime, batch: int = BATCH, since: datetime | None = None) -> int:
    """End what hangs on a session that has been ended: signed out there, from elsewhere, or by a lock. Returns how
    many. Between the deed and this, what is sent is checked again (see delivery_service)."""
    over = exists().where(
        SignIn.id == Subscription.session_id, SignIn.ended_at.is_not(None), SignIn.ended_at > (since or now - LATELY)
    )
    return _end_found(over, by=by, now=now, batch=batch)


def end_forgotten(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """The same, once a day, for all that no round has found: sessions that are forgotten, and accounts that are
    locked or closed."""
    person = exists().where(
        Person.id == Subscription.person_id,
        or_(Person.closed_at.is_not(None), and_(Person.locked_at.is_not(None), Subscription.capacity == "private")),
    )
    ended = exists().where(SignIn.id == Subscription.session_id, SignIn.ended_at.is_not(None))
    return _end_found(or_(person, ended), by=by, now=now, batch=batch)


def forget_old_subscriptions(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Take away devices ninety days after they ended, once nothing that was sent to them is kept; returns how many."""
    sent = exists().where(Delivery.subscription_id == Subscription.id)
    old = select(Subscription.id).where(Subscription.ended_at < now - KEPT, ~sent)
    which = old.order_by(Subscription.ended_at).limit(batch)
    return len(db.run(delete(Subscription).where(Subscription.id.in_(which)).returning(Subscription.id)).all())


def digest(endpoint: str) -> bytes:
    """What an address is found by; the address itself is sealed."""
    return crypto.keyring().digest("subscription.endpoint", endpoint)


def _end_found(which: ColumnElement[bool], *, by: Actor, now: datetime, batch: int) -> int:
    locked = exists().where(Person.id == Subscription.person_id, Person.locked_at.is_not(None))
    found = select(Subscription.id, (and_(locked, Subscription.capacity == "private")).label("locked"))
    rows = db.run(found.where(OPEN, which).order_by(Subscription.id).limit(batch)).all()
    for how, keys in (
        ("locked", [row.id for row in rows if row.locked]),
        ("signed_out", [row.id for row in rows if not row.locked]),
    ):
        if keys:
            _end(Subscription.id.in_(keys), how, by=by, now=now)
    return len(rows)


def _renew(found: Address, vapid: int, session_id: bytes, *, by: Actor, now: datetime) -> UUID | None:
    """It is open for the same person: it is seen again, in this session."""
    mine = (_at(found.endpoint), Subscription.person_id == by.person_id, Subscription.capacity == by.capacity)
    locked = select(Subscription).where(*mine, OPEN).with_for_update(key_share=True)
    row = db.session().scalars(locked.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        return None
    row.session_id, row.renewed_at = session_id, now
    row.vapid, row.language, row.device = vapid, found.language, found.device
    row.address = json.dumps({"endpoint": found.endpoint, "p256dh": found.p256dh, "auth": found.auth})
    db.session().flush()
    return row.id


def _end(which: ColumnElement[bool], how: str, *, by: Actor, now: datetime) -> None:
    ended = update(Subscription).where(which, OPEN).values(ended_at=now, ended_how=how)
    whose = db.run(ended.returning(Subscription.id, Subscription.person_id, Subscription.capacity)).all()
    rows = [_entry("subscription.ended", row.id, row.person_id, row.capacity, how) for row in whose]
    audit.record(db.session(), rows, by=by, now=now)


def _entry(action: str, key: UUID, person_id: UUID | None, capacity: str, how: str = "") -> Entry:
    about = f"subscription:{db.short(key)}"
    return Entry(action, person_id if capacity == "private" else None, None, f"{about}:{how}" if how else about)


def _at(endpoint: str) -> ColumnElement[bool]:
    return Subscription.endpoint_digest == digest(endpoint)


def _last(endpoint: str) -> Select[UUID, str, str | None, int]:
    """What is known of an address: who had it last, and how that ended."""
    found = select(Subscription.person_id, Subscription.capacity, Subscription.ended_how, Subscription.vapid)
    latest = (Subscription.ended_at.is_(None).desc(), Subscription.made_at.desc(), Subscription.id.desc())
    return found.where(_at(endpoint)).order_by(*latest).limit(1)


def _beyond(by: Actor) -> Select[UUID]:
    """The devices that have not been heard from for the longest, where somebody has more than they may."""
    mine = (Subscription.person_id == by.person_id, Subscription.capacity == by.capacity, OPEN)
    return select(Subscription.id).where(*mine).order_by(Subscription.renewed_at.desc(), Subscription.id).offset(MOST)
