"""What a unit offers times for, who does it and where: opened, changed and ended by the unit's head."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert

from app.bookings.kind_models import Location, ServiceStaff, ServiceType
from app.bookings.rules import CLOSING
from app.care.models import Unit
from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.db import run


class NotInvited(Exception):
    """A template that does not close by inviting the relative along; nothing was stored."""


def open_location(
    unit: Unit,
    name: str,
    address: str,
    *,
    way: str = "",
    weekdays: Collection[int] = range(5),
    by: Actor,
    now: datetime,
) -> UUID:
    """A place where the unit meets people on these weekdays (0 is Monday); `way` is how to get there."""
    place = Location(
        id=db.new_key(),
        unit_id=unit.id,
        name=name,
        address=address,
        way=way,
        weekdays=sorted(weekdays),
        made_at=now,
    )
    db.session().add(place)
    db.session().flush()
    audit.record(
        db.session(), Entry("location.opened", None, unit.id, f"location:{db.short(place.id)}"), by=by, now=now
    )
    return place.id


def open_kind(
    unit: Unit,
    name: str,
    mode: str,
    minutes: int,
    *,
    staff: Collection[UUID],
    location_id: UUID | None = None,
    bring: str = "",
    letter: str = CLOSING,
    by: Actor,
    now: datetime,
) -> UUID:
    """A kind of time, done by these people. Raises NotInvited."""
    if not letter.endswith(CLOSING):
        raise NotInvited
    kind = ServiceType(
        id=db.new_key(),
        unit_id=unit.id,
        name=name,
        mode=mode,
        minutes=minutes,
        location_id=location_id,
        bring=bring,
        letter=letter,
        made_at=now,
    )
    db.session().add(kind)
    db.session().flush()
    if staff:
        run(insert(ServiceStaff), [{"service_type_id": kind.id, "person_id": key} for key in sorted(staff)])
    entry = Entry("service_type.opened", None, unit.id, f"service_type:{db.short(kind.id)}")
    audit.record(db.session(), entry, by=by, now=now)
    return kind.id
