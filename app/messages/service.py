"""Open a thread, write in it, mark it read, keep a draft."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.accounts.queries import Viewer
from app.care.answer_queries import Answering
from app.care.queries import ContactCard
from app.core import audit, crypto, db, live
from app.core.audit import Actor, Entry
from app.messages import rules
from app.messages.models import Draft, Message, ReadMark, Thread
from app.messages.queries import ThreadHead, letter_digest, opening_digest
from app.notices import service as notices
from app.waits import queries as wait_queries
from app.waits import service as waits
from app.waits.models import Wait
from app.waits.service import Subject


class NobodyReads(Exception):
    """The one it was written to does not work there any longer; nothing was stored."""


class Answered(Exception):
    """Somebody else of the staff has written since the page was shown; nothing was stored."""


class NothingWaits(Exception):
    """A promise of more was to be made where no question is open any longer; nothing was stored."""


@dataclass(frozen=True)
class Stored:
    """Where a letter stands. `again` is true when it had been sent before: nothing new was written.

    `left`: the patient had written more than whoever answered had been shown, so that a question stays.
    """

    thread_id: UUID
    n: int
    again: bool
    left: bool = False


@dataclass(frozen=True)
class Call:
    """That a patient wants to be rung: between two moments, on a number, and what that is called in a list."""

    window: tuple[datetime, datetime]
    number: str
    topic: str


BATCH = 200
FirstLetter = tuple[int | None, datetime | None]
NO_LETTER: FirstLetter = (None, None)

_lock = (
    select(
        Thread.patient_id,
        Thread.unit_id,
        Thread.belongs_to,
        Thread.last_n,
        Thread.unanswered_n,
        Thread.unanswered_since,
        exists().where(Draft.person_id == bindparam("author"), Draft.place_id == Thread.id).label("has_draft"),
        select(Wait.holder_id)
        .where(Wait.kind == "thread", Wait.subject_id == Thread.id, Wait.ended_at.is_(None))
        .scalar_subquery()
        .label("holder_id"),
    )
    .where(Thread.id == bindparam("thread"))
    .with_for_update(of=Thread, key_share=True)
)
# Whoever waited for the lock still sees the letters of before, so that the constraint and not a look decides.
_write = upsert(Message).on_conflict_do_nothing(index_elements=["digest"]).returning(Message.n)
_sent_as = select(Message.n).where(Message.digest == bindparam("digest"))
_move = (
    update(Thread)
    .where(Thread.id == bindparam("thread"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("last_n", "last_at", "last_by", "unanswered_n", "unanswered_since")
        }
        # Whatever is written opens what was closed.
        | {"closed_at": None, "closed_by": None}
    )
)
# A thread's lock, which every verb takes before that of its wait.
HOLD = select(Thread.belongs_to).where(Thread.id == bindparam("thread")).with_for_update(key_share=True)
_since = (
    select(Message.n, Message.author_id, Message.written_at)
    .where(Message.thread_id == bindparam("thread"), Message.n > bindparam("seen"), Message.n < bindparam("n"))
    .order_by(Message.n)
)
_forget = delete(Draft).where(Draft.person_id == bindparam("author"), Draft.place_id == bindparam("place"))


def begin_thread(
    opening: bytes,
    patient: UUID,
    unit: UUID,
    belongs_to: UUID,
    *,
    topic: str | None = None,
    no_answer: bool = False,
    by: Viewer,
    text: str,
    key: str,
    now: datetime,
) -> Stored:
    """A thread and its first letter, whose first words name it where there is no `topic`; the same opening again finds
    them."""
    thread_id = db.new_key()
    row = {
        "id": thread_id,
        "patient_id": patient,
        "unit_id": unit,
        "belongs_to": belongs_to,
        "topic_sealed": crypto.keyring().seal(topic or rules.topic(text), crypto.place("thread.topic", thread_id)),
        "opened_by": by.person_id,
        "opened_at": now,
        "opening": opening,
        "last_n": 0,
        "last_at": now,
        "last_by": by.person_id,
    }
    made = db.run(upsert(Thread).values(row).on_conflict_do_nothing(index_elements=["opening"]).returning(Thread.id))
    thread_id = made.scalar() or db.run(select(Thread.id).where(Thread.opening == opening)).scalar_one()
    return _add(thread_id, by=by, text=text, key=key, no_answer=no_answer, now=now)


def open_thread(
    contact: ContactCard,
    answering: Answering,
    *,
    wait_for_contact: bool = False,
    no_answer: bool = False,
    call: Call | None = None,
    by: Viewer,
    text: str,
    key: str,
    now: datetime,
) -> Stored:
    """A patient's first letter to one of their contacts opens a thread; the same letter again finds it.

    The question waits with the one who answers it now, or with nobody but the contact where the patient chose that.
    With `no_answer` nothing waits: the contact sees a letter to read. With a `call` they are to be rung instead.
    """
    opening = opening_digest(by, contact.key, text=text, key=key)
    who = (by.person_id, contact.unit_id, contact.person_id)
    topic = call.topic if call else None
    stored = begin_thread(opening, *who, topic=topic, no_answer=no_answer, by=by, text=text, key=key, now=now)
    thread_id = stored.thread_id
    if not stored.again:
        subject = Subject("thread", thread_id, contact.unit_id, by.person_id, contact.person_id)
        if call:
            waits.ask(subject, answering, call=call.window, number=call.number, by=by, now=now)
        elif not no_answer:
            waits.ask(subject, answering, wait_for_contact=wait_for_contact, by=by, now=now)
        if not call:
            db.run(_forget, {"author": by.person_id, "place": contact.key})
        audit.record(
            db.session(),
            Entry("thread.opened", by.person_id, contact.unit_id, f"thread:{db.short(thread_id)}"),
            by=by,
            now=now,
        )
    return stored


def reply(
    thread: ThreadHead,
    *,
    by: Viewer,
    text: str,
    key: str,
    seen: int | None = None,
    until: datetime | None = None,
    now: datetime,
) -> Stored:
    """Answer in a thread: what waited there is answered, or with `until` kept, with a promise of more by then.

    `seen` is the last letter that the form had shown. Raises Answered where another of the staff has written since.
    What the patient has written since stands above the answer, and still waits. The same key and text again is the
    first letter.
    """
    if not thread.mine_to_write:
        raise NobodyReads
    stored = _add(thread.key, by=by, text=text, key=key, seen=seen, read=thread.read, keeps=until is not None, now=now)
    if stored.again:
        return stored
    if until and not waits.keep("thread", thread.key, "kept", until=until, by=by, now=now):
        raise NothingWaits
    if not until and not stored.left:
        waits.end("thread", thread.key, "reply", by=by, now=now)
    told = {thread.patient_id: now}
    notices.tell(told, "reply", f"{db.short(thread.key)}:{stored.n}", about=thread.key, by=by, now=now)
    return stored


def settle(
    thread_id: UUID, how: str, *, reason: str | None = None, talked_at: datetime | None = None, by: Actor, now: datetime
) -> bool:
    """End what waits in a thread without a letter; returns whether anything did."""
    belongs_to = db.run(HOLD, {"thread": thread_id}).scalar_one()
    if not waits.end("thread", thread_id, how, reason=reason, talked_at=talked_at, by=by, now=now):
        return False
    db.run(update(Thread).where(Thread.id == thread_id).values(unanswered_n=None, unanswered_since=None))
    live.changed(live.topic("p", belongs_to))
    return True


def write(
    thread: ThreadHead,
    answers: Callable[[], Answering],
    *,
    wait_for_contact: bool = False,
    no_answer: bool = False,
    by: Viewer,
    text: str,
    key: str,
    now: datetime,
) -> Stored:
    """Add a patient's letter to their thread. While a question is open it joins that; else it opens one with the one
    who answers now, and only then that is asked. With `no_answer` it asks for nothing, and what waits still does."""
    stored = _add(thread.key, by=by, text=text, key=key, no_answer=no_answer, now=now)
    if not (stored.again or no_answer) and not wait_queries.is_open(by, "thread", thread.key):
        subject = Subject("thread", thread.key, thread.unit_id, by.person_id, thread.contact.person_id)
        waits.ask(subject, answers(), wait_for_contact=wait_for_contact, by=by, now=now)
    return stored


def _add(
    thread_id: UUID,
    *,
    by: Viewer,
    text: str,
    key: str,
    seen: int | None = None,
    read: int = 0,
    keeps: bool = False,
    no_answer: bool = False,
    now: datetime,
) -> Stored:
    ring = crypto.keyring()
    digest = letter_digest(by, thread_id, text=text, key=key)
    thread = db.run(_lock, {"thread": thread_id, "author": by.person_id}).one()
    n = thread.last_n + 1
    written = db.run(
        _write,
        {
            "thread_id": thread_id,
            "n": n,
            "author_id": by.person_id,
            "text_sealed": ring.seal(text, crypto.place("message.text", thread_id, n)),
            "written_at": now,
            "digest": digest,
            "no_answer": no_answer,
        },
    )
    if written.one_or_none() is None:
        return Stored(thread_id, db.run(_sent_as, {"digest": digest}).scalar_one(), again=True)
    first: FirstLetter = thread.unanswered_n, thread.unanswered_since
    if by.person_id == thread.patient_id and no_answer:
        pass  # what waited before still does
    elif by.person_id == thread.patient_id:
        first = (thread.unanswered_n or n, thread.unanswered_since or now)
    else:
        more = _unseen(thread_id, thread.patient_id, seen, read, n, by=by)
        first = first if keeps else more if thread.unanswered_n else NO_LETTER
    db.run(
        _move,
        {
            "thread": thread_id,
            "new_last_n": n,
            "new_last_at": now,
            "new_last_by": by.person_id,
            "new_unanswered_n": first[0],
            "new_unanswered_since": first[1],
        },
    )
    if thread.has_draft:
        db.run(_forget, {"author": by.person_id, "place": thread_id})
    entry = Entry("message.written", thread.patient_id, thread.unit_id, f"thread:{db.short(thread_id)}:{n}")
    audit.record(db.session(), entry, by=by, now=now)
    people = {thread.patient_id, thread.belongs_to, thread.holder_id} - {None}
    live.changed(live.topic("t", thread_id), *(live.topic("p", person) for person in sorted(people, key=str)))
    return Stored(thread_id, n, again=False, left=first[0] is not None)


def _unseen(thread_id: UUID, patient_id: UUID, seen: int | None, read: int, n: int, *, by: Viewer) -> FirstLetter:
    """The patient's first letter that whoever writes has not been shown, by the form or by a page since.

    Raises Answered where another of the staff has written since the form was shown.
    """
    since = db.run(_since, {"thread": thread_id, "seen": seen, "n": n}).all() if seen is not None else ()
    if any(row.author_id not in (patient_id, by.person_id) for row in since):
        raise Answered
    return next(((row.n, row.written_at) for row in since if row.author_id == patient_id and row.n > read), NO_LETTER)


def mark_read(thread: ThreadHead, upto: int, *, by: Viewer, now: datetime) -> None:
    """Note that the viewer has been shown the letters up to a number."""
    values = {"thread_id": thread.key, "person_id": by.person_id, "upto": upto, "at": now}
    db.run(upsert(ReadMark).on_conflict_do_nothing(), values)
    live.changed(live.topic("t", thread.key))


def save_draft(place: UUID, *, by: Viewer, text: str, now: datetime) -> None:
    """Keep what somebody is writing; an empty text takes the draft away."""
    if not text.strip():
        db.run(_forget, {"author": by.person_id, "place": place})
        return
    sealed = crypto.keyring().seal(text, crypto.place("draft.text", by.person_id, place))
    row = upsert(Draft).values(person_id=by.person_id, place_id=place, text_sealed=sealed, saved_at=now)
    fresh = {"text_sealed": row.excluded.text_sealed, "saved_at": row.excluded.saved_at}
    db.run(row.on_conflict_do_update(index_elements=["person_id", "place_id"], set_=fresh))


def forget_old_drafts(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Take away drafts that nobody has touched for thirty days; returns how many."""
    old = (
        select(Draft.person_id, Draft.place_id)
        .where(Draft.saved_at < now - rules.DRAFT_KEPT)
        .order_by(Draft.saved_at)
        .limit(batch)
        .subquery()
    )
    gone = delete(Draft).where(and_(Draft.person_id == old.c.person_id, Draft.place_id == old.c.place_id))
    return len(db.run(gone.returning(Draft.place_id)).all())
