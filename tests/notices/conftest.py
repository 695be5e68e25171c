"""Wednesday 4 November 2026 at Björken: Karin works there, and is Siv's contact; Erik answers for her."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app.core import db
from app.notices.models import Notice
from tests.care.worlds import said
from tests.notices.street import built, street
from tests.world import Patient, Someone, Staff, World, wall

__all__ = ["built", "street"]

Travel = time_machine.Traveller
Told = Callable[[Someone], list[tuple[str, str | None]]]


@pytest.fixture
def clockwork() -> Iterator[Travel]:
    """Wednesday 4 November 2026, 15.00."""
    with time_machine.travel(wall("2026-11-04 15:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def karin(clockwork: Travel, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def erik(clockwork: Travel, world: World) -> Staff:
    return world.staff("Erik Lund", title="skötare")


@pytest.fixture
def siv(karin: Staff, world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def told() -> Told:
    """What somebody has been told and has not had taken back, and from when."""

    def ask(someone: Someone, *kinds: str) -> list[tuple[str, str | None]]:
        rows: Any = select(Notice.kind, Notice.show_at).where(
            Notice.person_id == someone.person.id, Notice.withdrawn_at.is_(None)
        )
        rows = rows.where(Notice.kind.in_(kinds)) if kinds else rows
        return [(row.kind, said(row.show_at)) for row in db.run(rows.order_by(Notice.show_at, Notice.kind))]

    return ask
