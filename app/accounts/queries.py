"""Who is asking, and who a person is."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from flask_login import UserMixin
from sqlalchemy import and_, bindparam, exists, func, or_, select

from app.accounts import rules
from app.accounts.invite_rules import TOLD
from app.accounts.models import Invitation, Patient, Person, RegionRole, SignIn, Staff
from app.core import crypto
from app.core.query import Query

DIGEST = hashlib.sha256


@dataclass
class Viewer(UserMixin):
    """A signed-in person in the capacity of their session: the first argument of every query.

    `code_at` is when somebody made them a code to come in with, for as long as they are told of it.
    """

    token: str = field(repr=False)
    session_id: bytes = field(repr=False)
    person_id: UUID
    capacity: str
    kinds: frozenset[str]
    started_at: datetime
    last_seen: datetime
    name_sealed: bytes = field(repr=False)
    title: str | None
    code_at: datetime | None = None

    def get_id(self) -> str:
        return self.token

    @cached_property
    def name(self) -> str:
        return person_name(self.person_id, self.name_sealed)


def person_name(person_id: UUID, sealed: bytes) -> str:
    return crypto.keyring().open(sealed, crypto.place("person.name", person_id))


def session_digest(token: str) -> bytes:
    return DIGEST(token.encode()).digest()


# Whoever may act in a session's capacity: a lock is on what a person has in private, and leaves their work alone.
ENTERS = and_(Person.closed_at.is_(None), or_(SignIn.capacity == "duty", Person.locked_at.is_(None)))
_VIEWER = Query(
    select(
        SignIn.person_id,
        SignIn.capacity,
        SignIn.started_at,
        SignIn.last_seen,
        Person.name_sealed,
        Staff.title,
        Patient.person_id.is_not(None).label("is_patient"),
        # As part of this question, since the start page has no room for one more.
        select(func.max(Invitation.issued_at))
        .where(Invitation.person_id == SignIn.person_id, SignIn.capacity == "private")
        .scalar_subquery()
        .label("code_at"),
        exists().where(RegionRole.person_id == SignIn.person_id, RegionRole.role == "administrator").label("is_admin"),
    )
    .join(Person, Person.id == SignIn.person_id)
    .outerjoin(Patient, Patient.person_id == SignIn.person_id)
    .outerjoin(Staff, Staff.person_id == SignIn.person_id)
    .where(SignIn.id == bindparam("id"), SignIn.ended_at.is_(None), ENTERS)
)


def viewer_of(token: str, *, now: datetime) -> Viewer | None:
    """The viewer behind a session token; None when the session or the account has ended."""
    session_id = session_digest(token)
    row = _VIEWER.row(id=session_id)
    if row is None or rules.is_over(row.capacity, row.started_at, row.last_seen, now=now):
        return None
    on_duty = row.capacity == "duty" and row.title is not None
    kinds = {"staff"} if on_duty else {"patient"} if row.is_patient else set()
    if on_duty and row.is_admin:
        kinds.add("admin")
    return Viewer(
        token,
        session_id,
        row.person_id,
        row.capacity,
        frozenset(kinds),
        row.started_at,
        row.last_seen,
        row.name_sealed,
        row.title,
        row.code_at if row.code_at and now < row.code_at + TOLD else None,
    )
