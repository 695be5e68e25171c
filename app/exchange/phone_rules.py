"""When somebody answers a number, as people write it in Swedish ("vardagar 8–16"), in weekdays and times. Pure.

What is not understood whole is not guessed at: a patient who rings when nobody answers is worse off than one who reads
the words as they were written.
"""

import re
from dataclasses import dataclass

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMES = ("mån", "tis", "ons", "tors", "fre", "lör", "sön")
ALIKE = {"vardag": DAYS[:5], "helg": DAYS[5:], "dagligen": DAYS, "alla dagar": DAYS, "varje dag": DAYS}
_TIME = r"(\d{1,2})(?:[.:](\d{2}))?"
_SPAN = rf"(?:kl\.?\s*|mellan\s*)?{_TIME}\s*[-–]\s*{_TIME}"
_DAY = r"(?:mån|tis|ons|tors|fre|lör|sön)(?:dag)?(?:ar)?"
_SOME = rf"{_DAY}(?:\s*[-–]\s*{_DAY})?"
_DAYS = rf"vardag(?:ar)?|helg(?:er)?|dagligen|alla dagar|varje dag|{_SOME}(?:(?:\s*,\s*|\s+och\s+){_SOME})*"
_PART = re.compile(
    rf"(?P<days>{_DAYS})\s+(?P<spans>{_SPAN}(?:(?:\s*,\s*|\s+och\s+){_SPAN})*)(?:\s*[,;.]\s*|\s+och\s+|$)"
)


@dataclass(frozen=True)
class Hours:
    """Some weekdays, and from when to when on each, as HH:MM:SS."""

    days: tuple[str, ...]
    opens: str
    closes: str


def understood(said: str) -> tuple[Hours, ...]:
    """The hours that some words say; none when any of it is not understood."""
    text, at, found = " ".join(said.lower().split()), 0, list[Hours]()
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            return ()
        days = _days(part["days"])
        for span in re.finditer(_SPAN, part["spans"]):
            opens, closes = _clock(span[1], span[2]), _clock(span[3], span[4])
            if not days or opens is None or closes is None or opens >= closes:
                return ()
            found.append(Hours(days, opens, closes))
        at = part.end()
    return tuple(found)


def _days(said: str) -> tuple[str, ...]:
    if alike := next((days for word, days in ALIKE.items() if said.startswith(word)), None):
        return alike
    there: set[int] = set()
    for some in re.finditer(rf"({_DAY})(?:\s*[-–]\s*({_DAY}))?", said):
        first = _number(some[1])
        last = _number(some[2]) if some[2] else first
        if last < first:
            return ()
        there |= set(range(first, last + 1))
    return tuple(DAYS[number] for number in sorted(there))


def _number(day: str) -> int:
    return next(number for number, name in enumerate(NAMES) if day.startswith(name))


def _clock(hour: str, minute: str | None) -> str | None:
    """As FHIR writes a time of day, which ends before midnight."""
    of_day = int(hour), int(minute or 0)
    if of_day == (24, 0):
        return "23:59:59"
    return f"{of_day[0]:02}:{of_day[1]:02}:00" if of_day[0] < 24 and of_day[1] < 60 else None
