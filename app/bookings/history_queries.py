"""What has happened with a time, line by line, as whoever may see the time reads it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from app.accounts.models import Person, Staff
from app.accounts.queries import Viewer, person_name
from app.bookings.models import BookingChange
from app.bookings.queries import Time
from app.core import crypto
from app.core.query import Query

MOST = 60


@dataclass(frozen=True)
class Change:
    """One line. `who` of the staff did it; `mine`: the reader did, `patient`: the patient did. Nobody: it was found.

    `before` is when the time was, where it was moved.
    """

    n: int
    what: str
    at: datetime
    who: str
    mine: bool
    patient: bool
    before: datetime | None
    words: str | None


_LINES = Query(
    select(
        BookingChange.n,
        BookingChange.what,
        BookingChange.at,
        BookingChange.by_id,
        BookingChange.starts_before,
        BookingChange.words_sealed,
        Staff.person_id.label("staff_id"),
        Person.name_sealed,
    )
    .outerjoin(Staff, Staff.person_id == BookingChange.by_id)
    .outerjoin(Person, Person.id == Staff.person_id)
    .where(BookingChange.booking_id == bindparam("booking", type_=BookingChange.booking_id.type))
    .order_by(BookingChange.n.desc())
    .limit(MOST)
)


def changes_of(viewer: Viewer, time: Time) -> list[Change]:
    """The lines of a time that the viewer has reached, the oldest first; where there are very many, the last ones."""
    return [_change(viewer, time, row) for row in reversed(_LINES.rows(booking=time.key))]


def _change(viewer: Viewer, time: Time, row: Any) -> Change:
    place = crypto.place("booking_change.words", time.key, row.n)
    patient = row.by_id == time.patient_id
    return Change(
        n=row.n,
        what=row.what,
        at=row.at,
        who=person_name(row.staff_id, row.name_sealed) if row.staff_id and not patient else "",
        mine=row.by_id == viewer.person_id,
        patient=patient,
        before=row.starts_before,
        words=crypto.keyring().open(row.words_sealed, place) if row.words_sealed else None,
    )
