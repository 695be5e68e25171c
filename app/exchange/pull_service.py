"""Reading a source: by one at a time, from where the last whole round ended, and said aloud when it stays silent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from app.accounts.models import RegionRole
from app.core import db
from app.core.audit import Actor
from app.core.db import run
from app.core.pulse import Signal
from app.exchange import record_service as records
from app.exchange import retry_rules, rules
from app.exchange.fhir import Door
from app.exchange.map_rules import Resource
from app.exchange.models import ImportRun, Quarantined, Source
from app.exchange.record_service import Taken, Tally
from app.notices import service as notices
from app.notices.service import Told

LEASE = timedelta(minutes=5)
RENEWED = timedelta(minutes=2)
OVERLAP = timedelta(minutes=5)
SILENT = timedelta(hours=4)
SOLVED_KEPT = timedelta(days=30)
OPEN_KEPT = timedelta(days=90)
RUNS_KEPT = timedelta(days=90)
BATCH = 200
KIND = "source_silent"
SIGNALS = (
    Signal(
        "source_silent",
        "Another system that times are read from has not been read for four hours: see /region/kallor.",
        "exists (select from source where ended_at is null"
        " and failing_since < cast(:now as timestamptz) - interval '4 hours')",
    ),
)


class LeaseLost(Exception):
    """Somebody else reads the source now, or it has been ended: what is left of this round is theirs."""


@dataclass(frozen=True)
class Lease:
    """A source that is ours to read for a while, and what must be known of it for that."""

    source: Taken
    door: Door
    every: timedelta
    read_to: datetime | None
    failing: bool


@dataclass
class Round:
    """One reading of a source while it goes on. `highest`: how far what was read reaches; `fault`: why it broke off."""

    began_at: datetime
    tallies: dict[str, Tally] = field(default_factory=dict)
    pages: int = 0
    highest: datetime | None = None
    fault: str | None = None

    def add(self, kind: str, tally: Tally) -> None:
        self.tallies.setdefault(kind, Tally()).add(tally)

    @property
    def quiet(self) -> bool:
        """Whether all that was read is as it was."""
        return all(it.quiet for it in self.tallies.values())

    @property
    def counts(self) -> dict[str, Any]:
        return {kind: it.said for kind, it in self.tallies.items()}


def due(*, by: Actor, now: datetime) -> list[UUID]:
    """The sources that are to be read now, and that nobody reads."""
    free = or_(Source.leased_until.is_(None), Source.leased_until < now)
    asked = select(Source.id).where(Source.ended_at.is_(None), Source.next_at <= now, free)
    return list(run(asked.order_by(Source.next_at, Source.id).limit(BATCH)).scalars())


def lease(source_id: UUID, *, by: Actor, now: datetime) -> Lease | None:
    """Take a source to read it; None when somebody else has, or when it has ended."""
    free = or_(Source.leased_until.is_(None), Source.leased_until < now)
    mine = (Source.id == source_id, Source.ended_at.is_(None), free)
    until = now + LEASE
    if run(update(Source).where(*mine).values(leased_until=until)).rowcount != 1:
        return None
    it = (
        db.session()
        .scalars(select(Source).where(Source.id == source_id).execution_options(populate_existing=True))
        .one()
    )
    secret = it.secret if it.secret_sealed else None
    door = Door(it.base_url, it.way_in, it.token_url, it.client_id, secret)
    every = timedelta(minutes=it.every_minutes)
    return Lease(Taken(it.id, it.name, until), door, every, it.read_to, it.failing_since is not None)


def hold(source: Taken, *, by: Actor, now: datetime) -> Taken:
    """See that the source is still ours, until this transaction ends; held for longer when it soon is not. Raises
    LeaseLost, so that whoever was away for too long writes nothing over what was read since."""
    mine = select(Source.leased_until, Source.ended_at).where(Source.id == source.id).with_for_update(key_share=True)
    row = run(mine).one()
    if row.leased_until != source.until or row.ended_at is not None:
        raise LeaseLost
    if source.until - now > RENEWED:
        return source
    until = now + LEASE
    run(update(Source).where(Source.id == source.id).values(leased_until=until))
    return Taken(source.id, source.name, until)


def take_in(
    source: Taken, kind: str, resources: Sequence[Resource], *, anew: bool = False, by: Actor, now: datetime
) -> tuple[Taken, Tally]:
    """A page of one type. Raises LeaseLost."""
    held = hold(source, by=by, now=now)
    return held, records.take_in(held, kind, resources, anew=anew, by=by, now=now)


def set_aside(source: Taken, kind: str, resource: Resource, *, by: Actor, now: datetime) -> tuple[Taken, Tally]:
    """One resource that nothing could be done with. Raises LeaseLost."""
    held = hold(source, by=by, now=now)
    return held, records.refuse(held, kind, resource, "fault", by=by, now=now)


def gone(source: Taken, kind: str, keys: Sequence[str], *, by: Actor, now: datetime) -> tuple[Taken, Tally]:
    """What is there no longer. Raises LeaseLost."""
    held = hold(source, by=by, now=now)
    return held, records.gone(held, kind, keys, by=by, now=now)


def end(it: Lease, round_: Round, *, by: Actor, now: datetime) -> None:
    """A whole round: the next one begins where this ended. A round that found nothing new is not a row."""
    held = hold(it.source, by=by, now=now)
    # Never past when it began, whatever the two clocks say: what changed while it was read is read again.
    highest = min(round_.highest, round_.began_at) if round_.highest else None
    read_to = max((at for at in (it.read_to, highest) if at), default=None)
    values: dict[str, Any] = {"leased_until": None, "next_at": now + it.every, "failing_since": None}
    run(update(Source).where(Source.id == held.id).values(**values, read_to=read_to))
    if it.failing:
        notices.withdraw(held.id, kinds=(KIND,), by=by, now=now)
    if it.failing or not round_.quiet:
        _run(held.id, round_, "whole", now=now)


def fail(it: Lease, round_: Round, fault: str, *, later: timedelta | None = None, by: Actor, now: datetime) -> None:
    """A round that broke off. What was read of it stands; the next one begins where the last whole one ended.

    The first of several is a row, and those that changed something. The region's administrators are told once, when it
    has been silent for long.
    """
    held = hold(it.source, by=by, now=now)
    since = run(select(Source.failing_since).where(Source.id == held.id)).scalar_one() or now
    next_at = now + retry_rules.next_round(it.every, later)
    values = {"leased_until": None, "next_at": next_at, "failing_since": since}
    run(update(Source).where(Source.id == held.id).values(**values))
    if not it.failing or not round_.quiet:
        _run(held.id, round_, fault, now=now)
    if now - since >= SILENT:
        # The same key again is nothing new: once for each time that it falls silent.
        key = f"{held.id}:{since.isoformat()}"
        told = (Told(person, KIND, key, now, held.id) for person in _administrators(held.id))
        notices.tell_many(told, by=by, now=now)


def let_go(source: Taken, *, by: Actor, now: datetime) -> None:
    """Somebody who reads it is told to stop: whoever comes next need not wait for the lease to end."""
    mine = (Source.id == source.id, Source.leased_until == source.until)
    run(update(Source).where(*mine).values(leased_until=None))


def forget_old(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Take away what was solved a month ago, what nobody could use for three, and the rounds before that."""
    solved = select(Quarantined.id).where(Quarantined.solved_at < now - SOLVED_KEPT)
    left = select(Quarantined.id).where(Quarantined.solved_at.is_(None), Quarantined.at < now - OPEN_KEPT)
    count = 0
    for old in (solved, left):
        some = old.order_by(Quarantined.id).limit(batch)
        count += len(run(delete(Quarantined).where(Quarantined.id.in_(some)).returning(Quarantined.id)).all())
    runs = select(ImportRun.id).where(ImportRun.began_at < now - RUNS_KEPT).order_by(ImportRun.id).limit(batch)
    return count + len(run(delete(ImportRun).where(ImportRun.id.in_(runs)).returning(ImportRun.id)).all())


def since(it: Lease) -> datetime | None:
    """From when this round asks: five minutes before the last whole one ended, since clocks and writes overlap."""
    return it.read_to - OVERLAP if it.read_to else None


def many_gone(asked: int, missing: int) -> bool:
    """Whether so many are gone at once that it is their system that is not well."""
    return missing > rules.GONE_AT_ONCE and missing * 2 > asked


def _run(source_id: UUID, round_: Round, outcome: str, *, now: datetime) -> None:
    made = ImportRun(
        id=db.new_key(),
        source_id=source_id,
        began_at=round_.began_at,
        ended_at=max(now, round_.began_at),
        outcome=outcome,
        counts=round_.counts,
        pages=round_.pages,
    )
    db.session().add(made)
    db.session().flush()


def _administrators(source_id: UUID) -> Iterable[UUID]:
    asked = (
        select(RegionRole.person_id)
        .join(Source, Source.region_id == RegionRole.region_id)
        .where(Source.id == source_id, RegionRole.role == "administrator")
    )
    return run(asked.order_by(RegionRole.person_id)).scalars()
