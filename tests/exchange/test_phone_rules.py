"""The words for when somebody answers are read whole, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.phone_rules import Hours, understood

WEEK = ("mon", "tue", "wed", "thu", "fri")
SAID = [
    ("Vardagar 8–16", [Hours(WEEK, "08:00:00", "16:00:00")]),
    ("vardagar kl. 8.00-16.30", [Hours(WEEK, "08:00:00", "16:30:00")]),
    ("Vardagar 8–12 och 13–16", [Hours(WEEK, "08:00:00", "12:00:00"), Hours(WEEK, "13:00:00", "16:00:00")]),
    (
        "Måndag–torsdag 8–16, fredag 8–15",
        [Hours(WEEK[:4], "08:00:00", "16:00:00"), Hours(("fri",), "08:00:00", "15:00:00")],
    ),
    ("Mån, ons och fre 9–11.", [Hours(("mon", "wed", "fri"), "09:00:00", "11:00:00")]),
    ("Tisdagar 10:15–11:45", [Hours(("tue",), "10:15:00", "11:45:00")]),
    ("Dagligen 0–24", [Hours((*WEEK, "sat", "sun"), "00:00:00", "23:59:59")]),
]


@pytest.mark.parametrize(("said", "hours"), SAID)
def test_plain_words_are_understood(said: str, hours: list[Hours]) -> None:
    assert list(understood(said)) == hours


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Dygnet runt",
        "Vardagar 8–16, inte skolloven",
        "Vardagar",
        "8–16",
        "Jämna veckor måndag 8–9",
        "Vardagar 16–8",
        "Fre–mån 8–9",
        "Vardagar 8–25",
        "Vardagar 8–16 utom tisdag",
    ],
)
def test_what_is_not_wholly_understood_is_not_guessed_at(said: str) -> None:
    assert understood(said) == ()


@given(st.text(alphabet="vardagmåntis 0123456789–-.,:och", max_size=40))
def test_no_words_break_it(said: str) -> None:
    for it in understood(said):
        assert it.days and it.opens < it.closes
