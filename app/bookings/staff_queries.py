"""The times of a unit, as those who work there see them; of a patient who has said no to the viewer, none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    LargeBinary,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import aliased

from app.accounts.models import Person, Staff
from app.accounts.queries import Viewer, person_name, shown_name
from app.bookings.kind_models import Location
from app.bookings.models import Booking, BookingChange, Participant
from app.bookings.queries import ANSWER, reaches
from app.bookings.rules import OFF
from app.bookings.slot_rules import Site, Span
from app.care.cover_models import Closure
from app.care.models import Contact, Unit
from app.care.queries import TODAY, in_force
from app.core import crypto
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import local
from app.core.paging import PAGE, cut
from app.waits.models import Wait

DIARY = 40
MOST = 10_000
MOST_KINDS = 200
MOST_LINES = 100
LATELY = timedelta(days=180)

VIEWER = bindparam("viewer", type_=Person.id.type)
PATIENT = bindparam("patient", type_=Person.id.type)
NOW = bindparam("now", type_=Booking.starts_at.type)
FROM, TO = (bindparam(name, type_=Booking.starts_at.type) for name in ("from", "to"))
UNITS = bindparam("units", type_=Unit.id.type, expanding=True)
PEOPLE = bindparam("people", type_=Person.id.type, expanding=True)
BOOKING = bindparam("booking", type_=Booking.id.type)

Whose = aliased(Person, name="whose")
There = aliased(Participant, name="there")
Met = aliased(Person, name="met")
MetStaff = aliased(Staff, name="met_staff")
Mine = aliased(Participant, name="mine")
By = aliased(Person, name="by_person")


@dataclass(frozen=True)
class Somebody:
    """One of the staff."""

    key: UUID
    name: str
    title: str = ""


@dataclass(frozen=True)
class Row:
    """One time of a list. `answer` is what the patient has said to it as it stands now; `kept_in` names the other
    system that keeps it, where alone it is changed."""

    key: UUID
    unit_id: UUID
    unit_name: str
    patient_id: UUID
    patient_name: str
    title: str
    mode: str
    status: str
    starts_at: datetime
    ends_at: datetime
    staff: tuple[str, ...]
    answer: str | None
    hit: bool
    kept_in: str | None = None

    @property
    def span(self) -> Span:
        return Span(self.starts_at, self.ends_at)


@dataclass(frozen=True)
class Line:
    """Something that has happened with a time; `by` is empty for what nobody did."""

    what: str
    at: datetime
    by: str
    mine: bool
    starts_before: datetime | None
    words: str | None


@dataclass(frozen=True)
class Whole:
    """A time with all that those who look after it may see and change."""

    row: Row
    version: int
    kind: UUID
    care_version: int
    people: tuple[Somebody, ...]
    protected: bool
    hidden: bool
    place: str
    location: UUID | None
    bring: str
    link: str | None
    sites: tuple[Site, ...]
    asked: bool
    closed: bool

    @property
    def site(self) -> Site | None:
        """The place of the unit's where it is, as long as it is one."""
        return next((it for it in self.sites if it.key == self.location), None)


def is_contact(patient: Any, person: Any = VIEWER) -> ColumnElement[bool]:
    return exists().where(Contact.patient_id == patient, Contact.person_id == person, in_force(Contact, TODAY))


def _meets(column: Any, kind: Any) -> Any:
    """A column of those whom the patient meets, in one order."""
    return (
        select(func.array_agg(aggregate_order_by(column, There.person_id), type_=ARRAY(kind)))
        .select_from(There)
        .join(Met, Met.id == There.person_id)
        .join(MetStaff, MetStaff.person_id == Met.id)
        .where(There.booking_id == Booking.id, There.role == "staff")
        .correlate(Booking)
        .scalar_subquery()
    )


def sites_at(unit: Any) -> Any:
    """The places of a unit, as JSON."""
    one = func.json_build_array(Location.id, Location.name, Location.address, Location.weekdays)
    return (
        select(func.json_agg(aggregate_order_by(one, Location.name)))
        .where(Location.unit_id == unit, Location.ended_at.is_(None))
        .scalar_subquery()
        .label("sites")
    )


_is_there = exists().where(Mine.booking_id == Booking.id, Mine.person_id == VIEWER)
_rows = (
    select(
        Booking.id,
        Booking.unit_id,
        Booking.patient_id,
        Booking.mode,
        Booking.status,
        Booking.starts_at,
        Booking.ends_at,
        Booking.title_sealed,
        Booking.hit_at,
        Booking.kept_in,
        Unit.name.label("unit_name"),
        Whose.name_sealed,
        Whose.protected,
        or_(is_contact(Booking.patient_id), _is_there).label("near"),
        _meets(There.person_id, Uuid).label("met_ids"),
        _meets(Met.name_sealed, LargeBinary).label("met_sealed"),
        ANSWER.label("answer"),
    )
    .join(Unit, Unit.id == Booking.unit_id)
    .join(Whose, Whose.id == Booking.patient_id)
    .where(reaches(Booking.unit_id, Booking.patient_id))
)
_after = tuple_(bindparam("at", type_=Booking.starts_at.type), bindparam("id", type_=Booking.id.type))
_day = (
    _rows.where(Booking.starts_at >= FROM, Booking.starts_at < TO, Booking.status.not_in(OFF))
    .where(tuple_(Booking.starts_at, Booking.id) > _after)
    .order_by(Booking.starts_at, Booking.id)
    .limit(DIARY + 1)
)
_own_day = _day.where(_is_there)
_unit_day = _day.where(Booking.unit_id.in_(UNITS))
_coming = (
    _rows.where(Booking.patient_id == PATIENT, Booking.ends_at > NOW, Booking.status.not_in(OFF))
    .order_by(Booking.starts_at, Booking.id)
    .limit(DIARY)
)
_gone = (
    _rows.where(Booking.patient_id == PATIENT, or_(Booking.ends_at <= NOW, Booking.status.in_(OFF)))
    .where(tuple_(Booking.starts_at, Booking.id) < _after)
    .order_by(Booking.starts_at.desc(), Booking.id.desc())
    .limit(PAGE + 1)
)
_ON = cast(func.timezone("Europe/Stockholm", Booking.starts_at), Date)
_one = _rows.add_columns(
    Booking.version,
    Booking.service_type_id,
    Booking.location_id,
    Booking.place_sealed,
    Booking.bring_sealed,
    Booking.link_sealed,
    Unit.care_version,
    _meets(MetStaff.title, Text).label("met_titles"),
    sites_at(Booking.unit_id),
    exists()
    .where(Wait.kind == "booking_answer", Wait.subject_id == Booking.id, Wait.ended_at.is_(None))
    .label("asked"),
    and_(
        Booking.hit_at.is_not(None),
        exists().where(Closure.unit_id == Booking.unit_id, Closure.starts_on <= _ON, Closure.ends_on >= _ON),
    ).label("closed"),
).where(Booking.id == BOOKING)
_lines = (
    select(
        BookingChange.n,
        BookingChange.what,
        BookingChange.at,
        BookingChange.by_id,
        BookingChange.starts_before,
        BookingChange.words_sealed,
        By.name_sealed,
    )
    .outerjoin(By, By.id == BookingChange.by_id)
    .where(BookingChange.booking_id == BOOKING)
    .order_by(BookingChange.n.desc())
    .limit(MOST_LINES)
)


def units_of(viewer: Viewer) -> list[UUID]:
    """Where the viewer works now: the unit that they have said, or all of theirs."""
    return [viewer.unit_id] if viewer.unit_id else list(viewer.workplaces)


def diary(
    viewer: Viewer, days: Span, *, everyone: bool, today: date, after: tuple[datetime, UUID] | None = None
) -> tuple[list[Row], bool]:
    """The times of some days, one's own or all of the unit's, the first to begin first, and whether more follow."""
    at, key = after or (days.starts_at, UUID(int=0))
    values = {"viewer": viewer.person_id, "today": today, "at": at, "id": key}
    values |= {"from": days.starts_at, "to": days.ends_at}
    rows = run(_unit_day, values | {"units": units_of(viewer)}) if everyone else run(_own_day, values)
    return cut([_row(it) for it in rows], DIARY)


def times_of(
    viewer: Viewer, patient: UUID, *, now: datetime, before: tuple[datetime, UUID] | None = None
) -> tuple[list[Row], list[Row], bool]:
    """A patient's times at the viewer's units: those to come, then a page of those that were or will not be."""
    at, key = before or (datetime.max.replace(tzinfo=now.tzinfo), UUID(int=(1 << 128) - 1))
    values = {"viewer": viewer.person_id, "patient": patient, "now": now, "today": local(now).date()}
    coming = [] if before else [_row(it) for it in run(_coming, values)]
    gone, more = cut([_row(it) for it in run(_gone, values | {"at": at, "id": key})])
    return coming, gone, more


def booking_for(viewer: Viewer, booking: UUID, *, today: date) -> Whole:
    """One time at a unit where the viewer works; raises NotFound."""
    it = run(_one, {"viewer": viewer.person_id, "booking": booking, "today": today}).one_or_none()
    if it is None:
        raise NotFound
    return Whole(
        row=_row(it),
        version=it.version,
        kind=it.service_type_id,
        care_version=it.care_version,
        people=tuple(
            Somebody(key, person_name(key, sealed), title)
            for key, sealed, title in zip(it.met_ids or (), it.met_sealed or (), it.met_titles or (), strict=True)
        ),
        protected=it.protected,
        hidden=it.protected and not it.near,
        place=_opened(it, "place") or "",
        location=it.location_id,
        bring=_opened(it, "bring") or "",
        link=_opened(it, "link"),
        sites=sites_of(it),
        asked=it.asked,
        closed=it.closed,
    )


def lines_of(viewer: Viewer, whole: Whole) -> list[Line]:
    """What has happened with a time that the viewer has been shown, the latest first."""
    return [
        Line(
            what=it.what,
            at=it.at,
            by=person_name(it.by_id, it.name_sealed) if it.by_id and it.by_id != whole.row.patient_id else "",
            mine=it.by_id == viewer.person_id,
            starts_before=it.starts_before,
            words=it.words_sealed
            and crypto.keyring().open(it.words_sealed, crypto.place("booking_change.words", whole.row.key, it.n)),
        )
        for it in run(_lines, {"booking": whole.row.key})
    ]


def may_undo(lines: Sequence[Line], *, now: datetime) -> bool:
    """Whether the last thing that happened is that the viewer moved it, from a time that is still to come."""
    last = lines[0] if lines else None
    return bool(last and last.what == "moved" and last.mine and last.starts_before and last.starts_before > now)


def _row(it: Any) -> Row:
    return Row(
        key=it.id,
        unit_id=it.unit_id,
        unit_name=it.unit_name,
        patient_id=it.patient_id,
        patient_name=shown_name(it.patient_id, it.name_sealed, hidden=it.protected and not it.near),
        title=_opened(it, "title") or "",
        mode=it.mode,
        status=it.status,
        starts_at=it.starts_at,
        ends_at=it.ends_at,
        staff=tuple(person_name(*one) for one in zip(it.met_ids or (), it.met_sealed or (), strict=True)),
        answer=it.answer,
        hit=it.hit_at is not None,
        kept_in=it.kept_in,
    )


def sites_of(it: Any) -> tuple[Site, ...]:
    return tuple(Site(UUID(key), name, address, tuple(days)) for key, name, address, days in it.sites or ())


def _opened(it: Any, column: str) -> str | None:
    sealed = getattr(it, f"{column}_sealed")
    return sealed and crypto.keyring().open(sealed, crypto.place(f"booking.{column}", it.id))
