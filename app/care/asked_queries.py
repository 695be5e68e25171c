"""When somebody is asked to answer for another who is away. Never why they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select, tuple_

from app.accounts.models import Person
from app.accounts.queries import Viewer, person_name
from app.care.cover_models import Absence, AbsenceSubstitute
from app.core.db import run
from app.core.errors import NotFound
from app.core.paging import PAGE, cut
from app.core.query import Query

VIEWER = bindparam("viewer", type_=Person.id.type)
NOW = bindparam("now", type_=Absence.starts_at.type)


@dataclass(frozen=True)
class Request:
    """An absence that the viewer is asked to answer during. `n` is their place in the order."""

    key: UUID
    name: str
    starts_at: datetime
    ends_at: datetime | None
    n: int
    yes: bool
    no: bool


_place = tuple_(bindparam("at", type_=Absence.starts_at.type), bindparam("id", type_=Absence.id.type))
REQUESTS = (
    select(
        Absence.id,
        Absence.starts_at,
        Absence.ends_at,
        Absence.person_id,
        Person.name_sealed,
        AbsenceSubstitute.n,
        AbsenceSubstitute.seen_at,
        AbsenceSubstitute.declined_at,
    )
    .join(AbsenceSubstitute, AbsenceSubstitute.absence_id == Absence.id)
    .join(Person, Person.id == Absence.person_id)
    .where(
        AbsenceSubstitute.person_id == VIEWER,
        Absence.cancelled_at.is_(None),
        or_(Absence.ends_at.is_(None), Absence.ends_at > NOW),
    )
    .order_by(Absence.starts_at, Absence.id)
    .limit(PAGE + 1)
)
_REQUESTS = Query(REQUESTS)
REQUESTS_AFTER = REQUESTS.where(tuple_(Absence.starts_at, Absence.id) > _place)
_REQUESTS_AFTER = Query(REQUESTS_AFTER)
_request = REQUESTS.where(Absence.id == bindparam("absence"))


def requests_to(
    viewer: Viewer, *, now: datetime, after: tuple[datetime, UUID] | None = None
) -> tuple[list[Request], bool]:
    """The absences during which the viewer is to answer, the next first."""
    values: dict[str, Any] = {"viewer": viewer.person_id, "now": now}
    found = _REQUESTS_AFTER.rows(**values, at=after[0], id=after[1]) if after else _REQUESTS.rows(**values)
    return cut([request_of(row) for row in found])


def request_for(viewer: Viewer, key: UUID, *, now: datetime) -> Request:
    """One of them; raises NotFound."""
    row = run(_request, {"viewer": viewer.person_id, "now": now, "absence": key}).one_or_none()
    if row is None:
        raise NotFound
    return request_of(row)


def request_of(row: Any) -> Request:
    """One of REQUESTS, also where it stands among what else a page reads."""
    return Request(
        key=row.id,
        name=person_name(row.person_id, row.name_sealed),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        n=row.n,
        yes=row.seen_at is not None,
        no=row.declined_at is not None,
    )
