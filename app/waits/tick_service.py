"""What happens to waits as time passes: the one round that moves them and climbs their ladders."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.accounts.models import RegionRole
from app.care import rules as care
from app.care.answer_queries import AWAY, faces, weighed
from app.care.facts_rules import Answer, Key, Patient, State
from app.care.models import Unit
from app.care.office_rules import OfficeClock, keeps
from app.care.order_queries import patients
from app.care.plan_queries import Place, places
from app.core import audit, db
from app.core.audit import Actor
from app.core.db import run
from app.core.locale import local
from app.notices import service as notices
from app.notices.rules import of_wait
from app.waits import rules
from app.waits.models import Asked, Handoff, Wait
from app.waits.queries import versions_of
from app.waits.rules import Climb, Promise
from app.waits.service import HEAD_KINDS, LETTER, OPEN, entry_of, locked, resting, rules_clock, take_back, wake

BATCH = 200
ASKED_STEPS = 5


def tick(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Take waits whose time has come, or whose unit has another version than they were decided on; returns how many."""
    due = (
        select(Wait)
        .join(Unit, Unit.id == Wait.unit_id)
        .where(OPEN, or_(Wait.next_at <= now, Wait.care_version != Unit.care_version), Wait.failed_at.is_(None))
        .order_by(Wait.next_at, Wait.id)
        .limit(batch)
    )
    waits = db.session().scalars(locked(due, skip=True)).all()
    if not waits:
        return 0
    there = places(by, versions_of(by, {wait.unit_id for wait in waits}), at=now)
    people = {key for place in there.values() for key in place.people}
    known = weighed(by, faces(by, people, at=now, today=local(now).date()))
    states: dict[Key, State] = {key: face.state for key, face in known.items()}
    whose = patients(by, [(wait.patient_id, wait.unit_id) for wait in waits if wait.patient_id], at=now)
    for wait in waits:
        patient = whose.get((wait.patient_id, wait.unit_id)) or Patient(wait.patient_id, ())
        Round(wait, there[wait.unit_id], patient, states, by, now).go()
    db.session().flush()
    return len(waits)


class Round:
    """One look at one wait: whether its holder may keep it, and what of its ladder is due."""

    def __init__(
        self, wait: Wait, place: Place, patient: Patient, states: dict[Key, State], by: Actor, now: datetime
    ) -> None:
        self.wait, self.place, self.patient, self.by, self.now = wait, place, patient, by, now
        self.states = states
        self.clock = OfficeClock(place.plan, now)
        self.asked = set(db.session().scalars(select(Asked.person_id).where(Asked.wait_id == wait.id)))

    def go(self) -> None:
        wait, now = self.wait, self.now
        until = self.keep()
        steps = rules_clock(self.clock)
        while (step := rules.next_step(climb_of(wait), steps)).due_at <= now:
            self.take(step)
        wait.next_at = min([step.due_at, *([until] if until and until > now else [])])
        wait.care_version = self.place.version
        audit.record(db.session(), entry_of("wait.stepped", wait), by=self.by, now=now)

    def keep(self) -> datetime | None:
        """Leave the wait with its holder while they are in reach and have the right; give back when that may end."""
        wait = self.wait
        if wait.holder_id is None:
            return None
        state = self.states.get(wait.holder_id, State())
        reason, until = keeps(self.place.plan, self.patient, wait.holder_id, state=state, at=self.now)
        if wait.only_contact and self.now < wait.counts_from and reason in AWAY:
            return wait.counts_from
        if not reason:
            return until
        found = self.answers(frozenset())
        self.move(None if found.step == 7 else found.holder, found.step, reason)
        return found.until

    def answers(self, asked: frozenset[Key]) -> Answer:
        return care.answers(
            self.place.plan,
            self.patient,
            self.wait.belongs_to,
            states=self.states,
            at=self.now,
            asked=asked,
            to_heads=self.wait.kind in HEAD_KINDS,
        )

    def move(self, to: Any, step: int, reason: str) -> None:
        wait = self.wait
        if to == wait.holder_id:
            return
        before, wait.holder_id, wait.step, wait.turn, wait.only_contact = wait.holder_id, to, step, wait.turn + 1, False
        _hand(wait.id, wait.turn, before, to, step, reason, by=self.by, now=self.now)
        if (state := self.states.get(to)) is not None:
            self.states[to] = replace(state, open_waits=state.open_waits + 1, last_asked=self.now)
        take_back(wait, [before], by=self.by, now=self.now)
        self.tell([to], of_wait(wait.kind, "wait"), str(wait.turn))
        if wait.kind == LETTER:
            self.tell([wait.patient_id], "handed_over", str(wait.turn))
        wake(wait.subject_id, before, to)

    def take(self, step: rules.Step) -> None:
        wait = self.wait
        if step.kind == rules.REMIND:
            notices.remind(resting([wait.holder_id], self.place, self.now), by=self.by, now=self.now)
        elif step.kind == rules.ASK_NEXT:
            found = self.answers(frozenset({wait.holder_id, *self.asked}))
            if found.step <= ASKED_STEPS:
                self.ask_too([found.holder])
        else:
            heads = [self.place.plan.unit.head, *self.place.plan.unit.head_substitutes]
            there = [key for key in heads if self.may_hold(key)]
            self.ask_too(there[:1] or heads[:1])
            if step.tells_function:
                self.ask_too(_function(self.place.region_id))
            self.tell([wait.patient_id], "promise_broken", f"{wait.id}:{step.after.broken}")
        after = step.after
        if step.kind == rules.BREAK:
            # Late or after a night of silence, the patient is told once, with a promise that lies ahead.
            after = rules.renewed(after, self.now, rules_clock(self.clock))
        wait.rung, wait.broken = after.rung, after.broken
        wait.counts_from, wait.promised_at = after.promise.counts_from, after.promise.due_at
        wake(wait.subject_id, wait.holder_id)

    def may_hold(self, person: Key) -> bool:
        state = self.states.get(person, State())
        return state.channel and not keeps(self.place.plan, self.patient, person, state=state, at=self.now)[0]

    def ask_too(self, people: Iterable[Any]) -> None:
        new = [person for person in people if person not in self.asked and person != self.wait.holder_id]
        for person in new:
            run(upsert(Asked).on_conflict_do_nothing(), {"wait_id": self.wait.id, "person_id": person, "at": self.now})
            self.asked.add(person)
        self.tell(new, of_wait(self.wait.kind, "asked"), str(self.wait.id))

    def tell(self, people: Iterable[Any], kind: str, key: str) -> None:
        when = resting(people, self.place, self.now)
        notices.tell(when, kind, f"{self.wait.id}:{key}", about=self.wait.subject_id, by=self.by, now=self.now)


def _function(region: UUID) -> list[UUID]:
    """The people of the region's function."""
    theirs = (RegionRole.region_id == region, RegionRole.role == "function")
    return list(db.session().scalars(select(RegionRole.person_id).where(*theirs).order_by(RegionRole.person_id)))


def climb_of(wait: Wait) -> Climb:
    return Climb(Promise(wait.counts_from, wait.promised_at), wait.rung, wait.broken)


def _hand(
    wait: UUID, turn: int, before: UUID | None, to: UUID | None, step: int, reason: str, *, by: Actor, now: datetime
) -> None:
    values = {"wait_id": wait, "turn": turn, "from_id": before, "to_id": to, "step": step, "reason": reason}
    run(insert(Handoff), values | {"by_id": by.person_id, "at": now})
