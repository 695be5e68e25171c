"""Times as calendars read them (RFC 5545): when, and that it is a time. Never where, with whom or what it is about.

Nothing here is free text, so that no line is long and nothing need be escaped; a library takes seconds for a thousand.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

TITLE = "Tid"
"""Stands on a locked phone and with whoever keeps the calendar, so it is the same for everybody in every language."""
HEAD = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Tid//1//SV",
    f"X-WR-CALNAME:{TITLE}",
    "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    "X-PUBLISHED-TTL:PT1H",
)


@dataclass(frozen=True)
class Slot:
    """A time as a calendar knows it. `version` is its SEQUENCE, and `changed_at` when it came to be that version."""

    key: UUID
    starts_at: datetime
    ends_at: datetime
    version: int
    changed_at: datetime
    stands: bool


def written(slots: Iterable[Slot]) -> bytes:
    """A calendar of these times. One that no longer stands says so, since a calendar that has it must hear of it."""
    lines = [*HEAD, *(line for slot in slots for line in _event(slot)), "END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()


def _event(slot: Slot) -> tuple[str, ...]:
    changed = _moment(slot.changed_at)
    return (
        "BEGIN:VEVENT",
        f"UID:{slot.key}",
        f"SEQUENCE:{slot.version}",
        f"DTSTAMP:{changed}",
        f"LAST-MODIFIED:{changed}",
        f"DTSTART:{_moment(slot.starts_at)}",
        f"DTEND:{_moment(slot.ends_at)}",
        f"SUMMARY:{TITLE}",
        "CLASS:PRIVATE",
        f"STATUS:{'CONFIRMED' if slot.stands else 'CANCELLED'}",
        "END:VEVENT",
    )


def _moment(at: datetime) -> str:
    """In UTC, which has no hour twice and none that is missing."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
