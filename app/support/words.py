"""How what is known is said."""

from datetime import date

from babel import Locale

from app.core.locale import _, language


def seen(text: str | None) -> str:
    """The day, month or year when something was seen in its source; nothing when the source has no date."""
    if text is None:
        return ""
    parts = [int(part) for part in text.split("-")]
    month = Locale.parse(language()).months["format"]["wide"][parts[1]] if len(parts) > 1 else ""
    return " ".join(str(part) for part in (*parts[2:], month, parts[0]) if part)


def on(day: date) -> str:
    """A day with its year, as it stands beside what was confirmed."""
    return seen(day.isoformat())


def line(key: str) -> str:
    """For whom a help line is, and when it answers."""
    known = {
        "hjalplinjen": _("Hjälplinjen. För dig över 18 år, även anhöriga. Dygnet runt."),
        "anhoriglinjen": _(
            "Anhöriglinjen. Måndag, tisdag, torsdag och fredag 10–15. Onsdag och söndag 18–21. Tiderna sågs 2022."
        ),
        "bris": _("Bris. För dig under 18 år. Dygnet runt."),
        "sos": _("När det är fara för livet. Dygnet runt."),
        "1177": _("Råd av en sjuksköterska. Dygnet runt."),
    }
    return known[key]
