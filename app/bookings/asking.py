"""What of a time waits for the unit, and what waits for the patient: put, joined, and over when somebody has acted."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update

from app.bookings import hit_rules
from app.bookings.models import Booking, BookingAnswer, BookingOffer
from app.bookings.queries import changed_since
from app.care.answer_queries import Answering, as_patient, faces, put_to
from app.care.office_rules import OfficeClock
from app.care.plan_queries import places
from app.core import db
from app.core.audit import Actor
from app.core.db import run
from app.core.locale import local
from app.waits import service as waits
from app.waits.service import Subject

KIND = "booking_answer"
_ABOUT = text(
    """
    select b.patient_id, b.unit_id, b.starts_at, u.care_version,
      array(select person_id from participant where booking_id = b.id and role = 'staff' order by person_id) as there
    from booking b join unit u on u.id = b.unit_id where b.id = :booking
    """
)
OPEN_OFFER = BookingOffer.answered_at.is_(None) & BookingOffer.withdrawn_at.is_(None)


def who_answers(viewer: Actor, booking_id: UUID, *, now: datetime) -> tuple[Answering, UUID | None]:
    """Who answers if something about this time is asked now, by when, and to whom it is put: whom the patient is to
    meet, their own contact first; else their contact at the unit. It is answered before the time begins, where that is
    sooner."""
    row = run(_ABOUT, {"booking": booking_id}).one()
    there: list[UUID] = row.there
    place, today = places(viewer, {row.unit_id: row.care_version}, at=now)[row.unit_id], local(now).date()
    known = faces(viewer, place.people | set(there), at=now, today=today, patient=row.patient_id)
    patient = as_patient(row.patient_id, row.unit_id, known)
    mine = [it for it in patient.contacts if it.starts_on <= today and (it.ends_on is None or it.ends_on >= today)]
    contacts = [it.person for it in sorted(mine, key=lambda it: not it.coordinating)]
    first = next(iter([*(it for it in contacts if it in there), *there, *contacts]), None)
    belongs_to = first if isinstance(first, UUID) else None
    answering = put_to(viewer, place, patient, belongs_to, known, at=now)
    between = OfficeClock(place.plan, now).between
    promise = hit_rules.due(answering.answer.promise, row.starts_at, now=now, between=between)
    return replace(answering, answer=replace(answering.answer, promise=promise)), belongs_to


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


def keep(booking: Booking, what: str, words: str | None, *, now: datetime) -> int:
    """Keep what the patient answers to a held booking as it is now; returns which of their answers it is."""
    last = select(func.coalesce(func.max(BookingAnswer.n), 0)).where(BookingAnswer.booking_id == booking.id)
    answer = BookingAnswer(
        id=db.new_key(),
        booking_id=booking.id,
        n=run(last).scalar_one() + 1,
        version=booking.version,
        answer=what,
        at=now,
    )
    answer.words = words
    db.session().add(answer)
    db.session().flush()
    return answer.n


def refuse(booking: Booking, *, now: datetime) -> bool:
    """Nothing of what is offered suits: so it is with each. False when nothing is offered."""
    theirs = update(BookingOffer).where(BookingOffer.booking_id == booking.id, OPEN_OFFER)
    return bool(run(theirs.values(answered_at=now, accepted=False)).rowcount)


def withdraw(booking: Booking, *, now: datetime, only_found: bool = False) -> bool:
    """Take back what is offered and not answered; `only_found`: what no person offered. False when nothing is."""
    theirs = update(BookingOffer).where(BookingOffer.booking_id == booking.id, OPEN_OFFER)
    if only_found:
        theirs = theirs.where(BookingOffer.offered_by.is_(None))
    return bool(run(theirs.values(withdrawn_at=now)).rowcount)
