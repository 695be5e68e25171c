"""Book many times at once: as one by one, in as many statements for two hundred as for one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select

from app.accounts.models import Person, Staff
from app.bookings import letter_service as letters
from app.bookings import lines, service
from app.bookings.kind_models import ServiceType
from app.bookings.models import BookingChange, Participant
from app.bookings.service import Wanted
from app.core import audit, db, live
from app.core.audit import Actor
from app.core.db import run
from app.notices import service as notices
from app.notices.service import Told


def make_all(wanted: Sequence[Wanted], *, by: Actor, now: datetime) -> list[UUID]:
    """Book them all; returns their keys in order. Raises Busy when one of them cannot be, and then none is to stand:
    let it be work that stands or falls by itself."""
    session = db.session()
    everybody = {it.patient_id for it in wanted} | {key for it in wanted for key in it.staff}
    # Held here, so that each letter finds its people without asking for them.
    known = {it.id: it for it in session.scalars(select(Person).where(Person.id.in_(everybody)))}
    kinds = list(session.scalars(select(ServiceType).where(ServiceType.id.in_({it.service_type_id for it in wanted}))))
    there = run(select(Staff.person_id, Staff.title).where(Staff.person_id.in_(everybody)))
    titles = {row.person_id: row.title for row in there}
    made = [service.fresh(it, by=by, now=now) for it in wanted]
    session.add_all(made)
    session.flush()
    rows = []
    for booking, it in zip(made, wanted, strict=True):
        when = {name: getattr(booking, name) for name in ("starts_at", "ends_at", "status")} | {
            "booking_id": booking.id
        }
        rows.append(when | {"person_id": it.patient_id, "role": "patient"})
        rows += [when | {"person_id": person, "role": "staff"} for person in dict.fromkeys(it.staff)]
    service.unless_busy(lambda: run(insert(Participant), rows))
    for booking, it in zip(made, wanted, strict=True):
        session.add(BookingChange(booking_id=booking.id, n=1, version=1, at=now, by_id=by.person_id, what="made"))
        whom = [(known[key].name, titles[key]) for key in sorted(set(it.staff))]
        session.add(letters.written(booking, whom, now=now))
    session.flush()
    audit.record(session, [lines.entry_of("booking.made", it) for it in made], by=by, now=now)
    # An old one that another system tells us of is no news to anybody.
    news = [it for it in made if by.person_id != it.patient_id and not (it.kept_in and it.ends_at <= now)]
    told = (Told(it.patient_id, "booking_made", f"{it.id}:1", now, it.id) for it in news)
    notices.tell_many(told, by=by, now=now)
    patients = sorted({it.patient_id for it in made})
    live.changed(*(live.topic("p", it) for it in sorted(everybody)), *(live.topic("b", it) for it in patients))
    del kinds
    return [it.id for it in made]
