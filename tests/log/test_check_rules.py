"""What is drawn and when: names, periods and whose turn it is."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.log import check_rules as rules

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Karin Ek", "Siv Ek", True),
        ("Karin Ek", "siv EK", True),
        ("Karin Ek-Lund", "Siv Lund", True),
        ("Karin Ek-Lund", "Siv Lund-Berg", True),
        ("Karin Ek", "Siv Ekman", False),
        ("Åsa Öberg", "Siv O\u0308berg", True),
        ("Karin von Ek", "Siv von Berg", False),
        ("Madonna", "Madonna", False),
        ("", "Siv Ek", False),
        ("Karin Ek", "Ek Berg", False),
    ],
)
def test_who_share_a_surname(one: str, other: str, same: bool) -> None:
    assert rules.same_surname(one, other) is same and rules.same_surname(other, one) is same


@pytest.mark.parametrize(
    ("name", "said"),
    [("Siv Nyberg", "S. N."), ("Åsa Maria von Öberg", "Å. Ö."), ("Siv", "S."), ("", "–"), ("1 2", "–")],
)
def test_initials_tell_no_more_than_two_letters(name: str, said: str) -> None:
    assert rules.initials(name) == said


def test_what_was_never_drawn_is_due_today_and_what_was_drawn_in_thirty_days() -> None:
    lasts = {"random": TODAY - timedelta(days=30), "many": TODAY - timedelta(days=29), "surname": TODAY}
    found = rules.due(lasts, TODAY)
    assert {it.rule for it in found if it.late} == {"random", "own_unit", "colleague"}
    assert [it.rule for it in found][-2:] == ["many", "surname"]
    assert found[-1].due == TODAY + rules.EVERY


def test_no_day_lies_between_two_draws_and_none_is_longer_than_it_may_be() -> None:
    assert rules.period(None, TODAY) == (TODAY - timedelta(days=30), TODAY - timedelta(days=1))
    assert rules.period(date(2026, 10, 31), TODAY) == (date(2026, 11, 1), date(2026, 11, 22))
    assert rules.period(TODAY, TODAY) == (TODAY - timedelta(days=1),) * 2


@given(st.dates(date(2020, 1, 1), TODAY))
def test_a_period_ends_yesterday_and_fits(last: date) -> None:
    first, ends = rules.period(last, TODAY)
    assert first <= ends == TODAY - timedelta(days=1) and ends - first < rules.LONGEST


@pytest.mark.parametrize(
    ("judged", "after", "then"),
    [
        ([(1, False), (2, False)], 0, 1),
        ([(1, False), (2, False)], 1, 2),
        ([(1, False), (2, True), (3, True)], 3, 1),
        ([(1, True), (2, True)], 1, None),
        ([], 0, None),
    ],
)
def test_the_next_row_goes_round_once(judged: list[tuple[int, bool]], after: int, then: int | None) -> None:
    assert rules.next_unjudged(judged, after) == then


@pytest.mark.parametrize("text", ["=1+1", "+46", "-2", "@x", "\tx"])
def test_nothing_in_a_table_is_a_formula(text: str) -> None:
    assert rules.cell(text) == f"'{text}" and rules.cell("Siv = jag") == "Siv = jag"
