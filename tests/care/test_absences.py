"""Being away: stored once, refused when planned and nobody answers, ended by whoever comes back."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, text

from app.care import (
    absence_queries,
    absence_rules,
    absence_service,
    asked_queries,
    team_queries,
    unit_service,
)
from app.care import service as care
from app.care.absence_rules import Stretch
from app.care.absence_service import Begun, Gapped, NoWork, Over, Saved
from app.care.cover_models import Absence
from app.care.service import Unfit
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from tests.care.away import DAY, MORNING, Town, change, days, ill, register, said, says, version
from tests.world import World, today


@pytest.fixture
def town(world: World) -> Town:
    with time_machine.travel(MORNING - 14 * DAY, tick=False) as clockwork:
        made = Town(world)
        clockwork.move_to(MORNING)
        for someone in (made.karin, made.erik, made.fatima, made.maria):
            assert someone.viewer
    return made


@pytest.fixture(autouse=True)
def morning(world: World) -> object:
    with time_machine.travel(MORNING, tick=False) as clockwork:
        yield clockwork


def test_ill_today_is_saved_at_once_and_the_standing_substitute_answers(town: Town) -> None:
    assert town.answers() == "Karin Ek"
    before = version(town)
    saved = ill(town.karin)
    row = town.row()
    assert (row.key, saved.again, row.by) == (saved.key, False, None)
    assert row.period == Stretch(MORNING, datetime(2026, 11, 25, 23, tzinfo=UTC))
    assert said(row) == [("Erik Lund", "")]
    assert version(town) == before + 1
    assert town.answers() == "Erik Lund"


def test_ill_twice_is_ill_once(town: Town, morning: time_machine.Traveller) -> None:
    first = ill(town.karin)
    morning.shift(timedelta(minutes=3))
    assert ill(town.karin) == Saved(first.key, again=True)
    assert len(town.rows()) == 1


def test_until_further_goes_past_ill_today(town: Town) -> None:
    ill(town.karin)
    further = ill(town.karin, today_only=False)
    assert not further.again
    assert ill(town.karin, today_only=False) == Saved(further.key, again=True)
    assert absence_rules.away((row.period for row in town.rows()), at=MORNING) == Stretch(MORNING, None)


def test_whoever_comes_back_is_back_from_all_of_it(town: Town, morning: time_machine.Traveller) -> None:
    ill(town.karin)
    ill(town.karin, today_only=False)
    register(town.karin, days(date(2026, 11, 30), date(2026, 11, 30)))
    morning.shift(2 * DAY)
    with db.transaction():
        assert absence_service.come_back(town.karin.person.id, by=town.karin.viewer, now=clock.now())
    assert town.answers() == "Karin Ek"
    left = [row for row in town.rows() if row.ends_at is None or row.ends_at > clock.now()]
    assert [row.starts_at.date() for row in left] == [date(2026, 11, 29)]
    with db.transaction():
        assert not absence_service.come_back(town.karin.person.id, by=town.karin.viewer, now=clock.now())


def test_of_a_slip_of_the_finger_nothing_is_left(town: Town, morning: time_machine.Traveller) -> None:
    ill(town.karin)
    morning.shift(timedelta(seconds=50))
    with db.transaction():
        assert absence_service.come_back(town.karin.person.id, by=town.karin.viewer, now=clock.now())
    assert town.rows() == [] and town.answers() == "Karin Ek"


def test_a_planned_absence_is_saved_when_somebody_answers(town: Town) -> None:
    saved = register(town.karin, days(date(2026, 12, 7), date(2026, 12, 11)), town.erik, town.fatima)
    assert said(town.row()) == [("Erik Lund", ""), ("Fatima Aydin", "")]
    again = register(town.karin, days(date(2026, 12, 7), date(2026, 12, 11)), town.fatima)
    assert again == Saved(saved.key, again=True)
    assert said(town.row()) == [("Erik Lund", ""), ("Fatima Aydin", "")]


def test_a_planned_absence_that_leaves_a_gap_is_refused_and_nothing_is_stored(town: Town) -> None:
    ill(town.erik, today_only=False)
    before = version(town)
    with pytest.raises(Gapped) as refused:
        register(town.karin, days(date(2026, 12, 7), date(2026, 12, 8)))
    (gap,) = refused.value.ahead.gaps
    assert (gap.starts_at, gap.ends_at) == (
        datetime(2026, 12, 7, 7, tzinfo=UTC),
        datetime(2026, 12, 8, 15, 30, tzinfo=UTC),
    )
    assert gap.whole_days and gap.patients == 1 and gap.head_name == "Maria Hedlund"
    assert [(way.name, way.whole) for way in gap.ways] == [("Fatima Aydin", True), ("Maria Hedlund", True)]
    assert [it.name for it in gap.unable] == ["Erik Lund"]
    assert town.rows() == [] and version(town) == before
    assert not register(town.karin, days(date(2026, 12, 7), date(2026, 12, 8)), town.erik, town.maria).again


def test_whoever_has_not_opened_the_app_for_long_cannot_fill_a_gap(town: Town) -> None:
    with time_machine.travel(MORNING - 90 * DAY, tick=False):
        anna = town.world.staff("Anna Berg")
    ill(town.erik, today_only=False)
    with pytest.raises(Gapped) as refused:
        register(town.karin, days(date(2026, 12, 7), date(2026, 12, 8)), anna)
    (gap,) = refused.value.ahead.gaps
    assert [(it.name, it.silent) for it in gap.unable] == [("Anna Berg", True), ("Erik Lund", False)]


def test_those_for_whom_the_person_answers_are_looked_at_too(town: Town) -> None:
    register(town.karin, days(date(2026, 12, 7), date(2026, 12, 11)), town.erik)
    with pytest.raises(Gapped) as refused:
        register(town.erik, days(date(2026, 12, 10), date(2026, 12, 14)))
    (gap,) = refused.value.ahead.gaps
    assert gap.starts_at == datetime(2026, 12, 10, 7, tzinfo=UTC)
    assert gap.ends_at == datetime(2026, 12, 11, 15, 30, tzinfo=UTC)
    assert town.rows(town.erik) == []
    assert not register(town.erik, days(date(2026, 12, 10), date(2026, 12, 14)), town.fatima).again


def test_what_begins_within_a_day_is_saved_with_its_gap(town: Town) -> None:
    ill(town.erik, today_only=False)
    at = MORNING + DAY
    assert not register(town.karin, Stretch(at, at + DAY)).again
    with pytest.raises(Gapped):
        register(town.karin, Stretch(at + timedelta(minutes=1), at + 3 * DAY))


def test_what_lies_beyond_sixty_days_is_looked_at_when_it_comes_closer(town: Town) -> None:
    ill(town.erik, today_only=False)
    with pytest.raises(Gapped):
        register(town.karin, days(date(2027, 1, 22), date(2027, 1, 25)))
    assert not register(town.karin, days(date(2027, 1, 25), date(2027, 1, 26))).again


def test_a_gap_that_was_there_before_is_no_reason_to_refuse(town: Town) -> None:
    ill(town.erik, today_only=False)
    ill(town.karin, today_only=False)
    assert not register(town.karin, days(date(2026, 12, 7), date(2026, 12, 8))).again
    assert not register(town.fatima, days(date(2026, 12, 7), date(2026, 12, 8))).again


def test_what_a_verb_looks_at_before_it_writes_is_not_kept_as_the_plan(town: Town) -> None:
    """A refused absence has raised a version that comes back with the next one."""
    ill(town.erik, today_only=False)
    with pytest.raises(Gapped):
        register(town.karin, days(date(2026, 12, 7), date(2026, 12, 8)))
    register(town.karin, days(date(2026, 12, 7), date(2026, 12, 8)), town.fatima)
    with time_machine.travel(datetime(2026, 12, 7, 8, tzinfo=UTC), tick=False):
        assert town.answers() == "Fatima Aydin"


def test_what_is_no_absence_is_refused(town: Town) -> None:
    for period in (
        Stretch(MORNING, MORNING),
        Stretch(MORNING - 2 * DAY, MORNING),
        Stretch(MORNING - 9 * DAY, None),
        Stretch(MORNING + 800 * DAY, None),
    ):
        with pytest.raises(Unfit):
            register(town.karin, period)
    with pytest.raises(Unfit):
        register(town.karin, Stretch(MORNING, None), town.karin)
    assert town.rows() == []


def test_whoever_works_nowhere_is_away_from_nothing(town: Town) -> None:
    with db.transaction():
        care.end_assignment(town.fatima.assignment, on=today() - DAY, by=SYSTEM, now=clock.now())
    with pytest.raises(NoWork):
        ill(town.fatima)
    with pytest.raises(NoWork):
        register(town.fatima, Stretch(MORNING, None))
    assert absence_queries.subject_for(town.fatima.viewer, today=today()).units == ()


def test_an_absence_is_shortened_prolonged_and_left_open(town: Town) -> None:
    ill(town.karin)
    for ends_at in (MORNING + 3 * DAY, None, MORNING + DAY):
        change(town, ends_at=ends_at, substitutes=(town.erik,))
        assert town.row().ends_at == ends_at
    with pytest.raises(Unfit):
        change(town, ends_at=MORNING - DAY, substitutes=(town.erik,))


def test_prolonging_into_a_planned_gap_is_refused(town: Town) -> None:
    register(town.karin, days(date(2026, 12, 7), date(2026, 12, 8)))
    register(town.erik, days(date(2026, 12, 9), date(2026, 12, 9)))
    ends_at = days(date(2026, 12, 9), date(2026, 12, 9)).ends_at
    with pytest.raises(Gapped) as refused:
        change(town, ends_at=ends_at, substitutes=(town.erik,))
    (gap,) = refused.value.ahead.gaps
    assert gap.starts_at == datetime(2026, 12, 9, 7, tzinfo=UTC)
    assert town.row().ends_at == days(date(2026, 12, 8), date(2026, 12, 8)).ends_at
    change(town, ends_at=ends_at, substitutes=(town.erik, town.maria))
    assert town.row().ends_at == ends_at


def test_a_longer_absence_is_asked_about_anew_but_a_no_stands(town: Town) -> None:
    key = register(town.karin, days(date(2026, 12, 7), date(2026, 12, 8)), town.erik, town.fatima, town.maria).key
    says(town.erik, key, yes=True)
    says(town.fatima, key, yes=False)
    change(town, ends_at=town.row().ends_at, substitutes=(town.maria, town.erik))
    assert said(town.row()) == [("Maria Hedlund", ""), ("Erik Lund", "yes"), ("Fatima Aydin", "no")]
    change(town, ends_at=datetime(2026, 12, 9, 23, tzinfo=UTC), substitutes=(town.maria, town.erik))
    assert said(town.row()) == [("Maria Hedlund", ""), ("Erik Lund", ""), ("Fatima Aydin", "no")]
    change(town, ends_at=town.row().ends_at, substitutes=(town.fatima,))
    assert said(town.row()) == [("Fatima Aydin", "")]


def test_a_substitute_may_say_no_until_it_begins(town: Town, morning: time_machine.Traveller) -> None:
    key = register(town.karin, days(date(2026, 11, 26), date(2026, 11, 27)), town.erik, town.fatima).key
    (asked,) = asked_queries.requests_to(town.erik.viewer, now=clock.now())[0]
    assert (asked.key, asked.name, asked.n, asked.yes, asked.no) == (key, "Karin Ek", 1, False, False)
    says(town.erik, key, yes=False)
    says(town.erik, key, yes=True)
    assert said(town.row())[0] == ("Erik Lund", "yes")
    says(town.erik, key, yes=False)
    morning.move_to(datetime(2026, 11, 26, 8, tzinfo=UTC))
    assert town.answers() == "Fatima Aydin"
    for yes in (True, False):
        with pytest.raises(Begun):
            says(town.erik, key, yes=yes)
    with pytest.raises(Begun):
        says(town.fatima, key, yes=False)
    says(town.fatima, key, yes=True)
    assert said(town.row()) == [("Erik Lund", "no"), ("Fatima Aydin", "yes")]


def test_a_standing_substitute_who_says_no_does_not_answer_after_all(town: Town) -> None:
    """Where all have said no it is a gap, and not the standing ones again."""
    key = register(town.karin, days(date(2026, 11, 26), date(2026, 11, 27))).key
    with time_machine.travel(datetime(2026, 11, 26, 8, tzinfo=UTC), tick=False):
        assert town.answering().answer.step == 2
    says(town.erik, key, yes=False)
    with time_machine.travel(datetime(2026, 11, 26, 8, tzinfo=UTC), tick=False):
        assert town.answering().answer.step == 5


def test_a_cancelled_absence_has_never_been(town: Town, morning: time_machine.Traveller) -> None:
    ill(town.karin, today_only=False)
    row = town.row()
    morning.shift(2 * DAY)
    with db.transaction():
        absence_service.cancel(row, by=town.karin.viewer, now=clock.now())
    assert town.rows() == [] and town.answers() == "Karin Ek"
    assert asked_queries.requests_to(town.erik.viewer, now=clock.now())[0] == []
    with pytest.raises(Over):
        absence_service.cancel(row, by=town.karin.viewer, now=clock.now())
    db.session().rollback()
    with pytest.raises(NotFound):
        absence_queries.absence_for(town.karin.viewer, row.key, today=today())


def test_what_is_over_is_not_changed(town: Town, morning: time_machine.Traveller) -> None:
    ill(town.karin)
    row = town.row()
    morning.shift(DAY)
    with pytest.raises(Over), db.transaction():
        absence_service.change(row, ends_at=None, substitutes=(), by=town.karin.viewer, now=clock.now())
    with pytest.raises(Over), db.transaction():
        absence_service.accept(row.key, by=town.erik.viewer, now=clock.now())
    assert [it.key for it in town.rows()] == [row.key]
    morning.shift(31 * DAY)
    assert town.rows() == []


def test_the_head_writes_it_down_for_another(town: Town) -> None:
    saved = ill(town.karin, by=town.maria)
    assert town.row().by == "Maria Hedlund"
    seen = absence_queries.absence_for(town.maria.viewer, saved.key, today=today())
    assert seen.name == "Karin Ek"
    assert [(it.name, it.away) for it in team_queries.team_of(town.maria.viewer, now=clock.now())] == [
        ("Erik Lund", False),
        ("Fatima Aydin", False),
        ("Karin Ek", True),
    ]


def test_absences_are_reached_by_the_person_and_the_head_alone(town: Town) -> None:
    key = ill(town.karin).key
    other = town.world.staff("Jonas Ström", unit="Mottagning Granen")
    for someone in (town.erik, town.fatima, other):
        for absence in (key, db.new_key()):
            with pytest.raises(NotFound):
                absence_queries.absence_for(someone.viewer, absence, today=today())
        with pytest.raises(NotFound):
            absence_queries.subject_for(someone.viewer, town.karin.person.id, today=today())
        with pytest.raises(NotFound):
            team_queries.team_of(someone.viewer, now=clock.now())
        assert team_queries.long_absences_of(someone.viewer, now=clock.now()) is None
    with pytest.raises(NotFound):
        asked_queries.request_for(town.fatima.viewer, key, now=clock.now())
    with pytest.raises(NotFound):
        absence_queries.subject_for(town.maria.viewer, other.person.id, today=today())


def test_the_one_who_answers_for_the_head_leads_too(town: Town) -> None:
    with db.transaction():
        unit_service.name_head(
            town.karin.unit.id, town.maria.person.id, (town.fatima.person.id,), by=SYSTEM, now=clock.now()
        )
    assert absence_queries.subject_for(town.fatima.viewer, town.karin.person.id, today=today()).name == "Karin Ek"


def test_after_ten_office_days_the_head_is_asked_about_another_contact(
    town: Town, morning: time_machine.Traveller
) -> None:
    ill(town.karin, today_only=False)
    morning.move_to(datetime(2026, 12, 8, 8, tzinfo=UTC))
    assert team_queries.long_absences_of(town.maria.viewer, now=clock.now()) == []
    morning.move_to(datetime(2026, 12, 9, 8, tzinfo=UTC))
    (long,) = team_queries.long_absences_of(town.maria.viewer, now=clock.now()) or []
    assert (long.name, long.starts_at, long.unit_name) == ("Karin Ek", MORNING, "Mottagning Björken")
    change(town, ends_at=datetime(2026, 12, 31, 23, tzinfo=UTC), substitutes=())
    assert team_queries.long_absences_of(town.maria.viewer, now=clock.now()) == []


def test_every_verb_is_logged_at_the_unit_without_a_patient(town: Town) -> None:
    key = register(town.karin, days(date(2026, 12, 7), date(2026, 12, 8)), town.erik, town.fatima).key
    says(town.erik, key, yes=True)
    says(town.erik, key, yes=False)
    change(town, ends_at=None, substitutes=(town.fatima,))
    with db.transaction():
        absence_service.cancel(town.row(), by=town.karin.viewer, now=clock.now())
    rows = db.session().execute(
        text("select action, actor_id, unit_id, patient_id from access_log where object = :o order by id"),
        {"o": f"absence:{db.short(key)}"},
    )
    karin, erik, unit = town.karin.person.id, town.erik.person.id, town.karin.unit.id
    assert [tuple(row) for row in rows] == [
        ("absence.registered", karin, unit, None),
        ("absence.accepted", erik, unit, None),
        ("absence.declined", erik, unit, None),
        ("absence.changed", karin, unit, None),
        ("absence.cancelled", karin, unit, None),
    ]


def test_nothing_is_kept_of_why(town: Town) -> None:
    ill(town.karin)
    row = db.session().scalars(select(Absence)).one()
    kept = set(row.__table__.columns.keys())
    assert kept == {"id", "person_id", "starts_at", "ends_at", "registered_at", "registered_by", "cancelled_at"}
