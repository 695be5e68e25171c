"""How sure a fact is, and which municipality somebody means."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.support import rules
from app.support.facts import book
from app.support.rules import State

TODAY = date(2026, 11, 22)
NAMES = [it.name for it in book().municipalities.values()]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (None, State.FOUND),
        (0, State.CONFIRMED),
        (89, State.CONFIRMED),
        (90, State.DUE),
        (179, State.DUE),
        (180, State.DOUBTED),
        (364, State.DOUBTED),
        (365, State.PAST),
        (4_000, State.PAST),
    ],
)
def test_a_confirmation_fades(days: int | None, expected: State) -> None:
    assured = None if days is None else TODAY - timedelta(days=days)
    assert rules.state(assured, today=TODAY) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Rättvik", ["Rättvik"]),
        ("  rättvik ", ["Rättvik"]),
        ("RÄTTVIK", ["Rättvik"]),
        ("rattvik", ["Rättvik"]),
        ("retvik", ["Rättvik"]),
        ("Rättviks kommun", ["Rättvik"]),
        ("falu kommun", ["Falun"]),
        ("Borås kommun", ["Borås"]),
        ("Lunds kommun", ["Lund"]),
        ("Göteborgs stad", ["Göteborg"]),
        ("malung", ["Malung-Sälen"]),
        ("malung sälen", ["Malung-Sälen"]),
        ("smedjebaken", ["Smedjebacken"]),
        ("åre", ["Åre"]),
        ("Habo", ["Habo"]),
        ("håbo", ["Håbo"]),
        ("upplands", ["Upplands-Bro", "Upplands Väsby"]),
        ("xyzzy", []),
        ("", []),
        ("!?", []),
    ],
)
def test_a_place_is_found_as_people_write_it(typed: str, expected: list[str]) -> None:
    assert rules.meant(typed, NAMES) == expected


def test_every_name_finds_itself() -> None:
    wrong = {name: rules.meant(name, NAMES) for name in NAMES if rules.meant(name, NAMES) != [name]}
    assert not wrong


def test_every_name_is_found_without_its_dots() -> None:
    plain = {name: rules.meant(rules.slug(name), NAMES) for name in NAMES}
    assert not {name for name, found in plain.items() if name not in found and name != "Håbo"}


@given(st.text(max_size=5_000))
def test_nothing_that_is_typed_breaks_it(typed: str) -> None:
    found = rules.meant(typed, NAMES)
    assert len(found) <= rules.FEW
    assert set(found) <= set(NAMES)


def test_two_that_are_spelt_alike_have_addresses_of_their_own() -> None:
    given_out = rules.slugs({"0643": ("Habo", "Jönköpings län"), "0305": ("Håbo", "Uppsala län")})
    assert given_out == {"0643": "habo", "0305": "habo-uppsala"}
