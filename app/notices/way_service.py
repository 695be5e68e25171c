"""By which way each notice is told out of the app: written as deliveries, before anything is sent."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import TextClause, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.core import audit, crypto, db, logs
from app.core.audit import Actor
from app.core.db import run
from app.core.recurrence import Quiet
from app.notices import delivery_queries
from app.notices import delivery_rules as chain
from app.notices.delivery_rules import DEVICE, LEASE, Claimed, Next, Tried, Way
from app.notices.receipt_service import proof, said, token, topic
from app.notices.rules import CHANNELS, DUTY, KINDS

BATCH = 200
TRIED_AGAIN = timedelta(hours=1)
log = structlog.get_logger()

Resting = Callable[[Collection[UUID], datetime], Mapping[UUID, datetime]]
"""From when each of some people of the staff may be reached, as `care` knows it."""


@cache
def _due(room: int) -> TextClause:
    # The number stands in the text, where the planner sees it.
    return text(
        f"""select id from notice where seen_at is null and withdrawn_at is null and next_at <= :now
        order by next_at, id limit {room:d} for no key update skip locked"""  # nosec B608  # our own words alone
    )


# What is to be leased is not where its service is left alone: it waits for that as everything does.
_MADE = text(
    """
    with r as (select * from json_to_recordset(cast(:rows as json)) as r (id uuid, notice_id uuid, person_id uuid,
        capacity text, channel text, subscription_id uuid, contact_point_id uuid, topic text, receipt_digest bytea)),
    made as (
      insert into delivery (id, notice_id, person_id, capacity, channel, subscription_id, contact_point_id, topic,
        receipt_digest, made_at, due_at, lease_until, tries)
      select r.id, notice_id, r.person_id, r.capacity, channel, subscription_id, contact_point_id, topic,
        receipt_digest, :now, :now, case when leased then cast(:until as timestamptz) end, leased::int
      from r left join subscription s on s.id = r.subscription_id
        left join push_host h on h.host = s.host and h.paused_until > :now,
        lateral (select s.id is not null and h.host is null and cast(:until as timestamptz) is not null) as l (leased)
      on conflict do nothing returning id, subscription_id, tries)
    select made.id, s.id as subscription_id, s.host, s.vapid, s.language, s.address_sealed,
      s.failing_since is not null as failing
    from made join subscription s on s.id = made.subscription_id where made.tries = 1
    """
)
_LOOKED = text(
    """
    update notice n set next_at = r.next_at
    from json_to_recordset(cast(:rows as json)) as r (id uuid, next_at timestamptz) where n.id = r.id
    """
)
# What was taken back and is told once more is told anew, by all ways.
_TOLD_AGAIN = text(
    """
    delete from delivery d using notice n where n.id = any(:ids) and d.notice_id = n.id and d.made_at < n.made_at
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))
_ASIDE = text("update notice set next_at = :again where id = :id")


@dataclass(frozen=True)
class Planned:
    """How many notices were taken, and those pushes of theirs that are leased to whoever planned them."""

    taken: int
    leased: list[Claimed]


def plan(
    *,
    by: Actor,
    now: datetime,
    batch: int = BATCH,
    channels: Collection[str] = CHANNELS,
    resting: Resting | None = None,
    lease: bool = False,
) -> Planned:
    """Decide for notices whose time has come by which way each is told now. `channels` are those that are set up here.

    `lease`: pushes are leased as they are made, to be sent at once. All that is looked at before one leaves has just
    been looked at, in this transaction.

    Where one of them cannot be decided, only a part is done: so few that they stand, or the one, which is tried again
    in an hour. What is left is still due: call it until it takes none.
    """
    taken = [row.id for row in run(_due(batch), {"now": now})]
    part, leased = taken, list[Claimed]()

    def decides(part: Sequence[UUID]) -> None:
        leased[:] = _decide(part, by, now, channels, resting, lease)

    while part and not _stands(partial(decides, part)):
        if len(part) == 1:
            run(_ASIDE, {"id": part[0], "again": now + TRIED_AGAIN})
            break
        part = part[: len(part) // 2]
    return Planned(len(taken), leased)


def _stands(work: Callable[[], None]) -> bool:
    """Do some work that stands or falls by itself, and say what it fell by."""
    if error := db.fallen(work):
        log.error("sender.failed", kind=type(error).__name__, where=logs.where(error))
    return error is None


def _decide(
    notices: Sequence[UUID],
    by: Actor,
    now: datetime,
    channels: Collection[str],
    resting: Resting | None,
    lease: bool,
) -> list[Claimed]:
    # Read after they were locked: what another worker has done of them is there to be seen.
    rows = delivery_queries.facts_of(by, notices, now=now)
    if again := [row.id for row in rows if any(at < row.made_at for at in map(_begun, row.tried or ()))]:
        run(_TOLD_AGAIN, {"ids": again})
    free = free_from(rows, resting, now)
    made: dict[UUID, tuple[Any, Way]] = {}
    looks: list[dict[str, Any]] = []
    told: dict[tuple[UUID, str, str], datetime] = {}
    for row in rows:
        step = _step(row, channels, free.get(row.person_id), told, now)
        looks.append({"id": row.id, "next_at": step.look_at})
        if step.way:
            made[db.new_key()] = row, step.way
            told[row.person_id, row.capacity, step.way.channel] = now
    leased = _made(made, now, lease) if made else []
    run(_LOOKED, {"rows": json.dumps(looks, default=str)})
    return leased


def _made(made: Mapping[UUID, tuple[Any, Way]], now: datetime, lease: bool) -> list[Claimed]:
    """Write deliveries; those that are leased to us."""
    tokens = {key: token(key) for key, (_row, way) in made.items() if way.channel == DEVICE}
    rows = {key: _delivery(key, row, way, tokens.get(key)) for key, (row, way) in made.items()}
    values = {"rows": json.dumps(list(rows.values()), default=str), "now": now}
    leased = list(run(_MADE, values | {"until": now + LEASE if lease else None}))
    people = {rows[it.id]["person_id"] for it in leased}
    badges = delivery_queries.unseen_of(audit.SYSTEM, people, now=now)
    ring, found = crypto.keyring(), []
    for it in leased:
        notice, row = made[it.id][0], rows[it.id]
        try:
            to = ring.open(it.address_sealed, crypto.place("subscription.address", it.subscription_id))
        except crypto.Unopenable as error:
            # When its lease is over, it is found by who looks at what is due, and ended.
            log.error("sender.unopenable", kind=type(error).__name__, name=db.short(it.id))
            continue
        found.append(
            Claimed(
                keys=(it.id,),
                channel=DEVICE,
                to=to,
                host=it.host,
                vapid=it.vapid,
                language=it.language,
                about=KINDS[notice.kind].about,
                fuller=notice.fuller,
                badge=badges.get((notice.person_id, notice.capacity), 0),
                topic=row["topic"],
                urgency=chain.urgency(notice.kind),
                ttl=chain.left_to_live(notice.kind, now, now),
                receipt=said(tokens[it.id]),
                tries=1,
                failing=it.failing,
            )
        )
    return found


def free_from(rows: Iterable[Any], resting: Resting | None, now: datetime) -> Mapping[UUID, datetime]:
    """From when those of the staff among some rows may be reached."""
    staff = {row.person_id for row in rows if row.capacity == DUTY}
    return resting(staff, now) if resting and staff else {}


def _step(
    row: Any,
    channels: Collection[str],
    free: datetime | None,
    told: Mapping[tuple[UUID, str, str], datetime],
    now: datetime,
) -> Next:
    """What becomes of one notice now."""
    about = KINDS[row.kind].about
    off = {it.partition("/")[2] for it in row.off or () if it.partition("/")[0] == about}
    there = chain.ways(row.devices or (), [tuple(it) for it in row.points or ()], {*channels} - off)
    if row.barred or not there:
        return chain.NOTHING
    rest = chain.off_at(free if row.capacity == DUTY else None, now)
    if row.away and not rest:
        rest = now + chain.LOOK_AGAIN
    if rest:
        return Next(None, rest)
    tried = [Tried(Way(it[0], it[1]), _begun(it), it[3]) for it in row.tried or () if _begun(it) >= row.made_at]
    return chain.following(row.kind, there, tried, quiet=quiet(row), now=now, covered=_covered(row, told))


def _begun(tried: Sequence[str]) -> datetime:
    return datetime.fromisoformat(tried[2])


def _covered(row: Any, told: Mapping[tuple[UUID, str, str], datetime]) -> dict[str, datetime]:
    """By which channels something else has said this too; what this round is about to say counts as said."""
    others = [(it[0], datetime.fromisoformat(it[1]), it[2]) for it in row.told or ()]
    others += [
        (channel, at, True)
        for channel in CHANNELS
        if channel != DEVICE and (at := told.get((row.person_id, row.capacity, channel)))
    ]
    found: dict[str, datetime] = {}
    for channel, at, unseen in others:
        if since := chain.covering(at, show_at=row.show_at, unseen=unseen):
            found[channel] = min(since, found.get(channel, since))
    return found


def quiet(row: Any) -> Quiet | None:
    """The quiet hours of whom a row is about."""
    if row.kind in chain.WAKES and not row.has_chosen:
        return None
    return chain.quiet_of(row.capacity, (row.quiet_from, row.quiet_until) if row.has_chosen else None)


def _delivery(key: UUID, row: Any, way: Way, receipt: bytes | None) -> dict[str, Any]:
    return {
        "id": key,
        "notice_id": row.id,
        "person_id": row.person_id,
        "capacity": row.capacity,
        "channel": way.channel,
        "subscription_id": way.key if receipt else None,
        "contact_point_id": None if receipt else way.key,
        "topic": topic(row.person_id, row.object_id or row.kind),
        "receipt_digest": f"\\x{proof(receipt).hex()}" if receipt else None,
    }
