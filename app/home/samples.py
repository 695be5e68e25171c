"""Made-up rows for the component page, in every state that a row can be in."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

from app.care.answer_queries import Named
from app.care.queries import ContactCard
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
    names = "Karin Ek", "Erik Lund"
    return [
        ThreadRow(KEY, KEY, KEY, TOPIC, *names, at - timedelta(hours=3), mine, unread, read_at, due, "Erik Lund")
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


def contact() -> ContactCard:
    numbers = "+46313900610", "Vardagar 8–16"
    direct = "+46313900612", "Vardagar 9–11"
    return ContactCard(
        KEY, KEY, "Karin Ek", "sjuksköterska", KEY, "Mottagning Björken", *numbers, 1, *direct, True, True
    )


def answers() -> list[SimpleNamespace]:
    """Who answers: the contact until another takes over, another while nobody reads, and the region's function."""
    at = now()
    karin = Named(KEY, "Karin Ek", "sjuksköterska", "+46313900612", "Vardagar 9–11")
    erik = Named(UUID(int=1), "Erik Lund", "skötare", "+46313900614", "Vardagar 8–16")
    region = Named(None, "", "", "+46313900600", "")
    plain: dict[str, object] = {
        "contact": KEY,
        "back": None,
        "back_late": False,
        "then": None,
        "then_from": None,
        "opens": None,
    }
    plain |= {"until": at + timedelta(hours=1), "far": False, "promise": at + timedelta(days=2)}
    back = {"instead": True, "back": at + timedelta(days=4)}
    return [
        SimpleNamespace(**plain | {"now": karin, "instead": False, "then": erik, "then_from": at + timedelta(days=1)}),
        SimpleNamespace(**plain | back | {"now": erik, "opens": at + timedelta(days=1), "far": True}),
        SimpleNamespace(**plain | back | {"now": region}),
    ]


def persona() -> SimpleNamespace:
    return SimpleNamespace(key=KEY, name="Siv Nyberg", about="patient vid Mottagning Björken")
