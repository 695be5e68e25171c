"""Choose how one is told: when it is quiet, of what by which channel, and how much a notice says."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.dialects.postgresql import insert as upsert

from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.recurrence import Quiet
from app.notices.delivery_rules import quiet_of
from app.notices.models import ChannelOff, NoticeChoice
from app.notices.rules import PRIVATE

Pair = tuple[str, str]


def choose_quiet(quiet: Quiet | None, *, by: Actor, now: datetime) -> None:
    """Choose between which hours nothing leaves the app, or that there are none."""
    hours = f"{quiet.begins:%H:%M}-{quiet.ends:%H:%M}" if quiet else "none"
    _choose(by, now, **_columns(quiet))
    audit.record(db.session(), _entry("notices.quiet", by, hours), by=by, now=now)


def choose_channels(off: Collection[Pair], *, by: Actor, now: datetime) -> None:
    """Choose of what one does not want to be told by which channels; all that is not named is on."""
    mine = (ChannelOff.person_id == by.person_id, ChannelOff.capacity == by.capacity)
    # The row of the choice is the lock: two tabs that choose at once do it one after the other.
    _choose(by, now)
    db.run(delete(ChannelOff).where(*mine))
    rows = [
        {"person_id": by.person_id, "capacity": by.capacity, "about": about, "channel": channel}
        for about, channel in sorted(set(off))
    ]
    if rows:
        db.run(insert(ChannelOff).values(rows))
    audit.record(db.session(), _entry("notices.channels", by, f"off:{len(rows)}"), by=by, now=now)


def choose_fuller(fuller: bool, *, by: Actor, now: datetime) -> None:
    """Choose whether what is told outside the app says what it is about."""
    _choose(by, now, fuller=fuller)
    audit.record(db.session(), _entry("notices.fuller" if fuller else "notices.neutral", by), by=by, now=now)


def app_is_enough(*, by: Actor, now: datetime) -> None:
    """Say that one looks in the app, and need not hear that nothing reaches one elsewhere."""
    _choose(by, now, app_only=True)
    audit.record(db.session(), _entry("notices.app_only", by), by=by, now=now)


def _choose(by: Actor, now: datetime, **chosen: Any) -> None:
    """Keep what was chosen; what else the row says stays as it was, or is as usual where there was none."""
    fresh = {"off_duty": False, "fuller": False, "app_only": False} | _columns(quiet_of(by.capacity, None)) | chosen
    row = upsert(NoticeChoice).values(person_id=by.person_id, capacity=by.capacity, chosen_at=now, **fresh)
    changes = {"chosen_at": now} | chosen
    db.run(row.on_conflict_do_update(index_elements=["person_id", "capacity"], set_=changes))


def _columns(quiet: Quiet | None) -> dict[str, Any]:
    return {"quiet_from": quiet.begins if quiet else None, "quiet_until": quiet.ends if quiet else None}


def _entry(action: str, by: Actor, about: str | None = None) -> Entry:
    return Entry(action, by.person_id if by.capacity == PRIVATE else None, None, about)
