"""Times that somebody who was to be there is away from: the patient is told, and the unit has to see to it.

Care is a package below and never calls up, so the worker looks for what an absence or a closure has come to hit, and
what it hits no longer. What it finds is judged anew each time, under the booking's lock: late, twice or by two at once,
the result is the same.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update

from app.bookings import hit_rules, lines
from app.bookings.hit_rules import NEAR
from app.bookings.models import Booking, BookingAnswer, BookingOffer
from app.care.answer_queries import Answering, answered_by
from app.care.office_rules import OfficeClock
from app.care.order_queries import patients
from app.care.plan_queries import places
from app.core import audit, db
from app.core.audit import Actor
from app.core.db import run
from app.core.pulse import Signal
from app.notices import service as notices
from app.waits import service as waits
from app.waits.service import Subject

KIND = "booking_answer"
BATCH = 200
UNHAPPY = ("tentative", "declined")
TOLD = ("booking_hit", "booking_hit_soon", "booking_restored")

# Half-open on both sides. An absence without an end reaches the near future, but what it has reached stays hit.
_AWAY = """
    select p.person_id, p.starts_at < cast(:reach as timestamptz) or a.ends_at is not null as near
    from participant p join absence a on a.person_id = p.person_id
    where p.booking_id = b.id and p.role = 'staff' and a.cancelled_at is null
      and a.starts_at < b.ends_at and (a.ends_at is null or a.ends_at > b.starts_at)
"""
_CLOSED = """
    select from closure c where c.unit_id = b.unit_id
      and c.starts_on::timestamp at time zone 'Europe/Stockholm' < b.ends_at
      and (c.ends_on + 1)::timestamp at time zone 'Europe/Stockholm' > b.starts_at
"""
# From the few absences and closures that are or are to come, to the times of those people and units.
_due = text(
    f"""
    with away as (
      select p.booking_id from absence a
      join participant p on p.person_id = a.person_id and p.role = 'staff' and p.status = 'booked'
        and p.starts_at < coalesce(a.ends_at, cast(:reach as timestamptz)) and p.ends_at > a.starts_at
        and p.ends_at > cast(:now as timestamptz)
      where a.cancelled_at is null and (a.ends_at is null or a.ends_at > cast(:now as timestamptz))
    ), closed as (
      select b.id from closure c
      join booking b on b.unit_id = c.unit_id and b.status = 'booked' and b.ends_at > cast(:now as timestamptz)
        and b.starts_at < (c.ends_on + 1)::timestamp at time zone 'Europe/Stockholm'
        and b.ends_at > c.starts_on::timestamp at time zone 'Europe/Stockholm'
      where c.ends_on >= cast(:now as timestamptz)::date - 1
    )
    select b.id, b.starts_at from booking b
    where b.status = 'booked' and b.hit_at is null and b.id in (select booking_id from away union select id from closed)
    union
    select b.id, b.starts_at from booking b
    where b.status = 'booked' and b.hit_at is not null and b.ends_at > cast(:now as timestamptz)
      and not exists ({_AWAY}) and not exists ({_CLOSED})
    order by starts_at, id limit :most
    """
)
_why = text(
    f"""
    select array(select distinct person_id from ({_AWAY}) as it order by 1) as away,
      exists (select from ({_AWAY}) as it where near) as near, exists ({_CLOSED}) as closed
    from booking b where b.id = :booking
    """
)

SIGNALS = (
    Signal(
        "booking_unhit",
        "A time whose person is away has not been told of for two minutes: look in the worker's log for worker.hits.",
        """exists (select from booking b join participant p on p.booking_id = b.id and p.role = 'staff'
            join absence a on a.person_id = p.person_id where b.status = 'booked' and b.hit_at is null
            and a.cancelled_at is null and a.registered_at < cast(:now as timestamptz) - interval '2 min'
            and b.made_at < cast(:now as timestamptz) - interval '2 min'
            and a.starts_at < b.ends_at and b.ends_at > cast(:now as timestamptz)
            and a.ends_at > b.starts_at)""",
    ),
)


def due(*, by: Actor, now: datetime, batch: int = BATCH) -> list[UUID]:
    """The times to look at, the first to begin first."""
    found = run(_due, {"now": now, "reach": now + NEAR, "most": batch})
    return [row.id for row in found]


def see_to_hits(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """See to each of them; how many have changed."""
    return sum(see_to(key, by=by, now=now) for key in due(by=by, now=now, batch=batch))


def see_to(booking_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Tell the patient that whom they were to meet is away, or is not any longer. Whoever else holds the booking is
    left to it."""
    mine = select(Booking).where(Booking.id == booking_id).with_for_update(key_share=True, skip_locked=True)
    booking = db.session().scalars(mine.execution_options(populate_existing=True)).one_or_none()
    if booking is None or booking.status != "booked" or booking.ends_at <= now:
        return False
    why = run(_why, {"booking": booking_id, "reach": now + NEAR}).one()
    if booking.hit_at is None and (why.near or why.closed):
        _hit(booking, why.away, by=by, now=now)
        return True
    if booking.hit_at is not None and not (why.away or why.closed):
        _restore(booking, by=by, now=now)
        return True
    return False


def _hit(booking: Booking, away: Sequence[UUID], *, by: Actor, now: datetime) -> None:
    booking.hit_at = now
    db.session().flush()
    _say(booking, "hit", by=by, now=now)
    whom = away[0] if away else _staff(booking)
    subject = Subject(KIND, booking.id, booking.unit_id, booking.patient_id, whom)
    waits.ask(subject, _answering(booking, whom, by, now), by=by, now=now)


def _restore(booking: Booking, *, by: Actor, now: datetime) -> None:
    """As it was; but what the patient has asked for themselves still waits."""
    hit_at, booking.hit_at = booking.hit_at, None
    db.session().flush()
    last = select(BookingAnswer.answer).where(BookingAnswer.booking_id == booking.id).order_by(BookingAnswer.n.desc())
    asked = db.session().scalar(last.limit(1)) in UNHAPPY
    theirs = [
        BookingOffer.booking_id == booking.id,
        BookingOffer.answered_at.is_(None),
        BookingOffer.withdrawn_at.is_(None),
        BookingOffer.staff_id.is_not(None) if asked else BookingOffer.offered_at >= hit_at,
    ]
    run(update(BookingOffer).where(*theirs).values(withdrawn_at=now))
    _say(booking, "restored", by=by, now=now)
    if not asked:
        waits.end(KIND, booking.id, "filled", by=by, now=now)


def _say(booking: Booking, what: str, *, by: Actor, now: datetime) -> None:
    """A line that the patient reads, what they are told, and what the log says. What was told of the other before, and
    has not been seen, is nothing any longer."""
    lines.add(booking, what, by=by, now=now)
    audit.record(db.session(), lines.entry_of(f"booking.{what}", booking), by=by, now=now)
    patient, key = booking.patient_id, f"{booking.id}:{now.isoformat()}"
    notices.withdraw(booking.id, people=[patient], kinds=TOLD, by=by, now=now)
    soon = what == "hit" and booking.starts_at < now + hit_rules.SOON
    kind = "booking_hit_soon" if soon else f"booking_{what}"
    notices.tell({patient: now}, kind, key, about=booking.id, by=by, now=now)
    lines.wake(booking)


def _staff(booking: Booking) -> UUID:
    """Whom the patient was to meet, the first of them where they are several."""
    there = text("select person_id from participant where booking_id = :booking and role = 'staff' order by 1 limit 1")
    return run(there, {"booking": booking.id}).scalar_one()


def _answering(booking: Booking, whom: UUID, by: Actor, now: datetime) -> Answering:
    """Who answers for the one who is away, and by when: before the time begins, where that can be."""
    pair: Any = (booking.patient_id, booking.unit_id)
    place = places(by, {booking.unit_id: None}, at=now)[booking.unit_id]
    found = answered_by(by, place, patients(by, [pair], at=now)[pair], whom, at=now, now=now)
    between = OfficeClock(place.plan, now).between
    promise = hit_rules.due(found.answer.promise, booking.starts_at, now=now, between=between)
    return replace(found, answer=replace(found.answer, promise=promise))
