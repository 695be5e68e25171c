"""Threads in a list, as their reader may see them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, bindparam, func, select, tuple_
from sqlalchemy.orm import aliased

from app.accounts.models import Person
from app.accounts.queries import Viewer, person_name, shown_name
from app.core import crypto
from app.core.crypto import Keyring
from app.core.paging import PAGE, cut
from app.core.query import Query
from app.messages.models import ReadMark, Thread
from app.messages.queries import FOR_ME, MINE, OPEN, THREADS, VIEWER, Holder, is_hidden, moves, read_upto, role_of
from app.waits.models import Wait

Row = TypeVar("Row")
Mine = aliased(Thread, name="mine")
Latest = aliased(Thread, name="latest")


class Listed(list[Row]):
    """A page of a list of the viewer's, and the `list_state` that it was read with."""

    def __init__(self, rows: Iterable[Row], state: str) -> None:
        super().__init__(rows)
        self.state = state


class ThreadRow(NamedTuple):
    """A thread in a list. `name` is the other side's, `writer` wrote last; `read_at` is when the contact had read it.

    While their question is open, `promised_at` is by when the viewer has an answer, `broken` whether an earlier time
    was not kept, `reader` who gives it, and `read_at` when that one had read it; `call`: they are rung from `since`.
    """

    key: UUID
    patient_id: UUID
    unit_id: UUID
    topic: str
    name: str
    writer: str
    at: datetime
    mine: bool
    unread: bool
    read_at: datetime | None
    promised_at: datetime | None
    reader: str | None
    broken: bool = False
    call: bool = False
    since: datetime | None = None


def _of(thread: Any) -> ColumnElement[bool]:
    return and_(Wait.kind == "thread", Wait.subject_id == thread.id, Wait.ended_at.is_(None))


Writer = aliased(Person, name="writer")
_reader = func.coalesce(Wait.holder_id, Thread.belongs_to)
_read = (
    select(func.min(ReadMark.at))
    .where(ReadMark.thread_id == Thread.id, ReadMark.person_id == _reader, ReadMark.upto >= Thread.last_n)
    .scalar_subquery()
)
_list = (
    THREADS.add_columns(func.coalesce(read_upto, 0).label("read"), _read.label("read_at"))
    .order_by(Thread.last_at.desc(), Thread.id.desc())
    .limit(PAGE + 1)
)
_list = (
    _list.outerjoin(Wait, OPEN)
    .outerjoin(Holder, Holder.id == Wait.holder_id)
    .join(Writer, Writer.id == Thread.last_by)
    .add_columns(
        Writer.name_sealed.label("writer_name_sealed"),
        Wait.id.label("wait_id"),
        Wait.promised_at,
        Wait.counts_from,
        Wait.broken,
        Wait.call,
        Wait.holder_id,
        Holder.name_sealed.label("holder_name_sealed"),
    )
)
_earlier = tuple_(Thread.last_at, Thread.id) < tuple_(bindparam("at"), bindparam("id"))


_waits = {
    "patient": select(moves(Wait)).select_from(Mine).join(Wait, _of(Mine)).where(Mine.patient_id == VIEWER),
    "staff": select(func.concat_ws(".", moves(Wait), func.coalesce(func.sum(Mine.last_n), 0), type_=Text))
    .select_from(Wait)
    .join(Mine, _of(Mine))
    .where(Wait.id.in_(FOR_ME)),
}
_newest = {"patient": Latest.patient_id == VIEWER, "staff": Latest.belongs_to == VIEWER}
STATE = {
    role: func.concat_ws(
        ".",
        select(func.extract("epoch", func.max(Latest.last_at))).where(mine).scalar_subquery(),
        _waits[role].scalar_subquery(),
        type_=Text,
    ).label("state")
    for role, mine in _newest.items()
}


def threads_of(
    viewer: Viewer, *, today: date, before: tuple[datetime, UUID] | None = None, closed: bool = False
) -> tuple[Listed[ThreadRow], bool]:
    """The viewer's threads, those that are open or those that are closed, the latest first; and whether there are
    more."""
    role = role_of(viewer)
    if before:
        found = _LIST_BEFORE[role, closed].rows(viewer=viewer.person_id, today=today, at=before[0], id=before[1])
    else:
        found = _LIST[role, closed].rows(viewer=viewer.person_id, today=today)
    rows, more = cut(found)
    ring = crypto.keyring()
    return Listed([_thread_row(viewer, ring, role, row) for row in rows], state_in(viewer, found)), more


def list_state(viewer: Viewer, key: UUID) -> str | None:
    """A string that changes whenever the viewer's own lists would."""
    return state_in(viewer, ()) if key == viewer.person_id else None


def state_in(viewer: Viewer, found: Sequence[Any]) -> str:
    """From rows that each tell it; when there are none, it is asked for. The count in the navigation is part of it."""
    row = (found or _STATE[role_of(viewer)].rows(viewer=viewer.person_id))[0]
    return f"{row.state}.{viewer.unseen}"


def _thread_row(viewer: Viewer, ring: Keyring, role: str, row: Any) -> ThreadRow:
    patient = shown_name(row.patient_id, row.patient_name_sealed, hidden=is_hidden(viewer, row))
    name = patient if role == "staff" else person_name(row.contact_person_id, row.contact_name_sealed)
    mine = row.last_by == viewer.person_id
    return ThreadRow(
        key=row.id,
        patient_id=row.patient_id,
        unit_id=row.unit_id,
        topic=ring.open(row.topic_sealed, crypto.place("thread.topic", row.id)),
        name=name,
        writer=patient if row.last_by == row.patient_id else person_name(row.last_by, row.writer_name_sealed),
        at=row.last_at,
        mine=mine,
        unread=not mine and row.read < row.last_n,
        read_at=row.read_at if mine and role == "patient" else None,
        promised_at=row.promised_at if role == "patient" else None,
        reader=person_name(row.holder_id, row.holder_name_sealed) if role == "patient" and row.holder_id else None,
        broken=bool(row.broken),
        call=bool(row.call),
        since=row.counts_from,
    )


_closed = {True: Thread.closed_at.is_not(None), False: Thread.closed_at.is_(None)}
_LISTS = {
    (role, closed): _list.where(only, which).add_columns(STATE[role])
    for role, only in MINE.items()
    for closed, which in _closed.items()
}
_LIST = {kind: Query(listed) for kind, listed in _LISTS.items()}
_LIST_BEFORE = {kind: Query(listed.where(_earlier)) for kind, listed in _LISTS.items()}
_STATE = {role: Query(select(state)) for role, state in STATE.items()}
