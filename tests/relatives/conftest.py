"""Siv, whose contact is Karin, on a Monday in November at ten."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from tests.world import Patient, Staff, World

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def siv(world: World) -> Patient:
    return world.patient("Siv Nyberg")


@pytest.fixture
def karin(siv: Patient) -> Staff:
    return siv.world.staff("Karin Ek")
