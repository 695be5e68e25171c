"""Somebody of the staff writes first."""

from datetime import datetime

from app.accounts.queries import Viewer
from app.core import audit, db
from app.core.audit import Entry
from app.messages import service
from app.messages.queries import opening_digest
from app.messages.service import Stored
from app.messages.unread_queries import Addressee
from app.notices import service as notices


def write_first(to: Addressee, *, by: Viewer, text: str, key: str, now: datetime) -> Stored:
    """Open a thread with a patient. It belongs to whoever opens it, and nothing waits until the patient has written.

    The same letter again finds the thread.
    """
    opening = opening_digest(by, to.key, text=text, key=key)
    stored = service.begin_thread(opening, to.key, to.unit_id, by.person_id, by=by, text=text, key=key, now=now)
    if not stored.again:
        service.save_draft(to.key, by=by, text="", now=now)
        thread = stored.thread_id
        entry = Entry("thread.opened", to.key, to.unit_id, f"thread:{db.short(thread)}")
        audit.record(db.session(), entry, by=by, now=now)
        notices.tell({to.key: now}, "written", f"{db.short(thread)}:{stored.n}", about=thread, by=by, now=now)
    return stored
