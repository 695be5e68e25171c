"""What stands beside somebody's absences: the times they would be away from, whom they answer for, who is long away."""

from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from app.accounts.queries import Viewer
from app.bookings import hit_queries
from app.bookings.hit_queries import Hits
from app.care import asked_queries, team_queries
from app.care.absence_queries import Subject
from app.care.asked_queries import Request
from app.care.team_queries import LongAbsence
from app.core.db import run
from app.core.paging import cut


@dataclass(frozen=True)
class Beside:
    """The times of the near future; the absences during which the viewer answers, and whether there are more; who has
    been away for long where the viewer leads, None for somebody who leads nowhere."""

    hits: Hits
    asked: list[Request]
    more: bool
    long: list[LongAbsence] | None


def _as_one(rows: Select[Any], name: str) -> Any:
    """All of them in one column, in their order."""
    return select(func.json_agg(func.row_to_json(rows.subquery(name).table_valued()))).scalar_subquery().label(name)


_first, _after = (
    select(_as_one(hit_queries.OF_PERSON, "hits"), _as_one(asked, "asked"), _as_one(team_queries.LED, "led"))
    for asked in (asked_queries.REQUESTS, asked_queries.REQUESTS_AFTER)
)


def beside(viewer: Viewer, subject: Subject, *, now: datetime, after: tuple[datetime, UUID] | None = None) -> Beside:
    """All of it in one statement. Of another than the viewer, only the times."""
    if not subject.own:
        return Beside(hit_queries.hits_of(viewer, subject.key, now, None, now=now), [], False, None)
    values = hit_queries.values_of(viewer, subject.key, now, None, now=now) | {"now": now}
    if after:
        values |= {"at": after[0], "id": after[1]}
    row = run(_after if after else _first, values).one()
    asked, more = cut([asked_queries.request_of(it) for it in _rows(row.asked)])
    long = team_queries.long_in(_rows(row.led), now=now)
    return Beside(hit_queries.hits_in(_rows(row.hits)), asked, more, long)


def _rows(found: list[dict[str, Any]] | None) -> list[Any]:
    return [SimpleNamespace(**{name: _read(name, value) for name, value in row.items()}) for row in found or ()]


def _read(name: str, value: Any) -> Any:
    """What JSON has no word for, by what its column is called."""
    if value is None:
        return None
    if name.endswith("_at"):
        return datetime.fromisoformat(value)
    if name == "id" or name.endswith("_id"):
        return UUID(value)
    return bytes.fromhex(value[2:]) if name.endswith("_sealed") else value
