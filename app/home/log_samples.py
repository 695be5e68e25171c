"""Lines of an invented log, for /komponenter."""

from datetime import timedelta
from uuid import UUID

from app.core.clock import now
from app.core.locale import local
from app.log.queries import Line, Question
from app.log.rules import Because, Deed

KEY = UUID(int=0)


def log_lines() -> list[Line]:
    """A contact, one who answers instead and is asked about, the patient, the system; and each end of a question."""
    at = now()

    def line(n: int, who: str, deed: str, why: str = "", other: str = "", question: Question | None = None) -> Line:
        moment, mine = at - timedelta(hours=n), who == "Siv Nyberg"
        staff = bool(who) and not mine
        return Line(
            at=moment,
            id=n,
            day=local(moment).date(),
            who=who,
            mine=mine,
            title="skötare" if staff else "",
            unit="Mottagning Björken" if staff else "",
            first_at=moment - timedelta(minutes=20 * n),
            about="",
            deeds=(Deed(deed, "oidc:Chrome/android", 1 + (n == 1)),),
            because=Because(why, still=True),
            other=other,
            thread=None,
            topic=None,
            question=question,
            staff=KEY if staff else None,
        )

    def asked(n: int, **more: object) -> Question:
        values = {"answer": None, "answered_at": None, "answerer": None, "broken": False, "waits": True} | more
        return Question(
            key=UUID(int=n),
            asked_at=at - timedelta(hours=1),
            text="Varför såg Jonas det här?",
            promised_at=at + timedelta(hours=20),
            holder="Maria Hedlund",
            unit_name="Mottagning Björken",
            unit_phone="+46313900610",
            unit_hours="Vardagar 8–16",
            **values,  # type: ignore[arg-type]
        )

    answered = asked(2, waits=False, answer="Han hade bevakning.", answered_at=at, answerer="Maria Hedlund")
    return [
        line(1, "Erik Lund", "thread.read", "instead", "Karin Ek"),
        line(2, "Siv Nyberg", "session.started"),
        line(3, "Karin Ek", "message.written", "contact"),
        line(4, "Jonas Ström", "wait.listed", "duty", "Karin Ek", asked(1)),
        line(5, "Jonas Ström", "thread.glimpsed", "asked", "", answered),
        line(6, "Maria Hedlund", "patient.opened", "head", "", asked(3, waits=False)),
        line(7, "", "wait.stepped"),
    ]
