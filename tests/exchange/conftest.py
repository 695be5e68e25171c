"""A source that is read: a clinic whose times are kept in another system."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app import puller
from app.accounts.models import Staff as StaffRow
from app.bookings.models import Booking
from app.care.models import Unit
from app.core import clock, db
from app.core.audit import SYSTEM
from app.exchange import source_service
from app.exchange.models import Quarantined, Source
from app.exchange.pull_service import Round
from app.exchange.source_line import Way
from app.exchange.source_service import Wanted
from tests.exchange.clinic import Clinic, Wire, running, wire
from tests.world import Patient, Staff, World

UNIT = "SE2321000180-BJORK"


@pytest.fixture(scope="session")
def fhir_port() -> Iterator[int]:
    with running() as port:
        yield port


@pytest.fixture
def clinic(fhir_port: int) -> Clinic:
    made = Clinic(fhir_port)
    made.empty()
    return made


@pytest.fixture
def line(fhir_port: int) -> Iterator[Wire]:
    with wire(fhir_port) as made:
        yield made


@dataclass
class Reader:
    """We, who read it. What we rest between tries is counted and not waited for."""

    world: World
    clinic: Clinic
    line: Wire
    siv: Patient
    karin: Staff
    source: UUID
    rested: list[float] = field(default_factory=list)

    def way(self, **more: Any) -> Way:
        return replace(Way(near=True, each=2.0, whole=5.0, rest=self.rested.append), **more)

    def reads(self, **more: Any) -> Round:
        """One round, now."""
        with db.transaction():
            source_service.read_now(self.source, by=SYSTEM, now=clock.now())
        found = puller.read(self.source, way=self.way(**more))
        assert found is not None
        return found

    def row(self) -> Source:
        found = db.session().get_one(Source, self.source)
        db.session().refresh(found)
        return found

    def bookings(self) -> list[Booking]:
        return list(db.session().scalars(select(Booking).order_by(Booking.starts_at, Booking.made_at)))

    def refused(self) -> dict[str, tuple[str, str | None]]:
        """Why each thing that is in quarantine is there, by type and id."""
        rows = db.session().scalars(
            select(Quarantined).where(Quarantined.solved_at.is_(None)).execution_options(populate_existing=True)
        )
        return {f"{it.type}/{it.foreign_id}": (it.reason, it.path) for it in rows}


@pytest.fixture
def reader(world: World, clinic: Clinic, line: Wire) -> Reader:
    return read_by(world, clinic, line)


@pytest.fixture
def own_reader(own_world: World, clinic: Clinic, line: Wire) -> Reader:
    """The same, in a database of its own."""
    return read_by(own_world, clinic, line)


def read_by(world: World, clinic: Clinic, line: Wire) -> Reader:
    """Karin works at Björken, Siv is her patient, and the clinic's system knows both."""
    siv, karin = world.patient("Siv Nyberg"), world.staff("Karin Ek")
    with db.transaction() as session:
        session.execute(update(Unit).where(Unit.id == karin.unit.id).values(hsa_id=UNIT))
        source = source_service.add(
            world.region().id, Wanted("Tidbok Väst", line.url), by=world.admin().viewer, now=clock.now()
        )
    clinic.patient("siv", siv.person.number)
    clinic.practitioner("karin", db.session().get_one(StaffRow, karin.person.id).hsa_id)
    clinic.location("huset", "Huset", UNIT)
    return Reader(world, clinic, line, siv, karin, source)


def at(days: int, hour: int = 10, minute: int = 0) -> str:
    """A moment so many days from now, as FHIR writes it."""
    day = (clock.now() + timedelta(days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return day.isoformat()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


Given = Callable[..., None]


def gives(clinic: Clinic, key: str, days: int, hour: int = 10, **more: Any) -> None:
    """Siv meets Karin in the house, for three quarters of an hour."""
    actors = more.pop("actors", ("Patient/siv", "Practitioner/karin", "Location/huset"))
    clinic.appointment(key, at(days, hour), at(days, hour, 45), *actors, **more)
