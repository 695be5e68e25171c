"""Threads as their reader may see them. The viewer decides which rows there are."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.orm import aliased

from app.accounts.models import Person, RegionRole, Staff
from app.accounts.queries import Viewer, person_name, shown_name
from app.care.models import Assignment, Block, Unit
from app.care.queries import CARD, TODAY, WORKS, ContactCard, card, contact_for, in_force
from app.core import crypto
from app.core.errors import NotFound
from app.core.query import Query
from app.messages.models import Draft, Message, ReadMark, Thread
from app.waits.models import Asked, Handoff, Wait

Asker = aliased(Person, name="asker")
Holder = aliased(Person, name="holder")
HolderStaff = aliased(Staff, name="holder_staff")
Working = aliased(Assignment, name="working")
Held = aliased(Wait, name="held")
Past = aliased(Wait, name="past")
VIEWER: BindParameter[UUID] = bindparam("viewer")
LATE_DAYS = 7


@dataclass(frozen=True)
class ThreadHead:
    """A thread without its letters, and the viewer's own draft in it.

    `read` is how far the viewer has read, `read_at` when anybody last did. `wait` is there while a question is open;
    `moved` changes with whatever happens to it.
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
    moved: str
    draft: str | None
    draft_at: datetime | None
    mine_to_write: bool
    closed_at: datetime | None
    wait: "ThreadWait | None"


@dataclass(frozen=True)
class ThreadWait:
    """The open question of a thread: who has it and by when it is answered. No holder is the region's function.

    `call`: the patient is to be rung between `counts_from` and `promised_at`, on `number` where they gave one.
    """

    key: UUID
    turn: int
    opened_at: datetime
    holder: UUID | None
    name: str
    title: str
    promised_at: datetime
    counts_from: datetime
    only_contact: bool
    broken: int
    call: bool
    number: str | None


OWN = {"patient": Thread.patient_id == VIEWER, "staff": Thread.belongs_to == VIEWER}
_asked_too = exists().where(Asked.wait_id == Held.id, Asked.person_id == VIEWER)
_had_it = exists().where(
    Handoff.wait_id == Held.id, Handoff.from_id == VIEWER, Handoff.at >= TODAY - bindparam("late", LATE_DAYS)
)
# Whoever has been given the question, is asked as well, or has answered in the last days.
_given = exists().where(
    Held.kind == "thread",
    Held.subject_id == Thread.id,
    or_(
        and_(
            Held.ended_at.is_(None),
            or_(
                Held.holder_id == VIEWER,
                _asked_too,
                and_(
                    Held.holder_id.is_(None),
                    exists().where(RegionRole.person_id == VIEWER, RegionRole.role == "function"),
                ),
            ),
        ),
        # A late answer still finds its thread: whoever answered, and whoever had it or was asked until just now.
        and_(
            or_(Held.ended_at.is_(None), Held.readable_until >= TODAY),
            or_(Held.ended_by == VIEWER, Held.holder_id == VIEWER, _asked_too, _had_it),
            ~exists().where(Block.patient_id == Held.patient_id, Block.person_id == VIEWER, Block.ended_at.is_(None)),
        ),
    ),
    or_(
        exists().where(Working.person_id == VIEWER, in_force(Working, TODAY)),
        exists().where(RegionRole.person_id == VIEWER, RegionRole.role == "function"),
    ),
)
_works = and_(OWN["staff"], Assignment.id.is_not(None))
MINE = OWN | {"staff": _works}
_OPENS = OWN | {"staff": or_(_works, _given)}

THREADS = (
    select(Thread.id, Thread.patient_id, Thread.topic_sealed, Thread.last_n, Thread.last_at, Thread.last_by, *CARD)
    .join(Staff, Staff.person_id == Thread.belongs_to)
    .join(Person, Person.id == Staff.person_id)
    .join(Unit, Unit.id == Thread.unit_id)
    .outerjoin(Assignment, WORKS)
    .join(Asker, Asker.id == Thread.patient_id)
    .add_columns(Asker.name_sealed.label("patient_name_sealed"), Asker.protected)
)
read_upto = (
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
OPEN = and_(Wait.kind == "thread", Wait.subject_id == Thread.id, Wait.ended_at.is_(None))

_open = and_(Wait.kind == "thread", Wait.ended_at.is_(None))
# Open questions that are the viewer's: theirs to answer, to answer as well, or to see because the contact is them.
_for_me = union(
    select(Wait.id).where(Wait.holder_id == VIEWER, _open),
    select(Wait.id).where(Wait.belongs_to == VIEWER, _open),
    select(Asked.wait_id).where(Asked.person_id == VIEWER),
    select(Wait.id).where(
        Wait.holder_id.is_(None), _open, exists().where(RegionRole.person_id == VIEWER, RegionRole.role == "function")
    ),
)
FOR_ME = select(_for_me.cte("for_me").c.id)


def moves(wait: Any) -> ColumnElement[str]:
    """A text that changes whenever one of some waits is opened, goes on to somebody, gets a new time or ends."""
    promised = cast(func.extract("epoch", func.max(wait.promised_at)), BigInteger)
    parts = (func.count(wait.id), func.count(wait.ended_at), func.sum(wait.turn), promised)
    return func.concat_ws(".", *(func.coalesce(part, 0) for part in parts), type_=Text)


_too = select(func.count()).select_from(Asked).where(Asked.wait_id == Past.id).correlate(Past).scalar_subquery()
_moved = (
    select(func.concat_ws(".", moves(Past), func.coalesce(func.sum(_too), 0), type_=Text))
    .where(Past.kind == "thread", Past.subject_id == Thread.id)
    .scalar_subquery()
    .label("moved")
)
_head = (
    THREADS.outerjoin(Wait, OPEN)
    .outerjoin(Holder, Holder.id == Wait.holder_id)
    .outerjoin(HolderStaff, HolderStaff.person_id == Wait.holder_id)
    .add_columns(
        Thread.closed_at,
        Wait.id.label("wait_id"),
        Wait.turn,
        Wait.opened_at,
        Wait.holder_id,
        Wait.promised_at,
        Wait.counts_from,
        Wait.only_contact,
        Wait.broken,
        Wait.call,
        Wait.number_sealed.label("call_number_sealed"),
        Holder.name_sealed.label("holder_name_sealed"),
        HolderStaff.title.label("holder_title"),
        # Asked only of a thread that is not the viewer's own.
        case((_works, False), else_=_given).label("given"),
        _works.label("own"),
        _moved,
    )
    .outerjoin(Draft, and_(Draft.person_id == VIEWER, Draft.place_id == Thread.id))
    .add_columns(Draft.text_sealed.label("draft_sealed"), Draft.saved_at.label("draft_at"))
    .add_columns(func.coalesce(read_upto, 0).label("read"), _last_read)
    .where(Thread.id == bindparam("thread"))
)
_state = (
    select(Thread.last_n, _last_read, _moved)
    .join(Staff, Staff.person_id == Thread.belongs_to)
    .join(Unit, Unit.id == Thread.unit_id)
    .outerjoin(Assignment, WORKS)
    .where(Thread.id == bindparam("thread"))
)


_draft = select(Draft.text_sealed, Draft.saved_at).where(
    Draft.person_id == VIEWER, Draft.place_id == bindparam("place")
)


def role_of(viewer: Viewer) -> str:
    return "staff" if "staff" in viewer.kinds else "patient"


def is_hidden(viewer: Viewer, row: Any) -> bool:
    """Whether the patient of a thread is shown by initials: to all but themselves, the contact and the holder."""
    return row.protected and viewer.person_id not in (row.patient_id, row.contact_person_id, row.holder_id)


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
        patient_name=shown_name(row.patient_id, row.patient_name_sealed, hidden=is_hidden(viewer, row)),
        unit_id=row.unit_id,
        topic=topic_of(row),
        contact=card(row, row.id, False),
        last_n=row.last_n,
        read=row.read,
        read_at=row.read_at,
        moved=row.moved,
        draft=draft,
        draft_at=row.draft_at,
        mine_to_write=row.given or row.reachable or role_of(viewer) == "patient",
        closed_at=row.closed_at,
        wait=_wait(row),
    )


def sent_before(viewer: Viewer, place: UUID, *, text: str, key: str) -> tuple[UUID, int] | None:
    """The thread and number of a letter that had already been stored, written to a contact or in a thread."""
    opened = _OPENED_AS.row(digest=opening_digest(viewer, place, text=text, key=key))
    thread = opened.id if opened else place
    found = _SENT_AS.row(digest=letter_digest(viewer, thread, text=text, key=key))
    return (thread, found.n) if found else None


def opening_digest(viewer: Viewer, contact: UUID, *, text: str, key: str) -> bytes:
    """What tells a first letter from every other: who wrote, to which contact, the page's key and the text."""
    return crypto.keyring().digest("thread.opening", str(viewer.person_id), str(contact), key, text)


def letter_digest(viewer: Viewer, thread: UUID, *, text: str, key: str) -> bytes:
    """The same for a letter in a thread."""
    return crypto.keyring().digest("message", str(viewer.person_id), str(thread), key, text)


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
    return None if row is None else state_of(row.last_n, row.read_at, row.moved)


def state_of(last_n: int, read_at: datetime | None, moved: str) -> str:
    """A thread's state: it changes with each letter, whenever somebody reads, and when its question goes on."""
    return f"{last_n}.{int(read_at.timestamp() * 1000) if read_at else 0}.{moved}"


def topic_of(row: Any) -> str:
    return crypto.keyring().open(row.topic_sealed, crypto.place("thread.topic", row.id))


def _wait(row: Any) -> ThreadWait | None:
    if row.wait_id is None:
        return None
    return ThreadWait(
        key=row.wait_id,
        turn=row.turn,
        opened_at=row.opened_at,
        holder=row.holder_id,
        name=person_name(row.holder_id, row.holder_name_sealed) if row.holder_id else "",
        title=row.holder_title or "",
        promised_at=row.promised_at,
        counts_from=row.counts_from,
        only_contact=row.only_contact,
        broken=row.broken,
        call=row.call,
        number=row.call_number_sealed
        and crypto.keyring().open(row.call_number_sealed, crypto.place("wait.number", row.wait_id)),
    )


# Asked whether it opens once, behind a fence that the planner leaves the question behind: it would copy it else.
_reached = _head.offset(0).subquery("head")
_HEAD = {
    "patient": Query(_head.where(OWN["patient"])),
    "staff": Query(select(_reached).where(or_(_reached.c.own, _reached.c.given))),
}
_STATE = {role: Query(_state.where(only)) for role, only in _OPENS.items()}
_DRAFT = Query(_draft)
_OPENED_AS = Query(select(Thread.id).where(Thread.opening == bindparam("digest")))
_SENT_AS = Query(select(Message.n).where(Message.digest == bindparam("digest")))
