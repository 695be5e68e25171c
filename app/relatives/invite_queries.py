"""Whom a patient lets in, has offered to, or had let in, as the patient sees it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, bindparam, func, or_, select

from app.accounts import invite_rules as codes
from app.accounts.models import Person
from app.accounts.queries import Viewer, person_name
from app.core import audit, crypto
from app.core.errors import NotFound
from app.core.query import Query
from app.relatives import rules
from app.relatives.models import Relation
from app.relatives.queries import MOST, NOW, SEEN


@dataclass(frozen=True)
class Given:
    """Somebody whom the viewer has let in, has offered to, or had let in, as the viewer sees them.

    `stage` is one of the rules'; `how` is why it is over. `who` is what the one who answered is called in their own
    papers. `seen_at` is when they last looked.
    """

    key: UUID
    name: str
    items: frozenset[str]
    until_at: datetime
    stage: str
    how: str | None
    offered_at: datetime
    offer_ends_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None
    who: str | None
    seen_at: datetime | None

    @property
    def last(self) -> date:
        return rules.last_of(self.until_at)


# When they looked is in the log, which knows it already.
_seen_at = (
    select(func.max(audit.log.c.at))
    .where(
        audit.log.c.patient_id == Relation.patient_id,
        audit.log.c.at >= Relation.confirmed_at,
        audit.log.c.actor_id == Relation.relative_id,
        audit.log.c.action == SEEN,
    )
    .correlate(Relation)
    .scalar_subquery()
)
_given = (
    select(
        Relation.id,
        Relation.name_sealed,
        func.array_to_string(Relation.items, " ", type_=Text).label("items"),
        Relation.until_at,
        Relation.tries,
        Relation.offered_at,
        Relation.offer_ends_at,
        Relation.accepted_at,
        Relation.confirmed_at,
        Relation.ended_at,
        Relation.ended_how,
        Relation.relative_id,
        Person.name_sealed.label("who_sealed"),
        _seen_at.label("seen_at"),
    )
    .outerjoin(Person, Person.id == Relation.relative_id)
    .where(Relation.patient_id == bindparam("viewer"))
)
_GIVEN = Query(
    _given.where(or_(Relation.ended_at.is_(None), Relation.ended_at > bindparam("since", type_=NOW.type)))
    .order_by(Relation.ended_at.desc().nulls_first(), Relation.offered_at, Relation.id)
    .limit(MOST)
)
_GIVEN_ONE = Query(_given.where(Relation.id == bindparam("relation")))


def given_by(viewer: Viewer, *, now: datetime) -> list[Given]:
    """Whom the viewer lets in or has offered to, in the order of the offers, and then what is over since lately."""
    return [_given_of(row, now) for row in _GIVEN.rows(viewer=viewer.person_id, since=now - rules.TOLD)]


def given_for(viewer: Viewer, relation: UUID, *, now: datetime) -> Given:
    """One of them, also when it was over long ago; raises NotFound."""
    row = _GIVEN_ONE.row(viewer=viewer.person_id, relation=relation)
    if row is None:
        raise NotFound
    return _given_of(row, now)


def _given_of(row: Any, now: datetime) -> Given:
    standing = rules.Standing(
        open=codes.is_open(row.offer_ends_at, row.tries, now=now),
        accepted=row.accepted_at is not None,
        confirmed=row.confirmed_at is not None,
        until_at=row.until_at,
        ended=row.ended_at is not None,
    )
    return Given(
        key=row.id,
        name=crypto.keyring().open(row.name_sealed, crypto.place("relation.name", row.id)),
        items=frozenset(row.items.split()),
        until_at=row.until_at,
        stage=rules.stage(standing, now=now),
        how=row.ended_how or ("expired" if now >= row.until_at else None),
        offered_at=row.offered_at,
        offer_ends_at=row.offer_ends_at,
        accepted_at=row.accepted_at,
        ended_at=row.ended_at,
        who=person_name(row.relative_id, row.who_sealed) if row.relative_id else None,
        seen_at=row.seen_at,
    )
