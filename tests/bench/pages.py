"""How fast a page is, beside a bare one."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import psycopg
from flask import Flask

from app.core.db import short
from tests.bench import bare, invariants, loader
from tests.bench.figures import Broken, Figure, pairs, percentile, say, scaled, seconds
from tests.bench.house import House, Web, client, sign_in
from tests.bench.load import request
from tests.bench.loader import Size, Town

CONNECTIONS = 16
LENGTH = 4.0
WARM = 3.0
GOAL = 0.4
READERS = 10
MOST_ADDRESSES = 500


def run() -> list[Figure]:
    with House() as house:
        database = house.database("pages")
        app, owner = house.app(database), house.owner(database)
        town = loader.fill(app, owner, Size(threads=scaled(1500, least=20), staff=READERS, patients=scaled(300)))
        invariants.check(app, owner)
        fill_bare(owner)
        ours, other = house.web(database), house.web(database, "tests.bench.bare:create_app()")
        house.worker(database)
        rows = [request(f"/rows/{thread}") for thread in range(BARE_THREADS)]
        bare_page = speed(other, rows, "bare page")
        thread = speed(ours, thread_pages(app, town), "thread")
        start, listed = (speed(ours, list_pages(app, town, path), path) for path in ("/", "/meddelanden"))
        return [
            Figure("pages", "ratio thread", pairs(thread, bare_page, "thread"), "", GOAL, least=True),
            Figure("pages", "ratio list", pairs(start, bare_page, "list"), "", GOAL, least=True),
            Figure("pages", "ratio list of all threads", pairs(listed, bare_page, "all threads"), ""),
        ]


BARE_THREADS = 200


def fill_bare(owner: psycopg.Connection[Any], *, rows: int = 20) -> None:
    """Rows with as many words in them as ours have."""
    chance = random.Random(20261121)
    owner.execute(bare.TABLE)
    with owner.cursor().copy("copy bare_letter (thread, name, text, at) from stdin") as copy:
        for i in range(BARE_THREADS * rows):
            copy.write_row(
                (i % BARE_THREADS, loader.name(i), loader.words(chance), f"2026-01-{1 + i % 28:02} 08:00+00")
            )
    owner.execute("analyze bare_letter")
    owner.commit()


def thread_pages(app: Flask, town: Town, *, readers: int = READERS) -> list[dict[str, str]]:
    """Threads of twenty letters, each read by its contact."""
    chance = random.Random(1)
    cookies = {key: sign_in(app, key, capacity="duty")[0] for key in town.staff[:readers]}
    mine = [thread for thread in town.threads if thread.staff in cookies and not thread.waits]
    chosen = chance.sample(mine, min(len(mine), MOST_ADDRESSES))
    return [request(f"/meddelanden/{short(thread.id)}", cookie=cookies[thread.staff]) for thread in chosen]


def list_pages(app: Flask, town: Town, path: str, *, readers: int = READERS) -> list[dict[str, str]]:
    return [request(path, cookie=sign_in(app, key, capacity="duty")[0]) for key in town.staff[:readers]]


def speed(web: Web, requests: list[dict[str, str]], what: str, *, expected: str = "200") -> Callable[[], float]:
    """A measurement of answers a second, warmed up."""
    answers_a_second(web, requests, what, WARM, expected=expected)
    return lambda: answers_a_second(web, requests, what, seconds(LENGTH), expected=expected)


def answers_a_second(
    web: Web, requests: list[dict[str, str]], what: str, length: float, *, expected: str = "200"
) -> float:
    """Asked by as many at once as there are connections, each as soon as it was answered."""
    plan = {"port": web.port, "connections": CONNECTIONS, "seconds": length, "requests": requests}
    before = web.worked()
    found = client("tests.bench.load", plan, limit=60 + 10 * length)
    spent = [1000 * (after - then) / len(found["took"]) for after, then in zip(web.worked(), before, strict=True)]
    if set(found["statuses"]) != {expected}:
        raise Broken(f"{what} was answered {found['statuses']}; see {web.log.read_text()[-1000:]}")
    each, p50 = len(found["took"]) / found["seconds"], percentile(found["took"], 0.5)
    say(f"    {what}: {each:.0f}/s, p50 {p50:.1f} ms, processor {spent[0]:.2f} ms web + {spent[1]:.2f} ms database")
    return each
