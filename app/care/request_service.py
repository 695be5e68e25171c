"""What a patient asks of the head about their contact, the answer, and whom the patient will not have asked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.accounts import rules as people
from app.accounts.models import Person
from app.accounts.queries import Viewer
from app.care.contact_service import NotAdult, Over, Wanted, change_contact, give_contact
from app.care.models import Block, Contact, ContactRequest
from app.care.service import raise_versions_of
from app.core import audit, crypto, db
from app.core.audit import Actor, Entry
from app.core.locale import local


class StillOpen(Exception):
    """The patient has asked already, and has neither been answered nor taken it back."""

    def __init__(self, made_at: datetime, words: str) -> None:
        super().__init__()
        self.made_at, self.words = made_at, words


class Answered(Exception):
    """Somebody has answered in the meantime."""

    def __init__(self, name: str, at: datetime) -> None:
        super().__init__(name)
        self.name, self.at = name, at


OPEN = ContactRequest.answered_at.is_(None) & ContactRequest.withdrawn_at.is_(None)


def request_contact(unit_id: UUID, words: str, *, about: UUID | None = None, by: Viewer, now: datetime) -> None:
    """Ask the head of a unit for a contact, or for another one than `about`. Raises NotAdult or StillOpen."""
    number = db.session().get_one(Person, by.person_id).number
    if number is not None and not people.is_adult(people.born(number), on=local(now).date()):
        raise NotAdult
    key = db.new_key()
    row = {
        "id": key,
        "patient_id": by.person_id,
        "unit_id": unit_id,
        "kind": "change" if about else "new",
        "words_sealed": crypto.keyring().seal(words, crypto.place("contact_request.words", key)),
        "made_at": now,
        "about_id": about,
    }
    columns = [ContactRequest.patient_id, ContactRequest.unit_id]
    once = upsert(ContactRequest).on_conflict_do_nothing(index_elements=columns, index_where=OPEN)
    if db.run(once.returning(ContactRequest.id), row).first() is None:
        mine = (ContactRequest.patient_id == by.person_id) & (ContactRequest.unit_id == unit_id)
        there = db.session().scalars(select(ContactRequest).where(mine, OPEN)).one_or_none()
        if there is None:  # it was answered between the two statements
            return request_contact(unit_id, words, about=about, by=by, now=now)
        raise StillOpen(there.made_at, there.words)
    entry = Entry("contact_request.made", by.person_id, unit_id, f"request:{db.short(key)}")
    return audit.record(db.session(), entry, by=by, now=now)


def withdraw(request_id: UUID, *, by: Viewer, now: datetime) -> None:
    """Take back what one has asked for; raises Over when it has been answered or taken back."""
    mine = (ContactRequest.id == request_id) & (ContactRequest.patient_id == by.person_id)
    taken = update(ContactRequest).where(mine, OPEN).values(withdrawn_at=now).returning(ContactRequest.unit_id)
    found = db.run(taken).first()
    if found is None:
        raise Over
    entry = Entry("contact_request.withdrawn", by.person_id, found.unit_id, f"request:{db.short(request_id)}")
    audit.record(db.session(), entry, by=by, now=now)


def answer(request_id: UUID, text: str, wanted: Wanted | None = None, *, by: Viewer, now: datetime) -> None:
    """Answer what a patient asked, in words that the patient reads; with `wanted`, appoint in the same breath.

    Who asked for another contact gets `wanted` instead of that one, as long as that one still is. Raises Answered,
    Over when the patient has taken it back, and what appointing raises.
    """
    asked = db.session().get_one(ContactRequest, request_id, populate_existing=True)
    _ensure_open(asked)
    if wanted:
        _appoint(asked, wanted, by=by, now=now)
    # The units come first, as everywhere; somebody may have answered while we waited for them.
    asked = db.session().get_one(
        ContactRequest, request_id, populate_existing=True, with_for_update={"key_share": True}
    )
    _ensure_open(asked)
    asked.answered_at, asked.answered_by, asked.answer = now, by.person_id, text
    db.session().flush()
    entry = Entry("contact_request.answered", asked.patient_id, asked.unit_id, f"request:{db.short(request_id)}")
    audit.record(db.session(), entry, by=by, now=now)


def block(person_id: UUID, *, by: Viewer, now: datetime) -> None:
    """Let one of the staff not be asked, from now on; to say it twice is to say it once."""
    raise_versions_of(person_id)
    row = {"id": db.new_key(), "patient_id": by.person_id, "person_id": person_id, "since": now}
    once = upsert(Block).on_conflict_do_nothing(
        index_elements=[Block.patient_id, Block.person_id], index_where=Block.ended_at.is_(None)
    )
    if db.run(once.returning(Block.id), row).first():
        audit.record(db.session(), of_block("block.made", by, person_id), by=by, now=now)


def unblock(person_id: UUID, *, by: Viewer, now: datetime) -> None:
    """Let somebody be asked again."""
    raise_versions_of(person_id)
    mine = (Block.patient_id == by.person_id) & (Block.person_id == person_id) & Block.ended_at.is_(None)
    if db.run(update(Block).where(mine).values(ended_at=now).returning(Block.id)).first():
        audit.record(db.session(), of_block("block.ended", by, person_id), by=by, now=now)


def note_search(patient_id: UUID | None, *, by: Actor, now: datetime) -> None:
    """Somebody looked for a patient by number: it is in the log, found or not, and the number is not."""
    audit.record(db.session(), Entry("patient.sought", patient_id=patient_id), by=by, now=now)


def of_block(action: str, by: Viewer, person_id: UUID) -> Entry:
    return Entry(action, patient_id=by.person_id, object=f"person:{db.short(person_id)}")


def _ensure_open(asked: ContactRequest) -> None:
    if asked.answered_at and asked.answered_by:
        answerer = db.session().get_one(Person, asked.answered_by)
        raise Answered(answerer.name, asked.answered_at)
    if asked.withdrawn_at:
        raise Over


def _appoint(asked: ContactRequest, wanted: Wanted, *, by: Actor, now: datetime) -> None:
    today = local(now).date()
    theirs = (Contact.patient_id == asked.patient_id) & (Contact.unit_id == asked.unit_id)
    still = or_(Contact.ends_on.is_(None), Contact.ends_on >= today)
    old = db.session().scalar(
        select(Contact.id)
        .where(theirs, still, Contact.person_id == asked.about_id)
        .order_by(Contact.starts_on)
        .limit(1)
    )
    if old:
        change_contact(old, wanted, by=by, now=now)
    else:
        give_contact(asked.patient_id, asked.unit_id, wanted, by=by, now=now)
