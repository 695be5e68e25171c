"""The gap report of a large clinic: sixty days, forty staff, a thousand patients."""

from __future__ import annotations

import time

from app.care.cover_rules import Cover
from app.care.gap_rules import report
from app.care.picture_rules import Presence, strips, table
from tests.bench.figures import Figure, must, percentile, say, scaled
from tests.care.random_units import World, town

STAFF = 40
PATIENTS = 1000
REPEATS = 15
GOAL = 300


def run() -> list[Figure]:
    world = town(staff=scaled(STAFF, least=4), patients=scaled(PATIENTS, least=20))
    took = [measured(world) for _ in range(scaled(REPEATS, least=3))]
    say(f"    {', '.join(f'{each:.0f}' for each in took)} ms")
    return [Figure("gaps", "ms", round(percentile(took, 0.5), 1), "ms", GOAL)]


def measured(world: World) -> float:
    """Milliseconds from the facts to all that the page shows. Reading the facts from the database belongs in here."""
    began = time.perf_counter()
    unit, people, away, duty = world.unit, world.assignments, world.absences, world.duty
    cover = Cover(unit, people, away, duty, world.states, at=world.at)
    found = report(cover, world.patients)
    there = Presence(cover, world.patients, found.gaps)
    drawn, rows = strips(there), table(there)
    took = 1000 * (time.perf_counter() - began)
    must(bool(drawn.strips) and bool(rows), "a large clinic without anybody away is no measure")
    return took
