"""Sessions and ages, decided without asking anybody."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

ADULT = 18
SEEN_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=90)
HALVES = "."
FRESH = timedelta(minutes=15)
BROWSERS = (
    ("edg", "Edge"),
    ("opr/", "Opera"),
    ("samsungbrowser", "Samsung Internet"),
    ("firefox", "Firefox"),
    ("fxios", "Firefox"),
    ("crios", "Chrome"),
    ("chrom", "Chrome"),
    ("safari", "Safari"),
)
SYSTEMS = (
    ("iphone", "iphone"),
    ("ipad", "ipad"),
    ("android", "android"),
    ("windows", "windows"),
    ("cros", "chromeos"),
    ("macintosh", "mac"),
    ("linux", "linux"),
)


@dataclass(frozen=True)
class Limits:
    """How long a session lives unused, and at most."""

    idle: timedelta
    longest: timedelta


LIMITS = {
    "duty": Limits(idle=timedelta(hours=2), longest=timedelta(hours=12)),
    "private": Limits(idle=timedelta(days=7), longest=timedelta(days=30)),
}


def is_over(capacity: str, started_at: datetime, last_seen: datetime, *, now: datetime) -> bool:
    limits = LIMITS[capacity]
    return now >= min(started_at + limits.longest, last_seen + limits.idle)


def is_fresh(started_at: datetime, *, now: datetime) -> bool:
    """Whether somebody has shown just now who they are: a new way in is not made on a phone left lying about."""
    return now < started_at + FRESH


def device(agent: str) -> str:
    """The browser and the system behind a user agent, a word each (`Chrome/android`); the rest is not our business."""
    said = agent.lower()
    browser = next((name for mark, name in BROWSERS if mark in said), "")
    system = next((name for mark, name in SYSTEMS if mark in said), "")
    return f"{browser}/{system}"


def born(number: str) -> date:
    """The day of birth in a normalised identity number; in a samordningsnummer the day is raised by sixty."""
    year, month, day = int(number[:4]), int(number[4:6]), int(number[6:8])
    return date(year, month, day - 60 if day > 60 else day)


def is_adult(born: date, *, on: date) -> bool:
    """Eighteen or older; a person born on 29 February comes of age on 1 March in other years."""
    return (on.year - born.year, on.month, on.day) >= (ADULT, born.month, born.day)


def workplace(chosen: UUID | None, places: tuple[UUID, ...]) -> UUID | None:
    """Where somebody works now: what they have said, while they still work there, or the only place that there is."""
    if chosen in places:
        return chosen
    return places[0] if len(places) == 1 else None
