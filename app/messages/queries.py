"""Threads as their reader may see them. The viewer decides which rows there are."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, and_, bindparam, func, select, tuple_
from sqlalchemy.orm import aliased

from app.accounts.models import Person, Staff
from app.accounts.queries import Viewer, person_name
from app.care.models import Assignment, Unit
from app.care.queries import CARD, TODAY, WORKS, ContactCard, card, contact_for
from app.core import crypto
from app.core.errors import NotFound
from app.core.paging import PAGE, cut
from app.core.query import Query
from app.messages import rules
from app.messages.models import Draft, Message, ReadMark, Thread

Asker = aliased(Person, name="asker")
VIEWER: BindParameter[UUID] = bindparam("viewer")
FIRST_LINES = 240


@dataclass(frozen=True)
class ThreadHead:
    """A thread without its letters, and the viewer's own draft in it.

    `read` is how far the viewer has read, `read_at` when anybody last did.
    """

    key: UUID
    patient_id: UUID
    patient_name: str
    unit_id: UUID
    topic: str
    contact: ContactCard
    last_n: int
    read: int
    read_at: datetime | None
    draft: str | None
    draft_at: datetime | None
    mine_to_write: bool


class ThreadRow(NamedTuple):
    """A thread in a list. `name` is the other side's; `read_at` is when the contact had read all of it."""

    key: UUID
    patient_id: UUID
    unit_id: UUID
    topic: str
    name: str
    at: datetime
    mine: bool
    unread: bool
    read_at: datetime | None


class WaitingRow(NamedTuple):
    """A question that the viewer has not answered yet, with its first lines, and its topic where that adds to them."""

    key: UUID
    patient_id: UUID
    unit_id: UUID
    topic: str
    patient_name: str
    since: datetime
    said: str
    unread: bool


_OWN = {"patient": Thread.patient_id == VIEWER, "staff": Thread.belongs_to == VIEWER}
_MINE = _OWN | {"staff": and_(_OWN["staff"], Assignment.id.is_not(None))}

_threads = (
    select(Thread.id, Thread.patient_id, Thread.topic_sealed, Thread.last_n, Thread.last_at, Thread.last_by, *CARD)
    .join(Staff, Staff.person_id == Thread.belongs_to)
    .join(Person, Person.id == Staff.person_id)
    .join(Unit, Unit.id == Thread.unit_id)
    .outerjoin(Assignment, WORKS)
    .join(Asker, Asker.id == Thread.patient_id)
    .add_columns(Asker.name_sealed.label("patient_name_sealed"))
)
_read = (
    select(func.max(ReadMark.upto))
    .where(ReadMark.thread_id == Thread.id, ReadMark.person_id == VIEWER)
    .scalar_subquery()
)
_last_read = (
    select(func.max(ReadMark.at))
    .where(ReadMark.thread_id == Thread.id, ReadMark.person_id != VIEWER)
    .scalar_subquery()
    .label("read_at")
)
_head = (
    _threads.outerjoin(Draft, and_(Draft.person_id == VIEWER, Draft.place_id == Thread.id))
    .add_columns(Draft.text_sealed.label("draft_sealed"), Draft.saved_at.label("draft_at"))
    .add_columns(func.coalesce(_read, 0).label("read"), _last_read)
    .where(Thread.id == bindparam("thread"))
)
_read_by_contact = (
    select(func.min(ReadMark.at))
    .where(ReadMark.thread_id == Thread.id, ReadMark.person_id == Thread.belongs_to, ReadMark.upto >= Thread.last_n)
    .scalar_subquery()
)
_list = (
    _threads.add_columns(func.coalesce(_read, 0).label("read"), _read_by_contact.label("read_at"))
    .order_by(Thread.last_at.desc(), Thread.id.desc())
    .limit(PAGE + 1)
)
_list_before = _list.where(tuple_(Thread.last_at, Thread.id) < tuple_(bindparam("at"), bindparam("id")))
_waiting = (
    select(
        Thread.id,
        Thread.patient_id,
        Thread.unit_id,
        Thread.topic_sealed,
        Thread.last_n,
        Thread.unanswered_n,
        Thread.unanswered_since,
        Message.text_sealed,
        Asker.name_sealed,
        func.coalesce(_read, 0).label("read"),
    )
    .join(Message, and_(Message.thread_id == Thread.id, Message.n == Thread.unanswered_n))
    .join(Asker, Asker.id == Thread.patient_id)
    .join(
        Assignment,
        and_(
            Assignment.unit_id == Thread.unit_id,
            Assignment.person_id == Thread.belongs_to,
            Assignment.starts_on <= TODAY,
            func.coalesce(Assignment.ends_on, TODAY) >= TODAY,
        ),
    )
    .where(Thread.belongs_to == VIEWER, Thread.unanswered_since.is_not(None))
    .order_by(Thread.unanswered_since, Thread.id)
    .limit(PAGE + 1)
)
_waiting_after = _waiting.where(tuple_(Thread.unanswered_since, Thread.id) > tuple_(bindparam("at"), bindparam("id")))
_draft = select(Draft.text_sealed, Draft.saved_at).where(
    Draft.person_id == VIEWER, Draft.place_id == bindparam("place")
)
_state = (
    select(Thread.last_n, _last_read)
    .join(Staff, Staff.person_id == Thread.belongs_to)
    .join(Unit, Unit.id == Thread.unit_id)
    .outerjoin(Assignment, WORKS)
    .where(Thread.id == bindparam("thread"))
)


def role_of(viewer: Viewer) -> str:
    return "staff" if "staff" in viewer.kinds else "patient"


def thread_for(viewer: Viewer, key: UUID, *, today: date) -> ThreadHead:
    """One thread that opens for the viewer; raises NotFound."""
    row = _HEAD[role_of(viewer)].row(viewer=viewer.person_id, thread=key, today=today)
    if row is None:
        raise NotFound
    draft = row.draft_sealed and crypto.keyring().open(
        row.draft_sealed, crypto.place("draft.text", viewer.person_id, key)
    )
    return ThreadHead(
        key=row.id,
        patient_id=row.patient_id,
        patient_name=person_name(row.patient_id, row.patient_name_sealed),
        unit_id=row.unit_id,
        topic=_topic(row),
        contact=card(row, row.id, False),
        last_n=row.last_n,
        read=row.read,
        read_at=row.read_at,
        draft=draft,
        draft_at=row.draft_at,
        mine_to_write=row.reachable,
    )


def threads_of(
    viewer: Viewer, *, today: date, before: tuple[datetime, UUID] | None = None
) -> tuple[list[ThreadRow], bool]:
    """The viewer's threads, the latest first, and whether there are more."""
    role = role_of(viewer)
    if before:
        found = _LIST_BEFORE[role].rows(viewer=viewer.person_id, today=today, at=before[0], id=before[1])
    else:
        found = _LIST[role].rows(viewer=viewer.person_id, today=today)
    rows, more = cut(found)
    return [_thread_row(viewer, role, row) for row in rows], more


def waiting_for(
    viewer: Viewer, *, today: date, after: tuple[datetime, UUID] | None = None
) -> tuple[list[WaitingRow], bool]:
    """Questions that wait for the viewer, the oldest first, and whether there are more."""
    if after:
        found = _WAITING_AFTER.rows(viewer=viewer.person_id, today=today, at=after[0], id=after[1])
    else:
        found = _WAITING.rows(viewer=viewer.person_id, today=today)
    rows, more = cut(found)
    return [_waiting_row(row) for row in rows], more


def draft_for(viewer: Viewer, place: UUID) -> tuple[str, datetime] | None:
    """What the viewer has begun to write there."""
    row = _DRAFT.row(viewer=viewer.person_id, place=place)
    return (
        None
        if row is None
        else (crypto.keyring().open(row.text_sealed, crypto.place("draft.text", viewer.person_id, place)), row.saved_at)
    )


def ensure_own_place(viewer: Viewer, place: UUID, *, today: date) -> None:
    """Whether the viewer may write there: in a thread of theirs, or to a contact of theirs; raises NotFound."""
    if _STATE[role_of(viewer)].row(viewer=viewer.person_id, thread=place, today=today) is not None:
        return
    if role_of(viewer) != "patient":
        raise NotFound
    contact_for(viewer, place, today=today)


def thread_state(viewer: Viewer, key: UUID, *, today: date) -> str | None:
    """A string that changes whenever the thread's page would."""
    row = _STATE[role_of(viewer)].row(viewer=viewer.person_id, thread=key, today=today)
    return None if row is None else state_of(row.last_n, row.read_at)


def list_state(viewer: Viewer, key: UUID) -> str | None:
    """A string that changes whenever the viewer's own lists would."""
    if key != viewer.person_id:
        return None
    (newest,) = _NEWEST[role_of(viewer)].row(viewer=viewer.person_id)
    return str(int(newest.timestamp() * 1000)) if newest else "0"


def state_of(last_n: int, read_at: datetime | None) -> str:
    """A thread's state: it changes with each letter, and whenever somebody reads."""
    return f"{last_n}.{int(read_at.timestamp() * 1000) if read_at else 0}"


def _topic(row: Any) -> str:
    return crypto.keyring().open(row.topic_sealed, crypto.place("thread.topic", row.id))


def _waiting_row(row: Any) -> WaitingRow:
    place = crypto.place("message.text", row.id, row.unanswered_n)
    topic, said = _topic(row), crypto.keyring().open(row.text_sealed, place)[:FIRST_LINES]
    return WaitingRow(
        key=row.id,
        patient_id=row.patient_id,
        unit_id=row.unit_id,
        topic=topic if rules.adds(topic, said) else "",
        patient_name=person_name(row.patient_id, row.name_sealed),
        since=row.unanswered_since,
        said=said,
        unread=row.read < row.last_n,
    )


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
        topic=_topic(row),
        name=person_name(*other),
        at=row.last_at,
        mine=mine,
        unread=not mine and row.read < row.last_n,
        read_at=row.read_at if mine and role == "patient" else None,
    )


_HEAD = {role: Query(_head.where(only)) for role, only in _MINE.items()}
_LIST = {role: Query(_list.where(only)) for role, only in _MINE.items()}
_LIST_BEFORE = {role: Query(_list_before.where(only)) for role, only in _MINE.items()}
_STATE = {role: Query(_state.where(only)) for role, only in _MINE.items()}
_NEWEST = {role: Query(select(func.max(Thread.last_at)).where(mine)) for role, mine in _OWN.items()}
_WAITING, _WAITING_AFTER, _DRAFT = Query(_waiting), Query(_waiting_after), Query(_draft)
