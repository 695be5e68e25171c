"""Questions that wait for somebody of the staff, in the order of what was promised."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, or_, select, tuple_

from app.accounts.models import Person, RegionRole
from app.accounts.queries import Viewer, person_name, shown_name
from app.care.queries import TODAY, in_force
from app.core import crypto
from app.core.crypto import Keyring
from app.core.paging import PAGE, cut
from app.core.query import Query
from app.messages import rules
from app.messages.list_queries import STATE, Listed, state_in
from app.messages.models import Message, Thread
from app.messages.queries import FOR_ME, OPEN, VIEWER, Asker, Holder, Working, read_upto
from app.waits.models import Asked, Wait

FIRST_LINES = 240


class WaitingRow(NamedTuple):
    """A question that waits, with its first lines, and its topic where that adds to them.

    `instead` names the contact that the viewer answers for.

    `call`: the patient is to be rung between `ring_from` and `promised_at`, where `asked_call` on their own wish; their
    number stands in the thread only.

    `holder` is who has it, where that is another: the viewer is asked as well, or is the contact who is back.
    """

    key: UUID
    patient_id: UUID
    unit_id: UUID
    topic: str
    patient_name: str
    since: datetime
    promised_at: datetime
    broken: bool
    instead: str | None
    holder: str | None
    asked: bool
    said: str
    unread: bool
    call: bool = False
    asked_call: bool = False
    ring_from: datetime | None = None


_asked = exists().where(Asked.wait_id == Wait.id, Asked.person_id == VIEWER)
_works = and_(Working.person_id == VIEWER, in_force(Working, TODAY))
# Whoever has left may see nothing, though the worker has not been here yet.
_may = or_(
    exists().where(_works, Working.unit_id == Wait.unit_id),
    and_(exists().where(_works), or_(Wait.holder_id == VIEWER, _asked)),
    exists().where(RegionRole.person_id == VIEWER, RegionRole.role == "function"),
)
_contact = Person
# The first letter that is not answered; were that ever unknown, the question must still be seen.
_asked_in = func.coalesce(Thread.unanswered_n, Thread.last_n)
_waiting = (
    select(
        Thread.id,
        Thread.patient_id,
        Thread.unit_id,
        Thread.topic_sealed,
        Thread.last_n,
        _asked_in.label("asked_in"),
        Wait.opened_at,
        Wait.promised_at,
        Wait.counts_from,
        Wait.call,
        Wait.number_sealed.is_not(None).label("has_number"),
        Wait.broken,
        Wait.holder_id,
        Wait.belongs_to,
        Message.text_sealed,
        Asker.name_sealed,
        Asker.protected,
        _contact.name_sealed.label("contact_name_sealed"),
        Holder.name_sealed.label("holder_name_sealed"),
        _asked.label("asked"),
        func.coalesce(read_upto, 0).label("read"),
        Wait.id.label("wait_id"),
        STATE["staff"],
    )
    .select_from(Wait)
    .join(Thread, Thread.id == Wait.subject_id)
    .join(Message, and_(Message.thread_id == Thread.id, Message.n == _asked_in))
    .join(Asker, Asker.id == Thread.patient_id)
    # Whoever asks is mostly both, and is not looked up for each row.
    .outerjoin(_contact, _contact.id == func.nullif(Wait.belongs_to, VIEWER))
    .outerjoin(Holder, Holder.id == func.nullif(Wait.holder_id, VIEWER))
    .where(OPEN, Wait.id.in_(FOR_ME), _may)
    .order_by(Wait.promised_at, Wait.id)
    .limit(PAGE + 1)
)
_WAITING = Query(_waiting)
_AFTER = Query(_waiting.where(tuple_(Wait.promised_at, Wait.id) > tuple_(bindparam("at"), bindparam("id"))))


def waiting_for(
    viewer: Viewer, *, today: date, after: tuple[datetime, UUID] | None = None
) -> tuple[Listed[WaitingRow], tuple[datetime, UUID] | None]:
    """Questions that wait for the viewer, the first to be due first, and where to go on when there are more."""
    if after:
        found = _AFTER.rows(viewer=viewer.person_id, today=today, at=after[0], id=after[1])
    else:
        found = _WAITING.rows(viewer=viewer.person_id, today=today)
    rows, more = cut(found)
    me, ring = viewer.person_id, crypto.keyring()
    listed = Listed([_row(me, ring, row) for row in rows], state_in(viewer, found))
    return listed, (rows[-1].promised_at, rows[-1].wait_id) if more else None


def _row(me: UUID, ring: Keyring, row: Any) -> WaitingRow:
    key = str(row.id)
    topic = ring.open(row.topic_sealed, crypto.place("thread.topic", key))
    said = ring.open(row.text_sealed, crypto.place("message.text", key, row.asked_in))
    if row.has_number:
        # What they wrote themselves; the time stands in the row, and the number in the thread alone.
        topic, said = "", said.partition("\n\n")[2]
    said = said[:FIRST_LINES]
    return WaitingRow(
        key=row.id,
        patient_id=row.patient_id,
        unit_id=row.unit_id,
        topic=topic if rules.adds(topic, said) else "",
        patient_name=shown_name(
            row.patient_id, row.name_sealed, hidden=row.protected and me not in (row.belongs_to, row.holder_id)
        ),
        since=row.opened_at,
        promised_at=row.promised_at,
        broken=row.broken > 0,
        instead=person_name(row.belongs_to, row.contact_name_sealed) if row.belongs_to != me else None,
        holder=person_name(row.holder_id, row.holder_name_sealed) if row.holder_id not in (me, None) else None,
        asked=row.asked,
        said=said,
        unread=row.read < row.last_n,
        call=row.call,
        asked_call=row.has_number,
        ring_from=row.counts_from,
    )
