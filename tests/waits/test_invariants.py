"""Whatever people do, in whatever order, an open question has one holder who can answer, and a next time.

Hypothesis plays a clinic against a real database: patients write, staff answer, hand over, fall ill, stop working; time
passes by minutes and by weeks, over the nights when clocks change and over Christmas; one or two workers look. After
each look everything that must always hold is looked at, by definitions that share nothing with the rules.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import time_machine
from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from app.care import absence_queries, absence_service, answer_queries, request_service, roster_service, unit_service
from app.care import queries as care_queries
from app.care import service as care
from app.care.absence_rules import Stretch
from app.care.absence_service import Gapped, NoWork
from app.care.absence_service import Over as AbsenceOver
from app.care.closing import Uncovered
from app.care.roster_service import Days, NotHere, Overlaps, Past, Times
from app.care.service import Cycle, Unfit, WorksHere
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from app.core.locale import local
from app.messages import queries as message_queries
from app.messages.service import NobodyReads
from app.waits import service as waits
from app.waits.models import Wait
from app.waits.service import CannotHold, Subject
from app.waits.tick_service import tick
from tests.care.plain import World as Plain
from tests.care.worlds import week
from tests.messages.test_racing import at_once
from tests.waits.held import Held
from tests.world import Patient, Staff, World, today, wall

REFUSED = (
    CannotHold,
    NobodyReads,
    NotFound,
    Gapped,
    NoWork,
    AbsenceOver,
    Uncovered,
    Overlaps,
    Past,
    NotHere,
    Unfit,
    WorksHere,
)
STARTS = ("2026-10-22 08:30", "2026-11-04 15:00", "2026-12-21 13:00", "2027-03-25 07:00")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MOMENT = timedelta(milliseconds=1)
PATTERNS = (week(mon_fri="8-16.30"), week(mon_wed="8-16.30"), week(tue="8-16.30"), week(thu_fri="8-12"))
CLINIC = {"Karin": 0, "Erik": 0, "Fatima": 1, "Maria": 0, "Leila": 3}

number = count()
EXAMPLES, STEPS = 10, 40
who = st.sampled_from(sorted(CLINIC))
any_number = st.integers(0, 1 << 16)


class Clinic(Held, RuleBasedStateMachine):
    """One unit with five of the staff and three patients, and another unit that can cover it."""

    world: World

    @initialize(start=st.sampled_from(STARTS), named=st.booleans())
    def opens(self, start: str, named: bool) -> None:
        self.travel = time_machine.travel(wall(start), tick=False)
        self.clock = self.travel.start()
        self.plains: dict[UUID, tuple[tuple[int, date], Plain]] = {}
        self.before: dict[UUID, Wait] = {}
        self.seen_turn: dict[UUID, int] = {}
        n, world = next(number), self.world
        name = f"Mottagning {n}"
        self.staff: dict[str, Staff] = {}
        for each, works in CLINIC.items():
            # Keys begin with the time: so their order, which decides ties, is the same when an example is played again.
            self.clock.shift(MOMENT)
            self.staff[each] = world.staff(f"{each} {n}", unit=name, works=PATTERNS[works])
        self.other = world.staff(f"Olle {n}", unit=f"Granen {n}")
        self.of_key: dict[UUID | None, Staff] = {it.person.id: it for it in (*self.staff.values(), self.other)}
        self.unit = self.staff["Karin"].unit
        self.unit_id = self.unit.id
        contacts = {"Siv": "Karin", "Nils": "Karin", "Åsa": "Fatima"}
        self.patients: list[Patient] = [
            world.patient(f"{each} {n}", contact=f"{contact} {n}") for each, contact in contacts.items()
        ]
        with db.transaction():
            head = self.staff["Maria"].person.id
            others = (self.staff["Leila"].person.id,)
            unit_service.name_head(self.unit.id, head, others, by=SYSTEM, now=clock.now())
            if named:
                erik = (self.staff["Erik"].person.id,)
                care.name_standing(self.staff["Karin"].assignment, erik, by=SYSTEM, now=clock.now())
        self.threads: list[UUID] = [self.patients[0].asks("Hej Karin.")]

    def teardown(self) -> None:
        if not hasattr(self, "travel"):
            return
        # The next clinic stands in the same database: nothing of this one waits any longer.
        with db.transaction():
            for wait in self.open():
                wait.ended_at, wait.ended_by, wait.ended_how = clock.now(), wait.patient_id, "solved"
            db.session().flush()
        db.session().expunge_all()
        self.travel.stop()

    # What patients do.

    @rule(which=st.integers(0, 2), wait_for_contact=st.booleans())
    def a_patient_writes(self, which: int, wait_for_contact: bool) -> None:
        someone = self.patients[which]
        if care_queries.contacts_of(someone.viewer, today=today()):
            self.clock.shift(MOMENT)
            self.threads.append(someone.asks("Hej.", wait_for_contact=wait_for_contact))

    @precondition(lambda self: self.threads)
    @rule(place=any_number)
    def a_patient_adds_to_it(self, place: int) -> None:
        thread = self.threads[place % len(self.threads)]
        self.does(lambda: self.patient_in(thread).writes("En sak till.", thread=thread))

    @precondition(lambda self: self.threads)
    @rule(place=any_number)
    def it_has_solved_itself(self, place: int) -> None:
        if wait := self.some_wait(place):
            key, by = wait.subject_id, self.owner(wait).viewer
            self.does(lambda: waits.end("thread", key, "solved", by=by, now=clock.now()))

    @precondition(lambda self: self.threads)
    @rule(place=any_number, days=st.integers(0, 9), hour=st.integers(7, 15), length=st.integers(1, 4))
    def a_patient_wants_to_be_rung(self, place: int, days: int, hour: int, length: int) -> None:
        taken = {wait.subject_id for wait in self.open()}
        free = [it for it in self.threads if it not in taken]
        if not free:
            return
        thread = free[place % len(free)]
        someone = self.patient_in(thread)
        starts = local(clock.now() + days * DAY).replace(hour=hour, minute=0, second=0, microsecond=0)
        assume(starts > clock.now() and starts.weekday() < 5)
        card = message_queries.thread_for(someone.viewer, thread, today=today()).contact
        answering = answer_queries.who_answers(someone.viewer, [card], at=starts, today=starts.date())[card.key]
        subject = Subject("thread", thread, card.unit_id, someone.person.id, card.person_id)
        window = starts.astimezone(clock.now().tzinfo), (starts + length * HOUR).astimezone(clock.now().tzinfo)
        self.does(lambda: waits.ask(subject, answering, call=window, by=someone.viewer, now=clock.now()))

    @rule(which=st.integers(0, 2), person=who, ends=st.booleans())
    def a_patient_blocks(self, which: int, person: str, ends: bool) -> None:
        verb = request_service.unblock if ends else request_service.block
        by = self.patients[which].viewer
        self.does(lambda: verb(self.staff[person].person.id, by=by, now=clock.now()))

    # What staff do with a question.

    @precondition(lambda self: self.threads)
    @rule(place=any_number, how=st.sampled_from(("reply", "reply", "talked", "no_need", "kept", "no_answer")))
    def the_holder_acts(self, place: int, how: str) -> None:
        wait = self.some_wait(place)
        holder = wait and self.someone(wait.holder_id)
        if not wait or not holder:
            return
        key, now = wait.subject_id, clock.now()
        if how == "reply":
            self.does(lambda: holder.writes("Svar.", thread=key))
        elif how == "talked":
            self.does(lambda: waits.end("thread", key, how, talked_at=now, by=holder.viewer, now=now))
        elif how == "no_need":
            self.does(lambda: waits.end("thread", key, how, reason="Läst, tack", by=holder.viewer, now=now))
        else:
            since = now + 26 * HOUR if how == "no_answer" else None
            until = now + (28 if since else 70) * HOUR
            self.does(lambda: waits.keep("thread", key, how, until=until, since=since, by=holder.viewer, now=now))

    @precondition(lambda self: self.threads)
    @rule(place=any_number, person=who, verb=st.sampled_from(("hand_over", "ask_colleague", "take")))
    def it_goes_to_another(self, place: int, person: str, verb: str) -> None:
        wait, someone = self.some_wait(place), self.staff[person]
        if not wait:
            return
        by = (self.someone(wait.holder_id) or someone).viewer
        key, now = wait.subject_id, clock.now()
        if verb == "take":
            self.does(lambda: waits.take("thread", key, words="Jag tar den.", by=someone.viewer, now=now))
        else:
            give: Callable[..., bool] = waits.hand_over if verb == "hand_over" else waits.ask_colleague
            self.does(lambda: give("thread", key, someone.person.id, words="Du kan det här.", by=by, now=now))

    # Who is there.

    @rule(person=who, today_only=st.booleans())
    def somebody_falls_ill(self, person: str, today_only: bool) -> None:
        by = self.staff[person].viewer
        self.does(lambda: absence_service.away_from_now(by.person_id, today_only=today_only, by=by, now=clock.now()))

    @rule(person=who, instead=who, starts=st.integers(-2, 200), length=st.integers(1, 400))
    def leave_is_registered(self, person: str, instead: str, starts: int, length: int) -> None:
        by, begins = self.staff[person].viewer, clock.now() + starts * HOUR
        named = (self.staff[instead].person.id,) if instead != person else ()
        leave = Stretch(begins, begins + length * HOUR)
        self.does(lambda: absence_service.register(by.person_id, leave, substitutes=named, by=by, now=clock.now()))

    @rule(person=who, how=st.sampled_from(("back", "cancelled", "longer", "open-ended")), hours=st.integers(1, 300))
    def leave_changes(self, person: str, how: str, hours: int) -> None:
        by, now = self.staff[person].viewer, clock.now()
        if how == "back":
            return self.does(lambda: absence_service.come_back(by.person_id, by=by, now=now))
        try:
            subject = absence_queries.subject_for(by, today=today())
        except NotFound:
            return None
        rows = absence_queries.absences_of(by, subject, now=now)[0]
        if not rows:
            return None
        if how == "cancelled":
            return self.does(lambda: absence_service.cancel(rows[0], by=by, now=now))
        until = now + hours * HOUR if how == "longer" else None
        named = tuple(it.key for it in rows[0].substitutes if not it.no)
        return self.does(lambda: absence_service.change(rows[0], ends_at=until, substitutes=named, by=by, now=now))

    @rule(person=who, ends=st.booleans(), days=st.integers(0, 10))
    def work_ends_or_goes_on(self, person: str, ends: bool, days: int) -> None:
        work = self.staff[person].assignment
        if ends:
            last = today() + days * DAY
            self.does(lambda: care.end_assignment(work, on=last, by=SYSTEM, now=clock.now()))
        else:
            self.does(lambda: care.continue_assignment(work, by=SYSTEM, now=clock.now()))

    @rule(person=who, pattern=st.sampled_from(PATTERNS), days=st.integers(0, 10))
    def hours_change(self, person: str, pattern: Any, days: int) -> None:
        work, first = self.staff[person].assignment, today() + days * DAY
        self.does(
            lambda: care.follow_pattern(work, Cycle((pattern,), first), starts_on=first, by=SYSTEM, now=clock.now())
        )

    @rule(person=who, days=st.integers(0, 10), opens=st.integers(0, 23), length=st.integers(1, 12))
    def somebody_is_put_on_duty(self, person: str, days: int, opens: int, length: int) -> None:
        times = Times(today() + days * DAY, opens * 60, (opens + length) % 24 * 60)
        people = [self.staff[person].person.id]
        self.does(lambda: roster_service.add_shift(self.unit.id, times, people, by=SYSTEM, now=clock.now()))

    @rule(first=st.integers(0, 9), length=st.integers(0, 4), cover=st.sampled_from(("unit", "function", "nobody")))
    def the_unit_closes(self, first: int, length: int, cover: str) -> None:
        days = Days(
            today() + first * DAY,
            today() + (first + length) * DAY,
            cover_unit=self.other.unit.id if cover == "unit" else None,
            cover_function=cover == "function",
        )
        self.does(lambda: roster_service.close(self.unit.id, days, by=SYSTEM, now=clock.now()))

    @rule()
    def everybody_opens_the_app(self) -> None:
        for someone in (*self.staff.values(), self.other):
            someone._token = None
            assert someone.viewer

    # Time, and the worker.

    @rule(minutes=st.integers(1, 600))
    def minutes_pass(self, minutes: int) -> None:
        self.clock.shift(minutes * MINUTE)
        self.one_worker_looks()

    @rule(hours=st.integers(10, 24 * 21))
    def time_passes(self, hours: int) -> None:
        self.clock.shift(hours * HOUR)
        self.one_worker_looks()

    @precondition(lambda self: self.threads)
    @rule(which=any_number, early=st.booleans())
    def it_is_time(self, which: int, early: bool) -> None:
        """The very moment at which the worker means to look at a question, or the minute before."""
        if wait := self.some_wait(which):
            self.clock.move_to(max(wait.next_at - early * MINUTE, clock.now()))
            self.one_worker_looks()

    @rule(turns=st.booleans())
    def one_worker_looks(self, turns: bool = False) -> None:
        self.remember()
        if turns:
            while self.done(lambda: tick(by=SYSTEM, now=clock.now(), batch=1)):
                pass
        else:
            self.done(lambda: tick(by=SYSTEM, now=clock.now()))
        self.everything_holds()

    @rule()
    def two_workers_look(self) -> None:
        self.remember()
        at_once(self.world.app, *[lambda: tick(by=SYSTEM, now=clock.now())] * 2)
        self.everything_holds()

    # What always holds.

    def some_wait(self, place: int) -> Wait | None:
        found = self.open()
        return found[place % len(found)] if found else None

    def someone(self, person: UUID | None) -> Staff | None:
        return self.of_key.get(person)

    def owner(self, wait: Wait) -> Patient:
        return next(it for it in self.patients if it.person.id == wait.patient_id)

    def patient_in(self, thread: UUID) -> Patient:
        found = db.session().scalars(select(Wait.patient_id).where(Wait.subject_id == thread).limit(1)).one()
        return next(it for it in self.patients if it.person.id == found)

    def does(self, verb: Callable[[], Any]) -> None:
        """A verb that may be refused; then nothing has happened."""
        self.clock.shift(MOMENT)
        try:
            self.done(verb)
        except REFUSED:
            db.session().expire_all()

    def done(self, verb: Callable[[], Any]) -> Any:
        with db.transaction():
            return verb()


def test_whatever_happens_somebody_has_the_question(own_world: World) -> None:
    class Played(Clinic):
        world = own_world

    run_state_machine_as_test(
        Played,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
