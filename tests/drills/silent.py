"""A third of all phones are said to have a notice and never show it: whoever has a second way is reached in time.

The app sends to real services over the wire; only the clock is moved, a minute at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import time_machine
from flask import Flask

from app import create_app
from app.accounts import queries as people
from app.accounts import service as accounts
from app.accounts.queries import Viewer
from app.config import Settings
from app.core import clock, db
from app.core.audit import SYSTEM
from app.notices import point_service as points
from app.notices import service as notices
from app.notices import subscription_service as subscriptions
from app.sender import Sender
from tests.bench.figures import Figure, must, say, scaled
from tests.bench.house import House
from tests.drills.phones import Phone, Street
from tests.world import World, wall

PEOPLE = 300
MAILED, TEXTED = timedelta(minutes=16), timedelta(minutes=31)
LONG = 40
MINUTE = timedelta(minutes=1)
NEVER = wall("2999-01-01 00:00")


@dataclass
class Told:
    """Somebody who was told something at a moment, and how they can be reached."""

    viewer: Viewer
    phone: Phone
    mail: str
    number: str
    at: datetime = NEVER

    def due(self) -> list[tuple[str, datetime]]:
        """By when they must have been reached by each further way they have."""
        ways = [("mail", MAILED)] * bool(self.mail) + [("text", TEXTED)] * bool(self.number)
        return [(way, self.at + within) for way, within in ways]


def run() -> list[Figure]:
    with House(durable=False) as house, Street() as street:
        database = house.database("silent")
        app = create_app(Settings.from_env(house.env(database) | street.settings))
        house.apps.append(app)
        with time_machine.travel(wall("2026-11-04 09:00")) as clockwork:
            with app.app_context():
                world = World(app)
                everybody = [person(world, street, n) for n in range(scaled(PEOPLE, least=20))]
            return told(app, street, everybody, clockwork)


def person(world: World, street: Street, n: int) -> Told:
    """Every tenth works here; three phones of ten are silent; all four kinds of further ways, evenly."""
    who = world.staff(f"Vård {n}") if n % 10 == 9 else world.patient(f"Patient {n}", contact=None)
    with db.transaction():
        token = accounts.sign_in(who.person.id, capacity=who.capacity, way="demo", by=SYSTEM, now=clock.now())
    viewer = people.viewer_of(token, now=clock.now())
    must(viewer is not None, "somebody cannot sign in")
    assert viewer
    kind = n // 10 % 4
    silent = n % 10 in (1, 5, 9)
    found = Told(
        viewer,
        street.phone(f"phone-{n}", silent=silent),
        f"person-{n}@example.org" if kind in (1, 3) else "",
        f"+4670174{n:04d}" if kind in (2, 3) else "",
    )
    with db.transaction():
        subscriptions.turn_on(found.phone.address, 1, viewer.session_id, by=viewer, now=clock.now())
        for system, value in (("email", found.mail), ("sms", found.number)):
            if value:
                asked = points.ask(system, value, by=viewer, now=clock.now())
                points.confirm(asked.key, asked.code, by=viewer, now=clock.now())
    return found


def told(app: Flask, street: Street, everybody: list[Told], clockwork: time_machine.Traveller) -> list[Figure]:
    """All are told within five minutes, and forty go by; the phones that work report what they have shown."""
    sender, phone = Sender(app), app.test_client()
    mailed: dict[str, datetime] = {}
    for minute in range(LONG):
        with app.app_context(), db.transaction():
            for it in everybody[minute::5] if minute < 5 else ():
                kind, it.at = "wait" if it.viewer.capacity == "duty" else "reply", clock.now()
                notices.tell({it.viewer.person_id: it.at}, kind, "drill", about=db.new_key(), by=SYSTEM, now=it.at)
        before = len(street.mail.box.letters)
        sender.round()
        for to, _letter, _secure in street.mail.box.letters[before:]:
            mailed.setdefault(to, clock.now())
        for token in street.fetch():
            must(
                phone.post("/aviseringar/kvitto", data={"kvitto": token, "hur": "visad"}).status_code == 204, "refused"
            )
        clockwork.shift(MINUTE)
    sender.outlets.close()
    texted = {to: min(at) for to, at in street.texts.items()}
    reached = mailed | texted
    silent = [it for it in everybody if it.phone.silent]
    late = [
        it for it in silent for way, by in it.due() if reached.get(it.mail if way == "mail" else it.number, NEVER) > by
    ]
    needless = [it for it in everybody if not it.phone.silent and {it.mail, it.number} & reached.keys()]
    unshown = [it for it in everybody if not it.phone.silent and len(it.phone.shown) != 1]
    say(f"    {len(everybody)} people, {len(silent)} silent phones, {len(mailed)} mails, {len(texted)} texts")
    must(any(it.due() for it in silent) and not unshown, "a phone that works did not show what it was sent")
    last = max((reached[it.mail] - it.at for it in silent if it.mail), default=timedelta())
    text = max((reached[it.number] - it.at for it in silent if it.number), default=timedelta())
    return [
        Figure("silent", "unreached", len(late), "", 0),
        Figure("silent", "needless", len(needless), "", 0),
        Figure("silent", "slowest mail min", last / MINUTE, "min", 16),
        Figure("silent", "slowest text min", text / MINUTE, "min", 31),
    ]
