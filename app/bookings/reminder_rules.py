"""When somebody is reminded of a time: so long before it, never at night, and never once it says nothing. Pure.

What would come at night comes when the night is over, if an hour is left then; else half an hour before the night
began. Somebody's own quiet hours are night too, for them.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta

from app.bookings.rules import BEFORE
from app.core.recurrence import SWEDEN, Quiet, quiet_until, within

NIGHT = Quiet(time(21), time(7))
EARLIER = timedelta(minutes=30)
"""So long before the night begins: one is awake, and can still lay out what is to be taken along."""
LEAST = timedelta(hours=1)
HOURS = {"48h": timedelta(hours=48), "24h": timedelta(hours=24), "2h": timedelta(hours=2)}
OWN, NEAR = "own", "near"
"""Whose times: one's own, or those of somebody who lets one see theirs."""
USUAL: dict[str, tuple[str, ...]] = {OWN: ("24h", "2h"), NEAR: ()}
"""What holds for whoever has not chosen. Nobody is reminded of another's times without having asked for it."""
REMINDER, SOON, OF_ANOTHER = "booking_reminder", "booking_soon", "booking_near"
KINDS = (REMINDER, SOON, OF_ANOTHER)
SOON_IS = timedelta(hours=4)
MOST_LOOKS = 6


def due(starts_at: datetime, before: str, *, quiet: Quiet | None = None) -> datetime:
    """When a reminder of a time comes."""
    at = _week_before(starts_at) if before == "7d" else starts_at - HOURS[before]
    return awake(at, starts_at, quiet=quiet)


def awake(at: datetime, starts_at: datetime, *, quiet: Quiet | None = None) -> datetime:
    """The moment itself where it is day; else when the night is over, or before it began where that is too late. Where
    somebody's own quiet hours leave no day at all, only the night is night."""
    nights = [NIGHT, quiet] if quiet else [NIGHT]
    if not any(within(night, at) for night in nights):
        return at
    after, earlier = _moved(at, nights, forward=True), _moved(at, nights, forward=False)
    if after is None or earlier is None:
        return awake(at, starts_at)
    return after if after <= starts_at - LEAST else earlier


def planned(
    starts_at: datetime, befores: Iterable[str], *, since: datetime, quiet: Quiet | None
) -> Iterator[tuple[str, datetime, bool]]:
    """Each reminder of one time for one person, when it is due, and whether it is to be told.

    What was due before `since`, when they last heard of the time or chose this, is not: they know. Of two that come at
    the same moment the nearer one is told.
    """
    taken: set[datetime] = set()
    for before in sorted(befores, key=BEFORE.index, reverse=True):
        at = due(starts_at, before, quiet=quiet)
        yield before, at, at > since and at not in taken
        taken.add(at)


def worth(due_at: datetime, starts_at: datetime, now: datetime) -> bool:
    """Whether a reminder that is late still says what it was to say: until half of what was left then has gone."""
    return now < starts_at and now - due_at <= (starts_at - due_at) / 2


def told_at(due_at: datetime, starts_at: datetime, now: datetime, *, quiet: Quiet | None = None) -> datetime | None:
    """When one that is due is told, now or later; None when it is too late. What it was planned by may have changed,
    and the worker may have been away. Quiet hours that leave nothing before the time keep the phone still, not the
    page."""
    if not worth(due_at, starts_at, now):
        return None
    for hours in (quiet, None):
        at = awake(now, starts_at, quiet=hours)
        if at >= now:
            return at
    return None


def kind_of(starts_at: datetime, now: datetime, *, own: bool) -> str:
    """What it is told as: one for a time that is today in a few hours is of no use tonight."""
    if not own:
        return OF_ANOTHER
    return SOON if starts_at - now <= SOON_IS else REMINDER


def _week_before(starts_at: datetime) -> datetime:
    """The same hour on the clock a week before, also where the clocks have been changed in between."""
    here = starts_at.astimezone(SWEDEN)
    return datetime.combine(here.date() - timedelta(days=7), here.time(), SWEDEN).astimezone(starts_at.tzinfo)


def _moved(at: datetime, nights: Sequence[Quiet], *, forward: bool) -> datetime | None:
    """Out of the nights, which may touch each other; None where they leave no day."""
    for _look in range(MOST_LOOKS):
        night = next((it for it in nights if within(it, at)), None)
        if night is None:
            return at
        at = (quiet_until(night, at) or at) if forward else _evening(night, at)
    return None


def _evening(night: Quiet, at: datetime) -> datetime:
    """Half an hour before the night that it is now began."""
    here = at.astimezone(SWEDEN)
    day = here.date() if here.time() >= night.begins else here.date() - timedelta(days=1)
    return datetime.combine(day, night.begins, SWEDEN).astimezone(at.tzinfo) - EARLIER
