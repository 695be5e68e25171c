"""Fill a database with letters by the hundred thousand, really sealed, faster than the services would.

What it makes is checked against what the services would have made (invariants.py), so that no figure stands on a
state that the product cannot reach.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import psycopg
from flask import Flask

from app.accounts import service as accounts
from app.accounts.service import Who
from app.care import answer_queries, unit_service
from app.care import queries as care_queries
from app.care import service as care
from app.care.hours_rules import weekdays
from app.care.models import Unit
from app.care.service import Cycle, Direct
from app.core import clock, crypto, db
from app.core.audit import SYSTEM
from app.core.crypto import Keyring, place
from app.core.locale import local
from app.demo.people import FIRST, LAST
from app.demo.seed import as_viewer, freshen
from app.messages import rules

WORDS = (
    "jag vaknar vid tre på natten och sedan somnar jag inte om det känns lite bättre än förra veckan men jag orkar "
    "inte laga mat just nu kan vi prata om tabletterna när vi ses på torsdag min dotter följer med tack för att du "
    "svarade så snabbt ring gärna i morgon förmiddag annars skriver jag igen här efter helgen promenaden gick bra"
).split()


@dataclass(frozen=True)
class Size:
    """How many of what. The newest threads end with an unanswered letter: `waiting` for each contact, half at most."""

    threads: int
    letters: int = 20
    staff: int = 50
    patients: int = 2000
    waiting: int = 25


@dataclass(frozen=True)
class LoadedThread:
    id: UUID
    patient: UUID
    staff: UUID
    unit: UUID
    letters: int
    waits: bool


@dataclass
class Town:
    """Who and what a database was filled with."""

    staff: list[UUID] = field(default_factory=list)
    patients: list[UUID] = field(default_factory=list)
    threads: list[LoadedThread] = field(default_factory=list)

    @property
    def letters(self) -> int:
        return sum(thread.letters for thread in self.threads)


def fill(app: Flask, owner: psycopg.Connection[Any], size: Size) -> Town:
    """People through the services where they are few, and everything that is many by COPY."""
    chance = random.Random(20261121)
    with app.app_context():
        ring, now, town = crypto.keyring(), clock.now(), Town()
        with db.transaction():
            unit = clinic(size.staff, town)
        town.patients = [db.new_key() for _ in range(size.patients)]
        with owner.transaction():
            copy_patients(owner, ring, town, unit.id, now)
            heads = list(sketch(size, town, unit.id))
            copy_threads(owner, ring, heads, now, chance)
            copy_letters(owner, ring, heads, now, chance)
            copy_waits(owner, heads, now)
            copy_marks(owner, heads, now)
        town.threads = heads
    owner.commit()
    owner.autocommit = True
    owner.execute("vacuum analyze")
    return town


def clinic(staff: int, town: Town) -> Unit:
    """One unit where everybody works."""
    now = clock.now()
    people = [
        accounts.register_staff(Who(name(i)), hsa_id=f"SE-B{i:04}", title="sjuksköterska", by=SYSTEM, now=now)
        for i in range(max(2, staff))
    ]
    town.staff = [person.id for person in people[:staff]]
    region = accounts.open_region(
        "Provlandet",
        "20",
        function_phone="+46313900600",
        function=[people[0].id, people[1].id],
        administrator=people[0].id,
        by=SYSTEM,
        now=now,
    )
    office = weekdays("08:00", "16:30")
    unit = unit_service.open_unit(
        region,
        "Mottagningen",
        phone="+46313900610",
        phone_hours="Vardagar",
        office=office,
        head=people[0].id,
        head_substitutes=(people[1].id,),
        by=SYSTEM,
        now=now,
    )
    for person in people:
        began = local(now).date() - timedelta(days=400)
        direct = Direct("+46313900612", "Vardagar 8–16")
        cycle = Cycle((office,), began)
        care.assign(person.id, unit, role="licensed", starts_on=began, cycle=cycle, direct=direct, by=SYSTEM, now=now)
        freshen(person.id, now=now)
    return unit


def name(i: int) -> str:
    return f"{FIRST[i % 30]} {LAST[i // 30 % 30]}"


def words(chance: random.Random) -> str:
    """A letter of 60 to 400 characters, as most are."""
    text = " ".join(chance.choices(WORDS, k=chance.randint(12, 75)))
    return text[:1].upper() + text[1:] + "."


def sketch(size: Size, town: Town, unit: UUID) -> Iterator[LoadedThread]:
    """The threads, the oldest first. A thread's contact is given by its patient, as in life."""
    answered = size.threads - min(size.waiting * len(town.staff), size.threads // 2)
    for i in range(size.threads):
        patient = i % len(town.patients)
        waits = i >= answered
        yield LoadedThread(
            db.new_key(),
            town.patients[patient],
            town.staff[patient % len(town.staff)],
            unit,
            size.letters + (1 if waits else 0),
            waits,
        )


def copy_patients(owner: psycopg.Connection[Any], ring: Keyring, town: Town, unit: UUID, now: datetime) -> None:
    people = "copy person (id, name_sealed, language, created_at) from stdin (format binary)"
    with owner.cursor().copy(people) as copy:
        copy.set_types(["uuid", "bytea", "text", "timestamptz"])
        for i, key in enumerate(town.patients):
            copy.write_row((key, ring.seal(name(i), place("person.name", key)), "sv", now))
    with owner.cursor().copy("copy patient (person_id, since) from stdin (format binary)") as copy:
        copy.set_types(["uuid", "timestamptz"])
        for key in town.patients:
            copy.write_row((key, now))
    contacts = (
        "copy contact (id, patient_id, unit_id, person_id, coordinating, appointed_at, starts_on, adult_at_start) "
        "from stdin (format binary)"
    )
    with owner.cursor().copy(contacts) as copy:
        copy.set_types(["uuid", "uuid", "uuid", "uuid", "bool", "timestamptz", "date", "bool"])
        for i, key in enumerate(town.patients):
            contact = town.staff[i % len(town.staff)]
            copy.write_row((db.new_key(), key, unit, contact, True, now, local(now).date(), True))


def hour(now: datetime, thread: int, threads: int, n: int) -> datetime:
    """When a letter was written: threads follow one another over a year, letters in a thread an hour apart."""
    return now - timedelta(days=300) * (1 - thread / threads) - timedelta(days=2) + timedelta(hours=n)


def copy_threads(
    owner: psycopg.Connection[Any], ring: Keyring, heads: list[LoadedThread], now: datetime, chance: random.Random
) -> None:
    columns = (
        "id, patient_id, unit_id, belongs_to, topic_sealed, opened_by, opened_at, opening, "
        "last_n, last_at, last_by, unanswered_n, unanswered_since"
    )
    kinds = "uuid uuid uuid uuid bytea uuid timestamptz bytea int4 timestamptz uuid int4 timestamptz".split()
    with owner.cursor().copy(f"copy thread ({columns}) from stdin (format binary)") as copy:
        copy.set_types(kinds)
        for i, head in enumerate(heads):
            last = hour(now, i, len(heads), head.letters)
            copy.write_row(
                (
                    head.id,
                    head.patient,
                    head.unit,
                    head.staff,
                    ring.seal(rules.topic(words(chance)), place("thread.topic", head.id)),
                    head.patient,
                    hour(now, i, len(heads), 1),
                    ring.digest("thread.opening", str(head.id)),
                    head.letters,
                    last,
                    author(head, head.letters),
                    head.letters if head.waits else None,
                    last if head.waits else None,
                )
            )


def author(head: LoadedThread, n: int) -> UUID:
    """They take turns, the patient first."""
    return head.patient if n % 2 else head.staff


def copy_letters(
    owner: psycopg.Connection[Any], ring: Keyring, heads: list[LoadedThread], now: datetime, chance: random.Random
) -> None:
    texts = [words(chance) for _ in range(997)]
    columns = "thread_id, n, author_id, text_sealed, written_at, digest"
    with owner.cursor().copy(f"copy message ({columns}) from stdin (format binary)") as copy:
        copy.set_types(["uuid", "int4", "uuid", "bytea", "timestamptz", "bytea"])
        for i, head in enumerate(heads):
            about = str(head.id)
            for n in range(1, head.letters + 1):
                text, by = texts[(31 * i + n) % 997], author(head, n)
                sealed = ring.seal(text, f"message.text:{about}:{n}")
                digest = ring.digest("message", str(by), about, f"loaded-{n:012}", text)
                copy.write_row((head.id, n, by, sealed, hour(now, i, len(heads), n), digest))


def copy_waits(owner: psycopg.Connection[Any], heads: list[LoadedThread], now: datetime) -> None:
    """What waits does so with its contact; its first promise has been broken, and the next is for tomorrow."""
    version = owner.execute("select max(care_version) from unit").fetchone()
    if version is None:
        return
    columns = (
        "id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, call, opened_at, "
        "counts_from, promised_at, rung, broken, next_at, care_version"
    )
    keys, times = "uuid text uuid uuid uuid uuid uuid", "timestamptz timestamptz timestamptz"
    kinds = f"{keys} int2 int2 bool bool {times} int2 int2 timestamptz"
    due, waits = now + timedelta(days=1), {head.id: db.new_key() for head in heads if head.waits}
    with owner.cursor().copy(f"copy wait ({columns}) from stdin (format binary)") as copy:
        copy.set_types([*kinds.split(), "int4"])
        for i, head in enumerate(heads):
            if head.waits:
                who = (head.unit, head.patient, head.staff, head.staff)
                asked = hour(now, i, len(heads), head.letters)
                ladder = (asked, now, due, 2, 1, due, version[0])
                copy.write_row((waits[head.id], "thread", head.id, *who, 1, 1, False, False, *ladder))
    handoffs = "copy handoff (wait_id, turn, to_id, step, reason, by_id, at) from stdin (format binary)"
    with owner.cursor().copy(handoffs) as copy:
        copy.set_types("uuid int2 uuid int2 text uuid timestamptz".split())
        for i, head in enumerate(heads):
            if head.waits:
                asked = hour(now, i, len(heads), head.letters)
                copy.write_row((waits[head.id], 1, head.staff, 1, "asked", head.patient, asked))


def shown(patient: UUID) -> str:
    """What a patient's page with a form carries beside its token and key: who reads, and by when."""
    viewer, at = as_viewer(patient, "patient"), clock.now()
    card = care_queries.contacts_of(viewer, today=local(at).date())[0]
    answering = answer_queries.who_answers(viewer, [card], at=at, today=local(at).date())[card.key]
    return urlencode({"reader": answering.now.mark, "promise": answering.promise.isoformat()})


def copy_marks(owner: psycopg.Connection[Any], heads: list[LoadedThread], now: datetime) -> None:
    """Whoever answers has read what they answer, and the patient has read the last answer."""
    with owner.cursor().copy("copy read_mark (thread_id, person_id, upto, at) from stdin (format binary)") as copy:
        copy.set_types(["uuid", "uuid", "int4", "timestamptz"])
        for i, head in enumerate(heads):
            for n in range(1, head.letters + (0 if head.waits else 1)):
                copy.write_row((head.id, author(head, n + 1), n, hour(now, i, len(heads), n) + timedelta(minutes=50)))
