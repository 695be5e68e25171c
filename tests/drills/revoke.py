"""Two hundred times a patient takes back what a relative sees, while that relative asks for it all the time.

Each relative has their page open, with its stream, and asks for the page and its state over and over. Late is an answer
to what was asked after the taking back had been answered for, and that still showed something.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Flask

from app.accounts import service as accounts
from app.accounts.service import Who
from app.core import clock, db, live
from app.core.audit import SYSTEM
from app.core.db import short
from app.core.locale import local
from app.demo.people import test_number
from app.demo.seed import as_viewer
from app.relatives import rules
from app.relatives import service as relatives
from app.relatives.service import Wanted
from tests.bench import invariants, loader
from tests.bench.figures import Figure, must, percentile, say, scaled
from tests.bench.house import House, client, sign_in
from tests.bench.load import request
from tests.bench.loader import Size

TIMES = 200
EACH = 10
LIMIT = 600.0


def run() -> list[Figure]:
    with House() as house:
        return drill(house)


def drill(house: House) -> list[Figure]:
    database = house.database("revoke")
    app, owner = house.app(database), house.owner(database)
    times = scaled(TIMES, least=4)
    patients = -(-times // EACH)
    town = loader.fill(app, owner, Size(threads=patients, letters=2, staff=4, patients=patients, waiting=0))
    pairs = [let_in(app, n, town.patients[n // EACH]) for n in range(times)]
    web = house.web(database)
    house.worker(database)
    found = client("tests.drills.revoker", {"port": web.port, "pairs": pairs}, limit=LIMIT)
    say(f"    {found['before']} answers before, {found['after']} after, {found['odd']}")
    must(found["before"] > times and found["after"] > times, f"too little was asked to tell: {found}")
    with app.app_context():
        held = owner.execute("select count(*) from consent where taken_back_at is null").fetchone()
    must(held == (0,), f"{held} items of consent were never taken back")
    invariants.check(app, owner)
    told = found["told"] or [0.0]
    return [
        Figure("revoke", "late", found["late"], "", 0),
        Figure("revoke", "open pages not told", times - len(found["told"]), "", 0),
        Figure("revoke", "answered broken", sum(found["odd"].values()), "", 0),
        Figure("revoke", "told p95 ms", round(percentile(told, 0.95), 1), "ms"),
        Figure("revoke", "taken back", found["taken"], "times", times, least=True),
    ]


def let_in(app: Flask, number: int, patient: UUID) -> dict[str, Any]:
    """A relative whom a patient has let in, and what the browsers of both hold."""
    with app.app_context():
        mine, now = as_viewer(patient, "patient"), clock.now()
        with db.transaction():
            who = Who(f"Nära {number}", number=test_number(number)[0])
            person = accounts.register_person(who, by=SYSTEM, now=now)
            accounts.register_relative(person.id, by=SYSTEM, now=now)
            wanted = Wanted(f"Nära {number}", ("contact",), rules.last_day("half", today=local(now).date()))
            key, code = relatives.offer(wanted, by=mine, now=now)
            relatives.accept(key, code, by=as_viewer(person.id, "relative"), now=now)
            relatives.confirm(key, by=mine, now=now)
    theirs, _token = sign_in(app, person.id, capacity="private")
    cookie, token = sign_in(app, patient, capacity="private")
    about = live.topic("r", key)
    back = f"/anhoriga/{short(key)}/ta-tillbaka"
    return {
        "pages": [request(path, cookie=theirs) for path in (f"/anhorig/{short(key)}", f"/lage?om={about}")],
        "stream": request(f"/handelser?om={about}", cookie=theirs),
        "take_back": request(back, cookie=cookie, form=f"csrf_token={token}"),
    }
