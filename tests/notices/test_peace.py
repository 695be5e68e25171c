"""Nothing reaches somebody off duty unless they chose it."""

from datetime import timedelta

import time_machine

from app.care import absence_service as absences
from app.care import rest_queries, unit_service
from app.care import roster_service as roster
from app.care import service as care
from app.care.absence_queries import absence_for
from app.care.absence_rules import Stretch
from app.care.service import Cycle
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.locale import local
from app.notices import service as notices
from tests.care.worlds import said, week
from tests.notices.conftest import Told
from tests.world import Patient, Someone, Staff, World, today, wall

Travel = time_machine.Traveller


def reached(someone: Someone) -> str | None:
    key = someone.person.id
    return said(rest_queries.reached_at(SYSTEM, [key], None, at=clock.now())[key])


def chooses(someone: Someone, off_duty: bool) -> None:
    with db.transaction():
        notices.choose(off_duty, by=someone.viewer, now=clock.now())


def away(someone: Someone, starts: str, ends: str | None, *substitutes: Staff) -> Stretch:
    period = Stretch(wall(starts), wall(ends) if ends else None)
    people = tuple(it.person.id for it in substitutes)
    with db.transaction():
        absences.register(someone.person.id, period, substitutes=people, by=someone.viewer, now=clock.now())
    return period


def test_what_comes_on_a_saturday_rests_until_monday(siv: Patient, karin: Staff, told: Told, clockwork: Travel) -> None:
    clockwork.move_to(wall("2026-11-07 22:00"))
    siv.asks("Hej.")
    assert told(karin) == [("back", "Mon 9 Nov 08.00"), ("wait", "Mon 9 Nov 08.00")]
    assert karin.viewer.unseen == 0
    clockwork.move_to(wall("2026-11-09 08:00"))
    assert karin.viewer.unseen == 2 and karin.viewer.returned


def test_whoever_is_at_work_at_either_of_two_units_is_at_work(
    karin: Staff, world: World, told: Told, clockwork: Travel
) -> None:
    other = world.unit("Mottagning Granen")
    with db.transaction():
        start = local(clock.now()).date() - timedelta(days=40)
        care.assign(
            karin.person.id,
            other,
            role="licensed",
            starts_on=start,
            cycle=Cycle((week(sat="10-12"),), start),
            by=SYSTEM,
            now=clock.now(),
        )
    clockwork.move_to(wall("2026-11-06 20:00"))
    assert reached(karin) == "Sat 7 Nov 10.00"
    clockwork.move_to(wall("2026-11-07 11:00"))
    assert reached(karin) == "Sat 7 Nov 11.00"
    clockwork.move_to(wall("2026-11-07 13:00"))
    assert reached(karin) == "Mon 9 Nov 08.00"


def test_what_rests_waits_for_the_new_hours_when_they_change(
    siv: Patient, karin: Staff, told: Told, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-11-07 22:00"))
    siv.asks("Hej.")
    tuesdays = Cycle((week(tue="8-12"),), local(clock.now()).date() - timedelta(days=5))
    with db.transaction():
        care.follow_pattern(karin.assignment, tuesdays, starts_on=today(), by=SYSTEM, now=clock.now())
    assert {at for _kind, at in told(karin)} == {"Tue 10 Nov 08.00"}
    days = roster.Days(wall("2026-11-10 12:00").date(), wall("2026-11-10 12:00").date(), "Städdag")
    with db.transaction():
        roster.close(karin.unit.id, days, by=SYSTEM, now=clock.now())
    assert {at for _kind, at in told(karin)} == {reached(karin)}


def test_what_rests_is_not_shown_to_whoever_has_stopped(
    siv: Patient, karin: Staff, told: Told, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-11-07 22:00"))
    siv.asks("Hej.")
    with db.transaction():
        care.end_assignment(karin.assignment, on=today(), by=SYSTEM, now=clock.now())
    clockwork.move_to(wall("2026-11-09 08:00"))
    assert karin.viewer.unseen == 0 and not karin.rings()
    with db.transaction():
        care.continue_assignment(karin.assignment, by=SYSTEM, now=clock.now())
    assert karin.viewer.unseen == 2


def test_whoever_stopped_before_is_told_of_nothing(siv: Patient, karin: Staff, told: Told, clockwork: Travel) -> None:
    with db.transaction():
        care.end_assignment(karin.assignment, on=today(), by=SYSTEM, now=clock.now())
    clockwork.move_to(wall("2026-11-07 22:00"))
    siv.asks("Hej.")
    clockwork.move_to(wall("2026-11-09 08:00"))
    assert not karin.rings() and karin.viewer.unseen == 0


def test_whoever_has_chosen_it_is_reached_off_duty_too(
    siv: Patient, karin: Staff, told: Told, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-11-07 22:00"))
    siv.asks("Ett.")
    chooses(karin, True)
    siv.asks("Två.")
    assert [moment for kind, moment in told(karin) if kind == "wait"] == ["Sat 7 Nov 22.00"] * 2
    chooses(karin, False)
    siv.asks("Tre.")
    assert told(karin)[-1] == ("wait", "Mon 9 Nov 08.00")


def test_an_absence_registered_in_between_keeps_what_was_not_shown_yet_until_the_return(
    siv: Patient, karin: Staff, erik: Staff, told: Told, world: World, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-11-07 22:00"))
    siv.asks("Hej.")
    clockwork.move_to(wall("2026-11-08 12:00"))
    away(karin, "2026-11-09 00:00", "2026-11-11 00:00", erik)
    clockwork.move_to(wall("2026-11-09 09:00"))
    world.works_on()
    assert karin.viewer.unseen == 0
    clockwork.move_to(wall("2026-11-10 23:59"))
    assert karin.viewer.unseen == 0 and not karin.viewer.returned
    clockwork.move_to(wall("2026-11-11 08:00"))
    assert karin.viewer.returned
    assert told(karin, "wait") == [] and told(erik, "wait") == [("wait", "Mon 9 Nov 09.00")]


def test_what_was_told_in_the_same_moment_as_the_absence_is_not_shown_meanwhile(karin: Staff, told: Told) -> None:
    # Written as a verb writes it that had not yet seen the absence: it is decided at reading too.
    karin.is_away("2026-11-04 14:00", "2026-11-05 00:00")
    with db.transaction():
        notices.tell({karin.person.id: clock.now()}, "taken", "x", by=SYSTEM, now=clock.now())
    assert karin.viewer.unseen == 0 and "En fråga har gått vidare" not in karin.phone().get("/aviseringar").text
    chooses(karin, True)
    assert karin.viewer.unseen == 1 and "En fråga har gått vidare" in karin.phone().get("/aviseringar").text


def test_ill_until_further_notice_is_out_of_sight_and_back_at_once_on_the_day_of_return(
    siv: Patient, karin: Staff, erik: Staff, told: Told, clockwork: Travel
) -> None:
    with db.transaction():
        notices.tell({karin.person.id: clock.now()}, "taken", "x", by=SYSTEM, now=clock.now())
        absences.away_from_now(karin.person.id, today_only=False, by=karin.viewer, now=clock.now())
    assert reached(karin) == said(clock.now() + rest_queries.OUT_OF_SIGHT)
    clockwork.move_to(wall("2026-11-26 10:00"))
    assert karin.viewer.unseen == 0
    with db.transaction():
        absences.come_back(karin.person.id, by=karin.viewer, now=clock.now())
    assert told(karin) == [("back", "Thu 26 Nov 10.00"), ("taken", "Thu 26 Nov 10.00")]


def test_an_absence_that_is_taken_away_before_it_began_leaves_nothing_behind(
    karin: Staff, told: Told, clockwork: Travel
) -> None:
    away(karin, "2026-11-04 15:30", "2026-11-06 00:00")
    assert told(karin) == [("back", "Fri 6 Nov 08.00")]
    key = absences._open_ones(karin.person.id, clock.now())[0].id
    with db.transaction():
        absences.cancel(absence_for(karin.viewer, key, today=today()), by=karin.viewer, now=clock.now())
    assert told(karin) == []


def test_a_head_without_hours_of_their_own_is_reached_in_office_time(
    karin: Staff, world: World, clockwork: Travel
) -> None:
    admin = world.admin()
    with db.transaction():
        unit_service.name_head(karin.unit.id, admin.person.id, (karin.person.id,), by=SYSTEM, now=clock.now())
    place = rest_queries.places(SYSTEM, {karin.unit.id: None}, at=clock.now())[karin.unit.id]
    clockwork.move_to(wall("2026-11-06 17:00"))
    found = rest_queries.reached_at(SYSTEM, [admin.person.id], place, at=clock.now())
    assert said(found[admin.person.id]) == "Mon 9 Nov 08.00"


def test_patients_are_told_at_once(siv: Patient, clockwork: Travel) -> None:
    clockwork.move_to(wall("2026-11-07 22:00"))
    assert reached(siv) == "Sat 7 Nov 22.00"
