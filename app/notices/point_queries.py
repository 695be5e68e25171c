"""The addresses that a person has given to be told on, as they themselves see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select

from app.accounts.queries import Viewer
from app.core import crypto
from app.core.errors import NotFound
from app.core.query import Query
from app.notices import point_rules as rules
from app.notices.models import ContactPoint, NoticeChoice

MOST = 4
"""Of each kind one that holds, and one that waits for its code."""


@dataclass(frozen=True)
class Point:
    """One address. `sent_at` is when the code to it left us; `failing_since`, since when nothing reaches it."""

    key: UUID
    system: str
    value: str
    asked_at: datetime
    sent_at: datetime | None
    confirmed_at: datetime | None
    failing_since: datetime | None
    tries: int

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None

    @property
    def shown(self) -> str:
        return rules.shown(self.value) if self.system == "email" else self.value

    def is_open(self, *, now: datetime) -> bool:
        """Whether its code can still be typed."""
        return rules.is_open(self.asked_at, self.tries, now=now)


_points = (
    select(
        ContactPoint.id,
        ContactPoint.system,
        ContactPoint.value_sealed,
        ContactPoint.asked_at,
        ContactPoint.sent_at,
        ContactPoint.confirmed_at,
        ContactPoint.failing_since,
        ContactPoint.tries,
    )
    .where(
        ContactPoint.person_id == bindparam("person", type_=Uuid()),
        ContactPoint.capacity == bindparam("capacity"),
        ContactPoint.ended_at.is_(None),
    )
    .order_by(ContactPoint.system, ContactPoint.asked_at, ContactPoint.id)
    .limit(MOST)
)
_ALL = Query(_points)
_ONE = Query(_points.where(ContactPoint.id == bindparam("key", type_=Uuid())))
_FULLER = Query(
    select(NoticeChoice.fuller).where(
        NoticeChoice.person_id == bindparam("person", type_=Uuid()), NoticeChoice.capacity == bindparam("capacity")
    )
)


def points_of(viewer: Viewer) -> list[Point]:
    """The viewer's addresses in their capacity: those that hold, and those that wait for their code."""
    return [_point(row) for row in _ALL.rows(person=viewer.person_id, capacity=viewer.capacity)]


def point_for(viewer: Viewer, key: UUID) -> Point:
    """One of them; raises NotFound."""
    row = _ONE.row(person=viewer.person_id, capacity=viewer.capacity, key=key)
    if row is None:
        raise NotFound
    return _point(row)


def is_told_more(viewer: Viewer) -> bool:
    """Whether the viewer has chosen that what they are told says a little more than that there is something."""
    row = _FULLER.row(person=viewer.person_id, capacity=viewer.capacity)
    return row is not None and row.fuller


def _point(row: Any) -> Point:
    value = crypto.keyring().open(row.value_sealed, crypto.place("contact_point.value", row.id))
    return Point(
        row.id,
        row.system,
        value,
        row.asked_at,
        row.sent_at,
        row.confirmed_at,
        row.failing_since,
        row.tries,
    )
