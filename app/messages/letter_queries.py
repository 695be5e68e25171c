"""A page of letters and of what happened between them, from a thread that was reached through the viewer."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, LargeBinary, Select, Uuid, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.accounts.models import Person, Staff
from app.accounts.queries import Viewer, person_name
from app.core import crypto
from app.core.paging import PAGE, cut
from app.core.query import Query
from app.messages.history_queries import EVENTS, MOST, NOTHING, Happened, Named, happened
from app.messages.models import Message, ReadMark
from app.messages.queries import ThreadHead, state_of
from app.messages.rules import Read, marks_by_letter


class Mark(NamedTuple):
    name: str
    at: datetime


class Letter(NamedTuple):
    """A letter on a page, and under it who has read it; `title` is a staff member's. `no_answer`: none is needed."""

    n: int
    mine: bool
    name: str
    title: str | None
    at: datetime
    text: str
    marks: list[Mark]
    no_answer: bool = False


@dataclass(frozen=True)
class Letters:
    """A page of letters, oldest first; `older` and `newer` are numbers to page from, `unread` when a mark is due.

    `read` says when each other person first had read all there is.
    """

    letters: list[Letter]
    happened: list[Happened]
    read: dict[UUID, datetime]
    older: int | None
    newer: int | None
    unread: bool
    state: str


def woven(letters: list[Letter], between: list[Happened]) -> list[Letter | Happened]:
    """Letters and what happened, each after the letters that it followed; both keep their order."""
    rest: deque[Happened] = deque(between)
    page: list[Letter | Happened] = []
    for letter in letters:
        while rest and rest[0].at < letter.at:
            page.append(rest.popleft())
        page.append(letter)
    return [*page, *rest]


_NUMBER = attrgetter("n")
ENDLESS: ColumnElement[datetime] = literal_column("timestamptz 'infinity'")
_letters = select(
    Message.n,
    Message.author_id.label("person_id"),
    Message.written_at.label("at"),
    Message.text_sealed,
    Message.no_answer,
    *NOTHING,
).where(Message.thread_id == bindparam("thread"))


def _page(letters: Select[*tuple[Any, ...]], end: ColumnElement[int]) -> Query:
    """Letters up to the one numbered `end`; in the same rows, without a text, whoever has read up to one of them or
    further; and what happened before that one, from the first of them on."""
    page = letters.limit(PAGE + 1).cte("page")
    nothing = [cast(None, column.type).label(column.name) for column in page.c[4:]]
    marks = (
        select(ReadMark.upto, ReadMark.person_id, ReadMark.at, cast(None, LargeBinary).label("text_sealed"), *nothing)
        .where(ReadMark.thread_id == bindparam("thread"), ReadMark.upto >= select(func.min(page.c.n)).scalar_subquery())
        .order_by(ReadMark.upto, ReadMark.at)
        .limit(5 * PAGE)
    )
    start = select(func.min(page.c.at)).scalar_subquery()
    until = select(Message.written_at).where(Message.thread_id == bindparam("thread"), Message.n == end)
    before = EVENTS.c.at < func.coalesce(until.scalar_subquery(), ENDLESS)
    events = select(EVENTS).where(EVENTS.c.at >= start, before).order_by(EVENTS.c.at.desc(), EVENTS.c.n.desc())
    return Query(select(page).union_all(select(marks.subquery()), select(events.limit(MOST).subquery())))


_FROM = bindparam("n", type_=Integer)
_BEFORE = _page(_letters.where(Message.n < _FROM).order_by(Message.n.desc()), _FROM)
_AFTER = _page(_letters.where(Message.n > _FROM).order_by(Message.n), _FROM + (PAGE + 1))
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
    written = [row for row in found if row.what is None and row.text_sealed is not None]
    rows, more = cut(sorted(written, key=_NUMBER, reverse=not newer))
    if newer:
        has_older, has_newer = bool(after), more
    else:
        rows.reverse()
        has_older, has_newer = more, before is not None
    first, last = (rows[0].n, rows[-1].n) if rows else (1, 0)
    marks = [Read(row.person_id, row.n, row.at) for row in found if row.what is None and row.text_sealed is None]
    # What happened before the first letter of the page stands under the letter before it.
    events = [row for row in found if row.what is not None and rows and row.at >= rows[0].at]
    events.sort(key=lambda row: (row.at, not row.n, row.n))
    named = {key for row in found for key in (row.person_id, row.other_id, row.by_id) if key}
    people = _people(thread, named)
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
            row.no_answer,
        )
        for row in rows
    ]
    unread = last > seen and any(not letter.mine for letter in letters if letter.n > seen)
    state = state_of(thread.last_n, thread.read_at, thread.moved)
    return Letters(
        letters,
        [happened(viewer, row, people) for row in events],
        {mark.person_id: mark.at for mark in reversed(marks) if mark.upto >= thread.last_n},
        first if has_older else None,
        last if has_newer else None,
        unread,
        state,
    )


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
