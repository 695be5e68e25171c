"""Draw a sample of the log, judge it row by row, and say what came of it."""

import secrets
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.accounts.queries import Viewer
from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.errors import NotFound
from app.log import check_queries as queries
from app.log.models import LogCheck, LogCheckRow


class Unjudged(Exception):
    """There are rows that nobody has judged yet."""


class Over(Exception):
    """The check is finished, and stays as it was signed."""


def make(region_id: UUID, rule: str, first: date, last: date, *, size: int, by: Viewer, now: datetime) -> UUID:
    """Draw a sample and keep it; returns its key. Raises TooMuch."""
    seed = secrets.randbits(62)
    drawn = queries.draw(by, rule, first, last, seed=seed, size=size)
    check = LogCheck(
        id=db.new_key(),
        region_id=region_id,
        rule=rule,
        starts_on=first,
        ends_on=last,
        seed=seed,
        found=drawn.found,
        made_at=now,
        made_by=by.person_id,
    )
    db.session().add(check)
    db.session().flush()
    db.session().add_all(
        LogCheckRow(
            check_id=check.id,
            n=n,
            actor_id=row.actor_id,
            patient_id=row.patient_id,
            unit_id=row.unit_id,
            day=row.day,
            first_at=row.first_at,
            last_at=row.last_at,
            times=row.times,
            actions=list(row.actions),
        )
        for n, row in enumerate(drawn.rows, 1)
    )
    db.session().flush()
    audit.record(db.session(), Entry("check.made", object=_said(check.id)), by=by, now=now)
    return check.id


def judge(key: UUID, n: int, judged: str, words: str, *, by: Actor, now: datetime) -> None:
    """Say of a row that it is as it should be, or that it is to be looked into and why. Raises NotFound, Over."""
    row = _locked(key, n)
    row.judged, row.judged_at, row.judged_by = judged, now, by.person_id
    row.words = words or None
    db.session().flush()
    audit.record(db.session(), _of(row, "check.judged"), by=by, now=now)


def open_name(key: UUID, n: int, because: str, *, by: Actor, now: datetime) -> None:
    """Let the name of a row's patient be seen, and say why. Raises NotFound, Over."""
    row = _locked(key, n)
    if row.opened_at is None:
        row.opened_at, row.opened_by = now, by.person_id
        row.because = because
        db.session().flush()
        audit.record(db.session(), _of(row, "check.name_opened"), by=by, now=now)


def finish(key: UUID, words: str, *, by: Actor, now: datetime) -> None:
    """Sign a check whose rows are all judged, with what came of it. Raises NotFound, Over, Unjudged."""
    check = _open(key)
    left = select(func.count()).where(LogCheckRow.check_id == key, LogCheckRow.judged.is_(None))
    if db.session().scalar(left):
        raise Unjudged
    check.ended_at, check.ended_by = now, by.person_id
    check.words = words
    db.session().flush()
    audit.record(db.session(), Entry("check.finished", object=_said(key)), by=by, now=now)


def _open(key: UUID) -> LogCheck:
    asked: Any = select(LogCheck).where(LogCheck.id == key).with_for_update(key_share=True)
    check: LogCheck | None = db.session().scalar(asked.execution_options(populate_existing=True))
    if check is None:
        raise NotFound
    if check.ended_at:
        raise Over
    return check


def _locked(key: UUID, n: int) -> LogCheckRow:
    _open(key)
    row = db.session().scalar(select(LogCheckRow).where(LogCheckRow.check_id == key, LogCheckRow.n == n))
    if row is None:
        raise NotFound
    return row


def _of(row: LogCheckRow, action: str) -> Entry:
    return Entry(action, row.patient_id, row.unit_id, _said(row.check_id))


def _said(key: UUID) -> str:
    return f"check:{db.short(key)}"
