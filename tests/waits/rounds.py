"""What the stories of rounds look at, and how something is damaged."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from app.core import clock, db, pulse
from app.core.audit import SYSTEM
from app.notices.models import Notice
from app.waits.models import Handoff, Wait
from app.waits.tick_service import tick
from tests.world import World


def wait_of(thread: UUID) -> Wait:
    db.session().expire_all()
    return db.session().scalars(select(Wait).where(Wait.subject_id == thread)).one()


def holder(thread: UUID, world: World) -> str:
    return name(wait_of(thread).holder_id, world)


def name(person: UUID | None, world: World) -> str:
    return next((known for known, it in world.people.items() if it.person.id == person), "?" if person else "function")


def handed(thread: UUID, world: World) -> list[tuple[str, str]]:
    wait = db.session().scalars(select(Wait.id).where(Wait.subject_id == thread)).one()
    rows = db.session().scalars(select(Handoff).where(Handoff.wait_id == wait).order_by(Handoff.turn))
    return [(name(row.to_id, world), row.reason) for row in rows]


def noticed(kind: str, world: World) -> list[str]:
    rows = db.session().scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.made_at))
    return [name(row.person_id, world) for row in rows]


def alarms() -> list[str]:
    with db.transaction() as session:
        connection = session.connection()
        pulse.beat(connection, "worker", now=clock.now())
        found = [alarm.name for alarm in pulse.alarms(connection, now=clock.now())]
    return [name for name in found if name.startswith("wait_")]


def damage(thread: UUID, how: str) -> None:
    """Something that no verb can write, so that a round which meets it fails."""
    with db.transaction():
        db.run(text(f"update wait set {how} where subject_id = :thread"), {"thread": thread})


UNREADABLE = "promised_at = 'infinity'"


def climb(world: World) -> None:
    """Round after round, each in its own transaction, as the worker does it."""
    rounds = 0
    while world.works_on():
        rounds += 1
        assert rounds < 50, "the same is taken again and again"


def waits_tick(batch: int) -> int:
    return tick(by=SYSTEM, now=clock.now(), batch=batch)


def fields(thread: UUID, names: str) -> Any:
    return db.run(text(f"select {names} from wait where subject_id = :thread"), {"thread": thread}).one()
