"""The Thursday on which Siv asked Karin, as the tests of letters have it, at a unit that Maja leads."""

from uuid import UUID

import pytest

from tests.care.around import lead
from tests.messages.conftest import Travel, clockwork, erik, karin, siv
from tests.world import Patient, Staff, World, wall

__all__ = ["clockwork", "erik", "karin", "siv"]


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
