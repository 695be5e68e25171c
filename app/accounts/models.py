"""Person, patient, relative, staff, administrator and session."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import Sealed
from app.core.db import Base


class Region(Base):
    """The health region an installation belongs to."""

    __tablename__ = "region"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    county_code: Mapped[str] = mapped_column(unique=True)
    function_phone: Mapped[str]
    __table_args__ = (
        CheckConstraint(r"county_code ~ '^\d{2}$'", name="county_code"),
        CheckConstraint("function_phone <> ''", name="function_is_answered"),
    )


class Person(Base):
    """Somebody who may sign in. Everything that says who it is, is sealed.

    Locked is what they have in private: nobody acts as them until whoever may has let them in again. `protected` is a
    protected identity: no address, municipality or place of theirs is shown, and only initials outside their contact.
    """

    __tablename__ = "person"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name_sealed: Mapped[bytes]
    name = Sealed()
    number_sealed: Mapped[bytes | None]
    number = Sealed()
    number_index: Mapped[bytes | None] = mapped_column(unique=True)
    phone_sealed: Mapped[bytes | None]
    phone = Sealed()
    email_sealed: Mapped[bytes | None]
    email = Sealed()
    language: Mapped[str] = mapped_column(default="sv")
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    locked_at: Mapped[datetime | None]
    locked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    protected: Mapped[bool] = mapped_column(default=False, server_default="false")
    __table_args__ = (
        CheckConstraint("(locked_at is null) = (locked_by is null)", name="locked"),
        CheckConstraint("(number_sealed is null) = (number_index is null)", name="number_has_index"),
        CheckConstraint("language ~ '^[a-z]{2}$'", name="language"),
    )


class Patient(Base):
    """A person in their capacity of patient (FHIR Patient)."""

    __tablename__ = "patient"
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), primary_key=True)
    since: Mapped[datetime]


class Staff(Base):
    """A person in their capacity of staff (FHIR Practitioner)."""

    __tablename__ = "staff"
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), primary_key=True)
    hsa_id: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    physician: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (CheckConstraint("title <> ''", name="title"),)


class Relative(Base):
    """A person in their capacity of relative (FHIR RelatedPerson), and the municipality (SCB's code) they live in."""

    __tablename__ = "relative"
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), primary_key=True)
    since: Mapped[datetime]
    municipality: Mapped[str | None]
    __table_args__ = (CheckConstraint("municipality ~ '^[0-9]{4}$'", name="municipality"),)


class RegionRole(Base):
    """The region's function (never fewer than two people, kept by a constraint trigger), and its administrators."""

    __tablename__ = "region_role"
    region_id: Mapped[UUID] = mapped_column(ForeignKey(Region.id), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.person_id), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    __table_args__ = (CheckConstraint("role in ('function', 'administrator')", name="role"),)


class SignIn(Base):
    """One session: a person in one capacity on one device, until it ends. Only the token's digest is kept.

    `device` is the browser and the system in a word each, so that a person knows their own phone again. `unit_id` is
    where somebody of the staff has said that they work now.
    """

    __tablename__ = "session"
    id: Mapped[bytes] = mapped_column(primary_key=True)
    key: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    capacity: Mapped[str]
    way: Mapped[str]
    device: Mapped[str]
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    started_at: Mapped[datetime]
    last_seen: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("length(id) = 32", name="digest"),
        CheckConstraint("capacity in ('duty', 'private')", name="capacity"),
        CheckConstraint("unit_id is null or capacity = 'duty'", name="unit"),
        CheckConstraint("way in ('demo', 'passkey', 'oidc')", name="way"),
        Index("uq_session_key", "key", unique=True),
        Index("ix_session_last_seen", "last_seen"),
        Index("ix_session_ended_at", "ended_at", postgresql_where="ended_at is not null"),
        Index("ix_session_person_open", "person_id", postgresql_where="ended_at is null"),
        Index("ix_session_duty_seen", "person_id", "last_seen", postgresql_where="capacity = 'duty'"),
    )


class Passkey(Base):
    """A key on a person's phone (WebAuthn credential) that opens one capacity, until it is taken away."""

    __tablename__ = "passkey"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    capacity: Mapped[str]
    credential_id: Mapped[bytes]
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name_sealed: Mapped[bytes]
    name = Sealed()
    device: Mapped[str]
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("capacity in ('duty', 'private')", name="capacity"),
        CheckConstraint("length(credential_id) between 1 and 1023", name="credential"),
        CheckConstraint("sign_count >= 0", name="sign_count"),
        Index("uq_passkey_credential_id", "credential_id", unique=True),
        Index("ix_passkey_person_open", "person_id", postgresql_where="ended_at is null"),
    )


class Invitation(Base):
    """A code that lets one person in once, handed over or sent. Only what proves it is kept; it becomes a passkey.

    Claimed is that one phone has typed it; a letter's code is then confirmed by the words that this phone shows.
    """

    __tablename__ = "invitation"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    how: Mapped[str]
    place: Mapped[str]
    secret_digest: Mapped[bytes]
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    expires_at: Mapped[datetime]
    tries: Mapped[int]
    claimed_at: Mapped[datetime | None]
    claim_digest: Mapped[bytes | None]
    words: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("how in ('in_person', 'letter')", name="how"),
        CheckConstraint("tries between 0 and 10", name="tries"),
        CheckConstraint("issued_by <> person_id", name="not_oneself"),
        CheckConstraint("(claimed_at is null) = (claim_digest is null)", name="claimed"),
        CheckConstraint("(words is not null) = (how = 'letter' and claimed_at is not null)", name="words"),
        CheckConstraint(
            "(confirmed_at is null) = (confirmed_by is null) and (confirmed_at is null or words is not null)",
            name="confirmed",
        ),
        CheckConstraint(
            "used_at is null or (ended_at is not null and claimed_at is not null"
            " and (how = 'in_person' or confirmed_at is not null))",
            name="used",
        ),
        Index("uq_invitation_person_open", "person_id", unique=True, postgresql_where="ended_at is null"),
        Index("uq_invitation_place_open", "place", unique=True, postgresql_where="ended_at is null"),
        Index("uq_invitation_claim_digest", "claim_digest", unique=True),
        Index("ix_invitation_issued_at", "issued_at"),
        Index("ix_invitation_person_issued", "person_id", "issued_at"),
    )


class UsedChallenge(Base):
    """A challenge that has been answered once, and is good for nothing more."""

    __tablename__ = "used_challenge"
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    __table_args__ = (Index("ix_used_challenge_at", "at"),)


class Throttle(Base):
    """How many tries of one kind have come from one place. The key is a keyed digest; no address is kept."""

    __tablename__ = "throttle"
    key: Mapped[bytes] = mapped_column(primary_key=True)
    level: Mapped[float]
    at: Mapped[datetime]
    __table_args__ = (CheckConstraint("level > 0", name="level"), Index("ix_throttle_at", "at"))
