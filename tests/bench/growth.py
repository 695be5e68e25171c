"""Whether a page gets slower when there are ten times as many letters: the same people, ten times as long."""

from __future__ import annotations

import time

from flask import Flask

from tests.bench import invariants, loader
from tests.bench.figures import Figure, pairs, say, scaled
from tests.bench.house import House, Web
from tests.bench.loader import Size, Town
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
        return [
            Figure("growth", "ratio thread", thread, "", GOAL),
            Figure("growth", "ratio list", listed, "", GOAL),
            Figure("growth", "ratio list of all threads", every, "", GOAL),
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
    took = loaded - began, time.perf_counter() - loaded
    say(f"    {town.letters} letters loaded in {took[0]:.0f} s, checked in {took[1]:.0f} s")
    return app, town, house.web(database)
