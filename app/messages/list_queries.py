"""Threads in a list, as their reader may see them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import Text, and_, bindparam, cast, exists, func, select, tuple_, union
from sqlalchemy.orm import aliased

from app.accounts.models import RegionRole
from app.accounts.queries import Viewer, person_name
from app.core.paging import PAGE, cut
from app.core.query import Query
from app.messages.models import ReadMark, Thread
from app.messages.queries import MINE, OPEN, THREADS, VIEWER, Holder, read_upto, role_of, topic_of
from app.waits.models import Asked, Wait

Row = TypeVar("Row")
Moving = aliased(Wait, name="moving")
Latest = aliased(Thread, name="latest")


class Listed(NamedTuple, Generic[Row]):
    """A page of a list of the viewer's, whether there is more, and its `list_state`."""

    rows: list[Row]
    more: bool
    state: str


class ThreadRow(NamedTuple):
    """A thread in a list. `name` is the other side's; `read_at` is when the contact had read all of it.

    `promised_at` is by when the viewer has an answer, and `reader` who gives it, while their question is open.
    """

    key: UUID
    patient_id: UUID
    unit_id: UUID
    topic: str
    name: str
    at: datetime
    mine: bool
    unread: bool
    read_at: datetime | None
    promised_at: datetime | None
    reader: str | None


# What of the open waits is for somebody to look at: what they have, what was put to them first, what they are asked.
_is_open = and_(Wait.kind == "thread", Wait.ended_at.is_(None))
FOR_ME = union(
    select(Wait.id).where(Wait.holder_id == VIEWER, _is_open),
    select(Wait.id).where(Wait.belongs_to == VIEWER, _is_open),
    select(Asked.wait_id).where(Asked.person_id == VIEWER),
    select(Wait.id).where(
        Wait.holder_id.is_(None),
        _is_open,
        exists().where(RegionRole.person_id == VIEWER, RegionRole.role == "function"),
    ),
)
_moved = func.concat(func.count(), ".", func.coalesce(func.sum(Moving.turn + 100 * Moving.broken), 0))
_moving = {"patient": Moving.patient_id == VIEWER, "staff": Moving.id.in_(FOR_ME)}
_newest = {"patient": Latest.patient_id == VIEWER, "staff": Latest.belongs_to == VIEWER}
STATE = {
    role: cast(
        func.concat(
            select(func.coalesce(func.extract("epoch", func.max(Latest.last_at)), 0)).where(mine).scalar_subquery(),
            ".",
            select(_moved).where(_moving[role], Moving.ended_at.is_(None)).scalar_subquery(),
        ),
        Text,
    ).label("state")
    for role, mine in _newest.items()
}
_read_by_contact = (
    select(func.min(ReadMark.at))
    .where(ReadMark.thread_id == Thread.id, ReadMark.person_id == Thread.belongs_to, ReadMark.upto >= Thread.last_n)
    .scalar_subquery()
)
_list = (
    THREADS.add_columns(func.coalesce(read_upto, 0).label("read"), _read_by_contact.label("read_at"))
    .order_by(Thread.last_at.desc(), Thread.id.desc())
    .limit(PAGE + 1)
)
_list = (
    _list.outerjoin(Wait, OPEN)
    .outerjoin(Holder, Holder.id == Wait.holder_id)
    .add_columns(
        Wait.id.label("wait_id"),
        Wait.promised_at,
        Wait.holder_id,
        Holder.name_sealed.label("holder_name_sealed"),
    )
)
_earlier = tuple_(Thread.last_at, Thread.id) < tuple_(bindparam("at"), bindparam("id"))


def threads_of(viewer: Viewer, *, today: date, before: tuple[datetime, UUID] | None = None) -> Listed[ThreadRow]:
    """The viewer's threads, the latest first."""
    role = role_of(viewer)
    if before:
        found = _LIST_BEFORE[role].rows(viewer=viewer.person_id, today=today, at=before[0], id=before[1])
    else:
        found = _LIST[role].rows(viewer=viewer.person_id, today=today)
    rows, more = cut(found)
    return Listed([_thread_row(viewer, role, row) for row in rows], more, state_in(viewer, found))


def list_state(viewer: Viewer, key: UUID) -> str | None:
    """A string that changes whenever the viewer's own lists would."""
    return state_in(viewer, ()) if key == viewer.person_id else None


def state_in(viewer: Viewer, found: Sequence[Any]) -> str:
    """From rows that each tell it; when there are none, it is asked for."""
    return (found or _STATE[role_of(viewer)].rows(viewer=viewer.person_id))[0].state


def _thread_row(viewer: Viewer, role: str, row: Any) -> ThreadRow:
    other = (
        (row.patient_id, row.patient_name_sealed)
        if role == "staff"
        else (row.contact_person_id, row.contact_name_sealed)
    )
    mine = row.last_by == viewer.person_id
    return ThreadRow(
        key=row.id,
        patient_id=row.patient_id,
        unit_id=row.unit_id,
        topic=topic_of(row),
        name=person_name(*other),
        at=row.last_at,
        mine=mine,
        unread=not mine and row.read < row.last_n,
        read_at=row.read_at if mine and role == "patient" else None,
        promised_at=row.promised_at if role == "patient" else None,
        reader=person_name(row.holder_id, row.holder_name_sealed) if role == "patient" and row.holder_id else None,
    )


_LISTS = {role: _list.where(only).add_columns(STATE[role]) for role, only in MINE.items()}
_LIST = {role: Query(listed) for role, listed in _LISTS.items()}
_LIST_BEFORE = {role: Query(listed.where(_earlier)) for role, listed in _LISTS.items()}
_STATE = {role: Query(select(state)) for role, state in STATE.items()}
