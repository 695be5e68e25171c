"""Tell people, once each, and let it rest until they may be reached."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.accounts.models import Person
from app.core import db, live
from app.core.audit import Actor
from app.notices.models import Notice


def tell(
    people: Mapping[UUID, datetime], kind: str, key: str, *, about: UUID | None = None, by: Actor, now: datetime
) -> None:
    """Tell each person of this kind of thing, from the moment each may be reached; the same kind and key again is
    nothing new. Accounts that are closed are told nothing."""
    if not people:
        return
    reachable = select(Person.id, Person.language).where(Person.id.in_(people), Person.closed_at.is_(None))
    rows = [
        {
            "id": db.new_key(),
            "person_id": row.id,
            "kind": kind,
            "key": key,
            "object_id": about,
            "language": row.language,
            "made_at": now,
            "show_at": max(now, people[row.id]),
        }
        for row in db.run(reachable.order_by(Person.id))
    ]
    if rows:
        db.run(upsert(Notice).on_conflict_do_nothing(index_elements=["person_id", "kind", "key"]), rows)
        live.changed(*(live.topic("p", row["person_id"]) for row in rows))


def seen(person_id: UUID, *, about: UUID, by: Actor, now: datetime) -> None:
    """Note that a person has been shown what they were told of one thing."""
    mine = (Notice.person_id == person_id, Notice.object_id == about, Notice.seen_at.is_(None), Notice.show_at <= now)
    db.run(update(Notice).where(*mine).values(seen_at=now))
