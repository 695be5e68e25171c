"""Register an absence, change or end it, and say who answers meanwhile. Those who are named may say no."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, insert, literal, select

from app.accounts.queries import Viewer
from app.care import absence_rules, facts_rules, gap_queries, rest_queries
from app.care.absence_queries import AbsenceRow
from app.care.absence_rules import Stretch
from app.care.cover_models import Absence, AbsenceSubstitute, StandingSubstitute
from app.care.gap_queries import Outlook
from app.care.models import Assignment, HeadSubstitute, Unit
from app.care.queries import in_force
from app.care.service import Unfit, others, raise_versions_of, rest_anew
from app.core import audit, db
from app.core.audit import Entry
from app.core.locale import local
from app.notices import service as notices

MINUTE = timedelta(minutes=1)


class Gapped(Exception):
    """A planned absence would leave questions that nobody answers; nothing was stored."""

    def __init__(self, ahead: Outlook) -> None:
        super().__init__()
        self.ahead = ahead


class NoWork(Exception):
    """Somebody who is part of the answer nowhere cannot be away from it."""


class Over(Exception):
    """The absence has ended, or was taken away: there is nothing left to change."""


class Begun(Exception):
    """The absence has begun, so that a substitute cannot say no any longer."""


@dataclass(frozen=True)
class Saved:
    """Where an absence stands. `again` is true when it was there before: nothing new was written."""

    key: UUID
    again: bool


def register(
    person_id: UUID, period: Stretch, *, substitutes: tuple[UUID, ...] = (), by: Viewer, now: datetime
) -> Saved:
    """Let somebody be away; where no substitutes are named, the standing ones answer and are asked.

    Raises Unfit, NoWork, or for a planned absence Gapped. The same period again is the first absence.
    """
    raise_versions_of(person_id)
    units = _units_of(person_id, now)
    if not units:
        raise NoWork
    if absence_rules.fault(period, now=now):
        raise Unfit
    if there := [it for it in _open_ones(person_id, now) if Stretch(it.starts_at, it.ends_at) == period]:
        return Saved(there[0].id, again=True)
    named = tuple(others(substitutes, than=person_id)) or _standing(person_id, now)
    if absence_rules.is_planned(period.starts_at, now=now):
        _refuse_gaps(person_id, period, named, units, by=by, now=now)
    return _store(person_id, period, named, units, by=by, now=now)


def away_from_now(person_id: UUID, *, today_only: bool, by: Viewer, now: datetime) -> Saved:
    """Let somebody be away at once, today or until further notice; always saved. Raises NoWork.

    Somebody who is away all that time already is not away twice.
    """
    raise_versions_of(person_id)
    units = _units_of(person_id, now)
    if not units:
        raise NoWork
    period = absence_rules.rest_of_today(now) if today_only else absence_rules.until_further(now)
    there = [it for it in _open_ones(person_id, now) if Stretch(it.starts_at, it.ends_at).covers(period)]
    if there:
        return Saved(there[0].id, again=True)
    return _store(person_id, period, _standing(person_id, now), units, by=by, now=now)


def change(
    absence: AbsenceRow, *, ends_at: datetime | None, substitutes: tuple[UUID, ...], by: Viewer, now: datetime
) -> None:
    """Let an absence end earlier or later, or without an end, and name who answers. Raises Unfit, Over or Gapped.

    Whoever had said yes to a shorter absence is asked anew; whoever had said no is asked only when named again.
    """
    row = _locked(absence, now)
    before, after = Stretch(row.starts_at, row.ends_at), Stretch(row.starts_at, ends_at)
    if absence_rules.fault(after, now=now, begun=True):
        raise Unfit
    units, said = _units_of(row.person_id, now), _said(row.id)
    named = tuple(others(substitutes, than=row.person_id)) or _standing(row.person_id, now)
    longer = not before.covers(after)
    others_answer = list(named) != [it.person_id for it in said if it.declined_at is None]
    changed_from = row.starts_at if others_answer else row.ends_at if longer else None
    if changed_from and absence_rules.is_planned(changed_from, now=now):
        _refuse_gaps(row.person_id, after, named, units, by=by, now=now)
    row.ends_at = ends_at
    db.session().flush()
    kept = {} if longer else {it.person_id: it for it in said}
    _name(row.id, named, kept, [it for it in said if it.declined_at and it.person_id not in named], now)
    _tell_of_change(row, said, set(named), anew=longer, by=by, now=now)
    _log("absence.changed", row.id, units, by=by, now=now)


def come_back(person_id: UUID, *, by: Viewer, now: datetime) -> bool:
    """End every absence that somebody is in; False when they are in none. Of less than a minute nothing is left."""
    raise_versions_of(person_id)
    rows = [it for it in _open_ones(person_id, now) if it.starts_at <= now]
    units = _units_of(person_id, now)
    for row in rows:
        if now - row.starts_at >= MINUTE:
            row.ends_at = now
        else:
            row.cancelled_at = now
        db.session().flush()
        _tell_of_change(row, _said(row.id), set(), by=by, now=now)
        _log("absence.ended", row.id, units, by=by, now=now)
    return bool(rows)


def cancel(absence: AbsenceRow, *, by: Viewer, now: datetime) -> None:
    """Take an absence away, as if it had not been; raises Over when it has been."""
    row = _locked(absence, now)
    row.cancelled_at = now
    db.session().flush()
    _tell_of_change(row, _said(row.id), set(), by=by, now=now)
    _log("absence.cancelled", row.id, _units_of(row.person_id, now), by=by, now=now)


def decline(key: UUID, *, by: Viewer, now: datetime) -> None:
    """Say no to answering during somebody's absence; raises Begun when it has begun, Over when it is no more."""
    asked = _locked_request(key, by, now)
    if asked.declined_at is None:
        asked.seen_at, asked.declined_at = asked.seen_at or now, now
        db.session().flush()
        _tell_of_no(key, by=by, now=now)
        _log("absence.declined", key, [None], by=by, now=now)


def accept(key: UUID, *, by: Viewer, now: datetime) -> None:
    """Say yes, also after a no; raises Over when the absence is no more."""
    asked = _locked_request(key, by, now, also_begun=True)
    if asked.seen_at is None or asked.declined_at:
        asked.seen_at, asked.declined_at = now, None
        db.session().flush()
        notices.seen(asked.person_id, about=key, by=by, now=now)
        _log("absence.accepted", key, [None], by=by, now=now)


def _store(
    person_id: UUID, period: Stretch, named: tuple[UUID, ...], units: Sequence[UUID], *, by: Viewer, now: datetime
) -> Saved:
    row = Absence(
        id=db.new_key(),
        person_id=person_id,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        registered_at=now,
        registered_by=by.person_id,
    )
    db.session().add(row)
    db.session().flush()
    _name(row.id, named, {}, [], now)
    _tell_asked(row.id, named, by=by, now=now)
    rest_anew([row.person_id], by=by, now=now)
    _log("absence.registered", row.id, units, by=by, now=now)
    return Saved(row.id, again=False)


def _name(
    key: UUID,
    named: Sequence[UUID],
    kept: dict[UUID, AbsenceSubstitute],
    refused: Sequence[AbsenceSubstitute],
    now: datetime,
) -> None:
    """Put the substitutes in order. What those `kept` have said still holds; those who `refused` stand last."""
    rows = [{"person_id": person, "asked_at": now, "seen_at": None, "declined_at": None} for person in named]
    for row in rows:
        if (before := kept.get(row["person_id"])) and before.declined_at is None:  # type: ignore[arg-type]
            row |= {"asked_at": before.asked_at, "seen_at": before.seen_at}
    rows += [
        {"person_id": it.person_id, "asked_at": it.asked_at, "seen_at": it.seen_at, "declined_at": it.declined_at}
        for it in refused
    ]
    db.run(delete(AbsenceSubstitute).where(AbsenceSubstitute.absence_id == key))
    if rows:
        db.run(insert(AbsenceSubstitute), [{"absence_id": key, "n": n} | row for n, row in enumerate(rows, 1)])


def _tell_asked(key: UUID, people: Sequence[UUID], *, by: Viewer, now: datetime) -> None:
    """Tell those who are asked to answer during an absence, when they are next at work. Asked anew is told anew."""
    at = rest_queries.reached_at(by, [it for it in people if it != by.person_id], None, at=now, newest=True)
    notices.tell(at, "substitute", f"{key}:{now.isoformat()}", about=key, by=by, now=now)


def _tell_of_change(
    row: Absence,
    before: Sequence[AbsenceSubstitute],
    after: set[UUID],
    *,
    anew: bool = False,
    by: Viewer,
    now: datetime,
) -> None:
    """Tell each of the substitutes what has changed for them: asked, asked anew, or other days than they know of.

    Whoever has not seen that they were asked, and is not any longer, need never know.
    """
    knew = {it.person_id for it in before if it.declined_at is None}
    asked = after if anew else after - knew
    unaware = set(notices.withdraw(row.id, people=knew - after | asked, kinds=["substitute"], by=by, now=now))
    _tell_asked(row.id, sorted(asked), by=by, now=now)
    changed = knew - asked - unaware - {by.person_id}
    at = rest_queries.reached_at(by, changed, None, at=now, newest=True)
    notices.tell(at, "substitute_changed", f"{row.id}:{now.isoformat()}", about=row.id, by=by, now=now)
    rest_anew([row.person_id], by=by, now=now)


def _tell_of_no(key: UUID, *, by: Viewer, now: datetime) -> None:
    """Tell the one who is to be away and those who lead where they work."""
    notices.seen(by.person_id, about=key, by=by, now=now)
    row = db.session().get_one(Absence, key)
    heads = select(Unit.head_id).where(Unit.id.in_(_units_of(row.person_id, now)))
    people = {row.person_id, *db.session().scalars(heads)} - {by.person_id}
    at = rest_queries.reached_at(by, people, None, at=now, newest=True)
    notices.tell(at, "substitute_no", f"{key}:{now.isoformat()}:{by.person_id}", about=key, by=by, now=now)


def _refuse_gaps(
    person_id: UUID, period: Stretch, named: tuple[UUID, ...], units: Sequence[UUID], *, by: Viewer, now: datetime
) -> None:
    if gap_queries.beyond(period.starts_at, at=now):
        return
    proposed = facts_rules.Absence(person_id, period.starts_at, period.ends_at, named, now)
    ahead = gap_queries.outlook(by, dict.fromkeys(units), proposed, at=now)
    if ahead.gaps:
        raise Gapped(ahead)


def _units_of(person_id: UUID, now: datetime) -> list[UUID]:
    """Where somebody works, from today on, or is or answers for the head."""
    today = literal(local(now).date())
    works = select(Assignment.unit_id).where(
        Assignment.person_id == person_id, in_force(Assignment, today) | (Assignment.starts_on > today)
    )
    heads = select(Unit.id).where(Unit.head_id == person_id)
    stands_in = select(HeadSubstitute.unit_id).where(HeadSubstitute.person_id == person_id)
    return sorted(db.session().scalars(works.union(heads, stands_in)).all())


def _open_ones(person_id: UUID, now: datetime) -> Sequence[Absence]:
    """The absences that are, or are to come, the one that ends last first."""
    mine = select(Absence).where(Absence.person_id == person_id, Absence.cancelled_at.is_(None))
    rest = mine.where(Absence.ends_at.is_(None) | (Absence.ends_at > now))
    ordered = rest.order_by(Absence.ends_at.desc().nulls_first(), Absence.id)
    return db.session().scalars(ordered.execution_options(populate_existing=True)).all()


def _standing(person_id: UUID, now: datetime) -> tuple[UUID, ...]:
    today: date = local(now).date()
    mine = select(StandingSubstitute.person_id).join(Assignment, Assignment.id == StandingSubstitute.assignment_id)
    ordered = mine.where(Assignment.person_id == person_id, in_force(Assignment, literal(today))).order_by(
        Assignment.starts_on, Assignment.id, StandingSubstitute.n
    )
    return tuple(dict.fromkeys(db.session().scalars(ordered).all()))


def _said(key: UUID) -> list[AbsenceSubstitute]:
    asked = select(AbsenceSubstitute).where(AbsenceSubstitute.absence_id == key).order_by(AbsenceSubstitute.n)
    return list(db.session().scalars(asked.execution_options(populate_existing=True)).all())


def _locked(absence: AbsenceRow, now: datetime) -> Absence:
    """The absence under its person's units' locks; raises Over when nothing of it is left."""
    raise_versions_of(absence.person_id)
    row = db.session().get_one(Absence, absence.key, populate_existing=True)
    if row.cancelled_at or (row.ends_at and row.ends_at <= now):
        raise Over
    return row


def _locked_request(key: UUID, by: Viewer, now: datetime, *, also_begun: bool = False) -> AbsenceSubstitute:
    """What the one who acts is asked; raises Over when they are not, or no longer, and Begun when it is too late."""
    person_id = db.session().scalars(select(Absence.person_id).where(Absence.id == key)).one()
    raise_versions_of(person_id)
    row = db.session().get_one(Absence, key, populate_existing=True)
    mine = [it for it in _said(key) if it.person_id == by.person_id]
    if not mine or row.cancelled_at or (row.ends_at and row.ends_at <= now):
        raise Over
    if row.starts_at <= now and not (also_begun and mine[0].declined_at is None):
        raise Begun
    return mine[0]


def _log(action: str, key: UUID, units: Sequence[UUID | None], *, by: Viewer, now: datetime) -> None:
    entries = [Entry(action, unit_id=unit, object=f"absence:{db.short(key)}") for unit in units]
    audit.record(db.session(), entries, by=by, now=now)
