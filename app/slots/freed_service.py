"""Times that have become free: offered, one after the other, to those who wait and whom they suit; then to all.

Nothing is a timer. The worker looks for times whose booking no longer stands, for offers that are over and for what is
to be offered, and judges each anew under its lock: late, twice or by two at once, the result is the same.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from app.bookings.models import Booking
from app.care import rest_queries
from app.core import audit, db
from app.core.audit import Actor
from app.core.db import run
from app.core.locale import local
from app.core.pulse import Signal
from app.notices import service as notices
from app.slots import hold_rules, queue_rules
from app.slots import lines as times
from app.slots.lines import FREE, GONE, HELD, OFFERED, TAKEN
from app.slots.models import Queued, Slot, SlotOffer
from app.slots.queries import HIT
from app.slots.queue_rules import Waiting
from app.slots.slot_rules import MOST_OWN

BATCH = 200
ASKED = 500
AGAIN = timedelta(minutes=15)
"""So often is a time that suits nobody on the list looked at again."""
SWEPT = timedelta(days=30)

# Its booking is cancelled, at another time, or with somebody else.
_LEFT = """
  not exists (select from booking b join participant p on p.booking_id = b.id and p.person_id = s.staff_id
    where b.id = s.booking_id and b.status in ('booked', 'fulfilled', 'noshow')
      and b.starts_at = s.starts_at and b.ends_at = s.ends_at)
"""
_DUE = text(
    f"""
    select it.id from (
      select s.id, s.starts_at from slot s
      where s.status = 'busy' and s.starts_at > cast(:now as timestamptz) - interval '12 hours'
        and s.ends_at > cast(:now as timestamptz) and {_LEFT}
      union
      select s.id, s.starts_at from slot s join slot_offer o on o.slot_id = s.id and o.ended_at is null
      where o.held_until <= :now or {HIT} is not null
      union
      select s.id, s.starts_at from slot s
      where s.status = 'free' and s.freed_at <= :now and s.starts_at > :now and {HIT} is null
        and (:awake or not exists (select from queued q where q.service_type_id = s.service_type_id
          and q.ended_at is null))
      union
      select s.id, s.starts_at from slot s
      where s.status in ('free', 'busy-tentative') and s.starts_at <= :now and s.starts_at > :swept
    ) as it order by it.starts_at, it.id limit :most
    """  # nosec B608  # our own words alone
)
_STANDS = text(
    f"select {_LEFT} as is_left, {HIT} as hit from slot s where s.id = :slot"  # nosec B608  # our own words alone
)
_WAITING = text(
    """
    select q.id, q.patient_id, q.since, q.parts, q.notice_hours,
      p.closed_at is null and exists (select from contact c where c.patient_id = q.patient_id
        and c.unit_id = s.unit_id and c.starts_on <= cast(:today as date)
        and (c.ends_on is null or c.ends_on >= cast(:today as date))) as theirs,
      exists (select from slot_offer o where o.queued_id = q.id and o.ended_at is null) as offered,
      exists (select from slot_offer o join slot t on t.id = o.slot_id where o.patient_id = q.patient_id
        and (o.slot_id = s.id and o.ended_how is distinct from 'withdrawn'
          or o.ended_how = 'refused' and t.staff_id = s.staff_id and t.starts_at = s.starts_at)) as had,
      q.patient_id = s.staff_id or exists (select from block x where x.patient_id = q.patient_id
        and x.person_id = s.staff_id and x.ended_at is null) as said_no,
      exists (select from participant w where w.person_id = q.patient_id and w.status = 'booked'
        and w.starts_at < s.ends_at and w.ends_at > s.starts_at) as busy,
      (select count(*) from booking b where b.patient_id = q.patient_id and b.starts_at > :now
        and b.status = 'booked' and b.made_by = q.patient_id
        and b.service_type_id = s.service_type_id) >= :own as full
    from slot s join queued q on q.service_type_id = s.service_type_id and q.ended_at is null
    join person p on p.id = q.patient_id
    where s.id = :slot order by q.since, q.id limit :most
    """
)

SIGNALS = (
    Signal(
        "slot_offer_late",
        "An offer of a freed time has not ended for two minutes: look in the worker's log for worker.each.",
        """exists (select from slot_offer where ended_at is null
            and held_until < cast(:now as timestamptz) - interval '2 min')""",
    ),
)


def due(*, by: Actor, now: datetime, batch: int = BATCH) -> list[UUID]:
    """The times to look at, the first to begin first."""
    values = {"now": now, "awake": hold_rules.is_awake(now), "swept": now - SWEPT, "most": batch}
    return list(run(_DUE, values).scalars())


def see_to(slot_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Free a time whose booking no longer stands, end what is over, and offer it to the next. Whoever else holds the
    time is left to it."""
    mine = select(Slot).where(Slot.id == slot_id).with_for_update(key_share=True, skip_locked=True)
    slot = db.session().scalars(mine.execution_options(populate_existing=True)).one_or_none()
    if slot is None or slot.status == GONE:
        return False
    why = run(_STANDS, {"slot": slot_id}).one()
    changed = False
    if slot.status == TAKEN:
        if not why.is_left:
            return False
        _free(slot, by=by, now=now)
        changed = True
    offer = times.open_offer(slot)
    if slot.starts_at <= now:
        if offer:
            times.end_offer(slot, offer, "lapsed", by=by, now=now)
        slot.status = GONE
        db.session().flush()
        return True
    if offer:
        if not (why.hit or offer.held_until <= now):
            return changed
        times.end_offer(slot, offer, "withdrawn" if why.hit else "lapsed", by=by, now=now)
        slot.freed_at, changed = now, True
        db.session().flush()
    if slot.freed_at is None or slot.freed_at > now:
        return changed
    # A time that was taken a moment ago may have been in its own way.
    hit = run(_STANDS, {"slot": slot_id}).one().hit if changed else why.hit
    return changed if hit else _offer_next(slot, by=by, now=now) or changed


def _free(slot: Slot, *, by: Actor, now: datetime) -> None:
    """Its booking is somewhere else, or nowhere: the time is free again, for those who wait first."""
    booking = db.session().get_one(Booking, slot.booking_id, populate_existing=True)
    slot.status, slot.booking_id, slot.freed_at = FREE, None, now
    db.session().flush()
    audit.record(db.session(), times.entry_of("slot.freed", slot), by=by, now=now)
    if booking.status == "cancelled" and booking.cancelled_by == booking.patient_id:
        at = rest_queries.reached_at(by, [slot.staff_id], None, at=now)
        notices.tell(at, "booking_left", f"{booking.id}", about=booking.id, by=by, now=now)


def _offer_next(slot: Slot, *, by: Actor, now: datetime) -> bool:
    """Hold a free time for the first whom it suits; when it suits nobody, it is everybody's, or rests a while."""
    waiting = _waiting(slot, now)
    until = hold_rules.held_until(now, slot.starts_at)
    if waiting and not hold_rules.is_awake(now):
        return False
    chosen = queue_rules.in_order(waiting, slot.starts_at, now=now) if until else []
    for it in chosen:
        # Two workers with a time each must not hold both for one person.
        held = select(Queued.id).where(Queued.id == it.key, Queued.ended_at.is_(None))
        if run(held.with_for_update(key_share=True, skip_locked=True)).first() and not _has_offer(it.key):
            return _offer(slot, it, until, by=by, now=now)
    slot.freed_at = None if slot.for_whom == "unit" else now + AGAIN
    db.session().flush()
    return True


def _offer(slot: Slot, to: Waiting, until: datetime | None, *, by: Actor, now: datetime) -> bool:
    assert until
    offer = SlotOffer(
        id=db.new_key(), slot_id=slot.id, queued_id=to.key, patient_id=to.patient, offered_at=now, held_until=until
    )
    slot.status = HELD
    db.session().add(offer)
    db.session().flush()
    audit.record(db.session(), times.entry_of("slot.offered", slot, patient=to.patient), by=by, now=now)
    notices.tell({to.patient: now}, OFFERED, db.short(offer.id), about=slot.id, by=by, now=now)
    times.wake(to.patient)
    return True


def _waiting(slot: Slot, now: datetime) -> list[Waiting]:
    values: dict[str, Any] = {"slot": slot.id, "now": now, "today": local(now).date()}
    return [
        Waiting(
            it.id,
            it.patient_id,
            it.since,
            tuple(it.parts),
            it.notice_hours,
            theirs=it.theirs,
            offered=it.offered,
            had=it.had,
            said_no=it.said_no,
            busy=it.busy,
            full=it.full,
        )
        for it in run(_WAITING, values | {"own": MOST_OWN, "most": ASKED})
    ]


def _has_offer(queued: UUID) -> bool:
    open_ = select(SlotOffer.id).where(SlotOffer.queued_id == queued, SlotOffer.ended_at.is_(None)).limit(1)
    return run(open_).first() is not None
