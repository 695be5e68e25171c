"""Open a wait, join it, move it, end it, and climb its ladder. A wait is a row; only a person ends it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.accounts.models import RegionRole
from app.care import rules as care
from app.care.answer_queries import AWAY, Answering, faces, weighed
from app.care.facts_rules import Answer, Key, Patient, State
from app.care.models import Unit
from app.care.office_rules import OfficeClock, keeps
from app.care.order_queries import patients
from app.care.plan_queries import Place, places
from app.core import audit, db, live
from app.core.audit import Actor, Entry
from app.core.db import run
from app.core.locale import local
from app.notices import service as notices
from app.waits import rules
from app.waits.models import Asked, Handoff, Wait
from app.waits.rules import Climb, Promise

BATCH = 200
READABLE_DAYS = 5
ASKED_STEPS = 5
OPEN = Wait.ended_at.is_(None)


@dataclass(frozen=True)
class Subject:
    """What is waited for: its kind and key, where, whose, and to whom it was put."""

    kind: str
    key: UUID
    unit_id: UUID
    patient_id: UUID | None
    belongs_to: UUID | None


_open = select(Wait).where(Wait.kind == bindparam("kind"), Wait.subject_id == bindparam("subject"), OPEN)


def ask(subject: Subject, answering: Answering, *, wait_for_contact: bool = False, by: Actor, now: datetime) -> bool:
    """Let a question wait with the one who answers it now; a second question joins the first without starting its
    clock again. `wait_for_contact`: nobody else reads it until the contact is back. Returns whether a wait was opened.
    """
    clock = OfficeClock(answering.place.plan, now)
    chosen = answering.wait_for if wait_for_contact else None
    holder = answering.contact if chosen else answering.now.key
    step = 1 if chosen else answering.answer.step
    promise = Promise(chosen.back, chosen.promise) if chosen else Promise(now, answering.promise)
    first = rules.next_step(Climb(promise), rules_clock(clock)).due_at
    changes = [at for at in (chosen.back if chosen else answering.answer.until,) if at]
    wait_id = db.new_key()
    row = {
        "id": wait_id,
        "kind": subject.kind,
        "subject_id": subject.key,
        "unit_id": subject.unit_id,
        "patient_id": subject.patient_id,
        "belongs_to": subject.belongs_to,
        "holder_id": holder,
        "step": step,
        "only_contact": chosen is not None,
        "opened_at": now,
        "counts_from": promise.counts_from,
        "promised_at": promise.due_at,
        "next_at": min([first, *changes]),
        "care_version": answering.place.version,
    }
    made = run(upsert(Wait).values(row).on_conflict_do_nothing().returning(Wait.id)).scalar()
    if made is None:
        return False
    _hand(wait_id, 1, None, holder, step, "asked", by=by, now=now)
    told = {holder: now} if holder else {}
    notices.tell(resting(told, answering.place, now), "wait", f"{wait_id}:1", about=subject.key, by=by, now=now)
    entry = Entry("wait.opened", subject.patient_id, subject.unit_id, f"{subject.kind}:{db.short(subject.key)}")
    audit.record(db.session(), entry, by=by, now=now)
    wake(subject.key, holder)
    return True


def end(kind: str, subject: UUID, how: str, *, reason: str | None = None, by: Any, now: datetime) -> bool:
    """End the open wait of a subject, if there is one; whoever did it can read on for five office days."""
    wait = db.session().scalars(locked(_open), {"kind": kind, "subject": subject}).one_or_none()
    if wait is None:
        return False
    place = places(by, _versions([wait.unit_id]), at=now)[wait.unit_id]
    wait.ended_at, wait.ended_by, wait.ended_how, wait.reason = now, by.person_id, how, reason
    wait.readable_until = OfficeClock(place.plan, now).end_of_day(now, READABLE_DAYS)
    db.session().flush()
    entry = Entry("wait.ended", wait.patient_id, wait.unit_id, f"{wait.kind}:{db.short(wait.subject_id)}")
    audit.record(db.session(), entry, by=by, now=now)
    wake(wait.subject_id, wait.holder_id)
    return True


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
    there = places(by, _versions({wait.unit_id for wait in waits}), at=now)
    people = {key for place in there.values() for key in place.people}
    known = weighed(by, faces(by, people, at=now, today=local(now).date()))
    states: dict[Key, State] = {key: face.state for key, face in known.items()}
    whose = patients(by, [(wait.patient_id, wait.unit_id) for wait in waits if wait.patient_id], at=now)
    for wait in waits:
        patient = whose.get((wait.patient_id, wait.unit_id)) or Patient(wait.patient_id, ())
        Round(wait, there[wait.unit_id], patient, states, by, now).go()
    db.session().flush()
    return len(waits)


def _versions(units: Collection[UUID]) -> dict[UUID, int | None]:
    """Which version each of some units has now."""
    return {row.id: row.care_version for row in run(select(Unit.id, Unit.care_version).where(Unit.id.in_(units)))}


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
        entry = Entry("wait.stepped", wait.patient_id, wait.unit_id, f"{wait.kind}:{db.short(wait.subject_id)}")
        audit.record(db.session(), entry, by=self.by, now=now)

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
            self.place.plan, self.patient, self.wait.belongs_to, states=self.states, at=self.now, asked=asked
        )

    def move(self, to: Any, step: int, reason: str) -> None:
        wait = self.wait
        if to == wait.holder_id:
            return
        before, wait.holder_id, wait.step, wait.turn, wait.only_contact = wait.holder_id, to, step, wait.turn + 1, False
        _hand(wait.id, wait.turn, before, to, step, reason, by=self.by, now=self.now)
        if (state := self.states.get(to)) is not None:
            self.states[to] = replace(state, open_waits=state.open_waits + 1, last_asked=self.now)
        self.tell([to], "wait", str(wait.turn))
        wake(wait.subject_id, before, to)

    def take(self, step: rules.Step) -> None:
        wait = self.wait
        if step.kind == rules.REMIND:
            self.tell([wait.holder_id], "reminder", f"{self.now:%Y-%m-%d}")
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
        self.tell(new, "asked", str(self.wait.id))

    def tell(self, people: Iterable[Any], kind: str, key: str) -> None:
        told = {person: self.now for person in people if person is not None}
        when = resting(told, self.place, self.now)
        notices.tell(when, kind, f"{self.wait.id}:{key}", about=self.wait.subject_id, by=self.by, now=self.now)


def _function(region: UUID) -> list[UUID]:
    """The people of the region's function."""
    theirs = (RegionRole.region_id == region, RegionRole.role == "function")
    return list(db.session().scalars(select(RegionRole.person_id).where(*theirs).order_by(RegionRole.person_id)))


def resting(people: Mapping[UUID, datetime], place: Place, now: datetime) -> dict[UUID, datetime]:
    """When each may be reached: somebody of the staff when they are next at work, others at once."""
    staff = place.people
    return {key: (care.back(place.plan, key, at) or at) if key in staff else at for key, at in people.items()}


def _hand(
    wait: UUID, turn: int, before: UUID | None, to: UUID | None, step: int, reason: str, *, by: Actor, now: datetime
) -> None:
    values = {"wait_id": wait, "turn": turn, "from_id": before, "to_id": to, "step": step, "reason": reason}
    run(insert(Handoff), values | {"by_id": by.person_id, "at": now})


def wake(subject: UUID, *people: UUID | None) -> None:
    live.changed(live.topic("t", subject), *(live.topic("p", key) for key in people if key))


def climb_of(wait: Wait) -> Climb:
    return Climb(Promise(wait.counts_from, wait.promised_at), wait.rung, wait.broken)


def rules_clock(clock: OfficeClock) -> rules.Office:
    return rules.Office(clock.between, clock.add, clock.end_of_next_day)


def locked(statement: Any, *, skip: bool = False) -> Any:
    return statement.with_for_update(of=Wait, key_share=True, skip_locked=skip).execution_options(
        populate_existing=True
    )
