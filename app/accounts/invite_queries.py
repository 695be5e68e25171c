"""A code that was given out: as the unit that gave it sees it, and as the phone does that has typed it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from app.accounts import invite_rules as rules
from app.accounts.models import Invitation, Person
from app.accounts.queries import Viewer, person_name
from app.core.db import run


@dataclass(frozen=True)
class Given:
    """An open code as staff see it. `waits`: for somebody to confirm the phone that it was typed on."""

    how: str
    issued_at: datetime
    issued_by: str
    expires_at: datetime
    claimed_at: datetime | None
    waits: bool


@dataclass(frozen=True)
class Claim:
    """A code as the phone sees it that has typed it; it may make a key when it is `ready`."""

    person_id: UUID
    words: str | None
    ready: bool
    expires_at: datetime


_open = select(Invitation, Person.name_sealed).join(Person, Person.id == Invitation.issued_by)
_given = _open.where(Invitation.person_id == bindparam("person"), Invitation.ended_at.is_(None))
_claim = select(Invitation).where(Invitation.claim_digest == bindparam("claim"), Invitation.ended_at.is_(None))


def digest(claim: str) -> bytes:
    return hashlib.sha256(claim.encode()).digest()


def given_to(viewer: Viewer, person_id: UUID, *, now: datetime) -> Given | None:
    """The code that is open for somebody whom the viewer has been found to help."""
    row = run(_given, {"person": person_id}).one_or_none()
    if row is None or not rules.is_open(row.expires_at, row.tries, now=now):
        return None
    return Given(
        row.how,
        row.issued_at,
        person_name(row.issued_by, row.name_sealed),
        row.expires_at,
        row.claimed_at,
        row.how == "letter" and row.claimed_at is not None and row.confirmed_at is None,
    )


def claim_of(token: str | None, *, now: datetime) -> Claim | None:
    """What the phone that holds this may do; None when its code has run out or has been used or ended."""
    row = run(_claim, {"claim": digest(token)}).one_or_none() if token else None
    if row is None or not rules.is_open(row.expires_at, row.tries, now=now):
        return None
    ready = row.how == "in_person" or row.confirmed_at is not None
    return Claim(row.person_id, None if ready else row.words, ready, row.expires_at)
