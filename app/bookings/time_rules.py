"""When the link of a video call may be opened. Pure."""

from datetime import datetime, timedelta

BEFORE = timedelta(minutes=15)
# A talk that goes on for longer than was thought, or a phone that has to start anew.
AFTERWARDS = timedelta(minutes=30)


def opens(starts_at: datetime) -> datetime:
    """From when one may go in."""
    return starts_at - BEFORE


def is_open(starts_at: datetime, ends_at: datetime, *, now: datetime) -> bool:
    return opens(starts_at) <= now < ends_at + AFTERWARDS
