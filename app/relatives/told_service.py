"""Take what somebody tells a unit about a patient, and later find whom it is about.

What is told is stored without anything being looked up, so that no answer, and no length of time, says whether anybody
is a patient. The worker looks afterwards; what it does not find, a person sorts by hand.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.accounts import throttle_service as throttle
from app.accounts.queries import Viewer
from app.care.answer_queries import answered_by
from app.care.facts_rules import Patient
from app.care.order_queries import patients
from app.care.plan_queries import places
from app.core import audit, crypto, db
from app.core.audit import Actor, Entry
from app.core.crypto import Unopenable
from app.core.db import run
from app.core.locale import local
from app.core.pulse import Signal
from app.relatives import told_rules as rules
from app.relatives.models import Told
from app.relatives.told_queries import patients_at
from app.waits import service as waits
from app.waits.models import Wait
from app.waits.service import Subject

KIND = "told"
BATCH = 200
OF_ONE, OF_ONE_AGAIN = 20, timedelta(minutes=3)
TO_ONE, TO_ONE_AGAIN = 60, timedelta(minutes=1)
"""How much fits at once, and how soon there is room for more: from one sender, and to one unit."""

SIGNALS = (
    Signal(
        "told_unlooked",
        "Something that was told has waited for two minutes and is with nobody yet: look in the worker's log for"
        " worker.each.",
        "exists (select from told where looked_at is null and told_at < cast(:now as timestamptz) - interval '2 min')",
    ),
)


class Words(NamedTuple):
    """What somebody tells, as they wrote it."""

    name: str
    birth: str
    text: str
    reach: str | None


def tell(unit_id: UUID, words: Words, *, key: str, sender: str, by: Actor, now: datetime) -> None:
    """Keep what was told; the same key and words again are the same. Raises TooMany, from the throttle."""
    throttle.count("told.from", sender, room=OF_ONE, refill=OF_ONE_AGAIN, by=by, now=now)
    throttle.count("told.to", db.short(unit_id), room=TO_ONE, refill=TO_ONE_AGAIN, by=by, now=now)
    ring = crypto.keyring()
    said = [it or "" for it in words]
    told_id = UUID(bytes=ring.digest("told", db.short(unit_id), key, *said)[:16], version=4)
    sealed = {
        f"{name}_sealed": ring.seal(it, crypto.place(f"told.{name}", told_id)) if it is not None else None
        for name, it in words._asdict().items()
    }
    row = {"id": told_id, "unit_id": unit_id, "told_at": now, **sealed}
    stored = upsert(Told).values(row).on_conflict_do_nothing(index_elements=["id"]).returning(Told.id)
    if run(stored).first():
        audit.record(db.session(), _entry("told.stored", told_id, unit_id), by=by, now=now)


def unlooked(*, by: Actor, now: datetime, batch: int = BATCH) -> list[UUID]:
    """What has been told and is with nobody yet, the oldest first."""
    first = select(Told.id).where(Told.looked_at.is_(None)).order_by(Told.told_at, Told.id).limit(batch)
    return list(db.session().scalars(first))


def see_to(told_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Look whom something is about, and let it wait with whoever answers for them; else with whom the unit has on duty.

    Its promise counts from when it was told. Somebody else who looks at it is left to it.
    """
    mine = select(Told).where(Told.id == told_id, Told.looked_at.is_(None)).with_for_update(skip_locked=True)
    row = db.session().scalars(mine).one_or_none()
    if row is None:
        return False
    found = _about(row, by, now)
    row.looked_at = now
    if found:
        row.patient_id, row.sorted_at = found, now
    db.session().flush()
    facts, contact = _facts(found, row.unit_id, by, now)
    place = places(by, {row.unit_id: None}, at=now)[row.unit_id]
    answering = answered_by(by, place, facts, contact, at=row.told_at, now=now)
    subject = Subject(KIND, row.id, row.unit_id, None, contact, found)
    waits.ask(subject, answering, since=row.told_at, by=by, now=now)
    return True


def sort(told_id: UUID, patient: UUID, *, by: Viewer, now: datetime) -> bool:
    """Somebody says whom it is about: it goes on to whoever answers for that patient. False when nobody waits for it
    any longer."""
    row = db.session().scalars(select(Told).where(Told.id == told_id).with_for_update()).one_or_none()
    if row is None:
        return False
    if row.patient_id == patient:
        return True
    facts, contact = _facts(patient, row.unit_id, by, now)
    place = places(by, {row.unit_id: None}, at=now)[row.unit_id]
    answering = answered_by(by, place, facts, contact, at=now, now=now)
    if not waits.found_about(KIND, told_id, patient, contact, answering, by=by, now=now):
        return False
    row.patient_id, row.sorted_at, row.sorted_by = patient, now, by.person_id
    db.session().flush()
    audit.record(db.session(), _entry("told.sorted", row.id, row.unit_id), by=by, now=now)
    return True


def forget_unsorted(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Take away what nobody knows whom it is about, thirty days after it was told, once a person has ended it."""
    waits_still = exists().where(Wait.kind == KIND, Wait.subject_id == Told.id, Wait.ended_at.is_(None))
    old = select(Told.id).where(
        Told.patient_id.is_(None), Told.looked_at.is_not(None), Told.told_at < now - rules.KEPT, ~waits_still
    )
    gone = delete(Told).where(Told.id.in_(old.order_by(Told.told_at, Told.id).limit(batch)))
    rows = run(gone.returning(Told.id, Told.unit_id)).all()
    audit.record(db.session(), [_entry("told.removed", row.id, row.unit_id) for row in rows], by=by, now=now)
    return len(rows)


def _about(row: Told, by: Actor, now: datetime) -> UUID | None:
    today = local(now).date()
    try:
        return rules.about(row.name, row.birth, patients_at(by, row.unit_id, today=today), today=today)
    except Unopenable:
        # A person must see that it is there, though nobody can read all of it.
        return None


def _facts(patient: UUID | None, unit_id: UUID, by: Actor, now: datetime) -> tuple[Patient, UUID | None]:
    """A patient as the order sees them, and their contact at the unit now, the coordinating one first."""
    if patient is None:
        return Patient(None, ()), None
    facts, today = patients(by, [(patient, unit_id)], at=now)[patient, unit_id], local(now).date()
    theirs = [it for it in facts.contacts if it.starts_on <= today and (it.ends_on is None or it.ends_on >= today)]
    first = min(theirs, key=lambda it: not it.coordinating, default=None)
    return facts, first.person if first and isinstance(first.person, UUID) else None


def _entry(action: str, told_id: UUID, unit_id: UUID) -> Entry:
    """What the log says of it: never which patient, since the patient reads their log."""
    return Entry(action, None, unit_id, f"{KIND}:{db.short(told_id)}")
