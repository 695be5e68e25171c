"""A unit in Rättvik with somebody who leads it, a place that is open on weekdays, and a drop-in on Wednesdays."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
import time_machine

from app.bookings import kind_service as kinds
from app.care import unit_service
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.dropin.hours import opens
from tests.world import Staff, World


@pytest.fixture
def clockwork() -> Iterator[time_machine.Traveller]:
    """Wednesday 25 November 2026, at half past ten."""
    with time_machine.travel(datetime(2026, 11, 25, 9, 30, tzinfo=UTC), tick=False) as travel:
        yield travel


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
def place(karin: Staff) -> UUID:
    with db.transaction():
        return kinds.open_location(
            karin.unit, "Vårdhuset", "Storgatan 1, Rättvik", way="Gå in från gården.", by=SYSTEM, now=clock.now()
        )


@pytest.fixture
def drop_in(karin: Staff, maria: Staff, place: UUID) -> UUID:
    """Open to anybody, Wednesdays from one to four."""
    return opens(maria, place)
