"""Which times an absence reaches, and by when the unit has to see to one of them. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta

NEAR = timedelta(days=14)
"""So far ahead does an absence that has no end reach: beyond it nobody knows yet."""
SOON = timedelta(hours=3)
"""Whoever has a time that begins so soon may be about to set out."""
LEAST = timedelta(minutes=30)
"""Less office time than this before a time begins is no time to promise anything in."""


def reaches(ends_at: datetime | None, *, now: datetime) -> datetime:
    """The moment before which a time begins that an absence reaches now."""
    return now + NEAR if ends_at is None else ends_at


def due(
    promise: datetime, starts_at: datetime, *, now: datetime, between: Callable[[datetime, datetime], timedelta]
) -> datetime:
    """By when the unit says what becomes of a time: as for any question, but before it begins where that is sooner and
    there is office time to do it in (`between` two moments)."""
    if starts_at < promise and between(now, starts_at) >= LEAST:
        return starts_at
    return promise
