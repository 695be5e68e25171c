"""All that is kept of a patient, as they may have it: never what others have told, nor that a relative wants a call."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from app.accounts.models import Invitation, Passkey, Patient, Person, Relative, SignIn, Staff
from app.accounts.queries import person_name
from app.care.models import Block, Contact, ContactRequest, Unit
from app.core import audit, db
from app.core.audit import Actor
from app.core.errors import NotFound
from app.core.locale import gettext as _
from app.core.locale import local
from app.exchange.models import ApiClient
from app.log import words
from app.log.models import LogQuestion
from app.messages.models import Draft, Message, Thread
from app.relatives.models import Consent, Relation
from app.waits.models import Handoff, Wait

FORMAT = "narlinjen-patient-1"
MOST = 200_000
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
        "made_at": _said(now),
        "person": {
            "key": db.short(patient_id),
            "name": person.name,
            "number": person.number,
            "phone": person.phone,
            "email": person.email,
            "language": person.language,
            "protected": person.protected,
            "since": _said(since),
            "closed_at": _said(person.closed_at),
            "locked_at": _said(person.locked_at),
        },
        "contacts": _contacts(patient_id, known),
        "wishes": _wishes(patient_id, known),
        "not_to_be_asked": [
            {"who": known.name(it.person_id), "since": _said(it.since), "until": _said(it.ended_at)}
            for it in _rows(Block, Block.patient_id == patient_id, Block.since, Block.id)
        ],
        "threads": _threads(patient_id, known),
        "drafts": [
            {"text": it.text, "saved_at": _said(it.saved_at)}
            for it in _rows(Draft, Draft.person_id == patient_id, Draft.saved_at, Draft.place_id)
        ],
        "relatives": _relatives(patient_id),
        "ways_in": _ways_in(patient_id, known),
        "log_questions": [
            {
                "about": known.name(it.about_id),
                "line_at": _said(it.entry_at),
                "asked_at": _said(it.asked_at),
                "text": it.text,
                "answered_at": _said(it.answered_at),
                "answer": it.answer,
            }
            for it in _rows(LogQuestion, LogQuestion.patient_id == patient_id, LogQuestion.asked_at, LogQuestion.id)
        ],
        "log": _log(patient_id, known),
    }


class Known:
    """The names that a file needs, each asked for once. Where somebody's identity is protected, no place is named."""

    def __init__(self, patient_id: UUID, *, hides_places: bool) -> None:
        self.patient_id, self.hides_places = patient_id, hides_places
        self._people: dict[UUID, str] = {}
        self._units: dict[UUID, str] = {}
        self._systems: dict[str, str] = {}

    def learn(self, people: Iterable[UUID | None], units: Iterable[UUID | None]) -> None:
        """Ask for many names at once."""
        wanted = {key for key in people if key} - self._people.keys()
        for row in db.run(
            select(Person.id, Person.name_sealed, Staff.title)
            .outerjoin(Staff, Staff.person_id == Person.id)
            .where(Person.id.in_(wanted))
        ).all():
            # Who else than staff and the patient has looked is not said by name: a relative may be protected too.
            own = row.id == self.patient_id
            named = f"{person_name(row.id, row.name_sealed)}, {row.title}" if row.title else _("någon du har bjudit in")
            self._people[row.id] = _("du själv") if own else named
        missing = {key for key in units if key} - self._units.keys()
        self._units |= {
            row.id: row.name for row in db.run(select(Unit.id, Unit.name).where(Unit.id.in_(missing))).all()
        }

    def name(self, key: UUID | None) -> str | None:
        if key is None:
            return None
        if key not in self._people:
            self.learn([key], [])
        return self._people.get(key)

    def system(self, about: str | None) -> str | None:
        """The other system that did what a row says, as the log's own page names it."""
        kind, _colon, key = (about or "").partition(":")
        if kind != "client":
            return None
        if key not in self._systems:
            name = db.session().scalar(select(ApiClient.name).where(ApiClient.id == db.long(key)))
            self._systems[key] = words.who("", system=name or "")
        return self._systems[key]

    def unit(self, key: UUID | None) -> str | None:
        if key is None or self.hides_places:
            return None
        if key not in self._units:
            self.learn([], [key])
        return self._units.get(key)


def _rows(model: Any, which: Any, *order: Any) -> list[Any]:
    return list(db.session().scalars(select(model).where(which).order_by(*order).limit(MOST)))


def _contacts(patient_id: UUID, known: Known) -> list[dict[str, Any]]:
    return [
        {
            "who": known.name(it.person_id),
            "unit": known.unit(it.unit_id),
            "coordinating": it.coordinating,
            "from": _said(it.starts_on),
            "until": _said(it.ends_on),
            "wish": it.wish,
            "physician_because": it.physician_because,
        }
        for it in _rows(Contact, Contact.patient_id == patient_id, Contact.starts_on, Contact.id)
    ]


def _wishes(patient_id: UUID, known: Known) -> list[dict[str, Any]]:
    return [
        {
            "kind": it.kind,
            "unit": known.unit(it.unit_id),
            "about": known.name(it.about_id),
            "made_at": _said(it.made_at),
            "words": it.words,
            "answered_at": _said(it.answered_at),
            "answered_by": known.name(it.answered_by),
            "answer": it.answer,
            "withdrawn_at": _said(it.withdrawn_at),
        }
        for it in _rows(
            ContactRequest, ContactRequest.patient_id == patient_id, ContactRequest.made_at, ContactRequest.id
        )
    ]


def _threads(patient_id: UUID, known: Known) -> list[dict[str, Any]]:
    """Each thread with its letters, what became of its questions, and the words that went with it."""
    found = _rows(Thread, Thread.patient_id == patient_id, Thread.opened_at, Thread.id)
    keys = [it.id for it in found]
    letters: dict[UUID, list[Any]] = {key: [] for key in keys}
    for letter in _rows(Message, Message.thread_id.in_(keys), Message.thread_id, Message.n):
        letters[letter.thread_id].append(letter)
    waits: dict[UUID, list[Any]] = {key: [] for key in keys}
    mine = (Wait.kind == "thread", Wait.subject_id.in_(keys))
    moves: dict[UUID, list[Any]] = {}
    for wait in db.session().scalars(select(Wait).where(*mine).order_by(Wait.opened_at, Wait.id).limit(MOST)):
        waits[wait.subject_id].append(wait)
        moves[wait.id] = []
    for move in _rows(Handoff, Handoff.wait_id.in_(list(moves)), Handoff.wait_id, Handoff.turn):
        moves[move.wait_id].append(move)
    return [
        {
            "key": db.short(it.id),
            "topic": it.topic,
            "unit": known.unit(it.unit_id),
            "belongs_to": known.name(it.belongs_to),
            "opened_at": _said(it.opened_at),
            "closed_at": _said(it.closed_at),
            "messages": [
                {
                    "number": letter.n,
                    "at": _said(letter.written_at),
                    "from": known.name(letter.author_id),
                    "text": letter.text,
                    "needs_no_answer": letter.no_answer,
                }
                for letter in letters[it.id]
            ],
            "questions": [
                {
                    "asked_at": _said(wait.opened_at),
                    "promised_at": _said(wait.promised_at),
                    "number": wait.number,
                    "ended_at": _said(wait.ended_at),
                    "ended_how": wait.ended_how,
                    "reason": wait.reason,
                    "moves": [
                        {
                            "at": _said(move.at),
                            "to": known.name(move.to_id),
                            "words": move.words,
                            "promised_at": _said(move.promised_at),
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
    found = _rows(Relation, Relation.patient_id == patient_id, Relation.offered_at, Relation.id)
    given: dict[UUID, list[Any]] = {it.id: [] for it in found}
    for consent in _rows(Consent, Consent.relation_id.in_(list(given)), Consent.starts_at, Consent.id):
        given[consent.relation_id].append(consent)
    return [
        {
            "name": it.name,
            "items": list(it.items),
            "until": _said(it.until_at),
            "offered_at": _said(it.offered_at),
            "accepted_at": _said(it.accepted_at),
            "confirmed_at": _said(it.confirmed_at),
            "ended_at": _said(it.ended_at),
            "ended_how": it.ended_how,
            "shared": [
                {
                    "item": one.item,
                    "from": _said(one.starts_at),
                    "until": _said(one.ends_at),
                    "taken_back_at": _said(one.taken_back_at),
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
                "started_at": _said(it.started_at),
                "last_seen": _said(it.last_seen),
                "ended_at": _said(it.ended_at),
            }
            for it in _rows(SignIn, private, SignIn.started_at, SignIn.key)
        ],
        "passkeys": [
            {
                "name": it.name,
                "device": it.device,
                "made_at": _said(it.made_at),
                "used_at": _said(it.used_at),
                "ended_at": _said(it.ended_at),
            }
            for it in _rows(Passkey, own, Passkey.made_at, Passkey.id)
        ],
        "codes": [
            {
                "how": it.how,
                "given_at": _said(it.issued_at),
                "given_by": known.name(it.issued_by),
                "used_at": _said(it.used_at),
                "ended_at": _said(it.ended_at),
            }
            for it in _rows(Invitation, Invitation.person_id == patient_id, Invitation.issued_at, Invitation.id)
        ],
        "relative_since": _said(relative.since) if relative else None,
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
            "at": _said(row.at),
            "who": known.name(row.actor_id) or known.system(row.object) or _("Närlinjen själv"),
            "unit": known.unit(row.unit_id),
            "what": words.said(row.action, own=row.actor_id == patient_id),
            "action": row.action,
        }
        for row in found
    ]


def _said(at: datetime | date | None) -> str | None:
    """A moment in Swedish wall time with its offset, or a day."""
    if at is None:
        return None
    return local(at).isoformat(timespec="seconds") if isinstance(at, datetime) else at.isoformat()
