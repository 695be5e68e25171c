"""A unit's hours for whoever just comes, its days that are not as the others, and that somebody says they come."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from app.accounts import throttle_service as throttle
from app.bookings.kind_models import Location
from app.care.service import Keyed
from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.errors import NotFound
from app.core.locale import local
from app.dropin.models import DropIn, DropInComing, DropInException
from app.dropin.rules import Exceptional

BATCH = 200
OF_ONE, OF_ONE_AGAIN = 10, timedelta(minutes=2)
"""From one place, since a whole library is one: ten in a row."""
TO_ONE, TO_ONE_AGAIN = 60, timedelta(seconds=30)


class NameTaken(ValueError):
    """The unit has another of that name; nothing was stored."""


class PlaceClosed(ValueError):
    """Some of the days are not days of the place; nothing was stored."""


class Closed(ValueError):
    """Nobody is there to come to; nothing was stored."""


@dataclass(frozen=True)
class Wanted:
    """A drop-in as its unit fills it in. Weeks are counted from the one of `first_on`."""

    name: str
    purpose: str
    meets: str
    location_id: UUID
    municipality: str
    weekdays: tuple[int, ...]
    opens: time
    closes: time
    first_on: date
    last_on: date | None = None
    every_weeks: int = 1
    on_red_days: bool = False
    relative_welcome: bool = True
    child_welcome: bool = False


def make(unit: Keyed, wanted: Wanted, *, by: Actor, now: datetime) -> UUID:
    """A drop-in of the unit, on no public page yet. Raises NameTaken, PlaceClosed, NotFound for another's place."""
    _ensure_fit(unit.id, wanted)
    it = DropIn(id=db.new_key(), unit_id=unit.id, made_at=now, **_columns(wanted))
    db.session().add(it)
    db.session().flush()
    audit.record(db.session(), _entry("drop_in.made", it), by=by, now=now)
    return it.id


def change(key: UUID, wanted: Wanted, *, by: Actor, now: datetime) -> None:
    """Change it; what was said of single days stands. Raises NameTaken, PlaceClosed, NotFound."""
    it = _held(key)
    _ensure_fit(it.unit_id, wanted, but=key)
    for name, value in _columns(wanted).items():
        setattr(it, name, value)
    db.session().flush()
    audit.record(db.session(), _entry("drop_in.changed", it), by=by, now=now)


def publish(key: UUID, *, by: Actor, now: datetime) -> None:
    """Show it to anybody; also what was taken down. Raises NameTaken."""
    it = _held(key)
    if it.published_at is not None and it.ended_at is None:
        return
    _ensure_free(it.unit_id, it.name, but=key)
    it.published_at, it.ended_at = now, None
    db.session().flush()
    audit.record(db.session(), _entry("drop_in.published", it), by=by, now=now)


def take_down(key: UUID, *, by: Actor, now: datetime) -> None:
    """Show it to nobody. Its visits, and so its figures, stand."""
    it = _held(key)
    if it.ended_at is None:
        it.ended_at = now
        db.session().flush()
        audit.record(db.session(), _entry("drop_in.taken_down", it), by=by, now=now)


def say_of_day(key: UUID, on: date, said: Exceptional, *, by: Actor, now: datetime) -> None:
    """Close a day with a word, or open it at these hours; what was said of it before is no more."""
    it = _held(key)
    values = {"opens": said.opens, "closes": said.closes, "words": said.words, "made_at": now, "made_by": by.person_id}
    stored = insert(DropInException).values(drop_in_id=key, on_date=on, **values)
    db.run(stored.on_conflict_do_update(index_elements=["drop_in_id", "on_date"], set_=values))
    audit.record(db.session(), _entry("drop_in.day_changed", it), by=by, now=now)


def as_usual(key: UUID, on: date, *, by: Actor, now: datetime) -> None:
    """A day is as the others again."""
    it = _held(key)
    gone = delete(DropInException).where(DropInException.drop_in_id == key, DropInException.on_date == on)
    if db.run(gone.returning(DropInException.on_date)).first():
        audit.record(db.session(), _entry("drop_in.day_as_usual", it), by=by, now=now)


def say_coming(
    key: UUID, coming: UUID, *, before: UUID | None, sender: str, is_open: bool, by: Actor, now: datetime
) -> UUID:
    """Somebody comes today; nothing says who. The page made the key `coming`, so that a press that is sent twice is
    one. `before` is what the same phone has said: the same again changes nothing, and of another place or day it is no
    more. Raises Closed, TooMany from the throttle, NotFound.
    """
    on = local(now).date()
    if not is_open:
        raise Closed
    known = select(DropIn.id).where(DropIn.id == key, DropIn.published_at.is_not(None), DropIn.ended_at.is_(None))
    if db.run(known).first() is None:
        raise NotFound
    same = exists().where(DropInComing.id == before, DropInComing.drop_in_id == key, DropInComing.on_date == on)
    if before and db.session().scalar(select(same)):
        return before
    throttle.count("drop_in.from", sender, room=OF_ONE, refill=OF_ONE_AGAIN, by=by, now=now)
    throttle.count("drop_in.to", db.short(key), room=TO_ONE, refill=TO_ONE_AGAIN, by=by, now=now)
    if before:
        take_back_coming(before, by=by, now=now)
    said = insert(DropInComing).values(id=coming, drop_in_id=key, on_date=on, said_at=now)
    db.run(said.on_conflict_do_nothing())
    return coming


def take_back_coming(coming: UUID, *, by: Actor, now: datetime) -> None:
    """They do not come after all. What is not there is gone already."""
    db.run(delete(DropInComing).where(DropInComing.id == coming))


def forget_comings(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Forget who said that they would come, the day after; returns how many."""
    old = select(DropInComing.id).where(DropInComing.on_date < local(now).date()).limit(batch)
    return len(db.run(delete(DropInComing).where(DropInComing.id.in_(old)).returning(DropInComing.id)).all())


def _columns(wanted: Wanted) -> dict[str, object]:
    return asdict(wanted) | {"weekdays": sorted(set(wanted.weekdays))}


def _ensure_fit(unit_id: UUID, wanted: Wanted, *, but: UUID | None = None) -> None:
    place = db.session().get(Location, wanted.location_id)
    if place is None or place.unit_id != unit_id:
        raise NotFound
    if not set(wanted.weekdays) <= set(place.weekdays):
        raise PlaceClosed
    _ensure_free(unit_id, wanted.name, but=but)


def _ensure_free(unit_id: UUID, name: str, *, but: UUID | None) -> None:
    """Two who take a name at once meet the constraint; who comes later than that meets NameTaken."""
    taken = select(DropIn.id).where(DropIn.unit_id == unit_id, DropIn.name == name, DropIn.ended_at.is_(None))
    if db.run(taken if but is None else taken.where(DropIn.id != but)).first():
        raise NameTaken


def _held(key: UUID) -> DropIn:
    """The row, which nobody else changes until this transaction ends; raises NotFound."""
    asked = select(DropIn).where(DropIn.id == key).with_for_update(key_share=True)
    found = db.session().scalars(asked.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def _entry(action: str, it: DropIn) -> Entry:
    return Entry(action, unit_id=it.unit_id, object=f"drop_in:{db.short(it.id)}")
