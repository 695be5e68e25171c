"""The whole way of a notice out of the app: told, put to a phone, sealed, handed over, shown, and noted.

The worker and the web server are the product's own processes; the push service and the phones are one more.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.request import urlopen
from uuid import UUID

import psutil
import psycopg
from flask import Flask

from app.core import clock, crypto, db
from app.core.audit import SYSTEM
from app.core.crypto import place
from app.core.db import transaction
from app.notices import service as notices
from app.notices.subscription_service import digest
from tests.bench.figures import Figure, must, say, scaled, seconds
from tests.bench.house import House, Web
from tests.bench.push_browsers import HOST, Browsers, browsers, service

MANY, OVER_HTTP = 100_000, 20_000
PACE, LENGTH, LAID = 100, 20.0, 30.0
LOOK, PATIENCE = 0.1, 900.0
Row = tuple[Any, ...]
UNNOTED = "select exists (select from delivery where accepted_at is null and made_at >= %s)"
WAITED = """
select 1000 * percentile_cont(%s) within group (order by extract(epoch from d.accepted_at - n.made_at))
from notice n join delivery d on d.notice_id = n.id where n.made_at >= %s
"""


def run() -> list[Figure]:
    """All of it with what notes the receipts; then a part of it with a web server that takes each by itself."""
    with House() as house:
        drain, grows, rate = whole(house, house.database("push"), scaled(MANY, least=50))
        database = house.database("http")
        *_, over_http, paced = whole(house, database, scaled(OVER_HTTP, least=50), house.web(database))
        return [
            Figure("push", "per s", rate, "/s", 2000, least=True),
            Figure("push", "per s, receipts over http", over_http, "/s"),
            Figure("push", "p95 ms", paced, "ms", 1000),
            Figure("push", "drain s", drain, "s"),
            Figure("push", "memory grows kB", grows, "kB"),
        ]


def whole(house: House, database: str, many: int, web: Web | None = None) -> list[float]:
    """Seconds until all was handed over, by how much the worker grew, how many a second were shown; with a web server
    also how long what is told waits."""
    theirs = browsers()
    plan = theirs.plan(receipts=web.port) if web else theirs.plan(env=house.env(database))
    with service(plan) as (port, pid):
        house.secrets["PUSH_STAND_IN"] = f"http://127.0.0.1:{port}"
        app, owner = house.app(database), house.owner(database)
        owner.autocommit = True
        keys = people(app, owner, many, theirs)
        worker = house.worker(database)
        wait(lambda: one(owner, "select count(*) from heartbeat") == 2, "the worker did not start")
        pids = {"push service": pid, "worker": worker.pid} | ({"web": web.process.pid} if web else {})
        figures = drained(house, owner, keys, port, pids)
        if web:
            figures.append(paced(app, owner, keys, port))
        house.end(worker)
        return figures


def drained(
    house: House, owner: psycopg.Connection[Any], keys: list[UUID], port: int, pids: dict[str, int]
) -> list[float]:
    """All that is due leaves, and every phone says that it was shown."""
    held: list[int] = []
    many, at = len(keys), clock.now() + timedelta(seconds=seconds(LAID, least=2))
    due(owner, keys, at)
    must(clock.now() < at, "it took too long to lay out what is due")
    wait(lambda: clock.now() >= at, "")
    began, used = time.perf_counter(), worked(house, pids)

    def until(what: str, share: float) -> float:
        wait(lambda: count(port)[what] >= share * many, f"{what}: {count(port)} of {many}")
        held.append(resident(pids["worker"]) // 1024)
        return time.perf_counter() - began

    until("came", 0.2)
    handed_over = until("came", 1)
    shown = until("receipts", 1)
    there = owner.execute("select status, tries, count(*) from delivery where due_at >= %s group by 1, 2", (at,))
    must(there.fetchall() == [("shown", 1, many)], "not each was handed over once, and shown")
    must(count(port)["came"] == many, f"{count(port)['came']} pushes came of {many}")
    for name, cost in worked(house, pids).items():
        say(f"    {name}: {1000 * (cost - used[name]) / many:.3f} ms of processor a push")
    say("    the push service reads each, checks its length and who signed it, opens it, and says that it was shown")
    return [round(handed_over, 1), max(held[1:]) - held[0], round(many / shown)]


def paced(app: Flask, owner: psycopg.Connection[Any], keys: list[UUID], port: int) -> float:
    """A hundred messages a second are told, and leave at once."""
    many, before = max(PACE // 10, round(PACE * seconds(LENGTH))), count(port)["came"]
    began, at = time.perf_counter(), clock.now()
    with app.app_context():
        for n in range(many):
            if (early := began + n / PACE - time.perf_counter()) > 0:
                time.sleep(early)
            now = clock.now()
            with transaction():
                notices.tell({keys[n % len(keys)]: now}, "reply", f"paced {n}", by=SYSTEM, now=now)
    wait(lambda: count(port)["came"] >= before + many, "what was told did not leave")
    wait(lambda: not one(owner, UNNOTED, at), "what left was not noted")
    half, most = (one(owner, WAITED, share, at) for share in (0.5, 0.95))
    say(f"    {many} told in {time.perf_counter() - began:.0f} s; handed over after {half:.0f} ms in the middle")
    return round(most)


def worked(house: House, pids: dict[str, int]) -> dict[str, float]:
    """Seconds of processor until now, by whom."""
    return {name: tree(pid) for name, pid in {"database": house.server.pid or 0, **pids}.items()}


def tree(pid: int) -> float:
    own = psutil.Process(pid)
    ended = own.cpu_times()
    times = [it.cpu_times() for it in (own, *own.children(recursive=True))]
    return sum(it.user + it.system for it in times) + ended.children_user + ended.children_system


def resident(pid: int) -> int:
    """Bytes of memory, of a process and those it has started."""
    own = psutil.Process(pid)
    return int(sum(it.memory_info().rss for it in (own, *own.children(recursive=True))))


def one(owner: psycopg.Connection[Any], query: str, *values: Any) -> Any:
    row = owner.execute(query, values).fetchone()  # type: ignore[arg-type]
    assert row
    return row[0]


def wait(done: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + PATIENCE
    while not done():
        must(time.monotonic() < limit, what)
        time.sleep(LOOK)


def count(port: int) -> dict[str, int]:
    """How many pushes have come, and how many receipts the phones have given."""
    with urlopen(f"http://127.0.0.1:{port}/count") as answer:
        return dict(json.load(answer))


def people(app: Flask, owner: psycopg.Connection[Any], many: int, theirs: Browsers) -> list[UUID]:
    """Patients who each have a phone that takes pushes, and no quiet hours: no figure may depend on the hour. Each has
    been shown one notice a week ago, since nothing of a real house is empty."""
    keys, now = [db.new_key() for _ in range(many)], clock.now()
    phones_of = [db.new_key() for _ in keys]
    with app.app_context(), owner.transaction():
        ring = crypto.keyring()

        def persons() -> Iterator[Row]:
            for n, key in enumerate(keys):
                yield key, ring.seal(f"Patient {n}", place("person.name", key)), "sv", now

        def phones() -> Iterator[Row]:
            for n, (key, own) in enumerate(zip(keys, phones_of, strict=True)):
                endpoint = f"https://{HOST}/fcm/send/{n}"
                sealed = ring.seal(json.dumps({"endpoint": endpoint} | theirs.keys), place("subscription.address", own))
                yield own, key, "private", digest(endpoint), HOST, sealed, 1, "sv", "Chrome på Android", now, now

        copy(owner, "person (id, name_sealed, language, created_at)", "uuid bytea text timestamptz", persons())
        copy(owner, "patient (person_id, since)", "uuid timestamptz", ((key, now) for key in keys))
        columns = "person_id, capacity, off_duty, fuller, app_only, chosen_at"
        choices = ((key, "private", False, False, False, now) for key in keys)
        copy(owner, f"notice_choice ({columns})", "uuid text bool bool bool timestamptz", choices)
        columns = "id, person_id, capacity, endpoint_digest, host, address_sealed, vapid, language, device"
        kinds = "uuid uuid text bytea text bytea int4 text text timestamptz timestamptz"
        copy(owner, f"subscription ({columns}, made_at, renewed_at)", kinds, phones())
    shown_before(owner, keys, phones_of, now - timedelta(days=7))
    return keys


def shown_before(owner: psycopg.Connection[Any], keys: list[UUID], phones: list[UUID], at: datetime) -> None:
    notices = [db.new_key() for _ in keys]

    def told() -> Iterator[Row]:
        for notice, key in zip(notices, keys, strict=True):
            yield notice, key, "reply", "before", "sv", at, at, at, "private"

    def delivered() -> Iterator[Row]:
        for notice, key, phone in zip(notices, keys, phones, strict=True):
            own = db.new_key()
            yield own, notice, key, "private", "push", phone, "t", own.bytes, at, at, 1, at, at

    with owner.transaction():
        columns = "id, person_id, kind, key, language, made_at, show_at, seen_at, capacity"
        copy(owner, f"notice ({columns})", "uuid uuid text text text" + 3 * " timestamptz" + " text", told())
        columns = "id, notice_id, person_id, capacity, channel, subscription_id, topic, receipt_digest, made_at, due_at"
        kinds = "uuid uuid uuid text text uuid text bytea timestamptz timestamptz int4 timestamptz timestamptz"
        copy(owner, f"delivery ({columns}, tries, accepted_at, shown_at)", kinds, delivered())


def due(owner: psycopg.Connection[Any], keys: list[UUID], at: datetime) -> None:
    """A notice to each that was to be told at that time."""
    rows = (
        (db.new_key(), key, "reply", str(n), "sv", at - timedelta(seconds=1), at, "private", at)
        for n, key in enumerate(keys)
    )
    columns = "id, person_id, kind, key, language, made_at, show_at, capacity, next_at"
    kinds = "uuid uuid text text text timestamptz timestamptz text timestamptz"
    with owner.transaction():
        copy(owner, f"notice ({columns})", kinds, rows)
    owner.execute("vacuum analyze person, notice, notice_choice, subscription, delivery")


def copy(owner: psycopg.Connection[Any], table: str, kinds: str, rows: Iterator[Row]) -> None:
    with owner.cursor().copy(f"copy {table} from stdin (format binary)") as into:  # type: ignore[arg-type]
        into.set_types(kinds.split())
        for row in rows:
            into.write_row(row)
