"""A thousand free times, a hundred who want each of them, all at once: none is given twice, and none is lost.

By the service over real connections, and a smaller number by the page itself.
"""

from __future__ import annotations

import http.client
import multiprocessing
import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import psycopg
from flask import Flask

from app import create_app
from app.bookings import kind_service as kinds
from app.bookings.slot_rules import Span
from app.care.hours_rules import from_wall
from app.config import Settings
from app.core import clock, crypto, db
from app.core.audit import SYSTEM
from app.core.locale import local
from app.demo.seed import as_viewer
from app.slots import slot_service, take_service
from app.slots.take_service import Clash, Full, Gone
from tests.bench import loader
from tests.bench.figures import Figure, must, say, scaled
from tests.bench.house import House, sign_in
from tests.bench.loader import Town

TIMES, WANTED_BY = 1000, 100
PATIENTS = 20_000
STAFF = 20
PROCESSES, THREADS = 4, 8
NEAR = 20
"""So many times are wanted at the same moment, so that those who want one really meet."""
PAGES = 2000
PAGE_TIMES, PAGE_PATIENTS, PHONES = 20, 200, 32
LATE = (Gone, Clash, Full)

Attempt = tuple[UUID, UUID]
Said = tuple[UUID, UUID, str]

DOUBLE = """
select count(*) from (
  select s.staff_id, s.starts_at from slot s join participant p on p.person_id = s.staff_id and p.status = 'booked'
    and p.starts_at < s.ends_at and p.ends_at > s.starts_at group by 1, 2 having count(*) > 1
) as it
"""
HOLDERS = "select s.id, b.patient_id from slot s join booking b on b.id = s.booking_id where s.status = 'busy'"


def run() -> list[Figure]:
    with House() as house:
        return [*taken(house), *tapped(house)]


def taken(house: House) -> list[Figure]:
    """Through the service, by many processes with many connections each."""
    _app, owner, town, times = built(house, "slots", scaled(TIMES, least=4), scaled(PATIENTS, least=200))
    attempts = wanted(times, town.patients, WANTED_BY)
    began = time.perf_counter()
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=spawn) as pool:
        env = house.env("slots")
        hands = [pool.submit(work, env, attempts[n::PROCESSES]) for n in range(PROCESSES)]
        said = [one for hand in hands for one in hand.result()[0]]
        took = max(hand.result()[1] for hand in hands)
    whole = time.perf_counter() - began
    double, lost = judged(owner, times, said)
    counts = Counter(what for _slot, _patient, what in said)
    say(f"    {len(said)} attempts at {len(times)} times in {took:.1f} s ({whole:.0f} s with starting): {dict(counts)}")
    must(len(said) == len(attempts), f"{len(said)} of {len(attempts)} attempts were answered")
    return [
        Figure("slots", "double", double, "", 0),
        Figure("slots", "lost", lost, "", 0),
        Figure("slots", "per s", round(len(said) / took), "1/s"),
    ]


def tapped(house: House) -> list[Figure]:
    """By the page, on as many phones as there are connections."""
    app, owner, town, times = built(house, "taps", PAGE_TIMES, PAGE_PATIENTS)
    attempts = wanted(times, town.patients, max(2, scaled(PAGES) // PAGE_TIMES))
    cookies = {who: sign_in(app, who, capacity="private") for who in {patient for _slot, patient in attempts}}
    web = house.web("taps")
    todo: queue.SimpleQueue[Attempt] = queue.SimpleQueue()
    for one in attempts:
        todo.put(one)

    def tries(connection: http.client.HTTPConnection, slot: UUID, patient: UUID) -> str:
        cookie, token = cookies[patient]
        body = urlencode({"csrf_token": token})
        head = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded", "Host": f"localhost:{web.port}"}
        connection.request("POST", f"/lediga-tider/{db.short(slot)}/ta", body=body, headers=head)
        answer = connection.getresponse()
        answer.read()
        return {303: "taken", 409: "late"}.get(answer.status, str(answer.status))

    began = time.perf_counter()
    said = all_at_once(todo, lambda: http.client.HTTPConnection("localhost", web.port, timeout=60), tries, PHONES)
    took = time.perf_counter() - began
    double, lost = judged(owner, times, said)
    counts = Counter(what for _slot, _patient, what in said)
    say(f"    {len(said)} taps at {len(times)} times in {took:.1f} s: {dict(counts)}")
    must(
        len(said) == len(attempts), f"{len(said)} of {len(attempts)} taps were answered; {web.log.read_text()[-1000:]}"
    )
    return [
        Figure("slots", "taps double", double, "", 0),
        Figure("slots", "taps lost", lost, "", 0),
        Figure("slots", "taps per s", round(len(said) / took), "1/s"),
    ]


def judged(owner: psycopg.Connection[Any], times: list[UUID], said: list[Said]) -> tuple[int, int]:
    """How many times two have, or were told that they have; and how many nobody got, or of which somebody was told what
    is not so."""
    row = owner.execute(DOUBLE).fetchone()
    holders: dict[UUID, UUID] = dict(owner.execute(HOLDERS).fetchall())
    won = Counter((slot, patient) for slot, patient, what in said if what == "taken")
    winners = Counter(slot for slot, _patient in won)
    double = (row[0] if row else 0) + sum(count > 1 for count in winners.values())
    nobodys = sum(slot not in holders or winners[slot] != 1 for slot in times)
    untrue = sum(holders.get(slot) != patient for slot, patient in won)
    untrue += sum(what not in ("taken", "late") for _slot, _patient, what in said)
    return double, nobodys + untrue


def wanted(times: list[UUID], patients: list[UUID], each: int) -> list[Attempt]:
    """Each time is wanted by so many, and a few times at once by all of them."""
    chance, found = random.Random(20261122), []
    for at in range(0, len(times), NEAR):
        some = [(slot, who) for slot in times[at : at + NEAR] for who in chance.sample(patients, each)]
        chance.shuffle(some)
        found += some
    return found


def built(
    house: House, name: str, count: int, patients: int
) -> tuple[Flask, psycopg.Connection[Any], Town, list[UUID]]:
    """A unit whose staff have published so many times, an hour each day that it can be."""
    database = house.database(name)
    app, owner, town = house.app(database), house.owner(database), Town()
    with app.app_context():
        with db.transaction():
            unit = loader.clinic(STAFF, town)
            kind = kinds.open_kind(unit, "Telefonsamtal", "phone", 30, staff=town.staff, by=SYSTEM, now=clock.now())
        town.patients = [db.new_key() for _ in range(patients)]
        with owner.transaction():
            loader.copy_patients(owner, crypto.keyring(), town, unit.id, clock.now())
        times: list[UUID] = []
        for number, who in enumerate(town.staff):
            spans = list(hours(count // STAFF + (number < count % STAFF)))
            with db.transaction():
                times += slot_service.publish(kind, who, spans, by=SYSTEM, now=clock.now())
    must(len(times) == count, f"{len(times)} of {count} times were published")
    random.Random(1).shuffle(times)
    owner.commit()
    owner.autocommit = True
    owner.execute("vacuum analyze")
    return app, owner, town, times


def hours(count: int) -> Iterator[Span]:
    """So many half hours, eight a day, from the day after tomorrow."""
    first = local(clock.now()).date() + timedelta(days=2)
    for number in range(count):
        day, place = divmod(number, 8)
        starts = from_wall(first + timedelta(days=day), (clock.EPOCH + timedelta(hours=8 + place)).time())
        yield Span(starts, starts + timedelta(minutes=30))


# In each process.


def work(env: dict[str, str], attempts: list[Attempt]) -> tuple[list[Said], float]:
    """Try all of these, by as many threads as there are connections; what each was told, and how long it took."""
    app = create_app(Settings.from_env(env))
    todo: queue.SimpleQueue[Attempt] = queue.SimpleQueue()
    for one in attempts:
        todo.put(one)

    def tries(_hand: Any, slot: UUID, patient: UUID) -> str:
        with app.app_context():
            try:
                with db.transaction():
                    take_service.take(slot, by=as_viewer(patient, "patient"), now=clock.now())
            except LATE:
                return "late"
            return "taken"

    began = time.perf_counter()
    said = all_at_once(todo, lambda: None, tries, THREADS)
    took = time.perf_counter() - began
    app.extensions["live"].close()
    app.extensions["db"]["engine"].dispose()
    return said, took


def all_at_once(
    todo: queue.SimpleQueue[Attempt], hand: Callable[[], Any], tries: Callable[[Any, UUID, UUID], str], threads: int
) -> list[Said]:
    """Let so many threads try until nothing is left to try. What fails is said as what it was."""
    said: list[Said] = []

    def on() -> None:
        mine = hand()
        while True:
            try:
                slot, patient = todo.get_nowait()
            except queue.Empty:
                return
            try:
                said.append((slot, patient, tries(mine, slot, patient)))
            except Exception as error:
                said.append((slot, patient, type(error).__name__))
                mine = hand()

    working = [threading.Thread(target=on) for _ in range(threads)]
    for thread in working:
        thread.start()
    for thread in working:
        thread.join()
    return said
