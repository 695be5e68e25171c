"""Whether the promise machine is well, said to the administrator and to Prometheus, and nobody is named."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from app.core import clock, db, pulse
from tests.care.around import lead, logged, post, said
from tests.waits.test_waits import wait_of
from tests.world import Patient, Staff, World, wall

Travel = time_machine.Traveller


@pytest.fixture
def clockwork() -> Iterator[Travel]:
    """Wednesday 4 November 2026, 15.00."""
    with time_machine.travel(wall("2026-11-04 15:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def siv(clockwork: Travel, world: World) -> Patient:
    return world.patient("Siv Nyberg")


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


def beats(at: timedelta = timedelta()) -> None:
    pulse.beat(db.session().connection(), "worker", now=clock.now() - at, seconds=0.25)
    db.session().commit()


def page(world: World) -> str:
    return said(world.admin().phone().get("/loftena"))


def test_when_all_is_well_the_heading_says_so(siv: Patient, karin: Staff, world: World) -> None:
    siv.asks("Hej.")
    beats()
    words = page(world)
    assert "Allt går som det ska" in words
    assert "Mindre än ett dygn: 1" in words and "Steg som är försenade: 0" in words
    assert "En runda tog 0,2 sekunder" in words
    assert "Alla löften hölls." in words and "Siv Nyberg" not in words


def test_a_silent_worker_is_said_first(siv: Patient, world: World) -> None:
    assert "Ingen vaktar löftena just nu" in page(world)
    beats(timedelta(seconds=61))
    assert "Den hördes senast i dag kl. 14.58." in page(world)
    beats()
    assert "Ingen vaktar" not in page(world)


def test_an_overdue_step_stands_still(siv: Patient, karin: Staff, world: World, clockwork: Travel) -> None:
    siv.asks("Hej.")
    clockwork.move_to(wall("2026-11-05 14:31"))
    beats()
    assert "Allt går som det ska" in page(world)
    clockwork.move_to(wall("2026-11-05 14:33"))
    beats()
    assert "En fråga står still" in page(world)


def test_what_could_not_be_handled_can_be_tried_again(siv: Patient, karin: Staff, world: World) -> None:
    thread = siv.asks("Hej.")
    wait = wait_of(thread)
    wait.failed_at = clock.now()
    db.session().commit()
    beats()
    words = page(world)
    assert "En fråga står still" in words and "En fråga i ett meddelande, Mottagning Björken" in words
    way = f"/loftena/{db.short(wait.id)}/igen"
    assert post(world.admin().phone(), way).status_code == 303
    wait = wait_of(thread)
    assert wait.next_at == clock.now()
    assert len(logged("wait.retried")) == 1
    world.works_on()
    assert post(world.admin().phone(), way).status_code == 404
    assert "Allt går som det ska" in page(world)


def test_units_that_have_not_kept_promises_are_named_and_how_many(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    siv.asks("Ett.")
    siv.asks("Två.")
    clockwork.move_to(wall("2026-11-06 14:00"))
    world.works_on()
    beats()
    words = page(world)
    assert "Mottagning Björken 2 löften." in words and "Tiden har gått ut: 2" in words
    clockwork.move_to(wall("2026-12-07 14:00"))
    assert "Alla löften hölls." in page(world)


def test_only_an_administrator_sees_it(siv: Patient, karin: Staff, world: World) -> None:
    lead(world, karin)
    assert karin.phone().get("/loftena").status_code == 404
    assert siv.phone().get("/loftena").status_code == 404
    thread = siv.asks("Hej.")
    way = f"/loftena/{db.short(wait_of(thread).id)}/igen"
    assert post(karin.phone(), way).status_code == 404
    assert post(world.admin().phone(), way).status_code == 404, "It has not failed."
    assert "Hålls löftena om svar?" in said(world.admin().phone().get("/"))


def test_prometheus_is_told_by_kind_and_age_and_nobody_is_in_a_label(
    siv: Patient, karin: Staff, world: World, clockwork: Travel
) -> None:
    siv.asks("Hej.")
    clockwork.shift(timedelta(days=2))
    world.patient("Leif").asks("Hej.")
    beats(timedelta(seconds=3))
    told = world.app.test_client().get("/metrics", lint=False).text
    for line in (
        'narlinjen_open_waits{age="day",kind="thread"} 1.0',
        'narlinjen_open_waits{age="three_days",kind="thread"} 1.0',
        'narlinjen_open_waits{age="week",kind="cover_gap"} 0.0',
        "narlinjen_overdue_steps 1.0",
        "narlinjen_broken_waits 0.0",
        "narlinjen_failed_waits 0.0",
        "narlinjen_function_waits 0.0",
        "narlinjen_worker_heartbeat_age_seconds 3.0",
        "narlinjen_tick_seconds 0.25",
        "narlinjen_database_up 1.0",
    ):
        assert line in told.splitlines()
    assert not [it for it in ("Siv", "Karin", "Björken", siv.person.id.hex, str(siv.person.id)) if it in told]
