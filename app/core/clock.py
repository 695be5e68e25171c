"""The one clock. UTC inside; the page turns it into Swedish wall time."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)


def now() -> datetime:
    return datetime.now(UTC)


def micros(at: datetime) -> int:
    """Microseconds since 1970, whole: a float begins to lose them in 2038."""
    return (at - EPOCH) // MICRO
