"""Who has read: the rows of a patient's log as lines, one by one for the whole list, and a day of one person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.accounts.queries import Viewer
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import SWEDEN, local
from app.log import rules
from app.log.queries import END, Line, Place, said_of
from app.log.rules import Deed, Group, Row

PAGE = 20
LOOKED = 400
"""So many rows are looked at for a page, however many there are."""
MOST = 1000
"""So many are read at a time for the whole list, and of one day for one line."""

# What somebody has told about a patient is never shown to the patient (offentlighets- och sekretesslagen 25 kap.). Such
# rows name no patient; this is the second lock on that door.
_NEVER = "(object is null or split_part(object, ':', 1) not in ('told', 'relative_call'))"
_MINE = f"""
    select at, id, actor_id, capacity, action, unit_id,
      case split_part(object, ':', 1) when 'thread' then 'thread:' || split_part(object, ':', 2)
        when 'request' then 'request:' || split_part(object, ':', 2)
        when 'contact_request' then 'request:' || split_part(object, ':', 2)
        when 'log_question' then 'log_question:' || split_part(object, ':', 2)
        when 'client' then 'client:' || split_part(object, ':', 2) else '' end as about,
      case action when 'session.started' then coalesce(object, '') else '' end as detail
    from access_log
    where patient_id = :patient and at <= :at and (at, id) < (:at, :id) and {_NEVER}"""  # nosec B608  # our own words alone
_LATEST = " order by at desc, id desc limit :most"
_STATE = """select md5(string_agg(id::text, ',' order by at desc, id desc)) as state
    from (select at, id from {0} order by at desc, id desc limit 20) newest"""


def _gathered(where: str, state: str) -> Any:
    """The rows of each person, day, thing and deed, counted."""
    return text(
        f"""
    with mine as materialized ({_MINE} {where} {_LATEST})
    select (at at time zone 'Europe/Stockholm')::date as day, actor_id, capacity, about, action, detail,
      count(*) as number, min(at) as first_at, max(at) as last_at,
      (array_agg(mine.id order by at, mine.id))[1] as first_id,
      (array_agg(mine.id order by at desc, mine.id desc))[1] as last_id,
      (array_agg(mine.unit_id order by at desc) filter (where mine.unit_id is not null))[1] as unit_id,
      (array_agg(q.id order by q.asked_at desc) filter (where q.id is not null))[1] as question_id,
      {state} as state
    from mine left join log_question q on q.patient_id = :patient and q.entry_at = mine.at and q.entry_id = mine.id
    group by 1, 2, 3, 4, 5, 6
    """  # nosec B608  # our own words alone
    ).columns()


_LINES = _gathered("", f"({_STATE.format('mine')})")
_DAY = _gathered("and at >= :since and actor_id = :actor", "null::text")
_ROWS = text(f"{_MINE} {_LATEST}").columns()
_NEWEST = text(_STATE.format(f"access_log where patient_id = :patient and {_NEVER}")).columns()
# A row, and the unit that answers a question about it: its own; else where its person works, or the patient's contact.
_ENTRY = text(
    f"""
    with found as ({_MINE} {_LATEST})
    select found.*, u.id as unit, u.care_version from found join unit u on u.id = coalesce(found.unit_id,
      (select unit_id from assignment where person_id = found.actor_id
        order by ends_on desc nulls first, starts_on desc limit 1),
      (select unit_id from contact where patient_id = :patient
        order by ends_on desc nulls first, coordinating desc, starts_on desc limit 1),
      (select id from unit order by name, id limit 1))
    """  # nosec B608  # our own words alone
).columns()


@dataclass(frozen=True)
class Found:
    """A line that the patient may ask about, and the unit (with its version) that answers. Its names are not opened."""

    group: Group
    staff: UUID
    unit: UUID
    version: int


class Lines(list[Line]):
    """A page of lines, where to go on, and what an open page of it compares."""

    more: Place | None = None
    state: str = "0"


def lines_of(viewer: Viewer, *, now: datetime, before: Place | None = None) -> Lines:
    """The viewer's own log from a place on, the latest first: whole days, until there are a page's worth of lines."""
    at, number = before or (now + timedelta(days=1), END)
    values = {"patient": viewer.person_id, "at": at, "id": number, "most": LOOKED}
    rows = run(_LINES, values).all()
    groups = rules.grouped(_row(row) for row in rows)
    page, more = _whole_days(groups, rows)
    found = Lines(said_of(viewer, viewer.person_id, page, now=now))
    found.more, found.state = more, rows[0].state if rows else "0"
    return found


def state_of(viewer: Viewer, key: UUID) -> str | None:
    """What changes when the viewer's log does; None for the log of another."""
    if key != viewer.person_id or "patient" not in viewer.kinds:
        return None
    return run(_NEWEST, {"patient": viewer.person_id}).scalar() or "0"


def rows_of(viewer: Viewer, *, now: datetime, before: Place | None = None) -> Lines:
    """The viewer's own log row by row, the latest first, so many at a time: for the whole list."""
    at, number = before or (now + timedelta(days=1), END)
    rows = run(_ROWS, {"patient": viewer.person_id, "at": at, "id": number, "most": MOST}).all()
    found = Lines(said_of(viewer, viewer.person_id, [_alone(row) for row in rows], now=now))
    found.more = (rows[-1].at, rows[-1].id) if len(rows) == MOST else None
    return found


def line_for(viewer: Viewer, where: Place | None) -> Found:
    """The viewer's own line with a row in it, done by somebody of the staff; raises NotFound."""
    if where is None:
        raise NotFound
    at, number = where
    row = run(_ENTRY, {"patient": viewer.person_id, "at": at, "id": number + 1, "most": 1}).one_or_none()
    if row is None or (row.at, row.id) != where or row.actor_id in (None, viewer.person_id) or row.capacity != "duty":
        raise NotFound
    there = _day(viewer.person_id, row.actor_id, at)
    return Found(next(it for it in there if it.about == row.about), row.actor_id, row.unit, row.care_version)


def day_for(viewer: Viewer, patient: UUID, actor: UUID, at: datetime, *, now: datetime) -> list[Line]:
    """What one person of the staff did in a patient's log on the day of a moment, for whoever has reached that row."""
    # What was asked about them is not part of it.
    groups = [replace(it, question=None) for it in _day(patient, actor, at)]
    return said_of(viewer, patient, groups, now=now)


def _day(patient: UUID, actor: UUID, at: datetime) -> list[Group]:
    begins = local(at).replace(hour=0, minute=0, second=0, microsecond=0)
    values = {"patient": patient, "actor": actor, "since": begins, "at": begins + timedelta(days=1), "id": 0}
    groups = rules.grouped(_row(row) for row in run(_DAY, values | {"most": MOST}))
    return [it for it in groups if it.capacity == "duty"]


def _row(row: Any) -> Row:
    return Row(
        row.day,
        row.actor_id,
        row.capacity,
        row.about,
        row.action,
        row.detail,
        row.number,
        row.first_at,
        row.last_at,
        row.last_id,
        row.unit_id,
        row.question_id,
    )


def _alone(row: Any) -> Group:
    deeds, place = (Deed(row.action, row.detail, 1),), (row.at, row.at, row.id)
    return Group(local(row.at).date(), row.actor_id, row.capacity, row.about, deeds, *place, row.unit_id, None)


def _whole_days(groups: list[Group], rows: Sequence[Any]) -> tuple[list[Group], Place | None]:
    """The first days, until there are a page's worth of lines, and where the next page begins. A day that does not fit
    among the rows looked at goes to the next page, unless it is the only one."""
    if not rows:
        return [], None
    full = sum(row.number for row in rows) == LOOKED
    days = sorted({it.day for it in groups}, reverse=True)
    if full and len(days) == 1:
        return groups, min((row.first_at, row.first_id) for row in rows)
    whole = days[:-1] if full else days
    shown: list[Group] = []
    for day in whole:
        shown += [it for it in groups if it.day == day]
        if len(shown) >= PAGE:
            break
    return shown, (datetime.combine(day, time(), SWEDEN), 0) if full or day != whole[-1] else None
