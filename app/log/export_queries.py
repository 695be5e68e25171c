"""All that is kept of a patient, as they may have it: never what others have told, nor that a relative wants a call."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from app.accounts.models import Invitation, Passkey, Patient, Person, Relative, SignIn
from app.care.models import Block, Contact, ContactRequest
from app.core import audit, db
from app.core.audit import Actor
from app.core.errors import NotFound
from app.core.locale import gettext as _
from app.log import booking_export_queries, words
from app.log.known import MOST, Known, rows, said
from app.log.models import LogQuestion
from app.messages.models import Draft, Message, Thread
from app.relatives.models import Consent, Relation
from app.waits.models import Handoff, Wait

FORMAT = "narlinjen-patient-1"
# Nobody learns from the log that somebody has told, or that a relative has asked to be rung.
HIDDEN = ("told", "relative_call", "call")


def file_of(viewer: Actor, patient_id: UUID, *, now: datetime) -> dict[str, Any]:
    """All that is kept of a patient, for themselves or for the keeper of the machine; raises NotFound."""
    person = db.session().get(Person, patient_id)
    since = db.session().scalar(select(Patient.since).where(Patient.person_id == patient_id))
    if person is None or since is None or viewer.person_id not in (None, patient_id):
        raise NotFound
    known = Known(patient_id, hides_places=person.protected)
    return {
        "format": FORMAT,
        "made_at": said(now),
        "person": {
            "key": db.short(patient_id),
            "name": person.name,
            "number": person.number,
            "phone": person.phone,
            "email": person.email,
            "language": person.language,
            "protected": person.protected,
            "since": said(since),
            "closed_at": said(person.closed_at),
            "locked_at": said(person.locked_at),
        },
        "contacts": _contacts(patient_id, known),
        "wishes": _wishes(patient_id, known),
        "not_to_be_asked": [
            {"who": known.name(it.person_id), "since": said(it.since), "until": said(it.ended_at)}
            for it in rows(Block, Block.patient_id == patient_id, Block.since, Block.id)
        ],
        "threads": _threads(patient_id, known),
        "bookings": booking_export_queries.times_of(patient_id, known),
        "drafts": [
            {"text": it.text, "saved_at": said(it.saved_at)}
            for it in rows(Draft, Draft.person_id == patient_id, Draft.saved_at, Draft.place_id)
        ],
        "relatives": _relatives(patient_id),
        "ways_in": _ways_in(patient_id, known),
        "log_questions": [
            {
                "about": known.name(it.about_id),
                "line_at": said(it.entry_at),
                "asked_at": said(it.asked_at),
                "text": it.text,
                "answered_at": said(it.answered_at),
                "answer": it.answer,
            }
            for it in rows(LogQuestion, LogQuestion.patient_id == patient_id, LogQuestion.asked_at, LogQuestion.id)
        ],
        "log": _log(patient_id, known),
    }


def _contacts(patient_id: UUID, known: Known) -> list[dict[str, Any]]:
    return [
        {
            "who": known.name(it.person_id),
            "unit": known.unit(it.unit_id),
            "coordinating": it.coordinating,
            "from": said(it.starts_on),
            "until": said(it.ends_on),
            "wish": it.wish,
            "physician_because": it.physician_because,
        }
        for it in rows(Contact, Contact.patient_id == patient_id, Contact.starts_on, Contact.id)
    ]


def _wishes(patient_id: UUID, known: Known) -> list[dict[str, Any]]:
    return [
        {
            "kind": it.kind,
            "unit": known.unit(it.unit_id),
            "about": known.name(it.about_id),
            "made_at": said(it.made_at),
            "words": it.words,
            "answered_at": said(it.answered_at),
            "answered_by": known.name(it.answered_by),
            "answer": it.answer,
            "withdrawn_at": said(it.withdrawn_at),
        }
        for it in rows(
            ContactRequest, ContactRequest.patient_id == patient_id, ContactRequest.made_at, ContactRequest.id
        )
    ]


def _threads(patient_id: UUID, known: Known) -> list[dict[str, Any]]:
    """Each thread with its letters, what became of its questions, and the words that went with it."""
    found = rows(Thread, Thread.patient_id == patient_id, Thread.opened_at, Thread.id)
    keys = [it.id for it in found]
    letters: dict[UUID, list[Any]] = {key: [] for key in keys}
    for letter in rows(Message, Message.thread_id.in_(keys), Message.thread_id, Message.n):
        letters[letter.thread_id].append(letter)
    waits: dict[UUID, list[Any]] = {key: [] for key in keys}
    mine = (Wait.kind == "thread", Wait.subject_id.in_(keys))
    moves: dict[UUID, list[Any]] = {}
    for wait in db.session().scalars(select(Wait).where(*mine).order_by(Wait.opened_at, Wait.id).limit(MOST)):
        waits[wait.subject_id].append(wait)
        moves[wait.id] = []
    for move in rows(Handoff, Handoff.wait_id.in_(list(moves)), Handoff.wait_id, Handoff.turn):
        moves[move.wait_id].append(move)
    return [
        {
            "key": db.short(it.id),
            "topic": it.topic,
            "unit": known.unit(it.unit_id),
            "belongs_to": known.name(it.belongs_to),
            "opened_at": said(it.opened_at),
            "closed_at": said(it.closed_at),
            "messages": [
                {
                    "number": letter.n,
                    "at": said(letter.written_at),
                    "from": known.name(letter.author_id),
                    "text": letter.text,
                    "needs_no_answer": letter.no_answer,
                }
                for letter in letters[it.id]
            ],
            "questions": [
                {
                    "asked_at": said(wait.opened_at),
                    "promised_at": said(wait.promised_at),
                    "number": wait.number,
                    "ended_at": said(wait.ended_at),
                    "ended_how": wait.ended_how,
                    "reason": wait.reason,
                    "moves": [
                        {
                            "at": said(move.at),
                            "to": known.name(move.to_id),
                            "words": move.words,
                            "promised_at": said(move.promised_at),
                        }
                        for move in moves[wait.id]
                    ],
                }
                for wait in waits[it.id]
            ],
        }
        for it in found
    ]


def _relatives(patient_id: UUID) -> list[dict[str, Any]]:
    """Whom the patient has let in, by what they call them themselves."""
    found = rows(Relation, Relation.patient_id == patient_id, Relation.offered_at, Relation.id)
    given: dict[UUID, list[Any]] = {it.id: [] for it in found}
    for consent in rows(Consent, Consent.relation_id.in_(list(given)), Consent.starts_at, Consent.id):
        given[consent.relation_id].append(consent)
    return [
        {
            "name": it.name,
            "items": list(it.items),
            "until": said(it.until_at),
            "offered_at": said(it.offered_at),
            "accepted_at": said(it.accepted_at),
            "confirmed_at": said(it.confirmed_at),
            "ended_at": said(it.ended_at),
            "ended_how": it.ended_how,
            "shared": [
                {
                    "item": one.item,
                    "from": said(one.starts_at),
                    "until": said(one.ends_at),
                    "taken_back_at": said(one.taken_back_at),
                }
                for one in given[it.id]
            ],
        }
        for it in found
    ]


def _ways_in(patient_id: UUID, known: Known) -> dict[str, Any]:
    """How and where the patient has come in. Nothing with which anybody could."""
    private = (SignIn.person_id == patient_id) & (SignIn.capacity == "private")
    own = (Passkey.person_id == patient_id) & (Passkey.capacity == "private")
    relative = db.session().get(Relative, patient_id)
    return {
        "sessions": [
            {
                "device": it.device,
                "way": it.way,
                "started_at": said(it.started_at),
                "last_seen": said(it.last_seen),
                "ended_at": said(it.ended_at),
            }
            for it in rows(SignIn, private, SignIn.started_at, SignIn.key)
        ],
        "passkeys": [
            {
                "name": it.name,
                "device": it.device,
                "made_at": said(it.made_at),
                "used_at": said(it.used_at),
                "ended_at": said(it.ended_at),
            }
            for it in rows(Passkey, own, Passkey.made_at, Passkey.id)
        ],
        "codes": [
            {
                "how": it.how,
                "given_at": said(it.issued_at),
                "given_by": known.name(it.issued_by),
                "used_at": said(it.used_at),
                "ended_at": said(it.ended_at),
            }
            for it in rows(Invitation, Invitation.person_id == patient_id, Invitation.issued_at, Invitation.id)
        ],
        "relative_since": said(relative.since) if relative else None,
    }


def _log(patient_id: UUID, known: Known) -> list[dict[str, Any]]:
    """Who has done what, the latest first, in plain words."""
    told = or_(
        *(audit.log.c.action.like(f"{word}.%") for word in HIDDEN),
        *(func.coalesce(audit.log.c.object, "").like(f"{word}:%") for word in HIDDEN),
    )
    order = (audit.log.c.at.desc(), audit.log.c.id.desc())
    asked = select(audit.log).where(audit.log.c.patient_id == patient_id, ~told).order_by(*order).limit(MOST)
    found = db.run(asked).all()
    known.learn((row.actor_id for row in found), (row.unit_id for row in found))
    return [
        {
            "at": said(row.at),
            "who": known.name(row.actor_id) or known.system(row.object) or _("Närlinjen själv"),
            "unit": known.unit(row.unit_id),
            "what": words.said(row.action, own=row.actor_id == patient_id),
            "action": row.action,
        }
        for row in found
    ]
