"""What each of the two patients has of times: one that is booked, another that is offered, and where they are."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.bookings import kind_service as kinds
from app.bookings import offer_service as offers
from app.bookings.models import Booking, BookingOffer
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.locale import local
from tests.bookings.times import books
from tests.slots.times import publishes, waits
from tests.world import Patient, Staff

AHEAD = timedelta(days=60)


def has_times(patient: Patient, contact: Staff, place: str, bring: str) -> dict[str, UUID]:
    """The keys of all that, by what addresses call it."""
    now, day = clock.now(), local(clock.now() + AHEAD)
    with db.transaction():
        where = kinds.open_location(contact.unit, "Filialen", "Torget 1", by=SYSTEM, now=now)
    booking = books(contact, patient, f"{day:%Y-%m-%d} 09:00", place=place, bring=bring)
    kind = db.session().get_one(Booking, booking).service_type_id
    begins = db.session().get_one(Booking, booking).starts_at + timedelta(days=1)
    with db.transaction():
        spans = [(begins, begins + timedelta(minutes=45))]
        offers.offer_time(booking, spans, by=contact.viewer, now=now)
    offer = db.session().scalars(select(BookingOffer.id).where(BookingOffer.booking_id == booking)).one()
    (slot,) = publishes(contact, f"{day + timedelta(days=2):%Y-%m-%d} 09:00")
    queued = waits(patient, kind=kind)
    return {"booking": booking, "kind": kind, "place": where, "offer": offer, "slot": slot, "queued": queued}
