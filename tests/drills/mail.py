"""The mail server is killed with its hands full, is away for ten minutes, and is difficult when it is back.

It is a process of its own that writes down each letter before it says that it has it, so that it knows itself what it
had. It asks some to come back, takes its time with some, hangs up on some, takes some letters without a word, and has
no such mailbox for others, who also gave a number. Only the clock is moved, a minute at a time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import time_machine
from flask import Flask

from app import create_app
from app.accounts import queries as people
from app.accounts import service as accounts
from app.config import Settings
from app.core import clock, db
from app.core.audit import SYSTEM
from app.machine.processes import end_group, spawn
from app.notices import point_service as points
from app.notices import service as notices
from app.sender import Sender
from tests.bench.figures import Figure, must, say, scaled
from tests.bench.house import ROOT, House
from tests.sms_service import Service, serving
from tests.world import World, wall

PEOPLE = 300
# How the server is to each of twenty, by what their address begins with; the others it is kind to.
KINDS = {1: "grey", 3: "slow", 5: "gone", 7: "grey", 9: "cut", 11: "unsaid", 13: "gone", 15: "slow"}
LATE = 2
"""So many first calls are never answered at all, and cost a step's whole time each."""
TELLING, AWAY, LONG = 5, 10, 60
FALLS = 3
"""The minute in which it is killed."""
MINUTE = timedelta(minutes=1)


@dataclass
class Told:
    """Somebody who was told something at a moment."""

    person: UUID
    mail: str
    number: str
    works: bool
    at: datetime | None = None


class Post:
    """The server's process, and what it has written down."""

    def __init__(self, file: Path) -> None:
        self.file, self.port = file, 0
        file.touch()
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.mail_server", str(self.port), str(self.file)]
        self.process = spawn(command, output=subprocess.PIPE, cwd=ROOT)
        assert self.process.stdout
        with self.process.stdout as said:
            self.port = int(said.readline())

    def kill(self) -> None:
        self.process.kill()
        end_group(self.process, patience=5)
        if self.process.stderr:
            self.process.stderr.close()

    def killed_after(self, letters: int) -> threading.Thread:
        """Kill it as soon as it has taken so many more."""
        wanted = len(self.letters()) + letters

        def watch() -> None:
            while len(self.letters()) < wanted:
                time.sleep(0.002)
            self.kill()

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        return thread

    def letters(self) -> list[tuple[str, str]]:
        """To whom, and as which letter, in order."""
        lines = self.file.read_text().splitlines()
        return [(it["to"], it["id"]) for it in map(json.loads, lines)]


def run() -> list[Figure]:
    with House(durable=False) as house, serving() as texts:
        database = house.database("mail")
        post = Post(house.folder / "letters")
        try:
            out = {"SMTP_URL": f"smtp://127.0.0.1:{post.port}", "SMS_URL": texts.url}
            app = create_app(Settings.from_env(house.env(database) | out))
            house.apps.append(app)
            with time_machine.travel(wall("2026-11-04 09:00")) as clockwork:
                with app.app_context():
                    world = World(app)
                    everybody = [person(world, n) for n in range(scaled(PEOPLE, least=40))]
                return told(app, post, texts, everybody, clockwork)
        finally:
            post.kill()


def person(world: World, n: int) -> Told:
    """Every tenth works here. Whoever has no mailbox has a number."""
    who = world.staff(f"Vård {n}") if n % 10 == 8 else world.patient(f"Patient {n}", contact=None)
    with db.transaction():
        token = accounts.sign_in(who.person.id, capacity=who.capacity, way="demo", by=SYSTEM, now=clock.now())
    viewer = people.viewer_of(token, now=clock.now())
    assert viewer
    kind = "late" if n // 20 < LATE and n % 20 == 17 else KINDS.get(n % 20, "person")
    found = Told(
        who.person.id, f"{kind}-{n}@example.org", f"+4670174{n:04d}" if kind == "gone" else "", who.capacity == "duty"
    )
    for system, value in (("email", found.mail), ("sms", found.number)):
        if value:
            with db.transaction():
                asked = points.ask(system, value, by=viewer, now=clock.now())
                points.confirm(asked.key, asked.code, by=viewer, now=clock.now())
    return found


def told(
    app: Flask, post: Post, texts: Service, everybody: list[Told], clockwork: time_machine.Traveller
) -> list[Figure]:
    sender, reached = Sender(app), dict[str, datetime]()
    back = None
    for minute in range(LONG):
        if minute < TELLING:
            tell(app, everybody[minute::TELLING])
        falls = minute == FALLS and post.killed_after(len(everybody) // TELLING // 3)
        if minute == FALLS + AWAY:
            post.start()
            back = clock.now()
        sender.round()
        if falls:
            falls.join(30)
            must(not falls.is_alive(), "the server was never busy enough to be killed")
        for to in (*(to for to, _id in post.letters()), *(it["to"] for it in texts.asked)):
            reached.setdefault(to, clock.now())
        clockwork.shift(MINUTE)
    sender.outlets.close()
    return judged(everybody, post, texts, reached, back)


def tell(app: Flask, those: list[Told]) -> None:
    with app.app_context(), db.transaction():
        for it in those:
            kind, it.at = "wait" if it.works else "reply", clock.now()
            notices.tell({it.person: it.at}, kind, "drill", about=db.new_key(), by=SYSTEM, now=it.at)


def judged(
    everybody: list[Told], post: Post, texts: Service, reached: dict[str, datetime], back: datetime | None
) -> list[Figure]:
    letters: dict[str, set[str]] = defaultdict(set)
    for to, key in post.letters():
        letters[to].add(key)
    again = Counter(post.letters())
    lost = [it.mail for it in everybody if not it.number and it.mail not in letters]
    doubled = [to for to, keys in letters.items() if len(keys) > 1]
    doubled += [to for to, count in Counter(it["to"] for it in texts.asked).items() if count > 1]
    unreached = [it for it in everybody if not {it.mail, it.number} & reached.keys()]
    needless = [it for it in everybody if not it.number and it.number in reached]
    unsaid = sum(it.mail.startswith("unsaid") for it in everybody)
    twice = sum(count - 1 for count in again.values())
    assert back
    after = max((max(timedelta(), at - back) for at in reached.values()), default=timedelta())
    say(f"    {len(everybody)} people, {len(letters)} mailboxes, {len(texts.asked)} texts, {twice} letters sent anew")
    must(not needless, "somebody who had mail was sent a text message too")
    return [
        Figure("mail", "lost", len(lost), "", 0),
        Figure("mail", "doubled", len(doubled), "", 0),
        Figure("mail", "unreached", len(unreached), "", 0),
        # What the server took without saying so comes again, as the same letter: those, and the one it was killed over.
        # It is silent once to each, also when it was killed in between: it knows from its file whom it has had.
        Figure("mail", "same letter again", twice, "", unsaid + 1),
        Figure("mail", "last after it was back min", round(after / MINUTE, 1), "min"),
    ]
