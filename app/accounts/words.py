"""How devices and ways in are said."""

from typing import Protocol

from app.core.locale import gettext as _


class Event(Protocol):
    """Something done with a person's ways in; `by` is None when it was they themselves."""

    @property
    def action(self) -> str: ...
    @property
    def by(self) -> str | None: ...


def device(code: str) -> str:
    """A browser and a system (`Chrome/android`) as a person would say it."""
    browser, _slash, system = code.partition("/")
    systems = {
        "iphone": _("en iPhone"),
        "ipad": _("en iPad"),
        "android": _("en telefon eller platta med Android"),
        "windows": _("en dator med Windows"),
        "mac": _("en Mac"),
        "chromeos": _("en Chromebook"),
        "linux": _("en dator med Linux"),
    }
    where = systems.get(system)
    if browser and where:
        return _("%(browser)s på %(device)s", browser=browser, device=where)
    return browser or (where[:1].upper() + where[1:] if where else _("En enhet som vi inte känner igen"))


def way(code: str) -> str:
    """How a session was begun."""
    return {
        "demo": _("Vald i demon"),
        "passkey": _("Inloggad med nyckel"),
        "oidc": _("Inloggad med e-legitimation"),
    }[code]


def event(it: Event) -> str:
    """What was done with a person's ways in, and by whom."""
    own, other = {
        "account.locked": (_("Du låste allt."), _("%(name)s låste allt åt dig.")),
        "invitation.issued": ("", _("%(name)s gjorde en kod till dig.")),
        "invitation.confirmed": ("", _("%(name)s godkände telefonen där du skrev koden.")),
        "invitation.used": (_("Du kom in med en kod."), ""),
        "account.unlocked": (_("Du öppnade låset."), _("%(name)s öppnade låset.")),
    }[it.action]
    return own if it.by is None else other % {"name": it.by}
