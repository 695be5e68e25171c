"""Patients to whom the viewer may write first, and what the viewer has written that nobody has read."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from app.accounts.queries import Viewer, person_name, shown_name
from app.care.models import Assignment, Contact, Unit
from app.care.queries import TODAY, in_force, leads
from app.core.db import run
from app.core.errors import NotFound
from app.core.paging import cut
from app.core.query import Query
from app.messages.models import ReadMark, Thread
from app.messages.queries import VIEWER, Asker, Working, topic_of

UNREAD_AFTER = timedelta(days=3)
FEW = 5
MOST = 1_000


@dataclass(frozen=True)
class Addressee:
    """A patient to whom the viewer may write first, and the unit where they have the patient."""

    key: UUID
    name: str
    unit_id: UUID
    unit_name: str


@dataclass(frozen=True)
class Unread:
    """What the viewer has written first, and the patient has not read; `at` is when the last of it was written."""

    key: UUID
    patient_id: UUID
    unit_id: UUID
    patient_name: str
    topic: str
    at: datetime


Mine = aliased(Contact, name="mine")
_mine = Contact.person_id == VIEWER
# Whoever writes first works at the unit, and is the patient's contact there or leads it.
_addressees = (
    select(Contact.patient_id, Unit.id, Unit.name, Asker.name_sealed, Asker.protected, _mine.label("mine"))
    .join(Unit, Unit.id == Contact.unit_id)
    .join(Asker, Asker.id == Contact.patient_id)
    .join(
        Assignment,
        and_(
            Assignment.unit_id == Unit.id,
            Assignment.person_id == VIEWER,
            Assignment.role.in_(("licensed", "care")),
            in_force(Assignment, TODAY),
        ),
    )
    .where(in_force(Contact, TODAY), Asker.closed_at.is_(None), Contact.patient_id != VIEWER)
    .distinct()
    .limit(MOST)
)
_ALL = _addressees.where(_mine)
_ONE = _addressees.where(or_(_mine, leads(VIEWER)), Contact.patient_id == bindparam("patient")).order_by(
    _mine.desc(), Unit.id
)
_UNREAD = Query(
    select(Thread.id, Thread.patient_id, Thread.unit_id, Thread.topic_sealed, Thread.last_at, Asker.name_sealed)
    .join(Asker, Asker.id == Thread.patient_id)
    .where(
        Thread.belongs_to == VIEWER,
        Thread.opened_by == Thread.belongs_to,
        Thread.closed_at.is_(None),
        Thread.last_by == VIEWER,
        Thread.last_at <= bindparam("before"),
        exists().where(Working.person_id == VIEWER, Working.unit_id == Thread.unit_id, in_force(Working, TODAY)),
        ~exists().where(
            ReadMark.thread_id == Thread.id,
            ReadMark.person_id == Thread.patient_id,
            ReadMark.upto >= Thread.last_n,
        ),
    )
    .order_by(Thread.last_at, Thread.id)
    .limit(FEW + 1)
)


def addressees_of(viewer: Viewer, *, today: date) -> list[Addressee]:
    """The patients whose contact the viewer is, by name."""
    found = [_addressee(row) for row in run(_ALL, {"viewer": viewer.person_id, "today": today})]
    return sorted(found, key=lambda it: (it.name, it.unit_name, it.key))


def addressee_for(viewer: Viewer, patient: UUID, *, today: date) -> Addressee:
    """One patient to whom the viewer may write first; raises NotFound."""
    row = run(_ONE, {"viewer": viewer.person_id, "patient": patient, "today": today}).first()
    if row is None:
        raise NotFound
    return _addressee(row)


def unread_of(viewer: Viewer, *, now: datetime, today: date) -> tuple[list[Unread], bool]:
    """What the viewer wrote first more than three days ago that is still not read, the oldest first, and whether there
    is more."""
    rows, more = cut(_UNREAD.rows(viewer=viewer.person_id, before=now - UNREAD_AFTER, today=today), FEW)
    return [
        Unread(
            row.id,
            row.patient_id,
            row.unit_id,
            person_name(row.patient_id, row.name_sealed),
            topic_of(row),
            row.last_at,
        )
        for row in rows
    ], more


def _addressee(row: Any) -> Addressee:
    name = shown_name(row.patient_id, row.name_sealed, hidden=row.protected and not row.mine)
    return Addressee(row.patient_id, name, row.id, row.name)
