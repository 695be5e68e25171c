"""The list of what was done meanwhile comes on return, and not before: whatever changes who is at work until then."""

from datetime import date, timedelta
from uuid import UUID

import pytest
import time_machine

from app.accounts import service as accounts
from app.accounts.service import Who
from app.care import absence_service as absences
from app.care import cover_service, rest_queries, unit_service
from app.care import roster_service as roster
from app.care import service as care
from app.care.absence_queries import absence_for
from app.care.absence_rules import Stretch
from app.care.cover_queries import GapShown
from app.care.service import Cycle
from app.core import clock, db
from app.core.audit import SYSTEM
from app.notices import service as notices
from app.notices.service import Told as Line
from tests.care.worlds import said, week
from tests.notices.conftest import Told
from tests.world import OnDuty, Patient, Someone, Staff, World, today, wall

Travel = time_machine.Traveller
BACK = "back"


@pytest.fixture(autouse=True)
def others(erik: Staff, world: World) -> None:
    """Enough people for whoever wants to be away."""
    world.staff("Fatima Aydin")


def away(someone: Someone, starts: str, ends: str | None) -> UUID:
    period = Stretch(wall(starts), wall(ends) if ends else None)
    with db.transaction():
        return absences.register(someone.person.id, period, by=someone.viewer, now=clock.now()).key


def ends(someone: Someone, key: UUID, at: str | None) -> None:
    row = absence_for(someone.viewer, key, today=today())
    with db.transaction():
        if at is None:
            absences.cancel(row, by=someone.viewer, now=clock.now())
        else:
            absences.change(row, ends_at=wall(at), substitutes=(), by=someone.viewer, now=clock.now())


def test_a_leave_right_after_another_moves_the_list_of_the_first(karin: Staff, told: Told) -> None:
    away(karin, "2026-11-09 00:00", "2026-11-14 00:00")
    assert told(karin) == [(BACK, "Mon 16 Nov 08.00")]
    away(karin, "2026-11-16 00:00", "2026-11-18 00:00")
    assert told(karin) == [(BACK, "Wed 18 Nov 08.00")] and karin.viewer.unseen == 0


def test_a_leave_between_two_others_makes_them_one(karin: Staff, told: Told) -> None:
    away(karin, "2026-11-09 00:00", "2026-11-11 00:00")
    away(karin, "2026-11-12 00:00", "2026-11-14 00:00")
    assert told(karin) == [(BACK, "Wed 11 Nov 08.00"), (BACK, "Mon 16 Nov 08.00")]
    away(karin, "2026-11-11 00:00", "2026-11-12 00:00")
    assert told(karin) == [(BACK, "Mon 16 Nov 08.00")]


def test_a_leave_at_another_time_leaves_the_list_alone(karin: Staff, told: Told) -> None:
    away(karin, "2026-11-09 00:00", "2026-11-14 00:00")
    away(karin, "2026-11-23 00:00", "2026-11-25 00:00")
    assert told(karin) == [(BACK, "Mon 16 Nov 08.00"), (BACK, "Wed 25 Nov 08.00")]


def test_one_of_two_leaves_that_overlap_is_taken_away_and_the_other_keeps_its_list(karin: Staff, told: Told) -> None:
    first = away(karin, "2026-11-09 00:00", "2026-11-12 00:00")
    second = away(karin, "2026-11-11 00:00", "2026-11-14 00:00")
    assert told(karin) == [(BACK, "Mon 16 Nov 08.00")]
    ends(karin, first, None)
    assert told(karin) == [(BACK, "Mon 16 Nov 08.00")]
    ends(karin, second, None)
    assert told(karin) == []


def test_a_leave_made_longer_takes_the_next_one_with_it(karin: Staff, told: Told) -> None:
    first = away(karin, "2026-11-09 00:00", "2026-11-10 00:00")
    away(karin, "2026-11-11 00:00", "2026-11-14 00:00")
    ends(karin, first, "2026-11-11 00:00")
    assert told(karin) == [(BACK, "Mon 16 Nov 08.00")]
    ends(karin, first, "2026-11-10 00:00")
    assert told(karin) == [(BACK, "Tue 10 Nov 08.00"), (BACK, "Mon 16 Nov 08.00")]


def test_illness_before_a_leave_is_one_return_with_it(karin: Staff, told: Told, clockwork: Travel) -> None:
    away(karin, "2026-11-09 00:00", "2026-11-14 00:00")
    clockwork.move_to(wall("2026-11-06 09:00"))
    with db.transaction():
        absences.away_from_now(karin.person.id, today_only=False, by=karin.viewer, now=clock.now())
    clockwork.move_to(wall("2026-11-10 09:00"))
    with db.transaction():
        absences.come_back(karin.person.id, by=karin.viewer, now=clock.now())
    # Both ended as they came back, the leave in the middle of it.
    assert told(karin) == [(BACK, "Tue 10 Nov 09.00")]


def test_whoever_comes_back_from_one_leave_is_not_shown_the_list_of_the_next(
    karin: Staff, told: Told, clockwork: Travel
) -> None:
    away(karin, "2026-11-23 00:00", "2026-11-28 00:00")
    clockwork.move_to(wall("2026-11-05 10:00"))
    with db.transaction():
        absences.away_from_now(karin.person.id, today_only=True, by=karin.viewer, now=clock.now())
    clockwork.move_to(wall("2026-11-05 13:00"))
    with db.transaction():
        absences.come_back(karin.person.id, by=karin.viewer, now=clock.now())
    assert told(karin) == [(BACK, "Thu 5 Nov 13.00"), (BACK, "Mon 30 Nov 08.00")]


def test_new_hours_move_the_list_and_do_not_show_it_at_once(karin: Staff, told: Told) -> None:
    away(karin, "2026-11-09 00:00", "2026-11-14 00:00")
    tuesdays = Cycle((week(tue="8-12"),), today() - timedelta(days=2))
    with db.transaction():
        care.follow_pattern(karin.assignment, tuesdays, starts_on=date(2026, 11, 16), by=SYSTEM, now=clock.now())
    assert told(karin) == [(BACK, "Tue 17 Nov 08.00")] and karin.viewer.unseen == 0


def test_a_closed_day_moves_the_list(karin: Staff, told: Told) -> None:
    away(karin, "2026-11-09 00:00", "2026-11-14 00:00")
    monday = date(2026, 11, 16)
    with db.transaction():
        key = roster.close(karin.unit.id, roster.Days(monday, monday, "Städdag"), by=SYSTEM, now=clock.now())
    assert told(karin) == [(BACK, "Tue 17 Nov 08.00")]
    with db.transaction():
        roster.reopen(karin.unit.id, key, by=SYSTEM, now=clock.now())
    assert told(karin) == [(BACK, "Mon 16 Nov 08.00")]


def test_whoever_stops_during_the_leave_is_shown_no_list(karin: Staff, told: Told, clockwork: Travel) -> None:
    away(karin, "2026-11-09 00:00", "2026-11-14 00:00")
    with db.transaction():
        care.end_assignment(karin.assignment, on=date(2026, 11, 11), by=SYSTEM, now=clock.now())
    clockwork.move_to(wall("2026-11-16 08:00"))
    assert karin.viewer.unseen == 0 and not karin.rings()
    clockwork.move_to(wall("2026-11-11 12:00"))
    with db.transaction():
        care.continue_assignment(karin.assignment, by=SYSTEM, now=clock.now())
    assert told(karin) == [(BACK, "Mon 16 Nov 08.00")]


def test_whoever_may_be_reached_off_duty_has_the_list_on_return_all_the_same(
    karin: Staff, told: Told, clockwork: Travel
) -> None:
    away(karin, "2026-11-09 00:00", "2026-11-14 00:00")
    clockwork.move_to(wall("2026-11-07 12:00"))
    with db.transaction():
        notices.choose(True, by=karin.viewer, now=clock.now())
    assert told(karin) == [(BACK, "Mon 16 Nov 08.00")]
    away(karin, "2026-11-16 00:00", "2026-11-17 00:00")
    assert told(karin) == [(BACK, "Tue 17 Nov 08.00")]


def test_the_list_of_a_weekend_is_for_the_return_too(
    siv: Patient, karin: Staff, erik: Staff, told: Told, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-11-07 12:00"))
    with db.transaction():
        notices.choose(True, by=karin.viewer, now=clock.now())
    siv.asks("Hej.")
    assert told(karin) == [("wait", "Sat 7 Nov 12.00"), (BACK, "Mon 9 Nov 08.00")]
    with db.transaction():
        sunday = roster.Times(date(2026, 11, 8), 10 * 60, 12 * 60)
        roster.add_shift(karin.unit.id, sunday, [karin.person.id], by=SYSTEM, now=clock.now())
    assert told(karin) == [("wait", "Sat 7 Nov 12.00"), (BACK, "Sun 8 Nov 10.00")]


def test_a_shift_that_is_added_ends_the_rest(siv: Patient, karin: Staff, told: Told, clockwork: Travel) -> None:
    clockwork.move_to(wall("2026-11-06 22:00"))
    siv.asks("Hej.")
    with db.transaction():
        saturday = roster.Times(date(2026, 11, 7), 10 * 60, 12 * 60)
        roster.add_shift(karin.unit.id, saturday, [karin.person.id], by=SYSTEM, now=clock.now())
    assert {at for _kind, at in told(karin)} == {"Sat 7 Nov 10.00"}


def test_a_week_that_comes_again_ends_the_rest(siv: Patient, karin: Staff, told: Told, clockwork: Travel) -> None:
    with db.transaction():
        saturday = roster.Times(date(2026, 11, 7), 10 * 60, 12 * 60)
        roster.add_shift(karin.unit.id, saturday, [karin.person.id], by=SYSTEM, now=clock.now())
    clockwork.move_to(wall("2026-11-13 22:00"))
    siv.asks("Hej.")
    assert {at for _kind, at in told(karin)} == {"Mon 16 Nov 08.00"}
    with db.transaction():
        roster.repeat_week(karin.unit.id, date(2026, 11, 2), weeks=2, by=SYSTEM, now=clock.now())
    assert {at for _kind, at in told(karin)} == {"Sat 14 Nov 10.00"}


def test_a_gap_that_is_filled_ends_the_rest(
    siv: Patient, karin: Staff, erik: Staff, told: Told, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-11-06 22:00"))
    siv.asks("Hej.")
    starts, ends = wall("2026-11-07 10:00"), wall("2026-11-07 12:00")
    spans = ((starts, ends),)
    gap = GapShown(karin.unit.id, 1, starts, ends, False, spans, 1, 1, (), (), False, (), (), ())
    with db.transaction():
        cover_service.put_on_duty(gap, karin.person.id, by=SYSTEM, now=clock.now())
    assert {at for _kind, at in told(karin)} == {"Sat 7 Nov 10.00"}


def test_work_at_another_unit_ends_the_rest(
    siv: Patient, karin: Staff, world: World, told: Told, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-11-06 22:00"))
    siv.asks("Hej.")
    saturdays = Cycle((week(sat="10-12"),), today())
    with db.transaction():
        other = world.unit("Mottagning Granen")
        care.assign(
            karin.person.id, other, role="licensed", starts_on=today(), cycle=saturdays, by=SYSTEM, now=clock.now()
        )
    assert {at for _kind, at in told(karin)} == {"Sat 7 Nov 10.00"}


def head_without_hours(karin: Staff, world: World) -> Someone:
    with db.transaction():
        who, now = Who("Maria Hedlund"), clock.now()
        maria = accounts.register_staff(who, hsa_id="SE2321000180-M", title="chef", by=SYSTEM, now=now)
        unit_service.name_head(karin.unit.id, maria.id, (karin.person.id,), by=SYSTEM, now=now)
    return OnDuty(world, maria)


def test_other_office_hours_move_the_return_of_a_head_without_hours_of_their_own(
    karin: Staff, world: World, told: Told
) -> None:
    head = head_without_hours(karin, world)
    away(head, "2026-11-09 00:00", "2026-11-14 00:00")
    with db.transaction():
        unit_service.change_office_hours(karin.unit.id, week(tue_fri="9-15"), by=SYSTEM, now=clock.now())
    assert told(head) == [(BACK, "Tue 17 Nov 09.00")]


def test_whoever_leads_no_longer_and_works_nowhere_is_told_no_more(
    karin: Staff, erik: Staff, world: World, clockwork: Travel
) -> None:
    head = head_without_hours(karin, world)
    clockwork.move_to(wall("2026-11-07 12:00"))
    with db.transaction():
        notices.tell({head.person.id: wall("2026-11-09 08:00")}, "gap", "x", by=SYSTEM, now=clock.now())
        unit_service.name_head(karin.unit.id, erik.person.id, (karin.person.id,), by=SYSTEM, now=clock.now())
    clockwork.move_to(wall("2026-11-09 09:00"))
    assert head.viewer.unseen == 0


def test_a_head_without_hours_of_their_own_who_is_away_is_back_in_office_time(
    karin: Staff, world: World, told: Told, clockwork: Travel
) -> None:
    head = head_without_hours(karin, world)
    away(head, "2026-11-09 00:00", "2026-11-14 00:00")
    assert told(head) == [(BACK, "Mon 16 Nov 08.00")]
    clockwork.move_to(wall("2026-11-10 10:00"))
    with db.transaction():
        notices.tell({head.person.id: wall("2026-11-16 08:00")}, "gap", "x", by=SYSTEM, now=clock.now())
        absences.come_back(head.person.id, by=head.viewer, now=clock.now())
    assert told(head) == [(BACK, "Tue 10 Nov 10.00"), ("gap", "Tue 10 Nov 10.00")]


def test_a_leave_taken_away_when_its_person_has_left_for_it_leaves_the_list_of_the_evening(
    siv: Patient, karin: Staff, erik: Staff, told: Told, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-11-06 12:00"))
    with db.transaction():
        leave = Stretch(wall("2026-11-09 00:00"), wall("2026-11-14 00:00"))
        people = (erik.person.id,)
        key = absences.register(karin.person.id, leave, substitutes=people, by=karin.viewer, now=clock.now()).key
    clockwork.move_to(wall("2026-11-06 22:00"))
    siv.asks("Hej.")
    assert told(karin, BACK) == [(BACK, "Mon 16 Nov 08.00")]
    clockwork.move_to(wall("2026-11-07 12:00"))
    ends(karin, key, None)
    assert told(karin, BACK) == [(BACK, "Mon 9 Nov 08.00")]


def test_somebody_of_the_function_who_works_nowhere_is_told_in_office_time(
    karin: Staff, world: World, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-11-06 17:00"))
    found = rest_queries.reached_at(SYSTEM, world.function, None, at=clock.now(), newest=True)
    assert {said(at) for at in found.values()} == {"Mon 9 Nov 08.00"}


def test_what_is_told_twice_in_one_breath_is_told_once(karin: Staff, told: Told) -> None:
    now, later = clock.now(), wall("2026-11-05 08:00")
    twice = [Line(karin.person.id, "taken", "x", at) for at in (now, later)]
    with db.transaction():
        notices.tell_many(twice, by=SYSTEM, now=now)
    assert told(karin) == [("taken", "Wed 4 Nov 15.00")]
