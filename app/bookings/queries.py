"""A patient's times, as that patient sees them: those to come, those that have been, and one of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Exists, Integer, Select, Text, and_, bindparam, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.accounts.models import Person, Staff
from app.accounts.queries import Viewer, person_name
from app.bookings import time_rules
from app.bookings.kind_models import Location
from app.bookings.models import Booking, BookingAnswer, BookingChange, Participant
from app.bookings.rules import AGAIN
from app.care.models import Assignment, Block, Unit
from app.care.queries import TODAY, UnitCard, in_force
from app.core import crypto
from app.core.errors import NotFound
from app.core.paging import PAGE, cut
from app.core.query import Query
from app.relatives.models import Relation

LONGEST = timedelta(hours=12)


@dataclass(frozen=True)
class Met:
    """Somebody of the staff whom a patient is to meet."""

    key: UUID
    name: str
    title: str


@dataclass(frozen=True)
class Time:
    """One time that a patient has (FHIR Appointment).

    `place` is what staff have written of where, `way` how to get there. `video`: there is a link, which never stands on
    a page. `hides_places`: the patient's identity is protected, so that only the page of the time itself says where, or
    at which unit. `answer` is the last one, where it was of the time as it is. `hit`: whom they were to meet is away.
    """

    key: UUID
    patient_id: UUID
    unit_id: UUID
    service_type_id: UUID
    title: str
    mode: str
    status: str
    starts_at: datetime
    ends_at: datetime
    version: int
    unit: UnitCard
    whom: tuple[Met, ...]
    place: str = field(default="", repr=False)
    way: str = field(default="", repr=False)
    bring: str = ""
    video: bool = False
    hides_places: bool = False
    answer: str | None = None
    hit: bool = False

    @property
    def minutes(self) -> int:
        """How long it is."""
        return round((self.ends_at - self.starts_at).total_seconds() / 60)

    @property
    def stands(self) -> bool:
        """Whether it is to happen, or has happened: neither cancelled nor stored by mistake."""
        return self.status not in ("cancelled", "entered-in-error")


Whose = aliased(Person, name="whose")


def changed_since(booking_id: Any, version: Any) -> Exists:
    """Whether it has become another time, or another person, after a version."""
    return exists().where(
        BookingChange.booking_id == booking_id,
        BookingChange.version > version,
        or_(*(BookingChange.what == what for what in AGAIN)),
    )


# The last thing said, where it was said of the time as it is.
ANSWER = (
    select(BookingAnswer.answer)
    .where(BookingAnswer.booking_id == Booking.id, ~changed_since(Booking.id, BookingAnswer.version))
    .order_by(BookingAnswer.n.desc())
    .limit(1)
    .correlate(Booking)
    .scalar_subquery()
)
VIEWER = bindparam("viewer", type_=Booking.patient_id.type)
Works = aliased(Assignment, name="works")
NOW = bindparam("now", type_=Booking.starts_at.type)


def whole(keys: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """All that a `Time` is made of, for the bookings that have these keys: a row for each whom the patient meets."""
    page = keys.subquery()
    return (
        select(
            Booking.id,
            Booking.patient_id,
            Booking.unit_id,
            Booking.service_type_id,
            Booking.mode,
            Booking.status,
            Booking.starts_at,
            Booking.ends_at,
            Booking.version,
            Booking.title_sealed,
            Booking.place_sealed,
            Booking.bring_sealed,
            Booking.link_sealed.is_not(None).label("video"),
            Booking.hit_at.is_not(None).label("hit"),
            ANSWER.label("answer"),
            Whose.protected.label("hides_places"),
            func.coalesce(Location.way, "").label("way"),
            Unit.name.label("unit_name"),
            Unit.phone.label("unit_phone"),
            Unit.phone_hours.label("unit_hours"),
            Staff.person_id.label("met_id"),
            Staff.title.label("met_title"),
            Person.name_sealed.label("met_name_sealed"),
        )
        .join(page, page.c.id == Booking.id)
        .join(Unit, Unit.id == Booking.unit_id)
        .join(Whose, Whose.id == Booking.patient_id)
        .outerjoin(Location, Location.id == Booking.location_id)
        .outerjoin(Participant, and_(Participant.booking_id == Booking.id, Participant.role == "staff"))
        .outerjoin(Staff, Staff.person_id == Participant.person_id)
        .outerjoin(Person, Person.id == Staff.person_id)
    )


def times_of(rows: Iterable[Any]) -> list[Time]:
    """The times in rows of `whole`, in their order."""
    return [_time(list(them)) for _key, them in groupby(rows, lambda row: row.id)]


def _time(rows: list[Any]) -> Time:
    row, open_ = rows[0], crypto.keyring().open
    whom = [Met(it.met_id, person_name(it.met_id, it.met_name_sealed), it.met_title) for it in rows if it.met_id]
    return Time(
        key=row.id,
        patient_id=row.patient_id,
        unit_id=row.unit_id,
        service_type_id=row.service_type_id,
        title=open_(row.title_sealed, crypto.place("booking.title", row.id)),
        mode=row.mode,
        status=row.status,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        version=row.version,
        unit=UnitCard(row.unit_name, row.unit_phone, row.unit_hours),
        whom=tuple(sorted(whom, key=lambda it: (it.name, it.key))),
        place=open_(row.place_sealed, crypto.place("booking.place", row.id)),
        way=row.way,
        bring=open_(row.bring_sealed, crypto.place("booking.bring", row.id)) if row.bring_sealed else "",
        video=row.video,
        hides_places=row.hides_places,
        answer=row.answer,
        hit=row.hit,
    )


_last_line = (
    select(func.max(BookingChange.n)).where(BookingChange.booking_id == Booking.id).correlate(Booking).scalar_subquery()
)
_mine = select(Booking.id).where(Booking.patient_id == VIEWER)
_ONE = Query(whole(_mine.where(Booking.id == bindparam("booking"))))
# What was stored by mistake was never a time; who has been told of it finds it by that.
_listed = _mine.where(Booking.status != "entered-in-error").limit(PAGE + 1)
_soonest = (Booking.starts_at, Booking.id)
_latest = (Booking.starts_at.desc(), Booking.id.desc())
_FROM = tuple_(bindparam("at", type_=Booking.starts_at.type), bindparam("id", type_=Booking.id.type))
# The index has when they start, and none is longer than twelve hours.
_not_over = and_(Booking.ends_at > NOW, Booking.starts_at > bindparam("since", type_=Booking.starts_at.type))
_to_come = _listed.where(_not_over).order_by(*_soonest)
_been = _listed.where(Booking.ends_at <= NOW, Booking.starts_at < NOW).order_by(*_latest)
_booked = _to_come.where(Booking.status == "booked").limit(bindparam("most", type_=Integer))
_COMING = Query(whole(_booked).order_by(*_soonest))
_LISTS = {
    (False, False): Query(whole(_to_come).order_by(*_soonest)),
    (False, True): Query(whole(_to_come.where(tuple_(*_soonest) > _FROM)).order_by(*_soonest)),
    (True, False): Query(whole(_been).order_by(*_latest)),
    (True, True): Query(whole(_been.where(tuple_(*_soonest) < _FROM)).order_by(*_latest)),
}
_LINK = Query(
    select(Booking.id, Booking.status, Booking.starts_at, Booking.ends_at, Booking.link_sealed).where(
        Booking.patient_id == VIEWER, Booking.id == bindparam("booking")
    )
)
_one = func.concat_ws(".", Booking.version, _last_line, type_=Text)
_all = func.concat_ws(".", func.count(), func.sum(Booking.version), func.sum(_last_line), type_=Text)
_STATES = {
    False: Query(select(_one.label("state")).where(Booking.patient_id == VIEWER, Booking.id == bindparam("booking"))),
    True: Query(select(_all.label("state")).where(Booking.patient_id == VIEWER, _not_over)),
}


def _at(now: datetime) -> dict[str, datetime]:
    return {"now": now, "since": now - LONGEST}


def reaches(unit: Any, patient: Any) -> ColumnElement[bool]:
    """Whether the viewer works at a unit today, and is neither the patient, nor whom the patient has said no to, nor
    whom the patient has let in: what is between them is not the unit's."""
    works = exists().where(Works.person_id == VIEWER, Works.unit_id == unit, in_force(Works, TODAY))
    said_no = exists().where(Block.patient_id == patient, Block.person_id == VIEWER, Block.ended_at.is_(None))
    near = exists().where(Relation.patient_id == patient, Relation.relative_id == VIEWER, Relation.ended_at.is_(None))
    return and_(works, ~said_no, ~near, patient != VIEWER)


def booking_for(viewer: Viewer, booking: UUID) -> Time:
    """One of the viewer's own times; raises NotFound."""
    rows = _ONE.rows(viewer=viewer.person_id, booking=booking)
    if not rows:
        raise NotFound
    return times_of(rows)[0]


def coming(viewer: Viewer, *, now: datetime, most: int = PAGE) -> list[Time]:
    """The viewer's next times, the soonest first: what is booked and not over, as many as a page holds."""
    return times_of(_COMING.rows(viewer=viewer.person_id, **_at(now), most=most))


def times(
    viewer: Viewer, *, now: datetime, past: bool = False, after: tuple[datetime, UUID] | None = None
) -> tuple[list[Time], bool]:
    """A page of the viewer's times: those to come, the cancelled ones too, the soonest first, or those that are over,
    the latest first; and whether there are more."""
    place = {"at": after[0], "id": after[1]} if after else {}
    return cut(times_of(_LISTS[past, after is not None].rows(viewer=viewer.person_id, **_at(now), **place)))


def link_for(viewer: Viewer, booking: UUID, *, now: datetime) -> str | None:
    """Where the video call of one of the viewer's own times is, while one may go in; raises NotFound."""
    row = _LINK.row(viewer=viewer.person_id, booking=booking)
    if row is None:
        raise NotFound
    if not row.link_sealed or row.status != "booked":
        return None
    if not time_rules.is_open(row.starts_at, row.ends_at, now=now):
        return None
    return crypto.keyring().open(row.link_sealed, crypto.place("booking.link", row.id))


def state_in(time: Time, last_line: int) -> str:
    """What `state_of` says of one time, from has been asked already."""
    return f"{time.version}.{last_line}"


def state_of(viewer: Viewer, key: UUID, *, now: datetime) -> str | None:
    """A string that changes whenever the page of one of the viewer's times would, or their list when it is them that
    the key is of; None when it is neither."""
    row = _STATES[key == viewer.person_id].row(viewer=viewer.person_id, booking=key, **_at(now))
    return row.state if row else None
