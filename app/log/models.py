"""What a patient asks about a line of their log."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Patient, Person, Staff
from app.care.models import Unit
from app.core.crypto import Sealed
from app.core.db import Base


class LogQuestion(Base):
    """A question about one line of the patient's log, answered by the head of the unit where it was read."""

    __tablename__ = "log_question"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.person_id))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id))
    about_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    entry_at: Mapped[datetime]
    entry_id: Mapped[int] = mapped_column(BigInteger)
    text_sealed: Mapped[bytes]
    text = Sealed()
    asked_at: Mapped[datetime]
    answer_sealed: Mapped[bytes | None]
    answer = Sealed()
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.person_id))
    __table_args__ = (
        CheckConstraint(
            "(answered_at is null) = (answered_by is null) and (answered_at is null) = (answer_sealed is null)",
            name="answered",
        ),
        Index("uq_log_question_entry", "patient_id", "entry_at", "entry_id", unique=True),
        Index("ix_log_question_patient_id", "patient_id", "asked_at"),
    )
