"""What of a time waits for the unit, and what waits for the patient: put, joined, and over when somebody has acted."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Exists, exists, or_, select, update

from app.bookings.models import Booking, BookingAnswer, BookingChange, BookingOffer, Participant
from app.care.answer_queries import Answering, answered_by
from app.care.order_queries import patients
from app.care.plan_queries import places
from app.core import db
from app.core.audit import Actor
from app.core.db import run
from app.core.locale import local
from app.waits import service as waits
from app.waits.service import Subject

KIND = "booking_answer"
AGAIN = ("moved", "staff", "cancelled")
"""After these, what the patient answered before was said of something else."""
OPEN_OFFER = BookingOffer.answered_at.is_(None) & BookingOffer.withdrawn_at.is_(None)


def who_answers(viewer: Actor, booking_id: UUID, *, now: datetime) -> tuple[Answering, UUID | None]:
    """Who answers if something about this time is asked now, and to whom it is put: whom the patient is to meet, their
    own contact first; else their contact at the unit."""
    booking = db.session().get_one(Booking, booking_id)
    pair = (booking.patient_id, booking.unit_id)
    facts, today = patients(viewer, [pair], at=now)[pair], local(now).date()
    mine = [it for it in facts.contacts if it.starts_on <= today and (it.ends_on is None or it.ends_on >= today)]
    contacts = [it.person for it in sorted(mine, key=lambda it: not it.coordinating)]
    meets = select(Participant.person_id).where(Participant.booking_id == booking_id, Participant.role == "staff")
    there = list(run(meets.order_by(Participant.person_id)).scalars())
    first = next(iter([*(it for it in contacts if it in there), *there, *contacts]), None)
    belongs_to = first if isinstance(first, UUID) else None
    place = places(viewer, {booking.unit_id: None}, at=now)[booking.unit_id]
    return answered_by(viewer, place, facts, belongs_to, at=now, now=now), belongs_to


def ask(booking: Booking, *, by: Actor, now: datetime) -> bool:
    """Let a held booking wait for somebody of the unit. False when it waits already: it is joined."""
    answering, belongs_to = who_answers(by, booking.id, now=now)
    subject = Subject(KIND, booking.id, booking.unit_id, booking.patient_id, belongs_to)
    return waits.ask(subject, answering, by=by, now=now)


def over(booking: Booking, how: str = "done", *, by: Actor, now: datetime) -> None:
    """Something has come of a held booking: nothing else is offered, and where a person did it, nothing waits."""
    withdraw(booking, now=now)
    if by.person_id:
        end(booking, how, by=by, now=now)


def end(booking: Booking, how: str, *, by: Actor, now: datetime, **words: Any) -> bool:
    """End what waits about a held booking, where something does."""
    return waits.end(KIND, booking.id, how, by=by, now=now, **words)


def restored(booking: Booking, *, by: Actor, now: datetime) -> None:
    """Whom the patient was to meet is there after all: what was only opened because of that is over. What the patient
    has asked for themselves waits on."""
    withdraw(booking, now=now, only_found=True)
    if not wants_other(booking):
        end(booking, "filled", by=by, now=now)


def wants_other(booking: Booking) -> bool:
    """Whether the patient's answer to the time as it stands is that they want another, or cannot come."""
    last = run(
        select(BookingAnswer.answer, BookingAnswer.version)
        .where(BookingAnswer.booking_id == booking.id)
        .order_by(BookingAnswer.n.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.answer == "accepted":
        return False
    return not run(select(changed_since(booking.id, last.version))).scalar_one()


def changed_since(booking_id: Any, version: Any) -> Exists:
    """Whether it has become another time, or another person, after a version."""
    return exists().where(
        BookingChange.booking_id == booking_id,
        BookingChange.version > version,
        or_(*(BookingChange.what == what for what in AGAIN)),
    )


def withdraw(booking: Booking, *, now: datetime, only_found: bool = False) -> None:
    """Take back what is offered and not answered; `only_found`: what no person offered."""
    theirs = update(BookingOffer).where(BookingOffer.booking_id == booking.id, OPEN_OFFER)
    if only_found:
        theirs = theirs.where(BookingOffer.offered_by.is_(None))
    run(theirs.values(withdrawn_at=now))
