"""A patient's own number, and the call that stands already."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, bindparam, select

from app.accounts.models import Person
from app.accounts.queries import Viewer, person_name
from app.care.queries import ContactCard
from app.core import crypto
from app.core.query import Query
from app.messages.queries import VIEWER, Holder
from app.waits.models import Wait


class Standing(NamedTuple):
    """That a patient is to be rung: by whom, between when, on which number, and the thread that says so.

    `broken` is when the time was not kept; `until` is then by when they are rung.
    """

    key: UUID
    thread_id: UUID
    name: str
    since: datetime
    until: datetime
    number: str
    broken: bool


_call = and_(
    Wait.patient_id == Person.id,
    Wait.kind == "thread",
    Wait.call,
    Wait.number_sealed.is_not(None),
    Wait.ended_at.is_(None),
    Wait.belongs_to == bindparam("contact"),
    Wait.unit_id == bindparam("unit"),
)
_CALLS = Query(
    select(
        Person.phone_sealed,
        Wait.id.label("wait_id"),
        Wait.subject_id,
        Wait.holder_id,
        Wait.counts_from,
        Wait.promised_at,
        Wait.number_sealed,
        Wait.broken,
        Holder.name_sealed,
    )
    .select_from(Person)
    .outerjoin(Wait, _call)
    .outerjoin(Holder, Holder.id == Wait.holder_id)
    .where(Person.id == VIEWER)
    .order_by(Wait.opened_at.desc())
    .limit(1)
)


def calls_of(viewer: Viewer, contact: ContactCard) -> tuple[str | None, Standing | None]:
    """The number that the viewer has given before, and the call by this contact that stands."""
    row = _CALLS.row(viewer=viewer.person_id, contact=contact.person_id, unit=contact.unit_id)
    ring = crypto.keyring()
    own = row.phone_sealed and ring.open(row.phone_sealed, crypto.place("person.phone", viewer.person_id))
    if row.wait_id is None:
        return own, None
    number = ring.open(row.number_sealed, crypto.place("wait.number", row.wait_id))
    name = person_name(row.holder_id, row.name_sealed) if row.holder_id else ""
    standing = Standing(row.wait_id, row.subject_id, name, row.counts_from, row.promised_at, number, row.broken > 0)
    return own or number, standing
