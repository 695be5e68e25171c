"""A unit: who sees it, who changes it, and that what is changed is what everybody sees next."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import text

from app.accounts import service as accounts
from app.care import region_queries, service, unit_queries, unit_service, work_queries
from app.care.hours_rules import NEVER, Span, weekdays
from app.care.models import Unit
from app.care.service import Cycle, Direct, Unfit, WorksHere
from app.care.unit_queries import UnitPage
from app.care.unit_service import Line, NameTaken, Place
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from tests.care.test_contacts import appoint
from tests.world import OFFICE, Someone, Staff, World, today

PLACE = Place(
    "Mottagning Björken",
    "+46313900611",
    "Vardagar 9–15",
    visiting="Björkvägen 1\nNorrlida",
    lines=(Line("Receptförnyelse", "+46313900618", "Måndagar 9–10"), Line("Reception", "+46313900619", "")),
)
ALTERNATING = (weekdays("08:00", "16:30", days=range(3)), weekdays("08:00", "12:00"))


pytestmark = pytest.mark.usefixtures("monday")


def seen(staff: Someone, unit: Unit | None = None) -> UnitPage:
    return unit_queries.unit_for(staff.viewer, (unit or staff.unit).id, today=today())


def version(unit: Unit) -> int:
    return db.session().execute(text("select care_version from unit where id = :id"), {"id": unit.id}).scalar_one()


def work(head: Staff, staff: Staff) -> work_queries.Work:
    return work_queries.work_for(head.viewer, staff.unit.id, staff.assignment.id, today=today())


def test_the_head_who_answers_for_her_a_colleague_and_an_administrator_see_it_and_no_other(
    world: World, karin: Staff, maria: Staff
) -> None:
    erik, jonas = world.staff("Erik Lund"), world.staff("Jonas Ström", unit="Mottagning Granen")
    admin = world.admin()
    assert [(seen(it, karin.unit).leads, seen(it, karin.unit).admin) for it in (maria, erik, admin, karin)] == [
        (True, False),
        (True, False),
        (True, True),
        (False, False),
    ]
    for unit in (karin.unit.id, db.new_key()):
        with pytest.raises(NotFound):
            unit_queries.unit_for(jonas.viewer, unit, today=today())
    with pytest.raises(NotFound):
        unit_queries.led_unit(karin.viewer, karin.unit.id, today=today())
    with pytest.raises(NotFound):
        work(karin, karin)
    assert [row.name for row in unit_queries.units_of(admin.viewer, today=today())] == [
        "Mottagning Björken",
        "Mottagning Granen",
    ]
    assert [(row.name, row.leads) for row in unit_queries.units_of(karin.viewer, today=today())] == [
        ("Mottagning Björken", False)
    ]


def test_whose_work_there_has_ended_sees_it_no_longer(karin: Staff) -> None:
    with db.transaction():
        service.end_assignment(karin.assignment, on=today() - timedelta(days=1), by=SYSTEM, now=clock.now())
    assert unit_queries.units_of(karin.viewer, today=today()) == []


def test_a_head_is_never_without_somebody_who_answers_for_them(karin: Staff, maria: Staff) -> None:
    for people in ((), (maria.person.id,)):
        with pytest.raises(Unfit), db.transaction():
            unit_service.name_head(karin.unit.id, maria.person.id, people, by=SYSTEM, now=clock.now())


def test_where_a_unit_is_and_its_numbers(karin: Staff, maria: Staff) -> None:
    with db.transaction():
        unit_service.change_place(karin.unit.id, PLACE, by=maria.viewer, now=clock.now())
    page = seen(karin)
    assert (page.phone, page.phone_hours, page.visiting, page.postal) == (
        "+46313900611",
        "Vardagar 9–15",
        "Björkvägen 1\nNorrlida",
        "",
    )
    assert [(it.label, it.phone, it.hours) for it in page.lines] == [
        ("Receptförnyelse", "+46313900618", "Måndagar 9–10"),
        ("Reception", "+46313900619", ""),
    ]


def test_two_units_do_not_get_the_same_name(world: World, karin: Staff, maria: Staff) -> None:
    world.unit("Mottagning Granen")
    taken = Place("Mottagning Granen", "+46313900611", "")
    with pytest.raises(NameTaken), db.transaction():
        unit_service.change_place(karin.unit.id, taken, by=maria.viewer, now=clock.now())


def test_the_longest_gap_is_the_longest_office_day_unless_said(karin: Staff) -> None:
    assert seen(karin).gap == 510
    with db.transaction():
        longer = weekdays("08:00", "20:00")[0], *OFFICE[1:]
        unit_service.change_office_hours(karin.unit.id, longer, by=SYSTEM, now=clock.now())
    assert seen(karin).gap == 720
    with db.transaction():
        unit_service.change_promise(karin.unit.id, 480, longest_gap=240, by=SYSTEM, now=clock.now())
    assert (seen(karin).gap, seen(karin).promise) == (240, 480)


def test_what_can_change_who_answers_raises_the_version_and_an_address_does_not(karin: Staff, maria: Staff) -> None:
    unit, held = karin.unit, work(maria, karin)
    before = version(unit)
    verbs = (
        lambda: unit_service.change_office_hours(unit.id, OFFICE, by=SYSTEM, now=clock.now()),
        lambda: unit_service.change_promise(unit.id, 960, longest_gap=None, by=SYSTEM, now=clock.now()),
        lambda: service.follow_pattern(
            held, Cycle(ALTERNATING, today()), starts_on=today(), by=SYSTEM, now=clock.now()
        ),
        lambda: service.name_standing(held, (maria.person.id,), by=SYSTEM, now=clock.now()),
        lambda: service.end_assignment(held, on=today(), by=SYSTEM, now=clock.now()),
        lambda: service.continue_assignment(held, by=SYSTEM, now=clock.now()),
        lambda: unit_service.name_function(
            karin.world.region(), tuple(karin.world.function), by=SYSTEM, now=clock.now()
        ),
    )
    for count, verb in enumerate(verbs, 1):
        with db.transaction():
            verb()
        assert version(unit) == before + count, count
    with db.transaction():
        unit_service.change_place(unit.id, PLACE, by=SYSTEM, now=clock.now())
        service.change_direct(held, None, by=SYSTEM, now=clock.now())
    assert version(unit) == before + len(verbs)


def test_alternating_weeks_hold_from_their_day_and_the_past_stands(karin: Staff, maria: Staff) -> None:
    start = date(2026, 11, 30)
    with db.transaction():
        service.follow_pattern(
            karin.assignment, Cycle(ALTERNATING, start), starts_on=start, by=maria.viewer, now=clock.now()
        )
    held = work(maria, karin)
    before, after = held.periods
    assert (before.ends_on, before.weeks) == (date(2026, 11, 29), (OFFICE,))
    assert (after.starts_on, after.anchor, after.weeks) == (start, start, ALTERNATING)
    assert held.at(today()) == before and held.at(start) == after and held.after(today()) == [after]


def test_a_number_of_ones_own_is_given_and_taken_back(karin: Staff, maria: Staff) -> None:
    for direct in (Direct("+46313900699", "Tisdagar"), None):
        with db.transaction():
            service.change_direct(karin.assignment, direct, by=maria.viewer, now=clock.now())
        assert work(maria, karin).phone == (direct.phone if direct else None)


def test_who_works_there_is_not_given_the_same_work_again(karin: Staff) -> None:
    with pytest.raises(WorksHere), db.transaction():
        service.assign(
            karin.person.id,
            karin.unit,
            role="care",
            starts_on=today(),
            cycle=Cycle((OFFICE,), today()),
            by=SYSTEM,
            now=clock.now(),
        )


def test_what_follows_when_somebody_ends_is_counted(world: World, karin: Staff, maria: Staff) -> None:
    """ANSWERING, case 10, as the head sees it before it is done."""
    siv, tom, _gun = (world.patient(name) for name in ("Siv", "Tom", "Gun"))
    erik = world.staff("Erik Lund")
    appoint(tom, erik)
    with db.transaction():
        service.name_standing(erik.assignment, (karin.person.id,), by=SYSTEM, now=clock.now())
    last = date(2026, 12, 31)
    follows = work_queries.if_it_ends(maria.viewer, work(maria, karin), on=last)
    assert (follows.lost, follows.alone, follows.answers_for, follows.shifts) == (3, 2, 1, 0)
    assert not follows.heads and not follows.stands_in
    assert seen(maria).losing == 0
    with db.transaction():
        service.end_assignment(erik.assignment, on=last, by=SYSTEM, now=clock.now())
    assert seen(maria).losing == 0
    assert work_queries.if_it_ends(maria.viewer, work(maria, karin), on=last).alone == 3
    with db.transaction():
        service.end_assignment(karin.assignment, on=last, by=SYSTEM, now=clock.now())
    assert seen(maria).losing == 3
    with db.transaction():
        service.continue_assignment(erik.assignment, by=SYSTEM, now=clock.now())
    assert seen(maria).losing == 2
    with time_machine.travel(datetime(2027, 1, 20, 9, tzinfo=UTC), tick=False):
        assert seen(maria).losing == 2
        appoint(siv, erik)
        assert seen(maria).losing == 1
    with pytest.raises(NotFound):
        work_queries.if_it_ends(karin.viewer, work(maria, karin), on=last)


def test_an_end_is_taken_back_unless_new_work_has_begun(karin: Staff, maria: Staff) -> None:
    with db.transaction():
        service.end_assignment(karin.assignment, on=today(), by=SYSTEM, now=clock.now())
        service.assign(
            karin.person.id,
            karin.unit,
            role="care",
            starts_on=today() + timedelta(days=9),
            cycle=Cycle((OFFICE,), today()),
            by=SYSTEM,
            now=clock.now(),
        )
    with pytest.raises(WorksHere), db.transaction():
        service.continue_assignment(karin.assignment, by=SYSTEM, now=clock.now())


def test_the_function_has_two_people_a_number_and_hours(world: World, karin: Staff) -> None:
    region, admin = world.region(), world.admin()
    people = (*world.function, karin.person.id)
    with db.transaction():
        unit_service.name_function(region, people, by=admin.viewer, now=clock.now())
        unit_service.change_function_phone(region, "+46313900605", by=admin.viewer, now=clock.now())
        unit_service.change_function_hours(region, OFFICE, by=admin.viewer, now=clock.now())
    page = region_queries.region_for(admin.viewer)
    assert (set(page.people), page.phone, page.hours) == (set(people), "+46313900605", OFFICE)
    for few in ((), people[:1], (people[0], people[0])):
        with pytest.raises(Unfit), db.transaction():
            unit_service.name_function(region, few, by=admin.viewer, now=clock.now())
    with pytest.raises(NotFound):
        region_queries.region_for(karin.viewer)


def test_who_can_be_chosen_are_those_of_the_region_with_an_open_account(
    world: World, karin: Staff, maria: Staff
) -> None:
    jonas = world.staff("Jonas Ström", unit="Mottagning Granen")
    region = world.region().id

    def names(viewer: Staff) -> list[str]:
        return [it.name for it in region_queries.people_of_region(viewer.viewer, region)]

    everybody = ["Erik Lund", "Funktion Ett", "Funktion Två", "Jonas Ström", "Karin Ek", "Maria Hedlund"]
    assert names(maria) == everybody
    assert names(karin) == []
    with db.transaction():
        accounts.close_account(jonas.person.id, by=SYSTEM, now=clock.now())
    assert names(maria) == [name for name in everybody if name != "Jonas Ström"]


def test_a_unit_never_open_has_no_longest_day(world: World, karin: Staff) -> None:
    with db.transaction():
        unit_service.change_office_hours(karin.unit.id, NEVER, by=SYSTEM, now=clock.now())
    assert seen(karin).office == NEVER and seen(karin).gap == 0


def keys(*people: Staff) -> tuple[UUID, ...]:
    return tuple(it.person.id for it in people)


def test_those_who_answer_instead_come_in_order(world: World, karin: Staff, maria: Staff) -> None:
    erik, anna = world.staff("Erik Lund"), world.staff("Anna Berg")
    with db.transaction():
        service.name_standing(karin.assignment, keys(anna, erik, anna), by=maria.viewer, now=clock.now())
    assert work(maria, karin).standing == keys(anna, erik)
    with pytest.raises(Unfit), db.transaction():
        service.name_standing(karin.assignment, keys(karin), by=maria.viewer, now=clock.now())


def test_two_spans_a_day_are_kept(karin: Staff) -> None:
    day = (Span(480, 720), Span(780, 1440))
    with db.transaction():
        unit_service.change_office_hours(karin.unit.id, (day, *OFFICE[1:]), by=SYSTEM, now=clock.now())
    assert seen(karin).office[0] == day
