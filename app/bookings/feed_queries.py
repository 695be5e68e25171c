"""The viewer's times as a calendar reads them: one of them, or all of them by a secret address."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, or_, select, true

from app.accounts.models import Person
from app.accounts.queries import Viewer
from app.bookings.ical import Slot
from app.bookings.models import Booking, BookingChange, CalendarFeed
from app.core import crypto
from app.core.audit import Actor
from app.core.errors import NotFound
from app.core.query import Query

MOST = 1_000
KEPT = timedelta(days=90)
"""So long a calendar is told of what has been, and of what was cancelled."""
GONE = ("cancelled", "entered-in-error")


@dataclass(frozen=True)
class Feed:
    """A secret address that is in use: since when, and when a calendar last fetched it."""

    key: UUID
    made_at: datetime
    fetched_at: datetime | None


@dataclass(frozen=True)
class Fetched:
    """What a calendar is given by a secret address. `state` changes whenever the times do."""

    feed: Feed
    slots: list[Slot]
    state: str


_changed_at = (
    select(func.min(BookingChange.at))
    .where(BookingChange.booking_id == Booking.id, BookingChange.version == Booking.version)
    .correlate(Booking)
    .scalar_subquery()
)
_slot = (
    Booking.id,
    Booking.starts_at,
    Booking.ends_at,
    Booking.version,
    Booking.status,
    func.coalesce(_changed_at, Booking.made_at).label("changed_at"),
)
_SINCE = bindparam("since", type_=Booking.starts_at.type)
_feed = (CalendarFeed.id.label("feed_id"), CalendarFeed.made_at, CalendarFeed.fetched_at)
_MINE = Query(select(*_feed).where(CalendarFeed.person_id == bindparam("viewer"), CalendarFeed.ended_at.is_(None)))
_ONE = Query(select(*_slot).where(Booking.patient_id == bindparam("viewer"), Booking.id == bindparam("booking")))
_theirs = (
    select(*_slot)
    .where(
        Booking.patient_id == CalendarFeed.person_id,
        Booking.starts_at > _SINCE,
        or_(Booking.cancelled_at.is_(None), Booking.cancelled_at > _SINCE),
    )
    .order_by(Booking.starts_at, Booking.id)
    .limit(MOST)
    .lateral("theirs")
)
# Nothing leaves of somebody who has locked what is theirs, or whose account is closed.
_FEED = Query(
    select(*_feed, *_theirs.c)
    .select_from(CalendarFeed)
    .join(Person, Person.id == CalendarFeed.person_id)
    .outerjoin(_theirs, true())
    .where(
        CalendarFeed.secret_digest == bindparam("digest"),
        CalendarFeed.ended_at.is_(None),
        Person.closed_at.is_(None),
        Person.locked_at.is_(None),
    )
    .order_by(_theirs.c.starts_at, _theirs.c.id)
    .limit(MOST)
)


def feed_of(viewer: Viewer) -> Feed | None:
    """The viewer's own address, where they have one that is in use."""
    row = _MINE.row(viewer=viewer.person_id)
    return _feed_of(row) if row else None


def slot_for(viewer: Viewer, booking: UUID) -> Slot:
    """One of the viewer's own times; raises NotFound."""
    row = _ONE.row(viewer=viewer.person_id, booking=booking)
    if row is None:
        raise NotFound
    return _slot_of(row)


def fetched(viewer: Actor, secret: str, *, now: datetime) -> Fetched:
    """What a secret address gives whoever holds it; raises NotFound, whatever the reason that it gives nothing."""
    rows = _FEED.rows(digest=digest(secret), since=now - KEPT)
    if not rows:
        raise NotFound
    slots = [_slot_of(row) for row in rows if row.id]
    return Fetched(_feed_of(rows[0]), slots, _state(slots))


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return crypto.keyring().digest("calendar_feed", secret)


def _feed_of(row: Any) -> Feed:
    return Feed(row.feed_id, row.made_at, row.fetched_at)


def _slot_of(row: Any) -> Slot:
    return Slot(row.id, row.starts_at, row.ends_at, row.version, row.changed_at, row.status not in GONE)


def _state(slots: Iterable[Slot]) -> str:
    said = "".join(f"{it.key.int} {it.version} {it.starts_at} {it.ends_at} {it.stands}\n" for it in slots)
    return hashlib.sha256(said.encode()).hexdigest()[:32]
