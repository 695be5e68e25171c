"""A page of letters, from a thread that was reached through the viewer."""

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import LargeBinary, Select, Uuid, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.accounts.models import Person, Staff
from app.accounts.queries import Viewer, person_name
from app.core import crypto
from app.core.paging import PAGE, cut
from app.core.query import Query
from app.messages.models import Message, ReadMark
from app.messages.queries import HandedOn, ThreadHead, state_of
from app.messages.rules import Read, marks_by_letter


class Named(NamedTuple):
    name: str
    title: str | None


class Mark(NamedTuple):
    name: str
    at: datetime


class Letter(NamedTuple):
    """A letter on a page, and under it who has read it; `title` is a staff member's."""

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


_NUMBER = attrgetter("n")


def _with_marks(letters: Select[int, UUID, datetime, bytes]) -> Query:
    """Letters, and in the same rows, without a text, whoever has read up to one of them or further."""
    page = letters.limit(PAGE + 1).cte("page")
    marks = (
        select(ReadMark.upto, ReadMark.person_id, ReadMark.at, cast(None, LargeBinary))
        .where(ReadMark.thread_id == bindparam("thread"), ReadMark.upto >= select(func.min(page.c.n)).scalar_subquery())
        .order_by(ReadMark.upto, ReadMark.at)
        .limit(5 * PAGE)
    )
    return Query(select(page).union_all(select(marks.subquery())))


_letters = select(
    Message.n, Message.author_id.label("person_id"), Message.written_at.label("at"), Message.text_sealed
).where(Message.thread_id == bindparam("thread"))
_BEFORE = _with_marks(_letters.where(Message.n < bindparam("n")).order_by(Message.n.desc()))
_AFTER = _with_marks(_letters.where(Message.n > bindparam("n")).order_by(Message.n))
_PEOPLE = Query(
    select(Person.id, Person.name_sealed, Staff.title)
    .outerjoin(Staff, Staff.person_id == Person.id)
    .where(Person.id == func.any(bindparam("people", type_=ARRAY(Uuid))))
)


def letters_in(viewer: Viewer, thread: ThreadHead, *, before: int | None = None, after: int | None = None) -> Letters:
    """The newest letters of a thread that was reached through the viewer, or those before or after a number."""
    newer = after is not None and after < thread.last_n
    before = before if before and 1 < before <= thread.last_n else None
    if newer:
        found = _AFTER.rows(thread=thread.key, n=after)
    else:
        found = _BEFORE.rows(thread=thread.key, n=before or thread.last_n + 1)
    rows, more = cut(sorted((row for row in found if row.text_sealed is not None), key=_NUMBER, reverse=not newer))
    if newer:
        has_older, has_newer = bool(after), more
    else:
        rows.reverse()
        has_older, has_newer = more, before is not None
    first, last = (rows[0].n, rows[-1].n) if rows else (1, 0)
    marks = [Read(row.person_id, row.n, row.at) for row in found if row.text_sealed is None]
    people = _people(thread, {row.person_id for row in found})
    read = marks_by_letter(marks, {row.n: row.person_id for row in rows})
    me, seen, ring, key = viewer.person_id, thread.read, crypto.keyring(), str(thread.key)
    letters = [
        Letter(
            row.n,
            row.person_id == me,
            *people[row.person_id],
            row.at,
            ring.open(row.text_sealed, crypto.place("message.text", key, row.n)),
            [Mark(people[mark.person_id].name, mark.at) for mark in read.get(row.n, ()) if mark.person_id != me],
        )
        for row in rows
    ]
    unread = last > seen and any(not letter.mine for letter in letters if letter.n > seen)
    state = state_of(thread.last_n, thread.read_at, thread.moved)
    return Letters(letters, first if has_older else None, last if has_newer else None, unread, state)


def _people(thread: ThreadHead, wanted: set[UUID]) -> dict[UUID, Named]:
    """Who has written and read: mostly the two whose thread it is; the others are asked for."""
    people = {
        thread.patient_id: Named(thread.patient_name, None),
        thread.contact.person_id: Named(thread.contact.name, thread.contact.title),
    }
    if others := list(wanted - people.keys()):
        for row in _PEOPLE.rows(people=others):
            people[row.id] = Named(person_name(row.id, row.name_sealed), row.title)
    return people
