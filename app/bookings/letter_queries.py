"""A kallelse, as its patient and those who work at its unit read it; and all that are kept, for the walk over them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, exists, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.accounts.models import Person, Staff
from app.accounts.queries import Viewer, person_name, shown_name
from app.bookings.kind_models import ServiceType
from app.bookings.letter_rules import Facts, filled
from app.bookings.letter_words import hours, people, sheltered
from app.bookings.models import AppointmentLetter, Booking, Participant
from app.bookings.queries import reaches
from app.care.models import Assignment, Contact, Unit
from app.care.queries import UnitCard, in_force
from app.core import crypto
from app.core.audit import Actor
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import language

BATCH = 500
VIEWER: BindParameter[UUID] = bindparam("viewer")
TODAY = bindparam("today", type_=Assignment.starts_on.type)


@dataclass(frozen=True)
class LetterPage:
    """The kallelse of a booking as it was last sent. For whoever is protected there is neither title nor unit."""

    booking: UUID
    unit_id: UUID
    patient_id: UUID
    patient_name: str
    mine: bool
    title: str
    unit: UnitCard | None
    status: str
    version: int
    starts_at: datetime
    ends_at: datetime
    language: str
    words: str
    closing: str
    made_at: datetime


_there = aliased(Participant)
_knows = or_(
    exists().where(Contact.patient_id == Booking.patient_id, Contact.person_id == VIEWER, in_force(Contact, TODAY)),
    exists().where(_there.booking_id == Booking.id, _there.person_id == VIEWER),
)
_letter = (
    select(
        Booking.id,
        Booking.unit_id,
        Booking.patient_id,
        Booking.title_sealed,
        Booking.status,
        Booking.starts_at,
        Booking.ends_at,
        Person.name_sealed,
        Person.protected,
        Unit.name.label("unit_name"),
        Unit.phone.label("unit_phone"),
        Unit.phone_hours.label("unit_hours"),
        AppointmentLetter.version,
        AppointmentLetter.language,
        AppointmentLetter.words_sealed,
        AppointmentLetter.closing,
        AppointmentLetter.made_at,
        _knows.label("knows"),
    )
    .join(Person, Person.id == Booking.patient_id)
    .join(Unit, Unit.id == Booking.unit_id)
    .join(AppointmentLetter, AppointmentLetter.booking_id == Booking.id)
    .where(Booking.id == bindparam("booking"))
    .order_by(AppointmentLetter.version.desc())
    .limit(1)
)
_mine = _letter.where(Booking.patient_id == VIEWER)
_ours = _letter.where(reaches(Booking.unit_id, Booking.patient_id))
_whom = (
    select(Person.id, Person.name_sealed, Staff.title)
    .join(Participant, Participant.person_id == Person.id)
    .join(Staff, Staff.person_id == Person.id)
    .where(Participant.booking_id == bindparam("booking"), Participant.role == "staff")
    .order_by(Person.id)
)
_kept = (
    select(
        AppointmentLetter.booking_id,
        AppointmentLetter.version,
        AppointmentLetter.words_sealed,
        AppointmentLetter.closing,
    )
    .order_by(AppointmentLetter.booking_id, AppointmentLetter.version)
    .limit(BATCH)
)


def letter_for(viewer: Viewer, booking: UUID, *, today: date) -> LetterPage:
    """The kallelse of a time of the viewer's own, or of one at a unit where they work; raises NotFound."""
    mine = viewer.capacity != "duty"
    values = {"viewer": viewer.person_id, "booking": booking, "today": today}
    row: Any = run(_mine if mine else _ours, values).one_or_none()
    if row is None:
        raise NotFound
    ring = crypto.keyring()
    if row.protected:
        # What was sent before somebody became protected may name a place, and is not shown again.
        said, words = language(), filled(sheltered(), Facts("", hours(row.starts_at, row.ends_at), "", _met(row), ""))
    else:
        said = row.language
        words = ring.open(row.words_sealed, crypto.place("appointment_letter.words", row.id, row.version))
    return LetterPage(
        booking=row.id,
        unit_id=row.unit_id,
        patient_id=row.patient_id,
        patient_name=shown_name(row.patient_id, row.name_sealed, hidden=row.protected and not (mine or row.knows)),
        mine=mine,
        title="" if row.protected else ring.open(row.title_sealed, crypto.place("booking.title", row.id)),
        unit=None if row.protected else UnitCard(row.unit_name, row.unit_phone, row.unit_hours),
        status=row.status,
        version=row.version,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        language=said,
        words=words,
        closing=row.closing,
        made_at=row.made_at,
    )


def letters_kept(viewer: Actor) -> Iterator[tuple[UUID, int, str]]:
    """Every kallelse that is kept, whole, in batches: which one, and all that it says."""
    ring, after = crypto.keyring(), None
    while True:
        asked = _kept
        if after is not None:
            asked = _kept.where(tuple_(AppointmentLetter.booking_id, AppointmentLetter.version) > after)
        rows: Any = run(asked).all()
        for row in rows:
            place = crypto.place("appointment_letter.words", row.booking_id, row.version)
            yield row.booking_id, row.version, f"{ring.open(row.words_sealed, place)}\n\n{row.closing}"
        if len(rows) < BATCH:
            return
        after = tuple_(*rows[-1][:2])


def templates_kept(viewer: Actor) -> list[tuple[UUID, str]]:
    """Every template that is kept, whole, with its kind of time."""
    asked = select(ServiceType.id, ServiceType.letter).order_by(ServiceType.id)
    return [(row.id, row.letter) for row in run(asked)]


def _met(row: Any) -> str:
    return people([(person_name(it.id, it.name_sealed), it.title) for it in run(_whom, {"booking": row.id})])
