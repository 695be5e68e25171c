"""Wait for a time of a kind: join the list, say what suits, leave it; staff put somebody on it and take them off."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, text, update

from app.accounts.models import Patient
from app.bookings.kind_models import ServiceType
from app.care.models import Contact
from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import local
from app.slots import lines as times
from app.slots.lines import FREE
from app.slots.models import Queued, Slot, SlotOffer
from app.slots.queue_rules import kept

BATCH = 200
# Nobody waits where they are not a patient any longer.
_OVER = text(
    """
    select q.id from queued q join person p on p.id = q.patient_id
    where q.ended_at is null and (p.closed_at is not null or not exists (
      select from contact c where c.patient_id = q.patient_id and c.unit_id = q.unit_id
        and (c.ends_on is null or c.ends_on >= cast(:today as date))))
    order by q.since, q.id limit :most
    """
)


def join(
    service_type_id: UUID, patient_id: UUID, parts: Iterable[str], notice_hours: int, *, by: Actor, now: datetime
) -> UUID:
    """Put a patient on the list, or change what suits whoever is on it: their place stays. Raises NotFound."""
    today = local(now).date()
    run(select(Patient.person_id).where(Patient.person_id == patient_id).with_for_update(key_share=True))
    kind = run(
        select(ServiceType.id, ServiceType.unit_id)
        .join(Contact, Contact.unit_id == ServiceType.unit_id)
        .where(ServiceType.id == service_type_id, ServiceType.ended_at.is_(None), Contact.patient_id == patient_id)
        .where(or_(Contact.ends_on.is_(None), Contact.ends_on >= today))
        .limit(1)
    ).one_or_none()
    if kind is None:
        raise NotFound
    mine = (Queued.patient_id == patient_id, Queued.service_type_id == kind.id, Queued.ended_at.is_(None))
    known = db.session().scalars(select(Queued).where(*mine).with_for_update(key_share=True)).one_or_none()
    if known:
        known.parts, known.notice_hours = kept(parts), notice_hours
        found, what = known, "queue.changed"
    else:
        found, what = (
            Queued(
                id=db.new_key(),
                unit_id=kind.unit_id,
                service_type_id=kind.id,
                patient_id=patient_id,
                since=now,
                put_by=by.person_id,
                parts=kept(parts),
                notice_hours=notice_hours,
            ),
            "queue.joined",
        )
        db.session().add(found)
    db.session().flush()
    audit.record(db.session(), Entry(what, patient_id, kind.unit_id), by=by, now=now)
    # What is for those who wait, and suited nobody until now, is looked at again.
    waits = (Slot.service_type_id == kind.id, Slot.status == FREE, Slot.freed_at > now)
    run(update(Slot).where(*waits).values(freed_at=now))
    return found.id


def leave(queued_id: UUID, *, by: Actor, now: datetime) -> bool:
    """The patient waits no longer; what is held for them is offered to the next. False when they do not. Raises
    NotFound."""
    return _end(queued_id, "left", by=by, now=now, whose=by.person_id)


def take_off(queued_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Staff take somebody off the list. False when they are off it."""
    return _end(queued_id, "taken_off", by=by, now=now)


def due(*, by: Actor, now: datetime, batch: int = BATCH) -> list[UUID]:
    """Those who wait where they are no longer a patient."""
    return list(run(_OVER, {"today": local(now).date(), "most": batch}).scalars())


def see_to(queued_id: UUID, *, by: Actor, now: datetime) -> bool:
    """End that."""
    return _end(queued_id, "over", by=by, now=now)


def _end(queued_id: UUID, how: str, *, by: Actor, now: datetime, whose: UUID | None = None) -> bool:
    there = run(select(Queued.patient_id, Queued.unit_id).where(Queued.id == queued_id)).one_or_none()
    if there is None or (whose and there.patient_id != whose):
        raise NotFound
    # The times before the list, as everybody does who takes hold of both.
    offered = select(SlotOffer.slot_id).where(SlotOffer.queued_id == queued_id, SlotOffer.ended_at.is_(None))
    for key in sorted(run(offered).scalars().all()):
        slot = times.held(key)
        offer = times.open_offer(slot)
        if offer and offer.queued_id == queued_id:
            times.end_offer(slot, offer, "refused" if how == "left" else "withdrawn", by=by, now=now)
            slot.freed_at = now
            db.session().flush()
    ended = update(Queued).where(Queued.id == queued_id, Queued.ended_at.is_(None))
    if not run(ended.values(ended_at=now, ended_how=how)).rowcount:
        return False
    audit.record(db.session(), Entry(f"queue.{how}", there.patient_id, there.unit_id), by=by, now=now)
    times.wake(there.patient_id)
    return True
