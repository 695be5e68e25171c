"""Whether a page gets slower when there are ten times as many rows: the same people, ten times as long."""

from __future__ import annotations

import time
from typing import Any

import psycopg
from flask import Flask

from app.core import clock
from app.core.db import short
from tests.bench import invariants, loader
from tests.bench.figures import Figure, pairs, say, scaled
from tests.bench.house import House, Web, sign_in
from tests.bench.load import request
from tests.bench.loader import LoadedThread, Size, Town
from tests.bench.pages import list_pages, speed, thread_pages

MANY = 1_000_000
FEW = 100_000
GOAL = 1.3
PER_THREAD = 20
STAFF = 40
PATIENTS = 1000


def run() -> list[Figure]:
    with House() as house:
        (few_app, few_town, few), (many_app, many_town, many) = (built(house, letters) for letters in (FEW, MANY))
        thread = pairs(
            speed(few, thread_pages(few_app, few_town, readers=STAFF), "thread among few"),
            speed(many, thread_pages(many_app, many_town, readers=STAFF), "thread among many"),
            "thread",
        )
        listed = pairs(
            speed(few, list_pages(few_app, few_town, "/", readers=STAFF), "list among few"),
            speed(many, list_pages(many_app, many_town, "/", readers=STAFF), "list among many"),
            "list",
        )
        every = pairs(
            speed(few, list_pages(few_app, few_town, "/meddelanden", readers=STAFF), "all threads among few"),
            speed(many, list_pages(many_app, many_town, "/meddelanden", readers=STAFF), "all threads among many"),
            "all threads",
        )
        log = pairs(
            speed(few, log_pages(few_app, few_town), "log among few"),
            speed(many, log_pages(many_app, many_town), "log among many"),
            "log",
        )
        return [
            Figure("growth", "ratio thread", thread, "", GOAL),
            Figure("growth", "ratio list", listed, "", GOAL),
            Figure("growth", "ratio list of all threads", every, "", GOAL),
            Figure("growth", "ratio log", log, "", GOAL),
        ]


def built(house: House, letters: int) -> tuple[Flask, Town, Web]:
    """A database with so many letters, checked, and a web server over it."""
    database = house.database(f"letters_{letters}")
    app = house.app(database)
    began = time.perf_counter()
    with house.owner(database) as owner:
        threads = scaled(letters / PER_THREAD, least=50)
        size = Size(threads, staff=scaled(STAFF, least=2), patients=scaled(PATIENTS, least=50))
        town = loader.fill(app, owner, size)
        loaded = time.perf_counter()
        invariants.check(app, owner)
        reads(owner, town, rows=scaled(letters / 300, least=20))
    took = loaded - began, time.perf_counter() - loaded
    say(f"    {town.letters} letters loaded in {took[0]:.0f} s, checked in {took[1]:.0f} s")
    return app, town, house.web(database)


READ = """insert into access_log (at, actor_id, capacity, action, unit_id, patient_id, object, key_id, mac)
select %(now)s - n * interval '40 minutes', %(staff)s, 'duty', (array['thread.glimpsed', 'thread.read'])[1 + n %% 2],
  %(unit)s, %(patient)s, %(thread)s, 1, sha256(%(key)s || int4send(n)) || substr(sha256(int4send(n)), 1, 8)
from generate_series(1, %(rows)s) as n"""


def reads(owner: psycopg.Connection[Any], town: Town, *, rows: int) -> None:
    """So many times the contact of each of some patients has seen and read their thread: theirs to look at."""
    for thread in readers_of(town):
        values = {
            "staff": thread.staff,
            "unit": thread.unit,
            "patient": thread.patient,
            "rows": rows,
            "now": clock.now(),
        }
        owner.execute(READ, values | {"thread": f"thread:{short(thread.id)}", "key": thread.id.bytes})
    owner.execute("analyze access_log")
    owner.commit()


def readers_of(town: Town) -> list[LoadedThread]:
    """A thread of each of as many patients as look at their logs."""
    return list({thread.patient: thread for thread in town.threads}.values())[:STAFF]


def log_pages(app: Flask, town: Town) -> list[dict[str, str]]:
    return [
        request("/vem-har-last", cookie=sign_in(app, thread.patient, capacity="private")[0])
        for thread in readers_of(town)
    ]
