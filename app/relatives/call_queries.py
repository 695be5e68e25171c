"""A relative's wish to be rung, as they see it themselves. Only as long as the patient lets them in."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import aliased

from app.accounts.models import Person
from app.accounts.queries import Viewer, person_name
from app.care.models import Unit
from app.care.queries import ContactCard, card
from app.core import crypto
from app.core.errors import NotFound
from app.core.query import Query
from app.relatives.models import Relation, RelativeCall
from app.relatives.queries import CONTACTS, LET_IN, LetIn, let_in_of
from app.waits.models import Wait

KIND = "relative_call"


@dataclass(frozen=True)
class Near:
    """Who lets the viewer in, the contact who is asked to ring, and the wish that stands already."""

    let_in: LetIn
    contact: ContactCard | None
    open_call: UUID | None


@dataclass(frozen=True)
class Call:
    """A wish to be rung. `name` is who rings, where the viewer is let see it: "" is the region's function."""

    key: UUID
    let_in: LetIn
    unit_phone: str
    unit_hours: str
    unit_name: str
    name: str | None
    asked_at: datetime
    promised_at: datetime
    broken: bool
    number: str
    ended_how: str | None
    ended_at: datetime | None
    talked_at: datetime | None
    reason: str | None


_wait = and_(Wait.kind == KIND, Wait.subject_id == RelativeCall.id)
_open = (
    select(RelativeCall.id)
    .join(Wait, _wait)
    .where(RelativeCall.relation_id == Relation.id, Wait.ended_at.is_(None))
    .order_by(RelativeCall.asked_at.desc())
    .limit(1)
    .correlate(Relation)
    .scalar_subquery()
)
_NEAR = Query(CONTACTS.add_columns(_open.label("open_call")))
Holder = aliased(Person, name="call_holder")
_CALL = Query(
    LET_IN.add_columns(
        RelativeCall.id.label("call_id"),
        RelativeCall.number_sealed,
        RelativeCall.asked_at,
        Unit.name.label("unit_name"),
        Unit.phone.label("unit_phone"),
        Unit.phone_hours.label("unit_hours"),
        Wait.id.label("wait_id"),
        Wait.holder_id,
        Wait.promised_at,
        Wait.broken,
        Wait.ended_at,
        Wait.ended_how,
        Wait.talked_at,
        Wait.reason_sealed,
        Holder.name_sealed.label("holder_sealed"),
    )
    .join(RelativeCall, RelativeCall.relation_id == Relation.id)
    .join(Wait, _wait)
    .join(Unit, Unit.id == Wait.unit_id)
    .outerjoin(Holder, Holder.id == Wait.holder_id)
    .where(RelativeCall.id == bindparam("call"))
    .order_by(Wait.opened_at.desc())
    .limit(1)
)


def near(viewer: Viewer, relation: UUID, *, now: datetime, today: date) -> Near:
    """Who lets the viewer in now, to whatever it is; raises NotFound. Whether the contact may be named is another
    question: `let_in.items` says."""
    rows = _NEAR.rows(viewer=viewer.person_id, relation=relation, now=now, today=today)
    it = let_in_of(rows[0]) if rows else None
    if it is None or not it.items:
        raise NotFound
    first = next((row for row in rows if row.contact_id and row.unit_id), None)
    contact = card(first, first.contact_id, first.coordinating) if first else None
    return Near(it, contact, rows[0].open_call)


def call_for(viewer: Viewer, call: UUID, *, now: datetime) -> Call:
    """One wish of the viewer's own; raises NotFound, also when the patient no longer lets them in."""
    row = _CALL.row(viewer=viewer.person_id, call=call, now=now)
    it = let_in_of(row) if row else None
    if it is None or not it.items:
        raise NotFound
    return _of(row, it)


def _of(row: Any, it: LetIn) -> Call:
    ring, named = crypto.keyring(), "contact" in it.items
    name = person_name(row.holder_id, row.holder_sealed) if row.holder_id else ""
    return Call(
        key=row.call_id,
        let_in=it,
        unit_phone=row.unit_phone,
        unit_hours=row.unit_hours,
        unit_name=row.unit_name,
        name=name if named else None,
        asked_at=row.asked_at,
        promised_at=row.promised_at,
        broken=row.broken > 0,
        number=ring.open(row.number_sealed, crypto.place("relative_call.number", row.call_id)),
        ended_how=row.ended_how,
        ended_at=row.ended_at,
        talked_at=row.talked_at,
        reason=row.reason_sealed and ring.open(row.reason_sealed, crypto.place("wait.reason", row.wait_id)),
    )
