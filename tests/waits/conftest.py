"""Who is there in the stories of rounds."""

from collections.abc import Iterator

import pytest
import time_machine

from app.care import unit_service
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.world import Staff, World, wall

Travel = time_machine.Traveller


@pytest.fixture
def clockwork() -> Iterator[Travel]:
    """Wednesday 4 November 2026, 15.00."""
    with time_machine.travel(wall("2026-11-04 15:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def karin(clockwork: Travel, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def erik(karin: Staff, world: World) -> Staff:
    return world.staff("Erik Lund")


@pytest.fixture
def maja(erik: Staff, world: World) -> Staff:
    """She leads the unit, and works there."""
    maja = world.staff("Maja Lind")
    with db.transaction():
        stand_in = (world.function[0],)
        unit_service.name_head(maja.unit.id, maja.person.id, stand_in, by=SYSTEM, now=clock.now())
    return maja
