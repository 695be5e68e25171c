"""What has become of what left the app, as those it was for may see it; and what is known of what is to leave."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, literal_column, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.accounts.queries import UNSEEN_MOST, Viewer, left_in_peace
from app.core.audit import Actor
from app.core.db import run
from app.core.errors import NotFound
from app.notices.delivery_rules import COVERS, MOST_DEVICES, TRIAL_LIVES
from app.notices.models import Delivery
from app.notices.rules import CHANNELS

MOST = 10_000
AGES = {"minute": (0, 60), "quarter": (60, 900), "hour": (900, 3600), "longer": (3600, 10**9)}
LATELY = timedelta(hours=1)


@dataclass(frozen=True)
class Trial:
    """A trial of one's own, and how far it has come: waiting, accepted, shown, opened, or ended (gone, refused, or not
    needed any longer)."""

    key: UUID
    subscription_id: UUID
    made_at: datetime
    accepted_at: datetime | None
    shown_at: datetime | None
    status: str
    ended_how: str | None


@dataclass(frozen=True)
class Figures:
    """What waits, by channel and age; what became, by channel and status, of what was made in the last hour; how many
    notices wait for a way; which push services are left alone, by why."""

    waiting: dict[tuple[str, str], int]
    lately: dict[tuple[str, str], int]
    due: int
    paused: dict[str, int]
    beat: datetime | None
    at: datetime


def away(person: str) -> str:
    """That somebody of the staff is away and left in peace, as a condition about the column that says who."""
    asked = left_in_peace(literal_column(person), literal_column("cast(:now as timestamptz)"))
    return str(asked.compile())


_FACTS = text(
    f"""
    select n.id, n.person_id, n.kind, n.object_id, n.capacity, n.made_at, n.show_at,
      p.closed_at is not null or (n.capacity = 'private' and p.locked_at is not null) as barred,
      n.capacity = 'duty' and {away("n.person_id")} as away,
      c.person_id is not null as has_chosen, c.quiet_from, c.quiet_until, coalesce(c.fuller, false) as fuller,
      (select json_agg(id) from (
        select s.id from subscription s left join session e on e.id = s.session_id
        where s.person_id = n.person_id and s.capacity = n.capacity and s.ended_at is null and e.ended_at is null
        order by s.shown_at desc nulls last, s.renewed_at desc, s.id limit {MOST_DEVICES}) best) as devices,
      (select json_agg(json_build_array(system, id)) from contact_point a
        where a.person_id = n.person_id and a.capacity = n.capacity and a.ended_at is null
          and a.confirmed_at is not null) as points,
      (select json_agg(about || '/' || channel) from channel_off o
        where o.person_id = n.person_id and o.capacity = n.capacity) as off,
      (select json_agg(json_build_array(channel, coalesce(subscription_id, contact_point_id), made_at, status))
        from delivery d where d.notice_id = n.id) as tried,
      (select json_agg(json_build_array(channel, made_at, unseen)) from (
        select d.channel, d.made_at, o.seen_at is null and o.withdrawn_at is null as unseen
        from delivery d join notice o on o.id = d.notice_id
        where d.person_id = n.person_id and d.capacity = n.capacity and d.channel <> 'push' and d.ended_at is null
          and d.made_at >= n.show_at - cast(:covers as interval) and d.notice_id <> n.id
        order by d.made_at desc limit 50) others) as told
    from notice n join person p on p.id = n.person_id
      left join notice_choice c on c.person_id = n.person_id and c.capacity = n.capacity
    where n.id = any(:ids) order by n.show_at, n.id
    """  # nosec B608  # our own words alone
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))
# For all at once: asked for each, a table that nobody has counted yet is read from end to end each time.
_UNSEEN = text(
    """
    select person_id, capacity, count(*) as number from notice
    where person_id = any(:people) and seen_at is null and withdrawn_at is null and show_at <= :now group by 1, 2
    """
).bindparams(bindparam("people", type_=ARRAY(Uuid())))
_TRIAL = select(
    Delivery.id,
    Delivery.subscription_id,
    Delivery.made_at,
    Delivery.accepted_at,
    Delivery.shown_at,
    Delivery.status,
    Delivery.ended_how,
).where(
    Delivery.id == bindparam("key"),
    Delivery.notice_id.is_(None),
    Delivery.person_id == bindparam("viewer"),
    Delivery.capacity == bindparam("capacity"),
)
_WAITING = text(
    """
    select channel, age, (select count(*) from (
        select from delivery d where d.channel = channels.channel and accepted_at is null and ended_at is null
          and made_at > cast(:now as timestamptz) - make_interval(secs => older)
          and made_at <= cast(:now as timestamptz) - make_interval(secs => younger)
        limit :most) as these) as number
    from unnest(cast(:channels as text[])) as channels (channel),
      unnest(cast(:ages as text[]), cast(:younger as float[]), cast(:older as float[])) as ages (age, younger, older)
    """
)
_LATELY = text(
    """
    select channel, status, count(*) as number from (
      select channel, status, made_at from delivery order by id desc limit :most) as these
    where made_at > :since group by channel, status
    """
)
_STATE = text(
    """
    select
      (select count(*) from (select from notice where seen_at is null and withdrawn_at is null and next_at <= :now
         limit :most) as these) as due,
      (select count(*) from push_host where why = 'asked' and paused_until > :now) as asked,
      (select count(*) from push_host where why = 'key' and paused_until > :now) as key,
      (select at from heartbeat where name = 'sender') as beat
    """
)


def facts_of(viewer: Actor, notices: Collection[UUID], *, now: datetime) -> list[Any]:
    """What decides by which way each of some notices is told, as rows; the one told first comes first."""
    return list(run(_FACTS, {"ids": list(notices), "now": now, "covers": COVERS}))


def unseen_of(viewer: Actor, people: Collection[UUID], *, now: datetime) -> dict[tuple[UUID, str], int]:
    """How much each of some people has been told and not seen, in each capacity; as on their page, up to a hundred."""
    rows = run(_UNSEEN, {"people": list(people), "now": now}) if people else ()
    return {(row.person_id, row.capacity): min(row.number, UNSEEN_MOST) for row in rows}


def trial_of(viewer: Viewer, key: UUID, *, now: datetime) -> Trial:
    """A trial of the viewer's own; raises NotFound. One that no phone has shown in its time has ended."""
    row = run(_TRIAL, {"key": key, "viewer": viewer.person_id, "capacity": viewer.capacity}).one_or_none()
    if row is None:
        raise NotFound
    late = row.status == "waiting" and now >= row.made_at + TRIAL_LIVES
    status, how = ("ended", "too_late") if late else (row.status, row.ended_how)
    return Trial(row.id, row.subscription_id, row.made_at, row.accepted_at, row.shown_at, status, how)


def figures(viewer: Actor, *, now: datetime) -> Figures:
    """How what leaves the app is doing, in numbers; none is counted past `MOST`."""
    ages = {"ages": list(AGES), "younger": [it[0] for it in AGES.values()], "older": [it[1] for it in AGES.values()]}
    waiting = run(_WAITING, {"now": now, "most": MOST, "channels": list(CHANNELS)} | ages)
    lately = run(_LATELY, {"since": now - LATELY, "most": MOST})
    state: Any = run(_STATE, {"now": now, "most": MOST}).one()
    return Figures(
        waiting={(it.channel, it.age): it.number for it in waiting},
        lately={(it.channel, it.status): it.number for it in lately},
        due=state.due,
        paused={"asked": state.asked, "key": state.key},
        beat=state.beat,
        at=now,
    )
