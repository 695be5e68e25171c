"""Whether something waits, how it last ended, and on which version of a unit it is decided."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from app.accounts.models import Person, RegionRole
from app.accounts.queries import Viewer, person_name
from app.care.models import Unit
from app.core.audit import Actor
from app.core.db import run
from app.core.query import Query
from app.waits.models import Wait


@dataclass(frozen=True)
class Ended:
    """How a question ended, when, and by whom."""

    how: str
    at: datetime
    by: UUID | None
    name: str


_OPEN = Query(
    select(Wait.id).where(
        Wait.kind == bindparam("kind"), Wait.subject_id == bindparam("subject"), Wait.ended_at.is_(None)
    )
)

_ENDED = Query(
    select(Wait.ended_how, Wait.ended_at, Wait.ended_by, Person.name_sealed)
    .outerjoin(Person, Person.id == Wait.ended_by)
    .where(Wait.kind == bindparam("kind"), Wait.subject_id == bindparam("subject"), Wait.ended_at.is_not(None))
    .order_by(Wait.ended_at.desc(), Wait.id.desc())
    .limit(1)
)


def is_open(viewer: Viewer, kind: str, subject: UUID) -> bool:
    """Whether a question is open about something that the viewer has reached; ask it under the subject's lock."""
    return bool(_OPEN.rows(kind=kind, subject=subject))


def last_end(viewer: Viewer, kind: str, subject: UUID) -> Ended | None:
    """How the last question about something that the viewer has reached was ended."""
    row = _ENDED.row(kind=kind, subject=subject)
    if row is None:
        return None
    name = person_name(row.ended_by, row.name_sealed) if row.ended_by else ""
    return Ended(row.ended_how, row.ended_at, row.ended_by, name)


def versions_of(viewer: Actor, units: Iterable[UUID]) -> dict[UUID, int | None]:
    """Which version each of some units has now."""
    known = select(Unit.id, Unit.care_version).where(Unit.id.in_(list(units)))
    return {row.id: row.care_version for row in run(known)}


def function_of(viewer: Actor, region: UUID) -> list[UUID]:
    """The people of a region's function."""
    theirs = (RegionRole.region_id == region, RegionRole.role == "function")
    return list(run(select(RegionRole.person_id).where(*theirs).order_by(RegionRole.person_id)).scalars())
