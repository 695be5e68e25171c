"""What decides who is there: patterns of work, substitutes, absences, closures and the duty roster."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person, Region, Staff
from app.care.models import Assignment, Unit
from app.core.db import Base

WEEKS = 10


class Pattern(Base):
    """The cycle of weeks that an assignment follows during a period; a new schedule does not rewrite the past.

    `anchor` is the Monday of a week that is the first of the cycle.
    """

    __tablename__ = "pattern"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey(Assignment.id))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    anchor: Mapped[date]
    weeks: Mapped[int] = mapped_column(SmallInteger)
    __table_args__ = (
        CheckConstraint("weeks between 1 and 10", name="weeks"),
        CheckConstraint("extract(isodow from anchor) = 1", name="anchor"),
        CheckConstraint("ends_on is null or ends_on >= starts_on", name="period"),
        ExcludeConstraint(
            ("assignment_id", "="),
            (text("daterange(starts_on, ends_on, '[]')"), "&&"),
            name="ex_pattern_one_at_a_time",
        ),
    )


class PatternHours(Base):
    """When somebody works on a weekday (0 is Monday) of a week of the cycle (0 is the first), in minutes, half-open."""

    __tablename__ = "pattern_hours"
    pattern_id: Mapped[UUID] = mapped_column(ForeignKey(Pattern.id), primary_key=True)
    week: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    weekday: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    opens: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    closes: Mapped[int] = mapped_column(SmallInteger)
    __table_args__ = (
        CheckConstraint("week between 0 and 9", name="week"),
        CheckConstraint("weekday between 0 and 6", name="weekday"),
        CheckConstraint("0 <= opens and opens < closes and closes <= 1440", name="span"),
        ExcludeConstraint(
            ("pattern_id", "="),
            ("week", "="),
            ("weekday", "="),
            (text("int4range(opens, closes)"), "&&"),
            name="ex_pattern_hours_one_at_a_time",
        ),
    )


class StandingSubstitute(Base):
    """Who answers for somebody at a unit whenever nobody else is named, in order."""

    __tablename__ = "standing_substitute"
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey(Assignment.id), primary_key=True)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.person_id))
    __table_args__ = (
        Index("uq_standing_substitute_assignment_id_person_id", "assignment_id", "person_id", unique=True),
    )


class Absence(Base):
    """When somebody is away from all their work. No cause is kept. Open-ended when `ends_at` is null."""

    __tablename__ = "absence"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.person_id))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    registered_at: Mapped[datetime]
    registered_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    cancelled_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("ends_at is null or ends_at > starts_at", name="period"),
        Index("ix_absence_person_id_starts_at", "person_id", "starts_at", postgresql_where="cancelled_at is null"),
    )


class AbsenceSubstitute(Base):
    """Who answers during an absence, in order; they are told, and may say no until it starts."""

    __tablename__ = "absence_substitute"
    absence_id: Mapped[UUID] = mapped_column(ForeignKey(Absence.id), primary_key=True)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.person_id))
    asked_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    __table_args__ = (
        Index("uq_absence_substitute_absence_id_person_id", "absence_id", "person_id", unique=True),
        Index("ix_absence_substitute_person_id", "person_id"),
    )


class Closure(Base):
    """Days when a unit is closed, the last one included, and who covers: a unit, the region's function, or nobody."""

    __tablename__ = "closure"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    name: Mapped[str]
    cover_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey(Unit.id))
    cover_function: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="period"),
        CheckConstraint("cover_unit_id <> unit_id", name="covered_by_another"),
        CheckConstraint("cover_unit_id is null or not cover_function", name="one_cover"),
        ExcludeConstraint(
            ("unit_id", "="),
            (text("daterange(starts_on, ends_on, '[]')"), "&&"),
            name="ex_closure_one_at_a_time",
        ),
        Index("ix_closure_cover_unit_id", "cover_unit_id", postgresql_where="cover_unit_id is not null"),
    )


class DutyShift(Base):
    """A stretch of the unit's duty roster."""

    __tablename__ = "duty_shift"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="period"),
        ExcludeConstraint(
            ("unit_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="ex_duty_shift_one_at_a_time",
        ),
    )


class DutyPerson(Base):
    """Who has a duty shift, in order."""

    __tablename__ = "duty_person"
    shift_id: Mapped[UUID] = mapped_column(ForeignKey(DutyShift.id, ondelete="CASCADE"), primary_key=True)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.person_id))
    __table_args__ = (
        Index("uq_duty_person_shift_id_person_id", "shift_id", "person_id", unique=True),
        Index("ix_duty_person_person_id", "person_id"),
    )


class FunctionHours(Base):
    """When the region's function answers on a weekday, in minutes; it is their office time where they cover."""

    __tablename__ = "function_hours"
    region_id: Mapped[UUID] = mapped_column(ForeignKey(Region.id), primary_key=True)
    weekday: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    opens: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    closes: Mapped[int] = mapped_column(SmallInteger)
    __table_args__ = (
        CheckConstraint("weekday between 0 and 6", name="weekday"),
        CheckConstraint("0 <= opens and opens < closes and closes <= 1440", name="span"),
        ExcludeConstraint(
            ("region_id", "="),
            ("weekday", "="),
            (text("int4range(opens, closes)"), "&&"),
            name="ex_function_hours_one_at_a_time",
        ),
    )
