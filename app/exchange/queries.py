"""What is known here of what another system speaks of: read for a page of resources at a time."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, array_agg

from app.accounts import service as accounts
from app.accounts.models import Patient, Person, Staff
from app.bookings.kind_models import Location, ServiceType
from app.bookings.models import Booking, Participant
from app.care.models import Assignment, Unit
from app.care.queries import in_force
from app.core import crypto
from app.core.audit import Actor
from app.core.db import run
from app.exchange.map_rules import Unusable
from app.exchange.models import SourceRecord


@dataclass(frozen=True)
class Known:
    """What a resource has become here: with which digest, and which row."""

    digest: bytes
    own_id: UUID | None


@dataclass(frozen=True)
class Stands:
    """A booking as it stands, and whom the patient is to meet."""

    id: UUID
    status: str
    starts_at: datetime
    ends_at: datetime
    unit_id: UUID
    patient_id: UUID
    service_type_id: UUID
    location_id: UUID | None
    place: str
    staff: frozenset[UUID]


@dataclass(frozen=True)
class Kind:
    id: UUID
    name: str
    mode: str


@dataclass(frozen=True)
class Where:
    id: UUID
    unit_id: UUID
    words: str


@dataclass(frozen=True)
class People:
    """Who is who, of those that a page names."""

    patients: Mapping[str, UUID]
    staff: Mapping[str, UUID]
    bad: frozenset[str]

    def patient(self, number: str) -> UUID:
        if number in self.bad:
            raise Unusable("number", "Patient.identifier")
        if number not in self.patients:
            raise Unusable("patient_unknown", "Patient.identifier")
        return self.patients[number]

    def practitioner(self, hsa_id: str | None) -> UUID:
        if hsa_id is None or hsa_id not in self.staff:
            raise Unusable("practitioner_unknown", "Practitioner.identifier")
        return self.staff[hsa_id]


def records(viewer: Actor, source_id: UUID, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """What has been read of these before, by type and id."""
    found = dict[tuple[str, str], Known]()
    by_type = dict[str, list[str]]()
    for kind, key in keys:
        by_type.setdefault(kind, []).append(key)
    for kind, ids in by_type.items():
        rows = run(
            select(SourceRecord.foreign_id, SourceRecord.digest, SourceRecord.own_id).where(
                SourceRecord.source_id == source_id, SourceRecord.type == kind, SourceRecord.foreign_id.in_(ids)
            )
        )
        found |= {(kind, row.foreign_id): Known(row.digest, row.own_id) for row in rows}
    return found


def patients_by(viewer: Actor, indexes: Collection[bytes]) -> dict[bytes, UUID]:
    """Patients who have an account here, by the blind index of their number."""
    asked = (
        select(Person.number_index, Person.id)
        .join(Patient, Patient.person_id == Person.id)
        .where(Person.number_index.in_(indexes), Person.closed_at.is_(None))
    )
    return {row.number_index: row.id for row in run(asked)} if indexes else {}


def staff_by(viewer: Actor, hsa_ids: Collection[str]) -> dict[str, UUID]:
    asked = select(Staff.hsa_id, Staff.person_id).where(Staff.hsa_id.in_(hsa_ids))
    return {row.hsa_id: row.person_id for row in run(asked)} if hsa_ids else {}


def units_by(viewer: Actor, hsa_ids: Collection[str]) -> dict[str, UUID]:
    asked = select(Unit.hsa_id, Unit.id).where(Unit.hsa_id.in_(hsa_ids))
    return {str(row.hsa_id): row.id for row in run(asked)} if hsa_ids else {}


def works_of(
    viewer: Actor, *, people: Collection[UUID] = (), assignments: Collection[UUID] = (), today: date
) -> list[Any]:
    """The work that somebody has today, by person or by the assignment itself: id, person and unit."""
    asked = select(Assignment.id, Assignment.person_id, Assignment.unit_id).where(in_force(Assignment, literal(today)))
    theirs = Assignment.person_id.in_(people) if people else Assignment.id.in_(assignments)
    return list(run(asked.where(theirs).order_by(Assignment.unit_id, Assignment.id)))


def kinds_at(viewer: Actor, unit_id: UUID) -> list[Kind]:
    asked = select(ServiceType.id, ServiceType.name, ServiceType.mode)
    here = (ServiceType.unit_id == unit_id, ServiceType.ended_at.is_(None))
    return [
        Kind(row.id, row.name, row.mode)
        for row in run(asked.where(*here).order_by(ServiceType.made_at, ServiceType.id))
    ]


def places_by(
    viewer: Actor, *, keys: Collection[UUID] = (), named: tuple[UUID, str] | None = None
) -> dict[UUID, Where]:
    """Places by key, or the one of a unit that is named so, as the patient reads them."""
    asked = select(Location.id, Location.unit_id, Location.name, Location.address).where(Location.ended_at.is_(None))
    if named:
        asked = asked.where(Location.unit_id == named[0], Location.name == named[1])
    else:
        asked = asked.where(Location.id.in_(keys))
    return {row.id: Where(row.id, row.unit_id, f"{row.name}, {row.address}") for row in run(asked)}


def bookings_by(viewer: Actor, keys: Collection[UUID]) -> dict[UUID, Stands]:
    """Bookings as they stand."""
    if not keys:
        return {}
    there = (
        select(array_agg(aggregate_order_by(Participant.person_id, Participant.person_id)))
        .where(Participant.booking_id == Booking.id, Participant.role == "staff")
        .scalar_subquery()
        .label("staff")
    )
    when = (Booking.id, Booking.status, Booking.starts_at, Booking.ends_at)
    what = (Booking.unit_id, Booking.patient_id, Booking.service_type_id, Booking.location_id, Booking.place_sealed)
    opened, found = crypto.keyring(), dict[UUID, Stands]()
    for row in run(select(*when, *what, there).where(Booking.id.in_(keys))):
        found[row.id] = Stands(
            id=row.id,
            status=row.status,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            unit_id=row.unit_id,
            patient_id=row.patient_id,
            service_type_id=row.service_type_id,
            location_id=row.location_id,
            place=opened.open(row.place_sealed, crypto.place("booking.place", row.id)),
            staff=frozenset(row.staff or ()),
        )
    return found


def soonest(viewer: Actor, source_id: UUID, *, at: datetime, most: int) -> list[str]:
    """The Appointments of a source whose times here come next."""
    asked = (
        select(SourceRecord.foreign_id)
        .join(Booking, Booking.id == SourceRecord.own_id)
        .where(
            SourceRecord.source_id == source_id,
            SourceRecord.type == "Appointment",
            Booking.status == "booked",
            Booking.starts_at > at,
        )
        .order_by(Booking.starts_at, Booking.id)
        .limit(most)
    )
    return list(run(asked).scalars())


def patients_of(viewer: Actor, source_id: UUID, *, most: int) -> list[str]:
    """The Patients of a source that are known here, the latest first."""
    mine = (SourceRecord.source_id == source_id, SourceRecord.type == "Patient", SourceRecord.own_id.is_not(None))
    asked = select(SourceRecord.foreign_id).where(*mine)
    return list(run(asked.order_by(SourceRecord.read_at.desc(), SourceRecord.foreign_id).limit(most)).scalars())


def astray(viewer: Actor, source_id: UUID, *, most: int) -> list[str]:
    """The Appointments of a source that must be read again, since whom they are about is somebody else."""
    mine = (SourceRecord.source_id == source_id, SourceRecord.type == "Appointment", SourceRecord.digest == b"")
    return list(
        run(select(SourceRecord.foreign_id).where(*mine).order_by(SourceRecord.foreign_id).limit(most)).scalars()
    )


def unread(
    viewer: Actor, source_id: UUID, refs: Iterable[tuple[str, str]], types: Collection[str]
) -> Mapping[str, list[str]]:
    """What is pointed at and has never been read, by type."""
    wanted = {it for it in refs if it[0] in types}
    known = records(viewer, source_id, wanted)
    found = dict[str, list[str]]()
    for kind, key in sorted(wanted - known.keys()):
        found.setdefault(kind, []).append(key)
    return found


def people_by(viewer: Actor, numbers: Iterable[str], hsa_ids: Iterable[str]) -> People:
    """Who is who of those with these numbers and HSA-ids."""
    indexes, bad = dict[str, bytes](), set[str]()
    for number in set(numbers):
        try:
            indexes[number] = crypto.keyring().digest("person.number", accounts.normalised(number))
        except accounts.BadNumber:
            bad.add(number)
    found = patients_by(viewer, list(indexes.values()))
    patients = {number: found[index] for number, index in indexes.items() if index in found}
    return People(patients, staff_by(viewer, set(hsa_ids)), frozenset(bad))
