"""Publish free times, take them away again, and undo that."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.bookings.kind_models import ServiceType
from app.bookings.slot_rules import Span
from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.db import run
from app.core.errors import NotFound
from app.slots import lines as times
from app.slots import slot_queries, slot_rules
from app.slots.lines import FREE, GONE, HELD
from app.slots.models import Slot


class Taken(Exception):
    """Somebody has the time already; nothing was stored."""


def publish(
    service_type_id: UUID,
    staff_id: UUID,
    spans: Sequence[Span],
    *,
    location_id: UUID | None = None,
    for_whom: str = "unit",
    by: Actor,
    now: datetime,
) -> list[UUID]:
    """Publish times of a kind with somebody; returns the keys of those that are new.

    What cannot be met is passed over (see slot_rules.fault), and so is what is published already: the same again
    changes nothing. What is for those who wait is offered to them, in order, by the worker. Raises NotFound.
    """
    kind = run(select(ServiceType.id, ServiceType.unit_id).where(ServiceType.id == service_type_id)).one_or_none()
    if kind is None:
        raise NotFound
    planned = slot_queries.planned_of(spans)
    wanted = slot_rules.good(slot_queries.judged(by, service_type_id, staff_id, planned, location=location_id, now=now))
    same = {"unit_id": kind.unit_id, "service_type_id": kind.id, "staff_id": staff_id, "location_id": location_id}
    same |= {"status": FREE, "for_whom": for_whom, "published_at": now, "published_by": by.person_id}
    same["freed_at"] = now if for_whom == "waiting" else None
    rows = [{"id": db.new_key(), "starts_at": it.starts_at, "ends_at": it.ends_at} | same for it in wanted]
    if not rows:
        return []
    # Two who publish the same hour at once: the constraint lets one of them in.
    made = list(run(insert(Slot).values(rows).on_conflict_do_nothing().returning(Slot.id)).scalars())
    entries = [Entry("slot.published", None, kind.unit_id, f"slot:{db.short(key)}") for key in made]
    audit.record(db.session(), entries, by=by, now=now)
    return made


def withdraw(slot_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Take a free time away, also from whom it is held for. False when it is away already. Raises Taken, NotFound."""
    slot = times.held(slot_id)
    if slot.status not in (FREE, HELD):
        if slot.booking_id:
            raise Taken
        return False
    if offer := times.open_offer(slot):
        times.end_offer(slot, offer, "withdrawn", by=by, now=now)
    slot.status = GONE
    db.session().flush()
    audit.record(db.session(), times.entry_of("slot.withdrawn", slot), by=by, now=now)
    return True


def put_back(slot_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Undo that. False when it is past, or somebody has published another time then."""
    slot = times.held(slot_id)
    if slot.status != GONE or slot.starts_at <= now:
        return slot.status == FREE

    # A flush that fails would take the whole transaction with it, and not this work alone.
    freed = now if slot.for_whom == "waiting" else None
    again = update(Slot).where(Slot.id == slot_id).values(status=FREE, freed_at=freed)

    def work() -> None:
        run(again)

    fell = db.fallen(work)
    if isinstance(fell, IntegrityError):
        return False
    if fell is not None:
        raise fell
    audit.record(db.session(), times.entry_of("slot.put_back", slot), by=by, now=now)
    return True
