"""Small groups do not show: every small table there is, against somebody who knows the rule and the sum."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dropin import figure_rules as rules
from app.dropin.figure_rules import Came, Quarter
from app.dropin.rules import FEW

COUNTS = st.lists(st.integers(0, 30), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([0, 5, 7], [0, 5, 7]),
        ([3, 7, 9], [None, None, 9]),  # 3 alone would be the sum less the others
        ([3, 7, 7, 9], [None, None, None, 9]),
        ([1, 3, 9], []),  # 1 and 3 are four together, so 9 goes too, and then it is all
        ([1, 4, 9], [None, None, 9]),
        ([2, 2, 2, 8, 9], [None, None, None, None, 9]),  # alike: who knows the sum would know each
        ([4, 4], []),
        ([12], [12]),
        ([], []),
    ],
)
def test_what_is_hidden(counts: list[int], shown: list[int | None]) -> None:
    assert rules.hide(counts) == shown


@given(COUNTS)
def test_no_small_group_shows_and_what_is_shown_is_true(counts: list[int]) -> None:
    shown = rules.hide(counts)
    assert shown == [] or len(shown) == len(counts)
    for real, said in zip(counts, shown or [None] * len(counts), strict=True):
        assert said is None or (said == real and not 0 < said < FEW)
    if shown and None in shown:
        gone = [real for real, said in zip(counts, shown, strict=True) if said is None]
        assert len(gone) >= 2 and sum(gone) >= FEW and len(set(gone)) > 1


@given(COUNTS, st.randoms(use_true_random=False))
def test_the_order_of_the_groups_changes_nothing(counts: list[int], chance: object) -> None:
    mixed = list(counts)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    key = str
    assert sorted(map(key, rules.hide(mixed))) == sorted(map(key, rules.hide(counts)))


@pytest.mark.parametrize(("groups", "most"), [(2, 18), (3, 15), (4, 9), (5, 6)])
def test_nobody_can_work_out_a_hidden_group(groups: int, most: int) -> None:
    """Whoever knows the sum, the rule and what is shown still has two answers or more for each group that is not."""
    same: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    for counts in product(range(most + 1), repeat=groups):
        if sum(counts) >= FEW:
            same[sum(counts), tuple(rules.hide(counts))].append(counts)
    for (total, shown), tables in same.items():  # type: ignore[misc]
        if total > most:
            continue  # not all tables of such a sum have been made
        for group in range(groups):
            if not shown or shown[group] is None:
                assert len({counts[group] for counts in tables}) > 1, (total, shown, tables)


@given(COUNTS)
def test_two_hidden_groups_could_have_changed_places(counts: list[int]) -> None:
    shown = rules.hide(counts)
    gone = [place for place, said in enumerate(shown) if said is None]
    for one, other in permutations(gone[:4], 2):
        swapped = list(counts)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        assert rules.hide(swapped) == shown


def came(day: int, hour: int, *, waited: int | None = 10, new: bool | None = None, led: tuple[str, ...] = ()) -> Came:
    at = datetime(2026, 11, day, hour - 1, tzinfo=UTC)
    return Came(date(2026, 11, day), at, None if waited is None else at + timedelta(minutes=waited), new, led)


def test_what_they_add_up_to() -> None:
    visits = [came(4, 13, waited=10, new=True, led=("talk", "booked"))] * 6
    visits += [came(11, 14, waited=30, new=False, led=("talk",))] * 7
    visits += [came(11, 15, waited=0, led=("left",))] * 5
    found = rules.figures(visits)
    assert (found.total, found.wait) == (18, 30)
    said = {it.name: {row.label: row.count for row in it.rows} for it in found.tables}
    assert said["days"] == {date(2026, 11, 4): 6, date(2026, 11, 11): 12}
    assert said["hours"] == {13: 6, 14: 7, 15: 5}
    assert said["new"] == {"new": 6, "known": 7, "unnoted": 5}
    assert said["led_to"]["talk"] == 13 and said["led_to"]["booked"] == 6 and said["led_to"]["left"] == 5


def test_few_are_not_told_of() -> None:
    assert rules.figures([]).total == 0
    assert rules.figures([came(4, 13)] * 4) == rules.Figures(None)
    assert rules.figures([came(4, 13, waited=None)] * 5).wait is None
    assert rules.figures([came(4, 13, waited=None)] * 5 + [came(4, 13)] * 4).wait is None


def test_the_hours_are_those_on_the_wall_in_summer_too() -> None:
    summer = Came(date(2026, 7, 1), datetime(2026, 7, 1, 11, tzinfo=UTC), None, None, ())
    (hours,) = [it for it in rules.figures([summer] * 5).tables if it.name == "hours"]
    assert [(row.label, row.count) for row in hours.rows] == [(13, 5)]


@given(st.dates(date(2020, 1, 1), date(2046, 12, 31)))
def test_every_day_is_in_one_quarter(on: date) -> None:
    it = Quarter.of(on)
    assert it.first <= on <= it.last and it.next.first == it.last + timedelta(days=1)
    assert rules.quarters(on, it.next.first) == [it.next, it]
