"""What the heads must see to: wishes for a contact, gaps of an absence, patients whose contact ends or is long away.

Care is a package below and never calls up, so the worker looks for what has changed there, and opens and ends the waits
that follow. What it finds is judged anew each time: late or twice, the result is the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from app.accounts.models import Patient as PatientRow
from app.accounts.queries import Viewer
from app.care.absence_rules import is_long
from app.care.answer_queries import Face, faces, states_of, to_heads
from app.care.cover_models import Absence
from app.care.cover_rules import Cover
from app.care.facts_rules import Patient
from app.care.gap_queries import AHEAD, patients_at
from app.care.gap_rules import Report, report
from app.care.models import Contact, ContactRequest, Unit
from app.care.order_queries import patients
from app.care.plan_queries import Place, places
from app.core import audit, db, live
from app.core.audit import Actor, Entry
from app.core.db import run
from app.core.locale import local
from app.notices import service as notices
from app.notices.models import Notice
from app.waits import service
from app.waits.models import Looked, Wait
from app.waits.service import OPEN, Subject

BATCH = 50
UNITS = 20
FOUND = ("cover_gap", "new_contact")


@dataclass(frozen=True)
class OnBehalf:
    """Whoever did, in care, what ended a wait."""

    person_id: UUID
    capacity: str


def see_to_wishes(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Let each wish for a contact wait at a head from when it was made until it is answered or taken back."""
    return _end_wishes(by=by, now=now, batch=batch) + _open_wishes(by=by, now=now, batch=batch)


def stale_units(*, by: Actor, now: datetime, most: int = UNITS) -> list[UUID]:
    """The units to look at: those that have changed since they were, then those not looked at today."""
    changed = func.coalesce(Looked.care_version != Unit.care_version, True)
    asked = (
        select(Unit.id)
        .outerjoin(Looked, Looked.unit_id == Unit.id)
        .where(or_(changed, Looked.looked_on != local(now).date()))
        .order_by(changed.desc(), Unit.id)
        .limit(most)
    )
    return list(db.session().scalars(asked))


def see_to_unit(unit_id: UUID, *, by: Actor, now: datetime) -> int:
    """Open a wait at the head for each gap that an absence makes, each patient who is to be without a contact, and each
    absence that has become long; end those that are no more. Returns how many of both.

    Somebody else who looks at the unit, or changes it, is left to it.
    """
    mine = select(Unit.care_version).where(Unit.id == unit_id).with_for_update(key_share=True, skip_locked=True)
    version = db.session().scalars(mine).one_or_none()
    if version is None:
        return 0
    place = places(by, {unit_id: version}, at=now)[unit_id]
    known = dict(_known(place, by, now))
    wanted = {(it.kind, it.key): it for it in _wanted(place, known, by, now)}
    theirs = select(Wait.kind, Wait.subject_id).where(Wait.unit_id == unit_id, OPEN, Wait.kind.in_(FOUND))
    there = {(row.kind, row.subject_id) for row in run(theirs)}
    for kind, key in sorted(there - wanted.keys()):
        service.end(kind, key, "filled", by=by, now=now)
    missing = [it for what, it in wanted.items() if what not in there and not _settled(it)]
    for subject in missing[:BATCH]:
        service.ask(subject, to_heads(place, Patient(None, ()), known, at=now), by=by, now=now)
    if len(missing) <= BATCH:
        row = {"unit_id": unit_id, "care_version": version, "looked_on": local(now).date()}
        run(upsert(Looked).values(row).on_conflict_do_update(index_elements=["unit_id"], set_=row))
    return len(there - wanted.keys()) + len(missing[:BATCH])


def hand_over(wait_id: UUID, to: UUID, words: str, *, by: Viewer, now: datetime) -> bool:
    """Give somebody's question to another, though it is a third who has it: so does a head, or the region's function.

    The patient is told, and reads why. Raises CannotHold.
    """
    wait = db.session().get_one(Wait, wait_id)
    if not service.hand_over(wait.kind, wait.subject_id, to, words=words, by=by, now=now):
        return False
    db.session().refresh(wait)
    people = {wait.patient_id: now} if wait.patient_id else {}
    notices.tell(people, "handed_over", f"{wait.id}:{wait.turn}", about=wait.subject_id, by=by, now=now)
    return True


def settle(wait_id: UUID, *, by: Actor, now: datetime) -> bool:
    """The head has decided that nobody needs another contact because of a long absence; it is not asked again."""
    wait = db.session().get(Wait, wait_id)
    return wait is not None and service.end(wait.kind, wait.subject_id, "done", by=by, now=now)


def end_care(patient_id: UUID, *, unit_id: UUID | None = None, by: Actor, now: datetime) -> int:
    """End all that a patient waits for at a unit, or everywhere, because the care has ended or the patient has died.

    What they have not been shown of it yet is not told any longer. Returns how many waits.
    """
    theirs = select(Wait.kind, Wait.subject_id).where(Wait.patient_id == patient_id, OPEN)
    if unit_id:
        theirs = theirs.where(Wait.unit_id == unit_id)
    found = run(theirs.order_by(Wait.id)).all()
    for row in found:
        service.end(row.kind, row.subject_id, "care_ended", by=by, now=now)
    about = {row.subject_id for row in found} if unit_id else None
    unseen = [Notice.person_id == patient_id, Notice.seen_at.is_(None), Notice.withdrawn_at.is_(None)]
    if about is not None:
        unseen.append(Notice.object_id.in_(about))
    run(update(Notice).where(*unseen).values(withdrawn_at=now))
    live.changed(live.topic("p", patient_id))
    return len(found)


def take_back_end(patient_id: UUID, at: datetime, *, by: Actor, now: datetime) -> int:
    """It was a mistake: what was ended at that moment because the patient had died waits again, where it was."""
    ended = (Wait.patient_id == patient_id, Wait.ended_how == "care_ended", Wait.ended_at == at)
    again = {"ended_at": None, "ended_by": None, "ended_how": None, "readable_until": None, "next_at": now}
    rows = run(update(Wait).where(*ended).values(again).returning(Wait.kind, Wait.subject_id, Wait.unit_id)).all()
    audit.record(
        db.session(),
        [Entry("wait.reopened", patient_id, row.unit_id, f"{row.kind}:{db.short(row.subject_id)}") for row in rows],
        by=by,
        now=now,
    )
    for row in rows:
        service.wake(row.subject_id)
    theirs = or_(Notice.person_id == patient_id, Notice.object_id.in_([row.subject_id for row in rows]))
    run(update(Notice).where(theirs, Notice.withdrawn_at == at).values(withdrawn_at=None))
    return len(rows)


def try_again(wait_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Let the worker look again, at once, at a wait that it could not handle."""
    wait = db.session().scalars(service.locked(select(Wait).where(Wait.id == wait_id, OPEN))).one_or_none()
    if wait is None or wait.failed_at is None:
        return False
    wait.next_at = now
    db.session().flush()
    audit.record(db.session(), service.entry_of("wait.retried", wait), by=by, now=now)
    return True


def _open_wishes(*, by: Actor, now: datetime, batch: int) -> int:
    never = ~exists().where(Wait.subject_id == ContactRequest.id, Wait.kind == "contact_request")
    asked = (
        select(ContactRequest.id, ContactRequest.unit_id, ContactRequest.patient_id, ContactRequest.about_id)
        .join(PatientRow, PatientRow.person_id == ContactRequest.patient_id)
        .where(ContactRequest.answered_at.is_(None), ContactRequest.withdrawn_at.is_(None), never)
        .order_by(ContactRequest.made_at, ContactRequest.id)
        .limit(batch)
        .with_for_update(of=ContactRequest, key_share=True, skip_locked=True)
    )
    rows = run(asked).all()
    if not rows:
        return 0
    there = places(by, dict.fromkeys(row.unit_id for row in rows), at=now)
    known = {unit: dict(_known(place, by, now)) for unit, place in there.items()}
    whose = patients(by, [(row.patient_id, row.unit_id) for row in rows], at=now)
    for row in rows:
        patient = whose[row.patient_id, row.unit_id]
        # The contact whom the patient wants another than never learns of it.
        patient = Patient(patient.key, patient.contacts, patient.blocked | {row.about_id})
        subject = Subject("contact_request", row.id, row.unit_id, row.patient_id, None)
        answering = to_heads(there[row.unit_id], patient, known[row.unit_id], at=now)
        service.ask(subject, answering, by=OnBehalf(row.patient_id, "private"), now=now)
    return len(rows)


def _end_wishes(*, by: Actor, now: datetime, batch: int) -> int:
    over = (
        select(ContactRequest.id, ContactRequest.patient_id, ContactRequest.answered_by)
        .join(Wait, and_(Wait.kind == "contact_request", Wait.subject_id == ContactRequest.id, OPEN))
        .where(or_(ContactRequest.answered_at.is_not(None), ContactRequest.withdrawn_at.is_not(None)))
        .order_by(ContactRequest.id)
        .limit(batch)
    )
    rows = run(over).all()
    for row in rows:
        who = OnBehalf(row.answered_by, "duty") if row.answered_by else OnBehalf(row.patient_id, "private")
        service.end("contact_request", row.id, "done" if row.answered_by else "solved", by=who, now=now)
    return len(rows)


def _known(place: Place, by: Actor, now: datetime) -> dict[UUID, Face]:
    return faces(by, place.people, at=now, today=local(now).date())


def _wanted(place: Place, known: dict[UUID, Face], by: Actor, now: datetime) -> Iterator[Subject]:
    """What the head of a unit has to see to now: as the gap report shows it, and how long somebody has been away."""
    here = patients_at(by, [place.key], today=local(now).date())[place.key]
    contacts = {it.person for patient in here for it in patient.contacts if isinstance(it.person, UUID)}
    states = states_of(known | faces(by, contacts - known.keys(), at=now, today=local(now).date()))
    given, absences, duty = place.plan.given
    found = report(Cover(place.plan.unit, given, absences, duty, states, at=now, days=AHEAD), here)
    away = _away(place.people | contacts, now)
    yield from _gaps(place, found, away)
    yield from _without_contact(place, found, now)
    for row in away:
        if row.person_id in contacts and _is_long(place, row, now):
            yield Subject("new_contact", uuid5(row.id, place.key.hex), place.key, None, row.person_id)


def _gaps(place: Place, found: Report, away: Sequence[Any]) -> Iterator[Subject]:
    """Gaps that an absence makes: a planned one cannot, so it was sudden, or somebody has said no since."""
    for gap in found.gaps:
        absent = {cause.person for cause in gap.causes if cause.reason == "absent"}
        for row in away:
            ends = row.ends_at is None or row.ends_at > gap.starts_at
            if row.person_id in absent and row.starts_at < gap.ends_at and ends:
                yield Subject("cover_gap", uuid5(row.id, place.key.hex), place.key, None, row.person_id)


def _without_contact(place: Place, found: Report, now: datetime) -> Iterator[Subject]:
    """One for each patient who has, or within the days looked at will have, no contact who works here."""
    pairs = {(patient, ending.person) for ending in found.endings for patient in ending.patients}
    if not pairs:
        return
    other = aliased(Contact)
    same = and_(other.patient_id == Contact.patient_id, other.unit_id == Contact.unit_id)
    care_ended = exists().where(
        same, other.care_ended_at.is_not(None), func.coalesce(other.ends_on >= Contact.ends_on, False)
    )
    gone_on = exists().where(
        other.patient_id == Contact.patient_id,
        other.unit_id != Contact.unit_id,
        or_(other.ends_on.is_(None), other.ends_on >= local(now).date()),
    )
    asked = (
        select(Contact.id, Contact.patient_id, Contact.person_id)
        .where(
            Contact.unit_id == place.key,
            Contact.patient_id.in_({patient for patient, _person in pairs}),
            ~care_ended,
            or_(Contact.ends_on.is_(None), Contact.ends_on >= local(now).date(), ~gone_on),
        )
        .order_by(Contact.patient_id, Contact.person_id, Contact.starts_on, Contact.id)
    )
    latest = {(row.patient_id, row.person_id): row for row in run(asked)}
    for _pair, row in sorted(latest.items()):
        if (row.patient_id, row.person_id) in pairs:
            yield Subject("new_contact", row.id, place.key, None, row.person_id)


def _away(people: set[UUID] | frozenset[UUID], now: datetime) -> Sequence[Any]:
    """The absences that are or are to come."""
    asked = select(Absence.id, Absence.person_id, Absence.starts_at, Absence.ends_at).where(
        Absence.person_id.in_(people),
        Absence.cancelled_at.is_(None),
        or_(Absence.ends_at.is_(None), Absence.ends_at > now),
    )
    return run(asked.order_by(Absence.starts_at, Absence.id)).all()


def _is_long(place: Place, row: Any, now: datetime) -> bool:
    unit = place.plan.unit
    if row.ends_at is not None or row.starts_at > now:
        return False
    return is_long(row.starts_at, {n for n, day in enumerate(unit.office) if day}, _days_off(unit), now=now)


def _days_off(unit: Any) -> set[date]:
    closed = {
        it.starts_on + timedelta(days=n) for it in unit.closures for n in range((it.ends_on - it.starts_on).days + 1)
    }
    return closed | unit.red_days


def _settled(subject: Subject) -> bool:
    """Whether a head has answered it for good."""
    done = exists().where(Wait.kind == subject.kind, Wait.subject_id == subject.key, Wait.ended_how == "done")
    return bool(db.session().scalar(select(done)))
