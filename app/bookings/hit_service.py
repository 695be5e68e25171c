"""Times that somebody who was to be there is away from: the patient is told, and the unit has to see to it.

Care is a package below and never calls up, so the worker looks for what an absence or a closure has come to hit, and
what it hits no longer. What it finds is judged anew each time, under the booking's lock: late, twice or by two at once,
the result is the same.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from app.bookings import asking, hit_rules, lines
from app.bookings import offer_service as offers
from app.bookings.asking import OPEN_OFFER
from app.bookings.hit_rules import NEAR
from app.bookings.models import Booking, BookingOffer
from app.care.answer_queries import faces
from app.care.hours_rules import micros
from app.care.plan_queries import places
from app.core import audit, db
from app.core.audit import Actor
from app.core.db import run
from app.core.locale import local
from app.core.pulse import Signal
from app.notices import service as notices

BATCH = 200
CLOSED = "closed"
"""In place of the words of a line: it is not somebody who is away, but the whole unit."""
TOLD = ("booking_hit", "booking_hit_soon", "booking_restored")

# Worked at the unit, and no longer does on the day.
_LEFT = """
    exists (select from assignment w where w.person_id = p.person_id and w.unit_id = b.unit_id)
    and not exists (select from assignment w where w.person_id = p.person_id and w.unit_id = b.unit_id
      and (w.ends_on is null or w.ends_on >= (b.starts_at at time zone 'Europe/Stockholm')::date))
"""
# Half-open on both sides. An absence without an end reaches the near future, but what it has reached stays hit.
_AWAY = f"""
    select p.person_id, p.starts_at < cast(:reach as timestamptz) or a.ends_at is not null as near
    from participant p join absence a on a.person_id = p.person_id
    where p.booking_id = b.id and p.role = 'staff' and a.cancelled_at is null
      and a.starts_at < b.ends_at and (a.ends_at is null or a.ends_at > b.starts_at)
    union all
    select p.person_id, true from participant p where p.booking_id = b.id and p.role = 'staff' and {_LEFT}
"""  # nosec B608  # our own words alone
_CLOSED = """
    select from closure c where c.unit_id = b.unit_id
      and c.starts_on::timestamp at time zone 'Europe/Stockholm' < b.ends_at
      and (c.ends_on + 1)::timestamp at time zone 'Europe/Stockholm' > b.starts_at
"""
# Somebody who was offered instead, and is away then too.
_OFFERED_AWAY = """
    select o.id from booking_offer o join absence a on a.person_id = o.staff_id and a.cancelled_at is null
    where o.booking_id = b.id and o.answered_at is null and o.withdrawn_at is null
      and a.starts_at < b.ends_at and (a.ends_at is null or a.ends_at > b.starts_at)
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
    ), gone as (
      select p.booking_id from assignment e
      join participant p on p.person_id = e.person_id and p.role = 'staff' and p.status = 'booked'
        and p.starts_at > cast(:now as timestamptz) - interval '12 hours' and p.ends_at > cast(:now as timestamptz)
      join booking b on b.id = p.booking_id and b.unit_id = e.unit_id
      where e.ends_on is not null and {_LEFT}
    ), closed as (
      select b.id from closure c
      join booking b on b.unit_id = c.unit_id and b.status = 'booked' and b.ends_at > cast(:now as timestamptz)
        and b.starts_at < (c.ends_on + 1)::timestamp at time zone 'Europe/Stockholm'
        and b.ends_at > c.starts_on::timestamp at time zone 'Europe/Stockholm'
      where c.ends_on >= cast(:now as timestamptz)::date - 1
    )
    select b.id, b.starts_at from booking b
    where b.status = 'booked' and b.hit_at is null and b.id in (
      select booking_id from away union select booking_id from gone union select id from closed)
    union
    select b.id, b.starts_at from booking b
    where b.status = 'booked' and b.hit_at is not null and b.ends_at > cast(:now as timestamptz)
      and not exists ({_AWAY}) and not exists ({_CLOSED})
    union
    select b.id, b.starts_at from booking b where b.status = 'booked' and b.ends_at > cast(:now as timestamptz)
      and exists ({_OFFERED_AWAY})
    order by starts_at, id limit :most
    """  # nosec B608  # our own words alone
)
_why = text(
    f"""
    select array(select distinct person_id from ({_AWAY}) as it order by 1) as away,
      exists (select from ({_AWAY}) as it where near) as near, exists ({_CLOSED}) as closed,
      array({_OFFERED_AWAY}) as stale
    from booking b where b.id = :booking
    """  # nosec B608  # our own words alone
)

_THERE = text("select person_id from participant where booking_id = :booking and role = 'staff'")
_FREE = (
    text(
        """
    select s.person_id from booking b join service_staff s on s.service_type_id = b.service_type_id
    where b.id = :booking and s.person_id = any(:people)
      and not exists (select from participant p where p.person_id = s.person_id and p.status = 'booked'
        and p.starts_at < b.ends_at and p.ends_at > b.starts_at)
      and not exists (select from booking_offer o where o.booking_id = b.id and o.staff_id = s.person_id
        and (o.answered_at is not null or o.withdrawn_at is null or o.offered_at >= b.hit_at))
      and not exists (select from booking_offer o join booking other on other.id = o.booking_id
        where o.staff_id = s.person_id and o.answered_at is null and o.withdrawn_at is null
          and coalesce(o.starts_at, other.starts_at) < b.ends_at and coalesce(o.ends_at, other.ends_at) > b.starts_at)
    """
    )
    .bindparams(bindparam("people", type_=ARRAY(Uuid())))
    .columns()
)

SIGNALS = (
    Signal(
        "booking_unhit",
        "A time whose person is away has not been told of for two minutes: look in the worker's log for worker.each.",
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
    if why.stale:
        run(update(BookingOffer).where(BookingOffer.id.in_(why.stale)).values(withdrawn_at=now))
        lines.wake(booking)
        if not _is_offered(booking):
            asking.ask(booking, by=by, now=now)
    if booking.hit_at is None and (why.near or why.closed):
        _hit(booking, closed=why.closed, by=by, now=now)
    elif booking.hit_at is not None and not (why.away or why.closed):
        _restore(booking, by=by, now=now)
    elif not why.stale:
        return False
    if booking.hit_at is not None and why.away and not why.closed and not booking.kept_in:
        _offer(booking, why.away, by=by, now=now)
    return True


def _hit(booking: Booking, *, closed: bool, by: Actor, now: datetime) -> None:
    booking.hit_at = now
    db.session().flush()
    _say(booking, "hit", words=CLOSED if closed else None, by=by, now=now)
    asking.ask(booking, by=by, now=now)


def _restore(booking: Booking, *, by: Actor, now: datetime) -> None:
    booking.hit_at = None
    db.session().flush()
    asking.restored(booking, by=by, now=now)
    _say(booking, "restored", by=by, now=now)


def _offer(booking: Booking, away: Sequence[UUID], *, by: Actor, now: datetime) -> None:
    """Offer the first of those who answer for the one who is away that does this kind of time, is at work all through
    it and has nothing else then. Each is offered once; the patient says yes, or the unit finds another time."""
    theirs = run(_THERE, {"booking": booking.id}).scalars().all()
    if len(theirs) > 1 or booking.starts_at <= now or _is_offered(booking):
        return
    plan = places(by, {booking.unit_id: None}, at=now)[booking.unit_id].plan.covering(booking.starts_at)
    begins, ends = micros(booking.starts_at), micros(booking.ends_at)
    named = [it for it in plan.substitutes(away[0]).at(begins) if isinstance(it, UUID) and it not in away]
    there = [it for it in named if any(since <= begins and ends <= until for since, until in plan.work(it))]
    if not there:
        return
    known = faces(by, there, at=now, today=local(now).date(), patient=booking.patient_id)
    free = set(run(_FREE, {"booking": booking.id, "people": there}).scalars())
    for person in there:
        face = known.get(person)
        if face and person in free and face.state.active and face.state.channel and not (face.blocked or face.invited):
            offers.offer_staff(booking.id, person, by=by, now=now)
            # One thing has happened, and it is told once.
            notices.withdraw(booking.id, people=[booking.patient_id], kinds=["booking_offered"], by=by, now=now)
            return


def _is_offered(booking: Booking) -> bool:
    """Whether something is offered that the patient has not answered."""
    open_ = select(BookingOffer.id).where(BookingOffer.booking_id == booking.id, OPEN_OFFER).limit(1)
    return db.session().scalar(open_) is not None


def _say(booking: Booking, what: str, *, words: str | None = None, by: Actor, now: datetime) -> None:
    """A line that the patient reads, what they are told, and what the log says. What was told of the other before, and
    has not been seen, is nothing any longer."""
    lines.add(booking, what, words=words, by=by, now=now)
    audit.record(db.session(), lines.entry_of(f"booking.{what}", booking), by=by, now=now)
    patient, key = booking.patient_id, f"{booking.id}:{now.isoformat()}"
    notices.withdraw(booking.id, people=[patient], kinds=TOLD, by=by, now=now)
    soon = what == "hit" and booking.starts_at < now + hit_rules.SOON
    kind = "booking_hit_soon" if soon else f"booking_{what}"
    notices.tell({patient: now}, kind, key, about=booking.id, by=by, now=now)
    lines.wake(booking)
