"""Whether a device shows what is sent to it, and what a browser is to do at a new start: the whole tables."""

from datetime import UTC, datetime, timedelta

import pytest

from app.notices.subscription_rules import AGAIN, KEEP, OFF, Known, renewal, works

NOW = datetime(2026, 11, 4, 14, tzinfo=UTC)
LONG_AGO, LATELY = NOW - timedelta(days=31), NOW - timedelta(days=30)


@pytest.mark.parametrize(
    ("shown_at", "unshown", "expected"),
    [
        (None, 0, True),
        (None, 2, True),
        (None, 3, False),
        (LATELY, 0, True),
        (LATELY, 2, True),
        (LATELY, 3, False),
        (LONG_AGO, 0, True),
        (LONG_AGO, 1, False),
    ],
)
def test_a_device_works_until_it_has_taken_three_and_shown_none(
    shown_at: datetime | None, unshown: int, expected: bool
) -> None:
    assert works(shown_at, unshown, now=NOW) is expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (None, AGAIN),
        (Known(True, None, 2), KEEP),
        (Known(True, None, 1), AGAIN),
        (Known(False, None, 2), KEEP),
        (Known(False, "turned_off", 2), KEEP),
        (Known(True, "turned_off", 2), OFF),
        (Known(True, "turned_off", 1), OFF),
        (Known(True, "signed_out", 2), KEEP),
        (Known(True, "locked", 2), KEEP),
        (Known(True, "taken_over", 2), KEEP),
        (Known(True, "gone", 2), AGAIN),
        (Known(True, "failing", 2), AGAIN),
        (Known(True, "replaced", 2), AGAIN),
        (Known(False, "gone", 2), AGAIN),
    ],
)
def test_at_a_start_a_browser_keeps_its_address_gets_another_or_lets_it_go(known: Known | None, expected: str) -> None:
    assert renewal(known, vapid=2) == expected
