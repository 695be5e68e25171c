"""A thousand open pages, fifty letters a second: how soon a letter is on the page it is meant for."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from subprocess import PIPE, Popen
from typing import Any

from flask import Flask

from app.core import live as core_live
from app.core.db import short
from tests.bench import invariants, loader
from tests.bench.figures import Broken, Figure, must, percentile, say, scaled, seconds
from tests.bench.house import ROOT, House, Web, sign_in
from tests.bench.load import request
from tests.bench.loader import Size, Town
from tests.bench.pages import speed

PAGES = 1000
STAFF = 50
RATE = 50
LENGTH = 30.0
FILES = 8192
SETTLES = 2.0


def run() -> list[Figure]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, FILES)), hard))
    with House() as house:
        database = house.database("live")
        app, owner = house.app(database), house.owner(database)
        count = scaled(PAGES, least=10)
        town = loader.fill(app, owner, Size(threads=count, staff=min(STAFF, count), patients=count, waiting=0))
        web = house.web(database)
        house.worker(database)
        pages = open_pages(app, town)
        speed(web, [request(page["path"], cookie=page["cookie"]) for page in pages], "pages, before")
        time.sleep(SETTLES)
        plan = {"port": web.port, "rate": scaled(RATE, least=5), "seconds": seconds(LENGTH, least=2), "pages": pages}
        grown, found = watch(web, plan)
        must(found["refused"] == 0, f"{found['refused']} letters were not taken")
        must(found["unseen"] == 0, f"{found['unseen']} letters never came to the page that waited for them")
        must(found["ended"] == 0, f"{found['ended']} of the streams ended")
        invariants.check(app, owner)
        took = found["took"]
        for what in ("answered", "told", "took"):
            p50, p95 = percentile(found[what], 0.5), percentile(found[what], 0.95)
            say(f"    {what}: p50 {p50:.0f} ms, p95 {p95:.0f} ms")
        say(f"    {found['fetches']} fetches for {len(took)} letters")
        return [
            Figure("live", "p95 ms", round(percentile(took, 0.95), 1), "ms", 250),
            Figure("live", "p50 ms", round(percentile(took, 0.5), 1), "ms"),
            Figure("live", "memory kB", round(grown / count, 1), "kB", 30),
        ]


def open_pages(app: Flask, town: Town) -> list[dict[str, str]]:
    """Each patient has their thread open; its contact writes there."""
    writers = {key: sign_in(app, key, capacity="duty") for key in town.staff}
    made = []
    for thread in town.threads:
        writer, token = writers[thread.staff]
        made.append(
            {
                "follow": f"/handelser?om={core_live.topic('t', thread.id)}",
                "path": f"/meddelanden/{short(thread.id)}",
                "cookie": sign_in(app, thread.patient, capacity="private")[0],
                "writer": writer,
                "token": token,
            }
        )
    return made


def watch(web: Web, plan: dict[str, object]) -> tuple[int, dict[str, Any]]:
    """What the open pages cost in memory (kB), and what the viewers measured."""
    before = web.memory()
    viewers = Popen([sys.executable, "-m", "tests.bench.viewers"], cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True)
    try:
        if viewers.stdin is None or viewers.stdout is None:
            raise Broken("the viewers have no pipes")
        viewers.stdin.write(json.dumps(plan) + "\n")
        viewers.stdin.flush()
        must(viewers.stdout.readline() == "open\n", f"the pages could not be opened; {web.log.read_text()[-1000:]}")
        time.sleep(SETTLES)
        grown = web.memory() - before
        said, _ = viewers.communicate("go\n", timeout=600)
    except subprocess.TimeoutExpired as error:
        raise Broken("the viewers did not finish") from error
    finally:
        viewers.kill()
        viewers.wait()
    must(viewers.returncode == 0 and bool(said), "the viewers failed")
    return grown, json.loads(said)
