"""Made-up rows for the component page, in every state that a row can be in."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

from app.core.clock import now
from app.messages.letter_queries import Letter, Mark
from app.messages.list_queries import ThreadRow
from app.messages.waiting_queries import WaitingRow

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
    states = (
        (False, True, None, None),
        (True, False, at - timedelta(hours=1), at + timedelta(days=1)),
        (True, False, None, None),
    )
    return [
        ThreadRow(KEY, KEY, KEY, TOPIC, "Karin Ek", at - timedelta(hours=3), mine, unread, read_at, due, "Erik Lund")
        for mine, unread, read_at, due in states
    ]


def waiting() -> list[WaitingRow]:
    at = now()
    states = (
        ("Gun Sandberg", -1, True, None, "Maria Hedlund", True, False),
        ("Siv Nyberg", 20, False, "Karin Ek", None, False, True),
        ("Leif Dahl", 26, False, None, None, False, False),
    )
    return [
        WaitingRow(
            key=KEY,
            wait=KEY,
            patient_id=KEY,
            unit_id=KEY,
            topic=TOPIC,
            patient_name=name,
            since=at - timedelta(days=1),
            promised_at=at + timedelta(hours=hours),
            broken=broken,
            instead=instead,
            holder=holder,
            asked=asked,
            said=SAID,
            unread=unread,
        )
        for name, hours, broken, instead, holder, asked, unread in states
    ]


def persona() -> SimpleNamespace:
    return SimpleNamespace(key=KEY, name="Siv Nyberg", about="patient vid Mottagning Björken")
