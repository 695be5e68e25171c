"""Two thousand times somebody tells about a patient, and about nobody, turn about: no answer says which it was.

The statements are counted and the time is taken inside the app, where nothing of a network hides a difference. Then the
worker looks, and finds each patient and nobody else.
"""

from __future__ import annotations

import re
import statistics
import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts import service as accounts
from app.accounts.rules import born
from app.accounts.service import Who
from app.care import contact_service as contacts
from app.care import service as care
from app.care import unit_service
from app.care.hours_rules import weekdays
from app.care.service import Cycle
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.locale import local
from app.demo.people import test_number
from app.demo.seed import freshen
from app.relatives import told_service
from app.relatives.models import Told
from tests.bench import invariants
from tests.bench.figures import Figure, must, say, scaled
from tests.bench.house import House
from tests.client import statements
from tests.world import token_in

PAIRS = 2_000
AT_EACH = 25
"""So many pairs does one unit take before its throttle would; each goes by a sender of its own."""
WARM = 20
APART = 5.0
TIME = re.compile(r"\?nar=.*")


@dataclass(frozen=True)
class Place:
    """A unit with one patient, and how that patient is told about."""

    unit: UUID
    patient: UUID
    name: str
    birth: str


def run() -> list[Figure]:
    with House() as house:
        return drill(house)


def drill(house: House) -> list[Figure]:
    database = house.database("told")
    app, owner = house.app(database), house.owner(database)
    count = scaled(PAIRS, least=40)
    with app.app_context():
        places = town((count + WARM) // AT_EACH + 1)
    teller = Teller(app, places)
    for n in range(WARM):
        teller.pair(n)
    found = [teller.pair(n) for n in range(WARM, WARM + count)]
    unequal = sum(known.said != unknown.said for known, unknown in found)
    answers = sum(known.answer != unknown.answer for known, unknown in found)
    medians = [statistics.median(pair[which].took for pair in found) for which in (0, 1)]
    must(all(known.answer[0] == 303 for known, _unknown in found), f"not all was taken: {found[0][0].answer}")
    say(f"    medians {1000 * medians[0]:.3f} ms about a patient, {1000 * medians[1]:.3f} ms about nobody")
    with app.app_context():
        wrong = looked(places)
    invariants.check(app, owner)
    return [
        Figure("told", "pairs", count, ""),
        Figure("told", "statements", len(found[0][0].said), ""),
        Figure("told", "statements unequal", unequal, "", 0),
        Figure("told", "answers unequal", answers, "", 0),
        Figure("told", "medians apart", round(100 * abs(medians[0] / medians[1] - 1), 2), "%", APART),
        Figure("told", "wrongly sorted", wrong, "", 0),
    ]


@dataclass(frozen=True)
class Sent:
    """What one telling took: its answer, its time, and the statements that it was."""

    answer: tuple[int, str]
    took: float
    said: tuple[str, ...]


class Teller:
    """Somebody who tells, from another address each time."""

    def __init__(self, app: Flask, places: list[Place]) -> None:
        self.app, self.places = app, places
        self.client: FlaskClient = app.test_client()
        self.token = token_in(self.client.get(f"/beratta/{db.short(places[0].unit)}").text)

    def pair(self, n: int) -> tuple[Sent, Sent]:
        """About the patient of a unit, and about nobody there; every other time the other way round."""
        place = self.places[n // AT_EACH]
        first, second = place.name, place.name.replace("Patient", "Ingen")
        if n % 2:
            unknown, known = self.tell(n, place, second), self.tell(n, place, first)
        else:
            known, unknown = self.tell(n, place, first), self.tell(n, place, second)
        return known, unknown

    def tell(self, n: int, place: Place, name: str) -> Sent:
        kind = int(name != place.name)
        form = {
            "csrf_token": self.token,
            "key": f"told-{n:012}-{kind}",
            "name": name,
            "birth": place.birth,
            "text": f"Hon sover inte, och äter inte heller. {n:06}",
            "reach": "",
        }
        sender = {"REMOTE_ADDR": f"10.{kind}.{n // 250}.{n % 250}"}
        with statements(self.app) as heard:
            began = time.perf_counter()
            answer = self.client.post(f"/beratta/{db.short(place.unit)}", data=form, environ_overrides=sender)
            took = time.perf_counter() - began
        return Sent((answer.status_code, TIME.sub("", answer.location or "")), took, tuple(heard))


def looked(places: list[Place]) -> int:
    """Let the worker look at it all; how many it has put with the wrong one, or with nobody who should have been."""
    while fresh := told_service.unlooked(by=SYSTEM, now=clock.now()):
        for one in fresh:
            with db.transaction():
                told_service.see_to(one, by=SYSTEM, now=clock.now())
    whose = {it.unit: it for it in places}
    rows = db.session().scalars(select(Told)).all()
    must(len(rows) == db.session().scalar(select(func.count()).select_from(Told)) > 0, "nothing was stored")
    return sum(row.patient_id != (whose[row.unit_id].patient if "Patient" in row.name else None) for row in rows)


def town(units: int) -> list[Place]:
    """Units of one who works there and one patient."""
    now, office = clock.now(), weekdays("08:00", "16:30")
    began = local(now).date() - timedelta(days=400)
    with db.transaction():
        heads = [
            accounts.register_staff(Who(f"Person {n}"), hsa_id=f"SE-T{n}", title="chef", by=SYSTEM, now=now).id
            for n in range(2)
        ]
        region = accounts.open_region(
            "Provlandet",
            "20",
            function_phone="+46313900600",
            function=heads,
            administrator=heads[0],
            by=SYSTEM,
            now=now,
        )
    made = []
    for n in range(units):
        with db.transaction():
            unit = unit_service.open_unit(
                region,
                f"Mottagning {n}",
                phone="+46313900610",
                phone_hours="Vardagar",
                office=office,
                head=heads[0],
                head_substitutes=(heads[1],),
                by=SYSTEM,
                now=now,
            )
            helper = accounts.register_staff(Who(f"Karin {n}"), hsa_id=f"SE-K{n}", title="skötare", by=SYSTEM, now=now)
            care.assign(
                helper.id, unit, role="licensed", starts_on=began, cycle=Cycle((office,), began), by=SYSTEM, now=now
            )
            freshen(helper.id, now=now)
            digits, day = test_number(n)
            name = f"Patient Nummer{n}"
            patient = accounts.register_patient(Who(name, number=digits), by=SYSTEM, now=now)
            contacts.appoint(patient, helper.id, unit, coordinating=True, born=day, by=SYSTEM, now=now)
        made.append(Place(unit.id, patient.id, name, born(digits).isoformat()))
    return made
