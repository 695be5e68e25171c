"""Free times (FHIR R4 Slot), who waits for one, and what was offered to whom. Two persons never get the same one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Patient, Person, Staff
from app.bookings.kind_models import Location, ServiceType
from app.bookings.models import Booking
from app.care.models import Unit
from app.core.db import Base


class Slot(Base):
    """A time with somebody of the staff that may be taken (FHIR Slot.status).

    `free`: anybody it is for may take it; `busy-tentative`: held for whom it is offered to; `busy`: taken, then it has
    its booking; `busy-unavailable`: withdrawn, or its hour is past. `for_whom`: every patient of the unit, or those on
    the waiting list alone.
    """

    __tablename__ = "slot"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id))
    service_type_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceType.id))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.person_id))
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey(Location.id))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="free")
    for_whom: Mapped[str] = mapped_column(default="unit")
    booking_id: Mapped[UUID | None] = mapped_column(ForeignKey(Booking.id))
    freed_at: Mapped[datetime | None]
    published_at: Mapped[datetime]
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    __table_args__ = (
        CheckConstraint("ends_at > starts_at and ends_at <= starts_at + interval '12 hours'", name="period"),
        CheckConstraint("status in ('free', 'busy-tentative', 'busy', 'busy-unavailable')", name="status"),
        CheckConstraint("(status = 'busy') = (booking_id is not null)", name="taken"),
        CheckConstraint("for_whom in ('unit', 'waiting')", name="for_whom"),
        ExcludeConstraint(
            ("staff_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            where="status <> 'busy-unavailable'",
            name="ex_slot_one_at_a_time",
        ),
        Index("uq_slot_booking_id", "booking_id", unique=True, postgresql_where="booking_id is not null"),
        Index("ix_slot_free", "unit_id", "service_type_id", "starts_at", "id", postgresql_where="status = 'free'"),
        Index("ix_slot_coming", "starts_at", "id", postgresql_where="status <> 'busy-unavailable'"),
        Index("ix_slot_unit_id", "unit_id", "starts_at", "id"),
        Index("ix_slot_freed", "freed_at", "id", postgresql_where="status = 'free' and freed_at is not null"),
    )


class Queued(Base):
    """A patient waits for a time of a kind, in the order of `since`; `parts` are the parts of the week that suit.

    `ended_how` is of slots/rules.py.
    """

    __tablename__ = "queued"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id))
    service_type_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceType.id))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.person_id))
    since: Mapped[datetime]
    put_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    parts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    notice_hours: Mapped[int] = mapped_column(SmallInteger, default=24)
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("(ended_at is null) = (ended_how is null) and ended_at >= since", name="ended"),
        CheckConstraint("ended_how in ('booked', 'left', 'taken_off', 'over')", name="ended_how"),
        CheckConstraint("notice_hours between 1 and 336", name="notice"),
        Index("uq_queued_open", "patient_id", "service_type_id", unique=True, postgresql_where="ended_at is null"),
        Index("ix_queued_order", "service_type_id", "since", "id", postgresql_where="ended_at is null"),
        Index("ix_queued_unit_id", "unit_id", "since", "id", postgresql_where="ended_at is null"),
    )


class SlotOffer(Base):
    """A freed time is held for one patient until `held_until`. What was refused is never offered again."""

    __tablename__ = "slot_offer"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    slot_id: Mapped[UUID] = mapped_column(ForeignKey(Slot.id))
    queued_id: Mapped[UUID] = mapped_column(ForeignKey(Queued.id))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.person_id))
    offered_at: Mapped[datetime]
    held_until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("held_until > offered_at", name="held"),
        CheckConstraint("(ended_at is null) = (ended_how is null) and ended_at >= offered_at", name="ended"),
        CheckConstraint("ended_how in ('accepted', 'refused', 'lapsed', 'withdrawn')", name="ended_how"),
        Index("uq_slot_offer_open", "slot_id", unique=True, postgresql_where="ended_at is null"),
        Index(
            "uq_slot_offer_once",
            "slot_id",
            "patient_id",
            unique=True,
            postgresql_where="ended_how is distinct from 'withdrawn'",
        ),
        Index("ix_slot_offer_patient_id", "patient_id", "offered_at", "id"),
        Index("ix_slot_offer_due", "held_until", "id", postgresql_where="ended_at is null"),
    )
