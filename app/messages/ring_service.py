"""Ask to be rung, or to be rung at another time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from app.accounts.models import Patient
from app.accounts.queries import Viewer
from app.care.answer_queries import Answering
from app.care.queries import ContactCard
from app.core import db
from app.messages import service
from app.messages.queries import sent_before
from app.messages.ring_queries import calls_of
from app.messages.service import Call, Stored


class StandsAlready(Exception):
    """There is a call that stands, and not the one that this was to replace; nothing was stored."""


# One call at a time, also for two pages that ask at once. Taken before any other lock.
_lock = select(Patient.person_id).where(Patient.person_id == bindparam("patient")).with_for_update(key_share=True)


def ring(
    contact: ContactCard,
    answering: Answering,
    call: Call,
    *,
    instead: UUID | None = None,
    by: Viewer,
    text: str,
    key: str,
    now: datetime,
) -> Stored:
    """Open a thread that says when and on which number a patient wants to be rung; the same again finds it.

    `instead` is the open call that it replaces, which then waits no longer. Raises StandsAlready.
    """
    db.run(_lock, {"patient": by.person_id})
    if found := sent_before(by, contact.key, text=text, key=key):
        return Stored(*found, again=True)
    _own, standing = calls_of(by, contact)
    if standing:
        if standing.key != instead:
            raise StandsAlready
        service.settle(standing.thread_id, "done", by=by, now=now)
    return service.open_thread(contact, answering, call=call, by=by, text=text, key=key, now=now)
