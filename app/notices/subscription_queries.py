"""A person's devices that may be pushed to, and whether anything reaches them at all."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, func, or_, select

from app.accounts.queries import Viewer
from app.core.query import Query
from app.notices.models import Delivery, Subscription
from app.notices.subscription_rules import ENOUGH, MOST, PATIENCE, works


@dataclass(frozen=True)
class Device:
    """One of the viewer's devices. `works`: what is sent to it can be counted on to be shown there."""

    key: UUID
    device: str
    this: bool
    made_at: datetime
    shown_at: datetime | None
    works: bool


_tried = (
    select(Delivery.id)
    .where(
        Delivery.subscription_id == Subscription.id,
        Delivery.shown_at.is_(None),
        Delivery.accepted_at < bindparam("patient", type_=Delivery.accepted_at.type),
        or_(Subscription.shown_at.is_(None), Delivery.accepted_at > Subscription.shown_at),
    )
    .correlate(Subscription)
    .limit(ENOUGH)
    .subquery()
)
_MINE = and_(
    Subscription.person_id == bindparam("viewer"),
    Subscription.capacity == bindparam("capacity"),
    Subscription.ended_at.is_(None),
)
_DEVICES = Query(
    select(
        Subscription.id,
        Subscription.device,
        Subscription.session_id,
        Subscription.made_at,
        Subscription.shown_at,
        select(func.count()).select_from(_tried).scalar_subquery().label("unshown"),
    )
    .where(_MINE)
    .order_by(Subscription.renewed_at.desc(), Subscription.id)
    .limit(MOST)
)


def devices_of(viewer: Viewer, *, now: datetime) -> list[Device]:
    """The viewer's devices that are on in their capacity, this one first and then the one last heard from."""
    rows = _DEVICES.rows(viewer=viewer.person_id, capacity=viewer.capacity, patient=now - PATIENCE)
    found = [
        Device(
            row.id,
            row.device,
            row.session_id == viewer.session_id,
            row.made_at,
            row.shown_at,
            works(row.shown_at, row.unshown, now=now),
        )
        for row in rows
    ]
    return sorted(found, key=lambda it: not it.this)
