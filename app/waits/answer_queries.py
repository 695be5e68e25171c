"""Answers about times that wait for somebody of the staff, as their start page shows them."""

import json
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    or_,
    select,
    table,
    union,
)
from sqlalchemy.orm import aliased

from app.accounts.models import Person, RegionRole
from app.accounts.queries import Viewer, person_name, shown_name
from app.care.models import Assignment, Block, Unit
from app.care.queries import TODAY, in_force
from app.core.paging import PAGE
from app.waits.models import Asked, Wait

KIND = "booking_answer"


@dataclass(frozen=True)
class Answered:
    """A time that waits for the viewer: what the patient `said` of it, or "" where they have not. `holder` is who has
    it, where that is another; `asked`: the viewer is asked as well."""

    key: UUID
    unit_id: UUID
    patient_id: UUID
    patient_name: str
    said: str
    starts_at: datetime
    promised_at: datetime
    broken: bool
    holder: str | None
    asked: bool


VIEWER = bindparam("viewer", type_=Wait.id.type)
Holder, Whose, Working = aliased(Person, name="its_holder"), aliased(Person, name="its_patient"), aliased(Assignment)
# Bookings are a package above: what a line says of one is read by its names, as data.
_booking = table("booking", column("id", Uuid), column("starts_at", DateTime(timezone=True)))
_said = table("booking_answer", column("booking_id", Uuid), column("n", Integer), column("answer", Text))
_OPEN = and_(Wait.ended_at.is_(None), Wait.kind == KIND)
_function = exists().where(
    RegionRole.person_id == VIEWER, RegionRole.role == "function", RegionRole.region_id == Unit.region_id
)
_mine = union(
    select(Wait.id).where(_OPEN, Wait.holder_id == VIEWER),
    select(Wait.id).where(_OPEN, Wait.belongs_to == VIEWER),
    select(Asked.wait_id).where(Asked.person_id == VIEWER),
    select(Wait.id).join(Unit, Unit.id == Wait.unit_id).where(_OPEN, Wait.holder_id.is_(None), _function),
)
_last = (
    select(_said.c.answer)
    .where(_said.c.booking_id == Wait.subject_id)
    .order_by(_said.c.n.desc())
    .limit(1)
    .correlate(Wait)
    .scalar_subquery()
)
# Whoever has left may see nothing, though the worker has not been here yet; nor whoever they do not want asked.
_may = and_(
    or_(exists().where(Working.person_id == VIEWER, in_force(Working, TODAY)), _function),
    ~exists().where(Block.patient_id == Wait.patient_id, Block.person_id == VIEWER, Block.ended_at.is_(None)),
)
ANSWERED = (
    select(
        Wait.subject_id,
        Wait.patient_id,
        Whose.name_sealed,
        _booking.c.starts_at,
        Wait.promised_at,
        (Wait.broken > 0).label("broken"),
        cast(
            func.json_build_object(
                "unit",
                Wait.unit_id,
                "said",
                func.coalesce(_last, ""),
                "hidden",
                and_(
                    Whose.protected,
                    Wait.belongs_to.is_distinct_from(VIEWER),
                    Wait.holder_id.is_distinct_from(VIEWER),
                ),
                "holder",
                func.nullif(Wait.holder_id, VIEWER),
                "name",
                func.encode(Holder.name_sealed, "base64"),
            ),
            Text,
        ).label("more"),
        exists().where(Asked.wait_id == Wait.id, Asked.person_id == VIEWER).label("asked_me"),
    )
    .join(_booking, _booking.c.id == Wait.subject_id)
    .join(Unit, Unit.id == Wait.unit_id)
    .join(Whose, Whose.id == Wait.patient_id)
    .outerjoin(Holder, Holder.id == Wait.holder_id)
    .where(Wait.id.in_(_mine), _OPEN, _may)
    .order_by(Wait.promised_at, Wait.id)
    .limit(PAGE)
)


def answered_of(row: Any, viewer: Viewer) -> Answered:
    """One of them, as it stands among what else is read for a start page."""
    more = json.loads(row.key)
    holder = more["holder"] and UUID(more["holder"])
    return Answered(
        key=row.unit_id,
        unit_id=UUID(more["unit"]),
        patient_id=row.about_id,
        patient_name=shown_name(row.about_id, row.about_sealed, hidden=more["hidden"]),
        said=more["said"],
        starts_at=row.ends_at,
        promised_at=row.promised_at,
        broken=row.broken,
        holder=person_name(holder, b64decode(more["name"])) if holder else None,
        asked=row.of_nobody,
    )
