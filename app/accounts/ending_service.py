"""Lock what a person has in private, all of it at once, and open it again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from app.accounts import open_pages, passkey_service, session_service
from app.accounts.models import Person
from app.core import audit, db
from app.core.audit import Actor, Entry


def lock(person_id: UUID, *, unit_id: UUID | None = None, by: Actor, now: datetime) -> None:
    """Lock at once what somebody has in private: every session of it dies with its next request, and its keys with it.

    Whoever locks what is locked takes the lock over, so that a lock which care has set is opened by care alone.
    """
    db.run(update(Person).where(Person.id == person_id).values(locked_at=now, locked_by=by.person_id))
    session_service.end_private(person_id, by=by, now=now)
    passkey_service.remove_private(person_id, by=by, now=now)
    open_pages.ask_again(person_id)
    audit.record(db.session(), Entry("account.locked", patient_id=person_id, unit_id=unit_id), by=by, now=now)


def unlock(person_id: UUID, *, unit_id: UUID | None = None, by: Actor, now: datetime) -> None:
    """Take a lock away; when there is none, nothing is done."""
    locked = (Person.id == person_id, Person.locked_at.is_not(None))
    if db.run(update(Person).where(*locked).values(locked_at=None, locked_by=None)).rowcount:
        audit.record(db.session(), Entry("account.unlocked", patient_id=person_id, unit_id=unit_id), by=by, now=now)
