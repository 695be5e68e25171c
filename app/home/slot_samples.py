"""Made-up free times for the component page, in every state that one can be in."""

from datetime import timedelta
from uuid import UUID

from app.core.clock import now
from app.slots.queries import Free
from app.slots.queue_queries import Listed
from app.slots.slot_queries import Opening

KEY = UUID(int=0)


def samples() -> dict[str, object]:
    """All of them, as the page calls them."""
    return {"openings": openings(), "queue": queue(), "free_times": [_free(1, "visit"), _free(2, "phone")]}


def openings() -> list[Opening]:
    """Free, held, for those who wait, taken, and one whose person is away then."""
    return [
        _opening(1),
        _opening(2, status="busy-tentative", held=True),
        _opening(3, for_whom="waiting"),
        _opening(4, status="busy", booking=KEY),
        _opening(5, hit="away"),
    ]


def queue() -> list[Listed]:
    """Somebody who is asked now, somebody who has said no, and somebody whom nothing has suited."""
    return [_listed(1, held=True), _listed(2, refused=2, lapsed=1), _listed(3, parts=("mon-morning", "tue-afternoon"))]


def _opening(
    days: int,
    *,
    status: str = "free",
    for_whom: str = "unit",
    booking: UUID | None = None,
    hit: str | None = None,
    held: bool = False,
) -> Opening:
    at = now() + timedelta(days=days)
    until = now() + timedelta(hours=4) if held else None
    end, place = at + timedelta(minutes=45), "Huset, Storgatan 4"
    return Opening(
        *(KEY, KEY, "Mottagning Björken", KEY, "Samtal", "visit", KEY, "Karin Ek", place, at, end, status, for_whom),
        booking,
        hit,
        until,
    )


def _listed(days: int, *, held: bool = False, refused: int = 0, lapsed: int = 0, parts: tuple[str, ...] = ()) -> Listed:
    at = now() + timedelta(days=3) if held else None
    until = now() + timedelta(hours=4) if held else None
    since = now() - timedelta(days=30 * days)
    who = (KEY, KEY, "Mottagning Björken", KEY, "Samtal", KEY, "Siv Nyberg", since, days == 1)
    return Listed(*who, parts, 24, until, at, refused, lapsed)


def _free(days: int, mode: str) -> Free:
    at = now() + timedelta(days=days)
    unit = ("Mottagning Björken", "+46313900610", "Vardagar 8–16")
    end = at + timedelta(minutes=45)
    return Free(KEY, KEY, "Samtal", mode, 45, *unit, "Karin Ek", "sjuksköterska", at, end, "Huset, Storgatan 4")
