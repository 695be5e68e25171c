"""How hours that come again are said, and how it stands now."""

from collections.abc import Iterable
from datetime import time
from typing import Any

from app.care.words import clock, days, sentence, weekday
from app.core.locale import day, hour, near, when
from app.core.locale import gettext as _


def series(it: Any) -> str:
    """When it is open as a rule: varje onsdag kl. 13–16."""
    said = _every(sorted(it.weekdays), it.every_weeks)
    return _("%(days)s kl. %(opens)s–%(closes)s", days=said, opens=at(it.opens), closes=at(it.closes))


def _every(weekdays: list[int], weeks: int) -> str:
    if len(weekdays) > 1:
        run = weekdays == list(range(weekdays[0], weekdays[-1] + 1))
        named = days(weekdays[0], weekdays[-1]) if run else _joined([weekday(it) for it in weekdays])
        often = {1: _("varje vecka"), 2: _("varannan vecka"), 3: _("var tredje vecka"), 4: _("var fjärde vecka")}
        return f"{named} {often[weeks]}"
    named = weekday(weekdays[0])
    often = {
        1: _("varje %(day)s", day=named),
        2: _("%(day)s varannan vecka", day=named),
        3: _("%(day)s var tredje vecka", day=named),
        4: _("%(day)s var fjärde vecka", day=named),
    }
    return often[weeks]


def _joined(names: list[str]) -> str:
    return _("%(first)s och %(last)s", first=", ".join(names[:-1]), last=names[-1])


def at(it: time) -> str:
    """A time of day without a nought that nobody says: 13, 16.30."""
    return clock(60 * it.hour + it.minute)


def standing(it: Any) -> str:
    """How it stands now, and when it opens next."""
    today, following = it.today, it.next
    if it.state == "open":
        return _("Öppet nu, till kl. %(time)s.", time=hour(today.closes_at))
    if it.state == "later":
        return _("Öppnar i dag kl. %(time)s.", time=hour(today.opens_at))
    opens = _("Öppnar %(when)s.", when=when(following.opens_at)) if following else _("Ingen mer dag är bestämd.")
    if it.state == "over":
        return _("Stängt för i dag. %(opens)s", opens=opens)
    if it.state == "closed":
        return _("Stängt i dag. %(opens)s", opens=opens)
    return opens


def why(it: Any) -> str:
    """Why a day of it is closed, or what is said of one that is open."""
    if it.why == "red":
        return _("Det är en röd dag.")
    if it.why == "clock":
        return _("Klockan ställs om den natten.")
    return str(it.words)


def hours(it: Any) -> str:
    """From when till when on a day."""
    return _("kl. %(opens)s–%(closes)s", opens=hour(it.opens_at), closes=hour(it.closes_at))


def on(it: Any) -> str:
    """The day with its hours: i dag kl. 13.00–16.00, onsdag 2 december kl. 13.00–16.00."""
    return f"{near(it.opens_at)} {hours(it)}" if it.is_open else day(it.on)


def company(relative: bool, child: bool) -> str:
    """Who may come along."""
    if relative and child:
        return _("Ta gärna med någon som står dig nära. Barn får följa med.")
    if relative:
        return _("Ta gärna med någon som står dig nära. Det går inte att ha barn med sig.")
    if child:
        return _("Du träffas själv. Barn får följa med.")
    return _("Du träffas själv, utan sällskap. Den som följer med kan vänta utanför.")


def number(shown: str, *, none: str, few: str, many: str) -> str:
    """How many, said without a number where they are few."""
    return {"none": none, "few": few}.get(shown) or many % {"number": shown}


def several(texts: Iterable[str]) -> str:
    return " ".join(text for text in texts if text)


__all__ = ["company", "hours", "number", "on", "sentence", "series", "several", "standing", "why"]
