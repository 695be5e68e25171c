"""Which times a patient may choose to be rung, from a unit's office time."""

from datetime import datetime, timedelta

import pytest

from app.core.locale import SWEDEN, local
from app.messages.ring_rules import DAYS, LEAST, windows
from tests.world import wall

Office = list[tuple[datetime, datetime]]


def days(*stretches: str) -> Office:
    """Office time such as "2026-11-04 8-16.30"."""
    return [
        (wall(f"{day} {clock(start)}"), wall(f"{day} {clock(end)}"))
        for day, start, end in ([day, *hours.split("-")] for day, hours in (it.split(" ") for it in stretches))
    ]


def clock(text: str) -> str:
    hour, _dot, minute = text.partition(".")
    return f"{int(hour):02}:{minute or '00'}"


def said(office: Office, now: str) -> list[str]:
    found = windows(office, now=wall(now))
    return [f"{local(it.starts_at):%d %H.%M}–{local(it.ends_at):%H.%M}" for it in found]


def test_an_office_day_gives_four_windows_the_last_cut_to_office_time() -> None:
    assert said(days("2026-11-04 8-16.30"), "2026-11-03 12:00") == [
        "04 08.00–10.00",
        "04 10.00–12.00",
        "04 13.00–15.00",
        "04 15.00–16.30",
    ]


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2026-11-04 07:59", "04 08.00–10.00"),
        ("2026-11-04 08:00", "04 10.00–12.00"),
        ("2026-11-04 09:30", "04 10.00–12.00"),
        ("2026-11-04 12:30", "04 13.00–15.00"),
        ("2026-11-04 15:00", "05 08.00–10.00"),
        ("2026-11-04 23:00", "05 08.00–10.00"),
    ],
)
def test_a_window_that_has_begun_is_not_offered(now: str, first: str) -> None:
    assert said(days("2026-11-04 8-16.30", "2026-11-05 8-16.30"), now)[0] == first


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ("8-16", ["15.00–16.00"]),
        ("8-15.59", []),
        ("9-16.30", ["09.00–10.00", "15.00–16.30"]),
        ("9.01-16.30", ["15.00–16.30"]),
        ("17-21", ["17.00–19.00", "19.00–21.00"]),
        ("7-16.30", ["07.00–08.00", "15.00–16.30"]),
    ],
)
def test_less_than_an_hour_is_not_offered(hours: str, expected: list[str]) -> None:
    usual = {"08.00–10.00", "10.00–12.00", "13.00–15.00"}
    found = [it.split(" ")[1] for it in said(days(f"2026-11-04 {hours}"), "2026-11-03 12:00")]
    assert [it for it in found if it not in usual] == expected


def test_a_hole_in_the_day_cuts_what_it_falls_in() -> None:
    office = days("2026-11-04 8-11", "2026-11-04 14-16")
    assert said(office, "2026-11-03 12:00") == ["04 08.00–10.00", "04 10.00–11.00", "04 14.00–15.00", "04 15.00–16.00"]


def test_five_days_that_have_any_are_offered_wherever_they_lie() -> None:
    office = days(*(f"2026-11-{day:02} 8-10" for day in (2, 3, 4, 9, 10, 23, 24)))
    assert said(office, "2026-11-03 09:00") == [f"{day:02} 08.00–10.00" for day in (4, 9, 10, 23, 24)]
    assert said([], "2026-11-03 09:00") == []


def test_office_time_that_never_ends_gives_five_days_of_daytime() -> None:
    office = [(wall("2026-11-01 00:00"), wall("2026-12-31 00:00"))]
    found = windows(office, now=wall("2026-11-04 12:00"))
    assert len({local(it.starts_at).date() for it in found}) == DAYS
    assert {(local(it.starts_at).hour, local(it.ends_at).hour) for it in found} == {
        (6, 8), (8, 10), (10, 12), (13, 15), (15, 17), (17, 19), (19, 21)
    }  # fmt: skip


def test_the_clock_that_is_put_back_moves_no_window() -> None:
    office = [(wall("2026-10-24 00:00"), wall("2026-10-27 00:00"))]
    found = windows(office, now=wall("2026-10-24 23:00"))
    assert all(it.ends_at - it.starts_at == timedelta(hours=2) >= LEAST for it in found)
    assert f"{found[0].starts_at.astimezone(SWEDEN):%d %H.%M %z}" == "25 06.00 +0100"
