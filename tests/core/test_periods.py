"""From when till when, as it is said to people."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask

from app.core import periods

NOON = datetime(2026, 11, 25, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(app: Flask) -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts", "ends", "said"),
    [
        ("2026-11-24T23:00", "2026-11-25T23:00", "i dag"),
        ("2026-11-25T23:00", "2026-11-26T23:00", "i morgon"),
        ("2026-11-23T23:00", "2026-11-24T23:00", "i går"),
        ("2026-12-27T23:00", "2026-12-30T23:00", "måndag 28 till onsdag 30 december"),
        ("2026-12-20T23:00", "2027-01-08T23:00", "måndag 21 december till fredag 8 januari 2027"),
        ("2026-11-25T05:30", "2026-11-25T23:00", "i dag från kl. 6.30"),
        ("2026-12-20T23:00", "2026-12-21T11:00", "måndag 21 december till kl. 12.00"),
        ("2026-12-21T12:00", "2026-12-21T15:30", "måndag 21 december kl. 13.00–16.30"),
        ("2026-11-25T05:30", "2026-11-27T23:00", "i dag kl. 6.30 till fredag 27 november"),
        ("2026-12-21T12:00", "2026-12-22T11:00", "måndag 21 december kl. 13.00 till tisdag 22 december kl. 12.00"),
        ("2026-11-25T05:30", None, "från i dag kl. 6.30, tills vidare"),
        ("2026-12-06T23:00", None, "från måndag 7 december, tills vidare"),
        # Days of 25 and of 23 hours are whole days too.
        ("2026-10-24T22:00", "2026-10-25T23:00", "söndag 25 oktober"),
        ("2027-03-27T23:00", "2027-03-28T22:00", "söndag 28 mars 2027"),
    ],
)
def test_a_period_is_said_as_people_say_it(starts: str, ends: str | None, said: str) -> None:
    assert " ".join(periods.span(at(starts), at(ends) if ends else None).split()) == said


def test_office_time_of_whole_days_is_said_without_the_clock() -> None:
    starts, ends = at("2026-12-28T07:00"), at("2026-12-30T15:30")
    assert periods.span_of_days(starts, ends, True) == "måndag 28 till onsdag 30 december"
    assert periods.span_of_days(starts, ends, False).startswith("måndag 28 december kl. 8.00 till")


def test_today_is_never_broken_over_two_lines() -> None:
    assert periods.near_day(NOON.date()) == "i\N{NO-BREAK SPACE}dag"


def test_a_sentence_begins_with_a_capital() -> None:
    assert periods.sentence("från i dag") == "Från i dag"
    assert periods.sentence("") == ""
