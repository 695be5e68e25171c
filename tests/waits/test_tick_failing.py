"""What cannot be worked on goes to the head, is said and tried again; the others go on."""

import io
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError

from app.care import request_service
from app.care import service as care_service
from app.core import clock, db
from app.notices.models import Notice
from tests.care.worlds import said
from tests.waits.rounds import (
    UNREADABLE,
    alarms,
    climb,
    damage,
    fields,
    handed,
    holder,
    name,
    noticed,
    wait_of,
)
from tests.world import Staff, World, wall

Travel = time_machine.Traveller


@pytest.fixture
def spoken(request: pytest.FixtureRequest) -> io.StringIO:
    """The program's own log, under a name that is not that of a moment as it is said."""
    return request.getfixturevalue("said")  # type: ignore[no-any-return]


def test_a_row_that_cannot_be_read_goes_to_the_head_and_the_others_go_on(
    world: World, karin: Staff, maja: Staff, erik: Staff, clockwork: Travel, spoken: io.StringIO
) -> None:
    threads = [world.patient(f"Patient {n}").asks("Hej.") for n in range(5)]
    damage(threads[2], UNREADABLE)
    clockwork.move_to(wall("2026-11-05 14:30"))
    climb(world)
    for thread in (*threads[:2], *threads[3:]):
        assert wait_of(thread).rung == 1 and holder(thread, world) == "Karin Ek"
    row = fields(threads[2], "failed_at, next_at, step, turn")
    assert (row.failed_at, row.next_at) == (clock.now(), clock.now() + timedelta(hours=1))
    assert (row.step, row.turn) == (6, 2)
    assert handed(threads[2], world)[1:] == [("Maja Lind", "failed")]
    assert "Maja Lind" in noticed("wait", world)
    assert alarms() == ["wait_failed"]
    lines = spoken.getvalue()
    assert "waits.failed" in lines and "DataError" in lines
    assert "Patient" not in lines and str(threads[2]) not in lines and db.short(threads[2]) not in lines


def test_it_is_tried_again_alone_each_hour_and_heals(
    world: World, karin: Staff, maja: Staff, erik: Staff, clockwork: Travel
) -> None:
    broken, sound = (world.patient(name).asks("Hej.") for name in ("Siv", "Nils"))
    promised = wait_of(broken).promised_at
    damage(broken, UNREADABLE)
    damage(broken, "next_at = opened_at")
    climb(world)
    first = fields(broken, "failed_at").failed_at
    clockwork.shift(timedelta(hours=1))
    climb(world)
    again = fields(broken, "failed_at, next_at, turn")
    assert (again.failed_at, again.next_at, again.turn) == (first, clock.now() + timedelta(hours=1), 2)
    assert len(noticed("wait", world)) == 3
    with db.transaction():
        db.run(text("update wait set promised_at = :at where subject_id = :of"), {"at": promised, "of": broken})
    clockwork.shift(timedelta(hours=1))
    climb(world)
    healed = wait_of(broken)
    assert healed.failed_at is None and healed.next_at > clock.now() and holder(broken, world) == "Maja Lind"
    assert alarms() == [] and handed(sound, world) == [("Karin Ek", "asked")]


def test_what_the_unit_changes_is_tried_again_at_once(world: World, karin: Staff, maja: Staff) -> None:
    thread = world.patient("Siv").asks("Hej.")
    promised = wait_of(thread).promised_at
    damage(thread, f"{UNREADABLE}, next_at = opened_at")
    climb(world)
    with db.transaction():
        db.run(text("update wait set promised_at = :at where subject_id = :of"), {"at": promised, "of": thread})
        care_service.raise_version(karin.unit.id)
    climb(world)
    assert wait_of(thread).failed_at is None


def test_what_cannot_even_be_handed_over_is_set_aside_where_it_is(
    world: World, karin: Staff, maja: Staff, erik: Staff
) -> None:
    thread, other = (world.patient(name).asks("Hej.") for name in ("Siv", "Nils"))
    damage(thread, "turn = 32767")
    karin.is_away("2026-11-04 15:00", None, erik)
    climb(world)
    row = fields(thread, "failed_at, next_at, holder_id")
    assert row.failed_at == clock.now() and row.next_at == clock.now() + timedelta(hours=1)
    assert name(row.holder_id, world) == "Karin Ek" and handed(thread, world) == [("Karin Ek", "asked")]
    assert holder(other, world) == "Erik Lund" and alarms() == ["wait_failed"]
    assert world.works_on() == 0


def test_the_plain_rule_passes_by_a_head_who_may_not_read(
    world: World, karin: Staff, maja: Staff, clockwork: Travel
) -> None:
    siv = world.patient("Siv")
    thread = siv.asks("Hej.")
    with db.transaction():
        request_service.block(maja.person.id, by=siv.viewer, now=clock.now())
    damage(thread, f"{UNREADABLE}, next_at = opened_at")
    climb(world)
    row = fields(thread, "holder_id, step")
    assert (row.holder_id, row.step) == (None, 7) and handed(thread, world)[1:] == [("function", "failed")]
    assert alarms() == ["wait_failed", "wait_at_function"]


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2026-11-06 16:59", "Fri 6 Nov 16.59"),
        ("2026-11-06 17:00", "Mon 9 Nov 08.00"),
        ("2026-11-07 12:00", "Mon 9 Nov 08.00"),
        ("2026-11-09 03:00", "Mon 9 Nov 08.00"),
        ("2026-11-09 18:00", "Tue 10 Nov 08.00"),
    ],
)
def test_what_fails_wakes_no_head_at_night(
    moment: str, shown: str, world: World, karin: Staff, maja: Staff, clockwork: Travel
) -> None:
    thread = world.patient("Siv").asks("Hej.")
    clockwork.move_to(wall(moment))
    damage(thread, f"{UNREADABLE}, next_at = opened_at")
    climb(world)
    row = db.session().scalars(select(Notice).where(Notice.person_id == maja.person.id)).one()
    assert said(row.show_at) == shown


def test_a_unit_whose_plan_is_damaged_fails_alone(world: World, karin: Staff, maja: Staff, clockwork: Travel) -> None:
    olle = world.staff("Olle Berg", unit="Mottagning Granen")
    here, there = world.patient("Siv").asks("Hej."), world.patient("Nils", contact="Olle Berg").asks("Hej.")
    with db.transaction():
        theirs = "select id from pattern where assignment_id = :of"
        db.run(text(f"update pattern_hours set week = 7 where pattern_id in ({theirs})"), {"of": olle.assignment.id})
        care_service.raise_version(olle.unit.id)
    clockwork.move_to(wall("2026-11-05 14:30"))
    climb(world)
    assert wait_of(here).rung == 1 and wait_of(here).failed_at is None
    assert wait_of(there).failed_at == clock.now() and handed(there, world)[1:] == [("?", "failed")]


def test_a_database_that_cannot_now_fails_the_round_and_no_question(own_world: World, owner: Engine) -> None:
    with time_machine.travel(wall("2026-11-04 15:00"), tick=False) as clockwork:
        thread = own_world.patient("Siv").asks("Hej.")
        clockwork.move_to(wall("2026-11-06 14:00"))
        with owner.begin() as other:
            other.execute(text("lock table handoff in share mode"))
            with pytest.raises(OperationalError), db.transaction():
                db.run(text("set local lock_timeout = '50ms'"))
                own_world.tick()
        assert wait_of(thread).failed_at is None and wait_of(thread).rung == 0
        assert own_world.works_on() == 1 and wait_of(thread).broken == 1
