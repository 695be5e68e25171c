"""The kallelse of a booking, from the template of its kind of time, kept as it was sent."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app.accounts.models import Person, Staff
from app.bookings.kind_models import ServiceType
from app.bookings.letter_rules import Facts, filled, own_words
from app.bookings.letter_words import hours, ours, people, sheltered
from app.bookings.models import AppointmentLetter, Booking, Participant
from app.bookings.rules import CLOSING
from app.core import crypto, db
from app.core.audit import Actor
from app.core.db import run
from app.core.locale import SOURCE, reading


def write(booking: Booking, *, by: Actor, now: datetime) -> None:
    """Store the letter of the booking as it stands now."""
    db.session().add(written(booking, _whom(booking), now=now))
    db.session().flush()


def written(booking: Booking, staff: Sequence[tuple[str, str]], *, now: datetime) -> AppointmentLetter:
    """The letter of the booking as it stands now, and not stored yet.

    A unit's own words are in the language that the unit writes; ours are in the patient's. A unit's words may name a
    place in ways that no program knows, so whoever is protected is written to in ours, which name none.
    """
    kind = db.session().get_one(ServiceType, booking.service_type_id)
    patient = db.session().get_one(Person, booking.patient_id)
    theirs = "" if patient.protected else own_words(kind.letter)
    language = SOURCE if theirs else patient.language
    letter = AppointmentLetter(
        booking_id=booking.id, version=booking.version, language=language, closing=CLOSING, made_at=now
    )
    with reading(language):
        facts = Facts(
            name="" if patient.protected else patient.name,
            time=hours(booking.starts_at, booking.ends_at),
            place="" if patient.protected else booking.place,
            whom=people(staff),
            bring="" if patient.protected else booking.bring or "",
        )
        letter.words = filled(theirs or (sheltered() if patient.protected else ours()), facts)
    return letter


def _whom(booking: Booking) -> list[tuple[str, str]]:
    """Those whom the patient is to meet, by name and title."""
    there = (
        select(Person.id, Person.name_sealed, Staff.title)
        .join(Participant, Participant.person_id == Person.id)
        .join(Staff, Staff.person_id == Person.id)
        .where(Participant.booking_id == booking.id, Participant.role == "staff")
        .order_by(Person.id)
    )
    opened = crypto.keyring()
    return [(opened.open(row.name_sealed, crypto.place("person.name", row.id)), row.title) for row in run(there)]
