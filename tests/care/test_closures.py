"""Closed days: refused while nobody would answer for longer than the longest gap, whoever it is that changes what."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import text

from app.care import closure_rules, red_days, roster_queries, roster_service, unit_queries, unit_service
from app.care.closing import Uncovered
from app.care.closure_rules import Closed, Hole
from app.care.hours_rules import NEVER, Week, weekdays
from app.care.models import Unit
from app.care.roster_service import Days, Overlaps, Past
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from tests.world import OFFICE, World, today

NOVEMBER = datetime(2026, 11, 23, 9, tzinfo=UTC)
CHRISTMAS = Days(date(2026, 12, 23), date(2027, 1, 6), "Jul och nyår")
RED = red_days.in_years((2026, 2027))
SHORT = weekdays("10:00", "12:00")


@pytest.fixture(autouse=True)
def november() -> object:
    with time_machine.travel(NOVEMBER, tick=False):
        yield


def close(unit: Unit, days: Days) -> UUID:
    with db.transaction():
        return roster_service.close(unit.id, days, by=SYSTEM, now=clock.now())


def covered_by(unit: UUID | None = None, *, function: bool = False, days: Days = CHRISTMAS) -> Days:
    return Days(days.starts_on, days.ends_on, days.name, unit, function)


def version(unit: Unit) -> int:
    return db.session().execute(text("select care_version from unit where id = :id"), {"id": unit.id}).scalar_one()


def closures(unit: Unit, viewer: UUID | None = None) -> list[tuple[date, date]]:
    rows = db.session().execute(
        text("select starts_on, ends_on from closure where unit_id = :id order by 1"), {"id": unit.id}
    )
    return [(row.starts_on, row.ends_on) for row in rows]


def function_answers(world: World, week: Week = OFFICE) -> None:
    with db.transaction():
        unit_service.change_function_hours(world.region(), week, by=SYSTEM, now=clock.now())


def hole(*closed: Closed, office: Week = OFFICE, gap: int | None = None) -> Hole | None:
    return closure_rules.uncovered(office, closed, red_days=RED, longest_gap=gap)


def test_one_office_day_is_not_longer_than_the_longest_gap_and_two_are() -> None:
    monday, tuesday = date(2026, 12, 14), date(2026, 12, 15)
    assert hole(Closed(monday, monday)) is None
    assert hole(Closed(monday, tuesday)) == Hole(monday, tuesday, 17 * 60)
    assert hole(Closed(monday, tuesday), gap=17 * 60) is None
    assert hole(Closed(monday, monday), gap=8 * 60) == Hole(monday, monday, 510)


def test_red_days_and_weekends_are_closed_anyway() -> None:
    assert hole(Closed(date(2026, 12, 24), date(2026, 12, 27))) is None
    assert hole(Closed(date(2026, 12, 23), date(2026, 12, 27))) is None
    found = hole(Closed(date(2026, 12, 23), date(2027, 1, 6)))
    assert found == Hole(date(2026, 12, 23), date(2027, 1, 5), 6 * 510)


def test_two_closures_with_nothing_but_red_days_between_are_one() -> None:
    before, after = Closed(date(2026, 12, 23), date(2026, 12, 23)), Closed(date(2026, 12, 28), date(2026, 12, 28))
    assert hole(before) is None and hole(after) is None
    assert hole(before, after) == Hole(date(2026, 12, 23), date(2026, 12, 28), 17 * 60)
    open_between = Closed(date(2026, 12, 29), date(2026, 12, 29))
    assert hole(before, open_between) is None


def test_who_covers_some_of_each_day_leaves_no_longer_hole_than_from_day_to_day() -> None:
    days = (date(2026, 12, 14), date(2026, 12, 18))
    assert hole(Closed(*days, cover=SHORT)) is None
    assert hole(Closed(*days, cover=SHORT), gap=6 * 60) == Hole(date(2026, 12, 14), date(2026, 12, 15), 390)
    away = frozenset({date(2026, 12, 15), date(2026, 12, 16)})
    assert hole(Closed(*days, cover=SHORT, cover_closed=away)) == Hole(date(2026, 12, 14), date(2026, 12, 17), 1410)


def test_a_unit_that_is_never_open_closes_without_a_hole() -> None:
    assert closure_rules.uncovered(NEVER, [Closed(date(2026, 12, 1), date(2026, 12, 31))], red_days=RED) is None


def test_christmas_without_cover_is_refused_and_nothing_is_stored(world: World) -> None:
    unit = world.unit()
    before = version(unit)
    with pytest.raises(Uncovered) as refusal:
        close(unit, CHRISTMAS)
    assert refusal.value.unit_name == "Mottagning Björken"
    assert refusal.value.hole.minutes == 6 * 510
    assert closures(unit) == [] and version(unit) == before


def test_christmas_is_saved_with_a_unit_that_covers(world: World) -> None:
    unit, other = world.unit(), world.unit("Mottagning Granen")
    before = version(unit)
    close(unit, covered_by(other.id))
    assert closures(unit) == [(CHRISTMAS.starts_on, CHRISTMAS.ends_on)]
    assert version(unit) == before + 1


def test_the_function_covers_only_when_it_has_hours(world: World) -> None:
    unit = world.unit()
    with pytest.raises(Uncovered):
        close(unit, covered_by(function=True))
    function_answers(world)
    close(unit, covered_by(function=True))
    assert len(closures(unit)) == 1


def test_who_is_closed_too_covers_nothing(world: World) -> None:
    unit, other = world.unit(), world.unit("Mottagning Granen")
    function_answers(world)
    close(other, covered_by(function=True))
    with pytest.raises(Uncovered) as refusal:
        close(unit, covered_by(other.id))
    assert refusal.value.unit_name == unit.name


def test_who_covers_cannot_close_themselves_until_another_covers(world: World) -> None:
    unit, other = world.unit(), world.unit("Mottagning Granen")
    function_answers(world)
    close(unit, covered_by(other.id))
    with pytest.raises(Uncovered) as refusal:
        close(other, covered_by(function=True))
    assert refusal.value.unit_name == unit.name and closures(other) == []


def test_what_a_closure_stands_on_cannot_be_taken_from_under_it(world: World) -> None:
    unit, other = world.unit(), world.unit("Mottagning Granen")
    function_answers(world)
    close(unit, covered_by(function=True))
    with pytest.raises(Uncovered):
        function_answers(world, NEVER)
    close(other, Days(date(2026, 12, 14), date(2026, 12, 14)))
    with pytest.raises(Uncovered), db.transaction():
        unit_service.change_promise(other.id, 960, longest_gap=120, by=SYSTEM, now=clock.now())
    with pytest.raises(Uncovered), db.transaction():
        longer = weekdays("08:00", "17:00", days=range(1, 5))
        week = (weekdays("08:00", "20:00")[0], *longer[1:])
        unit_service.change_promise(other.id, 960, longest_gap=510, by=SYSTEM, now=clock.now())
        unit_service.change_office_hours(other.id, week, by=SYSTEM, now=clock.now())


def test_a_closure_can_be_made_shorter_moved_and_taken_away(world: World) -> None:
    unit, other = world.unit(), world.unit("Mottagning Granen")
    key = close(unit, covered_by(other.id))
    before = version(unit)
    with db.transaction():
        days = Days(date(2026, 12, 28), date(2026, 12, 28))
        roster_service.change_closure(unit.id, key, days, by=SYSTEM, now=clock.now())
    assert closures(unit) == [(date(2026, 12, 28), date(2026, 12, 28))] and version(unit) == before + 1
    with pytest.raises(Uncovered), db.transaction():
        roster_service.change_closure(unit.id, key, CHRISTMAS, by=SYSTEM, now=clock.now())
    with db.transaction():
        roster_service.reopen(unit.id, key, by=SYSTEM, now=clock.now())
    assert closures(unit) == [] and version(unit) == before + 2
    with pytest.raises(Past), db.transaction():
        roster_service.reopen(unit.id, key, by=SYSTEM, now=clock.now())


def test_what_has_been_closed_stays_so(world: World) -> None:
    unit, other = world.unit(), world.unit("Mottagning Granen")
    with pytest.raises(Past):
        close(unit, Days(date(2026, 11, 22), date(2026, 11, 24)))
    key = close(unit, covered_by(other.id))
    with time_machine.travel(datetime(2026, 12, 29, 9, tzinfo=UTC), tick=False):
        with pytest.raises(Past), db.transaction():
            moved = Days(date(2026, 12, 30), date(2027, 1, 6), "", other.id)
            roster_service.change_closure(unit.id, key, moved, by=SYSTEM, now=clock.now())
        with db.transaction():
            roster_service.reopen(unit.id, key, by=SYSTEM, now=clock.now())
        assert closures(unit) == [(date(2026, 12, 23), date(2026, 12, 28))]


def test_two_closures_never_lie_over_each_other(world: World) -> None:
    unit, other = world.unit(), world.unit("Mottagning Granen")
    close(unit, covered_by(other.id))
    with pytest.raises(Overlaps) as refusal:
        close(unit, Days(date(2027, 1, 6), date(2027, 1, 7)))
    assert refusal.value.at == CHRISTMAS.starts_on


def test_only_who_leads_the_unit_reaches_its_closures(world: World) -> None:
    unit, other = world.unit(), world.unit("Mottagning Granen")
    key = close(unit, covered_by(other.id))
    karin = world.staff("Karin Ek")
    seen = unit_queries.unit_for(karin.viewer, unit.id, today=today())
    assert [(it.name, it.cover_name) for it in seen.closures] == [("Jul och nyår", "Mottagning Granen")]
    with pytest.raises(NotFound):
        roster_queries.closure_of(karin.viewer, seen, key)
