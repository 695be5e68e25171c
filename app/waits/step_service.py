"""What a round has decided of many waits, written and told at once."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import insert as upsert

from app.care.plan_queries import Place
from app.core import audit, db, live
from app.core.audit import Actor, Entry
from app.core.db import run
from app.notices import service as notices
from app.notices.rules import of_wait
from app.notices.service import Told
from app.waits.models import Asked, Handoff
from app.waits.rules import Key, Outcome
from app.waits.service import LETTER, resting, take_back_reminders

REMINDER = "reminder"

_WRITE = text(
    """
    update wait w set holder_id = r.holder_id, step = r.step, turn = r.turn, only_contact = r.only_contact,
      counts_from = r.counts_from, promised_at = r.promised_at, rung = r.rung, broken = r.broken, next_at = r.next_at,
      care_version = r.care_version, failed_at = null
    from json_to_recordset(cast(:rows as json)) as r (
      id uuid, holder_id uuid, step smallint, turn smallint, only_contact boolean, counts_from timestamptz,
      promised_at timestamptz, rung smallint, broken smallint, next_at timestamptz, care_version integer)
    where w.id = r.id
    """
)


@dataclass(frozen=True)
class Seen:
    """A wait that was looked at, where it belongs, what was decided, and who its function is."""

    row: Any
    place: Place
    outcome: Outcome
    function: Sequence[UUID]


def write(seen: Sequence[Seen], *, by: Actor, now: datetime) -> None:
    """Write what was decided of some waits, one statement for each kind of row."""
    run(_WRITE, {"rows": json.dumps([_row(it) for it in seen], default=str)})
    changed = [it for it in seen if not it.outcome.silent]
    if not changed:
        return
    handoffs = [line | {"by_id": by.person_id, "at": now} for it in changed for line in _history(it)]
    if handoffs:
        run(insert(Handoff), handoffs)
    asked = [{"wait_id": it.row.id, "person_id": person, "at": now} for it in changed for person in it.outcome.asks]
    if asked:
        run(upsert(Asked).on_conflict_do_nothing(), asked)
    _tell(changed, by, now)
    audit.record(db.session(), [entry("wait.stepped", it.row) for it in changed], by=by, now=now)
    live.changed(*dict.fromkeys(topic for it in changed for topic in _topics(it)))


def _history(it: Seen) -> Iterable[dict[str, Any]]:
    before = it.row.holder_id
    for turn, one in enumerate(it.outcome.turns, it.row.turn + 1):
        line = {"wait_id": it.row.id, "turn": turn, "from_id": before, "to_id": one.holder, "step": one.step}
        yield line | {"reason": one.reason, "promised_at": one.promised_at}
        before = one.holder


def _topics(it: Seen) -> Iterable[str]:
    yield live.topic("t", it.row.subject_id)
    for person in (it.row.holder_id, it.outcome.wait.holder, *it.outcome.asks):
        if person is not None:
            yield live.topic("p", _key(person))


def _tell(changed: Sequence[Seen], by: Actor, now: datetime) -> None:
    """Everybody whom these concern, each when they may be reached; what is no longer theirs is taken back first."""
    moved = {
        (it.row.subject_id, it.row.holder_id)
        for it in changed
        if it.row.holder_id and it.outcome.wait.holder != it.row.holder_id
    }
    notices.withdraw_many(moved, by=by, now=now)
    take_back_reminders({person for _about, person in moved}, by=by, now=now)
    at_place: dict[UUID, tuple[Place, list[Told]]] = {}
    told: list[Told] = []
    for it in changed:
        staff = at_place.setdefault(it.place.key, (it.place, []))[1]
        staff += _told_to_staff(it, now)
        if it.row.patient_id:
            told += _told_to_patient(it, now)
    reminded: dict[UUID, datetime] = {}
    for place, staff in at_place.values():
        when = resting({one.person_id for one in staff}, place, now)
        told += [replace(one, show_at=when[one.person_id]) for one in staff if one.kind != REMINDER]
        reminded |= {one.person_id: when[one.person_id] for one in staff if one.kind == REMINDER}
    notices.tell_many(told, by=by, now=now)
    notices.remind(reminded, by=by, now=now)


def _told_to_staff(it: Seen, now: datetime) -> Iterable[Told]:
    about, wait = it.row.subject_id, it.row.id
    for turn, one in enumerate(it.outcome.turns, it.row.turn + 1):
        if one.promised_at is None:
            for person in [one.holder] if one.holder else it.function:
                yield Told(_key(person), of_wait(it.row.kind, "wait"), f"{wait}:{turn}", now, about)
    for person in it.outcome.asks:
        yield Told(_key(person), of_wait(it.row.kind, "asked"), f"{wait}", now, about)
    if it.outcome.reminds:
        yield Told(_key(it.outcome.reminds), REMINDER, f"{wait}", now, about)


def _told_to_patient(it: Seen, now: datetime) -> Iterable[Told]:
    for turn, one in enumerate(it.outcome.turns, it.row.turn + 1):
        if one.promised_at or it.row.kind == LETTER:
            kind = of_wait(it.row.kind, "promise_broken") if one.promised_at else "handed_over"
            yield Told(it.row.patient_id, kind, f"{it.row.id}:{turn}", now, it.row.subject_id)


def _row(it: Seen) -> dict[str, Any]:
    after, climb = it.outcome.wait, it.outcome.wait.climb
    return {
        "id": it.row.id,
        "holder_id": after.holder,
        "step": after.step,
        "turn": it.row.turn + len(it.outcome.turns),
        "only_contact": after.only_contact,
        "counts_from": climb.promise.counts_from,
        "promised_at": climb.promise.due_at,
        "rung": climb.rung,
        "broken": climb.broken,
        "next_at": it.outcome.next_at,
        "care_version": it.place.version,
    }


def _key(person: Key) -> UUID:
    """People are rows here; to the rules they are only somebody."""
    assert isinstance(person, UUID)
    return person


def entry(action: str, row: Any) -> Entry:
    return Entry(action, row.patient_id, row.unit_id, f"{row.kind}:{db.short(row.subject_id)}")
