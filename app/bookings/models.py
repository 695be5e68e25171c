"""Booking (FHIR R4 Appointment): who meets whom, when, where and how; and what was answered, changed and offered."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Patient, Person, Staff
from app.care.models import Unit
from app.core.crypto import Sealed
from app.core.db import Base
from app.relatives.models import Relation


class Booking(Base):
    """One time that a patient has. `version` is raised by each change: calendars know it as SEQUENCE (RFC 5545).

    `kept_in` names the other system that keeps it, where alone it is changed; then nobody here has made it.
    `reminded_version` is the version that the reminders were made for, and `hit_at` since when somebody whom the
    patient is to meet is known to be away then.
    """

    __tablename__ = "booking"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.person_id))
    service_type_id: Mapped[UUID] = mapped_column(ForeignKey("service_type.id"))
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"))
    mode: Mapped[str]
    status: Mapped[str] = mapped_column(default="booked")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    title_sealed: Mapped[bytes]
    title = Sealed()
    place_sealed: Mapped[bytes]
    place = Sealed()
    bring_sealed: Mapped[bytes | None]
    bring = Sealed()
    link_sealed: Mapped[bytes | None]
    link = Sealed()
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    kept_in: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    reminded_version: Mapped[int] = mapped_column(default=0)
    hit_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("ends_at > starts_at and ends_at <= starts_at + interval '12 hours'", name="period"),
        CheckConstraint("status in ('booked', 'fulfilled', 'noshow', 'cancelled', 'entered-in-error')", name="status"),
        CheckConstraint("mode in ('visit', 'phone', 'video', 'home')", name="mode"),
        CheckConstraint("link_sealed is null or mode = 'video'", name="link"),
        CheckConstraint("version > 0 and reminded_version between 0 and version", name="version"),
        CheckConstraint(
            "(status = 'cancelled') = (cancelled_at is not null)"
            " and (cancelled_by is null or cancelled_at is not null)"
            " and (cancelled_by is not null or cancelled_at is null or kept_in is not null)",
            name="cancelled",
        ),
        CheckConstraint("made_by is not null or kept_in is not null", name="maker"),
        Index("uq_booking_when", "id", "starts_at", "ends_at", "status", unique=True),
        Index("ix_booking_patient_id", "patient_id", "starts_at", "id"),
        Index("ix_booking_unit_id", "unit_id", "starts_at", "id"),
        Index("ix_booking_starts_at", "starts_at", postgresql_where="status = 'booked'"),
        Index("ix_booking_reminded", "id", postgresql_where="status = 'booked' and reminded_version < version"),
        Index("ix_booking_hit", "unit_id", "starts_at", postgresql_where="hit_at is not null"),
    )


class Participant(Base):
    """Somebody who is to be there: the patient, or whom the patient meets. Nobody is in two places at once."""

    __tablename__ = "participant"
    booking_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), primary_key=True)
    role: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    status: Mapped[str]
    __table_args__ = (
        ForeignKeyConstraint(
            ("booking_id", "starts_at", "ends_at", "status"),
            ("booking.id", "booking.starts_at", "booking.ends_at", "booking.status"),
            name="fk_participant_booking",
            onupdate="CASCADE",
        ),
        CheckConstraint("role in ('patient', 'staff')", name="role"),
        ExcludeConstraint(
            ("person_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            where="status = 'booked'",
            name="ex_participant_one_place_at_a_time",
        ),
        Index("uq_participant_patient", "booking_id", unique=True, postgresql_where="role = 'patient'"),
        Index("ix_participant_person_id", "person_id", "starts_at", "booking_id"),
    )


class BookingChange(Base):
    """One line of what has happened with a booking, as the patient reads it. It is only added to."""

    __tablename__ = "booking_change"
    booking_id: Mapped[UUID] = mapped_column(ForeignKey(Booking.id), primary_key=True)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    version: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    what: Mapped[str]
    starts_before: Mapped[datetime | None]
    words_sealed: Mapped[bytes | None]
    words = Sealed()
    __table_args__ = (
        CheckConstraint(
            "what in ('made', 'moved', 'staff', 'place', 'bring', 'link', 'cancelled', 'answered', 'hit', 'offered',"
            " 'restored', 'lapsed', 'fulfilled', 'noshow', 'entered-in-error', 'reopened')",
            name="what",
        ),
        CheckConstraint("n > 0 and version > 0", name="n"),
        Index("ix_booking_change_at", "at", "booking_id"),
    )


class AppointmentLetter(Base):
    """The kallelse of one version of a booking. Whatever its words, it closes by inviting the relative along."""

    __tablename__ = "appointment_letter"
    booking_id: Mapped[UUID] = mapped_column(ForeignKey(Booking.id), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str]
    words_sealed: Mapped[bytes]
    words = Sealed()
    closing: Mapped[str]
    made_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("closing in ('Ta gärna med din anhörige eller närstående.')", name="closing"),
        CheckConstraint("language ~ '^[a-z]{2}$'", name="language"),
    )


class BookingAnswer(Base):
    """What the patient has answered to one version of a booking (FHIR AppointmentResponse); the last one holds."""

    __tablename__ = "booking_answer"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    booking_id: Mapped[UUID] = mapped_column(ForeignKey(Booking.id))
    n: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int]
    answer: Mapped[str]
    words_sealed: Mapped[bytes | None]
    words = Sealed()
    at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("answer in ('accepted', 'tentative', 'declined')", name="answer"),
        CheckConstraint("n > 0 and version > 0", name="n"),
        Index("uq_booking_answer_n", "booking_id", "n", unique=True),
    )


class BookingOffer(Base):
    """Something the patient may say yes to instead: another time, or another person at the same time."""

    __tablename__ = "booking_offer"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    booking_id: Mapped[UUID] = mapped_column(ForeignKey(Booking.id))
    version: Mapped[int]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.person_id))
    offered_at: Mapped[datetime]
    offered_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.person_id))
    answered_at: Mapped[datetime | None]
    accepted: Mapped[bool | None]
    withdrawn_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("(starts_at is null) = (ends_at is null) and ends_at > starts_at", name="period"),
        CheckConstraint("starts_at is not null or staff_id is not null", name="something"),
        CheckConstraint("(answered_at is null) = (accepted is null)", name="answered"),
        CheckConstraint("answered_at is null or withdrawn_at is null", name="ended_once"),
        Index(
            "ix_booking_offer_open",
            "booking_id",
            "id",
            postgresql_where="answered_at is null and withdrawn_at is null",
        ),
    )


class BookingGuest(Base):
    """A relative whom the patient wants to take along to this one time; they see it, and no other by this."""

    __tablename__ = "booking_guest"
    booking_id: Mapped[UUID] = mapped_column(ForeignKey(Booking.id), primary_key=True)
    relation_id: Mapped[UUID] = mapped_column(ForeignKey(Relation.id), primary_key=True)
    invited_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("taken_back_at >= invited_at", name="period"),
        Index("ix_booking_guest_relation_id", "relation_id", postgresql_where="taken_back_at is null"),
    )


class Reminder(Base):
    """One person is to be reminded of one version of a booking, so long before it; told, or no longer true."""

    __tablename__ = "reminder"
    booking_id: Mapped[UUID] = mapped_column(ForeignKey(Booking.id), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    before: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("before in ('7d', '48h', '24h', '2h')", name="before"),
        CheckConstraint("told_at is null or dropped_at is null", name="ended_once"),
        Index("ix_reminder_due", "due_at", "booking_id", postgresql_where="told_at is null and dropped_at is null"),
        Index("ix_reminder_ended", "due_at", postgresql_where="told_at is not null or dropped_at is not null"),
    )


class ReminderChoice(Base):
    """How long before a time of one mode somebody wants to be reminded: of their own, or of what a patient lets them
    see. Without a row: what reminder_rules.py says is usual."""

    __tablename__ = "reminder_choice"
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), primary_key=True)
    whose: Mapped[str] = mapped_column(primary_key=True)
    mode: Mapped[str] = mapped_column(primary_key=True)
    before: Mapped[list[str]] = mapped_column(ARRAY(Text))
    chosen_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("mode in ('visit', 'phone', 'video', 'home')", name="mode"),
        CheckConstraint("before <@ '{7d,48h,24h,2h}'", name="before"),
        CheckConstraint("whose in ('own', 'near')", name="whose"),
        Index("ix_reminder_choice_near", "person_id", postgresql_where="whose = 'near'"),
    )


class CalendarFeed(Base):
    """A secret address that a calendar may fetch one person's times from (RFC 5545); only the secret's digest is kept.

    `fetched_at` is when it was last read.
    """

    __tablename__ = "calendar_feed"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    secret_digest: Mapped[bytes]
    made_at: Mapped[datetime]
    fetched_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("ended_at >= made_at", name="period"),
        Index("uq_calendar_feed_secret_digest", "secret_digest", unique=True),
        Index("uq_calendar_feed_person_id", "person_id", unique=True, postgresql_where="ended_at is null"),
    )
