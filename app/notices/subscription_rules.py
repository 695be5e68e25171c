"""Whether a device that may be pushed to shows what is sent to it, and what becomes of it at a new start. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

PROVEN = timedelta(days=30)
"""So long is what a device has shown a proof that it shows what comes."""
ENOUGH = 3
"""So many in a row that it took and did not show are proof that it does not."""
PATIENCE = timedelta(minutes=15)
"""So long may a device take to show something before that says anything of it."""
MOST = 10
"""So many devices at a time for one person in one capacity."""
KEEP, AGAIN, OFF = "on", "again", "off"


@dataclass(frozen=True)
class Known:
    """What is known of an address that a browser has: whose it was last, how that ended, and for which of our keys."""

    mine: bool
    ended_how: str | None
    vapid: int


def works(shown_at: datetime | None, unshown: int, *, now: datetime) -> bool:
    """Whether what is sent to a device can be counted on to be shown. `unshown` is how many it has taken since it last
    showed one, and has had time to show: what was never tried is believed."""
    return unshown < (1 if shown_at and now - shown_at > PROVEN else ENOUGH)


def renewal(known: Known | None, *, vapid: int) -> str:
    """What a browser that says at its start that it has an address is to do: keep it, ask for another, or let it go.

    Another is asked for where the push service knows it no longer, where our key is another, and where we have never
    heard of it, since nobody can say for which key it was made. What its owner has turned off stays off. After a
    sign-out or a lock it is the same person's again, or whoever's signs in there.
    """
    if known and known.mine and known.ended_how == "turned_off":
        return OFF
    if known is None or known.vapid != vapid or known.ended_how in ("gone", "failing", "replaced"):
        return AGAIN
    return KEEP
