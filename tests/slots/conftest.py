"""Karin has times, Siv and Olle are patients of hers, on a Monday at ten."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from tests.world import Patient, Staff, World


@pytest.fixture
def monday() -> Iterator[time_machine.Traveller]:
    """Monday 23 November 2026, at ten."""
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False) as travel:
        yield travel


@pytest.fixture
def karin(monday: object, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def siv(world: World, karin: Staff) -> Patient:
    return world.patient("Siv Nyberg")


@pytest.fixture
def olle(world: World, karin: Staff) -> Patient:
    return world.patient("Olle Berg")
