"""Ask about a line of one's log, and answer. Each question waits until a person has answered it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as upsert

from app.accounts.models import Person
from app.accounts.queries import Viewer
from app.care.answer_queries import Answering
from app.core import audit, crypto, db
from app.core.audit import Entry
from app.log.models import LogQuestion
from app.notices import service as notices
from app.waits import service as waits
from app.waits.service import Subject

KIND = "log_question"


class AskedAlready(Exception):
    """There is a question about this row already."""


class Answered(Exception):
    """Somebody has answered in the meantime; or nobody is to, when `name` is empty."""

    def __init__(self, name: str, at: datetime) -> None:
        super().__init__(name)
        self.name, self.at = name, at


def ask(
    entry: tuple[datetime, int],
    about: UUID,
    unit_id: UUID,
    text: str,
    answering: Answering,
    *,
    by: Viewer,
    now: datetime,
) -> UUID:
    """Ask about a row of one's own log, done by somebody of the staff; it waits with whoever leads the unit, never with
    the one whom it is about. Raises AskedAlready."""
    key = db.new_key()
    row = {
        "id": key,
        "patient_id": by.person_id,
        "unit_id": unit_id,
        "about_id": about,
        "entry_at": entry[0],
        "entry_id": entry[1],
        "text_sealed": crypto.keyring().seal(text, crypto.place("log_question.text", key)),
        "asked_at": now,
    }
    if db.run(upsert(LogQuestion).on_conflict_do_nothing().returning(LogQuestion.id), row).first() is None:
        raise AskedAlready
    audit.record(db.session(), _entry("log_question.asked", by.person_id, unit_id, key), by=by, now=now)
    waits.ask(Subject(KIND, key, unit_id, by.person_id, None), answering, by=by, now=now)
    return key


def answer(key: UUID, text: str, *, by: Viewer, now: datetime) -> None:
    """Answer a question that the viewer has reached, in words that the patient reads. Raises Answered."""
    asked = db.session().get_one(LogQuestion, key, populate_existing=True, with_for_update={"key_share": True})
    if asked.answered_at and asked.answered_by:
        raise Answered(db.session().get_one(Person, asked.answered_by).name, asked.answered_at)
    asked.answered_at, asked.answered_by, asked.answer = now, by.person_id, text
    db.session().flush()
    entry = _entry("log_question.answered", asked.patient_id, asked.unit_id, key)
    audit.record(db.session(), entry, by=by, now=now)
    if waits.end(KIND, key, "reply", by=by, now=now):
        notices.tell({asked.patient_id: now}, "log_answer", str(key), about=key, by=by, now=now)


def _entry(action: str, patient: UUID, unit: UUID, key: UUID) -> Entry:
    return Entry(action, patient, unit, f"{KIND}:{db.short(key)}")
