"""What may be searched for: dates as exact as they are written, and nothing that is not understood."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.search_rules import EVER, MOST, Unfit, number_of, range_of, read


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


DATES = [
    ("ge2026-11-02", at("2026-11-01 23:00"), None),
    ("gt2026-11-02", at("2026-11-02 23:00"), None),
    ("le2026-11-02", None, at("2026-11-02 23:00")),
    ("lt2026-11-02", None, at("2026-11-01 23:00")),
    ("2026-11-02", at("2026-11-01 23:00"), at("2026-11-02 23:00")),
    ("eq2026-11", at("2026-10-31 23:00"), at("2026-11-30 23:00")),
    ("2026", at("2025-12-31 23:00"), at("2026-12-31 23:00")),
    ("2026-10-25", at("2026-10-24 22:00"), at("2026-10-25 23:00")),
    ("ge2026-07-01T08:00", at("2026-07-01 06:00"), None),
    ("ge2026-11-02T08:00:00Z", at("2026-11-02 08:00"), None),
    ("gt2026-11-02T08:00:00+01:00", at("2026-11-02 07:00:01"), None),
    ("gt2026-11-02T08:00:00.123Z", at("2026-11-02 08:00:00.124"), None),
]


@pytest.mark.parametrize(("text", "since", "until"), DATES)
def test_a_date_is_as_long_as_it_is_written(text: str, since: datetime | None, until: datetime | None) -> None:
    assert range_of([text], "date") == (since, until)


def test_two_dates_are_what_both_say() -> None:
    found = range_of(["ge2026-11-02", "lt2026-11-03"], "date")
    assert found == (at("2026-11-01 23:00"), at("2026-11-02 23:00"))
    assert range_of([], "date") == EVER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "i går",
        "2026-02-30",
        "ge20261102",
        "ne2026-11-02",
        "ap2026",
        "2026-11-02T25:00",
        "2026-11-02 08:00",
        "9999",
        "0000",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        range_of([text], "date")


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    for name in ("date", "_lastUpdated", "status", "_count", "patient:identifier", "page"):
        try:
            assert read("Appointment", [(name, text)]).count <= MOST
        except Unfit:
            pass


def test_what_is_not_known_is_refused_or_left_out() -> None:
    with pytest.raises(Unfit, match="_sort"):
        read("Appointment", [("_sort", "date")])
    found = read("Appointment", [("_sort", "date"), ("_lastUpdated", "ge2026")], strict=False)
    assert found.ignored == ("_sort",) and found.is_bound
    assert not read("Appointment", [("date", "ge2026"), ("_lastUpdated", "le2026")]).is_bound


def test_a_number_has_a_system_of_ours_or_none() -> None:
    assert number_of("http://electronichealth.se/identifier/personnummer|191212121212") == "191212121212"
    assert number_of("urn:oid:1.2.752.129.2.1.3.3|x") == "x"
    assert number_of("191212121212") == number_of("|191212121212") == "191212121212"
    for text in ("urn:oid:1.2.3|191212121212", "|", " "):
        with pytest.raises(Unfit):
            number_of(text)


def test_a_page_is_asked_for_by_its_link_alone() -> None:
    with pytest.raises(Unfit):
        read("Appointment", [("page", "x"), ("date", "ge2026")])
    with pytest.raises(Unfit):
        read("Appointment", [("_count", "0")])
    assert read("Appointment", [("_count", "999")]).count == MOST
