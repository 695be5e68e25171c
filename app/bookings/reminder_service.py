"""Reminders: planned for each version of a time, told when they are due, and chosen by those whom they are for.

A reminder is a row and not a timer: late, twice or by two workers, each is told once. Whatever is to be told is looked
at once more while its booking is held, so that none is told of a time that has just become another.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, TypeVar
from uuid import UUID

import structlog
from sqlalchemy import TextClause, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.bookings import reminder_rules as rules
from app.bookings.rules import MODES
from app.core import audit, db, logs
from app.core.audit import Actor, Entry
from app.core.db import run
from app.core.pulse import Signal
from app.core.recurrence import Quiet
from app.notices import rules as notice_rules
from app.notices import service as notices
from app.notices.delivery_rules import quiet_of
from app.notices.rules import PRIVATE
from app.notices.service import Told

BATCH = 200
TRIED_AGAIN = timedelta(minutes=10)
KEPT = notice_rules.KEPT
log = structlog.get_logger()
T = TypeVar("T")

# Whoever has said that they cannot come is not reminded, nor is anybody while the one they were to meet is away; both
# may change again, and then it is told.
_WAITS = """
    b.hit_at is not null or (select answer from booking_answer a where a.booking_id = b.id
      and not exists (select from booking_change h where h.booking_id = b.id and h.version > a.version
        and h.what in ('moved', 'staff', 'cancelled'))
      order by n desc limit 1) is not distinct from 'declined'
"""
SIGNALS = (
    Signal(
        "reminder_overdue",
        "A reminder of a time is over two minutes late: look at the worker, and in its log for reminders.failed.",
        "exists (select from reminder r join booking b on b.id = r.booking_id where told_at is null"
        " and dropped_at is null and due_at < cast(:now as timestamptz) - interval '2 min'"
        f" and b.starts_at > :now and not ({_WAITS}))",  # nosec B608  # our own words alone
    ),
)
# Whom a patient lets see a time, by consent or by taking them along to it; as relatives/queries.py says of a consent.
_SEES = """
    l.ended_at is null and l.confirmed_at is not null and l.until_at > cast(:now as timestamptz)
    and exists (select from person h where h.id = l.patient_id and h.closed_at is null and h.locked_at is null)
    and (
      exists (select from consent s where s.relation_id = l.id and s.item = 'bookings' and s.taken_back_at is null
        and s.starts_at <= :now and s.ends_at > :now)
      or exists (select from booking_guest g where g.relation_id = l.id and g.booking_id = b.id
        and g.taken_back_at is null)
    )
"""


@cache
def _unplanned(room: int) -> TextClause:
    # The number stands in the text, where the planner sees it.
    return text(
        f"""select id from booking where status = 'booked' and reminded_version < version
        order by id limit {room:d} for no key update skip locked"""  # nosec B608  # our own words alone
    )


# Since when they know of the time as it is, may see it, and want to be reminded so.
_WHOM = text(
    f"""
    select b.id, b.version, b.starts_at, p.person_id, p.whose, c.before, q.person_id is not null as has_chosen,
      q.quiet_from, q.quiet_until, greatest(b.made_at, c.chosen_at, p.since,
        (select min(at) from booking_change h where h.booking_id = b.id and h.version = b.version)) as since
    from booking b
      cross join lateral (
        select b.patient_id as person_id, 'own' as whose, b.made_at as since
        union all
        select l.relative_id, 'near', greatest(l.confirmed_at,
          (select max(g.invited_at) from booking_guest g where g.relation_id = l.id and g.booking_id = b.id))
        from relation l where l.patient_id = b.patient_id and {_SEES}
      ) p
      left join reminder_choice c on c.person_id = p.person_id and c.whose = p.whose and c.mode = b.mode
      left join notice_choice q on q.person_id = p.person_id and q.capacity = 'private'
    where b.id = any(:ids)
    """  # nosec B608  # our own words alone
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))
_DROP = text(
    "update reminder set dropped_at = :now where booking_id = any(:ids) and told_at is null and dropped_at is null"
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))
_MADE = text(
    """
    insert into reminder (booking_id, person_id, version, before, due_at, dropped_at)
    select booking_id, person_id, version, before, due_at, dropped_at from json_to_recordset(cast(:rows as json))
      as r (booking_id uuid, person_id uuid, version integer, before text, due_at timestamptz, dropped_at timestamptz)
    on conflict (booking_id, person_id, version, before) do update
      set due_at = excluded.due_at, dropped_at = excluded.dropped_at where reminder.told_at is null
    """
)
_PLANNED = text("update booking set reminded_version = version where id = any(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(Uuid()))
)


def plan(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Plan the reminders of times that are new or have changed; what was planned before falls. Returns how many times.

    A time that cannot be planned never stops the others: it is said, and planned anew with `plan_anew`.
    """
    taken = [row.id for row in run(_unplanned(batch))]
    return _apart(taken, lambda part: _plan(part, now), lambda one: run(_PLANNED, {"ids": [one]}))


def _plan(bookings: Sequence[UUID], now: datetime) -> None:
    rows: list[dict[str, Any]] = []
    for it in run(_WHOM, {"ids": list(bookings), "now": now}):
        befores = it.before if it.before is not None else rules.USUAL[it.whose]
        for before, due_at, told in rules.planned(it.starts_at, befores, since=it.since, quiet=_quiet(it)):
            row = {"booking_id": it.id, "person_id": it.person_id, "version": it.version, "before": before}
            rows.append(row | {"due_at": due_at, "dropped_at": None if told else now})
    run(_DROP, {"ids": list(bookings), "now": now})
    if rows:
        run(_MADE, {"rows": json.dumps(rows, default=str)})
    run(_PLANNED, {"ids": list(bookings)})


# Somebody who was let in, or taken along, after the reminders of a time were planned, and wants to be reminded.
_LET_IN = text(
    f"""
    update booking set reminded_version = 0 where id in (
      select b.id from reminder_choice c
        join relation l on l.relative_id = c.person_id and l.ended_at is null
        join booking b on b.patient_id = l.patient_id and b.mode = c.mode and b.starts_at > :now
          and b.status = 'booked' and b.reminded_version = b.version
      where c.whose = 'near' and c.before <> '{{}}' and {_SEES}
        and not exists (select from reminder r
          where r.booking_id = b.id and r.person_id = c.person_id and r.version = b.version)
      order by b.id limit :room for no key update of b skip locked)
    returning id
    """  # nosec B608  # our own words alone
)


def plan_for_those_let_in(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Let the times be planned again that somebody may see since they were planned; returns how many."""
    return len(run(_LET_IN, {"now": now, "room": batch}).all())


_ANEW = text(
    """
    update booking set reminded_version = 0 where id in (
      select id from booking b where status = 'booked' and starts_at > :now and reminded_version = version
        and not exists (select from reminder r where r.booking_id = b.id and r.version = b.version)
      order by id limit :room for no key update skip locked)
    returning id
    """
)


def plan_anew(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Let coming times that have no reminder at all be planned again: one of them may have failed. Returns how many."""
    return len(run(_ANEW, {"now": now, "room": batch}).all())


@cache
def _due(room: int) -> TextClause:
    # Who changes the booking holds it, and is not waited for: the next round sees what it has become.
    return text(
        f"""
        select r.booking_id, r.person_id, r.version, r.before from reminder r join booking b on b.id = r.booking_id
        where r.told_at is null and r.dropped_at is null and r.due_at <= :now
          and (b.starts_at <= :now or not ({_WAITS}))
        order by r.due_at, r.booking_id limit {room:d}
        for no key update of r skip locked for share of b skip locked
        """  # nosec B608  # our own words alone
    )


_FACTS = text(
    f"""
    select r.booking_id, r.person_id, r.version, r.before, r.due_at, b.starts_at, b.patient_id = r.person_id as own,
      b.status = 'booked' and b.version = r.version and (b.patient_id = r.person_id or exists (select from relation l
        where l.relative_id = r.person_id and l.patient_id = b.patient_id and {_SEES})) as stands,
      q.person_id is not null as has_chosen, q.quiet_from, q.quiet_until
    from json_to_recordset(cast(:rows as json))
        as k (booking_id uuid, person_id uuid, version integer, before text)
      join reminder r using (booking_id, person_id, version, before)
      join booking b on b.id = r.booking_id
      left join notice_choice q on q.person_id = r.person_id and q.capacity = 'private'
    order by r.due_at, r.booking_id, r.person_id, r.before
    """  # nosec B608  # our own words alone
)
_DONE = text(
    """
    update reminder r set due_at = coalesce(k.due_at, r.due_at), told_at = k.told_at, dropped_at = k.dropped_at
    from json_to_recordset(cast(:rows as json)) as k (booking_id uuid, person_id uuid, version integer, before text,
      due_at timestamptz, told_at timestamptz, dropped_at timestamptz)
    where (r.booking_id, r.person_id, r.version, r.before) = (k.booking_id, k.person_id, k.version, k.before)
    """
)
_ASIDE = text(
    """
    update reminder r set due_at = :again, dropped_at = case when b.starts_at <= :now then cast(:now as timestamptz) end
    from booking b where b.id = r.booking_id
      and r.booking_id = :booking_id and r.person_id = :person_id and r.version = :version and r.before = :before
    """
)


def tick(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Tell those whose reminder has come, of what still is as it was when it was planned; returns how many were taken.

    One that cannot be told never stops the others: it is said, and tried again in ten minutes. What is left is still
    due: call it until it takes none.
    """
    taken = [row._asdict() for row in run(_due(batch), {"now": now})]

    def aside(one: Mapping[str, Any]) -> None:
        run(_ASIDE, {**one, "now": now, "again": now + TRIED_AGAIN})

    return _apart(taken, lambda part: _tell(part, by, now), aside)


def _tell(part: Sequence[Mapping[str, Any]], by: Actor, now: datetime) -> None:
    done: list[dict[str, Any]] = []
    told: list[Told] = []
    for it in run(_FACTS, {"rows": json.dumps(list(part), default=str), "now": now}):
        at = rules.told_at(it.due_at, it.starts_at, now, quiet=_quiet(it)) if it.stands else None
        key = {"booking_id": it.booking_id, "person_id": it.person_id, "version": it.version, "before": it.before}
        fate = {"dropped_at": now} if at is None else {"due_at": at} if at > now else {"told_at": now}
        done.append(key | fate)
        if at == now:
            kind = rules.kind_of(it.starts_at, now, own=it.own)
            told.append(Told(it.person_id, kind, f"{it.booking_id}:{it.version}:{it.before}", now, it.booking_id))
    run(_DONE, {"rows": json.dumps(done, default=str)})
    # Who has not looked at the one before is reminded by this one alone.
    there = [(it.about, it.person_id) for it in told if it.about]
    notices.withdraw_many(there, kinds=rules.KINDS, by=by, now=now)
    notices.tell_many(told, by=by, now=now)


_OVERTAKEN = text(
    """
    select n.object_id, n.person_id from booking b join notice n on n.object_id = b.id
    where b.status = 'booked' and (b.hit_at is not null
        or (b.starts_at > cast(:now as timestamptz) - interval '1 day' and b.starts_at <= :now))
      and n.seen_at is null and n.withdrawn_at is null and n.kind = any(:kinds)
    order by b.starts_at, n.id limit :room
    """
)


def withdraw_overtaken(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Remind nobody any longer of a time that has begun, or where the one they were to meet is away; returns how many
    reminders were taken back."""
    rows = run(_OVERTAKEN, {"now": now, "kinds": list(rules.KINDS), "room": batch}).all()
    notices.withdraw_many([(row.object_id, row.person_id) for row in rows], kinds=rules.KINDS, by=by, now=now)
    return len(rows)


_CHOSEN = text(
    """
    insert into reminder_choice (person_id, whose, mode, before, chosen_at)
    select :person, :whose, mode, string_to_array(before, ' '), :now
    from json_to_recordset(cast(:rows as json)) as r (mode text, before text) order by mode
    on conflict (person_id, whose, mode) do update set before = excluded.before, chosen_at = excluded.chosen_at
      where reminder_choice.before <> excluded.before
    """
)
_THEIRS = """
    update booking set reminded_version = 0 where id in (
      select b.id from booking b where b.status = 'booked' and b.starts_at > :now and {whose}
      order by b.id for no key update)
"""
_AGAIN = {
    rules.OWN: text(_THEIRS.format(whose="b.patient_id = :person")),
    rules.NEAR: text(
        _THEIRS.format(
            whose="b.patient_id in (select patient_id from relation where relative_id = :person and ended_at is null)"
        )
    ),
}


def choose(whose: str, befores: Mapping[str, Collection[str]], *, by: Actor, now: datetime) -> None:
    """Choose how long before one's own times, or those that somebody lets one see, one is reminded, mode by mode."""
    rows = [{"mode": it, "before": " ".join(befores[it])} for it in MODES if it in befores]
    values = {"person": by.person_id, "whose": whose, "now": now}
    run(_CHOSEN, values | {"rows": json.dumps(rows)})
    run(_AGAIN[whose], {"person": by.person_id, "now": now})
    patient = by.person_id if by.capacity == PRIVATE else None
    audit.record(db.session(), Entry("reminders.chosen", patient, None, f"reminders:{whose}"), by=by, now=now)


_FORGET = text(
    """
    delete from reminder where (booking_id, person_id, version, before) in (
      select booking_id, person_id, version, before from reminder
      where (told_at is not null or dropped_at is not null) and due_at < :before_at order by due_at limit :room)
    returning booking_id
    """
)


def forget_old_reminders(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Take away reminders ninety days after they were due, as the notices they became; returns how many."""
    return len(run(_FORGET, {"before_at": now - KEPT, "room": batch}).all())


def _quiet(row: Any) -> Quiet | None:
    return quiet_of(PRIVATE, (row.quiet_from, row.quiet_until) if row.has_chosen else None)


def _apart(taken: Sequence[T], work: Callable[[Sequence[T]], None], aside: Callable[[T], Any]) -> int:
    """Do it for all at once; where that falls, for so few that it stands, or set the one aside. Returns how many."""
    part = taken
    while part:
        error = db.fallen(partial(work, part))
        if error is None:
            break
        log.error("reminders.failed", kind=type(error).__name__, where=logs.where(error))
        if len(part) == 1:
            aside(part[0])
            break
        part = part[: len(part) // 2]
    return len(taken)
