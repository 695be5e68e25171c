"""The gap report of a large clinic: sixty days, forty staff, a thousand patients, from the database to the page."""

from __future__ import annotations

import time
from uuid import UUID

from flask import Flask

from app.accounts.queries import Viewer
from app.care import cover_queries, service
from app.core import db
from tests.bench import clinic
from tests.bench.figures import Figure, must, percentile, say, scaled
from tests.bench.house import House
from tests.care.random_units import World, town

STAFF = 40
PATIENTS = 1000
REPEATS = 15
GOAL = 300


def run() -> list[Figure]:
    world = town(staff=scaled(STAFF, least=4), patients=scaled(PATIENTS, least=20))
    with House() as house:
        app = house.app(house.database("gaps"))
        viewer, unit = clinic.fill(app, world)
        took = [measured(app, viewer, unit, world) for _ in range(scaled(REPEATS, least=3))]
    say(f"    {', '.join(f'{each:.0f}' for each in took)} ms")
    return [Figure("gaps", "ms", round(percentile(took, 0.5), 1), "ms", GOAL)]


def measured(app: Flask, viewer: Viewer, unit: UUID, world: World) -> float:
    """Milliseconds from a change of the unit to all that the page shows, so that nothing is there from before."""
    with app.app_context():
        with db.transaction():
            service.raise_version(unit)
        began = time.perf_counter()
        there = cover_queries.unit_for(viewer, unit, today=world.at.date())
        page = cover_queries.cover_of(viewer, there, at=world.at)
        took = 1000 * (time.perf_counter() - began)
    must(bool(page.picture.strips) and bool(page.rows) and bool(page.gaps), "a large clinic without gaps is no measure")
    return took
