"""Times as people say them: their day, from when till when, and how one meets."""

from datetime import datetime
from typing import Any

from babel import Locale

from app.core.locale import gettext as _
from app.core.locale import hour, language, local, today, when
from app.core.locale import lazy_gettext as _l

HOW = {"visit": _l("Besök"), "phone": _l("På telefon"), "video": _l("Videosamtal"), "home": _l("Hembesök")}


def how(mode: str) -> str:
    """How one meets: Besök, På telefon, Videosamtal, Hembesök."""
    return str(HOW[mode])


def elsewhere(system: str) -> tuple[str, str]:
    """That a time is changed in another system, and what to do: the title and the text."""
    title = _("Den här tiden ändras i %(system)s", system=system)
    return title, _("Inget är ändrat här. Gör ändringen i %(system)s, så följer den med hit.", system=system)


def month(at: datetime) -> str:
    """The month as it stands over a date: nov, with the year when it is not this one."""
    here = local(at)
    short = Locale.parse(language()).months["format"]["abbreviated"][here.month].rstrip(".")
    return short if here.year == today().year else f"{short} {here.year}"


def weekday(at: datetime) -> str:
    return Locale.parse(language()).days["format"]["wide"][local(at).weekday()]


def number(at: datetime) -> int:
    """The day of the month."""
    return local(at).day


def clock(it: Any) -> str:
    """From when till when, of something that has `starts_at` and `ends_at`: 9.00–9.45."""
    return f"{hour(it.starts_at)}–{hour(it.ends_at)}"


def whole(it: Any) -> str:
    """The day and the hours: tisdag 10 november kl. 9.00–9.45."""
    return f"{when(it.starts_at)}–{hour(it.ends_at)}"


def length(minutes: int) -> str:
    """How long: 45 minuter, 1 timme, 1 timme och 30 minuter."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(number)s minuter", number=rest)
    said = _("1 timme") if hours == 1 else _("%(number)s timmar", number=hours)
    return _("%(hours)s och %(number)s minuter", hours=said, number=rest) if rest else said


def about(it: Any) -> str:
    """Whom one meets and where, on one line. No place of somebody whose identity is protected."""
    if it.mode == "visit" and not it.hides_places:
        where = it.place
    else:
        where = how(it.mode)
        where = where[:1].lower() + where[1:] if it.whom else where
    return ", ".join([*(who.name for who in it.whom), where])


def near_day(at: datetime) -> str:
    """The day, where it is so close that it has a name: i dag, i morgon; else nothing."""
    return {0: _("i dag"), 1: _("i morgon")}.get((local(at).date() - today()).days, "")


FILTERS = (how, month, weekday, number, clock, whole, length, about, near_day)
