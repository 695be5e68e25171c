"""What comes again every day by the clock on the wall, the nights it is changed too. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")


@dataclass(frozen=True)
class Quiet:
    """From when until when, Swedish time, nothing leaves the app; over midnight where it ends before it begins."""

    begins: time
    ends: time


def quiet_until(quiet: Quiet | None, now: datetime) -> datetime | None:
    """When the quiet that is now ends; None when it is not quiet. By the clock on the wall, the nights it is changed
    too."""
    at = now
    while quiet and within(quiet, at):
        at = _next_wall(quiet.ends, at)
    return at if at > now else None


def within(quiet: Quiet, at: datetime) -> bool:
    """Whether it is quiet by the clock on the wall."""
    wall = at.astimezone(SWEDEN).time()
    if quiet.begins < quiet.ends:
        return quiet.begins <= wall < quiet.ends
    return wall >= quiet.begins or wall < quiet.ends


def _next_wall(wall: time, after: datetime) -> datetime:
    """The next moment at which clocks in Sweden show a time, or would have."""
    day = after.astimezone(SWEDEN).date()
    moments = (
        datetime.combine(day + timedelta(days=days), wall, SWEDEN).replace(fold=fold).astimezone(UTC)
        for days in range(3)
        for fold in (0, 1)
    )
    return min(moment for moment in moments if moment > after)
