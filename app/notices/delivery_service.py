"""Notices on their way out of the app: which channel each takes now, what is handed over, and what came of it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.core.audit import Actor
from app.notices.rules import CHANNELS

BATCH = 200
Resting = Callable[[Collection[UUID], datetime], Mapping[UUID, datetime]]
"""From when each of some people of the staff may be reached, as `care` knows it."""


@dataclass(frozen=True)
class Claimed:
    """What one message out of the app needs. An e-mail or a text message may stand for several deliveries."""

    keys: tuple[UUID, ...]
    channel: str
    to: str = field(repr=False)
    host: str
    vapid: int
    language: str
    title: str
    text: str
    badge: int
    topic: str
    urgency: str
    ttl: int
    receipt: str = field(repr=False)
    tries: int

    @property
    def key(self) -> UUID:
        return self.keys[0]


def plan(*, by: Actor, now: datetime, batch: int = BATCH, resting: Resting | None = None) -> int:
    """Decide for notices whose time has come which channel each takes now; returns how many were looked at."""
    raise NotImplementedError


def claim(
    *,
    by: Actor,
    now: datetime,
    batch: int = BATCH,
    channels: Collection[str] = CHANNELS,
    resting: Resting | None = None,
) -> list[Claimed]:
    """Lease deliveries whose time has come, those that still are to be made; what is no longer needed is ended."""
    raise NotImplementedError


def record(results: "Iterable[tuple[Claimed, object]]", *, by: Actor, now: datetime) -> None:
    """Note what came of each."""
    raise NotImplementedError


def receipt(token: str, what: str, *, by: Actor, now: datetime) -> bool:
    """Note that a device has `shown` or `opened` what it was sent, by the token that proves it; whether it is known."""
    raise NotImplementedError


def try_out(subscription_id: UUID, *, by: Actor, now: datetime) -> UUID:
    """A trial to one of one's own devices; its key. Raises NotFound where it is none of theirs, or is turned off."""
    raise NotImplementedError
