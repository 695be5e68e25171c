"""What somebody has been told, as they themselves may see it now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, Uuid, and_, bindparam, column, func, or_, select, table, tuple_

from app.accounts.queries import Viewer, left_in_peace
from app.core.errors import NotFound
from app.core.paging import PAGE, cut
from app.core.query import Query
from app.notices.models import Notice, NoticeChoice
from app.notices.rules import DUTY, KINDS, PRIVATE, Kind

VIEWER = bindparam("viewer", type_=Uuid())
NOW = bindparam("now", type_=DateTime(timezone=True))


@dataclass(frozen=True)
class NoticeRow:
    """One thing that the viewer was told. `count` is how many questions a reminder stands for, where any still wait;
    `gone`: it was taken back, since somebody else has taken care of it."""

    key: UUID
    kind: Kind
    about: UUID | None
    at: datetime
    seen: bool
    count: int
    gone: bool


# Waits are a package above: what is needed of them is read by their names, as data.
_wait = table("wait", column("holder_id", Uuid), column("ended_at", DateTime), column("rung", Integer))
_overdue = select(func.count()).select_from(_wait)
_overdue = _overdue.where(_wait.c.holder_id == VIEWER, _wait.c.ended_at.is_(None), _wait.c.rung > 0)
_mine = and_(Notice.person_id == VIEWER, Notice.capacity == bindparam("capacity"))
_shown = and_(
    _mine,
    Notice.withdrawn_at.is_(None),
    Notice.show_at <= NOW,
    or_(Notice.seen_at.is_not(None), Notice.capacity == PRIVATE, ~left_in_peace(VIEWER, NOW)),
)
_UNSEEN = Notice.seen_at.is_(None)
_COLUMNS = (Notice.id, Notice.kind, Notice.object_id, Notice.show_at, Notice.seen_at, Notice.withdrawn_at)
_news = (
    select(*_COLUMNS, _overdue.scalar_subquery().label("overdue"))
    .where(_shown)
    .order_by(Notice.show_at.desc(), Notice.id.desc())
    .limit(PAGE + 1)
)
_NEWS = Query(_news)
_BEFORE = Query(_news.where(tuple_(Notice.show_at, Notice.id) < tuple_(bindparam("at"), bindparam("id"))))
_ONE = Query(select(*_COLUMNS).where(_mine, Notice.show_at <= NOW, Notice.id == bindparam("key")))
_BACK = Query(
    select(Notice.key)
    .where(_shown, Notice.kind == "back", or_(_UNSEEN, Notice.seen_at >= bindparam("day", type_=NOW.type)))
    .order_by(Notice.show_at.desc(), Notice.id.desc())
    .limit(PAGE)
)
_CHOICE = Query(select(NoticeChoice.off_duty).where(NoticeChoice.person_id == VIEWER, NoticeChoice.capacity == DUTY))


def notices_of(
    viewer: Viewer, *, now: datetime, before: tuple[datetime, UUID] | None = None
) -> tuple[list[NoticeRow], bool]:
    """What the viewer has been told, the latest first, and whether there is more."""
    values: dict[str, Any] = {"viewer": viewer.person_id, "capacity": viewer.capacity, "now": now}
    found = _BEFORE.rows(**values, at=before[0], id=before[1]) if before else _NEWS.rows(**values)
    rows, more = cut(found)
    return [_row(row, row.overdue) for row in rows], more


def notice_for(viewer: Viewer, key: UUID, *, now: datetime) -> NoticeRow:
    """One of them, also when it has been taken back since it was listed; raises NotFound."""
    row = _ONE.row(viewer=viewer.person_id, capacity=viewer.capacity, now=now, key=key)
    if row is None:
        raise NotFound
    return _row(row, 0)


def away_since(viewer: Viewer, *, now: datetime, day: datetime) -> datetime | None:
    """Since when the viewer was off duty before they came back, as long as they have not looked at what was done
    meanwhile; what they have looked at since `day` began counts too, so that the list can be opened again."""
    rows = _BACK.rows(viewer=viewer.person_id, capacity=viewer.capacity, now=now, day=day)
    return min((datetime.fromisoformat(row.key) for row in rows), default=None)


def off_duty(viewer: Viewer) -> bool:
    """Whether the viewer has chosen to be reached off duty too."""
    row = _CHOICE.row(viewer=viewer.person_id)
    return row is not None and row.off_duty


def _row(row: Any, overdue: int) -> NoticeRow:
    kind, seen = KINDS[row.kind], row.seen_at is not None
    count, gone = overdue if kind.name == "reminder" else 0, row.withdrawn_at is not None
    return NoticeRow(row.id, kind, row.object_id, row.show_at, seen, count, gone)
