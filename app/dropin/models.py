"""Hours when anybody may just come (FHIR HealthcareService.availableTime, HSDS schedule). No row here knows a person
who came."""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person, Staff
from app.bookings.kind_models import Location
from app.care.models import Unit
from app.core.db import Base


class DropIn(Base):
    """Hours at a unit that come again: some weekdays (0 is Monday) of every, or every other, week, Swedish wall time.

    Weeks are counted from the one that `first_on` is in. `purpose` is what it is for, `meets` whom one meets. It is on
    public pages from `published_at` until `ended_at`.
    """

    __tablename__ = "drop_in"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id))
    location_id: Mapped[UUID] = mapped_column(ForeignKey(Location.id))
    municipality: Mapped[str]
    name: Mapped[str]
    purpose: Mapped[str]
    meets: Mapped[str]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    every_weeks: Mapped[int] = mapped_column(SmallInteger, default=1)
    opens: Mapped[time]
    closes: Mapped[time]
    first_on: Mapped[date]
    last_on: Mapped[date | None]
    on_red_days: Mapped[bool] = mapped_column(default=False)
    relative_welcome: Mapped[bool]
    child_welcome: Mapped[bool]
    made_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("name <> '' and purpose <> '' and meets <> ''", name="says_what_it_is"),
        CheckConstraint("municipality ~ '^[0-9]{4}$'", name="municipality"),
        CheckConstraint("weekdays <> '{}' and weekdays <@ '{0,1,2,3,4,5,6}'", name="weekdays"),
        CheckConstraint("every_weeks between 1 and 4", name="every_weeks"),
        CheckConstraint("opens < closes", name="hours"),
        CheckConstraint("last_on >= first_on", name="period"),
        Index("uq_drop_in_name", "unit_id", "name", unique=True, postgresql_where="ended_at is null"),
        Index("ix_drop_in_public", "unit_id", "id", postgresql_where="published_at is not null and ended_at is null"),
    )


class DropInException(Base):
    """One day that is not as the others: closed, open although it would not be, or open at other hours."""

    __tablename__ = "drop_in_exception"
    drop_in_id: Mapped[UUID] = mapped_column(ForeignKey(DropIn.id), primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    opens: Mapped[time | None]
    closes: Mapped[time | None]
    words: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    __table_args__ = (CheckConstraint("(opens is null) = (closes is null) and opens < closes", name="hours"),)


class DropInComing(Base):
    """Somebody says "Jag kommer i dag". Nothing tells who; the phone alone knows the key, to take it back."""

    __tablename__ = "drop_in_coming"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    drop_in_id: Mapped[UUID] = mapped_column(ForeignKey(DropIn.id))
    on_date: Mapped[date]
    said_at: Mapped[datetime]
    __table_args__ = (Index("ix_drop_in_coming_drop_in_id", "drop_in_id", "on_date"),)


class DropInVisit(Base):
    """Somebody who came, ticked off by staff: when, whether new to psychiatry, and what it led to. No person.

    `seen_at` is empty for whoever still waits. `led_to` is of dropin/rules.py.
    """

    __tablename__ = "drop_in_visit"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    drop_in_id: Mapped[UUID] = mapped_column(ForeignKey(DropIn.id))
    on_date: Mapped[date]
    came_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    new_here: Mapped[bool | None]
    led_to: Mapped[list[str]] = mapped_column(ARRAY(Text))
    noted_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.person_id))
    taken_back_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("seen_at >= came_at", name="period"),
        CheckConstraint(
            "led_to <@ '{talk,booked,waiting_list,referral,first_line,primary_care,municipality,emergency,left,other}'",
            name="led_to",
        ),
        CheckConstraint("led_to = '{}' or seen_at is not null", name="seen"),
        Index("ix_drop_in_visit_drop_in_id", "drop_in_id", "on_date", "came_at", "id"),
    )
