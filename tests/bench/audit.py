"""What the access log costs, how soon it is sealed, and how long a check of all of it takes."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask

from app.core import audit, clock
from app.core.audit import Entry, System
from app.core.db import short
from tests.bench import loader
from tests.bench.figures import Figure, must, pairs, percentile, say, scaled, seconds
from tests.bench.house import PATIENCE, House, Web, client
from tests.bench.loader import Size
from tests.bench.pages import CONNECTIONS, list_pages, speed, thread_pages

ROWS = 1_000_000
ROWS_TOGETHER = 100
UNDER_LOAD = 30.0
LOOK_EVERY = 0.2
WAITING = """
select min(at) from access_log where xid >= coalesce((select max(hi) from log_seal), 0)::text::xid8
"""


def run() -> list[Figure]:
    with House() as house:
        return [*of_a_million(house), *of_pages(house)]


def of_a_million(house: House) -> list[Figure]:
    """A log of a million true rows, in as many transactions as pages make of them, sealed by the app's own command."""
    database = house.database("log")
    app, rows = house.app(database), scaled(ROWS, least=500)
    with house.owner(database) as owner:
        write_rows(app, owner, rows)
    began = time.perf_counter()
    sealed = house.flask(database, "audit", "seal")
    must(sealed.returncode == 0, f"the log was not sealed: {sealed.stderr[-500:]}")
    say(f"    sealed in {time.perf_counter() - began:.1f} s")
    took = []
    for _ in range(3):
        began = time.perf_counter()
        verified = house.flask(database, "audit", "verify")
        took.append(time.perf_counter() - began)
        must(verified.returncode == 0, f"a log that nobody touched does not agree: {verified.stdout[-500:]}")
        must(int(verified.stdout.split()[0]) >= rows, f"too few rows were read: {verified.stdout}")
    say(f"    verify: {', '.join(f'{each:.2f} s' for each in took)}")
    return [Figure("audit", "verify s", round(percentile(took, 0.5), 2), "s", 15)]


def write_rows(app: Flask, owner: psycopg.Connection[Any], rows: int) -> None:
    """Straight into the table, each with its own digest, as `audit.record` makes them."""
    chance, now = random.Random(20261121), clock.now()
    columns = "at, actor_id, capacity, action, unit_id, patient_id, object, key_id, mac"
    kinds = "timestamptz uuid text text uuid uuid text int2 bytea".split()
    with app.app_context():
        keys = audit.keyset()
        made = entries(chance, now, rows)
        for _ in range(0, rows, ROWS_TOGETHER):
            with (
                owner.transaction(),
                owner.cursor().copy(f"copy access_log ({columns}) from stdin (format binary)") as copy,
            ):
                copy.set_types(kinds)
                for at, actor, entry in (each for _, each in zip(range(ROWS_TOGETHER), made, strict=False)):
                    said = audit.words(at, System(actor, "duty"), entry)  # type: ignore[arg-type]
                    mac = audit.stamp(keys.secret, said, chance.randbytes(audit.NONCE))
                    copy.write_row(
                        (
                            at,
                            actor,
                            "duty",
                            entry.action,
                            entry.unit_id,
                            entry.patient_id,
                            entry.object,
                            keys.current,
                            mac,
                        )
                    )
    owner.commit()
    owner.autocommit = True
    owner.execute("vacuum analyze access_log")


def entries(chance: random.Random, now: datetime, rows: int) -> Iterator[tuple[datetime, UUID, Entry]]:
    """Two hundred staff who read of two thousand patients, during the last day."""
    staff, patients, units = ([UUID(int=chance.getrandbits(128)) for _ in range(n)] for n in (200, 2000, 5))
    actions = ("thread.read", "thread.glimpsed", "thread.listed", "message.written")
    for i in range(rows):
        patient = chance.choice(patients)
        entry = Entry(chance.choice(actions), patient, units[patient.int % 5], f"thread:{short(patient)}")
        yield now - timedelta(days=1) * (1 - i / rows), chance.choice(staff), entry


def of_pages(house: House) -> list[Figure]:
    """A busy house: how late the seal is, and what a page would cost without its row in the log."""
    database = house.database("pages")
    app, owner = house.app(database), house.owner(database)
    town = loader.fill(app, owner, Size(threads=scaled(1500, least=20), staff=10, patients=scaled(300)))
    logged = house.web(database)
    house.worker(database)
    requests = thread_pages(app, town) + list_pages(app, town, "/") * 20
    lag = sealed_lag(owner, logged, requests)
    cost = cost_ratio(house, database, logged, requests)
    return [Figure("audit", "sealed lag s", lag, "s", 5), Figure("audit", "cost ratio", cost, "")]


def cost_ratio(house: House, database: str, logged: Web, requests: list[dict[str, str]]) -> float:
    """How many times faster the same pages would be without their rows in the log."""
    unlogged = house.web(database, "tests.bench.unlogged:create_app()")
    with_log, without = speed(logged, requests, "with the log"), speed(unlogged, requests, "without")
    return pairs(without, with_log, "without / with")


def sealed_lag(owner: psycopg.Connection[Any], web: Web, requests: list[dict[str, str]]) -> float:
    """The age of the oldest row that no seal covers yet, at worst, while pages are read as fast as they come."""
    length = seconds(UNDER_LOAD, least=3)
    plan = {"port": web.port, "connections": CONNECTIONS, "seconds": length, "requests": requests}
    ages: list[float] = []
    limit = time.monotonic() + PATIENCE
    while owner.execute(WAITING).fetchone() != (None,):
        must(time.monotonic() < limit, "the worker does not seal")
        time.sleep(LOOK_EVERY)
    with ThreadPoolExecutor(1) as pool:
        load = pool.submit(client, "tests.bench.load", plan, limit=60 + 5 * length)
        while not load.done():
            oldest = owner.execute(WAITING).fetchone()
            if oldest and oldest[0]:
                ages.append((clock.now() - oldest[0]).total_seconds())
            time.sleep(LOOK_EVERY)
        must(set(load.result()["statuses"]) == {"200"}, f"pages were answered {load.result()['statuses']}")
    say(f"    unsealed rows: p50 {percentile(ages, 0.5):.2f} s, at worst {max(ages):.2f} s")
    return round(max(ages), 2)
