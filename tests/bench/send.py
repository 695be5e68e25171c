"""How fast a letter is stored, from the form to the answer, beside the barest insert and commit."""

from __future__ import annotations

from urllib.parse import quote_plus

from flask import Flask

from app.core.db import short
from tests.bench import invariants, loader
from tests.bench.figures import Figure, must, pairs, percentile, scaled, seconds
from tests.bench.house import House, client, sign_in
from tests.bench.load import request
from tests.bench.loader import Size, Town
from tests.bench.pages import BARE_THREADS, fill_bare, speed

WRITERS = 200
TEXT = quote_plus("Jag vaknar vid tre på natten. Sedan somnar jag inte om. Kan jag ta tabletten på morgonen i stället?")
PACE = 50
LENGTH = 20.0


def run() -> list[Figure]:
    with House() as house:
        database = house.database("send")
        app, owner = house.app(database), house.owner(database)
        writers = scaled(WRITERS, least=20)
        town = loader.fill(app, owner, Size(threads=2 * writers, staff=10, patients=writers))
        fill_bare(owner)
        ours, other = house.web(database), house.web(database, "tests.bench.bare:create_app()")
        house.worker(database)
        letters = letters_to_send(app, town)
        send = speed(ours, letters, "send", expected="303")
        bare_posts = [request(f"/rows/{thread}", form=f"text={TEXT}&key=%KEY%") for thread in range(BARE_THREADS)]
        ratio = pairs(send, speed(other, bare_posts, "bare insert", expected="303"), "send")
        plan = {"port": ours.port, "rate": PACE, "seconds": seconds(LENGTH), "requests": letters}
        paced = client("tests.bench.load", plan, limit=60 + 5 * LENGTH)
        must(set(paced["statuses"]) == {"303"}, f"letters were answered {paced['statuses']}")
        invariants.check(app, owner)
        return [
            Figure("send", "ratio", ratio, "", 0.25, least=True),
            Figure("send", "p99 ms", round(percentile(paced["took"], 0.99), 1), "ms", 150),
            Figure("send", "p50 ms", round(percentile(paced["took"], 0.5), 1), "ms"),
        ]


def letters_to_send(app: Flask, town: Town) -> list[dict[str, str]]:
    """Each patient writes in a thread of their own; every letter has a key that is new."""
    made = []
    own = {thread.patient: thread for thread in town.threads}
    with app.app_context():
        shown = {patient: loader.shown(patient) for patient in own}
    for patient, thread in own.items():
        cookie, token = sign_in(app, patient, capacity="private")
        form = f"csrf_token={token}&{shown[patient]}&key=%KEY%&text={TEXT}"
        made.append(request(f"/meddelanden/{short(thread.id)}", cookie=cookie, form=form))
    return made
