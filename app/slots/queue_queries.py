"""Who waits for a time: a patient's own places on the lists, and the list of a unit as its staff see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.accounts.queries import Viewer, shown_name
from app.bookings.staff_queries import units_of
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import local
from app.core.paging import cut
from app.slots.queries import FIRST

LISTED = 60


@dataclass(frozen=True)
class Mine:
    """A kind of time that the viewer can wait for; with a `key` they do, `since` then."""

    kind: UUID
    kind_name: str
    mode: str
    unit_name: str
    key: UUID | None
    since: datetime | None
    parts: tuple[str, ...]
    notice_hours: int


@dataclass(frozen=True)
class Listed:
    """Somebody who waits, as staff see it: what is held for them, what they have said no to, and when they were asked
    last."""

    key: UUID
    unit_id: UUID
    unit_name: str
    kind: UUID
    kind_name: str
    patient_id: UUID
    name: str
    since: datetime
    by_staff: bool
    parts: tuple[str, ...]
    notice_hours: int
    held_until: datetime | None
    held_at: datetime | None
    refused: int
    lapsed: int


# Those that the unit has published times of lately, or that the patient waits for already.
_MINE = text(
    """
    select k.id as kind_id, k.name as kind_name, k.mode, u.name as unit_name, q.id, q.since, q.parts, q.notice_hours,
      me.protected
    from service_type k join unit u on u.id = k.unit_id join person me on me.id = :viewer
    left join queued q on q.service_type_id = k.id and q.patient_id = :viewer and q.ended_at is null
    where exists (select from contact c where c.patient_id = :viewer and c.unit_id = k.unit_id
        and c.starts_on <= :today and (c.ends_on is null or c.ends_on >= :today))
      and (cast(:kind as uuid) is null or k.id = :kind) and k.ended_at is null
      and (q.id is not null or exists (select from slot s where s.unit_id = k.unit_id and s.service_type_id = k.id
        and s.starts_at > :now - interval '90 days'))
    order by q.since, u.name, k.name, k.id limit 60
    """
)
_LIST = """
    select q.id, q.unit_id, u.name as unit_name, k.id as kind_id, k.name as kind_name, q.patient_id, p.name_sealed,
      p.protected, q.since, q.put_by is distinct from q.patient_id as by_staff, q.parts, q.notice_hours,
      exists (select from contact c where c.patient_id = q.patient_id and c.person_id = :viewer
        and c.starts_on <= :today and (c.ends_on is null or c.ends_on >= :today)) as near,
      o.held_until, o.starts_at as held_at,
      (select count(*) from slot_offer x where x.queued_id = q.id and x.ended_how = 'refused') as refused,
      (select count(*) from slot_offer x where x.queued_id = q.id and x.ended_how = 'lapsed') as lapsed
    from queued q join unit u on u.id = q.unit_id join service_type k on k.id = q.service_type_id
    join person p on p.id = q.patient_id
    left join lateral (select o.held_until, s.starts_at from slot_offer o join slot s on s.id = o.slot_id
      where o.queued_id = q.id and o.ended_at is null limit 1) o on true
    where q.unit_id = any(:units) and q.patient_id <> :viewer
      and not exists (select from block x where x.patient_id = q.patient_id and x.person_id = :viewer
        and x.ended_at is null)
      and not exists (select from relation r where r.patient_id = q.patient_id and r.relative_id = :viewer
        and r.ended_at is null)
"""
_ALL = text(
    f"""{_LIST} and q.ended_at is null and (q.since, q.id) > (:at, :id)
    order by q.since, q.id limit {LISTED + 1}"""  # nosec B608  # our own words alone
)
_ONE = text(f"{_LIST} and q.id = :queued")  # nosec B608  # our own words alone


def mine(viewer: Viewer, *, now: datetime) -> list[Mine]:
    """The kinds of time that the viewer can wait for, and those that they do wait for."""
    return [_mine(it) for it in run(_MINE, _own(viewer, now) | {"kind": None})]


def mine_of(viewer: Viewer, kind: UUID, *, now: datetime) -> Mine:
    """One of them; raises NotFound."""
    row = run(_MINE, _own(viewer, now) | {"kind": kind}).one_or_none()
    if row is None:
        raise NotFound
    return _mine(row)


def waiting(viewer: Viewer, *, now: datetime, after: tuple[datetime, UUID] | None = None) -> tuple[list[Listed], bool]:
    """Those who wait for a time at the viewer's units, who has waited longest first; and whether more follow. Nobody
    who has said no to the viewer."""
    at, key = after or FIRST
    return cut([_listed(it) for it in run(_ALL, _staff(viewer, now) | {"at": at, "id": key})], LISTED)


def waiting_for(viewer: Viewer, queued: UUID, *, now: datetime) -> Listed:
    """One of them, also who waits no longer; raises NotFound."""
    row = run(_ONE, _staff(viewer, now) | {"queued": queued}).one_or_none()
    if row is None:
        raise NotFound
    return _listed(row)


def _own(viewer: Viewer, now: datetime) -> dict[str, Any]:
    return {"viewer": viewer.person_id, "now": now, "today": local(now).date()}


def _staff(viewer: Viewer, now: datetime) -> dict[str, Any]:
    return {"viewer": viewer.person_id, "units": units_of(viewer), "today": local(now).date()}


def _mine(it: Any) -> Mine:
    unit = "" if it.protected else it.unit_name
    parts, hours = tuple(it.parts or ()), it.notice_hours or 24
    return Mine(it.kind_id, it.kind_name, it.mode, unit, it.id, it.since, parts, hours)


def _listed(it: Any) -> Listed:
    return Listed(
        key=it.id,
        unit_id=it.unit_id,
        unit_name=it.unit_name,
        kind=it.kind_id,
        kind_name=it.kind_name,
        patient_id=it.patient_id,
        name=shown_name(it.patient_id, it.name_sealed, hidden=it.protected and not it.near),
        since=it.since,
        by_staff=it.by_staff,
        parts=tuple(it.parts),
        notice_hours=it.notice_hours,
        held_until=it.held_until,
        held_at=it.held_at,
        refused=it.refused,
        lapsed=it.lapsed,
    )
