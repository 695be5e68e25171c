"""A booking that is held while it changes, and the lines of what has happened with it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.bookings.models import Booking, BookingChange, Participant
from app.core import db, live
from app.core.audit import Actor, Entry
from app.core.db import run
from app.core.errors import NotFound


def held(booking_id: UUID) -> Booking:
    """The booking, which nobody else changes until this transaction ends; raises NotFound."""
    asked = select(Booking).where(Booking.id == booking_id).with_for_update(key_share=True)
    found = db.session().scalars(asked.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def add(
    booking: Booking,
    what: str,
    *,
    starts_before: datetime | None = None,
    words: str | None = None,
    by: Actor,
    now: datetime,
) -> None:
    """Add a line to what has happened with a held booking; the patient reads it."""
    last = select(func.coalesce(func.max(BookingChange.n), 0)).where(BookingChange.booking_id == booking.id)
    line = BookingChange(
        booking_id=booking.id,
        n=run(last).scalar_one() + 1,
        version=booking.version,
        at=now,
        by_id=by.person_id,
        what=what,
        starts_before=starts_before,
    )
    line.words = words
    db.session().add(line)
    db.session().flush()


def entry_of(action: str, booking: Booking) -> Entry:
    """What the access log says of something done with a booking."""
    return Entry(action, booking.patient_id, booking.unit_id, f"booking:{db.short(booking.id)}")


def wake(booking: Booking) -> None:
    """Let the pages of those who are to be there look again."""
    there = db.session().scalars(select(Participant.person_id).where(Participant.booking_id == booking.id))
    live.changed(
        *(live.topic("p", person) for person in there),
        live.topic("b", booking.id),
        live.topic("b", booking.patient_id),
    )
