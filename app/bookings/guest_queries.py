"""Whom a patient takes along to a time, and the times that a relative sees: all of a patient's, or the one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, exists, func, or_, select, union

from app.accounts.queries import Viewer
from app.bookings.models import Booking, BookingGuest
from app.bookings.queries import Time, times_of, whole
from app.core import crypto
from app.core.audit import Actor
from app.core.errors import NotFound
from app.core.paging import PAGE
from app.core.query import Query
from app.relatives.models import Consent, Relation
from app.relatives.queries import LET_IN, MOST, NOW, LetIn, in_force_now, let_in_of


@dataclass(frozen=True)
class Guest:
    """Somebody whom the viewer has let in, by the viewer's own name for them. `invited_at`: they are to come along to
    this time; `sees_all`: they see all the times anyway."""

    key: UUID
    name: str
    invited_at: datetime | None
    sees_all: bool


@dataclass(frozen=True)
class Seen:
    """A time that a relative sees, whose it is, and whether they are asked to come along to it."""

    time: Time
    let_in: LetIn
    invited: bool


_BOOKING = bindparam("booking", type_=Booking.id.type)
_sees_all = exists().where(Consent.relation_id == Relation.id, Consent.item == "bookings", in_force_now(NOW))
_invited = and_(
    BookingGuest.booking_id == _BOOKING,
    BookingGuest.relation_id == Relation.id,
    BookingGuest.taken_back_at.is_(None),
)
_holds = (Relation.confirmed_at.is_not(None), Relation.ended_at.is_(None), Relation.until_at > NOW)
_COMPANY = Query(
    select(Relation.id, Relation.name_sealed, BookingGuest.invited_at, _sees_all.label("sees_all"))
    .outerjoin(BookingGuest, _invited)
    .join(Booking, Booking.id == _BOOKING)
    .where(Relation.patient_id == bindparam("viewer"), Booking.patient_id == Relation.patient_id, *_holds)
    .order_by(Relation.confirmed_at, Relation.id)
    .limit(MOST)
)
_let_in = LET_IN.subquery("let_in")
_asked_along = exists().where(
    BookingGuest.booking_id == Booking.id,
    BookingGuest.relation_id == _let_in.c.relation_id,
    BookingGuest.taken_back_at.is_(None),
)
_shown = (
    select(Booking.id)
    .join(_let_in, _let_in.c.patient_id == Booking.patient_id)
    .where(or_(func.strpos(_let_in.c["items"], "bookings") > 0, _asked_along), Booking.status != "entered-in-error")
)
_soonest = (Booking.starts_at, Booking.id)
_near = (
    *(_let_in.c[name] for name in ("relation_id", "until_at", "protected", "patient_name_sealed", "items")),
    _asked_along.label("invited"),
)


def _seen_in(keys: Select[*tuple[Any, ...]]) -> Query:
    times = whole(keys).add_columns(*_near).join(_let_in, _let_in.c.patient_id == Booking.patient_id)
    return Query(times.order_by(*_soonest))


_ALL = _seen_in(_shown.where(Booking.ends_at > NOW).order_by(*_soonest).limit(PAGE))
_ONE = _seen_in(_shown.where(Booking.id == _BOOKING))
_TOLD = Query(
    union(
        select(Relation.relative_id)
        .join(Consent, and_(Consent.relation_id == Relation.id, Consent.item == "bookings", in_force_now(NOW)))
        .where(Relation.patient_id == bindparam("patient"), *_holds),
        select(Relation.relative_id)
        .join(BookingGuest, _invited)
        .where(Relation.patient_id == bindparam("patient"), *_holds),
    )
)


def company(viewer: Viewer, booking: UUID, *, now: datetime) -> list[Guest]:
    """Whom the viewer could take along to one of their own times, in the order in which they let them in."""
    return [
        Guest(
            row.id,
            crypto.keyring().open(row.name_sealed, crypto.place("relation.name", row.id)),
            row.invited_at,
            row.sees_all,
        )
        for row in _COMPANY.rows(viewer=viewer.person_id, booking=booking, now=now)
    ]


def seen_by(viewer: Viewer, *, now: datetime) -> list[Seen]:
    """The times to come that the viewer sees as a relative, of all who let them in, the soonest first."""
    return _seen(_ALL.rows(viewer=viewer.person_id, now=now))


def seen_for(viewer: Viewer, booking: UUID, *, now: datetime) -> Seen:
    """One of them, also when it has been; raises NotFound, whatever the reason that they do not see it."""
    found = _seen(_ONE.rows(viewer=viewer.person_id, booking=booking, now=now))
    if not found:
        raise NotFound
    return found[0]


def told_of(viewer: Actor, booking: UUID, patient: UUID, *, now: datetime) -> list[UUID]:
    """The relatives who see a time, and so hear what becomes of it."""
    return [row.relative_id for row in _TOLD.rows(booking=booking, patient=patient, now=now)]


def _seen(rows: Sequence[Any]) -> list[Seen]:
    near = {row.id: (let_in_of(row), row.invited) for row in rows}
    return [Seen(it, *near[it.key]) for it in times_of(rows)]
