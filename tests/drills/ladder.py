"""Ten thousand waits fall due while workers are killed, ten of them broken: no step is lost, and none comes twice."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import psutil
import psycopg

from app.core import clock
from tests.bench.figures import Figure, must, say, scaled, seconds
from tests.bench.house import House
from tests.bench.tick import built, fill, one

WAITS = 10_000
UNITS = 20
BROKEN = 10
WITHIN = 45.0
KILL_EVERY = 3.0
PATIENCE = 180.0

# A third each has come to half its promise, to three quarters, and to the promise itself; the moments are spread.
SPREAD = """
with numbered as (select id, row_number() over (order by id) - 1 as n from wait),
moments as (
  select id, n %% 3 as rung, (array[0.5, 0.75, 1])[1 + n %% 3] as share,
    %(now)s + %(within)s * interval '1 second' * n / (select count(*) from numbered) as due
  from numbered
)
update wait w set rung = m.rung, next_at = m.due, counts_from = m.due - m.share * interval '16 h',
  promised_at = m.due + (1 - m.share) * interval '16 h', opened_at = m.due - m.share * interval '16 h'
from moments m where m.id = w.id
"""
# What no verb can write: a promise that no program can read, and a history that has no room for another line.
BREAK = """
with broken as (select id, row_number() over (order by id) as n from wait where rung = 2 order by id limit %(broken)s)
update wait w set promised_at = case when n %% 2 = 0 then 'infinity' else promised_at end,
  turn = case when n %% 2 = 1 then 32767 else turn end
from broken b where b.id = w.id returning w.id
"""

LOST = {
    "a step that was not taken": """
        select count(*) from wait join begun on begun.id = wait.id where wait.id <> all(%(broken)s)
          and (wait.rung, wait.broken) is distinct from (least(begun.rung + 1, 2), (begun.rung = 2)::integer)""",
    "a patient who was not told of a broken promise": """
        select count(*) from wait where broken = 1 and id <> all(%(broken)s) and not exists (
          select from notice where kind = 'promise_broken' and object_id = subject_id and person_id = patient_id)""",
    "a broken promise that is no line of the history": """
        select count(*) from wait where broken = 1 and id <> all(%(broken)s) and not exists (
          select from handoff h
          where wait_id = wait.id and reason = 'promise_broken' and h.promised_at = wait.promised_at)""",
    "nobody asked at three quarters, or no head of a broken promise": """
        select count(*) from wait join begun on begun.id = wait.id where begun.rung > 0 and wait.id <> all(%(broken)s)
          and not exists (select from asked where wait_id = wait.id)""",
    "somebody who was asked and not told": """
        select count(*) from asked join wait on wait.id = asked.wait_id where not exists (
          select from notice where kind = 'asked' and object_id = subject_id and person_id = asked.person_id)""",
    "a holder who was not reminded": """
        select count(*) from wait join begun on begun.id = wait.id where begun.rung = 0 and not exists (
          select from notice where kind = 'reminder' and person_id = holder_id)""",
    "a deed that is not in the log": """
        select abs((select count(*) from wait where id <> all(%(broken)s))
          - (select count(*) from access_log where action = 'wait.stepped'))""",
}
DOUBLE = {
    "a promise that was broken twice": "select count(*) from wait where broken > 1",
    "two new promises of one wait": """
        select count(*) from (select from handoff where reason = 'promise_broken' group by wait_id
          having count(*) > 1) as twice""",
    "a hand-over that was made twice": """
        select count(*) from (select from handoff where reason = 'failed' group by wait_id
          having count(*) > 1) as twice""",
    "more lines than turns": """
        select count(*) from wait w where id <> all(%(broken)s)
          and turn <> (select count(*) from handoff where wait_id = w.id)""",
    "the same told twice of one wait": """
        select count(*) from (select from notice where kind <> 'reminder' group by person_id, kind, object_id
          having count(*) > 1) as twice""",
    "more than two reminders a day": """
        select count(*) from (select from notice where kind = 'reminder' group by person_id, show_at::date
          having count(*) > 2) as many""",
    "two asked where one was to be": """
        select count(*) from (select from asked group by wait_id having count(*) > 1) as twice""",
}
STUCK = {
    "a step that is overdue": "select count(*) from wait where ended_at is null and next_at <= %(now)s",
    "a sound wait that is set aside": "select count(*) from wait where failed_at is not null and id <> all(%(broken)s)",
    "a broken wait that is not": "select count(*) from wait where failed_at is null and id = any(%(broken)s)",
    "a broken wait that could go to the head, and is not there": """
        select count(*) from wait w join unit u on u.id = w.unit_id
          where w.id = any(%(broken)s) and promised_at = 'infinity' and holder_id is distinct from head_id""",
}


def run() -> list[Figure]:
    with House() as house:
        app, owner, region = built(house, "ladder", units=scaled(UNITS, least=2))
        many, within = scaled(WAITS, least=60), seconds(WITHIN, least=8)
        fill(app, owner, region, many, due=0)
        values: dict[str, Any] = {"now": clock.now(), "within": within, "broken": BROKEN}
        owner.execute(SPREAD, values)
        values["broken"] = [key for (key,) in owner.execute(BREAK, values).fetchall()]
        must(len(values["broken"]) == BROKEN, "not enough waits were broken")
        owner.execute("create table begun as select id, rung from wait")
        killed = climbed_under_fire(house, owner, within)
        # What was broken was tried and set aside; everything else goes on as it should.
        values["now"] = clock.now()
        figures = [
            Figure("ladder", name, sum(counted(owner, kinds, values)), "", 0)
            for name, kinds in (("lost", LOST), ("double", DOUBLE), ("stuck", STUCK))
        ]
        say(f"    {many} waits, {killed} workers killed")
        return [*figures, Figure("ladder", "killed", killed, "workers")]


def climbed_under_fire(house: House, owner: psycopg.Connection[Any], within: float) -> int:
    """Two workers, one of them killed every third second and started anew, until nothing is due.

    Where starting one takes longer than that, the other lives until it is there: dead ones alone do no work.
    """
    workers = [house.worker("ladder"), house.worker("ladder")]
    began, killed = time.monotonic(), 0
    while True:
        time.sleep(KILL_EVERY)
        left = one(owner, "select count(*) from wait where next_at <= %s", clock.now())
        if not left and time.monotonic() - began > within + KILL_EVERY:
            break
        must(time.monotonic() - began < within + PATIENCE, f"{left} steps are still due")
        while not psutil.Process(workers[1].pid).net_connections("all"):
            must(workers[1].poll() is None, "a worker ended by itself")
            time.sleep(0.05)
        victim = workers.pop(0)
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
        house.processes.remove(victim)
        killed += 1
        workers.append(house.worker("ladder"))
    for worker in workers:
        house.end(worker)
    must(killed > 1, "no worker was killed")
    return killed


def counted(owner: psycopg.Connection[Any], kinds: dict[str, str], values: dict[str, Any]) -> list[int]:
    found = []
    for what, query in kinds.items():
        row = owner.execute(query, values).fetchone()  # type: ignore[arg-type]
        found.append(row[0] if row else 0)
        if found[-1]:
            say(f"    {what}: {found[-1]}")
    return found
