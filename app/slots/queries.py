"""The free times that a patient may take, and what is held for them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.accounts.queries import Viewer, person_name
from app.core.db import run
from app.core.locale import local
from app.core.paging import cut
from app.slots.slot_rules import SOONEST

LISTED = 60
NEAR = 3
FIRST = (datetime(1970, 1, 1).astimezone(), UUID(int=0))

# What has come in the way of a time `s` since it was published; null when nothing has. Nothing is stored of it: when
# the absence is cancelled, or the other time is moved, it is free again.
HIT = """
  case
    when exists (select from absence a where a.person_id = s.staff_id and a.cancelled_at is null
      and a.starts_at < s.ends_at and (a.ends_at is null or a.ends_at > s.starts_at)) then 'away'
    when exists (select from closure c where c.unit_id = s.unit_id
      and c.starts_on::timestamp at time zone 'Europe/Stockholm' < s.ends_at
      and (c.ends_on + 1)::timestamp at time zone 'Europe/Stockholm' > s.starts_at) then 'closed'
    when exists (select from participant p where p.person_id = s.staff_id and p.status = 'booked'
      and p.starts_at > s.starts_at - interval '12 hours' and p.starts_at < s.ends_at and p.ends_at > s.starts_at)
      then 'booked'
    when not exists (select from service_staff x join service_type y on y.id = x.service_type_id
      where x.service_type_id = s.service_type_id and x.person_id = s.staff_id and y.ended_at is null) then 'not_theirs'
    when not exists (select from assignment w join person q on q.id = w.person_id
      where w.person_id = s.staff_id and w.unit_id = s.unit_id and q.closed_at is null
        and w.starts_on <= (s.starts_at at time zone 'Europe/Stockholm')::date
        and (w.ends_on is null or w.ends_on >= (s.starts_at at time zone 'Europe/Stockholm')::date)) then 'gone'
  end
"""


@dataclass(frozen=True)
class Free:
    """A time that a patient may take, or that is held for them until `held_until`."""

    key: UUID
    kind: UUID
    kind_name: str
    mode: str
    minutes: int
    unit_name: str
    unit_phone: str
    unit_hours: str
    whom: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str = field(default="", repr=False)
    hides_places: bool = False
    offer: UUID | None = None
    held_until: datetime | None = None


# What is free to a patient of the unit: nobody whom they have said no to, and nothing at an hour when they have a time.
_FREE = f"""
    select s.id, s.service_type_id as kind_id, k.name as kind_name, k.mode, s.starts_at, s.ends_at,
      u.name as unit_name, u.phone as unit_phone, u.phone_hours as unit_hours, p.name_sealed, s.staff_id, t.title,
      coalesce(l.name || ', ' || l.address, '') as place, me.protected, o.id as offer_id, o.held_until
    from slot s join service_type k on k.id = s.service_type_id join unit u on u.id = s.unit_id
    join person p on p.id = s.staff_id join staff t on t.person_id = s.staff_id join person me on me.id = :viewer
    left join location l on l.id = s.location_id
    left join slot_offer o on o.slot_id = s.id and o.patient_id = :viewer and o.ended_at is null and o.held_until > :now
    where exists (select from contact c where c.patient_id = :viewer and c.unit_id = s.unit_id
        and c.starts_on <= :today and (c.ends_on is null or c.ends_on >= :today))
      and s.staff_id <> :viewer and s.starts_at > :now and me.closed_at is null
      and not exists (select from block b where b.patient_id = :viewer and b.person_id = s.staff_id
        and b.ended_at is null)
      and {HIT} is null
"""  # nosec B608  # our own words alone
_OPEN = "and s.status = 'free' and s.for_whom = 'unit' and s.freed_at is null and s.starts_at > :soonest"
_NOT_THEN = """
      and not exists (select from participant q where q.person_id = :viewer and q.status = 'booked'
        and q.starts_at < s.ends_at and q.ends_at > s.starts_at)
"""
_LIST = text(
    f"""{_FREE} {_OPEN} {_NOT_THEN} and (cast(:kind as uuid) is null or s.service_type_id = :kind)
      and (s.starts_at, s.id) > (:at, :id)
    order by s.starts_at, s.id limit {LISTED + 1}
    """  # nosec B608  # our own words alone
)
_ONE = text(
    f"{_FREE} and s.id = :slot and (o.id is not null or (true {_OPEN}))"  # nosec B608  # our own words alone
)
_KNOWN = text(
    """
    select exists (select from slot s join contact c on c.unit_id = s.unit_id where s.id = :slot
      and c.patient_id = :viewer and c.starts_on <= :today and (c.ends_on is null or c.ends_on >= :today)
      and not exists (select from block b where b.patient_id = :viewer and b.person_id = s.staff_id
        and b.ended_at is null)) as known
    """
)
_NEAREST = text(
    f"""{_FREE} {_OPEN} {_NOT_THEN} and s.id <> :slot
      and s.service_type_id = (select service_type_id from slot where id = :slot)
    order by abs(extract(epoch from s.starts_at - (select starts_at from slot where id = :slot))), s.id limit {NEAR}
    """  # nosec B608  # our own words alone
)
_OFFERED = text(
    f"{_FREE} and o.id is not null order by s.starts_at, s.id limit {LISTED}"  # nosec B608  # our own words alone
)


def free_for(
    viewer: Viewer, *, now: datetime, kind: UUID | None = None, after: tuple[datetime, UUID] | None = None
) -> tuple[list[Free], bool]:
    """The times that the viewer may take, the first to begin first, and whether more follow."""
    at, key = after or FIRST
    return cut([_free(it) for it in run(_LIST, _of(viewer, now) | {"kind": kind, "at": at, "id": key})], LISTED)


def free_one(viewer: Viewer, slot: UUID, *, now: datetime) -> Free | None:
    """One of them, or one that is held for the viewer; None where it is neither, any longer."""
    row = run(_ONE, _of(viewer, now) | {"slot": slot}).one_or_none()
    return _free(row) if row else None


def known(viewer: Viewer, slot: UUID, *, now: datetime) -> bool:
    """Whether a time is, or was, one that the viewer could take: of a unit whose patient they are."""
    return bool(run(_KNOWN, _of(viewer, now) | {"slot": slot}).scalar_one())


def nearest(viewer: Viewer, slot: UUID, *, now: datetime) -> list[Free]:
    """What else of the same kind the viewer may take, nearest to a time that somebody else took."""
    return [_free(it) for it in run(_NEAREST, _of(viewer, now) | {"slot": slot})]


def offered_to(viewer: Viewer, *, now: datetime) -> list[Free]:
    """What is held for the viewer."""
    return [_free(it) for it in run(_OFFERED, _of(viewer, now))]


def _of(viewer: Viewer, now: datetime) -> dict[str, Any]:
    return {"viewer": viewer.person_id, "now": now, "soonest": now + SOONEST, "today": local(now).date()}


def _free(it: Any) -> Free:
    return Free(
        key=it.id,
        kind=it.kind_id,
        kind_name=it.kind_name,
        mode=it.mode,
        minutes=round((it.ends_at - it.starts_at).total_seconds() / 60),
        unit_name=it.unit_name,
        unit_phone=it.unit_phone,
        unit_hours=it.unit_hours,
        whom=person_name(it.staff_id, it.name_sealed),
        title=it.title,
        starts_at=it.starts_at,
        ends_at=it.ends_at,
        place=it.place,
        hides_places=it.protected,
        offer=it.offer_id,
        held_until=it.held_until,
    )
