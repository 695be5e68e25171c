"""What patients ask about their log, as whoever leads the unit sees it. Whom it is about never learns of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Uuid, and_, bindparam, exists, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.accounts.models import Person, RegionRole, Staff
from app.accounts.queries import Viewer, person_name, shown_name
from app.care.models import Block, Unit
from app.care.queries import leads
from app.core.db import run
from app.core.errors import NotFound
from app.core.paging import PAGE, cut
from app.log.models import LogQuestion
from app.log.queries import opened
from app.waits.head_queries import ensure_head
from app.waits.models import Wait


@dataclass(frozen=True)
class Asked:
    """A question about a line of a patient's log. `text` is None when the patient does not want the viewer to read."""

    key: UUID
    patient_id: UUID
    patient_name: str
    unit_id: UUID
    unit_name: str
    about_id: UUID
    about_name: str
    about_title: str
    entry_at: datetime
    text: str | None
    asked_at: datetime
    promised_at: datetime | None
    broken: bool
    holder: str | None
    mine: bool
    answer: str | None
    answered_at: datetime | None
    answerer: str | None
    waits: bool


VIEWER = bindparam("viewer", type_=Uuid())
Whose, About, Answerer, Holder = (aliased(Person, name=name) for name in ("whose", "about", "answerer", "holder"))
_of_function = exists().where(
    RegionRole.person_id == VIEWER, RegionRole.role == "function", RegionRole.region_id == Unit.region_id
)
_asked = (
    select(
        LogQuestion.id,
        LogQuestion.patient_id,
        LogQuestion.unit_id,
        LogQuestion.about_id,
        LogQuestion.entry_at,
        LogQuestion.text_sealed,
        LogQuestion.asked_at,
        LogQuestion.answer_sealed,
        LogQuestion.answered_at,
        LogQuestion.answered_by,
        Unit.name.label("unit_name"),
        Whose.name_sealed.label("whose_sealed"),
        Whose.protected,
        About.name_sealed.label("about_sealed"),
        Staff.title,
        Answerer.name_sealed.label("answerer_sealed"),
        Wait.id.label("wait_id"),
        Wait.promised_at,
        Wait.broken,
        Wait.holder_id,
        Wait.ended_at,
        Holder.name_sealed.label("holder_sealed"),
        exists()
        .where(Block.patient_id == LogQuestion.patient_id, Block.person_id == VIEWER, Block.ended_at.is_(None))
        .label("refused"),
    )
    .join(Wait, and_(Wait.kind == "log_question", Wait.subject_id == LogQuestion.id))
    .join(Unit, Unit.id == LogQuestion.unit_id)
    .join(Whose, Whose.id == LogQuestion.patient_id)
    .join(About, About.id == LogQuestion.about_id)
    .join(Staff, Staff.person_id == LogQuestion.about_id)
    .outerjoin(Answerer, Answerer.id == LogQuestion.answered_by)
    .outerjoin(Holder, Holder.id == Wait.holder_id)
    .where(
        LogQuestion.about_id != VIEWER,
        LogQuestion.patient_id != VIEWER,
        or_(leads(VIEWER), and_(_of_function, Wait.holder_id.is_(None))),
    )
)
_waiting = _asked.where(Wait.ended_at.is_(None)).order_by(Wait.promised_at, Wait.id).limit(PAGE + 1)
_after = _waiting.where(
    tuple_(Wait.promised_at, Wait.id)
    > tuple_(bindparam("at", type_=DateTime(timezone=True)), bindparam("id", type_=Uuid()))
)
_one = _asked.where(LogQuestion.id == bindparam("question", type_=Uuid())).order_by(Wait.opened_at.desc()).limit(1)


def waiting_for(
    viewer: Viewer, *, after: tuple[datetime, UUID] | None = None
) -> tuple[list[Asked], tuple[datetime, UUID] | None]:
    """The questions about the log that wait where the viewer leads, the first promise first, and where to go on.

    Raises NotFound for whoever leads nothing.
    """
    values: dict[str, Any] = {"viewer": viewer.person_id}
    found = run(_after, values | {"at": after[0], "id": after[1]}) if after else run(_waiting, values)
    rows, more = cut(found.all())
    if not rows:
        ensure_head(viewer)
    return [_of(row, viewer) for row in rows], (rows[-1].promised_at, rows[-1].wait_id) if more else None


def question_for(viewer: Viewer, question: UUID) -> Asked:
    """One of them, answered or not; raises NotFound."""
    row = run(_one, {"viewer": viewer.person_id, "question": question}).one_or_none()
    if row is None:
        raise NotFound
    return _of(row, viewer)


def _of(row: Any, viewer: Viewer) -> Asked:
    mine = row.holder_id == viewer.person_id
    return Asked(
        key=row.id,
        patient_id=row.patient_id,
        patient_name=shown_name(row.patient_id, row.whose_sealed, hidden=row.protected and not mine),
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        about_id=row.about_id,
        about_name=person_name(row.about_id, row.about_sealed),
        about_title=row.title,
        entry_at=row.entry_at,
        text=None if row.refused else opened("text", row.id, row.text_sealed),
        asked_at=row.asked_at,
        promised_at=row.promised_at,
        broken=bool(row.broken),
        holder=row.holder_id and person_name(row.holder_id, row.holder_sealed),
        mine=mine,
        answer=row.answer_sealed and opened("answer", row.id, row.answer_sealed),
        answered_at=row.answered_at,
        answerer=row.answered_by and person_name(row.answered_by, row.answerer_sealed),
        waits=row.answered_at is None and row.ended_at is None,
    )
