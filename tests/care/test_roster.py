"""The duty roster: nights are one shift, by the clock, with people who work there, none over another."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import time_machine

from app.care import roster_queries, roster_service, service
from app.care.roster_queries import ShiftRow
from app.care.roster_service import NotHere, Overlaps, Past, Times
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from app.core.locale import local
from tests.world import Staff, World, today

OCTOBER = datetime(2026, 10, 19, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def october() -> object:
    with time_machine.travel(OCTOBER, tick=False):
        yield


@pytest.fixture
def karin(world: World) -> Staff:
    return world.staff("Karin Ek")


def add(staff: Staff, on: date, opens: int, closes: int, *others: Staff) -> UUID:
    people = [it.person.id for it in (staff, *others)]
    with db.transaction():
        times = Times(on, opens * 60, closes * 60)
        return roster_service.add_shift(staff.unit.id, times, people, by=SYSTEM, now=clock.now())


def roster(staff: Staff, first: date | None = None, days: int = 400) -> list[ShiftRow]:
    return roster_queries.shifts_of(staff.viewer, staff.unit.id, first or today(), days=days, today=today())


def wall(rows: Sequence[ShiftRow]) -> list[tuple[str, str]]:
    return [(f"{local(it.starts_at):%m-%d %H:%M}", f"{local(it.ends_at):%m-%d %H:%M}") for it in rows]


def hours(row: ShiftRow) -> float:
    return (row.ends_at - row.starts_at) / timedelta(hours=1)


def test_a_shift_has_its_people_in_order(karin: Staff, world: World) -> None:
    erik = world.staff("Erik Lund")
    add(karin, date(2026, 10, 20), 8, 16, erik)
    (row,) = roster(karin)
    assert row.people == (karin.person.id, erik.person.id)
    assert wall([row]) == [("10-20 08:00", "10-20 16:00")]


def test_midnight_is_one_moment_however_it_is_typed(karin: Staff) -> None:
    """ANSWERING, case 12: Monday 8–24 and Tuesday 0–8 follow each other with nothing between."""
    add(karin, date(2026, 10, 19), 8, 24)
    add(karin, date(2026, 10, 20), 0, 8)
    before, after = roster(karin)
    assert before.ends_at == after.starts_at == datetime(2026, 10, 19, 22, tzinfo=UTC)
    assert Times(date(2026, 10, 19), 480, 1439).moments() == (before.starts_at, before.ends_at)


def test_a_night_is_one_shift_and_keeps_its_hours_when_the_clock_is_changed(karin: Staff) -> None:
    add(karin, date(2026, 10, 24), 21, 7)
    add(karin, date(2027, 3, 27), 21, 7)
    add(karin, date(2027, 3, 20), 21, 7)
    autumn, plain, spring = roster(karin)
    assert wall([autumn, spring]) == [("10-24 21:00", "10-25 07:00"), ("03-27 21:00", "03-28 07:00")]
    assert [hours(it) for it in (autumn, plain, spring)] == [11, 10, 9]


def test_a_time_that_the_clock_skips_begins_after_it_and_one_that_is_twice_is_had_whole(karin: Staff) -> None:
    with db.transaction():
        for times in (Times(date(2027, 3, 28), 150, 480), Times(date(2026, 10, 25), 120, 180)):
            roster_service.add_shift(karin.unit.id, times, [karin.person.id], by=SYSTEM, now=clock.now())
    twice, skipped = roster(karin)
    assert wall([skipped]) == [("03-28 03:00", "03-28 08:00")]
    assert wall([twice]) == [("10-25 02:00", "10-25 03:00")] and hours(twice) == 2


def test_a_shift_from_eight_to_eight_is_a_day_and_a_night(karin: Staff) -> None:
    add(karin, date(2026, 10, 20), 8, 8)
    assert [hours(it) for it in roster(karin)] == [24]


def test_a_week_comes_again_by_the_clock(karin: Staff, world: World) -> None:
    erik = world.staff("Erik Lund")
    add(karin, date(2026, 10, 19), 16, 24)
    add(karin, date(2026, 10, 23), 21, 7, erik)
    with db.transaction():
        monday = date(2026, 10, 19)
        count = roster_service.repeat_week(karin.unit.id, monday, weeks=2, by=SYSTEM, now=clock.now())
    assert count == 4
    assert wall(roster(karin)) == [
        ("10-19 16:00", "10-20 00:00"),
        ("10-23 21:00", "10-24 07:00"),
        ("10-26 16:00", "10-27 00:00"),
        ("10-30 21:00", "10-31 07:00"),
        ("11-02 16:00", "11-03 00:00"),
        ("11-06 21:00", "11-07 07:00"),
    ]
    assert [it.people[-1] for it in roster(karin)] == [karin.person.id, erik.person.id] * 3


def test_repeating_over_a_shift_that_is_there_adds_nothing(karin: Staff) -> None:
    add(karin, date(2026, 10, 20), 8, 16)
    add(karin, date(2026, 11, 3), 12, 20)
    with pytest.raises(Overlaps) as refusal, db.transaction():
        roster_service.repeat_week(karin.unit.id, date(2026, 10, 19), weeks=3, by=SYSTEM, now=clock.now())
    assert local(refusal.value.at).date() == date(2026, 11, 3)  # type: ignore[arg-type]
    assert len(roster(karin)) == 2


def test_shifts_never_lie_over_each_other_but_may_touch(karin: Staff) -> None:
    add(karin, date(2026, 10, 20), 21, 7)
    for opens, closes in ((6, 14), (7, 8)):
        if opens == 7:
            add(karin, date(2026, 10, 21), opens, closes)
        else:
            with pytest.raises(Overlaps):
                add(karin, date(2026, 10, 21), opens, closes)


def test_who_does_not_work_there_that_day_has_no_shift(karin: Staff, world: World) -> None:
    jonas = world.staff("Jonas Ström", unit="Mottagning Granen")
    with pytest.raises(NotHere):
        add(karin, date(2026, 10, 20), 8, 16, jonas)
    with db.transaction():
        service.end_assignment(karin.assignment, on=date(2026, 10, 30), by=SYSTEM, now=clock.now())
    add(karin, date(2026, 10, 30), 8, 16)
    with pytest.raises(NotHere) as refusal:
        add(karin, date(2026, 10, 31), 8, 16)
    assert (refusal.value.person_id, refusal.value.on) == (karin.person.id, date(2026, 10, 31))
    with pytest.raises(NotHere), db.transaction():
        roster_service.repeat_week(karin.unit.id, date(2026, 10, 26), weeks=1, by=SYSTEM, now=clock.now())


def test_a_shift_is_changed_and_removed_until_it_is_over(karin: Staff, world: World) -> None:
    erik = world.staff("Erik Lund")
    key = add(karin, date(2026, 10, 20), 8, 16)
    with db.transaction():
        times = Times(date(2026, 10, 20), 600, 1020)
        roster_service.change_shift(karin.unit.id, key, times, [erik.person.id], by=SYSTEM, now=clock.now())
    (row,) = roster(karin)
    assert wall([row]) == [("10-20 10:00", "10-20 17:00")] and row.people == (erik.person.id,)
    with time_machine.travel(datetime(2026, 10, 20, 15, tzinfo=UTC), tick=False):
        with pytest.raises(Past), db.transaction():
            roster_service.remove_shift(karin.unit.id, key, by=SYSTEM, now=clock.now())
        with pytest.raises(Past), db.transaction():
            times = Times(date(2026, 10, 21), 600, 1020)
            roster_service.change_shift(karin.unit.id, key, times, [erik.person.id], by=SYSTEM, now=clock.now())
    with db.transaction():
        roster_service.remove_shift(karin.unit.id, key, by=SYSTEM, now=clock.now())
    assert roster(karin) == []


def test_what_has_been_is_not_put_on_the_roster(karin: Staff) -> None:
    with pytest.raises(Past):
        add(karin, date(2026, 10, 18), 8, 16)


def test_a_colleague_sees_the_roster_and_nobody_else_does(karin: Staff, world: World) -> None:
    key = add(karin, date(2026, 10, 20), 8, 16)
    jonas = world.staff("Jonas Ström", unit="Mottagning Granen")
    assert roster_queries.shifts_of(jonas.viewer, karin.unit.id, today(), days=9, today=today()) == []
    with pytest.raises(NotFound):
        roster_queries.shift_for(karin.viewer, karin.unit.id, key, now=clock.now())
