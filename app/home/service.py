"""Take care of what somebody reports."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.core import audit, db
from app.core.audit import Actor, Entry
from app.home.models import FaultReport

PER_HOUR = 60


class TooMany(Exception):
    """More reports in an hour than people write: somebody is flooding."""


def report_fault(text: str, *, page: str | None, reply_to: str | None, by: Actor, now: datetime) -> None:
    recent = select(FaultReport.id).where(FaultReport.reported_at > now - timedelta(hours=1)).limit(PER_HOUR).subquery()
    if db.session().execute(select(func.count()).select_from(recent)).scalar_one() >= PER_HOUR:
        raise TooMany
    fault = FaultReport(id=db.new_key(), reported_at=now)
    fault.text, fault.page, fault.reply_to = text, page or None, reply_to or None
    db.session().add(fault)
    db.session().flush()
    audit.record(db.session(), Entry("fault.reported", object=f"fault:{db.short(fault.id)}"), by=by, now=now)
