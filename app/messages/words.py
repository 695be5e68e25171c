"""How the things of a thread are said."""

from datetime import datetime

from app.care.words import stretch
from app.core.locale import gettext as _
from app.core.locale import near


def window(starts_at: datetime, ends_at: datetime) -> str:
    """Between which hours somebody rings: i morgon kl. 13–15, onsdag 25 november kl. 8–10."""
    return _("%(day)s kl. %(hours)s", day=near(starts_at), hours=stretch(starts_at, ends_at))
