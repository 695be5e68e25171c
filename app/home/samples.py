"""Made-up rows for the component page, in every state that a row can be in."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

from app.core.clock import now
from app.messages.letter_queries import Letter, Mark
from app.messages.queries import ThreadRow, WaitingRow

KEY = UUID(int=0)
SAID = "Jag vaknar vid tre på natten. Sedan somnar jag inte om.\n\nKan jag ta tabletten på morgonen?"
TOPIC = "Jag vaknar vid tre på natten"


def letters() -> list[Letter]:
    at = now()
    return [
        Letter(1, False, "Karin Ek", "sjuksköterska", at - timedelta(days=3), "Hej Siv. Vi ses på torsdag.", []),
        Letter(2, True, "Siv Nyberg", None, at - timedelta(days=1), SAID, [Mark("Karin Ek", at - timedelta(hours=2))]),
    ]


def threads() -> list[ThreadRow]:
    at = now()
    states = ((False, True, None), (True, False, at - timedelta(hours=1)), (True, False, None))
    return [
        ThreadRow(KEY, KEY, KEY, TOPIC, "Karin Ek", at - timedelta(hours=3), mine, unread, read_at)
        for mine, unread, read_at in states
    ]


def waiting() -> list[WaitingRow]:
    since = now() - timedelta(days=1)
    return [
        WaitingRow(KEY, KEY, KEY, "", name, since, SAID, unread)
        for name, unread in (("Siv Nyberg", True), ("Leif Dahl", False))
    ]


def persona() -> SimpleNamespace:
    return SimpleNamespace(key=KEY, name="Siv Nyberg", about="patient vid Mottagning Björken")
