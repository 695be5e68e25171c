"""Other systems: where times are read from, what was read, what could not be used, and who may read from us."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person, Region
from app.care.models import Unit
from app.core.crypto import Sealed
from app.core.db import Base


class Source(Base):
    """A FHIR R4 server that times are read from.

    `way_in` is how it knows us: nothing, OAuth2 client credentials, or our certificate (a file named in the settings).
    `read_to` is how far it has been read: the highest `meta.lastUpdated` of a whole round.
    """

    __tablename__ = "source"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    region_id: Mapped[UUID] = mapped_column(ForeignKey(Region.id))
    name: Mapped[str]
    base_url: Mapped[str]
    way_in: Mapped[str]
    token_url: Mapped[str | None]
    client_id: Mapped[str | None]
    secret_sealed: Mapped[bytes | None]
    secret = Sealed()
    every_minutes: Mapped[int] = mapped_column(SmallInteger, default=15)
    read_to: Mapped[datetime | None]
    next_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("name <> '' and base_url ~ '^https?://'", name="address"),
        CheckConstraint("way_in in ('open', 'client', 'certificate')", name="way_in"),
        CheckConstraint(
            "way_in <> 'client' or (token_url is not null and client_id is not null and secret_sealed is not null)",
            name="client",
        ),
        CheckConstraint("every_minutes between 1 and 1440", name="every"),
        Index("uq_source_base_url", "base_url", unique=True, postgresql_where="ended_at is null"),
        Index("uq_source_name", "name", unique=True, postgresql_where="ended_at is null"),
        Index("ix_source_due", "next_at", "id", postgresql_where="ended_at is null"),
    )


class SourceRecord(Base):
    """What one resource of a source has become here: of which version, with which digest. `own_id` is our row."""

    __tablename__ = "source_record"
    source_id: Mapped[UUID] = mapped_column(ForeignKey(Source.id), primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    foreign_id: Mapped[str] = mapped_column(primary_key=True)
    version_id: Mapped[str | None]
    digest: Mapped[bytes]
    own_id: Mapped[UUID | None]
    read_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint(
            "type in ('Appointment', 'Schedule', 'Slot', 'Patient', 'Practitioner', 'PractitionerRole', 'Location')",
            name="type",
        ),
        CheckConstraint("foreign_id <> ''", name="foreign_id"),
        Index("ix_source_record_own_id", "own_id", postgresql_where="own_id is not null"),
    )


class Quarantined(Base):
    """A resource that could not be used, whole and sealed, with the reason (of exchange/rules.py)."""

    __tablename__ = "quarantined"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey(Source.id))
    type: Mapped[str]
    foreign_id: Mapped[str]
    version_id: Mapped[str | None]
    reason: Mapped[str]
    path: Mapped[str | None]
    content_sealed: Mapped[bytes]
    content = Sealed()
    at: Mapped[datetime]
    again_at: Mapped[datetime]
    solved_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("solved_at >= at", name="period"),
        Index(
            "uq_quarantined_open", "source_id", "type", "foreign_id", unique=True, postgresql_where="solved_at is null"
        ),
        Index("ix_quarantined_source_id", "source_id", "at", "id", postgresql_where="solved_at is null"),
        Index("ix_quarantined_solved", "solved_at", "id", postgresql_where="solved_at is not null"),
    )


class ImportRun(Base):
    """One reading of a source: how it went, and how many of each type were read, changed, skipped and refused."""

    __tablename__ = "import_run"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey(Source.id))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    pages: Mapped[int] = mapped_column(Integer, default=0)
    __table_args__ = (
        CheckConstraint("(ended_at is null) = (outcome is null) and ended_at >= began_at", name="ended"),
        Index("ix_import_run_source_id", "source_id", "began_at", "id"),
    )


class ImportFile(Base):
    """A file of rows that somebody has had looked through: whole and sealed, kept for an hour so that what is stored is
    what was looked through. `report` is what was found (JSON)."""

    __tablename__ = "import_file"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    by_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    content_sealed: Mapped[bytes]
    content = Sealed()
    report_sealed: Mapped[bytes]
    report = Sealed()
    at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    stored_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("kind in ('people', 'assignments', 'contacts', 'bookings')", name="kind"),
        CheckConstraint("ends_at > at", name="period"),
    )


class ApiClient(Base):
    """Another system that may read from us, and what (`scopes`); only its secret's digest is kept.

    With a unit: that unit's alone. In the access log it reads as the system, and its key is in the object's name.
    """

    __tablename__ = "api_client"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    region_id: Mapped[UUID] = mapped_column(ForeignKey(Region.id))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey(Unit.id))
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    secret_digest: Mapped[bytes]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("scopes <> '{}' and scopes <@ '{system/Appointment.rs,system/CareTeam.rs}'", name="scopes"),
        CheckConstraint("ended_at >= made_at", name="period"),
        Index("uq_api_client_name", "name", unique=True, postgresql_where="ended_at is null"),
    )


class ApiToken(Base):
    """A bearer token given to a client for a short while (RFC 6749 4.4); only its digest is kept."""

    __tablename__ = "api_token"
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey(ApiClient.id))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("ends_at > made_at", name="period"),
        Index("ix_api_token_ends_at", "ends_at"),
    )
