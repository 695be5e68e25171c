"""A unit on a Monday in November, led by Maria, where Karin works."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from app.care import unit_service
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.world import Staff, World

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def monday() -> Iterator[None]:
    """Monday 23 November 2026, at ten."""
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def karin(world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def maria(world: World, karin: Staff) -> Staff:
    """Who leads the unit; Erik answers for her."""
    maria, erik = world.staff("Maria Hedlund", title="enhetschef"), world.staff("Erik Lund")
    with db.transaction():
        unit_service.name_head(karin.unit.id, maria.person.id, (erik.person.id,), by=SYSTEM, now=clock.now())
    return maria


@pytest.fixture
def unit(karin: Staff) -> str:
    """The address of the unit's page."""
    return f"/enhet/{db.short(karin.unit.id)}"


@pytest.fixture
def at_work(unit: str, karin: Staff) -> str:
    """The address of Karin's work there."""
    return f"{unit}/personal/{db.short(karin.assignment.id)}"
