"""How long a session lives, and who is grown up."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounts.rules import LIMITS, is_adult, is_over

BEGAN = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("capacity", "seen", "now", "over"),
    [
        ("duty", 0 * HOUR, 2 * HOUR - SECOND, False),
        ("duty", 0 * HOUR, 2 * HOUR, True),
        ("duty", 11 * HOUR, 12 * HOUR - SECOND, False),
        ("duty", 11 * HOUR, 12 * HOUR, True),
        ("duty", 12 * HOUR, 12 * HOUR, True),
        ("private", 0 * DAY, 7 * DAY - SECOND, False),
        ("private", 0 * DAY, 7 * DAY, True),
        ("private", 29 * DAY, 30 * DAY - SECOND, False),
        ("private", 29 * DAY, 30 * DAY, True),
        ("private", 5 * DAY, 11 * DAY, False),
        ("private", 5 * DAY, 12 * DAY, True),
    ],
)
def test_a_session_is_over_when_unused_or_old(capacity: str, seen: timedelta, now: timedelta, over: bool) -> None:
    assert is_over(capacity, BEGAN, BEGAN + seen, now=BEGAN + now) is over


SPANS = st.timedeltas(timedelta(), timedelta(days=60))


@given(st.sampled_from(sorted(LIMITS)), SPANS, SPANS, SPANS)
def test_a_session_that_is_over_stays_over_and_use_never_shortens_it(
    capacity: str, seen: timedelta, later: timedelta, wait: timedelta
) -> None:
    over = is_over(capacity, BEGAN, BEGAN + seen, now=BEGAN + seen + wait)
    if over:
        assert is_over(capacity, BEGAN, BEGAN + seen, now=BEGAN + seen + wait + later)
    else:
        assert not is_over(capacity, BEGAN, BEGAN + seen + min(later, wait), now=BEGAN + seen + wait)


@pytest.mark.parametrize(
    ("born", "on", "adult"),
    [
        (date(2008, 11, 25), date(2026, 11, 24), False),
        (date(2008, 11, 25), date(2026, 11, 25), True),
        (date(2008, 12, 31), date(2027, 1, 1), True),
        (date(2009, 1, 1), date(2026, 12, 31), False),
        (date(2008, 2, 29), date(2026, 2, 28), False),
        (date(2008, 2, 29), date(2026, 3, 1), True),
        (date(2012, 2, 29), date(2030, 2, 28), False),
        (date(2012, 2, 29), date(2030, 3, 1), True),
        (date(1910, 2, 28), date(2026, 1, 1), True),
        (date(2027, 1, 1), date(2026, 1, 1), False),
    ],
)
def test_one_is_an_adult_from_the_eighteenth_birthday(born: date, on: date, adult: bool) -> None:
    assert is_adult(born, on=on) is adult


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.dates(date(1900, 1, 1), date(2150, 1, 1)))
def test_whoever_is_an_adult_is_so_the_next_day_too(born: date, on: date) -> None:
    assert not is_adult(born, on=on) or is_adult(born, on=on + timedelta(days=1))
