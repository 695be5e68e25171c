"""Unit, assignment and contact."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Patient, Region, Staff
from app.core.crypto import Sealed
from app.core.db import Base


class Unit(Base):
    """A clinic or team that patients belong to (FHIR Organization). The care itself answers its number.

    `hsa_id` is what the sign-in for staff calls it, where that says at which unit somebody works.
    """

    __tablename__ = "unit"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    region_id: Mapped[UUID] = mapped_column(ForeignKey(Region.id))
    name: Mapped[str]
    phone: Mapped[str]
    phone_hours: Mapped[str]
    care_version: Mapped[int] = mapped_column(default=1)
    head_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.person_id))
    promise_minutes: Mapped[int] = mapped_column(default=16 * 60)
    longest_gap_minutes: Mapped[int | None]
    hsa_id: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("hsa_id <> ''", name="hsa_id"),
        CheckConstraint("name <> '' and phone <> ''", name="can_be_rung"),
        CheckConstraint("promise_minutes between 15 and 4800", name="promise"),
        CheckConstraint("longest_gap_minutes between 15 and 4800", name="longest_gap"),
        Index("uq_unit_region_id_name", "region_id", "name", unique=True),
        Index("ix_unit_head_id", "head_id"),
        Index("uq_unit_hsa_id", "hsa_id", unique=True),
    )


class HeadSubstitute(Base):
    """Who answers for a unit's head, in order. Never empty: a constraint trigger keeps one who is not the head."""

    __tablename__ = "head_substitute"
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id), primary_key=True)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.person_id))
    __table_args__ = (Index("uq_head_substitute_unit_id_person_id", "unit_id", "person_id", unique=True),)


class UnitAddress(Base):
    """Where a unit is, and where it gets its letters (HSDS location)."""

    __tablename__ = "unit_address"
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    __table_args__ = (
        CheckConstraint("kind in ('visiting', 'postal')", name="kind"),
        CheckConstraint("text <> ''", name="text"),
    )


class UnitPhone(Base):
    """A further number of a unit, and what it is for; the first one stands on the unit itself."""

    __tablename__ = "unit_phone"
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id), primary_key=True)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    label: Mapped[str]
    phone: Mapped[str]
    hours: Mapped[str]
    __table_args__ = (CheckConstraint("label <> '' and phone <> ''", name="can_be_rung"),)


class OfficeHours(Base):
    """When a unit is open on a weekday (0 is Monday), in minutes of the local day, half-open."""

    __tablename__ = "office_hours"
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id), primary_key=True)
    weekday: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    opens: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    closes: Mapped[int] = mapped_column(SmallInteger)
    __table_args__ = (
        CheckConstraint("weekday between 0 and 6", name="weekday"),
        CheckConstraint("0 <= opens and opens < closes and closes <= 1440", name="span"),
        ExcludeConstraint(
            ("unit_id", "="),
            ("weekday", "="),
            (text("int4range(opens, closes)"), "&&"),
            name="ex_office_hours_one_at_a_time",
        ),
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
    """A patient's fast vårdkontakt at a unit (FHIR CareTeam.participant). Several, of whom one coordinates.

    `care_ended_at` is when a head said that the care at the unit ends with it, so that nobody is missing afterwards.
    """

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
    wish_sealed: Mapped[bytes | None]
    wish = Sealed()
    physician_because_sealed: Mapped[bytes | None]
    physician_because = Sealed()
    care_ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("adult_at_start", name="adult"),
        CheckConstraint("care_ended_at is null or ends_on is not null", name="care_ended"),
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
        Index("ix_contact_unit_id", "unit_id"),
    )


class ContactRequest(Base):
    """A patient's "Jag vill ha en fast vårdkontakt" or "Jag vill byta kontakt". It reaches the head alone.

    `about_id` is the contact whom the patient wants another than, and who never sees it.
    """

    __tablename__ = "contact_request"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.person_id))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id))
    kind: Mapped[str]
    words_sealed: Mapped[bytes]
    words = Sealed()
    made_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.person_id))
    answer_sealed: Mapped[bytes | None]
    answer = Sealed()
    withdrawn_at: Mapped[datetime | None]
    about_id: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.person_id))
    __table_args__ = (
        CheckConstraint("kind in ('new', 'change')", name="kind"),
        CheckConstraint("(kind = 'change') = (about_id is not null)", name="about"),
        CheckConstraint(
            "(answered_at is null) = (answered_by is null) and (answered_at is null) = (answer_sealed is null)",
            name="answered",
        ),
        CheckConstraint("answered_at is null or withdrawn_at is null", name="ended_once"),
        Index(
            "uq_contact_request_one_open",
            "patient_id",
            "unit_id",
            unique=True,
            postgresql_where="answered_at is null and withdrawn_at is null",
        ),
        Index(
            "ix_contact_request_waiting",
            "unit_id",
            "made_at",
            postgresql_where="answered_at is null and withdrawn_at is null",
        ),
        Index("ix_contact_request_patient_id_made_at", "patient_id", "made_at"),
    )


class Block(Base):
    """Somebody whom a patient does not want to have asked, from one moment to another."""

    __tablename__ = "block"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.person_id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.person_id))
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("patient_id <> person_id", name="not_oneself"),
        CheckConstraint("ended_at >= since", name="period"),
        Index("uq_block_one_open", "patient_id", "person_id", unique=True, postgresql_where="ended_at is null"),
    )
