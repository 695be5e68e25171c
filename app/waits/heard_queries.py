"""What those around a patient have said, and that waits: that it does, and nothing of what it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, or_, select, union
from sqlalchemy.orm import aliased

from app.accounts.models import Person, RegionRole
from app.accounts.queries import Viewer, person_name
from app.care.models import Block, Unit
from app.core.paging import PAGE
from app.waits.models import HEARD_KINDS, Asked, Wait


@dataclass(frozen=True)
class Heard:
    """Something that somebody around a patient has said and that waits. It names nobody but the `holder`, where that is
    not the viewer; `asked`: the viewer is asked as well."""

    key: UUID
    kind: str
    unit_name: str
    since: datetime
    promised_at: datetime
    broken: bool
    holder: str | None
    asked: bool


VIEWER = bindparam("viewer", type_=Wait.id.type)
Holder = aliased(Person, name="heard_holder")
_OPEN = and_(Wait.ended_at.is_(None), or_(*(Wait.kind == kind for kind in sorted(HEARD_KINDS))))
_function = exists().where(
    RegionRole.person_id == VIEWER, RegionRole.role == "function", RegionRole.region_id == Unit.region_id
)
_mine = union(
    select(Wait.id).where(_OPEN, Wait.holder_id == VIEWER),
    select(Wait.id).where(_OPEN, Wait.belongs_to == VIEWER),
    select(Asked.wait_id).where(Asked.person_id == VIEWER),
    select(Wait.id).join(Unit, Unit.id == Wait.unit_id).where(_OPEN, Wait.holder_id.is_(None), _function),
)
# Whom it is about does not learn of it, nor whoever they have not wanted asked.
NOT_OF_ME = and_(
    Wait.about_id.is_distinct_from(VIEWER),
    ~exists().where(Block.patient_id == Wait.about_id, Block.person_id == VIEWER, Block.ended_at.is_(None)),
)
HEARD = (
    select(
        Wait.kind,
        Wait.subject_id,
        Unit.name.label("unit_name"),
        Wait.holder_id,
        Holder.name_sealed,
        Wait.promised_at,
        Wait.counts_from,
        (Wait.broken > 0).label("broken"),
        exists().where(Asked.wait_id == Wait.id, Asked.person_id == VIEWER).label("asked_me"),
    )
    .join(Unit, Unit.id == Wait.unit_id)
    .outerjoin(Holder, Holder.id == Wait.holder_id)
    .where(Wait.id.in_(_mine), _OPEN, NOT_OF_ME)
    .order_by(Wait.promised_at, Wait.id)
    .limit(PAGE)
)


def heard_of(row: Any, viewer: Viewer) -> Heard:
    """One of them, as it stands among what else is read for a start page."""
    other = row.about_id not in (viewer.person_id, None)
    return Heard(
        key=row.unit_id,
        kind=row.kind,
        unit_name=row.unit_name,
        since=row.ends_at,
        promised_at=row.promised_at,
        broken=row.broken,
        holder=person_name(row.about_id, row.about_sealed) if other else None,
        asked=row.of_nobody,
    )
