"""Ten thousand letters over a line that breaks: none is lost, none comes twice, and each person's stay in order."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app.care.models import Contact
from app.core import db
from app.core.db import short
from app.messages.models import Message, Thread
from tests.bench import invariants, loader
from tests.bench.figures import Figure, must, say, scaled
from tests.bench.house import House, client, sign_in
from tests.bench.loader import Size
from tests.drills.sender import text_of

LETTERS = 10_000
SENDERS = 40
SHARE = 0.6
LIMIT = 1200.0


def run() -> list[Figure]:
    with House() as house:
        return drill(house)


def drill(house: House) -> list[Figure]:
    database = house.database("send")
    app, owner = house.app(database), house.owner(database)
    size = Size(threads=SENDERS, letters=2, staff=4, patients=SENDERS, waiting=0)
    town = loader.fill(app, owner, size)
    web = house.web(database)
    house.worker(database)
    senders = writers(app, town.patients, count=max(1, scaled(LETTERS) // SENDERS))
    plan = {"port": web.port, "share": SHARE, "until": LIMIT, "senders": senders}
    found = client("tests.drills.sender", plan, limit=LIMIT + 60)
    say(f"    answers {found['answers']}, cuts {found['cuts']}")
    must(all(sent == senders[0]["count"] for sent in found["sent"]), f"letters were never taken: {found['sent']}")
    lost = double = reordered = 0
    with app.app_context():
        for i, patient in enumerate(town.patients):
            there = stored(patient)
            sent = [text_of(i, n) for n in range(senders[i]["count"])]
            counts = compared(sent, there)
            lost, double, reordered = lost + counts[0], double + counts[1], reordered + counts[2]
    invariants.check(app, owner)
    for line in sorted({line for line in web.log.read_text().splitlines() if "broken" in line})[:1]:
        say(f"    {line}")
    broken = sum(n for answer, n in found["answers"].items() if answer.startswith("5"))
    return [
        Figure("send", "lost", lost, "", 0),
        Figure("send", "double", double, "", 0),
        Figure("send", "reordered", reordered, "", 0),
        Figure("send", "answered broken", broken, "", 0),
        Figure("send", "cut", sum(n for kind, n in found["cuts"].items() if kind != "none"), "connections"),
    ]


def writers(app: Flask, patients: list[UUID], *, count: int) -> list[dict[str, Any]]:
    """Who sends, with what a browser of theirs holds. The first letter opens a thread, and one in fifty after it."""
    with app.app_context():
        contacts = {row.patient_id: row.id for row in db.session().scalars(select(Contact))}
        shown = {patient: loader.shown(patient) for patient in patients}
    made = []
    for patient in patients:
        cookie, token = sign_in(app, patient, capacity="private")
        contact = short(contacts[patient])
        made.append(
            {
                "cookie": cookie,
                "token": token,
                "shown": shown[patient],
                "contact": contact,
                "thread": None,
                "count": count,
            }
        )
    return made


def stored(patient: UUID) -> list[str]:
    """What the drill's person has written, as it stands: thread after thread, letter after letter."""
    rows = db.session().scalars(
        select(Message)
        .join(Thread, Thread.id == Message.thread_id)
        .where(Message.author_id == patient, Thread.opened_by == patient)
        .order_by(Thread.opened_at, Message.n)
    )
    return [text for text in (row.text for row in rows) if text.startswith("Brev ")]


def compared(sent: list[str], there: list[str]) -> tuple[int, int, int]:
    """How many are lost, how many stand twice or were never sent, how many stand before one that was sent earlier."""
    place = {text: i for i, text in enumerate(sent)}
    lost = len(place.keys() - set(there))
    double = len(there) - len(place.keys() & set(there))
    order = [place[text] for text in dict.fromkeys(there) if text in place]
    reordered = sum(1 for before, after in pairwise(order) if after < before)
    return lost, double, reordered
