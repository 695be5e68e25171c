"""Thread, message, read mark and draft."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Patient, Person, Staff
from app.care.models import Unit
from app.core.crypto import Sealed
from app.core.db import Base


class Thread(Base):
    """One question and what follows of it, at one unit, belonging to one contact. Closed is what nobody waits in."""

    __tablename__ = "thread"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.person_id))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id))
    belongs_to: Mapped[UUID] = mapped_column(ForeignKey(Staff.person_id))
    topic_sealed: Mapped[bytes]
    topic = Sealed()
    opened_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    opened_at: Mapped[datetime]
    opening: Mapped[bytes] = mapped_column(unique=True)
    last_n: Mapped[int]
    last_at: Mapped[datetime]
    last_by: Mapped[UUID]
    unanswered_n: Mapped[int | None]
    unanswered_since: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.person_id))
    __table_args__ = (
        CheckConstraint("last_n >= 0", name="count"),
        CheckConstraint("(unanswered_n is null) = (unanswered_since is null)", name="unanswered"),
        CheckConstraint("patient_id <> belongs_to", name="not_oneself"),
        CheckConstraint("(closed_at is null) = (closed_by is null)", name="closed"),
        Index("ix_thread_patient_id_last_at", "patient_id", "last_at", "id"),
        Index("ix_thread_belongs_to_last_at", "belongs_to", "last_at", "id"),
        Index(
            "ix_thread_opened",
            "belongs_to",
            "last_at",
            "id",
            postgresql_where="opened_by = belongs_to and closed_at is null",
        ),
        Index(
            "ix_thread_unanswered",
            "belongs_to",
            "unanswered_since",
            "id",
            postgresql_where="unanswered_since is not null",
        ),
    )


class Message(Base):
    """A letter. Numbered within its thread; never altered and never deleted.

    `digest` is keyed over author, thread, the browser's key and the text: the same letter sent again is the first one.
    `no_answer`: the patient has said that nobody needs to answer it.
    """

    __tablename__ = "message"
    thread_id: Mapped[UUID] = mapped_column(ForeignKey(Thread.id), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    text_sealed: Mapped[bytes]
    text = Sealed()
    written_at: Mapped[datetime]
    digest: Mapped[bytes] = mapped_column(unique=True)
    no_answer: Mapped[bool] = mapped_column(default=False, server_default="false")
    __table_args__ = (CheckConstraint("n > 0", name="number"),)


class ReadMark(Base):
    """Somebody had read a thread up to a letter at a time. Rows are added, never changed."""

    __tablename__ = "read_mark"
    thread_id: Mapped[UUID] = mapped_column(ForeignKey(Thread.id), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), primary_key=True)
    upto: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Draft(Base):
    """What somebody has begun to write: in a thread, or to a contact (`place_id` is the key of either)."""

    __tablename__ = "draft"
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), primary_key=True)
    place_id: Mapped[UUID] = mapped_column(primary_key=True)
    text_sealed: Mapped[bytes]
    text = Sealed()
    saved_at: Mapped[datetime]
    __table_args__ = (Index("ix_draft_saved_at", "saved_at"),)
