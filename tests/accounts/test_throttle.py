"""Tries are counted where they come from, and there is soon room for one more."""

from datetime import UTC, datetime, timedelta

import pytest

from app.accounts import throttle_service
from app.accounts.throttle_rules import KEPT, REFILL, ROOM, client, sender
from app.core import db
from app.core.audit import SYSTEM
from tests.world import World

NOON = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)


def tries(kind: str, where: str, at: datetime, times: int = 1) -> int:
    """How many of so many tries there was room for."""
    had = 0
    for _ in range(times):
        with db.transaction():
            try:
                throttle_service.count(kind, where, by=SYSTEM, now=at)
                had += 1
            except throttle_service.TooMany:
                pass
    return had


def test_there_is_room_for_a_slip_and_none_for_a_flood(world: World) -> None:
    assert tries("code", "a", NOON, 100) == ROOM
    assert tries("code", "b", NOON) == tries("passkey", "a", NOON) == 1, "each place and kind has its own room"


@pytest.mark.parametrize("waited", [1, 3, 7])
def test_each_wait_makes_room_for_one(world: World, waited: int) -> None:
    tries("code", "a", NOON, 100)
    assert tries("code", "a", NOON + waited * REFILL, 100) == waited


def test_to_try_on_while_there_is_no_room_makes_no_wait_longer(world: World) -> None:
    tries("code", "a", NOON, 1000)
    assert tries("code", "a", NOON + REFILL) == 1
    assert tries("code", "a", NOON + REFILL + ROOM * REFILL, 100) == ROOM


def test_what_is_old_is_forgotten(world: World) -> None:
    tries("code", "a", NOON)
    with db.transaction():
        assert throttle_service.forget_old_tries(by=SYSTEM, now=NOON + KEPT) == 0
        late = NOON + KEPT + timedelta(seconds=1)
        assert throttle_service.forget_old_tries(by=SYSTEM, now=late) == 1
        assert throttle_service.forget_old_tries(by=SYSTEM, now=late) == 0


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002"),
        ("2001:db8:1:2:ffff::1", "2001:0db8:0001:0002"),
        ("not an address", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_network_is_one_place(address: str | None, counted: str) -> None:
    assert sender(address) == counted


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, ["198.51.100.1"], "10.0.0.1"),
        (1, ["198.51.100.1"], "198.51.100.1"),
        (1, ["203.0.113.9", " 198.51.100.1"], "198.51.100.1"),
        (2, ["203.0.113.9", "198.51.100.1", "10.0.0.9"], "198.51.100.1"),
        (2, ["198.51.100.1"], "10.0.0.1"),
    ],
)
def test_only_our_own_proxies_are_believed(proxies: int, forwarded: list[str], found: str) -> None:
    assert client("10.0.0.1", forwarded, proxies) == found
