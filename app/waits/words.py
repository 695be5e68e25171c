"""How it is said when a colleague can have a question."""

from datetime import datetime
from typing import Protocol

from app.core.locale import gettext as _
from app.core.locale import when


class Reachable(Protocol):
    """Somebody whom a question can be given to, or why not."""

    @property
    def reason(self) -> str: ...
    @property
    def until(self) -> datetime | None: ...
    @property
    def back(self) -> datetime | None: ...


def about(it: Reachable) -> str:
    """Until when somebody is at work, or when they are next. Why they are away is not said."""
    if it.reason == "no_channel":
        return _("Nås inte genom Närlinjen.")
    if it.until:
        return _("I arbete till %(when)s.", when=when(it.until))
    if it.back is None:
        return _("Borta tills vidare.") if it.reason else _("Kan ta frågan nu.")
    if it.reason:
        return _("Borta till %(when)s.", when=when(it.back))
    return _("I arbete från %(when)s.", when=when(it.back))
