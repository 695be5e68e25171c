"""Unit, assignment and contact."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Patient, Region, Staff
from app.core.db import Base


class Unit(Base):
    """A clinic or team that patients belong to (FHIR Organization). The care itself answers its number."""

    __tablename__ = "unit"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    region_id: Mapped[UUID] = mapped_column(ForeignKey(Region.id))
    name: Mapped[str]
    phone: Mapped[str]
    phone_hours: Mapped[str]
    care_version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        CheckConstraint("name <> '' and phone <> ''", name="can_be_rung"),
        Index("uq_unit_region_id_name", "region_id", "name", unique=True),
    )


class Assignment(Base):
    """A person's work at one unit during a period (FHIR PractitionerRole), with the direct number they give out."""

    __tablename__ = "assignment"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.person_id))
    role: Mapped[str]
    direct_phone: Mapped[str | None]
    direct_hours: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    __table_args__ = (
        CheckConstraint("role in ('licensed', 'care', 'other')", name="role"),
        CheckConstraint("ends_on is null or ends_on >= starts_on", name="period"),
        ExcludeConstraint(
            ("unit_id", "="),
            ("person_id", "="),
            (text("daterange(starts_on, ends_on, '[]')"), "&&"),
            name="ex_assignment_once_at_a_time",
        ),
        Index("ix_assignment_person_id", "person_id"),
    )


class Contact(Base):
    """A patient's fast vårdkontakt at a unit (FHIR CareTeam.participant). Several, of whom one coordinates."""

    __tablename__ = "contact"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.person_id))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.person_id))
    coordinating: Mapped[bool]
    appointed_at: Mapped[datetime]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    adult_at_start: Mapped[bool]
    __table_args__ = (
        CheckConstraint("adult_at_start", name="adult"),
        CheckConstraint("patient_id <> person_id", name="not_oneself"),
        CheckConstraint("ends_on is null or ends_on >= starts_on", name="period"),
        ExcludeConstraint(
            ("patient_id", "="),
            (text("daterange(starts_on, ends_on, '[]')"), "&&"),
            where="coordinating",
            name="ex_contact_one_coordinates",
        ),
        ExcludeConstraint(
            ("patient_id", "="),
            ("unit_id", "="),
            ("person_id", "="),
            (text("daterange(starts_on, ends_on, '[]')"), "&&"),
            name="ex_contact_once_at_a_time",
        ),
        Index("ix_contact_person_id", "person_id"),
    )
