"""A relative who wants to be rung about how they are themselves: a wait like any other; the patient never sees it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Text, and_, cast, delete, exists, func, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.accounts.queries import Viewer
from app.care.answer_queries import Answering
from app.core import audit, crypto, db
from app.core.audit import Actor, Entry
from app.core.db import run
from app.core.errors import NotFound
from app.notices import service as notices
from app.notices.models import Notice
from app.notices.service import Told
from app.relatives.call_queries import KIND, Near
from app.relatives.models import Relation, RelativeCall
from app.waits import service as waits
from app.waits.models import Wait
from app.waits.service import Subject

BATCH = 200
KEPT = timedelta(days=30)
LATE = "call_late"


def ask(near: Near, answering: Answering, number: str, words: str, *, key: str, by: Viewer, now: datetime) -> UUID:
    """Ask to be rung; returns the wish, which is the one that stands already where there is one. The same key and words
    again are the same. Raises NotFound when the patient has taken it back meanwhile."""
    relation = near.let_in.key
    # Taking back changes the relation, so that it is not done in between; and one wish at a time stands.
    held = select(Relation.ended_at).where(Relation.id == relation, Relation.relative_id == by.person_id)
    row = run(held.with_for_update(key_share=True)).one_or_none()
    if row is None or row.ended_at is not None:
        raise NotFound
    if there := _open(relation):
        return there
    ring, call_id = crypto.keyring(), db.new_key()
    digest = ring.digest("relative_call", db.short(relation), key, number, words)
    stored = upsert(RelativeCall).values(
        id=call_id,
        relation_id=relation,
        unit_id=answering.place.key,
        number_sealed=ring.seal(number, crypto.place("relative_call.number", call_id)),
        text_sealed=ring.seal(words, crypto.place("relative_call.text", call_id)),
        asked_at=now,
        digest=digest,
    )
    if run(stored.on_conflict_do_nothing(index_elements=["digest"]).returning(RelativeCall.id)).first() is None:
        return run(select(RelativeCall.id).where(RelativeCall.digest == digest)).scalar_one()
    audit.record(db.session(), _entry("call.asked", call_id, answering.place.key), by=by, now=now)
    subject = Subject(KIND, call_id, answering.place.key, None, answering.contact, near.let_in.patient_id)
    waits.ask(subject, answering, by=by, now=now)
    return call_id


def solved(call: UUID, *, by: Viewer, now: datetime) -> bool:
    """The relative needs no call any longer. False when it is over already."""
    return waits.end(KIND, call, "solved", by=by, now=now)


def tell_of_late(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Tell each relative whose call was not made in time, once for each promise that was broken; returns how many.

    The waits of what a patient must not learn of have nobody to tell, so that it is told here.
    """
    key = func.concat(cast(Wait.id, Text), literal(":"), Wait.broken, type_=Text)
    told = exists().where(Notice.person_id == Relation.relative_id, Notice.kind == LATE, Notice.key == key)
    late = (
        select(Relation.relative_id, RelativeCall.id, key.label("key"))
        .select_from(Wait)
        .join(RelativeCall, RelativeCall.id == Wait.subject_id)
        .join(Relation, Relation.id == RelativeCall.relation_id)
        .where(
            Wait.kind == KIND,
            Wait.ended_at.is_(None),
            Wait.broken > 0,
            Relation.ended_at.is_(None),
            Relation.until_at > now,
            ~told,
        )
        .order_by(Wait.promised_at, Wait.id)
        .limit(batch)
    )
    rows = run(late).all()
    notices.tell_many([Told(row.relative_id, LATE, row.key, now, row.id) for row in rows], by=by, now=now)
    return len(rows)


def forget_old_calls(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Take away numbers and words thirty days after the wish was over; returns how many."""
    wait = and_(Wait.kind == KIND, Wait.subject_id == RelativeCall.id)
    recent = exists().where(wait, (Wait.ended_at.is_(None)) | (Wait.ended_at > now - KEPT))
    old = select(RelativeCall.id).where(RelativeCall.asked_at < now - KEPT, ~recent).limit(batch)
    gone = run(delete(RelativeCall).where(RelativeCall.id.in_(old)).returning(RelativeCall.id, RelativeCall.unit_id))
    rows = gone.all()
    audit.record(db.session(), [_entry("call.removed", row.id, row.unit_id) for row in rows], by=by, now=now)
    return len(rows)


def _open(relation: UUID) -> UUID | None:
    there = select(RelativeCall.id).join(Wait, and_(Wait.kind == KIND, Wait.subject_id == RelativeCall.id))
    return run(there.where(RelativeCall.relation_id == relation, Wait.ended_at.is_(None))).scalars().first()


def _entry(action: str, call: UUID, unit_id: UUID) -> Entry:
    """What the log says of it: never which patient, since it is the relative's own."""
    return Entry(action, None, unit_id, f"{KIND}:{db.short(call)}")
