"""What the worker's rounds cost: ten thousand steps that are due, a million waits of which none is, five hundred moved.

The waits are made by the database itself, each as one that has stood open for a while would stand (see `checked`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask

from app import worker
from app.accounts import service as accounts
from app.accounts.queries import Viewer
from app.accounts.service import Who
from app.care import absence_service, unit_service
from app.care import service as care
from app.care.hours_rules import Week, weekdays
from app.care.models import Unit
from app.care.service import Cycle
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.locale import local
from app.demo.seed import as_viewer, freshen
from app.waits import tick_service as waits
from tests.bench.figures import Figure, must, percentile, say, scaled
from tests.bench.house import House

UNITS = 200
STAFF = 10
OPEN = 100_000
DUE = 10_000
IDLE = 1_000_000
MOVED = 500
LOOKS = 50
PATIENCE = 60.0
ALWAYS = weekdays("00:00", "23:59", days=range(7))


def run() -> list[Figure]:
    with House() as house:
        return [due(house), idle(house), move(house)]


def due(house: House) -> Figure:
    """Ten thousand have waited half their time: their holders are reminded, by the worker's own round."""
    app, owner, region = built(house, "due", units=scaled(UNITS, least=4))
    steps = fill(app, owner, region, scaled(OPEN, least=100), due=scaled(DUE, least=10))
    with app.app_context():
        took = worker.climb()
        while one(owner, "select exists (select from wait where next_at <= %s)", clock.now()):
            took += worker.climb()
        again = worker.climb()
    left = one(owner, "select count(*) from wait where next_at <= %s", clock.now())
    must(left == 0, f"{left} steps are still due")
    must(one(owner, "select count(*) from wait where rung = 1") == steps, "not every step was taken once")
    must(one(owner, "select count(*) from wait where failed_at is not null") == 0, "a wait failed")
    checked(owner)
    say(f"    {steps} steps in {took:.2f} s; then nothing was due, in {1000 * again:.1f} ms")
    return Figure("tick", "due s", round(took, 2), "s", 10)


def idle(house: House) -> Figure:
    """A million wait and nothing is due: each round asks what is, and which unit has another version."""
    app, owner, region = built(house, "idle", units=scaled(UNITS, least=4))
    fill(app, owner, region, scaled(IDLE, least=100), due=0)
    took = []
    with app.app_context():
        for _ in range(LOOKS):
            began = time.perf_counter()
            with db.transaction():
                must(waits.tick(by=SYSTEM, now=clock.now()) == 0, "something was due")
            took.append(1000 * (time.perf_counter() - began))
    say(f"    {percentile(took, 0.5):.2f} ms, the slowest {max(took):.1f} ms")
    return Figure("tick", "idle ms", round(percentile(took, 0.5), 2), "ms", 10)


def move(house: House) -> Figure:
    """Somebody falls ill who has five hundred questions, beside a hundred thousand others; the worker runs as ever."""
    app, owner, region = built(house, "move", units=scaled(UNITS, least=4))
    fill(app, owner, region, scaled(OPEN, least=100), due=0)
    unit, ill = region.units[0], region.staff[0][0]
    many = scaled(MOVED, least=5)
    fill(app, owner, Region([unit], [[ill]], region.patients), many, due=0)
    held = one(owner, "select count(*) from wait where holder_id = %s", ill)
    house.worker("move")
    until(owner, "select count(*) = 1 from heartbeat where name = 'worker'")
    with app.app_context():
        with db.transaction():
            absence_service.away_from_now(ill, today_only=False, by=viewer(ill), now=clock.now())
        began = time.perf_counter()
        until(owner, "select not exists (select from wait where holder_id = %s)", ill)
        took = time.perf_counter() - began
    moved = one(owner, "select count(*) from handoff where from_id = %s and reason = 'absent'", ill)
    must(moved == held >= many, f"{moved} of {held} went on")
    spread = owner.execute(
        "select count(*) from handoff where from_id = %s and reason = 'absent' group by to_id", (ill,)
    ).fetchall()
    say(f"    {held} moved to {len(spread)} others in {took:.2f} s, the most to one {max(n for (n,) in spread)}")
    checked(owner)
    return Figure("tick", "move s", round(took, 2), "s", 2)


# The house.


@dataclass
class Region:
    """Units, and who works at each; the patients are the same everywhere."""

    units: list[UUID] = field(default_factory=list)
    staff: list[list[UUID]] = field(default_factory=list)
    patients: list[UUID] = field(default_factory=list)


def built(house: House, name: str, *, units: int) -> tuple[Flask, psycopg.Connection[Any], Region]:
    database = house.database(name)
    app, owner = house.app(database), house.owner(database)
    owner.autocommit = True
    with app.app_context(), db.transaction():
        region = staffed(units)
    return app, owner, region


def staffed(units: int, *, hours: Week = ALWAYS) -> Region:
    """Units that are always open, so that what is measured does not depend on the hour at which it is."""
    now, made = clock.now(), Region()
    began = local(now).date() - timedelta(days=400)
    people = [
        accounts.register_staff(Who(f"Person {n}"), hsa_id=f"SE-T{n:05}", title="skötare", by=SYSTEM, now=now).id
        for n in range(units * STAFF)
    ]
    made.staff = [people[n : n + STAFF] for n in range(0, len(people), STAFF)]
    region = accounts.open_region(
        "Provlandet",
        "20",
        function_phone="+46313900600",
        function=people[:2],
        administrator=people[0],
        by=SYSTEM,
        now=now,
    )
    for number, theirs in enumerate(made.staff):
        unit = opened(region, number, theirs, hours)
        made.units.append(unit.id)
        for person in theirs:
            care.assign(
                person, unit, role="licensed", starts_on=began, cycle=Cycle((hours,), began), by=SYSTEM, now=now
            )
            freshen(person, now=now)
    made.patients = [
        accounts.register_patient(Who(f"Patient {n}"), by=SYSTEM, now=now).id for n in range(scaled(200, least=10))
    ]
    return made


def opened(region: Any, number: int, theirs: list[UUID], hours: Week) -> Unit:
    return unit_service.open_unit(
        region,
        f"Mottagning {number}",
        phone="+46313900610",
        phone_hours="Dygnet runt",
        office=hours,
        head=theirs[0],
        head_substitutes=(theirs[1],),
        by=SYSTEM,
        now=clock.now(),
    )


def viewer(person: UUID) -> Viewer:
    return as_viewer(person, "staff")


# The waits.

MADE = """
with places as (select unit, n - 1 as n from unnest(%(units)s::uuid[]) with ordinality as u (unit, n)),
made as (
  select gen_random_uuid() as id, p.unit, i,
    (%(staff)s::uuid[])[p.n * %(each)s + 1 + i / %(places)s %% %(each)s] as holder,
    (%(patients)s::uuid[])[1 + i %% %(known)s] as patient, i < %(due)s as due
  from generate_series(0, %(many)s - 1) as i join places p on p.n = i %% %(places)s
), waits as (
  insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, call,
    opened_at, counts_from, promised_at, rung, broken, next_at, care_version)
  select made.id, 'thread', gen_random_uuid(), made.unit, patient, holder, holder, 1, 1, false, false,
    opened, opened, opened + interval '16 hours', 0, 0, opened + interval '8 hours', u.care_version
  from made join unit u on u.id = made.unit
    cross join lateral (select case when due then %(now)s - interval '9 hours' else %(now)s - interval '1 hour' end
      - interval '1 ms' * (i %% 1000) as opened) as o
  returning id, holder_id, patient_id, opened_at
)
insert into handoff (wait_id, turn, to_id, step, reason, by_id, at)
select id, 1, holder_id, 1, 'asked', patient_id, opened_at from waits
"""


def fill(app: Flask, owner: psycopg.Connection[Any], region: Region, many: int, *, due: int) -> int:
    """So many questions, spread evenly, each with whoever it was put to; of some the holder is to be reminded now."""
    began = time.perf_counter()
    values = {
        "units": region.units,
        "staff": [person for theirs in region.staff for person in theirs],
        "each": len(region.staff[0]),
        "places": len(region.units),
        "patients": region.patients,
        "known": len(region.patients),
        "many": many,
        "due": due,
        "now": clock.now(),
    }
    with bare(owner):
        owner.execute(MADE, values)  # type: ignore[arg-type]
    owner.execute("vacuum analyze wait, handoff, person, staff, session, unit")
    checked(owner)
    say(f"    {many} waits, {due} due, made in {time.perf_counter() - began:.0f} s")
    return due


@contextmanager
def bare(owner: psycopg.Connection[Any]) -> Iterator[None]:
    """Without keys to other tables and without indexes while many rows are made; then with all of them, checked."""
    keys = owner.execute(
        "select conrelid::regclass, conname, pg_get_constraintdef(oid) from pg_constraint"
        " where contype = 'f' and conrelid in ('wait'::regclass, 'handoff'::regclass)"
    ).fetchall()
    indexes = owner.execute(
        "select c.relname, pg_get_indexdef(c.oid) from pg_index i join pg_class c on c.oid = i.indexrelid"
        " where not i.indisprimary and i.indrelid in ('wait'::regclass, 'handoff'::regclass)"
    ).fetchall()
    for table, name, _said in keys:
        owner.execute(f"alter table {table} drop constraint {name}")  # type: ignore[arg-type]
    for name, _said in indexes:
        owner.execute(f"drop index {name}")  # type: ignore[arg-type]
    yield
    for _name, said in indexes:
        owner.execute(said)
    for table, name, said in keys:
        owner.execute(f"alter table {table} add constraint {name} {said}")  # type: ignore[arg-type]


NEVER = {
    "a wait whose hand-overs do not lead to its holder": """
        select count(*) from wait w left join handoff h on h.wait_id = w.id and h.turn = w.turn
          where h.to_id is distinct from w.holder_id or h.wait_id is null""",
    "a wait with fewer or more hand-overs than turns": """
        select count(*) from (select w.turn, count(h.*) as c from wait w left join handoff h on h.wait_id = w.id
          group by w.id) as counted where turn <> c""",
    "a wait that is decided on a version that is not there yet": """
        select count(*) from wait w join unit u on u.id = w.unit_id where w.care_version > u.care_version""",
    "a holder who does not work at the unit": """
        select count(*) from wait w where holder_id is not null and not exists (
          select from assignment where person_id = w.holder_id and unit_id = w.unit_id)""",
    "a step of the ladder that is due after the promise": """
        select count(*) from wait where next_at > promised_at or promised_at <= counts_from""",
    "the same thing told twice": """
        select count(*) from (select from notice group by person_id, kind, key having count(*) > 1) as twice""",
}


def checked(owner: psycopg.Connection[Any]) -> None:
    """What must hold of open waits wherever they come from."""
    for what, count in NEVER.items():
        found = one(owner, count)
        must(found == 0, f"the invariants do not hold: {what} ({found})")


def one(owner: psycopg.Connection[Any], query: str, *values: Any) -> Any:
    row = owner.execute(query, values).fetchone()  # type: ignore[arg-type]
    return row and row[0]


def until(owner: psycopg.Connection[Any], query: str, *values: Any) -> None:
    limit = time.monotonic() + PATIENCE
    while not one(owner, query, *values):
        must(time.monotonic() < limit, f"it never came to be that {query}")
        time.sleep(0.005)
