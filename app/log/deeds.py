"""What a line of the log says that somebody did, in a few plain words."""

from app.core.locale import gettext as _


def deed(action: str) -> str:
    """The action of a line as a person would say it; one that has no words of its own stands as it is written."""
    known = {
        "thread.read": _("läste meddelanden"),
        "thread.glimpsed": _("såg en fråga i en lista"),
        "thread.listed": _("såg namnet i en lista"),
        "patient.opened": _("öppnade patientens sida"),
        "patient.listed": _("såg namnet i en lista"),
        "patient.sought": _("sökte bland patienter"),
        "message.written": _("skrev ett meddelande"),
        "wait.listed": _("såg att en fråga väntar"),
        "wait.seen": _("öppnade en fråga som väntar"),
        "contact.appointed": _("utsåg en kontakt"),
        "contact.ended": _("avslutade en kontakt"),
        "way_in.opened": _("hjälpte till med inloggningen"),
        "check.listed": _("såg raden i en loggkontroll"),
        "check.read": _("öppnade raden i en loggkontroll"),
        "check.exported": _("hämtade en loggkontroll"),
        "export.made": _("tog ut uppgifter"),
    }
    return known.get(action, action)
