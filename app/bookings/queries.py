"""The viewer's own times."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from app.accounts.queries import Viewer
from app.bookings.models import Booking
from app.core import crypto
from app.core.errors import NotFound
from app.core.query import Query


@dataclass(frozen=True)
class Time:
    """One time that a patient has."""

    key: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    status: str
    version: int


_MINE = Query(
    select(Booking.id, Booking.title_sealed, Booking.starts_at, Booking.ends_at, Booking.status, Booking.version).where(
        Booking.patient_id == bindparam("viewer"), Booking.id == bindparam("booking")
    )
)


def booking_for(viewer: Viewer, booking: UUID) -> Time:
    """One of the viewer's own times; raises NotFound."""
    row = _MINE.row(viewer=viewer.person_id, booking=booking)
    if row is None:
        raise NotFound
    title = crypto.keyring().open(row.title_sealed, crypto.place("booking.title", row.id))
    return Time(row.id, title, row.starts_at, row.ends_at, row.status, row.version)
