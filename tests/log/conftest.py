"""A question that Siv has asked Karin on a Thursday, at a unit that Maja leads; Erik works there too."""

from collections.abc import Iterator
from uuid import UUID

import pytest
import time_machine

from tests.care.around import lead
from tests.world import Patient, Staff, World, wall

Travel = time_machine.Traveller


@pytest.fixture
def clockwork() -> Iterator[Travel]:
    """Thursday 5 November 2026, 10.00."""
    with time_machine.travel(wall("2026-11-05 10:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def siv(clockwork: Travel, world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def erik(karin: Staff, world: World) -> Staff:
    return world.staff("Erik Lund", title="skötare")


@pytest.fixture
def maja(erik: Staff, world: World) -> Staff:
    """She leads the unit; Erik answers for her."""
    return lead(world, world.staff("Maja Lind", title="enhetschef"), erik)


@pytest.fixture
def thread(siv: Patient, karin: Staff, maja: Staff, clockwork: Travel) -> UUID:
    """Siv's question of 10.00, which Karin has; it is 10.30."""
    made = siv.asks("Kan jag ta tabletten på morgonen?")
    clockwork.move_to(wall("2026-11-05 10:30"))
    return made
