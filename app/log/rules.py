"""The log as its patient reads it: rows of one person, thing and day become one line, and why they could. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

ON_DUTY = 4
"""The step of the order that finds whoever has a shift."""

# What is said already by what stands beside it in a line; in the whole list each row stands for itself.
SAID_BY = {
    "thread.glimpsed": {"thread.read"},
    "thread.listed": {"thread.read", "thread.glimpsed"},
    "wait.listed": {"thread.read", "wait.seen", "log_question.read", "log_question.answered"},
    "wait.seen": {"thread.read"},
    "wait.opened": {"message.written", "thread.opened", "contact_request.made", "log_question.asked"},
    "wait.ended": {"message.written", "contact_request.answered", "log_question.answered"},
    "message.written": {"thread.opened"},
    "patient.listed": {"patient.opened"},
    "contact_request.read": {"contact_request.answered"},
    "log_question.read": {"log_question.answered"},
    "check.listed": {"check.read", "check.judged"},
    "check.read": {"check.judged"},
    "oidc.used": {"session.started"},
    "passkey.used": {"session.started"},
    "sessions.ended": {"account.locked"},
    "passkeys.removed": {"account.locked"},
}


@dataclass(frozen=True)
class Row:
    """What somebody did with one thing in one way on one day, `count` times. `about` is the thing (`thread:…`), where
    it is one that lines are gathered by; `detail` what the deed says of itself. Nobody is the system.
    """

    day: date
    actor: UUID | None
    capacity: str
    about: str
    action: str
    detail: str
    count: int
    first_at: datetime
    last_at: datetime
    last_id: int
    unit: UUID | None
    question: UUID | None


@dataclass(frozen=True)
class Deed:
    action: str
    detail: str
    count: int


@dataclass(frozen=True)
class Group:
    """All that one person did with one thing on one day; `last_at` and `last_id` are the last row of it."""

    day: date
    actor: UUID | None
    capacity: str
    about: str
    deeds: tuple[Deed, ...]
    first_at: datetime
    last_at: datetime
    last_id: int
    unit: UUID | None
    question: UUID | None

    @property
    def thread(self) -> str | None:
        """The key of the thread it was done in, as addresses have it."""
        return self._key_of("thread")

    @property
    def client(self) -> str | None:
        """The key of the other system that did it, as addresses have it."""
        return self._key_of("client")

    def _key_of(self, what: str) -> str | None:
        kind, _, key = self.about.partition(":")
        return key if kind == what else None


def grouped(rows: Iterable[Row]) -> list[Group]:
    """The lines of some rows, the latest first."""
    found: dict[tuple[object, ...], Group] = {}
    latest_first = sorted(rows, key=lambda it: (it.last_at, it.last_id), reverse=True)
    for row in latest_first:
        key, deed = (row.day, row.actor, row.capacity, row.about), Deed(row.action, row.detail, row.count)
        if key not in found:
            found[key] = Group(*key, (deed,), row.first_at, row.last_at, row.last_id, row.unit, row.question)
            continue
        there = found[key]
        found[key] = replace(
            there,
            deeds=(*there.deeds, deed),
            first_at=min(there.first_at, row.first_at),
            unit=there.unit or row.unit,
            question=there.question or row.question,
        )
    return [replace(it, deeds=told(it.deeds)) for it in found.values()]


def told(deeds: tuple[Deed, ...]) -> tuple[Deed, ...]:
    """The deeds to say of a line: each once, without what another of them says already."""
    done = {it.action for it in deeds}
    return tuple(it for it in deeds if not SAID_BY.get(it.action, set()) & done)


@dataclass(frozen=True)
class Turn:
    """From when somebody had a question, and by which step of the order (0: by hand)."""

    at: datetime
    to: UUID | None
    step: int


@dataclass(frozen=True)
class Wait:
    """Whose a thread's question was, while it waited and until whoever ended it could read on."""

    belongs_to: UUID | None
    opened_at: datetime
    ended_at: datetime | None
    ended_by: UUID | None
    readable_until: datetime | None
    turns: tuple[Turn, ...]
    asked: tuple[tuple[UUID, datetime, UUID | None], ...] = ()

    def covers(self, at: datetime) -> bool:
        over = self.readable_until or self.ended_at
        return self.opened_at <= at and (over is None or at <= over)

    def holder(self, at: datetime) -> Turn | None:
        """Who had it at a moment while it waited."""
        if self.ended_at is not None and at > self.ended_at:
            return None
        return max((it for it in self.turns if it.at <= at), key=lambda it: it.at, default=None)


@dataclass(frozen=True)
class Known:
    """Who somebody is to a patient: when they were a contact, which units they lead, whether they were let in."""

    contact: tuple[tuple[date, date | None], ...] = ()
    leads: frozenset[UUID] = field(default_factory=frozenset)
    relative: bool = False
    function: bool = False
    admin: bool = False

    def contact_on(self, on: date) -> bool:
        return any(starts <= on and (ends is None or on <= ends) for starts, ends in self.contact)


@dataclass(frozen=True)
class Because:
    """Why somebody could: the closed list of `words.BECAUSE`. `other` is the one whose it was; `still` that it is so
    now."""

    kind: str = ""
    other: UUID | None = None
    still: bool = False


def because(group: Group, waits: Iterable[Wait], known: Known, *, patient: UUID, now: datetime) -> Because:
    """Why somebody could do what a line says, as things stood then."""
    if group.actor is None or group.actor == patient:
        return Because()
    if group.capacity == "private":
        return Because("relative" if known.relative else "")
    theirs = [it for it in waits if it.covers(group.last_at)]
    for wait in sorted(theirs, key=lambda it: it.opened_at, reverse=True):
        if (found := _of_wait(wait, group.actor, group.last_at, now)).kind:
            return found
    if known.contact_on(group.day):
        return Because("contact")
    if group.unit in known.leads or (group.unit is None and known.leads):
        return Because("head")
    return Because("function" if known.function else "admin" if known.admin else "")


def _of_wait(wait: Wait, actor: UUID, at: datetime, now: datetime) -> Because:
    turn = wait.holder(at)
    if turn is not None and turn.to == actor:
        still = wait.ended_at is None and wait.holder(now) == turn
        if wait.belongs_to in (None, actor):
            return Because("contact" if wait.belongs_to else "")
        return Because("duty" if turn.step == ON_DUTY else "instead", wait.belongs_to, still)
    for person, asked_at, by in wait.asked:
        if person == actor and asked_at <= at:
            return Because("colleague", by) if by else Because("asked")
    if wait.ended_by == actor and wait.ended_at is not None and at >= wait.ended_at:
        return Because("contact" if wait.belongs_to == actor else "answered")
    return Because()
