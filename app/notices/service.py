"""Tell people, once each, and let it rest until they may be reached."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.accounts.models import Person
from app.core import db, live
from app.core.audit import Actor
from app.core.locale import local
from app.notices.models import Notice


@dataclass(frozen=True)
class Told:
    """One thing that one person is told, from when it may be shown to them. `about` is what it is about."""

    person_id: UUID
    kind: str
    key: str
    show_at: datetime
    about: UUID | None = None


def tell(
    people: Mapping[UUID, datetime], kind: str, key: str, *, about: UUID | None = None, by: Actor, now: datetime
) -> None:
    """Tell each person of this kind of thing, from the moment each may be reached; the same kind and key again is
    nothing new. Accounts that are closed are told nothing."""
    tell_many((Told(person, kind, key, at, about) for person, at in people.items()), by=by, now=now)


def tell_many(told: Iterable[Told], *, by: Actor, now: datetime) -> None:
    """The same for many people and things at once."""
    wanted = list(told)
    if not wanted:
        return
    people = {it.person_id for it in wanted}
    reachable = select(Person.id, Person.language).where(Person.id.in_(people), Person.closed_at.is_(None))
    languages = {row.id: row.language for row in db.run(reachable)}
    rows = [
        {
            "id": db.new_key(),
            "person_id": it.person_id,
            "kind": it.kind,
            "key": it.key,
            "object_id": it.about,
            "language": languages[it.person_id],
            "made_at": now,
            "show_at": max(now, it.show_at),
        }
        for it in sorted(wanted, key=lambda it: (it.person_id, it.kind, it.key))
        if it.person_id in languages
    ]
    if rows:
        db.run(upsert(Notice).on_conflict_do_nothing(index_elements=["person_id", "kind", "key"]), rows)
        live.changed(*(live.topic("p", person) for person in sorted({row["person_id"] for row in rows})))


def remind(people: Mapping[UUID, datetime], *, by: Actor, now: datetime) -> None:
    """Remind each, from the moment each may be reached, of what has waited half its time: once a day."""
    days = {person: f"{local(max(at, now)):%Y-%m-%d}" for person, at in people.items()}
    tell_many((Told(person, "reminder", day, people[person]) for person, day in days.items()), by=by, now=now)


def seen(person_id: UUID, *, about: UUID, by: Actor, now: datetime) -> None:
    """Note that a person has been shown what they were told of one thing."""
    mine = (Notice.person_id == person_id, Notice.object_id == about, Notice.seen_at.is_(None), Notice.show_at <= now)
    db.run(update(Notice).where(*mine).values(seen_at=now))
