"""A free time that is held while it changes, and what follows when one that was offered is so no longer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.core import audit, db, live
from app.core.audit import Actor, Entry
from app.core.errors import NotFound
from app.notices import service as notices
from app.slots.models import Slot, SlotOffer

FREE, HELD, TAKEN, GONE = "free", "busy-tentative", "busy", "busy-unavailable"
OFFERED = "slot_offered"


def held(slot_id: UUID) -> Slot:
    """The time, which nobody else changes until this transaction ends; raises NotFound."""
    asked = select(Slot).where(Slot.id == slot_id).with_for_update(key_share=True)
    found = db.session().scalars(asked.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def open_offer(slot: Slot) -> SlotOffer | None:
    """To whom a held time is offered, where it is to anybody."""
    asked = select(SlotOffer).where(SlotOffer.slot_id == slot.id, SlotOffer.ended_at.is_(None))
    return db.session().scalars(asked.execution_options(populate_existing=True)).one_or_none()


def end_offer(slot: Slot, offer: SlotOffer, how: str, *, by: Actor, now: datetime) -> None:
    """The offer of a held time is over, and never wakes again; the patient is no longer told of it."""
    offer.ended_at, offer.ended_how = now, how
    if slot.status == HELD:
        slot.status = FREE
    db.session().flush()
    notices.withdraw(slot.id, people=[offer.patient_id], kinds=(OFFERED,), by=by, now=now)
    audit.record(db.session(), entry_of(f"slot.{how}", slot, patient=offer.patient_id), by=by, now=now)
    wake(offer.patient_id)


def entry_of(action: str, slot: Slot, *, patient: UUID | None = None) -> Entry:
    return Entry(action, patient, slot.unit_id, f"slot:{db.short(slot.id)}")


def wake(*people: UUID) -> None:
    """Let the pages of these people look again."""
    live.changed(*(live.topic("p", person) for person in people))
