"""Another clock than the rest has, and those whom most of it is about."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.world import Patient, Staff, World, wall

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
def siv(karin: Staff, world: World) -> Patient:
    return world.patient("Siv Nyberg")
