"""What the patient answers to a time: they come, want another, or cannot come; and what the unit does about it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.accounts.queries import Viewer
from app.bookings import asking, lines
from app.bookings import offer_service as offers
from app.bookings import service as bookings
from app.bookings.models import Booking, BookingAnswer
from app.bookings.offer_rules import Mark
from app.bookings.offer_service import Span
from app.bookings.queries import changed_since
from app.core import audit, db
from app.core.audit import Actor
from app.core.db import run
from app.core.errors import NotFound
from app.notices import service as notices
from app.waits import queries as waiting
from app.waits import service as waits

ACCEPTED, DECLINED = "accepted", "declined"


class Past(Exception):
    """The time has begun or is cancelled; nothing was stored."""


class Otherwise(Exception):
    """Since the page was shown, the time has changed or another answer was given; nothing was stored."""


class NothingWaits(Exception):
    """Somebody has ended it already; nothing was stored."""


def answer(
    booking_id: UUID, what: str, *, words: str | None = None, shown: Mark | None = None, by: Actor, now: datetime
) -> bool:
    """The patient answers; `words` are which times suit, as offer_rules packs them. Anything but yes waits for the
    unit, once. False when it is what they have answered already.

    Raises NotFound, Past, and Otherwise when the page that was answered on shows what no longer is.
    """
    booking = lines.held(booking_id)
    if booking.patient_id != by.person_id:
        raise NotFound
    if booking.status != "booked" or booking.starts_at <= now:
        raise Past
    last = _last(booking)
    stands = last is not None and not run(select(changed_since(booking.id, last.version))).scalar_one()
    if last and stands and (last.answer, last.words) == (what, words):
        return False
    if shown and (
        shown.n != (last.n if last else 0) or run(select(changed_since(booking.id, shown.version))).scalar_one()
    ):
        raise Otherwise
    if what == DECLINED and booking.made_by == booking.patient_id:
        # What patients have taken themselves is theirs to give back, and nobody need see to it.
        return bookings.cancel(booking_id, by=by, now=now)
    asking.keep(booking, what, words, now=now)
    lines.add(booking, "answered", words=what, by=by, now=now)
    audit.record(db.session(), lines.entry_of("booking.answered", booking), by=by, now=now)
    if what != ACCEPTED:
        asking.refuse(booking, now=now)
        asking.ask(booking, by=by, now=now)
    elif booking.hit_at is None:
        # Whom they were to meet is away otherwise, and then it waits for the unit whatever the patient says.
        asking.over(booking, "solved", by=by, now=now)
    lines.wake(booking)
    return True


def talked(booking_id: UUID, at: datetime, *, by: Viewer, now: datetime) -> None:
    """The unit has talked with the patient about it. Raises NothingWaits."""
    if not asking.end(lines.held(booking_id), "talked", talked_at=at, by=by, now=now):
        raise NothingWaits


def keep(booking_id: UUID, words: str, *, by: Viewer, now: datetime) -> None:
    """The time stays as it is; the words are what the patient reads. Raises NothingWaits."""
    booking = lines.held(booking_id)
    if not asking.end(booking, "reply", reason=words, by=by, now=now):
        raise NothingWaits
    lines.add(booking, "answered", words=words, by=by, now=now)
    audit.record(db.session(), lines.entry_of("booking.answered", booking), by=by, now=now)
    notices.tell({booking.patient_id: now}, "booking_kept", db.short(db.new_key()), about=booking.id, by=by, now=now)
    lines.wake(booking)


def cancel(booking_id: UUID, words: str | None, *, by: Viewer, now: datetime) -> None:
    """The time is cancelled, which ends what waits about it. Raises NothingWaits."""
    _ensure_waits(booking_id, by)
    bookings.cancel(booking_id, words=words, by=by, now=now)


def take(booking_id: UUID, words: str | None, *, by: Viewer, now: datetime) -> None:
    """Take it oneself. Raises NothingWaits, CannotHold."""
    _ensure_waits(booking_id, by)
    waits.take(asking.KIND, booking_id, words=words, by=by, now=now)


def hand_over(booking_id: UUID, to: UUID, words: str, *, by: Viewer, now: datetime) -> None:
    """Give it to a colleague. Raises NothingWaits, CannotHold."""
    _ensure_waits(booking_id, by)
    waits.hand_over(asking.KIND, booking_id, to, words=words, by=by, now=now)


def offer(booking_id: UUID, spans: Sequence[Span], *, by: Viewer, now: datetime) -> None:
    """Offer other times, which ends what waits. Raises NothingWaits."""
    _ensure_waits(booking_id, by)
    offers.offer_time(booking_id, spans, by=by, now=now)


def _ensure_waits(booking_id: UUID, by: Viewer) -> None:
    """Hold a booking of which something waits; raises NothingWaits."""
    lines.held(booking_id)
    if not waiting.is_open(by, asking.KIND, booking_id):
        raise NothingWaits


def _last(booking: Booking) -> BookingAnswer | None:
    theirs = select(BookingAnswer).where(BookingAnswer.booking_id == booking.id)
    return db.session().scalars(theirs.order_by(BookingAnswer.n.desc()).limit(1)).one_or_none()
