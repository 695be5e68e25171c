"""Whether something waits, and on which version of a unit it is decided."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import bindparam, select

from app.accounts.queries import Viewer
from app.care.models import ContactRequest, Unit
from app.core.audit import Actor
from app.core.db import run
from app.core.query import Query
from app.waits.models import Wait

_OPEN = Query(
    select(Wait.id).where(
        Wait.kind == bindparam("kind"), Wait.subject_id == bindparam("subject"), Wait.ended_at.is_(None)
    )
)


def is_open(viewer: Viewer, kind: str, subject: UUID) -> bool:
    """Whether a question is open about something that the viewer has reached; ask it under the subject's lock."""
    return bool(_OPEN.rows(kind=kind, subject=subject))


def versions_of(viewer: Actor, units: Iterable[UUID]) -> dict[UUID, int | None]:
    """Which version each of some units has now."""
    known = select(Unit.id, Unit.care_version).where(Unit.id.in_(list(units)))
    return {row.id: row.care_version for row in run(known)}


def not_to_learn(viewer: Actor, wishes: Iterable[UUID]) -> dict[UUID, UUID]:
    """For each wish for another contact, that contact, who never learns of it."""
    keys = list(wishes)
    about = select(ContactRequest.id, ContactRequest.about_id).where(
        ContactRequest.id.in_(keys), ContactRequest.about_id.is_not(None)
    )
    return {row.id: row.about_id for row in run(about)} if keys else {}
