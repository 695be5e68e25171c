"""What waited for somebody while they were off duty, and what others did with it."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, exists, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.accounts.models import Person
from app.accounts.queries import Viewer, person_name
from app.care.models import Block
from app.care.queries import TODAY, in_force
from app.core.paging import PAGE, cut
from app.core.query import Query
from app.messages.models import Thread
from app.messages.queries import Asker, Holder, Working, topic_of
from app.relatives.models import Relation
from app.waits.heard_queries import NOT_OF_ME, VIEWER
from app.waits.models import HEARD_KINDS, Wait

Ender = aliased(Person, name="ender")
SINCE = bindparam("since", type_=Wait.opened_at.type)


class MissedRow(NamedTuple):
    """A question to the viewer, of a kind; of what was told about a patient there is neither their name nor a topic.
    Of a time that a patient has answered about there is no topic either.

    While it is open somebody has it (`holder`, None for the region), and it is `mine` when
    that is the viewer; else somebody ended it in one of the ways that a wait ends."""

    key: UUID
    kind: str
    patient_id: UUID | None
    unit_id: UUID
    patient_name: str
    topic: str
    call: bool
    since: datetime
    promised_at: datetime
    broken: bool
    mine: bool
    holder: str | None
    ended_at: datetime | None
    ended_by: str | None
    ended_how: str | None


_works = exists().where(Working.person_id == VIEWER, Working.unit_id == Wait.unit_id, in_force(Working, TODAY))
NAMED = ("thread", "booking_answer")
# Whom the patient has said no to since, or has let in, learns no more of them here.
_of_a_time = and_(
    Wait.kind == "booking_answer",
    Wait.patient_id != VIEWER,
    ~exists().where(Block.patient_id == Wait.patient_id, Block.person_id == VIEWER, Block.ended_at.is_(None)),
    ~exists().where(
        Relation.patient_id == Wait.patient_id, Relation.relative_id == VIEWER, Relation.ended_at.is_(None)
    ),
)
_heard = and_(or_(*(Wait.kind == kind for kind in sorted(HEARD_KINDS))), NOT_OF_ME)
_missed = (
    select(
        Wait.subject_id,
        Wait.kind,
        Thread.id,
        Wait.patient_id,
        Wait.unit_id,
        Thread.topic_sealed,
        Wait.id.label("wait_id"),
        Wait.call,
        Wait.opened_at,
        Wait.promised_at,
        Wait.broken,
        Wait.holder_id,
        Wait.ended_at,
        Wait.ended_by,
        Wait.ended_how,
        Asker.name_sealed,
        Holder.name_sealed.label("holder_name_sealed"),
        Ender.name_sealed.label("ender_name_sealed"),
    )
    .select_from(Wait)
    .outerjoin(Thread, and_(Wait.kind == "thread", Thread.id == Wait.subject_id))
    .outerjoin(Asker, and_(Wait.kind.in_(NAMED), Asker.id == Wait.patient_id))
    .outerjoin(Holder, Holder.id == Wait.holder_id)
    .outerjoin(Ender, Ender.id == Wait.ended_by)
    .where(or_(Thread.id.is_not(None), _of_a_time, _heard), Wait.belongs_to == VIEWER, _works)
    .limit(PAGE + 1)
)
_open = _missed.where(Wait.ended_at.is_(None)).order_by(Wait.promised_at, Wait.id)
_done = _missed.where(Wait.ended_at >= SINCE, Wait.ended_by != VIEWER).order_by(Wait.ended_at.desc(), Wait.id.desc())


def _both(done: Select[*tuple[Any, ...]]) -> Query:
    return Query(select(_open.subquery()).union_all(select(done.subquery())))


_BOTH = _both(_done)
_EARLIER = _both(_done.where(tuple_(Wait.ended_at, Wait.id) < tuple_(bindparam("at"), bindparam("id"))))


class Missed(NamedTuple):
    """What is open, the first to be due first, and whether there is more; what others ended, the latest first, and
    where to go on when there is more."""

    waiting: list[MissedRow]
    more_waiting: bool
    done: list[MissedRow]
    more_done: tuple[datetime, UUID] | None


def missed_by(viewer: Viewer, *, since: datetime, today: date, before: tuple[datetime, UUID] | None = None) -> Missed:
    """The questions to the viewer that are open, and those that others have ended since a moment."""
    values: dict[str, Any] = {"viewer": viewer.person_id, "today": today, "since": since}
    found = _EARLIER.rows(**values, at=before[0], id=before[1]) if before else _BOTH.rows(**values)
    waiting = sorted((row for row in found if row.ended_at is None), key=lambda it: (it.promised_at, it.wait_id))
    done = sorted((row for row in found if row.ended_at), key=lambda it: (it.ended_at, it.wait_id), reverse=True)
    (waiting, more_waiting), (done, more) = cut(waiting), cut(done)
    rows = ([_row(viewer, row) for row in them] for them in (waiting, done))
    return Missed(next(rows), more_waiting, next(rows), (done[-1].ended_at, done[-1].wait_id) if more else None)


def _row(viewer: Viewer, row: Any) -> MissedRow:
    return MissedRow(
        key=row.subject_id,
        kind=row.kind,
        patient_id=row.patient_id if row.name_sealed else None,
        unit_id=row.unit_id,
        patient_name=person_name(row.patient_id, row.name_sealed) if row.name_sealed else "",
        topic=topic_of(row) if row.kind == "thread" else "",
        call=row.call,
        since=row.opened_at,
        promised_at=row.promised_at,
        broken=row.broken > 0,
        mine=row.holder_id == viewer.person_id,
        holder=person_name(row.holder_id, row.holder_name_sealed) if row.holder_id else None,
        ended_at=row.ended_at,
        ended_by=person_name(row.ended_by, row.ender_name_sealed) if row.ended_by else None,
        ended_how=row.ended_how,
    )
