"""Relation and consent, what somebody has told about a patient, and a relative who wants to be rung."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Patient, Person, Relative, Staff
from app.care.models import Unit
from app.core.crypto import Sealed
from app.core.db import Base

OPEN = "ended_at is null"


class Relation(Base):
    """Somebody whom a patient wants to let in (FHIR RelatedPerson): offered, accepted, confirmed, and ended.

    `name` is what the patient calls them, and only the patient sees it. What was offered (`items` until `until_at`)
    becomes consent when the patient has confirmed who it was that accepted; until then nothing is shown.
    """

    __tablename__ = "relation"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.person_id))
    relative_id: Mapped[UUID | None] = mapped_column(ForeignKey(Relative.person_id))
    name_sealed: Mapped[bytes]
    name = Sealed()
    items: Mapped[list[str]] = mapped_column(ARRAY(Text))
    until_at: Mapped[datetime]
    place: Mapped[str]
    secret_digest: Mapped[bytes]
    tries: Mapped[int] = mapped_column(default=0)
    offered_at: Mapped[datetime]
    offer_ends_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    ended_how: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("items <> '{}' and items <@ '{contact,bookings}'", name="items"),
        CheckConstraint("until_at > offered_at and offer_ends_at > offered_at", name="period"),
        CheckConstraint("tries between 0 and 10", name="tries"),
        CheckConstraint("(accepted_at is null) = (relative_id is null)", name="accepted"),
        CheckConstraint("confirmed_at is null or accepted_at is not null", name="confirmed"),
        CheckConstraint("relative_id <> patient_id", name="not_oneself"),
        CheckConstraint(
            "(ended_at is null) = (ended_how is null) and (ended_by is null or ended_at is not null)", name="ended"
        ),
        CheckConstraint(
            "ended_how in ('taken_back', 'not_them', 'declined', 'left', 'expired', 'care_ended')", name="ended_how"
        ),
        Index("uq_relation_place_open", "place", unique=True, postgresql_where=f"{OPEN} and accepted_at is null"),
        Index("uq_relation_pair_open", "patient_id", "relative_id", unique=True, postgresql_where=OPEN),
        Index("ix_relation_patient_id", "patient_id", "offered_at", "id"),
        Index("ix_relation_relative_id", "relative_id", "id", postgresql_where=OPEN),
        Index("ix_relation_until", "until_at", postgresql_where=OPEN),
    )


class Consent(Base):
    """One thing that a relative may see, from when to when (FHIR Consent); taken back is over at once."""

    __tablename__ = "consent"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    relation_id: Mapped[UUID] = mapped_column(ForeignKey(Relation.id))
    item: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("item in ('contact', 'bookings')", name="item"),
        CheckConstraint("ends_at > starts_at and taken_back_at >= starts_at", name="period"),
        ExcludeConstraint(
            ("relation_id", "="),
            ("item", "="),
            (text("tstzrange(starts_at, least(ends_at, taken_back_at))"), "&&"),
            name="ex_consent_once_at_a_time",
        ),
        Index("ix_consent_relation_id", "relation_id", postgresql_where="taken_back_at is null"),
    )


class Told(Base):
    """What somebody has told a unit about a patient. All of it is sealed, and no row of the patient's names it.

    Stored without looking anything up; the worker looks (`looked_at`) whom it is about, or somebody of the unit sorts
    it by hand. Offentlighets- och sekretesslagen (2009:400) 25 kap.
    """

    __tablename__ = "told"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id))
    name_sealed: Mapped[bytes]
    name = Sealed()
    birth_sealed: Mapped[bytes]
    birth = Sealed()
    text_sealed: Mapped[bytes]
    text = Sealed()
    reach_sealed: Mapped[bytes | None]
    reach = Sealed()
    told_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    patient_id: Mapped[UUID | None] = mapped_column(ForeignKey(Patient.person_id))
    sorted_at: Mapped[datetime | None]
    sorted_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.person_id))
    __table_args__ = (
        CheckConstraint("(patient_id is null) = (sorted_at is null)", name="sorted"),
        CheckConstraint("sorted_at is null or looked_at is not null", name="looked"),
        CheckConstraint("sorted_by is null or sorted_at is not null", name="sorted_by"),
        Index("ix_told_unlooked", "told_at", "id", postgresql_where="looked_at is null"),
        Index("ix_told_unsorted", "told_at", "id", postgresql_where="patient_id is null"),
    )


class RelativeCall(Base):
    """A relative whom the patient has let in wants to be rung by the unit, about how they are themselves."""

    __tablename__ = "relative_call"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    relation_id: Mapped[UUID] = mapped_column(ForeignKey(Relation.id))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id))
    number_sealed: Mapped[bytes]
    number = Sealed()
    text_sealed: Mapped[bytes]
    text = Sealed()
    asked_at: Mapped[datetime]
    digest: Mapped[bytes]
    __table_args__ = (
        Index("uq_relative_call_digest", "digest", unique=True),
        Index("ix_relative_call_relation_id", "relation_id", "asked_at"),
    )
