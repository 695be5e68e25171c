"""Who answers a patient now, until when, and by when, as the patient is told it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.accounts.queries import Viewer, person_name
from app.care import rules
from app.care.facts_rules import Answer, Contact, Key, Patient, State
from app.care.office_rules import OfficeClock, handed_on
from app.care.plan_queries import Number, Place, places
from app.care.queries import ContactCard
from app.care.rules import WaitFor
from app.core.audit import Actor
from app.core.db import run
from app.core.locale import local

CHANNEL = timedelta(days=30)
FAR = timedelta(days=3)
LEAST_BUSY = 5
AWAY = ("absent", "out_of_reach")
Stretch = tuple[datetime, datetime]
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True)
class Appointed:
    """That somebody is a patient's contact at a unit, since when they were appointed."""

    unit_id: UUID
    at: str
    contact: Contact


@dataclass(frozen=True)
class Face:
    """Somebody of the staff as others see them, with the state that the order asks for.

    `blocked`, `invited` and `appointed` are of the patient who asks.
    """

    key: UUID
    name: str
    title: str
    state: State
    blocked: bool
    invited: bool
    appointed: tuple[Appointed, ...]


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
        return mark_of(self.key)


def mark_of(person: UUID | None) -> str:
    return person.hex if person else "function"


def direct(place: Place, person: UUID | None) -> Number:
    """The number at which somebody answers questions of a unit; that of the region's function when it is nobody."""
    return place.numbers.get(person, Number(None, "")) if person else Number(place.function_phone, "")


@dataclass(frozen=True)
class Answering:
    """Who answers what a patient asks one contact, and by when.

    `back` is when the contact is at work again, where they are away. Where another holds the question when the promise
    falls due, who holds it now does so `until`, and `then` from `then_from` on. `wait_for` is there when the patient
    may wait for the contact. `opens` is when somebody reads, where nobody does now; `far` says that the promise is days
    ahead.
    `weighs`: it was chosen by who has the least to do.
    """

    place: Place
    contact: UUID
    answer: Answer
    now: Named
    back: datetime | None
    until: datetime | None
    then: Named | None
    then_from: datetime | None
    wait_for: WaitFor | None
    opens: datetime | None
    far: bool
    weighs: bool

    @property
    def promise(self) -> datetime:
        return to_the_minute(self.answer.promise)

    @property
    def instead(self) -> bool:
        """Whether somebody else answers."""
        return self.now.key != self.contact

    @property
    def back_late(self) -> bool:
        """Whether the contact is back when more than an hour of the office day has passed, so that the day alone would
        promise too much."""
        if self.back is None:
            return False
        midnight = local(self.back).replace(hour=0, minute=0, second=0, microsecond=0)
        return OfficeClock(self.place.plan, self.back).between(midnight, self.back) > HOUR

    def later_than(self, shown: datetime) -> bool:
        """Whether the promise lies more than an office hour after one that was shown."""
        return OfficeClock(self.place.plan, shown).between(shown, self.promise) > HOUR


def to_the_minute(promised: datetime) -> datetime:
    """Rounded up to the minute when it is made, so that what is shown is never sooner than what is meant."""
    return promised.replace(second=0, microsecond=0) + MINUTE * bool(promised.second or promised.microsecond)


# Whether somebody of the staff can be told (ANSWERING, Has a channel): they have opened the app as staff lately, and
# where notices go out of the app to them, one of the ways works. A device that has taken three since they last opened
# the app, and shown none, does not; what it was given in the last quarter of an hour says nothing yet.
# Relations are a package above: who was let in is read by their names, as data.
_faces = (
    text(
        """
    select p.id, p.name_sealed, s.title, p.closed_at is null as active,
      (
      exists (select from session where person_id = p.id and capacity = 'duty' and last_seen >= :since)
      and (not exists (select from subscription where person_id = p.id and capacity = 'duty' and ended_at is null)
        or exists (select from contact_point where person_id = p.id and capacity = 'duty' and ended_at is null
          and confirmed_at is not null and failing_since is null)
        or exists (select from subscription it where person_id = p.id and capacity = 'duty' and ended_at is null
          and (select count(*) from (select from delivery where subscription_id = it.id and shown_at is null
            and accepted_at < :at - interval '15 minutes'
            and accepted_at > coalesce(greatest(it.shown_at,
              (select max(last_seen) from session where person_id = p.id and capacity = 'duty')), '-infinity')
            limit 3) as tried) < 3))) as channel,
      exists (select from block where patient_id = :patient and person_id = p.id and ended_at is null) as blocked,
      exists (select from relation where patient_id = :patient and relative_id = p.id and ended_at is null) as invited,
      (select json_agg(json_build_array(unit_id, appointed_at, coordinating, starts_on, ends_on)) from contact
        where patient_id = :patient and person_id = p.id and (ends_on is null or ends_on >= :today)) as contacts
    from person p join staff s on s.person_id = p.id where p.id = any(:people)
    """
    )
    .bindparams(bindparam("people", type_=ARRAY(Uuid())))
    .columns()
)


# Waits are a package above; what the order needs of them is read by their names, as data.
_burdens = (
    text(
        """
    select who.id, (select count(*) from wait where holder_id = who.id and ended_at is null) as open_waits,
      (select max(at) from handoff where to_id = who.id and from_id is distinct from to_id) as last_asked
    from unnest(:people) as who (id)
    """
    )
    .bindparams(bindparam("people", type_=ARRAY(Uuid())))
    .columns()
)


def faces(
    viewer: Actor, people: Iterable[UUID], *, at: datetime, today: date, patient: UUID | None = None
) -> dict[UUID, Face]:
    """Staff of units that the viewer has been shown, and what is true of each now, to this patient too."""
    values: dict[str, Any] = {
        "people": list(people),
        "patient": patient,
        "since": at - CHANNEL,
        "at": at,
        "today": today,
    }
    return {
        row.id: Face(
            row.id,
            person_name(row.id, row.name_sealed),
            row.title,
            State(active=row.active, channel=row.channel),
            row.blocked,
            row.invited,
            tuple(_appointed(row.id, it) for it in row.contacts or ()),
        )
        for row in run(_faces, values)
    }


def who_answers(
    viewer: Viewer, asked: Iterable[ContactCard], *, at: datetime, today: date, patient: UUID | None = None
) -> dict[UUID, Answering]:
    """For each that the patient may write to (by its key), who answers what they ask now. The patient is the viewer,
    unless it is `patient`, who has let the viewer see it."""
    return answers_for(viewer, patient or viewer.person_id, asked, at=at, today=today)


def answers_for(
    viewer: Actor, patient: UUID, asked: Iterable[ContactCard], *, at: datetime, today: date
) -> dict[UUID, Answering]:
    """The same for a patient whose contacts the viewer has reached, whoever the viewer is."""
    cards = list(asked)
    if not cards:
        return {}
    there = places(viewer, {card.unit_id: card.care_version for card in cards}, at=at)
    people = {key for place in there.values() for key in place.people} | {card.person_id for card in cards}
    known = faces(viewer, people, at=at, today=today, patient=patient)

    def found(known: Mapping[UUID, Face]) -> dict[UUID, Answering]:
        return {card.key: answering(there[card.unit_id], card.person_id, patient, known, at=at) for card in cards}

    first = found(known)
    # How much each already has is asked only where it decides.
    return found(weighed(viewer, known)) if any(it.weighs for it in first.values()) else first


def weighed(viewer: Actor, known: Mapping[UUID, Face]) -> dict[UUID, Face]:
    """The same people, with how many questions each has and when they were last given one."""
    rows = {row.id: row for row in run(_burdens, {"people": list(known)})}
    return {
        key: replace(face, state=replace(face.state, open_waits=rows[key].open_waits, last_asked=rows[key].last_asked))
        for key, face in known.items()
    }


def as_patient(key: UUID | None, unit: UUID, known: Mapping[UUID, Face]) -> Patient:
    """A patient as the order sees them at one unit, from what is known of its people."""
    mine = [it for face in known.values() for it in face.appointed if it.unit_id == unit]
    contacts = tuple(it.contact for it in sorted(mine, key=lambda it: it.at))
    blocked, invited = (
        frozenset(it.key for it in known.values() if getattr(it, kept)) for kept in ("blocked", "invited")
    )
    return Patient(key, contacts, blocked, invited)


def _appointed(person: UUID, it: Any) -> Appointed:
    unit, at, coordinating, starts_on, ends_on = it
    ends = date.fromisoformat(ends_on) if ends_on else None
    return Appointed(UUID(unit), at, Contact(person, coordinating, date.fromisoformat(starts_on), ends))


def office_of(viewer: Viewer, asked: ContactCard, *, at: datetime, until: datetime) -> list[Stretch]:
    """The office time of a contact's unit between two moments, stretch by stretch."""
    place = places(viewer, {asked.unit_id: asked.care_version}, at=at)[asked.unit_id]
    return OfficeClock(place.plan, at).stretches(at, until)


def who_rings(
    viewer: Viewer, asked: ContactCard, windows: Iterable[Stretch], *, at: datetime, today: date
) -> list[Answering]:
    """For each time at which a patient may be rung, who does it: decided for its start, by the same order."""
    there = places(viewer, {asked.unit_id: asked.care_version}, at=at)[asked.unit_id]
    known = faces(viewer, there.people | {asked.person_id}, at=at, today=today, patient=viewer.person_id)
    wanted = list(windows)

    def found(known: Mapping[UUID, Face]) -> list[Answering]:
        return [_ringing(there, asked.person_id, viewer.person_id, known, window) for window in wanted]

    first = found(known)
    return found(weighed(viewer, known)) if any(it.weighs for it in first) else first


def _ringing(place: Place, contact: UUID, patient_id: UUID, known: Mapping[UUID, Face], window: Stretch) -> Answering:
    """Whoever is in reach but not at work before the time has passed cannot keep it, so the next is asked; where nobody
    is at work, the first of the order."""
    start, end = window
    first = found = answering(place, contact, patient_id, known, at=start)
    asked: frozenset[Key] = frozenset()
    while (person := found.now.key) is not None:
        back = rules.back(place.plan, person, start)
        if back is not None and back < end:
            return found
        asked |= {person}
        found = answering(place, contact, patient_id, known, at=start, asked=asked)
    return first


def answering(
    place: Place,
    contact: UUID,
    patient_id: UUID,
    known: Mapping[UUID, Face],
    *,
    at: datetime,
    asked: frozenset[Key] = frozenset(),
) -> Answering:
    """What a patient is told of one contact's questions, from a plan and the faces in it."""
    patient = as_patient(patient_id, place.key, known)
    states = states_of(known)
    answer = rules.answers(place.plan, patient, contact, states=states, at=at, asked=asked)
    next_ = handed_on(place.plan, patient, contact, answer, states=states, at=at)
    # Who is passed over for another reason than being away is not told of as coming back.
    away = any(it.person == contact and it.reason in AWAY for it in answer.passed)
    return Answering(
        place=place,
        contact=contact,
        answer=answer,
        now=named(place, known, answer.holder),
        back=rules.back(place.plan, contact, at) if away else None,
        until=next_[0] if next_ else None,
        then=named(place, known, next_[1].holder) if next_ else None,
        then_from=next_[1].asked_at if next_ else None,
        wait_for=rules.waits_until_back(place.plan, contact, at) if away else None,
        opens=answer.asked_at if answer.asked_at > at else None,
        far=answer.promise - at > FAR,
        weighs=LEAST_BUSY in (answer.step, next_[1].step if next_ else None),
    )


def to_heads(place: Place, patient: Patient, known: Mapping[UUID, Face], *, at: datetime) -> Answering:
    """Who answers what is for a head to answer, and by when."""
    return answered(
        place, known, rules.answers(place.plan, patient, None, states=states_of(known), at=at, to_heads=True)
    )


def answered_by(
    viewer: Actor, place: Place, patient: Patient, belongs_to: UUID | None, *, at: datetime, now: datetime
) -> Answering:
    """Who answers what was asked at a moment about a patient, where it is not they who ask, and by when."""
    people = place.people | ({belongs_to} if belongs_to else set())
    known = weighed(viewer, faces(viewer, people, at=now, today=local(now).date()))
    return answered(place, known, rules.answers(place.plan, patient, belongs_to, states=states_of(known), at=at))


def put_to(
    viewer: Actor, place: Place, patient: Patient, belongs_to: UUID | None, known: Mapping[UUID, Face], *, at: datetime
) -> Answering:
    """Who answers what is asked of one of a unit's people about a patient, from the faces in its plan, and by when."""

    def found(known: Mapping[UUID, Face]) -> Answering:
        return answered(place, known, rules.answers(place.plan, patient, belongs_to, states=states_of(known), at=at))

    first = found(known)
    # How much each already has is asked only where it decides.
    return found(weighed(viewer, known)) if first.answer.step == LEAST_BUSY else first


def answered(place: Place, known: Mapping[UUID, Face], answer: Answer) -> Answering:
    """An answer of the order as it stands alone, where nobody has a contact to go back to."""
    return Answering(
        place=place,
        contact=place.head,
        answer=answer,
        now=named(place, known, answer.holder),
        back=None,
        until=None,
        then=None,
        then_from=None,
        wait_for=None,
        opens=None,
        far=False,
        weighs=False,
    )


def states_of(known: Mapping[UUID, Face]) -> dict[Key, State]:
    """What the order asks of each."""
    return {key: face.state for key, face in known.items()}


def head_for(
    viewer: Viewer, unit: UUID, version: int, *, about: UUID, at: datetime, today: date
) -> tuple[Answering, Face]:
    """Who answers what the viewer asks of a unit's head about somebody, and that person: it is never they themselves,
    nor whom the viewer does not want asked, nor has let in."""
    place = places(viewer, {unit: version}, at=at)[unit]
    known = faces(viewer, place.people | {about}, at=at, today=today, patient=viewer.person_id)
    patient = as_patient(viewer.person_id, unit, known)
    barred = replace(patient, blocked=patient.blocked | {about})
    return to_heads(place, barred, known, at=at), known[about]


def named(place: Place, known: Mapping[UUID, Face], holder: Any) -> Named:
    face = known.get(holder)
    number = direct(place, face.key if face else None)
    if face is None:
        return Named(None, "", "", number.phone, number.hours)
    return Named(face.key, face.name, face.title, number.phone, number.hours)


def answer_for(viewer: Actor, unit: UUID, patient_id: UUID, belongs_to: UUID, *, at: datetime, today: date) -> Answer:
    """Who answers a patient's question at a unit, by the rules alone: for whoever looks after the installation."""
    place = places(viewer, {unit: None}, at=at)[unit]
    known = weighed(viewer, faces(viewer, place.people | {belongs_to}, at=at, today=today, patient=patient_id))
    states = states_of(known)
    return rules.answers(place.plan, as_patient(patient_id, unit, known), belongs_to, states=states, at=at)
