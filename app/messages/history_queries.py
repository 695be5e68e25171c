"""What happened to a thread's questions between its letters: who had them, who was asked as well, how they ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Boolean, DateTime, Select, Text, Uuid, bindparam, cast, literal, or_, select, union_all

from app.accounts.queries import Viewer
from app.core import crypto
from app.core.paging import PAGE
from app.waits.models import Asked, Handoff, Wait

MOST = 3 * PAGE
# How a question ends that a letter does not show.
WITHOUT_LETTER = ("talked", "no_need", "solved", "care_ended", "done")


class Named(NamedTuple):
    name: str
    title: str | None


class Who(NamedTuple):
    """Somebody in what happened: no name is the region's function, `me` the viewer."""

    name: str
    me: bool


class Happened(NamedTuple):
    """What happened to a question between the letters.

    `what` is the reason of a hand-over, "asked_too" or how the question ended. `who` has it now, was asked or ended it;
    `other` had it before, or is the one they talked with; `by` did it, where somebody did. `words` are theirs. `until`
    is a new promise, from `since` where it is a next try to ring, or when the two talked.
    """

    at: datetime
    what: str
    who: Who
    other: Who
    by: Who | None
    words: str | None
    since: datetime | None
    until: datetime | None


_NOBODY, _NEVER = cast(None, Uuid), cast(None, DateTime(timezone=True))
# What a letter's row has besides: nothing of this.
NOTHING = (
    cast(None, Text).label("what"),
    _NOBODY.label("wait_id"),
    _NOBODY.label("other_id"),
    _NOBODY.label("by_id"),
    _NEVER.label("since"),
    _NEVER.label("until"),
)
_COLUMNS = ("n", "person_id", "at", "text_sealed", "no_answer", *(it.name for it in NOTHING))


def _event(n: Any, person: Any, at: Any, words: Any, what: Any, *rest: Any) -> Select[*tuple[Any, ...]]:
    columns = (n, person, at, words, cast(None, Boolean), what, *rest)
    return select(*(it.label(name) for it, name in zip(columns, _COLUMNS, strict=True)))


_theirs = (Wait.kind == "thread", Wait.subject_id == bindparam("thread"))
EVENTS = union_all(
    _event(
        Handoff.turn,
        Handoff.to_id,
        Handoff.at,
        Handoff.words_sealed,
        Handoff.reason,
        Wait.id,
        Handoff.from_id,
        Handoff.by_id,
        Handoff.since,
        Handoff.promised_at,
    )
    .join(Wait, Wait.id == Handoff.wait_id)
    .where(*_theirs, Wait.turn > 1, Handoff.turn > 1),
    _event(
        literal(0),
        Asked.person_id,
        Asked.at,
        Asked.words_sealed,
        literal("asked_too"),
        Wait.id,
        _NOBODY,
        Asked.by_id,
        _NEVER,
        _NEVER,
    )
    .join(Wait, Wait.id == Asked.wait_id)
    .where(*_theirs),
    _event(
        literal(0),
        Wait.ended_by,
        Wait.ended_at,
        Wait.reason_sealed,
        Wait.ended_how,
        Wait.id,
        Wait.patient_id,
        Wait.ended_by,
        _NEVER,
        Wait.talked_at,
    ).where(*_theirs, or_(*(Wait.ended_how == how for how in WITHOUT_LETTER))),
).subquery()


def happened(viewer: Viewer, row: Any, people: Mapping[UUID, Named]) -> Happened:
    def who(key: UUID | None) -> Who:
        return Who(people[key].name, key == viewer.person_id) if key else Who("", False)

    where: tuple[object, ...] = ("wait.reason", row.wait_id)
    if row.what == "asked_too":
        where = ("asked.words", row.wait_id, row.person_id)
    elif row.what not in WITHOUT_LETTER:
        where = ("handoff.words", row.wait_id, row.n)
    words = None if row.text_sealed is None else crypto.keyring().open(row.text_sealed, crypto.place(*map(str, where)))
    by = who(row.by_id) if row.by_id else None
    return Happened(row.at, row.what, who(row.person_id), who(row.other_id), by, words, row.since, row.until)
