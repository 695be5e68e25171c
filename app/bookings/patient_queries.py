"""For whom a time can be made, of which kind, with whom and when: the patients, kinds and people of a unit."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from app.accounts.models import Person, Staff
from app.accounts.queries import Viewer, person_name, shown_name
from app.bookings.kind_models import ServiceStaff, ServiceType
from app.bookings.models import Booking, Participant
from app.bookings.queries import Works, reaches
from app.bookings.slot_rules import Site, Span, Taken
from app.bookings.staff_queries import (
    BOOKING,
    FROM,
    PATIENT,
    TO,
    UNITS,
    VIEWER,
    Somebody,
    Whose,
    is_contact,
    sites_at,
    sites_of,
)
from app.care.contact_queries import by_name
from app.care.cover_models import Absence
from app.care.hours_rules import moment
from app.care.models import Block, Contact, Unit
from app.care.plan_queries import Place, places
from app.care.queries import TODAY, in_force
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import local

MOST = 10_000
MOST_KINDS = 200
LATELY = timedelta(days=180)
PEOPLE = bindparam("people", type_=Person.id.type, expanding=True)

Doer = aliased(Person, name="doer")
DoerStaff = aliased(Staff, name="doer_staff")


@dataclass(frozen=True)
class Card:
    """A patient whom the viewer may book times for, and the units where both are."""

    key: UUID
    name: str
    protected: bool
    units: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True)
class Known:
    """A patient of a list to choose from. `mine`: the viewer is their fast vårdkontakt."""

    key: UUID
    name: str
    unit_id: UUID
    unit_name: str
    mine: bool


@dataclass(frozen=True)
class Kind:
    """A kind of time that a unit offers; `done_by` says how many do it."""

    key: UUID
    unit_id: UUID
    unit_name: str
    name: str
    mode: str
    minutes: int
    done_by: int


@dataclass(frozen=True)
class Way:
    """What a new time of one kind for one patient can be. `contact` is the patient's own among those who do it."""

    patient_id: UUID
    patient_name: str
    protected: bool
    unit_id: UUID
    unit_name: str
    care_version: int
    kind: UUID
    name: str
    mode: str
    minutes: int
    bring: str
    location: UUID | None
    staff: tuple[Somebody, ...]
    contact: UUID | None
    sites: tuple[Site, ...]

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)


_belongs = or_(
    exists().where(
        Contact.patient_id == Whose.id,
        Contact.unit_id == Unit.id,
        or_(Contact.ends_on.is_(None), Contact.ends_on >= TODAY),
    ),
    exists().where(Booking.patient_id == Whose.id, Booking.unit_id == Unit.id, Booking.ends_at > FROM),
)
_card = (
    select(
        Whose.id,
        Whose.name_sealed,
        Whose.protected,
        is_contact(Whose.id).label("near"),
        Unit.id.label("unit_id"),
        Unit.name.label("unit_name"),
        Unit.care_version,
    )
    .select_from(Unit)
    .join(Whose, Whose.id == PATIENT)
    .where(reaches(Unit.id, Whose.id), _belongs, Whose.closed_at.is_(None))
    .order_by(Unit.name, Unit.id)
)
_patients = (
    select(
        Contact.patient_id,
        Whose.name_sealed,
        Whose.protected,
        Unit.id.label("unit_id"),
        Unit.name.label("unit_name"),
        func.bool_or(and_(Contact.person_id == VIEWER, in_force(Contact, TODAY))).label("mine"),
    )
    .join(Whose, Whose.id == Contact.patient_id)
    .join(Unit, Unit.id == Contact.unit_id)
    .where(
        reaches(Contact.unit_id, Contact.patient_id),
        or_(Contact.ends_on.is_(None), Contact.ends_on >= TODAY),
        Whose.closed_at.is_(None),
    )
    .group_by(Contact.patient_id, Whose.id, Unit.id)
    .order_by(Contact.patient_id, Unit.id)
    .limit(MOST)
)
_done_by = (
    select(ServiceStaff.person_id, Doer.name_sealed.label("met_sealed"), DoerStaff.title, ServiceStaff.service_type_id)
    .join(ServiceType, ServiceType.id == ServiceStaff.service_type_id)
    .join(Doer, Doer.id == ServiceStaff.person_id)
    .join(DoerStaff, DoerStaff.person_id == Doer.id)
    .where(
        exists().where(
            Works.person_id == ServiceStaff.person_id,
            Works.unit_id == ServiceType.unit_id,
            or_(Works.ends_on.is_(None), Works.ends_on >= TODAY),
        ),
        Doer.closed_at.is_(None),
    )
)
_counted = _done_by.subquery("counted")
_kinds = (
    select(
        ServiceType.id,
        ServiceType.unit_id,
        ServiceType.name,
        ServiceType.mode,
        ServiceType.minutes,
        Unit.name.label("unit_name"),
        select(func.count())
        .where(_counted.c.service_type_id == ServiceType.id)
        .correlate(ServiceType)
        .scalar_subquery()
        .label("done_by"),
    )
    .join(Unit, Unit.id == ServiceType.unit_id)
    .where(ServiceType.unit_id.in_(UNITS), ServiceType.ended_at.is_(None))
    .order_by(Unit.name, ServiceType.name, ServiceType.id)
    .limit(MOST_KINDS)
)
_them = _done_by.subquery("them")
_said_no = exists().where(Block.patient_id == PATIENT, Block.person_id == _them.c.person_id, Block.ended_at.is_(None))
_way = (
    _card.join(ServiceType, ServiceType.unit_id == Unit.id)
    .outerjoin(
        _them,
        and_(_them.c.service_type_id == ServiceType.id, ~_said_no, _them.c.person_id != PATIENT),
    )
    .where(ServiceType.id == bindparam("kind"))
    .add_columns(
        ServiceType.id.label("kind_id"),
        ServiceType.name.label("kind_name"),
        ServiceType.mode,
        ServiceType.minutes,
        ServiceType.bring,
        ServiceType.location_id,
        ServiceType.ended_at,
        _them.c.person_id.label("met_id"),
        _them.c.met_sealed,
        _them.c.title,
        is_contact(Whose.id, _them.c.person_id).label("is_theirs"),
        sites_at(Unit.id),
    )
)
_taken = union_all(
    select(
        Participant.person_id,
        Participant.starts_at,
        Participant.ends_at,
        literal(False).label("away"),
    ).where(
        Participant.person_id.in_(PEOPLE),
        Participant.status == "booked",
        Participant.starts_at < TO,
        Participant.ends_at > FROM,
        or_(BOOKING.is_(None), Participant.booking_id != BOOKING),
    ),
    select(
        Absence.person_id,
        Absence.starts_at,
        func.coalesce(Absence.ends_at, TO).label("ends_at"),
        literal(True).label("away"),
    ).where(
        Absence.person_id.in_(PEOPLE),
        Absence.cancelled_at.is_(None),
        Absence.starts_at < TO,
        or_(Absence.ends_at.is_(None), Absence.ends_at > FROM),
    ),
).order_by("starts_at", "person_id")
_same = (
    select(Booking.id)
    .where(
        Booking.patient_id == PATIENT,
        Booking.service_type_id == bindparam("kind"),
        Booking.starts_at == FROM,
        Booking.ends_at == TO,
        Booking.status == "booked",
        Booking.made_by == VIEWER,
        reaches(Booking.unit_id, Booking.patient_id),
    )
    .limit(1)
)


def patients_of(viewer: Viewer, *, today: date) -> list[Known]:
    """Everybody who has a contact at a unit where the viewer works, by name."""
    found: dict[UUID, Known] = {}
    for it in run(_patients, {"viewer": viewer.person_id, "today": today}):
        name = shown_name(it.patient_id, it.name_sealed, hidden=it.protected and not it.mine)
        known = found.get(it.patient_id)
        if known is None or (it.mine and not known.mine):
            found[it.patient_id] = Known(it.patient_id, name, it.unit_id, it.unit_name, it.mine)
    return sorted(found.values(), key=lambda it: (by_name(it.name), it.key))


def named_like(people: Iterable[Known], words: str) -> list[Known]:
    """Those whose name has each of the words at the beginning of one of its own."""
    wanted = by_name(words).split()
    return [
        it for it in people if all(any(part.startswith(one) for part in by_name(it.name).split()) for one in wanted)
    ]


def card_for(viewer: Viewer, patient: UUID, *, now: datetime) -> Card:
    """A patient of a unit where the viewer works; raises NotFound."""
    rows = run(_card, _of(viewer, patient, now)).all()
    if not rows:
        raise NotFound
    it = rows[0]
    name = shown_name(it.id, it.name_sealed, hidden=it.protected and not it.near)
    return Card(it.id, name, it.protected, tuple((row.unit_id, row.unit_name) for row in rows))


def kinds_for(viewer: Viewer, card: Card, *, today: date) -> list[Kind]:
    """The kinds of time that a patient whom the viewer has been shown can have, by unit and name."""
    values = {"units": [key for key, _name in card.units], "today": today}
    return [
        Kind(it.id, it.unit_id, it.unit_name, it.name, it.mode, it.minutes, it.done_by) for it in run(_kinds, values)
    ]


def way_for(viewer: Viewer, patient: UUID, kind: UUID, *, now: datetime, ended: bool = False) -> Way:
    """What a new time of a kind for a patient can be; raises NotFound, also for a kind that has `ended` unless said."""
    rows = run(_way, _of(viewer, patient, now) | {"kind": kind}).all()
    if not rows or (rows[0].ended_at is not None and not ended):
        raise NotFound
    it = rows[0]
    staff = [Somebody(row.met_id, person_name(row.met_id, row.met_sealed), row.title) for row in rows if row.met_id]
    return Way(
        patient_id=it.id,
        patient_name=shown_name(it.id, it.name_sealed, hidden=it.protected and not it.near),
        protected=it.protected,
        unit_id=it.unit_id,
        unit_name=it.unit_name,
        care_version=it.care_version,
        kind=it.kind_id,
        name=it.kind_name,
        mode=it.mode,
        minutes=it.minutes,
        bring=it.bring,
        location=it.location_id,
        staff=tuple(sorted(staff, key=lambda one: (by_name(one.name), one.key))),
        contact=next((row.met_id for row in rows if row.is_theirs), None),
        sites=sites_of(it),
    )


def taken(viewer: Viewer, people: Collection[UUID], days: Span, *, but: UUID | None = None) -> list[Taken]:
    """When people whom the viewer has been shown cannot come within some days; `but` is a time that is to be moved."""
    values = {"people": list(people), "from": days.starts_at, "to": days.ends_at, "booking": but}
    return [Taken(it.person_id, Span(it.starts_at, it.ends_at), it.away) for it in run(_taken, values)]


def plan_of(viewer: Viewer, unit: UUID, version: int, *, at: datetime) -> Place:
    """When a unit that the viewer has been shown is closed, and when its people work."""
    return places(viewer, {unit: version}, at=at)[unit]


def work_of(place: Place, people: Sequence[UUID], days: Span) -> list[list[Span]]:
    """When each of some people is at work for a unit within some days."""
    plan = place.plan.covering(days.starts_at)
    return [
        [it for it in (Span(moment(start), moment(end)) for start, end in plan.work(key)) if it.meets(days)]
        for key in people
    ]


def same_as(viewer: Viewer, patient: UUID, kind: UUID, span: Span, *, today: date) -> UUID | None:
    """The very same time, when the viewer has made it already: a form that was sent twice."""
    values = {"viewer": viewer.person_id, "patient": patient, "kind": kind, "today": today}
    return run(_same, values | {"from": span.starts_at, "to": span.ends_at}).scalar()


def _of(viewer: Viewer, patient: UUID, now: datetime) -> dict[str, Any]:
    return {"viewer": viewer.person_id, "patient": patient, "today": local(now).date(), "from": now - LATELY}
