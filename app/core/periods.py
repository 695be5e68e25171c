"""From when till when, as people say it: whole days without the clock, today by its name."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from babel import Locale
from flask import Flask

from app.core.locale import day, hour, language, local, today, when
from app.core.locale import gettext as _


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        days=days,
        bar_days=bar_days,
        bars_days=bars_days,
        span=span,
        span_of_days=span_of_days,
        since=since,
        sentence=sentence,
    )


def near_day(on: date) -> str:
    """The date, or what people call it when it is close: i dag, i morgon."""
    close = {-1: _("i går"), 0: _("i dag"), 1: _("i morgon")}.get((on - today()).days)
    return close.replace(" ", "\N{NO-BREAK SPACE}") if close else day(on)


def days(first: date, last: date) -> str:
    """Days, the last included: måndag 28 till onsdag 30 december."""
    if first == last:
        return near_day(first)
    begins = day(first)
    if (first.year, first.month) == (last.year, last.month):
        begins = f"{Locale.parse(language()).days['format']['wide'][first.weekday()]} {first.day}"
    return _("%(first)s till %(last)s", first=begins, last=day(last))


def bar_days(bar: Any) -> str:
    """The days that a bar of a picture touches."""
    return days(bar.first, bar.last)


def bars_days(bars: Iterable[Any]) -> str:
    """The days that bars touch, one after the other."""
    return ", ".join(map(bar_days, bars))


def span(starts_at: datetime, ends_at: datetime | None) -> str:
    """From one moment to another; whole days are said without the clock."""
    if ends_at is None:
        return _("från %(start)s, tills vidare", start=since(starts_at))
    dawn, midnight = _is_midnight(starts_at), _is_midnight(ends_at)
    first, last = local(starts_at).date(), local(ends_at).date() - timedelta(days=midnight)
    if dawn and midnight:
        return days(first, last)
    if first != last:
        return _("%(first)s till %(last)s", first=since(starts_at), last=near_day(last) if midnight else when(ends_at))
    on = near_day(last)
    if midnight:
        return _("%(day)s från kl. %(start)s", day=on, start=hour(starts_at))
    if dawn:
        return _("%(day)s till kl. %(end)s", day=on, end=hour(ends_at))
    return _("%(day)s kl. %(start)s–%(end)s", day=on, start=hour(starts_at), end=hour(ends_at))


def span_of_days(starts_at: datetime, ends_at: datetime, whole: bool) -> str:
    """Days of work: only the days when they are `whole`, though they neither begin nor end at midnight."""
    return days(local(starts_at).date(), local(ends_at).date()) if whole else span(starts_at, ends_at)


def since(at: datetime) -> str:
    """The day, and the time where it is not the day's beginning."""
    return near_day(local(at).date()) if _is_midnight(at) else when(at)


def sentence(text: str) -> str:
    """The text with a capital first."""
    return text[:1].upper() + text[1:]


def _is_midnight(at: datetime) -> bool:
    here = local(at)
    return (here.hour, here.minute) == (0, 0)
