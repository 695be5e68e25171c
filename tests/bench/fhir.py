"""Another system's whole book of times is read in; and read again, when nothing in it has changed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask
from sqlalchemy import select, update

from app import puller
from app.accounts.models import Region, Staff
from app.care.models import Unit
from app.core import clock, crypto, db
from app.core.audit import SYSTEM
from app.core.locale import local
from app.demo.people import test_number
from app.exchange import source_service
from app.exchange.pull_service import Round
from app.exchange.source_line import Way
from app.exchange.source_service import Wanted
from tests.bench import loader
from tests.bench.figures import Figure, must, say, scaled
from tests.bench.house import ROOT, House, used
from tests.bench.loader import Town

TIMES = 100_000
PATIENTS = 2_000
STAFF = 20
UNIT = "SE2321000180-BENCH"
# All but who reads a source until when: a lease is taken and let go by every round, whatever it finds.
WRITTEN = """select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del) filter (where relname <> 'source'), 0)::int,
  coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del) filter (where relname = 'source'), 0)::int from pg_stat_user_tables"""


def run() -> list[Figure]:
    with House() as house:
        database = house.database("fhir")
        app, owner = house.app(database), house.owner(database)
        owner.autocommit = True
        count = scaled(TIMES, least=100)
        with app.app_context():
            plan = built(owner, count)
        with serving(plan) as url:
            with app.app_context():
                source = added(url)
            ours, theirs = time.process_time(), used(house.server.pid or 0)
            first, took = read(app, source)
            app.extensions["db"]["engine"].dispose()
            ours, theirs = time.process_time() - ours, used(house.server.pid or 0) - theirs
            must(first.counts["Appointment"]["made"] == count, f"it read {first.counts} of {count} times")
            owner.execute("update source set read_to = null")
            before = written(app, owner)
            again, took_again = read(app, source)
            after = written(app, owner)
        made = owner.execute("select count(*) from booking where status = 'booked'").fetchone()
        must(made == (count,), f"{made} bookings for {count} times")
        must(again.counts["Appointment"]["unchanged"] == count, f"something was new the second time: {again.counts}")
        say(f"    {count} times in {took:.1f} s; unchanged in {took_again:.1f} s")
        say(f"    the round that changed nothing wrote {after[1] - before[1]} times to its source (lease and plan)")
        return [
            Figure("fhir", "import per s", round(count / took), "1/s"),
            # What it costs whatever else the machine does: ours runs on one processor, the database's on another.
            Figure("fhir", "import cpu", round(1000 * ours / count, 2), "ms"),
            Figure("fhir", "import database cpu", round(1000 * theirs / count, 2), "ms"),
            Figure("fhir", "unchanged per s", round(count / took_again), "1/s"),
            Figure("fhir", "writes", after[0] - before[0], "", 0),
        ]


def built(owner: psycopg.Connection[Any], count: int) -> dict[str, Any]:
    """One unit, its staff and patients, and what the other system knows them by."""
    town = Town()
    with db.transaction() as session:
        unit = loader.clinic(STAFF, town)
        session.execute(update(Unit).where(Unit.id == unit.id).values(hsa_id=UNIT))
    town.patients = [db.new_key() for _ in range(scaled(PATIENTS, least=STAFF))]
    with owner.transaction():
        loader.copy_patients(owner, crypto.keyring(), town, unit.id, clock.now())
    numbers = [numbered(owner, n, key) for n, key in enumerate(town.patients)]
    hsa = {row.person_id: row.hsa_id for row in db.session().execute(select(Staff.person_id, Staff.hsa_id))}
    begins = local(clock.now()).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=2)
    staff = [hsa[key] for key in town.staff]
    return {"count": count, "unit": UNIT, "staff": staff, "patients": numbers, "begins": begins.isoformat()}


def numbered(owner: psycopg.Connection[Any], n: int, key: UUID) -> str:
    """Give somebody a number to be known by."""
    number, ring = test_number(n)[0], crypto.keyring()
    sealed = ring.seal(number, crypto.place("person.number", key))
    values = (sealed, ring.digest("person.number", number), key)
    owner.execute("update person set number_sealed = %s, number_index = %s where id = %s", values)
    return number


def added(url: str) -> UUID:
    with db.transaction() as session:
        region = session.execute(select(Region.id)).scalar_one()
        return source_service.add(region, Wanted("Tidbok Väst", url), by=SYSTEM, now=clock.now())


def read(app: Flask, source: UUID) -> tuple[Round, float]:
    """One round as the worker makes it, and how long it took."""
    began = time.perf_counter()
    with app.app_context():
        found = puller.read(source, way=Way(near=True))
    took = time.perf_counter() - began
    must(found is not None and found.fault is None, f"it was not read to its end: {found and found.fault}")
    assert found
    return found, took


def written(app: Flask, owner: psycopg.Connection[Any]) -> tuple[int, int]:
    """How many rows have been written, beside those of the sources and in those."""
    # Whoever wrote says how much when they hang up.
    app.extensions["db"]["engine"].dispose()
    owner.execute("select pg_stat_force_next_flush()")
    time.sleep(1.5)
    row = owner.execute(WRITTEN).fetchone()
    assert row
    return row[0], row[1]


@contextmanager
def serving(plan: dict[str, Any]) -> Iterator[str]:
    """The other system, as a process of its own."""
    command = [sys.executable, "-m", "tests.bench.fhir_source"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps(plan) + "\n")
        process.stdin.flush()
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()
