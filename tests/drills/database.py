"""PostgreSQL stopped, and killed, under load: every letter that was answered is there, and the house heals itself."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

from app.core import db
from tests.bench import invariants, loader
from tests.bench.figures import Broken, Figure, must, say, seconds
from tests.bench.house import House, client
from tests.bench.loader import Size
from tests.drills.send import compared, stored, writers
from tests.drills.sender import text_of

SENDERS = 20
MOST = 100_000
BEFORE = 6.0
AWAY = 3.0
AFTER = 12.0
FALLS = ("stopped", "killed", "stopped", "killed")


def run() -> list[Figure]:
    with House() as house:
        database = house.database("database")
        app, owner = house.app(database), house.owner(database)
        size = Size(threads=SENDERS, letters=2, staff=4, patients=SENDERS, waiting=0)
        town = loader.fill(app, owner, size)
        owner.close()
        web = house.web(database)
        house.worker(database)
        senders = writers(app, town.patients, count=MOST)
        length = seconds(BEFORE, least=1.5) + len(FALLS) * (seconds(AWAY, least=1.5) + seconds(AFTER, least=3) + 2)
        plan = {"port": web.port, "share": 0.0, "until": length, "senders": senders}
        spans: list[tuple[float, float]] = []
        with ThreadPoolExecutor(1) as pool:
            load = pool.submit(client, "tests.drills.sender", plan, limit=length + 90)
            time.sleep(seconds(BEFORE, least=1.5))
            for fall in FALLS:
                down(house, fall)
                time.sleep(seconds(AWAY, least=1.5))
                house.server.start()
                back = time.time()
                time.sleep(seconds(AFTER, least=3))
                spans.append((back, time.time()))
            found = load.result()
        heal = [healed(found["times"], *span) for span in spans]
        say(f"    answers {found['answers']}")
        say("    healed after " + ", ".join(f"{each:.2f} s ({fall})" for each, fall in zip(heal, FALLS, strict=True)))
        lost = double = reordered = 0
        with app.app_context():
            db.engine().dispose()
            for i, patient in enumerate(town.patients):
                # The letter that was under way when time was up may stand or not: nobody was told.
                told, there = found["sent"][i], stored(patient)
                sent = [text_of(i, n) for n in range(told)]
                counts = compared(sent, [text for text in there if text != text_of(i, told)])
                lost, double, reordered = lost + counts[0], double + counts[1], reordered + counts[2]
        with house.owner(database) as again:
            invariants.check(app, again)
        must(sum(found["sent"]) > 0, "no letter was ever taken")
        say(f"    {sum(found['sent'])} letters were answered")
        return [
            Figure("database", "answered lost", lost, "", 0),
            Figure("database", "double", double, "", 0),
            Figure("database", "reordered", reordered, "", 0),
            Figure("database", "heal s", round(max(heal), 2), "s"),
        ]


def down(house: House, how: str) -> None:
    """As an operator stops it; or as a machine that loses its power, for the postmaster and everything under it."""
    if how == "stopped":
        house.server.stop()
        return
    pid = house.server.pid
    if pid is None:
        raise Broken("PostgreSQL was gone before it was killed")
    postmaster = psutil.Process(pid)
    family = [postmaster, *postmaster.children()]
    for each in family:
        try:
            os.kill(each.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    house.server.stop()


def healed(times: list[tuple[float, str]], back: float, until: float) -> float:
    """Seconds from when the database took connections again until the last letter that was not taken at once."""
    within = [(at, said) for at, said in times if back < at < until]
    must(any(said == "303" for _at, said in within), "no letter was taken after the database had come back")
    return max((at for at, said in within if said != "303"), default=back) - back
