"""What happens to waits as time passes: rounds that move them and climb their ladders, two hundred at a time.

A wait that cannot be looked at never stops the others: it is put in the hands of the head, said, and tried again alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Uuid, bindparam, insert, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.care import rules as care
from app.care.answer_queries import faces, states_of, weighed
from app.care.facts_rules import Key, Patient, State
from app.care.office_rules import OfficeClock, keeps
from app.care.order_queries import patients
from app.care.plan_queries import Place, places
from app.core import audit, db, live, logs
from app.core.audit import Actor
from app.core.db import run
from app.core.locale import local
from app.core.pulse import Signal
from app.notices import service as notices
from app.notices.rules import of_wait
from app.notices.service import Told
from app.waits import rules
from app.waits.models import ABOUT_SOMEBODY, HEAD_KINDS, Handoff
from app.waits.queries import not_to_learn, versions_of
from app.waits.rules import Climb, Here, Outcome, Promise, Waiting
from app.waits.service import rules_clock
from app.waits.step_service import Seen, entry, write

BATCH = 200
TRIED_AGAIN = timedelta(hours=1)
MORNING, EVENING, SATURDAY = 8, 17, 5
log = structlog.get_logger()

SIGNALS = (
    Signal(
        "wait_failed",
        "A question cannot be worked on and is in the hands of its head: look in the worker's log for waits.failed.",
        "exists (select from wait where ended_at is null and failed_at is not null)",
    ),
    Signal(
        "wait_overdue",
        "The next step of a question is over two minutes late: look at the worker.",
        "exists (select from wait where ended_at is null and next_at < cast(:now as timestamptz) - interval '2 min')",
    ),
    Signal(
        "wait_at_function",
        "A question is with the region's function, since nobody at its unit can answer it: see who can be appointed.",
        "exists (select from wait where ended_at is null and holder_id is null)",
    ),
)

# The most overdue first, and those of one unit together, so that its plan and its people are read once.
_DUE = text(
    """
    with due as materialized (
      select id, unit_id from wait where ended_at is null and next_at <= :now order by next_at, id limit 20000
    )
    select w.id, w.failed from (select id from due order by unit_id, id) as first cross join lateral (
      select id, failed_at is not null as failed from wait
      where id = first.id and ended_at is null and next_at <= :now for no key update skip locked
    ) w limit :room
    """
)
# A version only rises, so each unit is asked for what is behind it, and answers from its index that nothing is.
_BEHIND = text(
    """
    select w.id, w.failed from unit u cross join lateral (
      select id, failed_at is not null as failed from wait
      where unit_id = u.id and care_version < u.care_version and ended_at is null
      order by care_version limit :room for no key update skip locked
    ) w limit :room
    """
)
_WAITS = text(
    """
    select id, kind, subject_id, unit_id, patient_id, coalesce(patient_id, about_id) as concerns, belongs_to, holder_id,
      step, turn, only_contact, counts_from, promised_at, rung, broken,
      (select json_agg(person_id) from asked where wait_id = wait.id) as asked
    from wait where id = any(:ids) order by next_at, id
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))
_FUNCTION = text("select region_id, person_id from region_role where role = 'function' order by region_id, person_id")
# The plain rule: the head, or where the patient does not let them read, the function. It reads nothing of the plan.
_TO_HEAD = text(
    """
    with failing as (
      select w.id, w.turn, w.holder_id as before, u.care_version, r.head_id, w.failed_at is null
        and r.head_id is distinct from w.holder_id as moves
      from wait w join unit u on u.id = w.unit_id cross join lateral (
        select case when u.head_id <> coalesce(w.patient_id, w.about_id, w.id) and not exists (
          select from block where patient_id = coalesce(w.patient_id, w.about_id) and person_id = u.head_id
            and ended_at is null
        ) and not exists (select from contact_request where id = w.subject_id and about_id = u.head_id)
          and not exists (select from log_question where id = w.subject_id and about_id = u.head_id)
        then u.head_id end as head_id) r
      where w.id = :id
    )
    update wait w set failed_at = coalesce(w.failed_at, :now), next_at = :again, care_version = f.care_version,
      holder_id = case when f.moves then f.head_id else w.holder_id end,
      step = case when not f.moves then w.step when f.head_id is null then 7 else 6 end,
      turn = w.turn + cast(f.moves as integer), only_contact = w.only_contact and not f.moves
    from failing f where w.id = f.id
    returning w.id, w.subject_id, w.unit_id, w.patient_id, w.kind, w.turn, w.step, w.holder_id, f.before, f.moves
    """
)
_MARK = text(
    """
    update wait w set failed_at = coalesce(w.failed_at, :now), next_at = :again, care_version = u.care_version
    from unit u where u.id = w.unit_id and w.id = :id
    returning w.id, w.subject_id, w.unit_id, w.patient_id, w.kind, w.holder_id, false as moves
    """
)


def tick(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Take waits whose time has come, or whose unit has another version than they were decided on; returns how many.

    Where one of them cannot be looked at, only a part is done: so few that they stand, or the one, which is set aside.
    What is left is still due, and is done by the next call in a transaction of its own: call it until it takes none.
    Raises when the database itself cannot do it now: then nothing has happened, and the next round does it all.
    """
    taken = {row.id: row.failed for row in run(_DUE, {"now": now, "room": batch})}
    if len(taken) < batch:
        taken |= {row.id: row.failed for row in run(_BEHIND, {"room": batch - len(taken)})}
    # What has failed before is tried alone.
    part = [wait for wait, failed in taken.items() if not failed] or list(taken)[:1]

    def stands(part: Sequence[UUID]) -> bool:
        return _stands(lambda: _look(part, by, now))

    while part and not stands(part):
        if len(part) == 1:
            _put_aside(part[0], by, now)
            break
        part = part[: len(part) // 2]
    return len(taken)


def _put_aside(wait: UUID, by: Actor, now: datetime) -> None:
    if not _stands(lambda: _set_aside(_TO_HEAD, wait, by, now)):
        _stands(lambda: _set_aside(_MARK, wait, by, now))


def _stands(work: Callable[[], None]) -> bool:
    """Do some work that stands or falls by itself, and say what it fell by."""
    if error := db.fallen(work):
        log.error("waits.failed", kind=type(error).__name__, where=logs.where(error))
    return error is None


def _look(ids: Sequence[UUID], by: Actor, now: datetime) -> None:
    """Read what the rules need for some waits, decide each, and write it all."""
    waits = run(_WAITS, {"ids": list(ids)}).all()
    there = places(by, versions_of(by, {wait.unit_id for wait in waits}), at=now)
    people = {key for place in there.values() for key in place.people} | {it.holder_id for it in waits if it.holder_id}
    known = weighed(by, faces(by, people, at=now, today=local(now).date()))
    whose = patients(by, [(it.concerns, it.unit_id) for it in waits if it.concerns], at=now)
    function: dict[UUID, list[UUID]] = {}
    for role in run(_FUNCTION):
        function.setdefault(role.region_id, []).append(role.person_id)
    aside = not_to_learn(by, [it.subject_id for it in waits if it.kind in ABOUT_SOMEBODY])
    load = Load(states_of(known), now)
    clocks = {unit: rules_clock(OfficeClock(place.plan, now)) for unit, place in there.items()}
    seen = []
    for wait in waits:
        place = there[wait.unit_id]
        patient = whose.get((wait.concerns, wait.unit_id)) or Patient(wait.concerns, ())
        about = aside.get(wait.subject_id)
        patient = replace(patient, blocked=patient.blocked | {about}) if about else patient
        # Of what a patient must not learn, neither they nor those close to them are told as function.
        aside_of_it = patient.invited | {patient.key} if wait.patient_id is None else frozenset({about})
        told = tuple(it for it in function[place.region_id] if it not in aside_of_it)
        here = _here(wait, place, patient, load.states, clocks[wait.unit_id], told)
        outcome = rules.decide(_waiting(wait), here, now)
        load.take(wait.holder_id, outcome)
        seen.append(Seen(wait, place, outcome, told))
    write(seen, by=by, now=now)


class Load:
    """How much each has as the round goes on, so that a colleague who is given many is not the first for the next."""

    def __init__(self, states: dict[Key, State], now: datetime) -> None:
        self.states, self.now = states, now

    def take(self, before: Key | None, outcome: Outcome) -> None:
        after = outcome.wait.holder
        for person, more in ((before, -1), (after, 1)) if before != after else ():
            if (state := self.states.get(person)) is not None:
                self.states[person] = replace(state, open_waits=state.open_waits + more)
        if outcome.turns and (state := self.states.get(after)) is not None:
            self.states[after] = replace(state, last_asked=self.now)


def _waiting(row: Any) -> Waiting:
    climb = Climb(Promise(row.counts_from, row.promised_at), row.rung, row.broken)
    asked = frozenset(UUID(key) for key in row.asked or ())
    return Waiting(row.holder_id, row.step, climb, asked, row.only_contact, row.kind in HEAD_KINDS)


def _here(
    row: Any,
    place: Place,
    patient: Patient,
    states: Mapping[Key, State],
    office: rules.Office,
    function: tuple[UUID, ...],
) -> Here:
    def keeps_it(person: Key, at: datetime) -> tuple[str, datetime | None]:
        return keeps(place.plan, patient, person, state=states.get(person, State()), at=at)

    def answers(asked: frozenset[Key], at: datetime, *, to_heads: bool) -> care.Answer:
        return care.answers(place.plan, patient, row.belongs_to, states=states, at=at, asked=asked, to_heads=to_heads)

    barred = patient.blocked | patient.invited | {patient.key}
    return Here(
        office=office,
        keeps=keeps_it,
        answers=partial(answers, to_heads=row.kind in HEAD_KINDS),
        heads=partial(answers, to_heads=True),
        head=None if place.head in barred else place.head,
        function=function,
    )


def _set_aside(how: Any, wait: UUID, by: Actor, now: datetime) -> None:
    """Take a wait that cannot be looked at out of the way of the others, into a person's hands where that can be."""
    row = run(how, {"id": wait, "now": now, "again": now + TRIED_AGAIN}).one()
    if row.moves:
        line = {"wait_id": wait, "turn": row.turn, "from_id": row.before, "to_id": row.holder_id, "step": row.step}
        run(insert(Handoff), line | {"reason": "failed", "by_id": by.person_id, "at": now})
        if row.before:
            notices.withdraw_many([(row.subject_id, row.before)], by=by, now=now)
    if row.moves and row.holder_id:
        told = [
            Told(row.holder_id, of_wait(row.kind, "wait"), f"{wait}:{row.turn}", _office_hours(now), row.subject_id)
        ]
        notices.tell_many(told, by=by, now=now)
    audit.record(db.session(), entry("wait.failed", row), by=by, now=now)
    live.changed(live.topic("t", row.subject_id), *([live.topic("p", row.holder_id)] if row.holder_id else []))


def _office_hours(now: datetime) -> datetime:
    """When somebody may be disturbed as far as can be said without their plan: by day, on a weekday."""
    at = local(now)
    if at.hour >= EVENING:
        at = at.replace(hour=0) + timedelta(days=1)
    while at.weekday() >= SATURDAY:
        at = at.replace(hour=0) + timedelta(days=1)
    return max(now, at.replace(hour=MORNING, minute=0, second=0, microsecond=0)) if at.hour < MORNING else now
