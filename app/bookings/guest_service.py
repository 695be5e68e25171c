"""Take a relative along to one time, and take that back. They see this time by it, and no other."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.bookings import lines
from app.bookings.models import Booking, BookingGuest
from app.core import audit, db
from app.core.audit import Actor
from app.core.errors import NotFound
from app.notices import service as notices
from app.relatives.models import Relation


class Over(Exception):
    """The time has been, or is cancelled; or the relative is no longer let in."""


def invite(booking_id: UUID, relation_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Take somebody along whom the patient has let in; they are told. False when it stands already. Raises Over, or
    NotFound when it is not the patient's own."""
    booking, relation = _held(booking_id, relation_id, by)
    if booking.status != "booked" or booking.ends_at <= now:
        raise Over
    if relation.confirmed_at is None or relation.ended_at or relation.until_at <= now or relation.relative_id is None:
        raise Over
    row = insert(BookingGuest).values(booking_id=booking_id, relation_id=relation_id, invited_at=now)
    again = row.on_conflict_do_update(
        index_elements=["booking_id", "relation_id"],
        set_={"invited_at": now, "taken_back_at": None},
        where=BookingGuest.taken_back_at.is_not(None),
    )
    if db.run(again.returning(BookingGuest.booking_id)).first() is None:
        return False
    key = f"{db.short(relation_id)}:{now.isoformat()}"
    notices.tell({relation.relative_id: now}, "booking_guest", key, about=booking_id, by=by, now=now)
    audit.record(db.session(), lines.entry_of("booking.guest_invited", booking), by=by, now=now)
    return True


def take_back(booking_id: UUID, relation_id: UUID, *, by: Actor, now: datetime) -> bool:
    """They no longer see this time by it, and are told nothing. False when they were not to come. Raises NotFound."""
    booking, relation = _held(booking_id, relation_id, by)
    there = (BookingGuest.booking_id == booking_id, BookingGuest.relation_id == relation_id)
    over = update(BookingGuest).where(*there, BookingGuest.taken_back_at.is_(None)).values(taken_back_at=now)
    if db.run(over.returning(BookingGuest.booking_id)).first() is None:
        return False
    if relation.relative_id:
        notices.withdraw(booking_id, people=[relation.relative_id], by=by, now=now)
    audit.record(db.session(), lines.entry_of("booking.guest_taken_back", booking), by=by, now=now)
    return True


def _held(booking_id: UUID, relation_id: UUID, by: Actor) -> tuple[Booking, Relation]:
    booking = lines.held(booking_id)
    mine = select(Relation).where(Relation.id == relation_id, Relation.patient_id == booking.patient_id)
    relation = db.session().scalar(mine.execution_options(populate_existing=True))
    if booking.patient_id != by.person_id or relation is None:
        raise NotFound
    return booking, relation
