"""Where a person is signed in, and what has been done with their ways in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from app.accounts import rules
from app.accounts.models import Person, SignIn
from app.accounts.queries import Viewer, person_name
from app.core.audit import log
from app.core.db import run

MOST = 50
TOLD = timedelta(days=30)
# What a person is told of, among all that the log holds about them.
EVENTS = ("account.locked", "account.unlocked", "invitation.issued", "invitation.confirmed", "invitation.used")


@dataclass(frozen=True)
class Session:
    """One place where a person is signed in, in the capacity they look in now; `this` is where they look."""

    key: UUID
    device: str
    way: str
    started_at: datetime
    last_seen: datetime
    this: bool


@dataclass(frozen=True)
class Event:
    """Something done with a person's ways in; `by` is None when it was they themselves."""

    action: str
    at: datetime
    by: str | None


Actor = aliased(Person, name="actor")
_sessions = (
    select(SignIn)
    .where(
        SignIn.person_id == bindparam("person"),
        SignIn.capacity == bindparam("capacity"),
        SignIn.ended_at.is_(None),
        SignIn.last_seen > bindparam("alive"),
    )
    .order_by(SignIn.last_seen.desc(), SignIn.id)
    .limit(MOST)
)
_events = (
    select(log.c.action, log.c.at, log.c.actor_id, Actor.name_sealed)
    .join(Actor, Actor.id == log.c.actor_id)
    .where(log.c.patient_id == bindparam("person"), log.c.action.in_(EVENTS), log.c.at > bindparam("since"))
    .order_by(log.c.at.desc(), log.c.id.desc())
    .limit(MOST)
)


def sessions_of(viewer: Viewer, *, now: datetime) -> list[Session]:
    """The viewer's open sessions in their capacity, this one first and then the one last used."""
    values = {"person": viewer.person_id, "capacity": viewer.capacity}
    rows = run(_sessions, values | {"alive": now - rules.LIMITS[viewer.capacity].idle}).all()
    found = [
        Session(row.key, row.device, row.way, row.started_at, row.last_seen, row.id == viewer.session_id)
        for row in rows
        if not rules.is_over(row.capacity, row.started_at, row.last_seen, now=now)
    ]
    return sorted(found, key=lambda it: not it.this)


def events_of(viewer: Viewer, *, now: datetime) -> list[Event]:
    """What was done with the viewer's private ways in during the last thirty days, latest first."""
    if viewer.capacity != "private":
        return []
    return [
        Event(
            row.action,
            row.at,
            None if row.actor_id == viewer.person_id else person_name(row.actor_id, row.name_sealed),
        )
        for row in run(_events, {"person": viewer.person_id, "since": now - TOLD}).all()
    ]
