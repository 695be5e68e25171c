"""A page begins after a row, and only where we said so."""

import base64
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.paging import cursor, cut, place

TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(TIMES, st.uuids())
@example(datetime(2039, 5, 1, 12, 0, 0, 333_333, tzinfo=UTC), UUID(int=1))
def test_a_place_comes_back_to_the_microsecond(at: datetime, key: UUID) -> None:
    assert place(cursor(at, key)) == (at, key)


@given(st.text() | st.binary(max_size=30).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_whatever_stands_in_the_address_is_a_place_or_the_first_page(text: str) -> None:
    found = place(text)
    assert found is None or found[0].tzinfo is UTC


@pytest.mark.parametrize("text", [None, "", "x", "ö" * 32, "_" * 32, "-" * 31, "A" * 33, "=" * 32])
def test_a_cursor_that_somebody_has_changed_is_the_first_page(text: str | None) -> None:
    assert place(text) is None


def test_the_last_row_is_only_a_sign_that_there_are_more() -> None:
    assert cut([], 2) == ([], False)
    assert cut([1, 2], 2) == ([1, 2], False)
    assert cut([1, 2, 3], 2) == ([1, 2], True)
