"""Hours and days as people say them: "måndag till onsdag 8–16.30"."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from babel import Locale

from app.care.hours_rules import MIDNIGHT, Span, Week
from app.core.locale import day, language, local
from app.core.locale import gettext as _


def clock(minutes: int) -> str:
    """A time of day without a nought that nobody says: 8, 16.30, 24."""
    hour, minute = divmod(minutes, 60)
    return _("%(hour)s.%(minute)s", hour=hour, minute=f"{minute:02}") if minute else str(hour)


def length(minutes: int) -> str:
    """How long: 8,5 timmar, 45 minuter."""
    if minutes % 30 or minutes < 60:
        return _("%(number)s minuter", number=minutes)
    hours, half = divmod(minutes, 60)
    if half:
        return _("%(number)s,5 timmar", number=hours)
    return _("en timme") if hours == 1 else _("%(number)s timmar", number=hours)


def weekday(number: int) -> str:
    return Locale.parse(language()).days["format"]["wide"][number]


def spans(hours: Sequence[Span]) -> str:
    """The hours of a day: 8–12 och 13–16.30."""
    return _and([f"{clock(span.opens)}–{clock(span.closes)}" for span in hours])


def days(first: int, last: int) -> str:
    """Days of a week that follow each other: måndag; lördag och söndag; måndag till onsdag."""
    if (first, last) == (0, 6):
        return _("alla dagar")
    if first == last:
        return weekday(first)
    if last == first + 1:
        return _and([weekday(first), weekday(last)])
    return _("%(first)s till %(last)s", first=weekday(first), last=weekday(last))


def week(hours: Week) -> str:
    """The hours of a week; empty when there are none."""
    said = []
    for same, group in groupby(range(7), key=lambda number: hours[number]):
        numbers = list(group)
        if same:
            said.append(f"{days(numbers[0], numbers[-1])} {spans(same)}")
    return ", ".join(said)


def sentence(text: str) -> str:
    """The same with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def number(count: int) -> str:
    """A small number as a word."""
    small = (_("noll"), _("en"), _("två"), _("tre"), _("fyra"), _("fem"), _("sex"), _("sju"), _("åtta"), _("nio"))
    return small[count] if 0 <= count < len(small) else str(count)


def dates(first: date, last: date) -> str:
    """The days of a stretch, both included."""
    return day(first) if first == last else _("%(first)s till %(last)s", first=day(first), last=day(last))


def month(on: date) -> str:
    """The month of a day, short: nov."""
    return Locale.parse(language()).months["format"]["abbreviated"][on.month].rstrip(".")


def stretch(starts_at: datetime, ends_at: datetime) -> str:
    """From when to when, on the day that it begins: 8–16.30; 16.30 till tisdag 8."""
    start, end = local(starts_at), local(ends_at)
    opens, closes = start.hour * 60 + start.minute, end.hour * 60 + end.minute
    if end.date() == start.date():
        return f"{clock(opens)}–{clock(closes)}"
    if not closes and end.date() == start.date() + timedelta(days=1):
        return f"{clock(opens)}–{clock(MIDNIGHT)}"
    return _("%(start)s till %(day)s %(end)s", start=clock(opens), day=weekday(end.weekday()), end=clock(closes))


def turn(people: Sequence[str]) -> str:
    """People one after the other: Erik Lund; Erik Lund, sedan Fatima Aydin."""
    first, *rest = people or ("",)
    for name in rest:
        first = _("%(first)s, sedan %(then)s", first=first, then=name)
    return first


def _and(parts: list[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return _("%(first)s och %(last)s", first=", ".join(parts[:-1]), last=parts[-1])
