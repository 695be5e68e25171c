"""The free times of a unit, as its staff see them; and what stands in the way of one more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.accounts.queries import Viewer, person_name
from app.bookings.slot_rules import Site, Span
from app.bookings.staff_queries import Somebody, units_of
from app.care import red_days
from app.care.contact_queries import by_name
from app.core.audit import Actor
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import local
from app.core.paging import cut
from app.slots import slot_rules
from app.slots.queries import FIRST, HIT, LISTED
from app.slots.slot_rules import Facts, Place, Planned


@dataclass(frozen=True)
class Kind:
    """A kind of time of a unit where the viewer works, with who does it and where it can be."""

    key: UUID
    unit_id: UUID
    unit_name: str
    name: str
    mode: str
    minutes: int
    location: UUID | None
    staff: tuple[Somebody, ...]
    sites: tuple[Site, ...]

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Opening:
    """A time that was published, as staff see it. `hit` is what has come in its way; it is held until `held_until`."""

    key: UUID
    unit_id: UUID
    unit_name: str
    kind: UUID
    kind_name: str
    mode: str
    staff_id: UUID
    staff_name: str
    place: str
    starts_at: datetime
    ends_at: datetime
    status: str
    for_whom: str
    booking: UUID | None
    hit: str | None
    held_until: datetime | None


_KINDS = text(
    """
    select k.id, k.unit_id, u.name as unit_name, k.name, k.mode, k.minutes, k.location_id,
      array_agg(p.id order by p.id) filter (where p.id is not null) as met_ids,
      array_agg(p.name_sealed order by p.id) filter (where p.id is not null) as met_sealed,
      array_agg(t.title order by p.id) filter (where p.id is not null) as met_titles,
      (select json_agg(json_build_array(l.id, l.name, l.address, l.weekdays) order by l.name)
        from location l where l.unit_id = k.unit_id and l.ended_at is null) as sites
    from service_type k join unit u on u.id = k.unit_id
    left join (service_staff x join staff t on t.person_id = x.person_id
      join person p on p.id = x.person_id and p.closed_at is null) on x.service_type_id = k.id
      and exists (select from assignment w where w.person_id = x.person_id and w.unit_id = k.unit_id
        and (w.ends_on is null or w.ends_on >= cast(:today as date)))
    where k.unit_id = any(:units) and k.ended_at is null and (cast(:kind as uuid) is null or k.id = :kind)
    group by k.id, u.id order by u.name, k.name, k.id limit 200
    """
)
_FACTS = text(
    """
    select s.n,
      not exists (select from service_staff x join service_type k on k.id = x.service_type_id
        where k.id = s.service_type_id and x.person_id = s.staff_id and k.ended_at is null) as not_theirs,
      not exists (select from assignment w where w.person_id = s.staff_id and w.unit_id = s.unit_id
        and w.starts_on <= (s.starts_at at time zone 'Europe/Stockholm')::date
        and (w.ends_on is null or w.ends_on >= (s.starts_at at time zone 'Europe/Stockholm')::date)) as gone,
      exists (select from absence a where a.person_id = s.staff_id and a.cancelled_at is null
        and a.starts_at < s.ends_at and (a.ends_at is null or a.ends_at > s.starts_at)) as away,
      exists (select from closure c where c.unit_id = s.unit_id
        and c.starts_on::timestamp at time zone 'Europe/Stockholm' < s.ends_at
        and (c.ends_on + 1)::timestamp at time zone 'Europe/Stockholm' > s.starts_at) as closed,
      exists (select from participant p where p.person_id = s.staff_id and p.status = 'booked'
        and p.starts_at < s.ends_at and p.ends_at > s.starts_at) as booked,
      exists (select from slot o where o.staff_id = s.staff_id and o.status <> 'busy-unavailable'
        and o.starts_at < s.ends_at and o.ends_at > s.starts_at) as slot,
      (select weekdays from location l where l.id = cast(:location as uuid)) as weekdays, s.mode
    from (select it.n, it.starts_at, it.ends_at, k.id as service_type_id, k.unit_id, k.mode,
        cast(:staff as uuid) as staff_id
      from unnest(cast(:starts as timestamptz[]), cast(:ends as timestamptz[]))
        with ordinality as it(starts_at, ends_at, n)
      cross join service_type k where k.id = :kind) s
    order by s.n
    """
)
_OPENING = f"""
    select s.id, s.unit_id, u.name as unit_name, k.id as kind_id, k.name as kind_name, k.mode, s.staff_id,
      p.name_sealed, coalesce(l.name || ', ' || l.address, '') as place, s.starts_at, s.ends_at, s.status, s.for_whom,
      s.booking_id, case when s.status in ('free', 'busy-tentative') then {HIT} end as hit,
      (select o.held_until from slot_offer o where o.slot_id = s.id and o.ended_at is null) as held_until
    from slot s join unit u on u.id = s.unit_id join service_type k on k.id = s.service_type_id
    join person p on p.id = s.staff_id left join location l on l.id = s.location_id
    where s.unit_id = any(:units)
"""  # nosec B608  # our own words alone
_OPENINGS = text(
    f"""{_OPENING}
      and (:everyone or s.staff_id = :viewer) and s.status <> 'busy-unavailable' and s.ends_at > :now
      and (s.starts_at, s.id) > (:at, :id)
    order by s.starts_at, s.id limit {LISTED + 1}
    """  # nosec B608  # our own words alone
)
_ONE_OPENING = text(f"{_OPENING} and s.id = :slot")  # nosec B608  # our own words alone


def kinds_of(viewer: Viewer, *, now: datetime) -> list[Kind]:
    """The kinds of time of the units where the viewer works now."""
    return _kinds(viewer, None, now)


def kind_for(viewer: Viewer, kind: UUID, *, now: datetime) -> Kind:
    """One of them; raises NotFound."""
    found = _kinds(viewer, kind, now)
    if not found:
        raise NotFound
    return found[0]


def judged(
    viewer: Actor, kind: UUID, staff: UUID, planned: Sequence[Planned], *, location: UUID | None, now: datetime
) -> list[Planned]:
    """Times that somebody is about to publish, each with what stands in its way."""
    spans = [it.span for it in planned if it.span]
    if not spans:
        return list(planned)
    values: dict[str, Any] = {"kind": kind, "staff": staff, "location": location}
    values |= {"starts": [it.starts_at for it in spans], "ends": [it.ends_at for it in spans]}
    years = {local(it.starts_at).year for it in spans}
    red = red_days.in_years(years)
    rows = iter(run(_FACTS, values).all())
    found = []
    for it in planned:
        row = next(rows, None) if it.span else None
        if it.span is None:
            found.append(it)
        elif row is None:
            found.append(replace(it, fault="not_theirs"))
        else:
            facts = Facts(row.not_theirs, row.gone, row.away, row.closed, row.booked, row.slot)
            at_unit = row.mode == "visit"
            days = tuple(row.weekdays) if row.weekdays is not None else tuple(range(7))
            place = Place(days, red) if at_unit else Place()
            found.append(replace(it, fault=slot_rules.fault(it.span, it.on, facts, place, now=now)))
    return found


def openings(
    viewer: Viewer, *, everyone: bool, now: datetime, after: tuple[datetime, UUID] | None = None
) -> tuple[list[Opening], bool]:
    """The times that are published and not over, one's own or all of the unit's, the first to begin first; and whether
    more follow."""
    at, key = after or FIRST
    values = {"units": units_of(viewer), "everyone": everyone, "viewer": viewer.person_id, "now": now}
    return cut([_opening(it) for it in run(_OPENINGS, values | {"at": at, "id": key})], LISTED)


def opening_for(viewer: Viewer, slot: UUID) -> Opening:
    """One of them; raises NotFound."""
    row = run(_ONE_OPENING, {"units": units_of(viewer), "slot": slot}).one_or_none()
    if row is None:
        raise NotFound
    return _opening(row)


def _kinds(viewer: Viewer, kind: UUID | None, now: datetime) -> list[Kind]:
    rows = run(_KINDS, {"units": units_of(viewer), "kind": kind, "today": local(now).date()})
    return [
        Kind(
            it.id,
            it.unit_id,
            it.unit_name,
            it.name,
            it.mode,
            it.minutes,
            it.location_id,
            staff=_people(it),
            sites=tuple(Site(UUID(key), name, address, tuple(days)) for key, name, address, days in it.sites or ()),
        )
        for it in rows
    ]


def _people(it: Any) -> tuple[Somebody, ...]:
    rows = zip(it.met_ids or (), it.met_sealed or (), it.met_titles or (), strict=True)
    people = [Somebody(key, person_name(key, sealed), title) for key, sealed, title in rows]
    return tuple(sorted(people, key=lambda one: (by_name(one.name), one.key)))


def _opening(it: Any) -> Opening:
    return Opening(
        key=it.id,
        unit_id=it.unit_id,
        unit_name=it.unit_name,
        kind=it.kind_id,
        kind_name=it.kind_name,
        mode=it.mode,
        staff_id=it.staff_id,
        staff_name=person_name(it.staff_id, it.name_sealed),
        place=it.place,
        starts_at=it.starts_at,
        ends_at=it.ends_at,
        status=it.status,
        for_whom=it.for_whom,
        booking=it.booking_id,
        hit=it.hit,
        held_until=it.held_until,
    )


def planned_of(spans: Sequence[Span]) -> list[Planned]:
    """Times that are known as moments, as `judged` takes them."""
    return [Planned(local(it.starts_at).date(), local(it.starts_at).time(), it) for it in spans]
