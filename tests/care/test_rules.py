"""Who answers: the truth table, row by row, and what the pages ask beside it."""

from datetime import timedelta

import pytest

from app.care.hours_rules import Week
from app.care.rules import Plan, answers, back, promise_from, waits_until_back
from tests.care import rows_of_cases, rows_of_closures, rows_of_steps
from tests.care.rows import ERIK, KARIN, NOW, TUESDAYS, Row
from tests.care.worlds import OFFICE, answer, at, away, passed, patient, plan, said, shift, unit, week, works

ROWS = rows_of_cases.ROWS | rows_of_steps.ROWS | rows_of_closures.ROWS


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_table(row: Row) -> None:
    now, world, asked_at, holds, over, until, promise = row
    given = answer(now, **world)
    assert (said(given.asked_at), f"{given.step} {given.holder}", passed(given)) == (asked_at, holds, over)
    assert (said(given.until), said(given.promise)) == (until, promise)


def test_what_is_ambiguous_in_the_table_is_not_so_in_utc() -> None:
    given = answer(NOW, [KARIN])
    assert given.asked_at.utcoffset() == timedelta(0) and given.promise == at("2026-11-09 9.00")


def test_until_is_also_when_it_comes_back_before_the_promise() -> None:
    away_for_an_hour = plan(
        "2026-11-05 10.00", [KARIN, ERIK], absences=[away("karin", "2026-11-05 12.00", "2026-11-05 13.00", ["erik"])]
    )
    assert answers_until(away_for_an_hour) == "Thu 5 Nov 12.00"


def answers_until(made: Plan) -> str | None:
    return said(answers(made, patient(), "karin", states={}, at=at(NOW)).until)


@pytest.mark.parametrize(
    ("now", "pattern", "offered"),
    [
        ("2026-11-05 10.00", TUESDAYS, "Tue 10 Nov 08.00, Wed 11 Nov 15.30"),
        ("2026-11-05 10.00", week(wed="13-15"), "Wed 11 Nov 13.00, Fri 13 Nov 12.00"),
        ("2026-11-05 10.00", week(thu="8-9"), "Thu 12 Nov 08.00, Fri 13 Nov 15.30"),
        ("2026-11-05 8.00", week(wed="8-9"), "Wed 11 Nov 08.00, Thu 12 Nov 15.30"),
        ("2026-11-04 16.30", week(wed="8-9"), "Wed 11 Nov 08.00, Thu 12 Nov 15.30"),
        ("2026-11-05 8.30", week(thu="8-8.30"), "Thu 12 Nov 08.00, Fri 13 Nov 15.30"),
        ("2026-11-05 10.00", OFFICE, None),
        ("2026-11-05 10.00", week(), None),
        ("2026-11-07 10.00", week(sat="9-12"), None),
    ],
)
def test_waiting_for_somebody_is_offered_when_they_are_soon_back(now: str, pattern: Week, offered: str | None) -> None:
    found = waits_until_back(plan(now, [works("karin", pattern)]), "karin", at(now))
    assert (found and f"{said(found.back)}, {said(found.promise)}") == offered


def test_waiting_is_not_offered_beyond_five_office_days_or_for_somebody_who_may_not_answer_then() -> None:
    weeks = [week(), week(thu="8-9")]  # from Monday 5 January: every other week; 5 and 19 November
    assert waits_until_back(plan("2026-11-05 9.00", [works("karin", *weeks)]), "karin", at("2026-11-05 9.00")) is None
    assert waits_until_back(plan("2026-11-12 9.00", [works("karin", *weeks)]), "karin", at("2026-11-12 9.00"))
    clerk = plan(NOW, [works("karin", TUESDAYS, cares=False)])
    assert waits_until_back(clerk, "karin", at(NOW)) is None


def test_waiting_is_not_offered_for_the_sixth_office_day() -> None:
    fridays = works("karin", week(fri="8-9"), week())  # 13 and 27 November
    assert waits_until_back(plan(NOW, [fridays]), "karin", at(NOW)) is None
    assert waits_until_back(plan("2026-11-06 8.00", [fridays]), "karin", at("2026-11-06 8.00")) is None
    assert waits_until_back(plan("2026-11-06 8.01", [fridays]), "karin", at("2026-11-06 8.01"))


def test_back_is_the_first_moment_at_work() -> None:
    made = plan(
        NOW,
        [KARIN, works("tove", TUESDAYS), works("moa", week())],
        absences=[away("karin", "2026-11-09", "2026-11-11 13.00")],
        duty=[shift("2026-11-07 10.00", "2026-11-07 12.00", "tove")],
    )
    assert [said(back(made, who, at(NOW))) for who in ("karin", "tove", "moa", "unknown")] == [
        "Thu 5 Nov 10.00",
        "Sat 7 Nov 10.00",
        None,
        None,
    ]
    assert said(back(made, "karin", at("2026-11-06 16.30"))) == "Wed 11 Nov 13.00"


def test_the_promise_is_counted_from_any_moment() -> None:
    made = plan(NOW, [])
    assert said(promise_from(made, at("2026-11-07 3.00"))) == "Tue 10 Nov 15.30"
    assert said(promise_from(made, at("2026-11-05 8.30"))) == "Fri 6 Nov 16.00"


@pytest.mark.parametrize("now", ["2024-11-06 10.00", "2029-11-08 10.00"])
def test_a_plan_is_asked_outside_its_window_too(now: str) -> None:
    made = plan(NOW, [KARIN, ERIK], absences=[away("karin", "2024-01-01", None, ["erik"])])
    for _ in range(2):
        given = answers(made, patient(), "karin", states={}, at=at(now))
        assert (given.holder, given.asked_at) == ("erik", at(now))
    assert made.covering(at(now)) is made.covering(at(now)) and made.covering(at(NOW)) is made


def test_a_unit_that_is_never_open_still_has_a_holder() -> None:
    given = answer(NOW, [KARIN], place=unit(week()))
    assert (given.holder, said(given.asked_at), said(given.promise)) == ("karin", "Thu 5 Nov 10.00", "Fri 6 Nov 02.00")


def test_what_changes_half_a_year_ahead_is_seen_and_what_is_a_year_off_is_not() -> None:
    assert answer(NOW, [KARIN], absences=[away("karin", "2027-06-01")]).until == at("2027-05-31 16.30")
    # 366 days after Thursday 5 November 2026 at 10 is Saturday 6 November 2027 at 10, and nothing is seen from Friday.
    assert answer(NOW, [KARIN], absences=[away("karin", "2027-11-05 16.00")]).until == at("2027-11-05 16.00")
    assert answer(NOW, [KARIN], absences=[away("karin", "2027-11-08 9.00")]).until is None


@pytest.mark.parametrize(
    ("away_ones", "holds", "over"),
    [
        ((), "6 head", ""),
        (("head",), "6 deputy", "head:absent"),
        (("head", "deputy"), "7 function", "head:absent deputy:absent"),
    ],
)
def test_what_is_for_a_head_goes_past_everybody_else(away_ones: tuple[str, ...], holds: str, over: str) -> None:
    people = [KARIN, ERIK, works("head", OFFICE), works("deputy", OFFICE)]
    made = plan(
        NOW,
        people,
        place=unit(head_substitutes=("deputy",)),
        absences=[away(one, "2026-11-05", None) for one in away_ones],
        duty=[shift("2026-11-05 8.00", "2026-11-05 16.30", "erik")],
    )
    given = answers(made, patient(), "karin", states={}, at=at(NOW), to_heads=True)
    assert (f"{given.step} {given.holder}", passed(given)) == (holds, over)
