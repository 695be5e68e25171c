"""To whom of those who wait a freed time is offered: the first whom it suits. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.bookings.offer_rules import CHOICES, DAYS
from app.core.recurrence import SWEDEN

NOON = 12
NOTICES = (2, 24, 72, 168)
"""How many hours before a time one needs to know of it, as they are chosen."""
WHY = ("over", "offered", "had", "no", "busy", "full", "part", "soon")


@dataclass(frozen=True)
class Waiting:
    """Somebody on the list, and what is true of them and one time.

    `theirs`: they are still the unit's patient. `offered`: another time is held for them. `had`: this one was offered
    to them already, or they refused the same hour with the same person. `said_no`: to whom they would meet. `busy`:
    they have another time then. `full`: they have as many as one may take.
    """

    key: UUID
    patient: UUID
    since: datetime
    parts: tuple[str, ...] = ()
    notice_hours: int = 24
    theirs: bool = True
    offered: bool = False
    had: bool = False
    said_no: bool = False
    busy: bool = False
    full: bool = False


def part_of(starts_at: datetime) -> str | None:
    """The part of the week that a time begins in: tue-morning. None at a weekend, which nobody can ask for."""
    wall = starts_at.astimezone(SWEDEN)
    if wall.weekday() >= len(DAYS):
        return None
    return f"{DAYS[wall.weekday()]}-{'morning' if wall.hour < NOON else 'afternoon'}"


def why_not(it: Waiting, starts_at: datetime, *, now: datetime) -> str | None:
    """Why a time is not offered to somebody, one of WHY; None when it is theirs to be offered."""
    reasons = {
        "over": not it.theirs,
        "offered": it.offered,
        "had": it.had,
        "no": it.said_no,
        "busy": it.busy,
        "full": it.full,
        "part": bool(it.parts) and part_of(starts_at) not in it.parts,
        "soon": starts_at - now < timedelta(hours=it.notice_hours),
    }
    return next((name for name in WHY if reasons[name]), None)


def in_order(waiting: Iterable[Waiting], starts_at: datetime, *, now: datetime) -> list[Waiting]:
    """Those whom a time suits, who has waited longest first."""
    return sorted((it for it in waiting if why_not(it, starts_at, now=now) is None), key=lambda it: (it.since, it.key))


def kept(parts: Iterable[str]) -> list[str]:
    """What was chosen, in the order of the week. All of it is the same as nothing: any time suits."""
    chosen = set(parts)
    found = [it for it in CHOICES if it in chosen]
    return [] if len(found) == len(CHOICES) else found
