"""Open a wait, join it, keep it, give it to another, end it. A wait is a row; only a person ends it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.accounts.queries import Viewer
from app.care import rest_queries
from app.care.answer_queries import Answering, faces
from app.care.facts_rules import Patient, State
from app.care.office_rules import OfficeClock, keeps
from app.care.order_queries import patients
from app.care.plan_queries import Place, places
from app.core import audit, crypto, db, live
from app.core.audit import Actor, Entry
from app.core.db import run
from app.core.locale import local
from app.notices import service as notices
from app.notices.rules import of_wait
from app.notices.service import Told
from app.waits import rules
from app.waits.models import Asked, Handoff, Wait
from app.waits.queries import function_of, versions_of
from app.waits.rules import Climb, Promise

READABLE_DAYS = 5
BY_HAND = 0
LETTER = "thread"
TOLD_ENDS = ("talked", "no_need")
OPEN = Wait.ended_at.is_(None)


class CannotHold(Exception):
    """Somebody cannot hold a question now; `reason` is one of the order's. Nothing was stored."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Subject:
    """What is waited for: its kind and key, where, whose, and to whom it was put. `about_id` is a patient who must not
    learn of it."""

    kind: str
    key: UUID
    unit_id: UUID
    patient_id: UUID | None
    belongs_to: UUID | None
    about_id: UUID | None = None


_open = select(Wait).where(Wait.kind == bindparam("kind"), Wait.subject_id == bindparam("subject"), OPEN)


def ask(
    subject: Subject,
    answering: Answering,
    *,
    wait_for_contact: bool = False,
    call: tuple[datetime, datetime] | None = None,
    number: str | None = None,
    since: datetime | None = None,
    by: Actor,
    now: datetime,
) -> bool:
    """Let a question wait with the one who answers it now; a second question joins the first without starting its
    clock again. `wait_for_contact`: nobody else reads it until the contact is back. `call`: when the patient wants to
    be rung, on `number`; `answering` is then decided for its start, and its end is the promise. `since` is when it was
    asked, where that was before now: its promise, and `answering`, are of then. Returns whether a wait was opened.
    """
    clock = OfficeClock(answering.place.plan, since or now)
    chosen = answering.wait_for if wait_for_contact else None
    holder = answering.contact if chosen else answering.now.key
    step = 1 if chosen else answering.answer.step
    promise = Promise(chosen.back, chosen.promise) if chosen else Promise(*(call or (since or now, answering.promise)))
    first = rules.next_step(Climb(promise), rules_clock(clock)).due_at
    changes = [at for at in (chosen.back if chosen else answering.answer.until,) if at]
    wait_id = db.new_key()
    row = {
        "id": wait_id,
        "kind": subject.kind,
        "subject_id": subject.key,
        "unit_id": subject.unit_id,
        "patient_id": subject.patient_id,
        "about_id": subject.about_id,
        "belongs_to": subject.belongs_to,
        "holder_id": holder,
        "step": step,
        "only_contact": chosen is not None,
        "call": call is not None,
        "number_sealed": number and crypto.keyring().seal(number, crypto.place("wait.number", wait_id)),
        "opened_at": now,
        "counts_from": promise.counts_from,
        "promised_at": promise.due_at,
        # What only the function has is looked at from the beginning, since anybody may come.
        "next_at": min([first, *changes]) if holder else now,
        "care_version": answering.place.version,
    }
    made = run(upsert(Wait).values(row).on_conflict_do_nothing().returning(Wait.id)).scalar()
    if made is None:
        return False
    asked = {"wait_id": wait_id, "turn": 1, "from_id": None, "to_id": holder, "step": step, "reason": "asked"}
    run(insert(Handoff), asked | {"by_id": by.person_id, "at": now})
    told = of_wait(subject.kind, "wait"), f"{wait_id}:1"
    people = [holder] if holder else function_of(by, answering.place.region_id)
    notices.tell(resting(people, answering.place, now), *told, about=subject.key, by=by, now=now)
    _tell_on_return(subject.belongs_to, answering.place, by=by, now=now)
    audit.record(db.session(), entry_of("wait.opened", subject), by=by, now=now)
    wake(subject.key, holder)
    return True


def end(
    kind: str,
    subject: UUID,
    how: str,
    *,
    reason: str | None = None,
    talked_at: datetime | None = None,
    by: Actor,
    now: datetime,
) -> bool:
    """End the open wait of a subject, if there is one; whoever did it can read on for five office days.

    `talked_at` is when the two talked, for `how` "talked"; `reason` is what the patient reads.
    """
    wait = _open_of(kind, subject)
    if wait is None:
        return False
    place = _place_of(wait, by, now)
    wait.ended_at, wait.ended_by, wait.ended_how = now, by.person_id, how
    wait.reason, wait.talked_at = reason, talked_at
    wait.readable_until = OfficeClock(place.plan, now).end_of_day(now, READABLE_DAYS)
    db.session().flush()
    _tell_of_end(wait, place, by=by, now=now)
    audit.record(db.session(), entry_of("wait.ended", wait), by=by, now=now)
    wake(wait.subject_id, wait.holder_id)
    return True


def keep(
    kind: str, subject: UUID, reason: str, *, until: datetime, since: datetime | None = None, by: Viewer, now: datetime
) -> bool:
    """Keep a wait with a new promise: an answer that says when there will be more ("kept"), or a call that nobody took
    and the next try, from `since` to `until` ("no_answer"). Whoever promises holds it; its ladder starts again.
    """
    wait = _open_of(kind, subject)
    if wait is None:
        return False
    before = wait.holder_id
    wait.holder_id, wait.step, wait.turn, wait.only_contact = by.person_id, BY_HAND, wait.turn + 1, False
    wait.call, wait.counts_from, wait.promised_at = since is not None, since or now, until
    wait.rung = wait.broken = 0
    _decided_by_hand(wait, before, reason, since=since, promised_at=until, by=by, now=now)
    return True


def hand_over(kind: str, subject: UUID, to: UUID, *, words: str, by: Viewer, now: datetime) -> bool:
    """Give an open wait to somebody who can hold it; the words are what the patient reads. Raises CannotHold."""
    return _give(kind, subject, to, "handed_over", words=words, by=by, now=now)


def take(kind: str, subject: UUID, *, words: str | None = None, by: Viewer, now: datetime) -> bool:
    """Take an open wait oneself: the contact who is back, somebody who was asked, or a head, with words that the
    patient reads. Raises CannotHold.
    """
    return _give(kind, subject, by.person_id, "taken", words=words, by=by, now=now)


def found_about(
    kind: str,
    subject: UUID,
    about_id: UUID,
    belongs_to: UUID | None,
    answering: Answering,
    *,
    by: Viewer,
    now: datetime,
) -> bool:
    """Somebody has found whom an open question is about: it goes on to the one whom the order gives for that patient.
    What was promised stays."""
    wait = _open_of(kind, subject)
    if wait is None:
        return False
    before, holder = wait.holder_id, answering.now.key
    wait.about_id, wait.belongs_to = about_id, belongs_to
    wait.holder_id, wait.step, wait.turn = holder, answering.answer.step, wait.turn + 1
    _decided_by_hand(wait, before, "asked", by=by, now=now)
    if holder is None:
        people = dict.fromkeys(function_of(by, answering.place.region_id), now)
        notices.tell(people, of_wait(kind, "wait"), f"{wait.id}:{wait.turn}", about=subject, by=by, now=now)
    return True


def ask_colleague(kind: str, subject: UUID, person: UUID, *, words: str, by: Viewer, now: datetime) -> bool:
    """Ask somebody as well, with words that the patient reads; the wait stays with its holder. Raises CannotHold."""
    wait = _open_of(kind, subject)
    if wait is None or person == wait.holder_id:
        return False
    _ensure_can_hold(wait, person, by=by, now=now)
    if db.session().get(Asked, (wait.id, person)) is not None:
        return False
    asked = Asked(wait_id=wait.id, person_id=person, at=now, by_id=by.person_id)
    asked.words = words
    db.session().add(asked)
    db.session().flush()
    place = _place_of(wait, by, now)
    told = of_wait(wait.kind, "asked"), str(wait.id)
    notices.tell(resting([person], place, now), *told, about=wait.subject_id, by=by, now=now)
    audit.record(db.session(), entry_of("wait.asked", wait), by=by, now=now)
    wake(wait.subject_id, wait.holder_id, person)
    return True


def _ensure_can_hold(wait: Wait, person: UUID, *, by: Actor, now: datetime) -> None:
    """Whether somebody may hold a wait now, as the worker will judge it a second later; raises CannotHold."""
    place = _place_of(wait, by, now)
    known = faces(by, {person}, at=now, today=local(now).date())
    state = known[person].state if person in known else State(active=False)
    patient = Patient(None, ())
    if concerns := wait.patient_id or wait.about_id:
        pair = (concerns, wait.unit_id)
        patient = patients(by, [pair], at=now)[pair]
    reason, _until = keeps(place.plan, patient, person, state=state, at=max(now, wait.counts_from))
    if reason:
        raise CannotHold(reason)


def _give(kind: str, subject: UUID, to: UUID, reason: str, *, words: str | None, by: Viewer, now: datetime) -> bool:
    wait = _open_of(kind, subject)
    if wait is None or to == wait.holder_id:
        return False
    _ensure_can_hold(wait, to, by=by, now=now)
    before = wait.holder_id
    wait.holder_id, wait.step, wait.turn, wait.only_contact = to, BY_HAND, wait.turn + 1, False
    _decided_by_hand(wait, before, reason, words=words, by=by, now=now)
    return True


def _decided_by_hand(
    wait: Wait,
    before: UUID | None,
    reason: str,
    *,
    words: str | None = None,
    since: datetime | None = None,
    promised_at: datetime | None = None,
    by: Actor,
    now: datetime,
) -> None:
    # The worker finds the next step a second later, by the same rules as for every other wait.
    wait.next_at = now
    step = Handoff(wait_id=wait.id, turn=wait.turn, from_id=before, to_id=wait.holder_id, step=wait.step, at=now)
    step.reason, step.by_id, step.words = reason, by.person_id, words
    step.since, step.promised_at = since, promised_at
    db.session().add(step)
    db.session().flush()
    if before != wait.holder_id:
        _tell_of_move(wait, before, by=by, now=now)
    if reason == "no_answer" and wait.patient_id:
        key = f"{wait.id}:{wait.turn}"
        notices.tell({wait.patient_id: now}, "called", key, about=wait.subject_id, by=by, now=now)
    audit.record(db.session(), entry_of(f"wait.{reason}", wait), by=by, now=now)
    wake(wait.subject_id, before, wait.holder_id)


def _tell_of_move(wait: Wait, before: UUID | None, *, by: Actor, now: datetime) -> None:
    """Whoever has it now is told, unless it is they who did it; so are whoever had it, the contact and the patient."""
    place = _place_of(wait, by, now)
    about, key, me = wait.subject_id, f"{wait.id}:{wait.turn}", {by.person_id}
    take_back(wait, [before], by=by, now=now)
    told = [wait.holder_id, before]
    at = resting({it for it in told if it} - me, place, now)
    kinds = {wait.holder_id: of_wait(wait.kind, "wait"), before: "taken"}
    news = [Told(person, kinds[person], key, moment, about) for person, moment in at.items()]
    if wait.patient_id and wait.kind == LETTER:
        news.append(Told(wait.patient_id, "handed_over", key, now, about))
    notices.tell_many(news, by=by, now=now)
    _tell_on_return(wait.belongs_to, place, by=by, now=now)


def _tell_of_end(wait: Wait, place: Place, *, by: Actor, now: datetime) -> None:
    """What is answered or over is taken back from those who have not seen it. The patient is told how it ended: not
    what they did themselves, nor that they have a letter, which is told with it, and nothing once care has ended.
    """
    take_back(wait, None, by=by, now=now)
    patient = wait.patient_id
    if patient and wait.ended_how == "care_ended":
        notices.silence(patient, by=by, now=now)
    elif patient and wait.kind == LETTER and wait.ended_how in TOLD_ENDS and patient != by.person_id:
        notices.tell({patient: now}, "ended", str(wait.id), about=wait.subject_id, by=by, now=now)
    _tell_on_return(wait.belongs_to, place, by=by, now=now)


def take_back(wait: Wait, people: Collection[UUID | None] | None, *, by: Actor, now: datetime) -> None:
    """Take back what was told of a wait that has ended, or has gone on from some people, where they have not seen it:
    also their reminders, when nothing is left of which to be reminded."""
    had = {it for it in ([wait.holder_id] if people is None else people) if it}
    notices.withdraw(wait.subject_id, people=None if people is None else had, by=by, now=now)
    take_back_reminders(had, by=by, now=now)


def take_back_reminders(people: Collection[UUID], *, by: Actor, now: datetime) -> None:
    """Take back the reminders of those who have no question left of which to be reminded."""
    late = select(Wait.holder_id).where(Wait.holder_id.in_(people), OPEN, Wait.rung > 0)
    if done := set(people) - set(db.session().scalars(late) if people else ()):
        notices.withdraw_reminders(done, by=by, now=now)


def _tell_on_return(contact: UUID | None, place: Place, *, by: Actor, now: datetime) -> None:
    """A contact who is off duty has a list of it when they are back, one for each stretch."""
    if contact in (None, by.person_id):
        return
    rest = rest_queries.rests(by, [contact], place, at=now)[contact]
    if rest.since:
        notices.tell({contact: rest.back}, "back", rest.since.isoformat(), by=by, now=now)


def _place_of(wait: Wait, by: Actor, now: datetime) -> Place:
    """The unit of a wait as it stands now."""
    return places(by, versions_of(by, [wait.unit_id]), at=now)[wait.unit_id]


def _open_of(kind: str, subject: UUID) -> Wait | None:
    return db.session().scalars(locked(_open), {"kind": kind, "subject": subject}).one_or_none()


def entry_of(action: str, wait: Wait | Subject) -> Entry:
    """What the access log says of something done with a wait."""
    subject = wait.key if isinstance(wait, Subject) else wait.subject_id
    return Entry(action, wait.patient_id, wait.unit_id, f"{wait.kind}:{db.short(subject)}")


def resting(people: Iterable[UUID | None], place: Place, now: datetime) -> dict[UUID, datetime]:
    """When each may be reached: somebody of the staff when they are next at work, others at once."""
    return rest_queries.reached_at(audit.SYSTEM, [key for key in people if key], place, at=now)


def wake(subject: UUID, *people: UUID | None) -> None:
    live.changed(live.topic("t", subject), *(live.topic("p", key) for key in people if key))


def rules_clock(clock: OfficeClock) -> rules.Office:
    return rules.Office(clock.between, clock.add, clock.end_of_next_day)


def locked(statement: Any, *, skip: bool = False) -> Any:
    return statement.with_for_update(of=Wait, key_share=True, skip_locked=skip).execution_options(
        populate_existing=True
    )
