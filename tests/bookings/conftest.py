"""A unit with somebody who leads it, on a Monday."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from app.care import unit_service
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.world import Patient, Staff, World


@pytest.fixture
def monday() -> Iterator[None]:
    """Monday 23 November 2026, at ten."""
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def karin(world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def siv(world: World, karin: Staff) -> Patient:
    return world.patient("Siv Nyberg")


@pytest.fixture
def maria(world: World, karin: Staff) -> Staff:
    """Who leads the unit; Erik answers for her."""
    maria, erik = world.staff("Maria Hedlund", title="enhetschef"), world.staff("Erik Lund")
    with db.transaction():
        unit_service.name_head(karin.unit.id, maria.person.id, (erik.person.id,), by=SYSTEM, now=clock.now())
    return maria
