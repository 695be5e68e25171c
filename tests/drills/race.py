"""Five thousand letters while five hundred fall ill and five hundred are answered: whoever is away has none of them.

Two processes with three threads each, on connections of their own, through the services. During the first half a worker
looks all the while; then it is stopped, so that much is left to find. After one round more nobody who is away may hold
a question.
"""

from __future__ import annotations

import multiprocessing
import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import create_app
from app.accounts import service as accounts
from app.accounts.service import Who
from app.care import absence_service, answer_queries, unit_service
from app.care import contact_service as contacts
from app.care import queries as care_queries
from app.care import service as care
from app.care.hours_rules import weekdays
from app.care.service import Cycle
from app.config import Settings
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from app.core.locale import local
from app.demo.people import test_number
from app.demo.seed import as_viewer, freshen
from app.messages import queries as message_queries
from app.messages import service as messages
from app.messages.service import NobodyReads
from app.waits import tick_service as waits
from tests.bench import invariants
from tests.bench.figures import Broken, Figure, must, say, scaled
from tests.bench.house import House

SENDS, ABSENCES, REPLIES = 5_000, 500, 500
UNITS, STAFF, PATIENTS = 10, 200, 500
PROCESSES = 2
RETURNS = 0.6
"""How often somebody who is away comes back before the next falls ill."""

AT_ABSENT = """
select count(*) from wait w where w.ended_at is null and exists (
  select from absence a where a.person_id = w.holder_id and a.cancelled_at is null and a.starts_at <= now()
    and (a.ends_at is null or a.ends_at > now()))
"""
LOST = """
select count(*) from thread t left join wait w on w.kind = 'thread' and w.subject_id = t.id
  left join message m on m.thread_id = t.id and m.author_id <> t.patient_id and m.n = 2
where w.id is null or (m.n is null) <> (w.ended_at is null) or (w.ended_at is not null and w.ended_by <> m.author_id)
"""
DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"


def run() -> list[Figure]:
    with House() as house:
        return drill(house)


def drill(house: House) -> list[Figure]:
    database = house.database("race")
    app, owner = house.app(database), house.owner(database)
    owner.autocommit = True
    with app.app_context():
        staff, patients = town()
    worker = house.worker(database)
    env = house.env(database)
    done = played(env, patients, staff, half=0)
    house.end(worker)
    done += played(env, patients, staff, half=1)
    say("    " + ", ".join(f"{what} {n}" for what, n in sorted(done.items())))
    before = counted(owner, AT_ABSENT)
    with app.app_context():
        while looks():
            pass
    say(f"    {before} questions were with somebody who is away until the last round")
    threads, letters = counted(owner, "select count(*) from thread"), counted(owner, "select count(*) from message")
    missing = done["sent"] - threads + done["sent"] + done["replied"] - letters
    invariants.check(app, owner)
    must(done["sent"] > 0 and done["ill"] > 0 and done["replied"] > 0, f"nothing raced: {done}")
    return [
        Figure("race", "absent", counted(owner, AT_ABSENT), "", 0),
        Figure("race", "deadlocks", max(counted(owner, DEADLOCKS), done["deadlock"]), "", 0),
        Figure("race", "lost", abs(missing) + counted(owner, LOST), "", 0),
        Figure("race", "failed", done["failed"], "", 0),
        Figure("race", "sent", done["sent"], "letters"),
    ]


def played(env: dict[str, str], patients: list[UUID], staff: list[UUID], *, half: int) -> Counter[str]:
    """Half of everything, in processes of their own."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=spawn) as pool:
        hands = range(PROCESSES)
        working = [
            pool.submit(work, env, half * PROCESSES + n, patients[n::PROCESSES], staff[n::PROCESSES]) for n in hands
        ]
        return sum((it.result() for it in working), Counter())


def looks() -> int:
    """One call of the worker's; what is left of a round it does in the next."""
    with db.transaction():
        return waits.tick(by=SYSTEM, now=clock.now())


def counted(owner: Any, statement: str) -> int:
    found = owner.execute(statement).fetchone()
    if found is None:
        raise Broken(statement)
    return int(found[0])


def town() -> tuple[list[UUID], list[UUID]]:
    """Ten units where everybody works office hours, each patient with one contact."""
    now, office = clock.now(), weekdays("08:00", "16:30")
    began = local(now).date() - timedelta(days=400)
    with db.transaction():
        staff = [
            accounts.register_staff(Who(f"Person {n}"), hsa_id=f"SE-R{n:04}", title="skötare", by=SYSTEM, now=now).id
            for n in range(scaled(STAFF, least=2 * UNITS))
        ]
        region = accounts.open_region(
            "Provlandet",
            "20",
            function_phone="+46313900600",
            function=staff[:2],
            administrator=staff[0],
            by=SYSTEM,
            now=now,
        )
        units = [
            unit_service.open_unit(
                region,
                f"Mottagning {n}",
                phone="+46313900610",
                phone_hours="Vardagar",
                office=office,
                head=staff[n],
                head_substitutes=(staff[n + UNITS],),
                by=SYSTEM,
                now=now,
            )
            for n in range(UNITS)
        ]
    with db.transaction():
        for n, person in enumerate(staff):
            place, cycle = units[n % UNITS], Cycle((office,), began)
            care.assign(person, place, role="licensed", starts_on=began, cycle=cycle, by=SYSTEM, now=now)
            freshen(person, now=now)
    patients = []
    for n in range(scaled(PATIENTS, least=10)):
        with db.transaction():
            digits, born = test_number(n)
            patient = accounts.register_patient(Who(f"Patient {n}", number=digits), by=SYSTEM, now=now)
            unit, helper = units[n % UNITS], staff[n % len(staff)]
            contacts.appoint(patient, helper, unit, coordinating=True, born=born, by=SYSTEM, now=now)
            patients.append(patient.id)
    return staff, patients


# In each process.


def work(env: dict[str, str], number: int, patients: list[UUID], staff: list[UUID]) -> Counter[str]:
    """Send, fall ill and answer, all at once, until each has been done often enough: a fourth of it all."""
    app = create_app(Settings.from_env(env))
    done: Counter[str] = Counter()
    hand = Hand(app, number, patients, staff, done)
    todo = ((hand.sends, SENDS), (hand.falls_ill, ABSENCES), (hand.replies, REPLIES))
    threads = [
        threading.Thread(target=hand.keep_on, args=(deed, scaled(often, least=20) // PROCESSES // 2))
        for deed, often in todo
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    app.extensions["live"].close()
    app.extensions["db"]["engine"].dispose()
    return done


class Hand:
    """Those of the people who are played by one process."""

    def __init__(self, app: Flask, number: int, patients: list[UUID], staff: list[UUID], done: Counter[str]) -> None:
        self.app, self.patients, self.staff, self.done = app, patients, staff, done
        self.number, self.sent = number, 0
        self.chance, self.away = random.Random(number), list[UUID]()

    def keep_on(self, deed: Callable[[], str], often: int) -> None:
        left = often
        while left:
            with self.app.app_context():
                try:
                    said = deed()
                except DBAPIError as error:
                    said = "deadlock" if type(error.orig).__name__ == "DeadlockDetected" else "failed"
                    say(f"    {type(error.orig).__name__}: {error.orig}")
            self.done[said] += 1
            left -= said != "missed"

    def sends(self) -> str:
        by, now = as_viewer(self.patients[self.sent % len(self.patients)], "patient"), clock.now()
        self.sent += 1
        (card,) = care_queries.contacts_of(by, today=local(now).date())
        answering = answer_queries.who_answers(by, [card], at=now, today=local(now).date())[card.key]
        key = f"race-{self.number}-{self.sent:06}-0000"
        with db.transaction():
            messages.open_thread(card, answering, by=by, text=f"Fråga {self.sent}", key=key, now=now)
        return "sent"

    def falls_ill(self) -> str:
        if self.away and self.chance.random() < RETURNS:
            back = self.away.pop(self.chance.randrange(len(self.away)))
            with db.transaction():
                absence_service.come_back(back, by=as_viewer(back, "staff"), now=clock.now())
        person = self.chance.choice([it for it in self.staff if it not in self.away] or self.staff)
        with db.transaction():
            absence_service.away_from_now(person, today_only=False, by=as_viewer(person, "staff"), now=clock.now())
        self.away.append(person)
        return "ill"

    def replies(self) -> str:
        """Whoever has a question answers it, if it is still theirs when they have opened it."""
        some = "select subject_id, holder_id from wait where ended_at is null and holder_id is not null"
        found = db.run(text(f"{some} order by random() limit 1")).first()
        if found is None:
            return "missed"
        by, now = as_viewer(found.holder_id, "staff"), clock.now()
        try:
            head = message_queries.thread_for(by, found.subject_id, today=local(now).date())
            if head.last_n > 1:
                return "missed"
            with db.transaction():
                messages.reply(head, by=by, text="Svar.", key=f"race-{db.short(db.new_key())}", now=now)
        except (NotFound, NobodyReads):
            return "missed"
        return "replied"
