"""A question until a person has taken it: the wait, who was asked as well, and every hand-over."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Patient, Person, Staff
from app.care.models import Unit
from app.core.crypto import Sealed
from app.core.db import Base

OPEN = "ended_at is null"
HEAD_KINDS = frozenset({"contact_request", "cover_gap", "log_question", "new_contact"})
"""What is for a head to answer: the order begins at step 6."""
HEARD_KINDS = frozenset({"told", "relative_call"})
"""What those around a patient have said, which the patient does not see."""
ABOUT_SOMEBODY = frozenset({"contact_request", "log_question"})
"""What may be about somebody of the staff, who then never has it, and never learns of it here."""


class Wait(Base):
    """One open question of a subject (kind, key). It always has one holder; the region's function is none of the staff.

    The promise is counted in office time from `counts_from` to `promised_at`; `rung` is how far up its ladder it is,
    and `broken` how many promises have passed. `care_version` is the unit's when the holder was decided. `only_contact`
    is the patient's own choice that nobody else reads until then. `call`: the patient has asked to be rung between the
    two moments, on `number` where they gave one. `about_id` is a patient who must not learn of it, so that it is no
    `patient_id`: only the order looks there. Only what nobody asked, such as a gap, may end without a person, when
    it is filled.
    """

    __tablename__ = "wait"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id))
    patient_id: Mapped[UUID | None] = mapped_column(ForeignKey(Patient.person_id))
    about_id: Mapped[UUID | None] = mapped_column(ForeignKey(Patient.person_id))
    belongs_to: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.person_id))
    holder_id: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.person_id))
    step: Mapped[int] = mapped_column(SmallInteger)
    turn: Mapped[int] = mapped_column(SmallInteger, default=1)
    only_contact: Mapped[bool] = mapped_column(default=False)
    call: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime]
    counts_from: Mapped[datetime]
    promised_at: Mapped[datetime]
    rung: Mapped[int] = mapped_column(SmallInteger, default=0)
    broken: Mapped[int] = mapped_column(SmallInteger, default=0)
    next_at: Mapped[datetime]
    care_version: Mapped[int]
    failed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    ended_how: Mapped[str | None]
    reason_sealed: Mapped[bytes | None]
    reason = Sealed()
    talked_at: Mapped[datetime | None]
    number_sealed: Mapped[bytes | None]
    number = Sealed()
    readable_until: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(
            "kind in ('thread', 'contact_request', 'booking_answer', 'told', 'relative_call', 'log_question',"
            " 'cover_gap', 'new_contact')",
            name="kind",
        ),
        CheckConstraint(
            "patient_id is null or (kind not in ('told', 'relative_call') and about_id is null)", name="unseen"
        ),
        CheckConstraint("step between 0 and 7", name="step"),
        CheckConstraint("(holder_id is null) = (step = 7)", name="one_holder"),
        CheckConstraint("promised_at > counts_from", name="promise"),
        CheckConstraint("rung between 0 and 3 and broken >= 0 and turn > 0", name="ladder"),
        CheckConstraint("not only_contact or holder_id = belongs_to", name="only_contact"),
        CheckConstraint(
            "(ended_at is null) = (ended_how is null) and (ended_by is null or ended_at is not null)", name="ended"
        ),
        CheckConstraint(
            "ended_how in ('reply', 'talked', 'no_need', 'solved', 'care_ended', 'done', 'filled')", name="ended_how"
        ),
        CheckConstraint("ended_at is null or ended_by is not null or ended_how = 'filled'", name="ended_by_a_person"),
        CheckConstraint("(ended_how is not distinct from 'talked') = (talked_at is not null)", name="talked"),
        CheckConstraint("ended_how <> 'no_need' or reason_sealed is not null", name="why"),
        CheckConstraint("not (call and only_contact)", name="one_way"),
        Index("uq_wait_one_open", "kind", "subject_id", unique=True, postgresql_where=OPEN),
        Index("ix_wait_due", "next_at", "id", postgresql_where=OPEN),
        Index("ix_wait_holder", "holder_id", "promised_at", "id", postgresql_where=OPEN),
        Index("ix_wait_belongs_to", "belongs_to", "promised_at", "id", postgresql_where=OPEN),
        Index("ix_wait_belongs_to_ended_at", "belongs_to", "ended_at", postgresql_where="ended_at is not null"),
        Index("ix_wait_patient_id", "patient_id", postgresql_where=OPEN),
        Index("ix_wait_unit", "unit_id", "care_version", postgresql_where=OPEN),
        Index("ix_wait_failed", "id", postgresql_where=f"{OPEN} and failed_at is not null"),
        Index("ix_wait_subject", "subject_id", "opened_at"),
        Index("ix_wait_age", "kind", "opened_at", postgresql_where=OPEN),
        Index("ix_wait_unit_due", "unit_id", "promised_at", "id", postgresql_where=OPEN),
        Index("ix_wait_broken", "promised_at", postgresql_where=f"{OPEN} and broken > 0"),
    )


class Asked(Base):
    """Somebody who is asked as well, beside the holder: by the ladder, or by a colleague (`by_id`) with a reason."""

    __tablename__ = "asked"
    wait_id: Mapped[UUID] = mapped_column(ForeignKey(Wait.id), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.person_id), primary_key=True)
    at: Mapped[datetime]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.person_id))
    words_sealed: Mapped[bytes | None]
    words = Sealed()
    __table_args__ = (
        CheckConstraint("(by_id is null) = (words_sealed is null)", name="why"),
        Index("ix_asked_person_id", "person_id"),
    )


class Handoff(Base):
    """From whom a wait went to whom, why and when. It is only added to; null is the region's function.

    A new promise is a row too, from the holder to the same or another, with the moment that was promised; a next try to
    ring has a `since` too.
    """

    __tablename__ = "handoff"
    wait_id: Mapped[UUID] = mapped_column(ForeignKey(Wait.id), primary_key=True)
    turn: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    from_id: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.person_id))
    to_id: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.person_id))
    step: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str]
    words_sealed: Mapped[bytes | None]
    words = Sealed()
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    at: Mapped[datetime]
    promised_at: Mapped[datetime | None]
    since: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(
            "reason in ('asked', 'absent', 'ended', 'out_of_reach', 'no_right', 'blocked', 'no_channel', 'handed_over',"
            " 'taken', 'promise_broken', 'kept', 'no_answer', 'failed')",
            name="reason",
        ),
        CheckConstraint(
            "(reason in ('promise_broken', 'kept', 'no_answer')) = (promised_at is not null)", name="new_promise"
        ),
        CheckConstraint("since is null or (reason = 'no_answer' and since < promised_at)", name="next_try"),
        CheckConstraint("reason <> 'handed_over' or words_sealed is not null", name="why"),
        CheckConstraint("turn > 0", name="turn"),
        Index("ix_handoff_to_id_at", "to_id", "at"),
        Index("ix_handoff_broken", "at", postgresql_where="reason = 'promise_broken'"),
    )


class Looked(Base):
    """The version of a unit, and the day, that was last looked at for what its head must see to: gaps, new contacts."""

    __tablename__ = "looked"
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.id), primary_key=True)
    care_version: Mapped[int]
    looked_on: Mapped[date]
