"""Rounds: by one at a time, a system that is down for a day, what is forgotten, and the command that reads once."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select

from app import puller
from app.bookings import bulk_service
from app.bookings.models import Booking
from app.bookings.service import Wanted
from app.core import clock, db, pulse
from app.core.audit import SYSTEM
from app.exchange import pull_service as pulls
from app.exchange import source_service
from app.exchange.models import ImportRun, Quarantined, Source, SourceRecord
from app.exchange.pull_service import LeaseLost
from app.puller import Puller
from tests.exchange.conftest import Reader, gives

pytestmark = pytest.mark.slow
HOUR = timedelta(hours=1)


def count(model: type) -> int:
    return db.session().scalar(select(func.count()).select_from(model)) or 0


def alarms() -> set[str]:
    return {it.name for it in pulse.alarms(db.session().connection(), now=clock.now())}


def test_one_at_a_time_reads_a_source(reader: Reader) -> None:
    now = clock.now()
    with db.transaction():
        first = pulls.lease(reader.source, by=SYSTEM, now=now)
    assert first
    with db.transaction():
        assert pulls.lease(reader.source, by=SYSTEM, now=now) is None, "two workers read it at once"
        assert pulls.due(by=SYSTEM, now=now) == []
    # A worker that was killed is taken over from when its lease has ended,
    later = now + pulls.LEASE + timedelta(seconds=1)
    with db.transaction():
        assert pulls.due(by=SYSTEM, now=later) == [reader.source]
        second = pulls.lease(reader.source, by=SYSTEM, now=later)
    assert second
    # and one that was only away writes nothing over what the other has read.
    gives(reader.clinic, "a1", days=3)
    resource = reader.clinic.ask("GET", "/Appointment/a1")
    with pytest.raises(LeaseLost), db.transaction():
        pulls.take_in(first.source, "Appointment", [resource], by=SYSTEM, now=later)
    with db.transaction():
        held, _tally = pulls.take_in(second.source, "Appointment", [resource], by=SYSTEM, now=later)
        assert held == second.source
        much_later = later + pulls.LEASE - HOUR / 60
        assert pulls.hold(held, by=SYSTEM, now=much_later).until == much_later + pulls.LEASE


def test_a_source_that_is_ended_is_read_no_longer(reader: Reader) -> None:
    with db.transaction():
        source_service.end(reader.source, by=SYSTEM, now=clock.now())
        assert pulls.due(by=SYSTEM, now=clock.now() + HOUR) == []
    assert puller.read(reader.source, way=reader.way()) is None


def test_a_clinics_system_is_down_for_a_day_and_comes_back(reader: Reader) -> None:
    """Its times stand here meanwhile, the administrator hears of it once, and all is caught up with."""
    admin = reader.world.admin()
    gives(reader.clinic, "a1", days=3)
    gives(reader.clinic, "a2", days=5)
    reader.reads()
    began = clock.now()
    reader.line.work = lambda asked: asked.says(503, b"")
    with time_machine.travel(began, tick=False) as travels:
        for hour in range(24):
            travels.move_to(began + hour * HOUR)
            reader.reads()
            assert len(reader.bookings()) == 2
            assert ("source_silent" in alarms()) == (hour > 4), f"after {hour} hours"
            assert admin.rings().count("source_silent") == (hour >= 4)
        runs = list(db.session().scalars(select(ImportRun.outcome).order_by(ImportRun.began_at)))
        assert runs == ["whole", "status"], "one row for the day, not one for each try"
        # Meanwhile the clinic has gone on working.
        gives(reader.clinic, "a1", days=4)
        gives(reader.clinic, "a2", days=5, status="cancelled")
        gives(reader.clinic, "a3", days=6)
        reader.line.work = None
        travels.move_to(began + 24 * HOUR)
        found = reader.reads()
        assert found.fault is None and reader.row().failing_since is None
        assert sorted(it.status for it in reader.bookings()) == ["booked", "booked", "cancelled"]
        assert "source_silent" not in admin.rings(), "what is over is taken back where it was not seen"
        assert "source_silent" not in alarms()
        heard = sorted(reader.siv.rings())
        assert heard == ["booking_cancelled", "booking_made", "booking_made", "booking_made", "booking_moved"]


def test_the_worker_reads_what_is_due_and_stops_when_it_is_told(reader: Reader) -> None:
    gives(reader.clinic, "a1", days=3)
    worker = Puller(reader.world.app)
    worker.stop()
    worker.round()
    assert reader.bookings() == []
    worker = Puller(reader.world.app)
    worker.round()
    assert len(reader.bookings()) == 1
    reader.line.asked.clear()
    worker.round()
    assert reader.line.asked == [], "it is not due again yet"


def test_one_resource_that_nothing_can_be_done_with_stops_no_other(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = bulk_service.make_all

    def breaks(wanted: Sequence[Wanted], **how: Any) -> list[UUID]:
        made = real(wanted, **how)
        if any(it.starts_at.day == marked for it in wanted):
            raise ZeroDivisionError
        return made

    for n in range(3):
        gives(reader.clinic, f"a{n}", days=3 + n)
    marked = (clock.now() + timedelta(days=4)).day
    monkeypatch.setattr(bulk_service, "make_all", breaks)
    found = reader.reads()
    assert reader.refused() == {"Appointment/a1": ("fault", None)} and len(reader.bookings()) == 2
    assert found.fault is None and found.counts["Appointment"]["refused"] == {"fault": 1}


def test_what_has_had_its_time_is_forgotten(reader: Reader) -> None:
    gives(reader.clinic, "a1", days=3, actors=("Patient/siv", "Practitioner/nobody"))
    reader.reads()
    with db.transaction():
        assert pulls.forget_old(by=SYSTEM, now=clock.now() + timedelta(days=89)) == 0
    with db.transaction():
        assert pulls.forget_old(by=SYSTEM, now=clock.now() + timedelta(days=91)) == 2
    assert (count(Quarantined), count(ImportRun), count(SourceRecord)) == (0, 0, 4)


def test_the_command_reads_once_and_says_what_came_of_it(own_reader: Reader) -> None:
    reader = own_reader
    reader.clinic.practitioner("okand", "SE0000-NOBODY")
    gives(reader.clinic, "a1", days=3)
    gives(reader.clinic, "a2", days=4, actors=("Patient/siv", "Practitioner/okand"))
    db.session().commit()
    runner = reader.world.app.test_cli_runner()
    before = (count(Booking), count(SourceRecord))
    db.session().commit()
    dry = runner.invoke(args=["import", "fhir", "--url", reader.line.url, "--dry-run", "--json"])
    assert dry.exit_code == 0, dry.output
    said = json.loads(dry.output)["types"]["Appointment"]
    assert (said["made"], said["refused"]) == (1, {"practitioner_unknown": 1})
    assert (count(Booking), count(SourceRecord)) == before, "a dry run kept something"
    db.session().commit()
    done = runner.invoke(args=["import", "fhir", "--url", reader.line.url])
    assert done.exit_code == 0, done.output
    assert "Appointment: 1 practitioner_unknown" in done.output
    assert (count(Booking), count(Source)) == (1, 1)
    db.session().commit()
    elsewhere = runner.invoke(args=["import", "fhir", "--url", "ftp://x"])
    assert elsewhere.exit_code == 2 and "no address of another system" in elsewhere.output


def test_a_command_that_reaches_nobody_says_so(own_reader: Reader) -> None:
    own_reader.line.work = lambda asked: asked.says(403, b"{}")
    db.session().commit()
    done = own_reader.world.app.test_cli_runner().invoke(
        args=["import", "fhir", "--url", own_reader.line.url + "/annan", "--name", "Annan"]
    )
    assert done.exit_code == 2
    assert "It could not be read to its end: refused. What was read is kept; it is tried again." in done.output
    assert db.session().scalars(select(Source.failing_since).where(Source.name == "Annan")).one() is not None
