"""What another system may search for, and how it says so (FHIR R4, Search; the same in R5). Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")
USUAL, MOST = 20, 60
STATUSES = ("booked", "fulfilled", "noshow", "cancelled", "entered-in-error")
IDENTIFIER = ("patient.identifier", "patient:identifier", "subject:identifier")
"""Whom a search is about: never in an address."""
NUMBERS = frozenset(
    {
        "http://electronichealth.se/identifier/personnummer",
        "http://electronichealth.se/identifier/samordningsnummer",
        "urn:oid:1.2.752.129.2.1.3.1",
        "urn:oid:1.2.752.129.2.1.3.3",
    }
)
OF = {
    "Appointment": frozenset({*IDENTIFIER[:2], "date", "_lastUpdated", "status", "_count", "page"}),
    "CareTeam": frozenset({*IDENTIFIER, "_id", "status", "_count"}),
}
"""What each kind of resource can be searched by. `page` is our own, and stands in the links to further pages."""
PASSED = frozenset({"_format", "_pretty"})
_DATE = re.compile(
    r"(?P<prefix>[a-z]{2})?(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<part>\d{1,6}))?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?"
)
_PARTS = {"year": 1, "month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0}
_COUNT = re.compile(r"\d{1,6}")

Range = tuple[datetime | None, datetime | None]
"""From a moment on, and before another."""
EVER: Range = (None, None)


class Unfit(ValueError):
    """A search that cannot be done, why, and its code among FHIR's IssueType."""

    def __init__(self, said: str, code: str = "invalid") -> None:
        super().__init__(said)
        self.said, self.code = said, code


@dataclass(frozen=True)
class Search:
    """What is searched for. `number` is the identity number as it was written; `ignored` what was not understood."""

    number: str | None = None
    date: Range = EVER
    changed: Range = EVER
    statuses: tuple[str, ...] = ()
    count: int = USUAL
    page: str | None = None
    key: UUID | None = None
    ignored: tuple[str, ...] = ()

    @property
    def is_bound(self) -> bool:
        """Whether it says of whom, or since when: there is no list of everybody."""
        return bool(self.number or self.page or self.changed[0])


def read(kind: str, said: Iterable[tuple[str, str]], *, strict: bool = True) -> Search:
    """A search out of its parameters; raises Unfit. Where it is not strict, what is not known is left out, and told."""
    found: dict[str, list[str]] = {}
    ignored = []
    for name, value in said:
        if name in OF[kind] and value:
            found.setdefault(name, []).append(value)
        elif name not in PASSED and value:
            ignored.append(name)
    if ignored and strict:
        known = ", ".join(sorted(OF[kind] - {"page"}))
        raise Unfit(f"Unknown parameter {ignored[0][:60]!r}. A search for {kind} takes {known}.", "not-supported")
    if "page" in found and len(found) > 1:
        raise Unfit("A further page is asked for by its link alone.")
    whom = [value for name in IDENTIFIER for value in found.get(name, ())]
    return Search(
        number=number_of(_one(whom, "patient.identifier")) if whom else None,
        date=range_of(found.get("date", ()), "date"),
        changed=range_of(found.get("_lastUpdated", ()), "_lastUpdated"),
        statuses=_statuses(found.get("status", ())) if kind == "Appointment" else _only_active(found.get("status", ())),
        count=_count(found.get("_count", ())),
        page=_one(found["page"], "page") if "page" in found else None,
        key=_key(_one(found["_id"], "_id")) if "_id" in found else None,
        ignored=tuple(dict.fromkeys(ignored)),
    )


def number_of(token: str) -> str:
    """The identity number of `system|value`, or of a value alone."""
    system, bar, value = token.rpartition("|")
    if bar and system and system not in NUMBERS:
        raise Unfit("That identifier system is not one that patients are known by here.", "not-supported")
    if not value.strip():
        raise Unfit("The identifier has no value.")
    return value.strip()


def range_of(said: Iterable[str], name: str) -> Range:
    """From when and until when, out of one or two dates with a prefix."""
    since: datetime | None = None
    until: datetime | None = None
    for text in said:
        first, last = _bounds(text, name)
        since = max(filter(None, (since, first)), default=None)
        until = min(filter(None, (until, last)), default=None)
    return since, until


def _bounds(text: str, name: str) -> Range:
    parts = _DATE.fullmatch(text)
    if parts is None:
        raise Unfit(f"{name} is not a date that can be read. Write it as ge2026-11-02 or ge2026-11-02T08:00:00+01:00.")
    try:
        starts, ends = _stretch(parts)
    except (ValueError, OverflowError) as error:
        raise Unfit(f"{name} is a day or a time that does not exist.") from error
    sides = {"ge": (starts, None), "gt": (ends, None), "le": (None, ends), "lt": (None, starts), "eq": (starts, ends)}
    prefix = parts["prefix"] or "eq"
    if prefix not in sides:
        raise Unfit(f"{name} takes the prefixes eq, ge, gt, le and lt.", "not-supported")
    return sides[prefix]


def _stretch(parts: re.Match[str]) -> tuple[datetime, datetime]:
    """The stretch of time that a date names, as exact as it was written; in Sweden, where nothing else is said."""
    year, month, day, hour, minute, second = (int(parts[name] or least) for name, least in _PARTS.items())
    said = parts["zone"]
    zone = datetime.fromisoformat(f"2000-01-01T00:00{said}").tzinfo if said else SWEDEN
    micro = int((parts["part"] or "0").ljust(6, "0"))
    at = datetime(year, month, day, hour, minute, second, micro, tzinfo=zone)
    if parts["part"]:
        ends = at + timedelta(microseconds=10 ** (6 - len(parts["part"])))
    elif parts["hour"]:
        ends = at + (timedelta(seconds=1) if parts["second"] else timedelta(minutes=1))
    elif parts["day"]:
        ends = at + timedelta(days=1)
    elif parts["month"]:
        ends = (at + timedelta(days=32)).replace(day=1)
    else:
        ends = at.replace(year=year + 1)
    return at.astimezone(UTC), ends.astimezone(UTC)


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Unfit("There is nothing here with such an _id.") from error


def _statuses(said: Iterable[str]) -> tuple[str, ...]:
    wanted = tuple(code.rpartition("|")[2] for text in said for code in text.split(","))
    if unknown := [code for code in wanted if code not in STATUSES]:
        raise Unfit(f"There is no status {unknown[0][:40]!r} here: {', '.join(STATUSES)}.", "not-supported")
    return wanted


def _only_active(said: Iterable[str]) -> tuple[str, ...]:
    if any(code.rpartition("|")[2] != "active" for text in said for code in text.split(",")):
        raise Unfit("Only care teams that are active can be searched for.", "not-supported")
    return ()


def _count(said: Iterable[str]) -> int:
    text = _one(list(said) or [str(USUAL)], "_count")
    if not _COUNT.fullmatch(text) or int(text) == 0:
        raise Unfit(f"_count is a number from 1; more than {MOST} is {MOST}.")
    return min(int(text), MOST)


def _one(values: list[str], name: str) -> str:
    if len(values) > 1:
        raise Unfit(f"{name} can be said once.")
    return values[0]
