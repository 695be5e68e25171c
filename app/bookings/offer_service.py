"""Something that the patient may say yes to instead: another time, or somebody else at the same time."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from app.bookings import asking, lines
from app.bookings import service as bookings
from app.bookings.asking import OPEN_OFFER
from app.bookings.models import Booking, BookingOffer
from app.bookings.offer_rules import MOST
from app.bookings.service import KeptElsewhere
from app.core import audit, db
from app.core.audit import Actor
from app.core.db import run
from app.core.errors import NotFound
from app.notices import service as notices

Span = tuple[datetime, datetime]


class Gone(Exception):
    """What was offered is taken back, answered or past; nothing was stored."""


def offer_time(booking_id: UUID, spans: Iterable[Span], *, by: Actor, now: datetime) -> list[UUID]:
    """Offer other times; returns those that are new. A person who offers has answered what the patient asked.

    Nothing is new where a time is past, offered already or the time itself, or where the booking is cancelled. Raises
    KeptElsewhere: nobody here could keep what would be said yes to.
    """
    booking = _own(booking_id)
    known = {(it.starts_at, it.ends_at) for it in _open(booking)}
    wanted = [
        {"starts_at": starts, "ends_at": ends}
        for starts, ends in sorted(set(spans) - known - {(booking.starts_at, booking.ends_at)})
        if starts > now
    ]
    return _offer(booking, wanted[: max(0, MOST - len(known))], by, now)


def offer_staff(booking_id: UUID, staff_id: UUID, *, by: Actor, now: datetime) -> UUID | None:
    """Offer somebody else to meet at the same time. None when they are offered already, or the booking is cancelled or
    past. Raises KeptElsewhere."""
    booking = _own(booking_id)
    known = {it.staff_id for it in _open(booking)}
    wanted = [] if staff_id in known or booking.starts_at <= now else [{"staff_id": staff_id}]
    return next(iter(_offer(booking, wanted, by, now)), None)


def accept(offer_id: UUID, *, by: Actor, now: datetime) -> bool:
    """The patient says yes: the booking is what was offered, and they come. False when they have said so already.

    Raises Gone, Busy.
    """
    booking, offer = _held(offer_id, by)
    if offer.accepted:
        return False
    if not _stands(booking, offer, now):
        raise Gone
    offer.answered_at, offer.accepted = now, True
    db.session().flush()
    asking.over(booking, "solved", by=by, now=now)
    if offer.starts_at and offer.ends_at:
        bookings.move(booking.id, offer.starts_at, offer.ends_at, by=by, now=now)
    if offer.staff_id:
        bookings.meet(booking.id, [offer.staff_id], by=by, now=now)
    asking.keep(booking, "accepted", None, now=now)
    audit.record(db.session(), lines.entry_of("booking.answered", booking), by=by, now=now)
    return True


def decline(offer_id: UUID, *, by: Actor, now: datetime) -> bool:
    """The patient says no. When nothing else is offered, it waits for the unit again. False when it was answered, taken
    back or past already."""
    booking, offer = _held(offer_id, by)
    if not _stands(booking, offer, now):
        return False
    offer.answered_at, offer.accepted = now, False
    db.session().flush()
    _declined(booking, by, now)
    return True


def decline_all(booking_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Nothing of what is offered suits: it waits for the unit again. False when nothing is offered."""
    booking = lines.held(booking_id)
    if booking.patient_id != by.person_id:
        raise NotFound
    if refused := asking.refuse(booking, now=now):
        _declined(booking, by, now)
    return refused


def taken(offer_id: UUID, *, by: Actor, now: datetime) -> None:
    """What was offered turned out to be taken when the patient said yes: it is offered no longer, and when nothing else
    is, it waits for the unit again."""
    booking, offer = _held(offer_id, by)
    if not _stands(booking, offer, now):
        return
    offer.withdrawn_at = now
    db.session().flush()
    _declined(booking, by, now)


def _own(booking_id: UUID) -> Booking:
    """A booking that is kept here, held."""
    booking = lines.held(booking_id)
    if booking.kept_in:
        raise KeptElsewhere(booking.kept_in)
    return booking


def _offer(booking: Booking, wanted: list[dict[str, Any]], by: Actor, now: datetime) -> list[UUID]:
    if not wanted or booking.status != "booked":
        return []
    same = {"booking_id": booking.id, "version": booking.version, "offered_at": now, "offered_by": by.person_id}
    empty = dict.fromkeys(("starts_at", "ends_at", "staff_id"))
    keys = [db.new_key() for _one in wanted]
    rows = [empty | same | it | {"id": key} for key, it in zip(keys, wanted, strict=True)]
    run(insert(BookingOffer), rows)
    lines.add(booking, "offered", by=by, now=now)
    audit.record(db.session(), lines.entry_of("booking.offered", booking), by=by, now=now)
    if by.person_id:
        asking.end(booking, "reply", by=by, now=now)
    notices.tell({booking.patient_id: now}, "booking_offered", db.short(keys[0]), about=booking.id, by=by, now=now)
    lines.wake(booking)
    return keys


def _declined(booking: Booking, by: Actor, now: datetime) -> None:
    audit.record(db.session(), lines.entry_of("booking.offer_declined", booking), by=by, now=now)
    if not _open(booking):
        asking.ask(booking, by=by, now=now)
    lines.wake(booking)


def _held(offer_id: UUID, by: Actor) -> tuple[Booking, BookingOffer]:
    """An offer to the one who answers it, and its booking, held; raises NotFound."""
    whose = select(BookingOffer.booking_id).where(BookingOffer.id == offer_id)
    booking_id = run(whose).scalar_one_or_none()
    booking = lines.held(booking_id) if booking_id else None
    if booking is None or booking.patient_id != by.person_id:
        raise NotFound
    return booking, db.session().get_one(BookingOffer, offer_id, populate_existing=True)


def _stands(booking: Booking, offer: BookingOffer, now: datetime) -> bool:
    """Whether an offer can still be answered. Somebody else at the same time can be met until that time."""
    ended = offer.answered_at or offer.withdrawn_at
    return booking.status == "booked" and not ended and (offer.starts_at or booking.starts_at) > now


def _open(booking: Booking) -> list[BookingOffer]:
    theirs = select(BookingOffer).where(BookingOffer.booking_id == booking.id, OPEN_OFFER)
    return list(db.session().scalars(theirs.order_by(BookingOffer.id).execution_options(populate_existing=True)))
