"""Who answers a patient now, until when, and by when, as the patient is told it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.accounts.queries import Viewer, person_name
from app.care import rules
from app.care.facts_rules import Answer, Contact, Key, Patient, State
from app.care.plan_queries import Place, places
from app.care.queries import ContactCard
from app.care.rules import WaitFor
from app.core.db import run

CHANNEL = timedelta(days=30)
FAR = timedelta(days=3)


@dataclass(frozen=True)
class Face:
    """Somebody of the staff as others see them, with the state that the order asks for."""

    key: UUID
    name: str
    title: str
    state: State
    blocked: bool


@dataclass(frozen=True)
class Named:
    """Who answers, as a patient is told: a person, or the region's function, which has no name of its own."""

    key: UUID | None
    name: str
    title: str
    phone: str | None
    phone_hours: str

    @property
    def mark(self) -> str:
        """Who it is, as a form carries it."""
        return self.key.hex if self.key else "function"


@dataclass(frozen=True)
class Answering:
    """Who answers what a patient asks one contact, and by when.

    `back` is when the contact is at work again, where somebody else answers. `then` holds the question when the
    promise falls due, from `then_from` on, where that is another. `wait_for` is there when the patient may wait for
    the contact. `opens` is when somebody reads, where nobody does now; `far` says that the promise is days ahead.
    """

    place: Place
    contact: UUID
    answer: Answer
    now: Named
    back: datetime | None
    then: Named | None
    then_from: datetime | None
    wait_for: WaitFor | None
    opens: datetime | None
    far: bool

    @property
    def promise(self) -> datetime:
        return self.answer.promise

    @property
    def instead(self) -> bool:
        """Whether somebody else answers."""
        return self.now.key != self.contact


_faces = text(
    """
    select p.id, p.name_sealed, s.title, p.closed_at is null as active,
      exists (select from session where person_id = p.id and capacity = 'duty' and last_seen >= :since) as channel,
      exists (select from block where patient_id = :patient and person_id = p.id and ended_at is null) as blocked
    from person p join staff s on s.person_id = p.id where p.id = any(:people)
    """
).bindparams(bindparam("people", type_=ARRAY(Uuid())))


def faces(viewer: Viewer, people: Iterable[UUID], *, at: datetime, patient: UUID | None = None) -> dict[UUID, Face]:
    """Staff of units that the viewer has been shown, and what is true of each now; `blocked` is by this patient."""
    values: dict[str, Any] = {"people": list(people), "patient": patient, "since": at - CHANNEL}
    return {
        row.id: Face(
            row.id,
            person_name(row.id, row.name_sealed),
            row.title,
            State(active=row.active, channel=row.channel),
            row.blocked,
        )
        for row in run(_faces, values)
    }


def who_answers(viewer: Viewer, cards: list[ContactCard], *, at: datetime, today: date) -> dict[UUID, Answering]:
    """For each of the patient's own contacts (by the contact's key), who answers what they ask now."""
    if not cards:
        return {}
    there = places(viewer, {card.unit_id: card.care_version for card in cards}, at=at)
    people = {key for place in there.values() for key in place.people}
    known = faces(viewer, people, at=at, patient=viewer.person_id)
    found = {}
    for card in cards:
        patient = as_patient(viewer.person_id, cards, card, known, today)
        found[card.key] = answering(there[card.unit_id], card.person_id, patient, known, at=at)
    return found


def as_patient(
    key: UUID, cards: list[ContactCard], asked: ContactCard, known: Mapping[UUID, Face], today: date
) -> Patient:
    """A patient as the order sees them, from the contacts that hold today."""
    here = [card for card in cards if card.unit_id == asked.unit_id]
    return Patient(
        key,
        tuple(Contact(card.person_id, card.coordinating, today, None) for card in here),
        blocked=frozenset(face.key for face in known.values() if face.blocked),
    )


def answering(place: Place, contact: UUID, patient: Patient, known: Mapping[UUID, Face], *, at: datetime) -> Answering:
    """What a patient is told of one contact's questions, from a plan and the faces in it."""
    states: dict[Key, State] = {key: face.state for key, face in known.items()}
    two = rules.two_names(place.plan, patient, contact, states=states, at=at)
    answer = two[0] if two else rules.answers(place.plan, patient, contact, states=states, at=at)
    instead = answer.holder != contact
    return Answering(
        place=place,
        contact=contact,
        answer=answer,
        now=named(place, known, answer.holder),
        back=rules.back(place.plan, contact, at) if instead else None,
        then=named(place, known, two[1].holder) if two else None,
        then_from=two[1].asked_at if two else None,
        wait_for=rules.waits_until_back(place.plan, contact, at) if instead else None,
        opens=answer.asked_at if answer.asked_at > at else None,
        far=answer.promise - at > FAR,
    )


def named(place: Place, known: Mapping[UUID, Face], holder: Any) -> Named:
    face = known.get(holder)
    if face is None:
        return Named(None, "", "", place.function_phone, "")
    number = place.numbers.get(face.key)
    return Named(face.key, face.name, face.title, number.phone if number else None, number.hours if number else "")
