"""A patient takes a free time, or what is held for them, or says no to it. Two persons never get the same one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update

from app.accounts.models import Patient
from app.bookings import asking, lines
from app.bookings import service as bookings
from app.bookings.service import Busy, Wanted
from app.care import rest_queries
from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import gettext as _
from app.core.locale import local
from app.notices import service as notices
from app.slots import lines as times
from app.slots.lines import FREE, HELD, TAKEN
from app.slots.models import Queued, Slot, SlotOffer
from app.slots.queries import HIT
from app.slots.slot_rules import MOST_OWN, SOONEST

_IS_THEIRS = """
  exists (select from contact c join slot s on s.unit_id = c.unit_id where s.id = :slot and c.patient_id = :patient
    and c.starts_on <= :today and (c.ends_on is null or c.ends_on >= :today))
"""
# Most who are too late are told so by this alone, and wait for nobody's lock.
_GLANCE = text(
    f"""
    select s.status, s.booking_id, b.patient_id = :patient as mine, {_IS_THEIRS} as theirs
    from slot s left join booking b on b.id = s.booking_id where s.id = :slot
    """  # nosec B608  # our own words alone
)
_CAN = text(
    f"""
    select {HIT} as hit, {_IS_THEIRS} as theirs,
      exists (select from block x where x.patient_id = :patient and x.person_id = s.staff_id
        and x.ended_at is null) as said_no,
      exists (select from participant q where q.person_id = :patient and q.status = 'booked'
        and q.starts_at < s.ends_at and q.ends_at > s.starts_at) as clash,
      (select count(*) from booking b where b.patient_id = :patient and b.starts_at > :now and b.status = 'booked'
        and b.made_by = :patient and b.service_type_id = s.service_type_id) as own,
      k.mode, k.bring, u.name as unit_name, l.name || ', ' || l.address as place
    from slot s join service_type k on k.id = s.service_type_id join unit u on u.id = s.unit_id
    left join location l on l.id = s.location_id where s.id = :slot
    """  # nosec B608  # our own words alone
)

_PATIENCE = text("set local lock_timeout = '15s'")


class Gone(Exception):
    """Somebody else has it, or it is no longer free; nothing was stored."""


class Clash(Exception):
    """The patient has another time then; nothing was stored."""


class Full(Exception):
    """The patient has taken as many times of the kind as one may; nothing was stored."""


def take(slot_id: UUID, *, by: Actor, now: datetime) -> UUID:
    """Take a free time, or one that is held for whoever takes it; returns the booking, also when it was theirs already.

    Raises NotFound, Gone, Clash, Full.
    """
    patient = _patient(by)
    glance = run(_GLANCE, {"slot": slot_id, "patient": patient, "today": local(now).date()}).one_or_none()
    if glance is None or not (glance.theirs or glance.mine):
        raise NotFound
    if glance.mine:
        return glance.booking_id
    if glance.status not in (FREE, HELD):
        raise Gone
    # Where many want the same time, the last of them waits for all the others, and is told what is true then.
    run(_PATIENCE)
    # The patient first, so that two taps are one, and no two times are counted at once.
    run(select(Patient.person_id).where(Patient.person_id == patient).with_for_update(key_share=True))
    slot = times.held(slot_id)
    if slot.booking_id and run(_GLANCE, {"slot": slot_id, "patient": patient, "today": local(now).date()}).one().mine:
        return slot.booking_id
    offer = times.open_offer(slot)
    mine = offer is not None and offer.patient_id == patient and offer.held_until > now
    if not (mine or (slot.status == FREE and slot.for_whom == "unit" and slot.freed_at is None)):
        raise Gone
    can = run(_CAN, {"slot": slot_id, "patient": patient, "now": now, "today": local(now).date()}).one()
    if not can.theirs or can.said_no or slot.staff_id == patient:
        raise NotFound
    if can.clash:
        raise Clash
    if can.hit or slot.starts_at <= (now if mine else now + SOONEST):
        raise Gone
    if can.own >= MOST_OWN:
        raise Full
    booking = _book(slot, patient, can, by=by, now=now)
    if offer:
        times.end_offer(slot, offer, "accepted", by=by, now=now)
    slot.status, slot.booking_id, slot.freed_at = TAKEN, booking, None
    db.session().flush()
    audit.record(db.session(), times.entry_of("slot.taken", slot, patient=patient), by=by, now=now)
    _no_longer_waits(slot, patient, by=by, now=now)
    # Whoever is to be there must not learn of it at the door.
    at = rest_queries.reached_at(by, [slot.staff_id], None, at=now)
    notices.tell(at, "booking_taken", f"{booking}", about=booking, by=by, now=now)
    return booking


def refuse(slot_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Say no to what is held for oneself: it is offered to the next. False when it is not, any longer."""
    patient = _patient(by)
    slot = times.held(slot_id)
    offer = times.open_offer(slot)
    if offer is None or offer.patient_id != patient:
        if _was_offered(slot_id, patient):
            return False
        raise NotFound
    times.end_offer(slot, offer, "refused", by=by, now=now)
    slot.freed_at = now
    db.session().flush()
    return True


def _book(slot: Slot, patient: UUID, can: Any, *, by: Actor, now: datetime) -> UUID:
    where = {"visit": can.place or can.unit_name, "home": _("Hemma hos dig")}.get(can.mode, "")
    wanted = Wanted(
        slot.service_type_id,
        patient,
        (slot.staff_id,),
        slot.starts_at,
        slot.ends_at,
        place=where,
        location_id=slot.location_id,
        bring=can.bring or None,
    )
    try:
        booking = bookings.make(wanted, by=by, now=now)
    except Busy as error:
        # Between the look and the deed somebody was booked by hand.
        raise Gone from error
    # Who takes a time has said that they come.
    asking.keep(lines.held(booking), "accepted", None, now=now)
    return booking


def _no_longer_waits(slot: Slot, patient: UUID, *, by: Actor, now: datetime) -> None:
    """Whoever has got a time waits for none of that kind, and nothing else is held for them."""
    theirs = (Queued.patient_id == patient, Queued.service_type_id == slot.service_type_id, Queued.ended_at.is_(None))
    ended = update(Queued).where(*theirs).values(ended_at=now, ended_how="booked").returning(Queued.id)
    queued = run(ended).scalars().all()
    if not queued:
        return
    audit.record(db.session(), Entry("queue.booked", patient, slot.unit_id), by=by, now=now)
    held = select(SlotOffer.slot_id).where(SlotOffer.queued_id.in_(queued), SlotOffer.ended_at.is_(None))
    for key in sorted(run(held).scalars().all()):
        other = times.held(key)
        if offer := times.open_offer(other):
            times.end_offer(other, offer, "withdrawn", by=by, now=now)
            other.freed_at = now
            db.session().flush()


def _was_offered(slot_id: UUID, patient: UUID) -> bool:
    offered = select(SlotOffer.id).where(SlotOffer.slot_id == slot_id, SlotOffer.patient_id == patient).limit(1)
    return run(offered).first() is not None


def _patient(by: Actor) -> UUID:
    if by.person_id is None:
        raise NotFound
    return by.person_id
