"""The systems that times are read from, as an administrator sees them. What is in a resource is never here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, func, select, tuple_

from app.accounts.models import RegionRole
from app.accounts.queries import Viewer
from app.core.db import run
from app.core.errors import NotFound
from app.core.paging import PAGE, cut
from app.exchange.models import ImportRun, Quarantined, Source

MOST = 60
RUNS = 10


@dataclass(frozen=True)
class SourceRow:
    """A source, how it is read, and how much of it cannot be used."""

    key: UUID
    name: str
    base_url: str
    way_in: str
    token_url: str | None
    client_id: str | None
    every_minutes: int
    read_to: datetime | None
    failing_since: datetime | None
    ended_at: datetime | None
    waiting: int


@dataclass(frozen=True)
class RunRow:
    """One reading in which something came, or that broke off."""

    at: datetime
    outcome: str
    read: int
    new: int
    changed: int
    refused: int


@dataclass(frozen=True)
class RefusedRow:
    """Something that cannot be used: which, and why."""

    key: UUID
    type: str
    foreign_id: str
    reason: str
    path: str | None
    at: datetime


_administers = exists().where(
    RegionRole.region_id == Source.region_id,
    RegionRole.person_id == bindparam("viewer"),
    RegionRole.role == "administrator",
)
_open = (Quarantined.source_id == Source.id, Quarantined.solved_at.is_(None))
_sources = select(
    Source.id,
    *(Source.name, Source.base_url, Source.way_in, Source.token_url, Source.client_id, Source.every_minutes),
    *(Source.read_to, Source.failing_since, Source.ended_at),
    select(func.count()).where(*_open).scalar_subquery().label("waiting"),
).where(_administers)


def sources_of(viewer: Viewer) -> list[SourceRow]:
    """The sources of the viewer's region, those that are read first."""
    asked = _sources.order_by(Source.ended_at.desc().nulls_first(), Source.name, Source.id).limit(MOST)
    return [_source(row) for row in run(asked, {"viewer": viewer.person_id})]


def source_for(viewer: Viewer, key: UUID) -> SourceRow:
    """One of them; raises NotFound."""
    row: Any = run(_sources.where(Source.id == key), {"viewer": viewer.person_id}).one_or_none()
    if row is None:
        raise NotFound
    return _source(row)


def runs_of(viewer: Viewer, source: SourceRow) -> list[RunRow]:
    """Its latest readings."""
    asked = (
        select(ImportRun.began_at, ImportRun.outcome, ImportRun.counts)
        .join(Source, Source.id == ImportRun.source_id)
        .where(ImportRun.source_id == source.key, _administers)
        .order_by(ImportRun.began_at.desc(), ImportRun.id.desc())
        .limit(RUNS)
    )
    return [_run(row) for row in run(asked, {"viewer": viewer.person_id})]


def refused_of(
    viewer: Viewer, source: SourceRow, *, after: tuple[datetime, UUID] | None = None
) -> tuple[list[RefusedRow], tuple[datetime, UUID] | None]:
    """What of it cannot be used, the oldest first, and where the next page begins."""
    asked = (
        select(
            Quarantined.id,
            Quarantined.type,
            Quarantined.foreign_id,
            Quarantined.reason,
            Quarantined.path,
            Quarantined.at,
        )
        .join(Source, Source.id == Quarantined.source_id)
        .where(*_open, Source.id == source.key, _administers)
    )
    if after:
        asked = asked.where(tuple_(Quarantined.at, Quarantined.id) > after)
    rows = run(asked.order_by(Quarantined.at, Quarantined.id).limit(PAGE + 1), {"viewer": viewer.person_id})
    shown, more = cut([_refused(row) for row in rows])
    return shown, (shown[-1].at, shown[-1].key) if more else None


def _source(row: Any) -> SourceRow:
    return SourceRow(*row)


def _refused(row: Any) -> RefusedRow:
    return RefusedRow(*row)


def _run(row: Any) -> RunRow:
    counts = row.counts.values()
    of = {name: sum(it.get(name, 0) for it in counts) for name in ("read", "made", "changed")}
    refused = sum(sum(it.get("refused", {}).values()) for it in counts)
    return RunRow(row.began_at, row.outcome or "fault", of["read"], of["made"], of["changed"], refused)
