"""A page of letters, from a thread that was reached through the viewer."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from app.accounts.models import Person, Staff
from app.accounts.queries import Viewer, person_name
from app.core import crypto
from app.core.paging import PAGE, cut
from app.core.query import Query
from app.messages.models import Message, ReadMark
from app.messages.queries import HandedOn, ThreadHead, state_of
from app.messages.rules import Read, marks_by_letter

Author = aliased(Person, name="author")
Reader = aliased(Person, name="reader")


@dataclass(frozen=True)
class Mark:
    name: str
    at: datetime


@dataclass(frozen=True)
class Letter:
    n: int
    mine: bool
    name: str
    title: str | None
    at: datetime
    text: str
    marks: list[Mark]


@dataclass(frozen=True)
class Letters:
    """A page of letters, oldest first; `older` and `newer` are numbers to page from, `unread` when a mark is due."""

    letters: list[Letter]
    older: int | None
    newer: int | None
    unread: bool
    state: str


def woven(letters: list[Letter], handoffs: list[HandedOn], *, newest: bool) -> list[Letter | HandedOn]:
    """Letters and hand-overs in order of time; those after the last letter only where the page is the newest."""
    if not letters:
        return list(letters)
    here = [it for it in handoffs if it.at >= letters[0].at and (newest or it.at <= letters[-1].at)]
    return sorted([*letters, *here], key=lambda it: it.at)


_letters = (
    select(Message.n, Message.author_id, Message.text_sealed, Message.written_at, Author.name_sealed, Staff.title)
    .join(Author, Author.id == Message.author_id)
    .outerjoin(Staff, Staff.person_id == Message.author_id)
    .where(Message.thread_id == bindparam("thread"))
)
_LETTERS_BEFORE = Query(_letters.where(Message.n < bindparam("n")).order_by(Message.n.desc()).limit(PAGE + 1))
_LETTERS_AFTER = Query(_letters.where(Message.n > bindparam("n")).order_by(Message.n).limit(PAGE + 1))
_MARKS = Query(
    select(ReadMark.person_id, ReadMark.upto, ReadMark.at, Reader.name_sealed)
    .join(Reader, Reader.id == ReadMark.person_id)
    .where(ReadMark.thread_id == bindparam("thread"), ReadMark.upto >= bindparam("n"))
    .order_by(ReadMark.upto, ReadMark.at)
    .limit(5 * PAGE)
)


def letters_in(viewer: Viewer, thread: ThreadHead, *, before: int | None = None, after: int | None = None) -> Letters:
    """The newest letters of a thread that was reached through the viewer, or those before or after a number."""
    me, seen = viewer.person_id, thread.read
    if after is not None and after < thread.last_n:
        rows, more = cut(_LETTERS_AFTER.rows(thread=thread.key, n=after))
        has_older, has_newer = after > 0, more
    else:
        before = before if before and 1 < before <= thread.last_n else None
        rows, more = cut(_LETTERS_BEFORE.rows(thread=thread.key, n=before or thread.last_n + 1))
        rows.reverse()
        has_older, has_newer = more, before is not None
    first, last = (rows[0].n, rows[-1].n) if rows else (1, 0)
    marks = _MARKS.rows(thread=thread.key, n=first)
    names: dict[UUID, str] = {}
    for person, sealed in [(row.author_id, row.name_sealed) for row in rows] + [
        (mark.person_id, mark.name_sealed) for mark in marks
    ]:
        if person not in names:
            names[person] = person_name(person, sealed)
    read = marks_by_letter(
        [Read(mark.person_id, mark.upto, mark.at) for mark in marks], {row.n: row.author_id for row in rows}
    )
    ring = crypto.keyring()
    letters = [
        Letter(
            n=row.n,
            mine=row.author_id == me,
            name=names[row.author_id],
            title=row.title if row.author_id != thread.patient_id else None,
            at=row.written_at,
            text=ring.open(row.text_sealed, crypto.place("message.text", thread.key, row.n)),
            marks=[Mark(names[mark.person_id], mark.at) for mark in read.get(row.n, ()) if mark.person_id != me],
        )
        for row in rows
    ]
    unread = last > seen and any(not letter.mine for letter in letters if letter.n > seen)
    state = state_of(thread.last_n, thread.read_at)
    return Letters(letters, first if has_older else None, last if has_newer else None, unread, state)
