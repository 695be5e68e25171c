"""JSON read strictly: each value knows where it stands, and says so when it is not what it should be."""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from app.care.hours_rules import MIDNIGHT, Span, Week, from_wall

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
YEARS = range(1900, 2200)
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:\d\d)?)?")
CLOCK = re.compile(r"(\d\d):(\d\d)")
MOST_HOURS = 10_000
MOST_WEEKS = 10


class BadCase(ValueError):
    """What is wrong with a case, and where, in one line that can be printed."""

    def __init__(self, line: str) -> None:
        super().__init__(line.encode(errors="backslashreplace").decode())


def loads(text: str) -> "Node":
    """The JSON of a file. Raises BadCase where it is none, or says the same thing twice."""
    try:
        return Node(json.loads(text, object_pairs_hook=_once, parse_constant=_no_number), "")
    except json.JSONDecodeError as error:
        raise BadCase(f"line {error.lineno}, column {error.colno}: this is not JSON ({error.msg}).") from error
    except (RecursionError, ValueError) as error:
        known = str(error) if isinstance(error, BadCase) else "this is nested too deeply, or has too long a number."
        raise BadCase(known) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadCase(f"the key {json.dumps(twice[:40])} stands twice in one object.")
    return found


def _no_number(text: str) -> None:
    raise BadCase(f"{text} is no number.")


class Node:
    """A value of the case and its place, such as `people[0].pattern.anchor`."""

    def __init__(self, value: Any, place: str) -> None:
        self.value = value
        self.place = place

    def bad(self, wanted: str) -> BadCase:
        shown = json.dumps(self.value, ensure_ascii=False)
        shown = shown if len(shown) <= 60 else shown[:59] + "…"
        return BadCase(f"{self.place or 'the case'}: must be {wanted}, not {shown}.")

    def fields(self, *required: str, **optional: Any) -> dict[str, "Node"]:
        """The fields of an object: every required one, and each optional one, with its default where it is missing."""
        if not isinstance(self.value, dict):
            raise self.bad("an object")
        for name in self.value:
            if name not in required and name not in optional:
                raise BadCase(
                    f"{self.under(name)}: there is no such key; known are {', '.join((*required, *optional))}."
                )
        for name in required:
            if name not in self.value:
                raise BadCase(f"{self.under(name)}: this key is missing.")
        return {name: Node(value, self.under(name)) for name, value in (optional | self.value).items()}

    def under(self, name: str) -> str:
        shown = name if name.isidentifier() else json.dumps(name[:40])
        return f"{self.place}.{shown}".lstrip(".")

    def items(self) -> Iterator["Node"]:
        if not isinstance(self.value, list):
            raise self.bad("a list")
        for number, value in enumerate(self.value):
            yield Node(value, f"{self.place}[{number}]")

    def key(self) -> str:
        if not isinstance(self.value, str) or not self.value or not self.value.isprintable():
            raise self.bad("a key, a printable text that is not empty")
        return self.value

    def one_of(self, known: set[str]) -> str:
        if self.key() not in known:
            raise BadCase(f'{self.place}: nobody in people has the key "{self.value}".')
        return self.key()

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.bad("true or false")
        return self.value

    def count(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool) or not 0 <= self.value < 1 << 31:
            raise self.bad("a whole number, 0 or more")
        return self.value

    def hours(self) -> float:
        if not isinstance(self.value, int | float) or isinstance(self.value, bool):
            raise self.bad("a number of hours")
        if not 0 <= self.value <= MOST_HOURS:
            raise self.bad(f"a number of hours from 0 to {MOST_HOURS}")
        return float(self.value)

    def day(self) -> date:
        if isinstance(self.value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", self.value):
            return self._known(self.value)
        raise self.bad("a day, written as 2026-11-05")

    def _known(self, text: str) -> date:
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise self.bad("a day that exists") from error
        if day.year not in YEARS:
            raise self.bad(f"a day from {YEARS.start} to {YEARS.stop - 1}")
        return day

    def moment(self, *, end: bool = False) -> datetime:
        """A moment. Without offset it is Swedish wall time; a day alone is its midnight."""
        parts = MOMENT.fullmatch(self.value) if isinstance(self.value, str) else None
        if not parts:
            raise self.bad("a time, written as 2026-11-05T09:00")
        day, clock, offset = parts.groups()
        try:
            if offset:
                self._known(day)
                return datetime.fromisoformat(self.value)
            return from_wall(self._known(day), time.fromisoformat(clock or "00:00"), end=end)
        except BadCase:
            raise
        except ValueError as error:
            raise self.bad("a time that exists") from error

    def until(self, start: datetime) -> datetime | None:
        """The end of what began at `start`, or None for null: half-open, so it is later than that."""
        end = None if self.value is None else self.moment(end=True)
        if end is not None and end <= start:
            raise self.bad("an end after its beginning")
        return end

    def week(self) -> Week:
        days = self.fields(**{day: [] for day in DAYS})
        return tuple(days[day].spans() for day in DAYS)

    def spans(self) -> tuple[Span, ...]:
        """The spans of a day, in order of time."""
        found: list[Span] = []
        for item in self.items():
            ends = item.value.split("-") if isinstance(item.value, str) else []
            minutes = [
                int(hour) * 60 + int(minute) for hour, minute in (_clock(end) for end in ends) if int(minute) < 60
            ]
            if len(ends) != 2 or len(minutes) != 2:
                raise item.bad("a span of a day, written as 08:00-16:30")
            opens, closes = minutes
            closes = MIDNIGHT if closes == MIDNIGHT - 1 else closes
            if not opens < closes <= MIDNIGHT:
                raise item.bad("a span that ends after it begins, at 24:00 at the latest")
            if any(opens < other.closes and other.opens < closes for other in found):
                raise item.bad("a span that overlaps no other of the day")
            found.append(Span(opens, closes))
        return tuple(sorted(found, key=lambda one: one.opens))


def _clock(text: str) -> tuple[str, str]:
    found = CLOCK.fullmatch(text)
    return (found[1], found[2]) if found else ("0", "99")
