"""What a patient asks about a line of their log, and the administrator's checks of it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Patient, Person, Region, Staff
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


class LogCheck(Base):
    """A sample of the log that an administrator has drawn, by which rule and from which days; kept as its own proof.

    Whoever draws with the same `seed` from the same days gets the same sample. `found` is how many it was drawn from.
    """

    __tablename__ = "log_check"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    region_id: Mapped[UUID] = mapped_column(ForeignKey(Region.id))
    rule: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    seed: Mapped[int] = mapped_column(BigInteger)
    found: Mapped[int]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.person_id))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.person_id))
    words_sealed: Mapped[bytes | None]
    words = Sealed()
    __table_args__ = (
        CheckConstraint("rule in ('random', 'own_unit', 'surname', 'many', 'colleague')", name="rule"),
        CheckConstraint("ends_on >= starts_on", name="period"),
        CheckConstraint("found >= 0", name="found"),
        CheckConstraint(
            "(ended_at is null) = (ended_by is null) and (ended_at is null) = (words_sealed is null)", name="ended"
        ),
        Index("ix_log_check_region_id", "region_id", "made_at", "id"),
    )


class LogCheckRow(Base):
    """What one person did with one patient at one unit on one day, as the sample found it, and what was judged of it.

    A copy, so that the proof stands when the month of the log has ended. `because` is why the names were opened.
    """

    __tablename__ = "log_check_row"
    check_id: Mapped[UUID] = mapped_column(ForeignKey(LogCheck.id), primary_key=True)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    actor_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey(Unit.id))
    day: Mapped[date]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int]
    actions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    judged: Mapped[str | None]
    judged_at: Mapped[datetime | None]
    judged_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.person_id))
    words_sealed: Mapped[bytes | None]
    words = Sealed()
    opened_at: Mapped[datetime | None]
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.person_id))
    because_sealed: Mapped[bytes | None]
    because = Sealed()
    __table_args__ = (
        CheckConstraint("times > 0 and last_at >= first_at", name="times"),
        CheckConstraint(
            "judged in ('as_should', 'look_into') and judged_at is not null and judged_by is not null"
            " or judged is null and judged_at is null and judged_by is null and words_sealed is null",
            name="judged",
        ),
        CheckConstraint("judged is distinct from 'look_into' or words_sealed is not null", name="words"),
        CheckConstraint(
            "(opened_at is null) = (opened_by is null) and (opened_at is null) = (because_sealed is null)",
            name="opened",
        ),
        Index(
            "uq_log_check_row_once",
            "check_id",
            "actor_id",
            "patient_id",
            "unit_id",
            "day",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )
