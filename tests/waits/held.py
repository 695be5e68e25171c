"""What must hold of every open question after each look of the worker.

By definitions that share nothing with the rules.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.care.models import Unit
from app.core import clock, db
from app.notices.models import Notice
from app.waits.models import Handoff, Wait
from tests.care.plain import World as Plain
from tests.waits.facts import patient_of, plain_of, states_of
from tests.world import Staff, today

KEPT = {"", "no_channel"}
AWAY = {"absent", "out_of_reach"}
DAY = timedelta(days=1)


class Held:
    """What is looked at in a clinic, and what it is looked at with."""

    unit_id: UUID
    plains: dict[UUID, tuple[tuple[int, date], Plain]]
    of_key: dict[UUID | None, Staff]

    def remember(self) -> None:
        db.session().expire_all()
        self.before = {wait.id: wait for wait in self.open()}
        self.due = {wait.id for wait in self.before.values() if wait.promised_at <= clock.now()}
        made_now = select(Notice.id).where(Notice.made_at == clock.now())
        self.told_before = set(db.session().scalars(made_now))
        self.stood = {wait.id: (wait.rung, wait.broken, wait.promised_at, wait.turn) for wait in self.before.values()}

    def everything_holds(self) -> None:
        db.session().commit()
        db.session().expire_all()
        now, found = clock.now(), self.open()
        assert {wait.id for wait in found} == set(self.before), "the worker ended or opened a question"
        steps = self.handoffs()
        made_now = db.session().scalars(select(Notice).where(Notice.made_at == now))
        notices = [it for it in made_now if it.id not in self.told_before]
        plain = self.plain(self.unit_id)
        states = states_of(set(self.of_key), now)
        for wait in found:
            assert wait.next_at > now and wait.promised_at > max(now, wait.counts_from)
            assert wait.failed_at is None
            self.history_leads_to_the_holder(wait, steps[wait.id])
            self.the_ladder_goes_one_way(wait, steps[wait.id])
            self.the_holder_can_answer(wait, plain, states)
            self.it_went_to_whom_the_order_says(wait, steps[wait.id], plain, states)
            if wait.id in self.due:
                told = [it for it in notices if it.kind == "promise_broken" and it.object_id == wait.subject_id]
                assert [it.person_id for it in told] == [wait.patient_id], "a broken promise was not told, or twice"
        for notice in notices:
            self.nobody_is_disturbed(notice, plain)
        ended = db.session().scalars(select(Wait).where(Wait.unit_id == self.unit_id, Wait.ended_at.is_not(None)))
        assert all(wait.ended_by and wait.ended_how for wait in ended)

    def history_leads_to_the_holder(self, wait: Wait, steps: list[Handoff]) -> None:
        assert [it.turn for it in steps] == list(range(1, wait.turn + 1))
        assert all(before.to_id == after.from_id for before, after in pairwise(steps))
        assert steps[0].reason == "asked" and steps[-1].to_id == wait.holder_id
        assert [it.at for it in steps] == sorted(it.at for it in steps)

    def the_ladder_goes_one_way(self, wait: Wait, steps: list[Handoff]) -> None:
        rung, broken, promised_at, turn = self.stood[wait.id]
        assert wait.turn >= turn and wait.broken - broken == (wait.id in self.due)
        assert wait.rung >= rung
        assert (wait.promised_at != promised_at) == (wait.id in self.due)
        last = [it.promised_at for it in steps if it.promised_at]
        assert wait.promised_at == (last[-1] if last else self.first_promise(wait))

    def first_promise(self, wait: Wait) -> datetime:
        return self.stood[wait.id][2]

    def the_holder_can_answer(self, wait: Wait, plain: Plain, states: dict[Any, Any]) -> None:
        if wait.holder_id is None:
            assert wait.step == 7
            return
        patient, at = patient_of(wait.patient_id, self.unit_id), self.judged_at(wait)
        state = states[wait.holder_id]
        reason = plain.reason(wait.holder_id, patient, state, frozenset(), plain.first_open(at))
        chosen = wait.only_contact and clock.now() < wait.counts_from
        assert reason in KEPT or (chosen and reason in AWAY), reason

    def it_went_to_whom_the_order_says(
        self, wait: Wait, steps: list[Handoff], plain: Plain, states: dict[Any, Any]
    ) -> None:
        moved = [it for it in steps if it.at == clock.now() and it.by_id is None and it.from_id != it.to_id]
        if not moved or moved[-1] is not steps[-1]:
            return
        patient = patient_of(wait.patient_id, self.unit_id)
        _asked_at, holder, step, _passed = plain.answer(patient, wait.belongs_to, states, self.judged_at(wait))
        assert step == wait.step
        # Among those in reach, who has the least to do depends on what this look has given them already.
        assert step == 5 or (holder if step != 7 else None) == wait.holder_id

    def nobody_is_disturbed(self, notice: Notice, plain: Plain) -> None:
        if not plain.of(notice.person_id):
            return
        at = notice.show_at
        back = plain.back(notice.person_id, at, until=at + 400 * DAY)
        assert back in (None, at), f"{notice.kind} is shown at {at}, at work again at {back}"

    # What the rules above stand on.

    def judged_at(self, wait: Wait) -> datetime:
        """Whom a patient waits for, or who is to ring at some time, must be there then and may be away till then."""
        return max(clock.now(), wait.counts_from)

    def plain(self, unit: UUID) -> Plain:
        version = db.session().execute(select(Unit.care_version).where(Unit.id == unit)).scalar_one()
        known = self.plains.get(unit)
        if known is None or known[0] != (version, today()):
            known = self.plains[unit] = (version, today()), plain_of(unit, clock.now())
        return known[1]

    def handoffs(self) -> dict[UUID, list[Handoff]]:
        found: dict[UUID, list[Handoff]] = {key: [] for key in self.before}
        rows = select(Handoff).where(Handoff.wait_id.in_(list(found))).order_by(Handoff.wait_id, Handoff.turn)
        for row in db.session().scalars(rows):
            found[row.wait_id].append(row)
        return found

    def open(self) -> list[Wait]:
        here = Wait.unit_id == self.unit_id
        return list(db.session().scalars(select(Wait).where(here, Wait.ended_at.is_(None)).order_by(Wait.id)))
