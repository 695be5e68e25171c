"""A year of three clinics, minute by minute where something happens: forty staff, four hundred patients, two thousand
questions; part-time, summer, Christmas, illness, duty, people who leave, people who forget.

Nothing sleeps: each thing happens at a moment of its own, and the worker looks at each moment it has asked for. What
is true of people at a moment is said by the plain definitions (tests/care/plain.py), kept beside the database.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from app.care import absence_service, answer_queries
from app.care import contact_service as contacts
from app.care import queries as care_queries
from app.care import service as care
from app.care.absence_rules import stretch
from app.care.absence_service import Gapped
from app.care.contact_service import AlreadyContact, Over, Wanted
from app.care.facts_rules import Absence
from app.care.roster_service import at_wall
from app.core import db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from app.core.locale import local
from app.demo.seed import as_viewer, freshen
from app.messages import queries as message_queries
from app.messages import service as messages
from app.messages.service import NobodyReads
from app.waits import service as waits
from app.waits import tick_service
from app.waits.service import CannotHold
from tests.bench.figures import Figure, must, say, scaled
from tests.bench.house import House
from tests.drills.year_clinics import DAY, DAYS, FIRST, HOUR, ILLNESSES, LEAVERS, QUESTIONS, Clinics, rows

GOAL_WALL = 300
GOAL_SILENCE = 17.0
"""Two office days: a promise broken as the day begins is followed by one for the end of the next. Every other step
comes sooner: half of sixteen hours is eight."""

DEEDS = ("reply",) * 14 + ("talked", "talked", "no_need", "kept", "no_answer", "hand_over", "ask_colleague")


def run() -> list[Figure]:
    began = time.monotonic()
    with House(durable=False) as house:
        app = house.app(house.database("year"))
        with app.app_context():
            year = Year()
            year.opens()
            say(f"    opened after {time.monotonic() - began:.0f} s")
            year.passes(FIRST + timedelta(days=scaled(DAYS, least=10)))
    took = time.monotonic() - began
    seen, wrong = year.seen, year.wrong
    say("    " + ", ".join(f"{what} {n}" for what, n in sorted(seen.items())))
    must(seen["asked"] > 0 and seen["reply"] > 0, f"nothing happened: {seen}")
    return [
        Figure("year", "off duty", wrong["off duty"], "", 0),
        Figure("year", "without holder", wrong["without holder"], "", 0),
        Figure("year", "broken untold", wrong["broken untold"], "", 0),
        Figure("year", "longest silence h", round(year.silence / HOUR, 2), "h", GOAL_SILENCE),
        Figure("year", "wall s", round(took, 1), "s", GOAL_WALL),
        Figure("year", "questions", seen["asked"], ""),
    ]


@dataclass(frozen=True)
class Sign:
    """The last time that something happened to a question, how it stood then, and who knew of it."""

    at: datetime
    state: tuple[Any, ...]
    known: set[UUID]
    counts_from: datetime


class Year(Clinics):
    """What happens in them, day by day, and what is looked at after each look of the worker."""

    def fills_the_year(self) -> None:
        chance, patients = self.chance, list(self.threads)
        for _ in range(scaled(QUESTIONS, least=60)):
            day = chance.randrange(scaled(DAYS, least=10))
            hour = chance.choice((8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20, 21, 23, 3))
            moment = self.moment(day, hour * 60 + chance.randrange(60))
            self.at(moment, partial(self.asks, chance.choice(patients)))
        for _ in range(scaled(ILLNESSES, least=10)):
            moment = self.moment(chance.randrange(scaled(DAYS, least=10)), chance.randrange(330, 960))
            self.at(moment, partial(self.falls_ill, chance.choice(self.staff)))
        for n, person in enumerate(self.staff):
            summer = (date(2027, 6, 14) - FIRST).days + 7 * (n % 8)
            for starts, length in ((summer, 26), (chance.randrange(20, 220), 5), (chance.randrange(250, 330), 4)):
                asked = self.moment(max(1, starts - 30), 600)
                self.at(asked, partial(self.takes_leave, person, starts, length))
        for person in chance.sample(self.staff[3:], LEAVERS):
            self.at(self.moment(chance.randrange(30, 250), 540), partial(self.leaves, person))
        for day in range(-1, DAYS, 14):
            self.at(self.moment(max(0, day), 1), self.opens_the_app)

    def passes(self, end: date) -> None:
        """Each thing at its moment, and the worker at each that it has asked for."""
        last = at_wall(end, 0)
        month = 0
        while self.ahead:
            due = rows("select min(next_at) as at from wait where ended_at is null")[0].at
            happens = self.ahead[0][0]
            if min(happens, due or happens) >= last:
                break
            if due is not None and due <= happens:
                self.works_on(due)
            else:
                _at, _n, call = heapq.heappop(self.ahead)
                call(happens)
                self.works_on(happens)
            if local(happens).month != month:
                month = local(happens).month
                say(f"    {local(happens):%Y-%m}: {dict(self.seen)} {dict(self.wrong)}")

    # What happens.

    def asks(self, patient: UUID, now: datetime) -> None:
        by, today = as_viewer(patient, "patient"), local(now).date()
        cards = care_queries.contacts_of(by, today=today)
        if not cards:
            return
        known, key = self.threads[patient], f"year-{next(self.order):016}"
        alone = self.chance.random() < 0.1
        if known and self.chance.random() < 0.4:
            head = message_queries.thread_for(by, self.chance.choice(known), today=today)
            with db.transaction():
                messages.write(
                    head, lambda: self.answering(by, head.contact, now), by=by, text="En sak till.", key=key, now=now
                )
        else:
            answering = self.answering(by, cards[0], now)
            with db.transaction():
                stored = messages.open_thread(
                    cards[0], answering, wait_for_contact=alone, by=by, text="Hej.", key=key, now=now
                )
            known.append(stored.thread_id)
        self.seen["asked"] += 1

    def answering(self, by: Any, card: Any, now: datetime) -> Any:
        return answer_queries.who_answers(by, [card], at=now, today=local(now).date())[card.key]

    def falls_ill(self, person: UUID, now: datetime) -> None:
        if self.ended(person, now) or any(it.person == person and it.ends_at is None for it in self.absences):
            return
        today_only = self.chance.random() < 0.6
        with db.transaction():
            saved = absence_service.away_from_now(person, today_only=today_only, by=as_viewer(person, "staff"), now=now)
        self.note(saved.key)
        self.seen["ill"] += not saved.again
        if not today_only:
            back = now + DAY * self.chance.randrange(1, 12)
            self.at(back, partial(self.comes_back, person))

    def comes_back(self, person: UUID, now: datetime) -> None:
        with db.transaction():
            absence_service.come_back(person, by=as_viewer(person, "staff"), now=now)
        for it in rows("select id from absence where person_id = :person", person=person):
            self.note(it.id)

    def takes_leave(self, person: UUID, starts: int, length: int, now: datetime) -> None:
        if self.ended(person, now):
            return
        first = FIRST + timedelta(days=starts)
        leave = stretch(first, first + timedelta(days=length))
        here = [it for it in self.staff if self.home[it] == self.home[person] and it != person]
        for _ in range(3):
            named = tuple(self.chance.sample(here, 2))
            try:
                with db.transaction():
                    by = as_viewer(person, "staff")
                    saved = absence_service.register(person, leave, substitutes=named, by=by, now=now)
            except Gapped:
                self.seen["leave refused"] += 1
                continue
            self.note(saved.key)
            self.seen["leave"] += 1
            return

    def note(self, key: UUID) -> None:
        """Write an absence down beside the database."""
        (row,) = rows("select * from absence where id = :key", key=key)
        named = rows("select person_id from absence_substitute where absence_id = :key order by n", key=key)
        same = (row.person_id, row.starts_at)
        self.absences[:] = [it for it in self.absences if (it.person, it.starts_at) != same]
        if row.cancelled_at is None:
            people = tuple(it.person_id for it in named)
            self.absences.append(Absence(row.person_id, row.starts_at, row.ends_at, people, row.registered_at))

    def leaves(self, person: UUID, now: datetime) -> None:
        """Somebody's employment ends in three weeks; two weeks after that the head gives their patients another."""
        last = local(now).date() + timedelta(days=21)
        with db.transaction():
            care.end_assignment(self.work[person], on=last, by=SYSTEM, now=now)
        for plain in self.plain.values():
            plain.assignments = [replace(it, ends_on=last) if it.person == person else it for it in plain.assignments]
        self.seen["left"] += 1
        self.at(now + 35 * DAY, partial(self.passes_on_patients, person))

    def passes_on_patients(self, person: UUID, now: datetime) -> None:
        there = [it for it in self.staff if self.home[it] == self.home[person] and not self.ended(it, now)]
        mine = "select id from contact where person_id = :person and ends_on is null order by id"
        for n, it in enumerate(rows(mine, person=person)):
            wanted = Wanted(there[n % len(there)], local(now).date())
            try:
                with db.transaction():
                    contacts.change_contact(it.id, wanted, by=SYSTEM, now=now)
            except (AlreadyContact, Over):
                continue

    def ended(self, person: UUID, now: datetime) -> bool:
        return not self.plain[self.home[person]].active(person, now)

    def opens_the_app(self, now: datetime) -> None:
        with db.transaction():
            for person in self.staff:
                freshen(person, now=now)

    # What staff do with what they have.

    def will_act(self, wait: Any, person: UUID, now: datetime) -> None:
        """Most answer the same day, some late, and a few forget."""
        kind = self.chance.random()
        if kind < 0.06:
            self.seen["forgotten"] += 1
            return
        late = DAY * self.chance.randrange(2, 5) if kind < 0.2 else timedelta()
        after = now + late + timedelta(minutes=self.chance.randrange(10, 300))
        self.at(max(after, wait.counts_from), partial(self.acts, wait.id, person))

    def acts(self, key: UUID, person: UUID, now: datetime) -> None:
        found = rows(
            "select w.*, exists (select from asked a where a.wait_id = w.id and a.person_id = :person) as also"
            " from wait w where id = :key and ended_at is null and kind = 'thread'",
            key=key,
            person=person,
        )
        if not found or not (found[0].holder_id in (person, None) or found[0].also):
            return
        if (there := self.next_at_work(person, now)) != now:
            if there is not None:
                self.at(there + timedelta(minutes=self.chance.randrange(5, 120)), partial(self.acts, key, person))
            return
        wait, by = found[0], as_viewer(person, "staff")
        deed = self.chance.choice(DEEDS) if wait.holder_id == person else "reply"
        try:
            with db.transaction():
                self.does(deed, wait, by, now)
            self.seen[deed] += 1
        except (CannotHold, NotFound, NobodyReads):
            self.seen["refused"] += 1

    def does(self, deed: str, wait: Any, by: Any, now: datetime) -> None:
        thread, clock = wait.subject_id, self.plain[wait.unit_id]
        if deed == "reply":
            head = message_queries.thread_for(by, thread, today=local(now).date())
            messages.reply(head, by=by, text="Svar.", key=f"year-{next(self.order):016}", now=now)
        elif deed == "talked":
            waits.end("thread", thread, deed, talked_at=now, by=by, now=now)
        elif deed == "no_need":
            waits.end("thread", thread, deed, reason="Läst, tack", by=by, now=now)
        elif deed in ("kept", "no_answer"):
            begins = clock.first_open(now + DAY)
            since = begins if deed == "no_answer" else None
            waits.keep("thread", thread, deed, until=begins + 4 * HOUR, since=since, by=by, now=now)
        else:
            there = [it for it in self.staff if self.home[it] == wait.unit_id and it != by.person_id]
            verb: Callable[..., bool] = waits.hand_over if deed == "hand_over" else waits.ask_colleague
            verb("thread", thread, self.chance.choice(there), words="Du kan det här.", by=by, now=now)

    def next_at_work(self, person: UUID, now: datetime) -> datetime | None:
        """Those of the function answer whenever it is office time."""
        if person in self.function:
            return self.plain[self.units[0].id].first_open(now)
        return self.plain[self.home[person]].back(person, now, until=now + 60 * DAY)

    # The worker, and what is looked at after it.

    def works_on(self, now: datetime) -> None:
        due = rows(
            "select id, subject_id, patient_id from wait where ended_at is null and promised_at <= :now", now=now
        )
        looked = 1
        while looked:
            with db.transaction():
                looked = tick_service.tick(by=SYSTEM, now=now)
        for wait in due:
            self.seen["broken"] += 1
            told = rows(
                "select id from notice where kind = 'promise_broken' and person_id = :who and object_id = :what"
                " and made_at = :now",
                who=wait.patient_id,
                what=wait.subject_id,
                now=now,
            )
            if wait.patient_id and not told:
                self.found("broken untold", now, wait.id)
        self.looks(now)
        self.listens(now)

    def looks(self, now: datetime) -> None:
        """At every open question: whether it has somebody, and what has happened to it."""
        found = rows(
            "select w.*, (select array_agg(person_id) from asked where wait_id = w.id) as asked from wait w"
            " where ended_at is null or ended_at = :now",
            now=now,
        )
        whole = self.checked != local(now).date() and local(now).hour >= 12
        if whole:
            self.checked = local(now).date()
        for wait in found:
            asked = wait.asked or []
            state = wait.turn, wait.rung, wait.broken, len(asked), wait.ended_at
            before = self.signs.get(wait.id)
            if before is None or before.state != state:
                self.sign(wait, before, state, now)
            if wait.ended_at is None and wait.holder_id is not None:
                self.must_have_somebody(wait, now, whole=whole)
            must(wait.ended_at is not None or wait.next_at > now, f"{wait.id} has no next time")
        if len(self.signs) > 200:
            there = {wait.id for wait in found if wait.ended_at is None}
            self.signs = {key: it for key, it in self.signs.items() if key in there}

    def sign(self, wait: Any, before: Sign | None, state: tuple[Any, ...], now: datetime) -> None:
        """Something has happened to a question: how long nothing had, and who will now do something about it."""
        since = max(before.at, before.counts_from) if before else now
        quiet = self.plain[wait.unit_id].office_time(since, now) if since < now else timedelta()
        if quiet > self.silence:
            self.silence = quiet
            if quiet / HOUR > GOAL_SILENCE:
                say(f"    {quiet / HOUR:.1f} h of silence before {local(now):%Y-%m-%d %H.%M}: {before}, {state}")
        known = before.known if before else set()
        people = {wait.holder_id, *(wait.asked or [])} - {None} or {self.chance.choice(self.function)}
        if wait.ended_at is None:
            self.seen["handed on"] += before is not None and before.state[0] != wait.turn
            new = people if before and before.state[0] != wait.turn else people - known
            for person in sorted(new, key=str):
                self.will_act(wait, person, now)
        self.signs[wait.id] = Sign(now, state, known | people, wait.counts_from)

    def must_have_somebody(self, wait: Any, now: datetime, *, whole: bool) -> None:
        plain, at = self.plain[wait.unit_id], max(now, wait.counts_from)
        there = plain.first_open(at)
        fine = not plain.absent(wait.holder_id, there) and bool(plain.active(wait.holder_id, there))
        if fine and whole:
            fine = plain.in_reach(wait.holder_id, there)
        # The patient chose that nobody else reads before then, though the contact be late.
        if not fine and not (wait.only_contact and now < wait.counts_from):
            self.found("without holder", now, wait.id)

    def listens(self, now: datetime) -> None:
        """To what is to be shown, from now on or later; what is put off, or shown sooner, is heard anew. When it is
        shown, whoever is shown it must be at work."""
        resting = "select id, person_id, show_at from notice where seen_at is null and withdrawn_at is null"
        for it in rows(f"{resting} and show_at >= :now", now=now):
            if (it.id, it.show_at) not in self.told and it.person_id in self.home:
                self.seen["notices"] += it.id not in self.heard
                self.heard.add(it.id)
                self.told.add((it.id, it.show_at))
                if it.show_at <= now:
                    self.is_shown(it.id, it.person_id, it.show_at)
                else:
                    self.at(it.show_at, partial(self.is_shown, it.id, it.person_id))

    def is_shown(self, key: UUID, person: UUID, now: datetime) -> None:
        # Shown since, as when somebody came back early, it is not shown anew when it would have been: they may be away.
        still = rows(
            "select kind from notice where id = :key and seen_at is null and withdrawn_at is null and show_at = :now",
            key=key,
            now=now,
        )
        plain = self.plain[self.home[person]]
        if still and plain.back(person, now, until=now + timedelta(minutes=1)) != now:
            self.found("off duty", now, (still[0].kind, person))

    def found(self, what: str, now: datetime, which: Any) -> None:
        self.wrong[what] += 1
        if self.wrong[what] <= 5:
            say(f"    {what} at {local(now):%Y-%m-%d %H.%M}: {which}")
