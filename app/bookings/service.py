"""Make a booking, move it, change it, cancel it: each is a new version, a line that the patient reads, and a notice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.bookings import asking, guest_queries, lines
from app.bookings import letter_service as letters
from app.bookings.kind_models import ServiceType
from app.bookings.models import Booking, Participant
from app.bookings.reminder_rules import KINDS as REMINDERS
from app.bookings.rules import AGAIN, OFF, WENT
from app.care import rest_queries
from app.core import audit, db
from app.core.audit import Actor
from app.core.db import run
from app.notices import service as notices

BUSY = "ex_participant_one_place_at_a_time"
CONCLUDED = (*WENT, "entered-in-error", "reopened")
NEWS = {"made": "booking_made", "moved": "booking_moved"} | dict.fromkeys(OFF, "booking_cancelled")
NEAR_NEWS = {"moved": "booking_near_moved"} | dict.fromkeys(OFF, "booking_near_cancelled")


class Busy(Exception):
    """Somebody who is to be there has another time then; nothing was stored."""


class KeptElsewhere(Exception):
    """Another system keeps it, and it is changed there alone; its name is the text."""


@dataclass(frozen=True)
class Wanted:
    """A time as somebody of the staff fills it in. The place and what to bring are what the patient reads.

    `kept_in` names the other system that it was read from.
    """

    service_type_id: UUID
    patient_id: UUID
    staff: tuple[UUID, ...]
    starts_at: datetime
    ends_at: datetime
    place: str
    location_id: UUID | None = None
    bring: str | None = None
    link: str | None = None
    kept_in: str | None = None


def make(wanted: Wanted, *, by: Actor, now: datetime) -> UUID:
    """Book a time; returns its key. Raises Busy."""
    booking = fresh(wanted, by=by, now=now)
    db.session().add(booking)
    db.session().flush()
    there = {wanted.patient_id: "patient"} | dict.fromkeys(wanted.staff, "staff")
    _there(booking, there)
    _told(booking, "made", by=by, now=now)
    return booking.id


def fresh(wanted: Wanted, *, by: Actor, now: datetime) -> Booking:
    """A booking as it begins, and not stored yet."""
    kind = db.session().get_one(ServiceType, wanted.service_type_id)
    booking = Booking(
        id=db.new_key(),
        unit_id=kind.unit_id,
        patient_id=wanted.patient_id,
        service_type_id=kind.id,
        location_id=wanted.location_id,
        mode=kind.mode,
        status="booked",
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        version=1,
        reminded_version=0,
        made_at=now,
        made_by=by.person_id,
        kept_in=wanted.kept_in,
    )
    booking.title, booking.place, booking.bring, booking.link = kind.name, wanted.place, wanted.bring, wanted.link
    return booking


def move(booking_id: UUID, starts_at: datetime, ends_at: datetime, *, by: Actor, now: datetime) -> bool:
    """Another time for it. False when it stands there already or is cancelled. Raises Busy and KeptElsewhere."""
    booking = _changeable(booking_id, by)
    if booking.status != "booked" or (booking.starts_at, booking.ends_at) == (starts_at, ends_at):
        return False
    before = booking.starts_at

    # A flush that fails would take the whole transaction with it, and not this work alone.
    to = update(Booking).where(Booking.id == booking.id).values(starts_at=starts_at, ends_at=ends_at)
    unless_busy(lambda: run(to))
    db.session().refresh(booking)
    booking.hit_at = None
    _changed(booking, "moved", starts_before=before, by=by, now=now)
    return True


def meet(booking_id: UUID, staff: Sequence[UUID], *, by: Actor, now: datetime) -> bool:
    """Somebody else to meet then. False when nothing changes or it is cancelled. Raises Busy and KeptElsewhere."""
    booking = _changeable(booking_id, by)
    there = set(db.session().scalars(select(Participant.person_id).where(_staff_of(booking))))
    if booking.status != "booked" or there == set(staff):
        return False
    run(delete(Participant).where(_staff_of(booking), Participant.person_id.not_in(staff)))
    _there(booking, dict.fromkeys(set(staff) - there, "staff"))
    booking.hit_at = None
    _changed(booking, "staff", by=by, now=now)
    # Whoever is given it, by a colleague or by the patient's yes, must not learn of it at the door.
    at = rest_queries.reached_at(by, set(staff) - there - {by.person_id}, None, at=now)
    notices.tell(at, "booking_given", f"{booking.id}:{booking.version}", about=booking.id, by=by, now=now)
    return True


def change(
    booking_id: UUID, what: str, text: str | None, *, location_id: UUID | None = None, by: Actor, now: datetime
) -> bool:
    """Another `place` (of the unit's when it has a `location_id`), `bring` or `link`. False when it says so already, or
    is cancelled."""
    booking = _changeable(booking_id, by)
    if booking.status != "booked" or getattr(booking, what) == text:
        return False
    setattr(booking, what, text)
    if what == "place":
        booking.location_id = location_id
    _changed(booking, what, by=by, now=now)
    return True


def cancel(booking_id: UUID, *, words: str | None = None, by: Actor, now: datetime) -> bool:
    """It does not happen; the words are what the patient reads. False when it is cancelled already."""
    booking = _changeable(booking_id, by)
    if booking.status != "booked":
        return False
    booking.status, booking.cancelled_at, booking.cancelled_by = "cancelled", now, by.person_id
    booking.hit_at = None
    _changed(booking, "cancelled", words=words, by=by, now=now)
    return True


def conclude(booking_id: UUID, status: str, *, by: Actor, now: datetime) -> bool:
    """How it went: `fulfilled`, `noshow`, or `entered-in-error` for what was never a time; `booked` takes that back.

    False when it says so already, is cancelled, or has not begun so that nobody can say how it went. What waits about
    it goes on waiting: a time that was does not answer a question. Raises Busy (of what is taken back) and
    KeptElsewhere.
    """
    booking = _changeable(booking_id, by)
    early = status in WENT and booking.starts_at > now
    if early or booking.status in (status, "cancelled"):
        return False
    to = update(Booking).where(Booking.id == booking.id).values(status=status)
    unless_busy(lambda: run(to))
    db.session().refresh(booking)
    booking.hit_at = None
    # Whoever was offered another time and did not come has still not got one.
    if status in WENT and asking.withdraw(booking, now=now) and status == "noshow":
        asking.ask(booking, by=by, now=now)
    _changed(booking, "reopened" if status == "booked" else status, by=by, now=now)
    return True


def _changeable(booking_id: UUID, by: Actor) -> Booking:
    """The booking, held; raises KeptElsewhere when a person would change what another system keeps."""
    booking = lines.held(booking_id)
    if booking.kept_in and by.person_id is not None:
        raise KeptElsewhere(booking.kept_in)
    return booking


def _changed(booking: Booking, what: str, *, by: Actor, now: datetime, **line: Any) -> None:
    booking.version += 1
    db.session().flush()
    if what in AGAIN:
        asking.over(booking, by=by, now=now)
    _told(booking, what, by=by, now=now, **line)


def _told(booking: Booking, what: str, *, by: Actor, now: datetime, **line: Any) -> None:
    lines.add(booking, what, by=by, now=now, **line)
    audit.record(db.session(), lines.entry_of(f"booking.{what}", booking), by=by, now=now)
    if booking.status == "booked":
        letters.write(booking, by=by, now=now)
    # What was to remind of it as it was says nothing any longer, on the page as little as on a phone.
    notices.withdraw(booking.id, kinds=REMINDERS, by=by, now=now)
    # How a time went rings nowhere, it is read on its page; nor does an old one that another system tells us of.
    if (what not in CONCLUDED or booking.starts_at > now) and not (booking.kept_in and booking.ends_at <= now):
        _tell(booking, what, by=by, now=now)
    lines.wake(booking)


def _tell(booking: Booking, what: str, *, by: Actor, now: datetime) -> None:
    key = f"{booking.id}:{booking.version}"
    # What patients do themselves, such as taking a time that was offered, is no news to them.
    people = {booking.patient_id: now} if by.person_id != booking.patient_id else {}
    notices.tell(people, NEWS.get(what, "booking_changed"), key, about=booking.id, by=by, now=now)
    if near := NEAR_NEWS.get(what):
        them = dict.fromkeys(guest_queries.told_of(by, booking.id, booking.patient_id, now=now), now)
        notices.tell(them, near, key, about=booking.id, by=by, now=now)


def _staff_of(booking: Booking) -> Any:
    return (Participant.booking_id == booking.id) & (Participant.role == "staff")


def _there(booking: Booking, people: dict[UUID, str]) -> None:
    if not people:
        return
    row = {
        "booking_id": booking.id,
        "starts_at": booking.starts_at,
        "ends_at": booking.ends_at,
        "status": booking.status,
    }
    rows = [row | {"person_id": person, "role": role} for person, role in sorted(people.items())]
    unless_busy(lambda: run(insert(Participant), rows))


def unless_busy(work: Any) -> None:
    """Do what gives somebody a time. Raises Busy."""
    fell = db.fallen(work)
    if isinstance(fell, IntegrityError) and BUSY in str(fell.orig):
        raise Busy from fell
    if fell is not None:
        raise fell
