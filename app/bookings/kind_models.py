"""What a unit offers times for, by whom and where (FHIR HealthcareService and Location)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Staff
from app.care.models import Unit
from app.core.db import Base


class Location(Base):
    """A place where a unit meets people: its own, or a branch that is open some weekdays (0 is Monday) only."""

    __tablename__ = "location"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id))
    name: Mapped[str]
    address: Mapped[str]
    way: Mapped[str]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("name <> '' and address <> ''", name="can_be_found"),
        CheckConstraint("weekdays <> '{}' and weekdays <@ '{0,1,2,3,4,5,6}'", name="weekdays"),
        Index("uq_location_name", "unit_id", "name", unique=True, postgresql_where="ended_at is null"),
    )


class ServiceType(Base):
    """A kind of time at a unit (FHIR Appointment.serviceType): how one meets, for how long, and what its letter says.

    `letter` is the template of its kallelse, which closes by inviting the relative along, whatever else it says.
    """

    __tablename__ = "service_type"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id))
    name: Mapped[str]
    mode: Mapped[str]
    minutes: Mapped[int] = mapped_column(SmallInteger)
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey(Location.id))
    bring: Mapped[str]
    letter: Mapped[str]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("mode in ('visit', 'phone', 'video', 'home')", name="mode"),
        CheckConstraint("minutes between 5 and 720", name="minutes"),
        CheckConstraint("location_id is null or mode = 'visit'", name="location"),
        CheckConstraint("letter like '%Ta gärna med din anhörige eller närstående.'", name="letter"),
        Index("uq_service_type_name", "unit_id", "name", unique=True, postgresql_where="ended_at is null"),
    )


class ServiceStaff(Base):
    """Somebody who does this kind of visit."""

    __tablename__ = "service_staff"
    service_type_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceType.id), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.person_id), primary_key=True)
    __table_args__ = (Index("ix_service_staff_person_id", "person_id"),)
