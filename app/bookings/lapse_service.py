"""What was offered and never answered: when it is over, the time waits for the unit again, so that nobody is left with
a time that they cannot keep and silence.

The worker looks for it each round. What it finds is judged anew under the booking's lock: late, twice or by two at
once, the result is the same.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from app.bookings import asking, lines
from app.core import audit, db
from app.core.audit import Actor
from app.core.db import run
from app.notices import service as notices

BATCH = 200
PATIENCE = timedelta(days=3)
"""So long is an offer left to a patient who does not answer; then the unit asks in another way."""

# Only where nothing waits: the patient wants another time, or cannot be met, and all that is offered is over.
_LAPSED = """
    select b.id from booking_offer o join booking b on b.id = o.booking_id
    left join lateral (select answer, version from booking_answer where booking_id = b.id order by n desc limit 1) a
      on true
    where o.answered_at is null and o.withdrawn_at is null and b.status = 'booked' {one}
      and not exists (select from wait where kind = 'booking_answer' and subject_id = b.id and ended_at is null)
      and (b.hit_at is not null or a.answer <> 'accepted' and not exists (select from booking_change
        where booking_id = b.id and version > a.version
          and what in ('moved', 'staff', 'cancelled', 'entered-in-error')))
    group by b.id
    having max(coalesce(o.starts_at, b.starts_at)) <= :now or max(o.offered_at) <= :before
    order by b.id limit :most
"""
_all = text(_LAPSED.format(one=""))
_one = text(_LAPSED.format(one="and b.id = :booking"))


def unanswered(*, by: Actor, now: datetime, batch: int = BATCH) -> list[UUID]:
    """The times whose offers are over without an answer, and of which nothing waits."""
    found = run(_all, {"now": now, "before": now - PATIENCE, "most": batch})
    return [row.id for row in found]


def lapse(booking_id: UUID, *, by: Actor, now: datetime) -> bool:
    """What was offered is taken back, and the time waits for the unit again. False when something has come of it."""
    booking = lines.held(booking_id)
    if run(_one, {"booking": booking_id, "now": now, "before": now - PATIENCE, "most": 1}).one_or_none() is None:
        return False
    asking.withdraw(booking, now=now)
    lines.add(booking, "lapsed", by=by, now=now)
    audit.record(db.session(), lines.entry_of("booking.lapsed", booking), by=by, now=now)
    patient, key = booking.patient_id, f"{booking.id}:{now.isoformat()}"
    notices.withdraw(booking.id, people=[patient], kinds=["booking_offered"], by=by, now=now)
    asking.ask(booking, by=by, now=now)
    notices.tell({patient: now}, "booking_changed", key, about=booking.id, by=by, now=now)
    lines.wake(booking)
    return True
