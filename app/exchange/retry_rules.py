"""When something that another system did not answer is asked for again. Pure."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

TRIES = 4
FIRST = timedelta(seconds=1)
MOST_WAIT = timedelta(seconds=30)
"""So long is waited for one answer; what asks for longer is left to the next round."""
LONGEST = timedelta(days=1)
AGAIN = (408, 425, 429, 500, 502, 503, 504)


def asked_for(retry_after: str | None, now: datetime) -> timedelta | None:
    """What `Retry-After` says (RFC 9110, 10.2.3): seconds, or a date; None when it says nothing that can be read."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return min(timedelta(seconds=int(text)), LONGEST)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(timedelta(0), min(at - now, LONGEST))


def wait(tried: int, retry_after: str | None, now: datetime) -> timedelta | None:
    """How long to wait before the next try; None when it is not for this round."""
    if tried >= TRIES:
        return None
    wanted = asked_for(retry_after, now)
    if wanted is None:
        return FIRST * 2 ** (tried - 1)
    return wanted if wanted <= MOST_WAIT else None


def next_round(every: timedelta, retry_after: timedelta | None) -> timedelta:
    """How long until a source is read again: as often as it is to be, and never before it has asked for."""
    return max(every, min(retry_after or timedelta(0), LONGEST))


def next_look(since: datetime, now: datetime) -> datetime:
    """When something in quarantine is tried again: soon while it is new, then once an hour."""
    return now + max(timedelta(minutes=5), min(now - since, timedelta(hours=1)))
