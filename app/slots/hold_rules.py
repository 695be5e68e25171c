"""How long a freed time is held for somebody, in the hours when people are awake. Pure."""

from datetime import UTC, datetime, time, timedelta

from app.core.recurrence import SWEDEN, Quiet, quiet_until

NIGHT = Quiet(time(21), time(7))
"""Nobody is offered anything then, and no minute of it is theirs to answer in."""
LONG, SHORT = timedelta(hours=4), timedelta(hours=1)
NEAR = timedelta(hours=48)
"""A time that begins sooner is held for the shorter while, so that more than one may be asked."""
LEAST = timedelta(hours=2)
"""So long before a time begins must it be answered; whoever takes it has to get there."""


def is_awake(now: datetime) -> bool:
    return quiet_until(NIGHT, now) is None


def held_until(now: datetime, starts_at: datetime) -> datetime | None:
    """Until when a time is held that is offered now; None at night, and where it begins too soon for anybody."""
    if not is_awake(now):
        return None
    until = after_waking(now, LONG if starts_at - now >= NEAR else SHORT)
    return until if until + LEAST <= starts_at else None


def after_waking(begins: datetime, length: timedelta) -> datetime:
    """The moment when so much time has passed since a waking one, the nights left out."""
    at = begins
    while True:
        night = _next_night(at)
        if at + length <= night:
            return at + length
        length -= night - at
        at = quiet_until(NIGHT, night) or night


def _next_night(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(SWEDEN).date(), NIGHT.begins, SWEDEN).astimezone(UTC)
