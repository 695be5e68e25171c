"""How the things of a thread are said."""

from datetime import datetime

from app.care.words import stretch
from app.core.locale import day, near, phone
from app.core.locale import gettext as _


def window(starts_at: datetime, ends_at: datetime) -> str:
    """Between which hours somebody rings: i morgon kl. 13–15, onsdag 25 november kl. 8–10."""
    hours = stretch(starts_at, ends_at)
    said = _("%(day)s kl. %(hours)s", day=near(starts_at), hours=hours)
    return said.replace(f" {hours}", f"\N{NO-BREAK SPACE}{hours}")


def ring_topic(starts_at: datetime, ends_at: datetime) -> str:
    """What a wish to be rung is called, on whatever day it is read."""
    return _("Ring mig %(day)s kl. %(hours)s", day=day(starts_at), hours=stretch(starts_at, ends_at))


def ring_letter(starts_at: datetime, ends_at: datetime, number: str, words: str) -> str:
    """The letter of such a wish; what the patient wrote themselves stands below."""
    said = _("%(topic)s på %(number)s.", topic=ring_topic(starts_at, ends_at), number=phone(number))
    return f"{said}\n\n{words}" if words else said
