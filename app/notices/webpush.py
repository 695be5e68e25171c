"""Push services (RFC 8030): what is sent to them, which of them we send to, and what they answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.config import Settings
from app.notices.outcome_rules import Answer


@dataclass(frozen=True)
class Push:
    """One notice to one browser. `address` is its subscription as JSON: endpoint, p256dh, auth."""

    key: UUID
    address: str = field(repr=False)
    vapid: int
    message: dict[str, Any] = field(repr=False)
    ttl: int
    urgency: str
    topic: str


def allowed_host(endpoint: str, settings: Settings) -> str | None:
    """The host, where this is an address that we would push to."""
    raise NotImplementedError


def public_key(settings: Settings) -> tuple[int, str]:
    """The number of the key that new subscriptions are made for, and its public half as the browser wants it."""
    raise NotImplementedError


class Pusher:
    """Sends many at a time over connections that stay open, on a loop and a thread of its own."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def send(self, pushes: Sequence[Push]) -> list[Answer]:
        """Hand them over, and say what was answered to each, in the same order. Never raises for what others do."""
        raise NotImplementedError

    def close(self) -> None:
        """Hang up."""
