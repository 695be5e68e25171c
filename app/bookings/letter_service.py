"""The kallelse of a booking, from the template of its kind of time, kept as it was sent."""

from datetime import datetime

from app.accounts.models import Person
from app.bookings.kind_models import ServiceType
from app.bookings.models import AppointmentLetter, Booking
from app.bookings.rules import CLOSING
from app.core import db
from app.core.audit import Actor


def write(booking: Booking, *, by: Actor, now: datetime) -> None:
    """Store the letter of the booking as it stands now."""
    kind = db.session().get_one(ServiceType, booking.service_type_id)
    letter = AppointmentLetter(
        booking_id=booking.id,
        version=booking.version,
        language=db.session().get_one(Person, booking.patient_id).language,
        closing=CLOSING,
        made_at=now,
    )
    letter.words = kind.letter.removesuffix(CLOSING).strip()
    db.session().add(letter)
    db.session().flush()
