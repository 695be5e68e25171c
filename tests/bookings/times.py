"""Times in the small world: what somebody offers, and books for a patient."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.bookings import kind_service as kinds
from app.bookings import service as bookings
from app.bookings.kind_models import ServiceType
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.world import Patient, Staff, wall


def offers(
    staff: Staff, name: str = "Samtal", mode: str = "visit", *, minutes: int = 45, also: tuple[Staff, ...] = ()
) -> UUID:
    """A kind of time at their unit that they, and these, do; the same when it is known."""
    known = select(ServiceType.id).where(ServiceType.unit_id == staff.unit.id, ServiceType.name == name)
    if found := db.session().scalar(known):
        return found
    people = [it.person.id for it in (staff, *also)]
    with db.transaction():
        return kinds.open_kind(staff.unit, name, mode, minutes, staff=people, by=SYSTEM, now=clock.now())


def books(
    staff: Staff,
    patient: Patient,
    starts: str,
    *,
    kind: str = "Samtal",
    mode: str = "visit",
    minutes: int = 45,
    place: str = "Kyrkogatan 12, våning 2",
    bring: str | None = None,
    link: str | None = None,
) -> UUID:
    """Book a time with them for a patient, from a Swedish wall time such as "2026-11-10 09:00"; its key."""
    service, at = offers(staff, kind, mode), wall(starts)
    ends = at + timedelta(minutes=minutes)
    wanted = bookings.Wanted(service, patient.person.id, (staff.person.id,), at, ends, place, bring=bring, link=link)
    with db.transaction():
        return bookings.make(wanted, by=staff.viewer, now=clock.now())
