"""The gap report: when nobody named answers, whose questions those are, and who could fill it."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.care.cover_rules import Cover
from app.care.facts_rules import Absence, Assignment, Closure, Contact, Patient, Shift, State, Unit
from app.care.gap_rules import Gap, Report, gaps, gaps_of_absence, report
from app.care.hole_rules import Order
from app.care.hours_rules import NEVER, Period, micros
from app.care.picture_rules import Picture, Presence, Row, strips, table
from tests.care.oracle import STOCKHOLM, minute_of, moment_of, written_to
from tests.care.oracle import day_of as oracle_day
from tests.care.random_units import DAY, LONG_AGO, RED, WEEKDAYS, World, random_world

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
"""A Monday morning, before office time."""


def period(*weekdays: int) -> tuple[Period, ...]:
    week = tuple(DAY if day in (weekdays or range(5)) else () for day in range(7))
    return (Period(LONG_AGO, None, LONG_AGO, (week,)),)


def work(person: str, *weekdays: int, standing: tuple[str, ...] = (), unit: str = "u") -> Assignment:
    return Assignment(unit, person, True, LONG_AGO, None, period(*weekdays), standing)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM)


def off(person: str, starts: str, ends: str | None, *substitutes: str) -> Absence:
    return Absence(person, local(starts), local(ends) if ends else None, substitutes, NOW)


def patient(key: str, *contacts: str) -> Patient:
    return Patient(key, tuple(Contact(it, n == 0, LONG_AGO, None) for n, it in enumerate(contacts)))


@pytest.fixture
def world() -> World:
    """Karin, Erik and Fatima, who all work office hours, and three patients of theirs; nobody is on a roster."""
    unit = Unit("u", WEEKDAYS, RED, (), timedelta(hours=8.5), timedelta(hours=16), "head", ("deputy",), "function")
    people = [work("karin"), work("erik"), work("fatima")]
    patients = [patient("gun", "karin"), patient("tom", "karin"), patient("aida", "erik")]
    return World(unit, NOW, people, patients=patients)


def found(world: World) -> list[Gap]:
    facts = world.unit, world.assignments, world.absences, world.duty, world.patients, world.states
    return gaps(*facts, at=world.at)


def whole(world: World) -> Report:
    return report(cover(world), world.patients)


def cover(world: World) -> Cover:
    return Cover(world.unit, world.assignments, world.absences, world.duty, world.states, at=world.at)


def said(gap: Gap) -> tuple[str, str]:
    return gap.starts_at.astimezone(STOCKHOLM).isoformat()[:16], gap.ends_at.astimezone(STOCKHOLM).isoformat()[:16]


def test_nobody_away_is_no_gap(world: World) -> None:
    assert found(world) == []


def test_leave_without_substitutes_is_one_gap_over_nights(world: World) -> None:
    world.absences = [off("karin", "2026-12-07T00:00", "2026-12-10T00:00")]
    (gap,) = found(world)
    assert said(gap) == ("2026-12-07T08:00", "2026-12-09T16:30")
    assert len(gap.spans) == 3
    assert (gap.patients, gap.contacts) == (("gun", "tom"), ("karin",))
    assert [(it.reason, it.patients) for it in gap.causes] == [("absent", ("gun", "tom"))]
    assert (set(gap.fills), gap.helps) == ({"erik", "fatima"}, ())


def test_a_substitute_fills_it_while_they_are_there(world: World) -> None:
    world.absences = [
        off("karin", "2026-12-07T00:00", "2026-12-10T00:00", "erik"),
        off("erik", "2026-12-09T12:00", "2026-12-10T00:00", "karin"),
    ]
    (gap,) = found(world)
    assert said(gap) == ("2026-12-09T12:00", "2026-12-09T16:30")
    assert gap.contacts == ("karin", "erik") and gap.patients == ("gun", "tom", "aida")


def test_another_cause_is_another_gap(world: World) -> None:
    world.assignments[0] = work("karin", 0, 1)
    world.absences = [off("karin", "2026-12-07T00:00", "2026-12-09T00:00")]
    there = [(said(gap), gap.causes[0].reason) for gap in found(world)]
    assert (("2026-12-07T08:00", "2026-12-08T16:30"), "absent") in there
    # She is out for longer than a day from the Tuesday evening, and back in reach on Friday.
    assert there[0] == (("2026-11-25T08:00", "2026-11-26T16:30"), "out_of_reach")


def test_the_roster_fills_it_and_the_next_shift_too(world: World) -> None:
    world.absences = [off("karin", "2026-12-07T00:00", "2026-12-10T00:00")]
    world.duty = [Shift("u", local("2026-12-08T08:00"), local("2026-12-08T16:30"), ("fatima",))]
    (gap,) = found(world)
    assert said(gap) == ("2026-12-09T08:00", "2026-12-09T16:30")


def test_the_next_shift_is_asked_only_where_none_covers(world: World) -> None:
    world.absences = [off("karin", "2026-12-07T00:00", "2026-12-08T00:00"), off("erik", "2026-12-07T00:00", None)]
    world.patients = world.patients[:2]
    world.duty = [
        Shift("u", local("2026-12-07T08:00"), local("2026-12-07T16:30"), ("erik",)),
        Shift("u", local("2026-12-08T08:00"), local("2026-12-08T16:30"), ("fatima",)),
    ]
    (gap,) = found(world)
    assert said(gap) == ("2026-12-07T08:00", "2026-12-07T16:30")


def test_of_two_absences_the_one_registered_last_names_the_substitutes(world: World) -> None:
    first = off("karin", "2026-12-07T00:00", "2026-12-10T00:00", "erik")
    later = replace(
        off("karin", "2026-12-08T00:00", "2026-12-09T00:00", "nobody"), registered_at=NOW + timedelta(hours=1)
    )
    for absences in ([first, later], [later, first]):
        world.absences = absences
        (gap,) = found(world)
        assert said(gap) == ("2026-12-08T08:00", "2026-12-08T16:30")


def test_who_is_back_the_day_after_the_last_is_in_reach_on_it(world: World) -> None:
    world.assignments[0] = work("karin", 0, 1, 2, 4)
    assert found(world) == []


def test_nobody_is_in_reach_before_their_first_day(world: World) -> None:
    world.assignments[0] = replace(world.assignments[0], starts_on=date(2026, 11, 30))
    (gap,) = found(world)
    assert said(gap) == ("2026-11-23T08:00", "2026-11-27T16:30") and gap.causes[0].reason == "ended"


def test_duty_counts_as_work_while_the_unit_is_closed(world: World) -> None:
    world.assignments[0] = work("karin", 2)
    world.unit = replace(world.unit, closures=(Closure(date(2026, 11, 27), date(2026, 11, 30)),))
    gone = [said(gap)[0] for gap in found(world)]
    assert "2026-11-26T08:00" in gone
    world.duty = [Shift("u", local("2026-11-28T08:00"), local("2026-11-28T16:30"), ("karin",))]
    assert [said(gap)[0] for gap in found(world)] == [it for it in gone if it != "2026-11-26T08:00"]


def test_another_contact_fills_it_for_those_who_have_one(world: World) -> None:
    world.patients[0] = patient("gun", "karin", "erik")
    world.absences = [off("karin", "2026-12-07T00:00", "2026-12-08T00:00")]
    (gap,) = found(world)
    assert gap.patients == ("tom",)


def test_illness_until_further_notice_takes_all_sixty_days(world: World) -> None:
    world.absences = [off("karin", "2026-11-24T06:30", None)]
    (gap,) = found(world)
    assert said(gap) == ("2026-11-24T08:00", "2027-01-21T16:30")


def test_work_that_ends_is_a_gap_and_an_ending(world: World) -> None:
    world.assignments[0] = replace(world.assignments[0], ends_on=date(2027, 1, 15))
    all_of_it = whole(world)
    (gap,) = all_of_it.gaps
    assert said(gap) == ("2027-01-18T08:00", "2027-01-21T16:30") and gap.causes[0].reason == "ended"
    (ending,) = all_of_it.endings
    assert (ending.person, ending.since, ending.patients) == ("karin", date(2027, 1, 18), ("gun", "tom"))


def test_a_roster_closes_the_gap_but_not_the_ending(world: World) -> None:
    world.assignments[0] = replace(world.assignments[0], ends_on=date(2026, 11, 30), standing=("erik",))
    all_of_it = whole(world)
    assert all_of_it.gaps == () and [it.person for it in all_of_it.endings] == ["karin"]


def test_an_old_contacts_threads_are_somebodys_still(world: World) -> None:
    gone = Contact("karin", True, LONG_AGO, date(2026, 11, 20))
    world.patients = [Patient("gun", (gone,)), Patient("new", ())]
    assert found(world) == []
    world.absences = [off("karin", "2026-12-07T00:00", "2026-12-08T00:00")]
    (gap,) = found(world)
    assert gap.patients == ("gun",)


def test_a_substitute_without_channel_or_right_does_not_count(world: World) -> None:
    world.absences = [off("karin", "2026-12-07T00:00", "2026-12-08T00:00", "erik", "guest")]
    world.states = {"erik": State(channel=False)}
    all_of_it = whole(world)
    (gap,) = [it for it in all_of_it.gaps if "karin" in it.contacts and "absent" in {c.reason for c in it.causes}]
    assert gap.patients == ("gun", "tom", "aida") and gap.fills == ("fatima",)
    assert [(it.person, it.reason, it.instead_of) for it in all_of_it.weak] == [
        ("erik", "no_channel", ("karin",)),
        ("guest", "no_right", ("karin",)),
    ]


def test_nobody_is_proposed_whom_all_of_them_have_blocked(world: World) -> None:
    world.patients = [replace(world.patients[0], blocked=frozenset({"erik"}))]
    world.absences = [off("karin", "2026-12-07T00:00", "2026-12-08T00:00", "erik")]
    (gap,) = found(world)
    assert gap.fills == ("fatima",)


@pytest.mark.parametrize(("cover", "count"), [("v", 0), ("function", 0), ("elsewhere", 1)])
def test_a_closure_is_filled_by_those_who_cover(world: World, cover: str, count: int) -> None:
    closure = Closure(date(2026, 12, 7), date(2026, 12, 11), cover, WEEKDAYS)
    world.unit = replace(world.unit, closures=(closure,))
    world.assignments.append(work("vera", unit="v"))
    world.duty = [
        Shift("v", local(f"2026-12-{day:02}T08:00"), local(f"2026-12-{day:02}T16:30"), ("vera",))
        for day in range(7, 12)
    ]
    assert len(found(world)) == count


def test_a_closed_unit_that_nobody_covers_has_no_office_time(world: World) -> None:
    world.unit = replace(world.unit, closures=(Closure(date(2026, 12, 7), date(2026, 12, 18)),))
    world.absences = [off("karin", "2026-12-04T00:00", "2026-12-22T00:00")]
    (gap,) = found(world)
    assert said(gap) == ("2026-12-04T08:00", "2026-12-21T16:30") and len(gap.spans) == 2


def test_planned_leave_is_refused_for_the_gaps_that_it_makes(world: World) -> None:
    world.absences = [
        off("karin", "2026-12-07T00:00", "2026-12-09T00:00", "erik"),
        off("fatima", "2026-12-14T00:00", "2026-12-15T00:00"),
    ]
    world.patients.append(patient("siv", "fatima"))
    proposed = off("erik", "2026-12-08T00:00", "2026-12-10T00:00", "fatima")
    facts = world.unit, world.assignments, world.absences, world.duty, world.patients, world.states
    assert gaps_of_absence(*facts, proposed, at=world.at) == []
    (made,) = gaps_of_absence(*facts, replace(proposed, substitutes=("karin",)), at=world.at)
    # Karin's patients lose him on the first day; on the second Karin is back, and answers for him too.
    assert said(made) == ("2026-12-08T08:00", "2026-12-08T16:30")
    assert made.patients == ("gun", "tom", "aida")


def shares(bars: tuple[object, ...]) -> list[tuple[float, float]]:
    return [(round(it.left * 60, 2), round(it.right * 60, 2)) for it in bars]  # type: ignore[attr-defined]


def drawn(world: World) -> tuple[Picture, list[Row]]:
    made = cover(world)
    there = Presence(made, world.patients, report(made, world.patients).gaps)
    return strips(there), table(there)


def test_the_picture_and_the_table_say_the_same(world: World) -> None:
    world.absences = [
        off("karin", "2026-11-24T00:00", "2026-11-28T00:00", "erik"),
        off("karin", "2026-12-21T00:00", "2027-01-09T00:00", "erik"),
        off("erik", "2026-12-28T00:00", "2027-01-09T12:00"),
    ]
    picture, rows = drawn(world)
    karin, erik = picture.strips
    assert (karin.person, shares(karin.off)) == ("karin", [(1, 5), (28, 47)])
    assert shares(karin.on) == [(0, 1), (5, 28), (47, 60)]
    assert (shares(erik.also), erik.answers_for) == ([(1, 5), (28, 31)], ("karin",))
    assert shares(picture.gaps) == [(35, 47)] and shares(picture.somebody) == [(0, 35), (47, 60)]
    assert shares(picture.closed)[0] == (5, 7) and picture.weeks[:2] == ((0.0, 48), (round(7 / 60, 5), 49))
    assert [(it.first.day, it.last.day, it.away, it.answers, it.gaps) for it in rows] == [
        (24, 27, ("karin",), ("erik",), ()),
        (21, 23, ("karin",), ("erik",), ()),
        (28, 8, ("karin", "erik"), (), (1,)),
    ]


def test_half_a_day_is_drawn_as_half(world: World) -> None:
    world.absences = [off("karin", "2026-11-24T12:00", "2026-11-25T00:00", "erik")]
    picture, _ = drawn(world)
    assert shares(picture.strips[0].off) == [(1.5, 2)] and picture.gaps == ()


def test_a_unit_that_never_opens_has_no_gaps(world: World) -> None:
    world.unit = replace(world.unit, office=NEVER)
    world.absences = [off("karin", "2026-11-24T12:00", None)]
    assert found(world) == [] and drawn(world)[1] == []


@pytest.mark.parametrize("first", [0, 10, 20, 30])
def test_the_report_agrees_with_the_oracle(first: int) -> None:
    """Minute by minute, who is missed and why, in units full of exceptions."""
    for seed in range(first, first + 10):
        world, chance = random_world(seed), random.Random(seed)
        oracle, made = world.oracle(), cover(world)
        missed = Order(made).holes(world.patients)
        facts = world.unit, world.assignments, world.absences, world.duty, world.patients, world.states
        told = gaps(*facts, at=world.at)
        day = chance.randrange(25)
        for _ in range(60):
            now = minute_of(world.at) + day * 1440 + chance.randrange(1440)
            if not oracle.is_office(now):
                continue
            bit = made.calendar.bit(micros(moment_of(now)))
            for one in world.patients:
                true = {}
                for person in written_to(one, oracle_day(now)):
                    answer = oracle.answers(one, person, now)
                    if answer.step >= 5 and oracle.site(now) != world.unit.function:
                        true[person] = answer.passed[0][1]
                here = {it.person: it.reason for it in missed if one.key in it.patients and it.mask >> bit & 1}
                assert here == true, f"unit {seed}, {moment_of(now)}, {one.key}"
                in_a_gap = any(
                    one.key in gap.patients and any(a <= moment_of(now) < b for a, b in gap.spans) for gap in told
                )
                assert in_a_gap or not true, f"unit {seed}, {moment_of(now)}, {one.key}"
