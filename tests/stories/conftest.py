"""A clock that the story moves, and those whom most stories are about."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.world import Patient, Staff, World, wall


@pytest.fixture
def clockwork() -> Iterator[time_machine.Traveller]:
    """Monday 2 November 2026, 9.00."""
    with time_machine.travel(wall("2026-11-02 09:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def karin(clockwork: time_machine.Traveller, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def erik(karin: Staff, world: World) -> Staff:
    return world.staff("Erik Lund", title="skötare")


@pytest.fixture
def siv(karin: Staff, world: World) -> Patient:
    return world.patient("Siv")
