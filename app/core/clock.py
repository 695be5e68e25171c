"""The one clock. UTC inside; the page turns it into Swedish wall time."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
