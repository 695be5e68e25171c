"""End what is signed in elsewhere."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update

from app.accounts.models import SignIn
from app.accounts.queries import works_there
from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.errors import NotFound
from app.core.locale import local


def end_session(key: UUID, *, by: Actor, now: datetime) -> None:
    """End one of one's own sessions in the same capacity; raises NotFound. Ending it twice is ending it."""
    mine = (SignIn.key == key, SignIn.person_id == by.person_id, SignIn.capacity == by.capacity)
    if db.session().scalar(select(SignIn.key).where(*mine)) is None:
        raise NotFound
    _end(*mine, now=now)
    audit.record(db.session(), Entry("session.ended", object=f"session:{db.short(key)}"), by=by, now=now)


def end_others(session_id: bytes, *, by: Actor, now: datetime) -> int:
    """End every session of one's own in this capacity but the one that is looked from; returns how many."""
    count = _end(SignIn.person_id == by.person_id, SignIn.capacity == by.capacity, SignIn.id != session_id, now=now)
    audit.record(db.session(), Entry("sessions.ended", object=f"number:{count}"), by=by, now=now)
    return count


def work_at(unit_id: UUID, session_id: bytes, *, by: Actor, now: datetime) -> None:
    """Say where somebody works now, on this device; raises NotFound where they do not. To say it again is to say it."""
    mine = (SignIn.id == session_id, SignIn.person_id == by.person_id, SignIn.ended_at.is_(None))
    works = works_there(by, unit_id, today=local(now).date())
    if not works or not db.run(update(SignIn).where(*mine).values(unit_id=unit_id)).rowcount:
        raise NotFound
    audit.record(db.session(), Entry("session.unit_chosen", unit_id=unit_id), by=by, now=now)


def end_private(person_id: UUID, *, by: Actor, now: datetime) -> int:
    """End everything that somebody is signed in to in private; returns how many."""
    count = _end(SignIn.person_id == person_id, SignIn.capacity == "private", now=now)
    audit.record(db.session(), Entry("sessions.ended", patient_id=person_id, object=f"number:{count}"), by=by, now=now)
    return count


def _end(*which: ColumnElement[bool], now: datetime) -> int:
    return db.run(update(SignIn).where(*which, SignIn.ended_at.is_(None)).values(ended_at=now)).rowcount
