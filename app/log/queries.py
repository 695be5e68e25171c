"""Who did what is in a patient's log, why they could, and what was asked about it: the names and words of its lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.accounts.queries import Viewer, person_name
from app.core import clock, crypto, db
from app.core.db import run
from app.log import rules
from app.log.rules import Because, Deed, Group, Known, Turn, Wait

MOST = 1000
END = 2**63 - 1
Place = tuple[datetime, int]

_KEYS = ARRAY(Uuid())
# One statement, since a page has only so many: the threads' questions as they stood then, and whom the lines name.
_NAMES = (
    text(
        """
    with waits as materialized (
      select t.id as thread_id, t.topic_sealed, w.id, w.belongs_to, w.opened_at, w.ended_at, w.ended_by,
        w.readable_until,
        (select json_agg(json_build_array(h.at, h.to_id, h.step) order by h.turn) from handoff h where h.wait_id = w.id)
          as turns,
        (select json_agg(json_build_array(a.person_id, a.at, a.by_id)) from asked a where a.wait_id = w.id) as asked
      from thread t left join wait w on w.subject_id = t.id and w.kind = 'thread' and w.opened_at <= :upto
        and coalesce(w.readable_until, w.ended_at, :upto) >= :since
      where t.id = any(:threads) and t.patient_id = :patient order by w.opened_at desc limit :most
    ), people as (
      select p.id, p.name_sealed, s.title,
        (select json_agg(json_build_array(c.starts_on, c.ends_on)) from contact c
          where c.patient_id = :patient and c.person_id = p.id) as contact,
        (select json_agg(u.id) from unit u where u.head_id = p.id
          or exists (select from head_substitute h where h.unit_id = u.id and h.person_id = p.id)) as leads,
        (select json_build_array(r.id, r.name_sealed) from relation r
          where r.patient_id = :patient and r.relative_id = p.id order by r.offered_at desc limit 1) as relation,
        (select json_agg(role) from region_role where person_id = p.id) as roles,
        (select u.name from assignment a join unit u on u.id = a.unit_id
          where a.person_id = p.id order by a.ends_on desc nulls first, a.starts_on desc limit 1) as works_at
      from person p left join staff s on s.person_id = p.id
      where p.id = any(:people) or p.id in (select belongs_to from waits)
        or p.id in (select a.by_id from asked a join waits w on w.id = a.wait_id)
    )
    select 'wait' as kind, to_json(waits) as it from waits
    union all select 'person', to_json(people) from people
    union all select 'unit', json_build_object('id', id, 'name', name) from unit where id = any(:units)
    union all select 'client', json_build_object('id', id, 'name', name) from api_client where id = any(:clients)
    """
    )
    .bindparams(*(bindparam(name, type_=_KEYS) for name in ("threads", "people", "units", "clients")))
    .columns()
)
_QUESTIONS = (
    text(
        """
    select q.id, q.asked_at, q.text_sealed, q.answer_sealed, q.answered_at, q.answered_by, a.name_sealed as answerer,
      w.promised_at, w.broken, w.ended_at, w.holder_id, h.name_sealed as holder, u.name as unit_name, u.phone,
      u.phone_hours
    from log_question q join unit u on u.id = q.unit_id
      left join lateral (select * from wait where kind = 'log_question' and subject_id = q.id
        order by opened_at desc limit 1) w on true
      left join person a on a.id = q.answered_by left join person h on h.id = w.holder_id
    where q.patient_id = :patient and q.id = any(:questions)
    """
    )
    .bindparams(bindparam("questions", type_=_KEYS))
    .columns()
)


@dataclass(frozen=True)
class Question:
    """What the patient asked about a line, and what came of it. `holder` is None for the region's function."""

    key: UUID
    asked_at: datetime
    text: str
    answer: str | None
    answered_at: datetime | None
    answerer: str | None
    promised_at: datetime | None
    broken: bool
    holder: str | None
    waits: bool
    unit_name: str
    unit_phone: str
    unit_hours: str

    @property
    def anchor(self) -> str:
        return anchor(self.key)


@dataclass(frozen=True)
class Line:
    """What somebody did with one thing on one day. `who` is "" for the system, `mine` the patient themselves.

    `system` is the name of another system that did it. `other` is the one whose it was, by name. `topic` is the
    thread's, which is the patient's own.
    """

    at: datetime
    id: int
    day: date
    who: str
    mine: bool
    title: str
    unit: str
    first_at: datetime
    about: str
    deeds: tuple[Deed, ...]
    because: Because
    other: str
    thread: UUID | None
    topic: str | None
    question: Question | None
    staff: UUID | None
    system: str = ""

    @property
    def key(self) -> str:
        """Its last row, as an address has it."""
        return cursor((self.at, self.id))


def cursor(place: Place) -> str:
    """A row's place in the log, for an address."""
    at, number = place
    return f"{clock.micros(at):x}.{number:x}"


def place(said: str | None) -> Place | None:
    """The place behind a cursor; None for the first page, and for a cursor that somebody has changed."""
    micros, dot, number = (said or "").partition(".")
    try:
        found = clock.EPOCH + int(micros, 16) * clock.MICRO, int(number, 16)
    except (ValueError, OverflowError):
        return None
    return found if dot and 0 <= found[1] <= END else None


def plain(it: Group, who: str, title: str) -> Line:
    """A line of somebody of the staff whose name is at hand, without more about it."""
    return Line(
        at=it.last_at,
        id=it.last_id,
        day=it.day,
        who=who,
        mine=False,
        title=title,
        unit="",
        first_at=it.first_at,
        about=it.about,
        deeds=it.deeds,
        because=Because(),
        other="",
        thread=None,
        topic=None,
        question=None,
        staff=it.actor,
    )


def anchor(question: UUID) -> str:
    """Where on a page a question stands."""
    return f"q{db.short(question)}"


def said_of(viewer: Viewer, patient: UUID, groups: Sequence[Group], *, now: datetime) -> list[Line]:
    """Lines of a log that the viewer has reached, with their names opened: each person, unit and topic once."""
    if not groups:
        return []
    names = _names(patient, groups)
    questions = _questions(patient, {it.question for it in groups if it.question})
    return [_line(it, names, questions, patient, now) for it in groups]


@dataclass(frozen=True)
class Names:
    """Whom and what some lines name: people and threads are opened when they are asked for, and once."""

    people: Mapping[UUID | None, "Somebody"]
    units: Mapping[UUID | None, str]
    waits: Mapping[UUID | None, list[Wait]]
    topics: Mapping[UUID | None, str]
    systems: Mapping[UUID | None, str]


def _names(patient: UUID, groups: Sequence[Group]) -> Names:
    values = {
        "patient": patient,
        "threads": list({db.long(it.thread) for it in groups if it.thread}),
        "people": list({it.actor for it in groups if it.actor}),
        "units": list({it.unit for it in groups if it.unit}),
        "clients": list({db.long(it.client) for it in groups if it.client}),
        "since": min(it.first_at for it in groups),
        "upto": max(it.last_at for it in groups),
        "most": MOST,
    }
    people: dict[UUID | None, Somebody] = {}
    units: dict[UUID | None, str] = {}
    systems: dict[UUID | None, str] = {}
    waits: dict[UUID | None, list[Wait]] = {}
    topics: dict[UUID | None, str] = {}
    for row in run(_NAMES, values):
        it, key = row.it, UUID(row.it.get("thread_id") or row.it["id"])
        if row.kind == "person":
            people[key] = _somebody(key, it)
        elif row.kind == "unit":
            units[key] = it["name"]
        elif row.kind == "client":
            systems[key] = it["name"]
        else:
            topics.setdefault(key, _opened(it["topic_sealed"], "thread.topic", key))
            waits.setdefault(key, []).extend([_wait(it)] if it["id"] else [])
    return Names(people, units, waits, topics, systems)


@dataclass(frozen=True)
class Somebody:
    """A person whom lines name. `called` is what the patient calls somebody whom they have let in."""

    name: str
    called: str
    title: str
    works_at: str
    known: Known


def _somebody(key: UUID, it: Mapping[str, Any]) -> Somebody:
    days = [
        (date.fromisoformat(starts), date.fromisoformat(ends) if ends else None) for starts, ends in it["contact"] or ()
    ]
    roles, relation = it["roles"] or (), it["relation"]
    known = Known(
        contact=tuple((starts, ends) for starts, ends in days if starts),
        leads=frozenset(map(UUID, it["leads"] or ())),
        relative=relation is not None,
        function="function" in roles,
        admin="administrator" in roles,
    )
    name = _opened(it["name_sealed"], "person.name", key)
    called = _opened(relation[1], "relation.name", relation[0]) if relation else name
    return Somebody(name, called, it["title"] or "", it["works_at"] or "", known)


def _wait(it: Mapping[str, Any]) -> Wait:
    turns = tuple(Turn(_moment(at), _key(to), step) for at, to, step in it["turns"] or ())
    asked = tuple((UUID(person), _moment(at), _key(by)) for person, at, by in it["asked"] or ())
    ended, readable = (_moment(it[name]) if it[name] else None for name in ("ended_at", "readable_until"))
    return Wait(_key(it["belongs_to"]), _moment(it["opened_at"]), ended, _key(it["ended_by"]), readable, turns, asked)


def _opened(sealed: str, column: str, key: object) -> str:
    """What is sealed in a row that came as JSON, where bytes are hexadecimal after a mark."""
    return crypto.keyring().open(bytes.fromhex(sealed[2:]), crypto.place(column, str(key)))


def _line(it: Group, names: Names, questions: Mapping[UUID | None, Question], patient: UUID, now: datetime) -> Line:
    person, thread = names.people.get(it.actor), db.long(it.thread) if it.thread else None
    known = person.known if person else Known()
    why = rules.because(it, names.waits.get(thread, ()), known, patient=patient, now=now)
    duty, other = it.capacity == "duty", names.people.get(why.other)
    return Line(
        at=it.last_at,
        id=it.last_id,
        day=it.day,
        who=(person.name if duty else person.called) if person else "",
        mine=it.actor == patient,
        title=person.title if person and duty else "",
        unit=(names.units.get(it.unit) or person.works_at) if person and duty else "",
        first_at=it.first_at,
        about=it.about,
        deeds=it.deeds,
        because=why,
        other=other.name if other else "",
        thread=thread,
        topic=names.topics.get(thread),
        question=questions.get(it.question),
        staff=it.actor if duty and it.actor != patient else None,
        system=names.systems.get(db.long(it.client), "") if it.client else "",
    )


def _questions(patient: UUID, keys: Iterable[UUID]) -> dict[UUID | None, Question]:
    wanted = list(keys)
    return {
        row.id: Question(
            key=row.id,
            asked_at=row.asked_at,
            text=opened("text", row.id, row.text_sealed),
            answer=row.answer_sealed and opened("answer", row.id, row.answer_sealed),
            answered_at=row.answered_at,
            answerer=row.answered_by and person_name(row.answered_by, row.answerer),
            promised_at=row.promised_at,
            broken=bool(row.broken),
            holder=row.holder_id and person_name(row.holder_id, row.holder),
            waits=row.answered_at is None and row.ended_at is None,
            unit_name=row.unit_name,
            unit_phone=row.phone,
            unit_hours=row.phone_hours,
        )
        for row in (run(_QUESTIONS, {"patient": patient, "questions": wanted}) if wanted else ())
    }


def opened(column: str, key: UUID, sealed: bytes) -> str:
    """The words of a question, or of its answer."""
    return crypto.keyring().open(sealed, crypto.place(f"log_question.{column}", key))


def _day(said: str | None) -> date | None:
    return date.fromisoformat(said) if said else None


def _moment(said: str) -> datetime:
    return datetime.fromisoformat(said)


def _key(said: str | None) -> UUID | None:
    return UUID(said) if said else None
