"""What staff do with a question that waits in a thread, other than to answer it; and closing what nobody waits in.

Each takes the thread's lock before that of its wait, and looks at the wait again under it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, select, update

from app.accounts.queries import Viewer
from app.core import audit, db, live
from app.core.audit import Entry
from app.messages import service
from app.messages.models import Message, Thread
from app.messages.queries import ThreadHead
from app.messages.service import HOLD, NobodyReads, NothingWaits
from app.waits import queries as wait_queries
from app.waits import service as waits
from app.waits.models import Wait

KIND = "thread"


class WroteMore(Exception):
    """The patient has written what the page had not shown; nothing was stored."""


class Elsewhere(Exception):
    """Somebody else has the question now; nothing was stored."""


class StillWaits(Exception):
    """A question is open, so the thread cannot be closed."""


_wait = select(Wait.id, Wait.holder_id, Wait.turn, Wait.counts_from, Wait.promised_at).where(
    Wait.kind == KIND, Wait.subject_id == bindparam("thread"), Wait.ended_at.is_(None)
)
_theirs = (Message.thread_id == bindparam("thread"), Message.author_id == bindparam("patient"))
_more = select(exists().where(*_theirs, Message.n > bindparam("seen")))


def talked(thread: ThreadHead, at: datetime, *, seen: int, by: Viewer, now: datetime) -> None:
    """The two have talked, at a time that both will see. Raises NothingWaits, WroteMore."""
    _end(thread, "talked", talked_at=at, seen=seen, by=by, now=now)


def needs_no_answer(thread: ThreadHead, reason: str, *, seen: int, by: Viewer, now: datetime) -> None:
    """The question needs no answer, and the patient reads why. Raises NothingWaits, WroteMore."""
    _end(thread, "no_need", reason=reason, seen=seen, by=by, now=now)


def rang(thread: ThreadHead, since: datetime, until: datetime, *, by: Viewer, now: datetime) -> None:
    """Nobody took the call, and when the next try is. Raises NothingWaits."""
    wait = _locked(thread)
    if (wait.holder_id, wait.counts_from, wait.promised_at) != (by.person_id, since, until):
        waits.keep(KIND, thread.key, "no_answer", since=since, until=until, by=by, now=now)


def hand_over(thread: ThreadHead, to: UUID, words: str, *, by: Viewer, now: datetime) -> None:
    """Give the question to a colleague; the patient reads why. Raises NothingWaits, Elsewhere, CannotHold."""
    wait = _locked(thread)
    if wait.holder_id not in (by.person_id, to, None):
        raise Elsewhere
    waits.hand_over(KIND, thread.key, to, words=words, by=by, now=now)


def ask(thread: ThreadHead, person: UUID, words: str, *, by: Viewer, now: datetime) -> None:
    """Ask a colleague as well; the question stays where it is. Raises NothingWaits, CannotHold."""
    _locked(thread)
    waits.ask_colleague(KIND, thread.key, person, words=words, by=by, now=now)


def take(thread: ThreadHead, *, by: Viewer, now: datetime) -> None:
    """Take the question oneself. Raises NothingWaits, CannotHold."""
    _locked(thread)
    waits.take(KIND, thread.key, by=by, now=now)


def close(thread: ThreadHead, *, by: Viewer, now: datetime) -> None:
    """Close a thread in which nobody waits. Raises StillWaits."""
    _may_write(thread)
    db.run(HOLD, {"thread": thread.key})
    if wait_queries.is_open(by, KIND, thread.key):
        raise StillWaits
    _put(thread, now, by=by, now=now)


def reopen(thread: ThreadHead, *, by: Viewer, now: datetime) -> None:
    """Open a closed thread again."""
    _may_write(thread)
    db.run(HOLD, {"thread": thread.key})
    _put(thread, None, by=by, now=now)


def _put(thread: ThreadHead, closed_at: datetime | None, *, by: Viewer, now: datetime) -> None:
    changes = Thread.closed_at.is_(None) if closed_at else Thread.closed_at.is_not(None)
    put = (
        update(Thread)
        .where(Thread.id == thread.key, changes)
        .values(closed_at=closed_at, closed_by=by.person_id if closed_at else None)
    )
    if db.run(put.returning(Thread.id)).first() is None:
        return
    action = "thread.closed" if closed_at else "thread.reopened"
    entry = Entry(action, thread.patient_id, thread.unit_id, f"thread:{db.short(thread.key)}")
    audit.record(db.session(), entry, by=by, now=now)
    people = {thread.patient_id, thread.contact.person_id}
    live.changed(live.topic("t", thread.key), *(live.topic("p", person) for person in sorted(people, key=str)))


def _end(
    thread: ThreadHead,
    how: str,
    *,
    reason: str | None = None,
    talked_at: datetime | None = None,
    seen: int,
    by: Viewer,
    now: datetime,
) -> None:
    _locked(thread)
    if db.run(_more, {"thread": thread.key, "seen": max(seen, thread.read), "patient": thread.patient_id}).scalar():
        raise WroteMore
    service.settle(thread.key, how, reason=reason, talked_at=talked_at, by=by, now=now)


def _locked(thread: ThreadHead) -> Any:
    """The question that waits, as it is now, under its thread's lock; raises NothingWaits."""
    _may_write(thread)
    db.run(HOLD, {"thread": thread.key})
    wait = db.run(_wait, {"thread": thread.key}).one_or_none()
    if wait is None:
        raise NothingWaits
    return wait


def _may_write(thread: ThreadHead) -> None:
    if not thread.mine_to_write:
        raise NobodyReads
