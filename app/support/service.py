"""What somebody says about where they live."""

from datetime import datetime

from sqlalchemy import update

from app.accounts.models import Relative
from app.core import audit, db
from app.core.audit import Actor, Entry


def live_in(code: str | None, *, by: Actor, now: datetime) -> None:
    """Keep which municipality a relative lives in, or forget it. Nobody else sees it, and the log does not name it."""
    db.run(update(Relative).where(Relative.person_id == by.person_id).values(municipality=code))
    audit.record(db.session(), Entry("relative.municipality"), by=by, now=now)
