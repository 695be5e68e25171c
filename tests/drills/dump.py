"""A stolen dump of the demo, searched for every patient and for what they have written."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterator
from itertools import islice

from flask import Flask
from sqlalchemy import make_url, select

from app.accounts.models import Patient, Person, Staff
from app.care.models import Assignment, Unit
from app.core import crypto, db
from app.core.locale import phone
from app.machine.postgres_binaries import find_binaries
from app.messages.models import Message
from tests.bench.figures import Broken, Figure, must, say
from tests.bench.house import House

WORDS = 1000
LONG = 6
HEX = re.compile(rb"\\\\x([0-9a-f]+)")


def run() -> list[Figure]:
    with House(durable=False) as house:
        database = house.database("dump")
        made = house.flask(database, "demo")
        must(made.returncode == 0, f"the demo was not made: {made.stderr}")
        app = house.app(database)
        dump = stolen(house.server.url(database, "owner"))
        with app.app_context():
            needles = sorted({*people(), *words(), *people_hashed()} - open_to_all())
            see_that_the_search_sees(app, dump)
        hits = [needle for needle in needles if needle.lower() in dump]
        for needle in hits:
            say(f"    found in the dump: {needle}")
        say(f"    {len(needles)} strings searched for in {len(dump)} letters")
        return [Figure("dump", "hits", len(hits), "", 0)]


def stolen(url: str) -> str:
    """The dump as text, then everything that stands in it as hexadecimal, opened up; all of it in small letters."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    program = find_binaries(None) / "pg_dump"
    done = subprocess.run([program, f"--dbname={address}"], capture_output=True, check=False)
    if done.returncode:
        raise Broken(f"pg_dump failed: {done.stderr.decode()}")
    inside = b"\n".join(bytes.fromhex(run[1].decode()) for run in HEX.finditer(done.stdout) if len(run[1]) % 2 == 0)
    return (done.stdout + inside).decode(errors="replace").lower()


def people() -> Iterator[str]:
    """Each patient in every form they could be known by. Short names alone would be found inside other words."""
    rows = db.session().scalars(select(Person).join(Patient, Patient.person_id == Person.id)).all()
    must(len(rows) >= 60, "the demo has too few patients")
    for person in rows:
        yield person.name
        yield from (part for part in person.name.split() if len(part) >= LONG - 1)
        number, mobile = person.number, person.phone
        yield from (number, number[2:], f"{number[:8]}-{number[8:]}", f"{number[2:8]}-{number[8:]}")
        yield from (mobile, mobile.removeprefix("+46"), f"0{mobile[3:]}", phone(mobile), person.email)


def people_hashed() -> Iterator[str]:
    """A number under a plain digest could be found by trying all numbers, so that is as good as the number."""
    for number in db.session().scalars(select(Person).where(Person.number_sealed.is_not(None))):
        for form in (number.number, number.number[2:], f"{number.number[2:8]}-{number.number[8:]}"):
            for kind in ("md5", "sha1", "sha256", "sha512"):
                yield hashlib.new(kind, form.encode()).hexdigest()


def open_to_all() -> set[str]:
    """Numbers that units and staff give out stand in clear on purpose, and the demo gives patients some of the same."""
    rows = [*db.session().scalars(select(Unit.phone)), *db.session().scalars(select(Assignment.direct_phone))]
    numbers = {number for number in rows if number}
    return {form for it in numbers for form in (it, it.removeprefix("+46"), f"0{it[3:]}", phone(it))}


def words() -> list[str]:
    """A thousand strings of what was written: long words that stand in no title or office hours, then runs of words."""
    texts = sorted({letter.text for letter in db.session().scalars(select(Message))})
    in_clear = (Unit.name, Unit.phone_hours, Staff.title, Assignment.direct_hours)
    public = " ".join(said for column in in_clear for said in db.session().scalars(select(column))).lower()
    found = dict.fromkeys(
        word for text in texts for word in re.findall(rf"[^\W\d_]{{{LONG},}}", text) if word.lower() not in public
    )
    for length in (2, 3, 4, 5, 6):
        for text in texts:
            said = text.split()
            found |= dict.fromkeys(" ".join(said[i : i + length]) for i in range(len(said) - length + 1))
    chosen = list(islice((it for it in found if len(it) >= LONG), WORDS))
    must(len(chosen) == WORDS, f"the demo says only {len(chosen)} different things")
    return chosen


def see_that_the_search_sees(app: Flask, dump: str) -> None:
    """A search that finds nothing must be one that could have found something, in clear and inside bytes."""
    unit = db.session().scalars(select(Unit.name)).first()
    must(unit is not None and unit.lower() in dump, "the search does not see what stands in clear")
    letter = db.session().scalars(select(Message).limit(1)).one()
    must(letter.text_sealed.hex() in dump, "the search does not see what is sealed")
    inside = letter.text_sealed.decode(errors="replace").lower()
    must(inside in dump, "the search does not see inside bytes")
    opened = crypto.keyring().open(letter.text_sealed, crypto.place("message.text", letter.thread_id, letter.n))
    must(opened == letter.text, "a letter does not open")
