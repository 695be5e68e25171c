"""Hours when anybody may just come, as they are told to anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.bookings.kind_models import Location
from app.care import red_days
from app.care.models import Unit
from app.core.audit import Actor
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import local, today
from app.dropin import rules
from app.dropin.models import DropIn, DropInComing, DropInException, DropInVisit
from app.dropin.rules import Day, Exceptional, Series, Standing

MOST = 300
TODAY = bindparam("today", type_=DropIn.first_on.type)


@dataclass(frozen=True)
class Open:
    """A drop-in: what it is for, whom one meets, when and where. `is_public` while it stands on public pages."""

    key: UUID
    unit_id: UUID
    unit_name: str
    unit_phone: str
    phone_hours: str
    municipality: str
    name: str
    purpose: str
    meets: str
    relative_welcome: bool
    child_welcome: bool
    series: Series
    location_id: UUID
    place: str
    address: str
    way: str
    place_ended: bool
    is_public: bool

    def standing(self, now: datetime) -> Standing:
        return rules.standing(self.series, now, red_around(now))

    def upcoming(self, now: datetime, *, most: int = 5) -> list[Day]:
        return rules.upcoming(self.series, now, red_around(now), most=most)

    def day(self, on: date) -> Day:
        return rules.day(self.series, on, red_days.in_years((on.year,)))


@dataclass(frozen=True)
class Crowd:
    """How many have said that they come, and how many wait, as it is said; whether this phone is one of them."""

    coming: str
    waiting: str
    mine: bool


def red_around(now: datetime) -> frozenset[date]:
    """The red days that what is open next can fall on."""
    first = local(now).date()
    return red_days.in_years(range(first.year, (first + rules.AHEAD).year + 1))


_exception = func.json_build_array(
    DropInException.on_date, DropInException.opens, DropInException.closes, DropInException.words
)
_exceptions = (
    select(func.json_agg(aggregate_order_by(_exception, DropInException.on_date)))
    .where(DropInException.drop_in_id == DropIn.id, DropInException.on_date >= TODAY)
    .scalar_subquery()
    .label("exceptions")
)
IS_PUBLIC = and_(DropIn.published_at.is_not(None), DropIn.ended_at.is_(None))
OPEN = (
    select(
        DropIn.id,
        DropIn.unit_id,
        Unit.name.label("unit_name"),
        Unit.phone.label("unit_phone"),
        Unit.phone_hours,
        DropIn.municipality,
        DropIn.name,
        DropIn.purpose,
        DropIn.meets,
        DropIn.relative_welcome,
        DropIn.child_welcome,
        DropIn.weekdays,
        DropIn.every_weeks,
        DropIn.opens,
        DropIn.closes,
        DropIn.first_on,
        DropIn.last_on,
        DropIn.on_red_days,
        DropIn.location_id,
        Location.name.label("place"),
        Location.address,
        Location.way,
        Location.ended_at.is_not(None).label("place_ended"),
        IS_PUBLIC.label("is_public"),
        _exceptions,
    )
    .join(Unit, Unit.id == DropIn.unit_id)
    .join(Location, Location.id == DropIn.location_id)
)
_may_come = or_(
    DropIn.last_on.is_(None),
    DropIn.last_on >= TODAY,
    exists().where(DropInException.drop_in_id == DropIn.id, DropInException.on_date >= TODAY),
)
_all = OPEN.where(IS_PUBLIC, _may_come).order_by(DropIn.municipality, DropIn.name, DropIn.id).limit(MOST)
_here = _all.where(DropIn.municipality == bindparam("municipality"))
_one = OPEN.where(DropIn.id == bindparam("key"), IS_PUBLIC)
_of_day = and_(DropInComing.drop_in_id == bindparam("key"), DropInComing.on_date == TODAY)
_crowd = select(
    select(func.count()).select_from(DropInComing).where(_of_day).scalar_subquery().label("coming"),
    select(func.count())
    .select_from(DropInVisit)
    .where(
        DropInVisit.drop_in_id == bindparam("key"),
        DropInVisit.on_date == TODAY,
        DropInVisit.seen_at.is_(None),
        DropInVisit.taken_back_at.is_(None),
    )
    .scalar_subquery()
    .label("waiting"),
    exists().where(_of_day, DropInComing.id == bindparam("mine", type_=DropInComing.id.type)).label("mine"),
)


def published(viewer: Actor, municipality: str | None = None, *, on: date | None = None) -> list[Open]:
    """Those that anybody may see, by municipality and name: of one municipality (SCB's code) or all. What has had its
    last day is not among them."""
    asked, values = (_all, {}) if municipality is None else (_here, {"municipality": municipality})
    return [made(row) for row in run(asked, {"today": on or today()} | values)]


def public(viewer: Actor, key: UUID, *, on: date) -> Open:
    """One that anybody may see; raises NotFound."""
    row: Any = run(_one, {"key": key, "today": on}).one_or_none()
    if row is None:
        raise NotFound
    return made(row)


def crowd(viewer: Actor, it: Open, *, on: date, mine: UUID | None) -> Crowd:
    """How many come and wait on a day; `mine` is what this phone said."""
    row: Any = run(_crowd, {"key": it.key, "today": on, "mine": mine}).one()
    return Crowd(rules.shown(row.coming), rules.shown(row.waiting), row.mine)


def made(row: Any) -> Open:
    return Open(
        key=row.id,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        unit_phone=row.unit_phone,
        phone_hours=row.phone_hours,
        municipality=row.municipality,
        name=row.name,
        purpose=row.purpose,
        meets=row.meets,
        relative_welcome=row.relative_welcome,
        child_welcome=row.child_welcome,
        series=Series(
            frozenset(row.weekdays),
            row.opens,
            row.closes,
            row.first_on,
            row.last_on,
            row.every_weeks,
            row.on_red_days,
            _read(row.exceptions or ()),
        ),
        location_id=row.location_id,
        place=row.place,
        address=row.address,
        way=row.way,
        place_ended=row.place_ended,
        is_public=row.is_public,
    )


def _read(rows: Any) -> Mapping[date, Exceptional]:
    return {
        date.fromisoformat(on): Exceptional(_clock(opens), _clock(closes), words) for on, opens, closes, words in rows
    }


def _clock(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None
