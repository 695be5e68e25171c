"""Turn on a secret address that a calendar fetches one's times from, change it, and turn it off."""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app.accounts.models import Person
from app.bookings.feed_queries import digest
from app.bookings.models import CalendarFeed
from app.core import audit, db
from app.core.audit import Actor, Entry


def make(*, by: Actor, now: datetime) -> tuple[UUID, str] | None:
    """Turn it on: the feed and its secret, which is kept nowhere. None when it is on already."""
    if _held(by):
        return None
    return _fresh("feed.made", by=by, now=now)


def renew(*, by: Actor, now: datetime) -> tuple[UUID, str] | None:
    """Another secret in place of the one before, which ends. None when it is off."""
    if not _end(_held(by), now):
        return None
    return _fresh("feed.renewed", by=by, now=now)


def end(*, by: Actor, now: datetime) -> bool:
    """Turn it off: nothing is given by that address any longer. False when it was off."""
    if not _end(_held(by), now):
        return False
    audit.record(db.session(), Entry("feed.ended", by.person_id), by=by, now=now)
    return True


def note_fetched(feed_id: UUID, *, by: Actor, now: datetime) -> None:
    """A calendar has fetched it."""
    db.run(update(CalendarFeed).where(CalendarFeed.id == feed_id).values(fetched_at=now))


def _held(by: Actor) -> UUID | None:
    """Whose it is does one thing with it at a time; which is in use."""
    db.run(select(Person.id).where(Person.id == by.person_id).with_for_update(key_share=True))
    mine = select(CalendarFeed.id).where(CalendarFeed.person_id == by.person_id, CalendarFeed.ended_at.is_(None))
    return db.session().scalar(mine)


def _end(feed_id: UUID | None, now: datetime) -> bool:
    if feed_id is None:
        return False
    db.run(update(CalendarFeed).where(CalendarFeed.id == feed_id).values(ended_at=now))
    return True


def _fresh(action: str, *, by: Actor, now: datetime) -> tuple[UUID, str]:
    key, secret = db.new_key(), secrets.token_urlsafe(32)
    feed = CalendarFeed(id=key, person_id=by.person_id, secret_digest=digest(secret), made_at=now)
    db.session().add(feed)
    db.session().flush()
    audit.record(db.session(), Entry(action, by.person_id), by=by, now=now)
    return key, secret
