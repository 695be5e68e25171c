"""Somebody with a thousand times: their list and their calendar's feed at twenty a second; and how fast we remind."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import time_machine
from flask import Flask

from app import worker
from app.bookings import feed_service
from app.bookings import kind_service as kinds
from app.bookings import service as bookings
from app.care.models import Unit
from app.core import clock, crypto, db
from app.core.audit import SYSTEM
from app.core.locale import local
from app.demo.seed import as_viewer
from tests.bench import loader
from tests.bench.figures import Figure, must, percentile, say, scaled, seconds
from tests.bench.house import House, Web, client, sign_in
from tests.bench.load import request
from tests.bench.loader import Town

TIMES = 1000
RATE = 20
LENGTH = 30.0
WARM = 3.0
GOAL = 100
REMINDED = 10_000
STAFF = 2
DAY = timedelta(days=1)


def run() -> list[Figure]:
    with House() as house:
        return [*pages(house), *reminded(house)]


def pages(house: House) -> list[Figure]:
    """Each at the pace that it is asked for, however long the one before takes."""
    app, owner, town, unit = built(house, "bookings", patients=1)
    patient = town.patients[0]
    secret = many(app, unit, town, scaled(TIMES, least=5))
    owner.execute("vacuum analyze")
    web = house.web("bookings")
    house.worker("bookings")
    cookie = sign_in(app, patient, capacity="private")[0]
    took = {
        "list": paced(web, [request("/tider", cookie=cookie), request("/tider?tidigare=1", cookie=cookie)], "list"),
        "feed": paced(web, [request(f"/kalender/{secret}.ics")], "feed"),
    }
    p95 = {what: round(percentile(each, 0.95), 1) for what, each in took.items()}
    apart = [Figure("bookings", f"p95 ms {what}", value, "ms", GOAL) for what, value in p95.items()]
    return [Figure("bookings", "p95 ms", max(p95.values()), "ms", GOAL), *apart]


def many(app: Flask, unit: Unit, town: Town, count: int) -> str:
    """So many times of one person, one a day, half of them past; the secret of their feed."""
    patient, staff = town.patients[0], as_viewer(town.staff[0], "staff")
    noon = local(clock.now()).replace(hour=12, minute=0, second=0, microsecond=0)
    with app.app_context():
        with db.transaction():
            kind = kinds.open_kind(unit, "Samtal", "visit", 45, staff=town.staff[:1], by=SYSTEM, now=clock.now())
        for n in range(count):
            begins = noon + DAY * (n - count // 2)
            wanted = bookings.Wanted(
                kind, patient, (town.staff[0],), begins, begins + timedelta(minutes=45), "Kyrkogatan 12, våning 2"
            )
            with db.transaction():
                bookings.make(wanted, by=staff, now=clock.now())
        with db.transaction():
            made = feed_service.make(by=as_viewer(patient, "patient"), now=clock.now())
    must(made is not None, "there is a feed already")
    return made[1] if made else ""


def paced(web: Web, requests: list[dict[str, str]], what: str) -> list[float]:
    """How long each took from when it was to be asked, in ms."""
    plan = {"port": web.port, "connections": 1, "rate": RATE, "seconds": seconds(WARM), "requests": requests}
    client("tests.bench.load", plan, limit=120)
    before = web.worked()
    found = client("tests.bench.load", plan | {"seconds": seconds(LENGTH, least=1)}, limit=60 + 10 * LENGTH)
    spent = [1000 * (after - then) / len(found["took"]) for after, then in zip(web.worked(), before, strict=True)]
    must(
        set(found["statuses"]) == {"200"}, f"{what} was answered {found['statuses']}; see {web.log.read_text()[-1000:]}"
    )
    p50, p95 = percentile(found["took"], 0.5), percentile(found["took"], 0.95)
    say(f"    {what}: p50 {p50:.1f} ms, p95 {p95:.1f} ms, processor {spent[0]:.1f} ms web + {spent[1]:.1f} ms database")
    return list(found["took"])


def reminded(house: House) -> list[Figure]:
    """As many people as have a time at the same hour are planned for and reminded by the worker's own round."""
    app, owner, town, unit = built(house, "reminders", patients=scaled(REMINDED, least=20))
    count = len(town.patients)
    noon = local(clock.now()).replace(hour=12, minute=0, second=0, microsecond=0)
    with app.app_context(), db.transaction():
        kind = kinds.open_kind(unit, "Samtal", "visit", 45, staff=town.staff[:1], by=SYSTEM, now=clock.now())
    booked(owner, town, unit.id, kind, noon + 3 * DAY, noon - DAY)
    # By day whatever hour it is, so that nothing waits for the morning.
    with app.app_context():
        with time_machine.travel(noon):
            planning = rounds(owner, "select not exists (select from booking where reminded_version < version)")
        with time_machine.travel(noon + 2 * DAY + timedelta(minutes=1)):
            telling = rounds(owner, "select not exists (select from reminder where before = '24h' and told_at is null)")
            again = once()
    told = one(owner, "select count(*) from reminder where told_at is not null")
    notices = one(owner, "select count(*) from notice where kind = 'booking_reminder' and withdrawn_at is null")
    must(told == notices == count, f"{told} reminders and {notices} notices for {count} times")
    must(one(owner, "select count(*) from reminder where dropped_at is not null") == 0, "a reminder was dropped")
    say(f"    {count} planned in {planning:.2f} s, told in {telling:.2f} s; then a round took {1000 * again:.1f} ms")
    return [
        Figure("bookings", "reminders per s", round(count / telling), "1/s"),
        Figure("bookings", "times planned per s", round(count / planning), "1/s"),
    ]


def built(house: House, name: str, *, patients: int) -> tuple[Flask, psycopg.Connection[Any], Town, Unit]:
    """One unit and so many patients of its staff."""
    database = house.database(name)
    app, owner, town = house.app(database), house.owner(database), Town()
    with app.app_context():
        with db.transaction():
            unit = loader.clinic(STAFF, town)
        town.patients = [db.new_key() for _ in range(patients)]
        with owner.transaction():
            loader.copy_patients(owner, crypto.keyring(), town, unit.id, clock.now())
    owner.commit()
    owner.autocommit = True
    return app, owner, town, unit


BOOKED = """
with made as (
  insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version,
    title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), %(unit)s, patient, %(kind)s, 'visit', 'booked', %(begins)s,
    %(begins)s + interval '45 min', 1, '\\x00', '\\x00', %(made)s, %(by)s, 0
  from unnest(%(patients)s::uuid[]) as patient
  returning id, patient_id
)
insert into booking_change (booking_id, n, version, at, by_id, what) select id, 1, 1, %(made)s, %(by)s, 'made' from made
"""


def booked(
    owner: psycopg.Connection[Any], town: Town, unit: UUID, kind: UUID, begins: datetime, made: datetime
) -> None:
    """A time each, as the service leaves it for the worker; nobody reads its words here."""
    values = {"unit": unit, "kind": kind, "patients": town.patients, "begins": begins, "made": made}
    owner.execute(BOOKED, values | {"by": town.staff[0]})
    owner.execute("vacuum analyze")


def rounds(owner: psycopg.Connection[Any], done: str) -> float:
    """Rounds until it is done; how long they took."""
    took = once()
    while not one(owner, done):
        took += once()
    return took


def once() -> float:
    began = time.perf_counter()
    worker.remind()
    return time.perf_counter() - began


def one(owner: psycopg.Connection[Any], query: str) -> Any:
    row = owner.execute(query).fetchone()  # type: ignore[arg-type]
    return row and row[0]
