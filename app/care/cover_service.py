"""Fill a gap: ask somebody to answer instead of those who are away, or put somebody on duty."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.care import rest_queries
from app.care.cover_models import Absence, AbsenceSubstitute, DutyPerson, DutyShift
from app.care.cover_queries import GapShown
from app.care.service import raise_version, raise_versions_of, rest_anew
from app.core import audit, db
from app.core.audit import Actor, Entry
from app.notices import service as notices
from app.notices.service import Told


class NotAway(ValueError):
    """None of those who do not answer is away by an absence: there is nobody to answer instead of."""


def ask_instead(gap: GapShown, person: UUID, *, by: Actor, now: datetime) -> None:
    """Ask somebody to answer, after those named before, during each absence that makes the gap; they may say no.

    Raises NotAway.
    """
    causes = [cause for cause in gap.causes if cause != person]
    raise_versions_of(*causes)
    still = or_(Absence.ends_at.is_(None), Absence.ends_at > gap.starts_at)
    absences = db.session().scalars(
        select(Absence.id)
        .where(Absence.person_id.in_(causes), Absence.cancelled_at.is_(None), Absence.starts_at < gap.ends_at, still)
        .order_by(Absence.id)
    )
    if not (keys := absences.all()):
        raise NotAway
    for key in keys:
        last = select(func.coalesce(func.max(AbsenceSubstitute.n), 0)).where(AbsenceSubstitute.absence_id == key)
        row = {"absence_id": key, "n": db.run(last).scalar_one() + 1, "person_id": person, "asked_at": now}
        again = {"asked_at": now, "seen_at": None, "declined_at": None}
        asked = upsert(AbsenceSubstitute).values(row)
        db.run(asked.on_conflict_do_update(index_elements=["absence_id", "person_id"], set_=again))
    at = rest_queries.reached_at(by, [person] if person != by.person_id else [], None, at=now, newest=True)
    notices.tell_many(
        (
            Told(who, "substitute", f"{key}:{now.isoformat()}", moment, key)
            for who, moment in at.items()
            for key in keys
        ),
        by=by,
        now=now,
    )
    audit.record(db.session(), _of(gap, "gap.asked", person), by=by, now=now)


def put_on_duty(gap: GapShown, person: UUID, *, by: Actor, now: datetime) -> None:
    """Put somebody on the roster for all of a gap: last in the shifts that are there, in new ones where none is."""
    raise_version(gap.unit_id)
    for starts_at, ends_at in gap.spans:
        over = (DutyShift.unit_id == gap.unit_id, DutyShift.starts_at < ends_at, DutyShift.ends_at > starts_at)
        shifts = db.session().scalars(select(DutyShift).where(*over).order_by(DutyShift.starts_at)).all()
        for shift in shifts:
            _add(shift.id, person)
        for start, end in _left(starts_at, ends_at, shifts):
            shift = DutyShift(id=db.new_key(), unit_id=gap.unit_id, starts_at=start, ends_at=end)
            db.session().add(shift)
            db.session().flush()
            _add(shift.id, person)
    rest_anew([person], by=by, now=now)
    audit.record(db.session(), _of(gap, "gap.staffed", person), by=by, now=now)


def _add(shift: UUID, person: UUID) -> None:
    last = select(func.coalesce(func.max(DutyPerson.n), 0)).where(DutyPerson.shift_id == shift)
    row = {"shift_id": shift, "n": db.run(last).scalar_one() + 1, "person_id": person}
    db.run(upsert(DutyPerson).values(row).on_conflict_do_nothing(index_elements=["shift_id", "person_id"]))


def _left(start: datetime, end: datetime, shifts: Sequence[DutyShift]) -> list[tuple[datetime, datetime]]:
    """What of a span no shift covers; the shifts follow one another."""
    found = []
    for shift in shifts:
        if start < shift.starts_at:
            found.append((start, shift.starts_at))
        start = max(start, shift.ends_at)
    return [*found, (start, end)] if start < end else found


def _of(gap: GapShown, action: str, person: UUID) -> Entry:
    return Entry(action, unit_id=gap.unit_id, object=f"person:{db.short(person)}")
