"""Whether the promise machine is well, in numbers: nobody is named in them, and none is counted past `MOST`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.accounts.queries import Viewer
from app.core.audit import Actor
from app.core.db import run
from app.core.errors import NotFound
from app.core.pulse import SILENT

MOST = 10_000
"""Where counting stops: more than this is a fact of another kind, and is said as "more than"."""
OVERDUE = timedelta(minutes=2)
DAYS = 30
FEW = 10
KINDS = (
    "thread",
    "contact_request",
    "booking_answer",
    "told",
    "relative_call",
    "log_question",
    "cover_gap",
    "new_contact",
)
AGES = {"day": (0, 1), "three_days": (1, 3), "week": (3, 7), "longer": (7, 10_000)}


@dataclass(frozen=True)
class Figures:
    """The machine's state. `open` is by kind and age. `beat` is the worker's last sign of life, and
    `seconds` how long its slowest look at what waits took in the round before it.
    """

    open: dict[tuple[str, str], int]
    overdue: int
    broken: int
    failed: int
    at_function: int
    beat: datetime | None
    seconds: float | None
    at: datetime

    @property
    def by_age(self) -> dict[str, int]:
        return {age: sum(self.open[kind, age] for kind in KINDS) for age in AGES}

    @property
    def silent(self) -> bool:
        return self.beat is None or self.at - self.beat > SILENT

    @property
    def stuck(self) -> int:
        """Questions that do not climb: those that could not be handled, and those whose step is long due."""
        return self.failed + self.overdue


@dataclass(frozen=True)
class Failed:
    """A question that the worker could not handle."""

    key: UUID
    kind: str
    unit_name: str
    since: datetime
    failed_at: datetime


@dataclass(frozen=True)
class Unkept:
    """How many promises a unit has not kept."""

    unit_id: UUID
    name: str
    count: int


_open = text(
    """
    select kind, age, (select count(*) from (
        select from wait where wait.kind = kinds.kind and ended_at is null
          and opened_at > :now - make_interval(days => older) and opened_at <= :now - make_interval(days => younger)
        limit :most) as these) as number
    from unnest(cast(:kinds as text[])) as kinds (kind),
      unnest(cast(:ages as text[]), cast(:younger as int[]), cast(:older as int[])) as ages (age, younger, older)
    """
)
_state = text(
    """
    select
      (select count(*) from (select from wait where ended_at is null and next_at < :overdue and failed_at is null
         limit :most) as these) as overdue,
      (select count(*) from (select from wait where ended_at is null and broken > 0 limit :most) as these) as broken,
      (select count(*) from (select from wait where ended_at is null and failed_at is not null limit :most) as these)
        as failed,
      (select count(*) from (select from wait where ended_at is null and holder_id is null limit :most) as these)
        as at_function,
      (select at from heartbeat where name = 'worker') as beat,
      (select seconds from heartbeat where name = 'worker') as seconds
    """
)
_failed = text(
    """
    select wait.id, wait.kind, unit.name, wait.opened_at, wait.failed_at
    from wait join unit on unit.id = wait.unit_id
    where wait.ended_at is null and wait.failed_at is not null and exists (
      select from region_role where person_id = :viewer and role = 'administrator' and region_id = unit.region_id)
    order by wait.failed_at, wait.id limit :few
    """
)
_unkept = text(
    """
    select unit.id, unit.name, count(*) as number
    from (select wait_id from handoff where reason = 'promise_broken' and at >= :since order by at desc limit :most)
      as broken
    join wait on wait.id = broken.wait_id join unit on unit.id = wait.unit_id
    group by unit.id, unit.name order by number desc, unit.name limit :few
    """
)


def figures(viewer: Actor, *, now: datetime) -> Figures:
    """How many wait, by kind and age, and what does not go as it should."""
    ages = {"ages": list(AGES), "younger": [it[0] for it in AGES.values()], "older": [it[1] for it in AGES.values()]}
    values = {"now": now, "overdue": now - OVERDUE, "most": MOST}
    by_age = run(_open, values | ages | {"kinds": list(KINDS)})
    row: Any = run(_state, values).one()
    return Figures(
        open={(it.kind, it.age): it.number for it in by_age},
        overdue=row.overdue,
        broken=row.broken,
        failed=row.failed,
        at_function=row.at_function,
        beat=row.beat,
        seconds=row.seconds,
        at=now,
    )


def failed_for(viewer: Viewer) -> list[Failed]:
    """The questions that the worker could not handle in the region that the viewer administers."""
    rows = run(_failed, {"viewer": viewer.person_id, "few": FEW})
    return [Failed(row.id, row.kind, row.name, row.opened_at, row.failed_at) for row in rows]


def unkept(viewer: Viewer, *, now: datetime) -> list[Unkept]:
    """The units that have not kept most promises in the last thirty days."""
    rows = run(_unkept, {"since": now - timedelta(days=DAYS), "most": MOST, "few": FEW})
    return [Unkept(row.id, row.name, row.number) for row in rows]


def ensure_failed(viewer: Viewer, wait: UUID) -> None:
    """Whether a question is one of those; raises NotFound."""
    if wait not in {it.key for it in failed_for(viewer)}:
        raise NotFound
