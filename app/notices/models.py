"""A notice to one person. It says what kind of thing has happened and where to look, never what was written."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person
from app.core.db import Base

UNSEEN = "seen_at is null and withdrawn_at is null"


class Notice(Base):
    """Told once a person, kind and key. `show_at` is when it may reach them: somebody off duty is left in peace.

    Withdrawn is what no longer is worth telling before it was shown: what it was about has been answered or has ended.
    `capacity` is as whom they are told: somebody of the staff who also is a patient reads each in its own session.
    """

    __tablename__ = "notice"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    kind: Mapped[str]
    key: Mapped[str]
    object_id: Mapped[UUID | None]
    language: Mapped[str]
    made_at: Mapped[datetime]
    show_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    capacity: Mapped[str]
    __table_args__ = (
        CheckConstraint("kind <> '' and key <> ''", name="named"),
        CheckConstraint("show_at >= made_at", name="peace"),
        CheckConstraint("language ~ '^[a-z]{2}$'", name="language"),
        CheckConstraint("capacity in ('duty', 'private')", name="capacity"),
        CheckConstraint("seen_at is null or withdrawn_at is null", name="withdrawn_unseen"),
        Index("uq_notice_person_id_kind_key", "person_id", "kind", "key", unique=True),
        Index("ix_notice_unseen", "person_id", "show_at", postgresql_where=UNSEEN),
        Index("ix_notice_object_id", "object_id", postgresql_where=UNSEEN),
        Index("ix_notice_made_at", "made_at"),
    )


class NoticeChoice(Base):
    """What somebody of the staff chose for themselves: whether anything may reach them off duty."""

    __tablename__ = "notice_choice"
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), primary_key=True)
    off_duty: Mapped[bool]
    chosen_at: Mapped[datetime]
