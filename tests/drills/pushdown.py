"""The push service is away for ten minutes, and the worker is killed with its hands full, again and again.

Real processes throughout. So that nobody waits for ten minutes, time goes faster: all moments in the tables move back.
"""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from flask import Flask

from app.accounts import queries as people
from app.accounts import service as accounts
from app.accounts.service import Who
from app.core import clock, db
from app.core.audit import SYSTEM
from app.demo.people import test_number
from app.notices import service as notices
from app.notices import setting_service as settings
from app.notices import subscription_service as subscriptions
from app.notices.service import Told
from tests.bench.figures import Figure, must, say, scaled
from tests.bench.house import House
from tests.bench.tick import one
from tests.drills.phones import Street, over_http

PEOPLE, EACH = 200, 10
AWAY = 600.0
STEP = 20.0
KILLS = 3
PATIENCE = 240.0
LEFT = "select count(*) from notice where next_at is not null and next_at <= %s"
WAITING = "select count(*) from delivery where accepted_at is null and ended_at is null"
FASTER = """
do $$ begin
  lock table notice, delivery, push_host in share row exclusive mode;
  update notice set made_at = made_at - by_, show_at = show_at - by_, next_at = next_at - by_;
  update delivery set made_at = made_at - by_, due_at = due_at - by_, lease_until = lease_until - by_;
  update push_host set since = since - by_, paused_until = paused_until - by_;
end $$
"""


class Outward(House):
    """A house whose worker sends to the street."""

    street: Street

    def env(self, database: str) -> dict[str, str]:
        return super().env(database) | self.street.settings


def run() -> list[Figure]:
    with Street() as street, Outward() as house:
        house.street = street
        database = house.database("pushdown")
        app, owner = house.app(database), house.owner(database)
        owner.autocommit = True
        many = opened(app, street, scaled(PEOPLE, least=10))
        web = house.web(database)
        drill = Drill(house, street, owner, database, over_http(f"http://127.0.0.1:{web.port}"))
        drill.killed_while_sending()
        told(app, street)
        drill.away()
        drill.ends()
        shown = sum(len(phone.shown) for phone in street.phones.values())
        twice = sum(len(set(tokens)) - 1 for phone in street.phones.values() for tokens in phone.shown.values())
        unproved = one(owner, "select count(*) from delivery where shown_at is null")
        say(f"    {many * EACH} notices, {street.came} pushes, {drill.killed} workers killed, {shown} shown")
        return [
            Figure("pushdown", "lost", max(0, many * EACH - shown), "", 0),
            Figure("pushdown", "shown twice", max(0, shown - many * EACH) + twice, "", 0),
            Figure("pushdown", "unproved", unproved, "", 0),
            Figure("pushdown", "killed", drill.killed, "workers"),
        ]


def opened(app: Flask, street: Street, many: int) -> int:
    """People who have one phone each, no quiet hours, and half of what they are to be told."""
    with app.app_context():
        for n in range(many):
            with db.transaction():
                number, _born = test_number(n)
                key = accounts.register_patient(Who(f"Patient {n}", number), by=SYSTEM, now=clock.now()).id
                token = accounts.sign_in(key, capacity="private", way="demo", by=SYSTEM, now=clock.now())
            viewer = people.viewer_of(token, now=clock.now())
            assert viewer
            phone = street.phone(db.short(key))
            with db.transaction():
                subscriptions.turn_on(phone.address, 1, viewer.session_id, by=viewer, now=clock.now())
                settings.choose_quiet(None, by=viewer, now=clock.now())
    told(app, street)
    return many


def told(app: Flask, street: Street) -> None:
    with app.app_context(), db.transaction():
        now = clock.now()
        notices.tell_many(
            [
                Told(db.long(name), "reply", db.short(db.new_key()), now, db.new_key())
                for name in street.phones
                for _ in range(EACH // 2)
            ],
            by=SYSTEM,
            now=now,
        )


class Drill:
    def __init__(
        self, house: House, street: Street, owner: psycopg.Connection[Any], database: str, report: Any
    ) -> None:
        self.house, self.street, self.owner, self.database = house, street, owner, database
        self.report, self.killed = report, 0
        self.pool = ThreadPoolExecutor(4)
        self.worker = house.worker(database)

    def killed_while_sending(self) -> None:
        """The service takes what comes, and the worker is killed before it can note it."""
        for _ in range(KILLS):
            before, until = self.street.came, time.monotonic() + PATIENCE
            while self.street.came < before + 20 and self.due():
                must(time.monotonic() < until, "nothing was sent")
                time.sleep(0.002)
            self.kill()
            self.passes(61)
        self.wakes()

    def kill(self) -> None:
        os.kill(self.worker.pid, signal.SIGKILL)
        self.worker.wait()
        self.house.processes.remove(self.worker)
        self.killed += 1
        self.worker = self.house.worker(self.database)

    def due(self) -> int:
        return one(self.owner, LEFT, clock.now()) + one(self.owner, WAITING)

    def passes(self, seconds: float) -> None:
        """Time goes by, for all that is written."""
        self.owner.execute(FASTER.replace("by_", f"interval '{seconds} s'"))  # type: ignore[arg-type]

    def away(self) -> None:
        """For ten minutes the service says that it is not there; a worker is killed in the middle of that too."""
        self.street.open = False
        gone = 0.0
        while gone < AWAY:
            time.sleep(0.5)
            self.passes(STEP)
            gone += STEP
            if gone in (AWAY / 2, AWAY - 2 * STEP):
                self.kill()
        must(self.due() > 0, "nothing waited for the service")
        self.street.open = True

    def ends(self) -> None:
        """Until nothing is due any more; the phones wake up now and then."""
        until = time.monotonic() + PATIENCE
        while self.due():
            must(time.monotonic() < until, f"{self.due()} are still due")
            time.sleep(0.3)
            self.passes(STEP)
            self.wakes()
        self.house.end(self.worker)
        self.wakes()
        self.pool.shutdown()

    def wakes(self) -> None:
        for _done in self.pool.map(self.report, self.street.fetch()):
            pass
