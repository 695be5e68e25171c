"""A unit as those see it who lead it, who work there, or who administer the region."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, array_agg
from sqlalchemy.orm import aliased

from app.accounts.models import Person, RegionRole, Staff
from app.accounts.queries import Viewer, person_name
from app.care.closure_rules import longest_day
from app.care.cover_models import Closure
from app.care.hours_rules import Span, Week
from app.care.models import Assignment, Contact, HeadSubstitute, OfficeHours, Unit, UnitAddress, UnitPhone
from app.care.queries import in_force, leads
from app.core.db import run
from app.core.errors import NotFound

MOST_UNITS = 200
MOST_PEOPLE = 500
MOST_CLOSURES = 20
VIEWER: BindParameter[UUID] = bindparam("viewer")
TODAY = bindparam("today", type_=Assignment.starts_on.type)


@dataclass(frozen=True)
class Somebody:
    """A person who works in the region."""

    key: UUID
    name: str
    title: str


@dataclass(frozen=True)
class UnitRow:
    """A unit in a list; `leads` when the viewer may change it."""

    id: UUID
    name: str
    head: Somebody
    office: Week
    leads: bool


@dataclass(frozen=True)
class UnitLine:
    label: str
    phone: str
    hours: str


@dataclass(frozen=True)
class ClosureRow:
    """Coming days when a unit is closed, and who covers."""

    id: UUID
    starts_on: date
    ends_on: date
    name: str
    cover_unit: UUID | None
    cover_name: str | None
    cover_function: bool


@dataclass(frozen=True)
class UnitPage:
    """All that is kept of a unit itself. `leads` when the viewer may change it, `admin` when it is as administrator.

    `losing` is how many patients have or get no contact because somebody's work here ends or has ended.
    """

    id: UUID
    region_id: UUID
    name: str
    phone: str
    phone_hours: str
    visiting: str
    postal: str
    lines: tuple[UnitLine, ...]
    office: Week
    promise: int
    own_gap: int | None
    head: UUID
    substitutes: tuple[UUID, ...]
    closures: tuple[ClosureRow, ...]
    leads: bool
    admin: bool
    losing: int
    hsa_id: str

    @property
    def gap(self) -> int:
        return self.own_gap or longest_day(self.office)


IS_ADMIN: ColumnElement[bool] = exists().where(
    RegionRole.region_id == Unit.region_id, RegionRole.person_id == VIEWER, RegionRole.role == "administrator"
)
IS_HEAD: ColumnElement[bool] = leads(VIEWER)
# Under a name of its own, so that a page which lists assignments does not take the viewer's for one of them.
_own = aliased(Assignment)
WORKS_HERE: ColumnElement[bool] = exists().where(
    _own.unit_id == Unit.id, _own.person_id == VIEWER, in_force(_own, TODAY)
)
SEES = or_(IS_HEAD, IS_ADMIN, WORKS_HERE)


def spans_of(model: Any, owner: ColumnElement[bool]) -> Any:
    """The hours of a weekday table, as rows of numbers."""
    row = func.json_build_array(model.weekday, model.opens, model.closes)
    return (
        select(func.coalesce(func.json_agg(aggregate_order_by(row, model.opens)), func.json_build_array()))
        .where(owner)
        .scalar_subquery()
    )


def week(rows: Iterable[Sequence[int]]) -> Week:
    days: list[list[Span]] = [[] for _day in range(7)]
    for weekday, opens, closes in rows:
        days[weekday].append(Span(opens, closes))
    return tuple(map(tuple, days))


_office = spans_of(OfficeHours, OfficeHours.unit_id == Unit.id).label("office")
_substitutes = (
    select(array_agg(aggregate_order_by(HeadSubstitute.person_id, HeadSubstitute.n)))
    .where(HeadSubstitute.unit_id == Unit.id)
    .scalar_subquery()
    .label("substitutes")
)
_addresses = (
    select(func.json_object_agg(UnitAddress.kind, UnitAddress.text))
    .where(UnitAddress.unit_id == Unit.id)
    .scalar_subquery()
    .label("addresses")
)
_phones = (
    select(
        func.json_agg(
            aggregate_order_by(func.json_build_array(UnitPhone.label, UnitPhone.phone, UnitPhone.hours), UnitPhone.n)
        )
    )
    .where(UnitPhone.unit_id == Unit.id)
    .scalar_subquery()
    .label("phones")
)
_covering = Unit.__table__.alias("covering")
_coming = (
    select(
        func.json_build_array(
            Closure.id,
            Closure.starts_on,
            Closure.ends_on,
            Closure.name,
            Closure.cover_unit_id,
            _covering.c.name,
            Closure.cover_function,
        ).label("closure"),
        Closure.starts_on,
    )
    .outerjoin(_covering, _covering.c.id == Closure.cover_unit_id)
    .where(Closure.unit_id == Unit.id, Closure.ends_on >= TODAY)
    .order_by(Closure.starts_on)
    .limit(MOST_CLOSURES)
    .correlate(Unit)
    .subquery()
)
_closures = (
    select(func.json_agg(aggregate_order_by(_coming.c.closure, _coming.c.starts_on)))
    .scalar_subquery()
    .label("closures")
)
_other, _theirs = Contact.__table__.alias("other"), Assignment.__table__.alias("theirs")


def stays(on: Any) -> ColumnElement[bool]:
    """Whether the patient of a contact has another one at the unit who works there on a day."""
    return (
        exists()
        .where(
            _other.c.patient_id == Contact.patient_id,
            _other.c.unit_id == Contact.unit_id,
            _other.c.person_id != Contact.person_id,
            _other.c.starts_on <= on,
            or_(_other.c.ends_on.is_(None), _other.c.ends_on >= on),
            _theirs.c.unit_id == _other.c.unit_id,
            _theirs.c.person_id == _other.c.person_id,
            _theirs.c.starts_on <= on,
            or_(_theirs.c.ends_on.is_(None), _theirs.c.ends_on >= on),
        )
        .correlate(Contact, Assignment)
    )


_again = Assignment.__table__.alias("again")
_losing = (
    select(func.count(Contact.patient_id.distinct()))
    .join(Assignment, and_(Assignment.unit_id == Contact.unit_id, Assignment.person_id == Contact.person_id))
    .where(
        Contact.unit_id == Unit.id,
        Assignment.ends_on.is_not(None),
        or_(Contact.ends_on.is_(None), Contact.ends_on > Assignment.ends_on),
        or_(Contact.ends_on.is_(None), Contact.ends_on >= TODAY),
        ~stays(func.greatest(Assignment.ends_on + 1, TODAY)),
        ~exists().where(
            _again.c.unit_id == Assignment.unit_id,
            _again.c.person_id == Assignment.person_id,
            _again.c.starts_on > Assignment.ends_on,
        ),
    )
    .correlate(Unit)
    .scalar_subquery()
    .label("losing")
)
_unit = select(
    Unit.id,
    Unit.region_id,
    Unit.name,
    Unit.phone,
    Unit.phone_hours,
    Unit.promise_minutes,
    Unit.longest_gap_minutes,
    Unit.head_id,
    Unit.hsa_id,
    _office,
    _substitutes,
    _addresses,
    _phones,
    _closures,
    _losing,
    or_(IS_HEAD, IS_ADMIN).label("leads"),
    IS_ADMIN.label("admin"),
).where(Unit.id == bindparam("unit"), SEES)

_units = (
    select(
        Unit.id,
        Unit.name,
        Unit.head_id,
        Person.name_sealed,
        Staff.title,
        _office,
        or_(IS_HEAD, IS_ADMIN).label("leads"),
    )
    .join(Person, Person.id == Unit.head_id)
    .join(Staff, Staff.person_id == Unit.head_id)
    .where(SEES)
    .order_by(Unit.name, Unit.id)
    .limit(MOST_UNITS)
)


def units_of(viewer: Viewer, *, today: date) -> list[UnitRow]:
    """The units that the viewer leads or works at, the one where they are now first; for an administrator all of the
    region's."""
    rows: Sequence[Any] = run(_units, {"viewer": viewer.person_id, "today": today}).all()
    return [
        UnitRow(
            row.id,
            row.name,
            Somebody(row.head_id, person_name(row.head_id, row.name_sealed), row.title),
            week(row.office),
            row.leads,
        )
        for row in sorted(rows, key=lambda row: row.id != viewer.unit_id)
    ]


def unit_for(viewer: Viewer, key: UUID, *, today: date) -> UnitPage:
    """A unit that the viewer leads, works at or administers; raises NotFound."""
    row: Any = run(_unit, {"viewer": viewer.person_id, "today": today, "unit": key}).one_or_none()
    if row is None:
        raise NotFound
    return UnitPage(
        id=row.id,
        region_id=row.region_id,
        name=row.name,
        phone=row.phone,
        phone_hours=row.phone_hours,
        visiting=(row.addresses or {}).get("visiting", ""),
        postal=(row.addresses or {}).get("postal", ""),
        lines=tuple(UnitLine(*line) for line in row.phones or ()),
        office=week(row.office),
        promise=row.promise_minutes,
        own_gap=row.longest_gap_minutes,
        head=row.head_id,
        substitutes=tuple(row.substitutes or ()),
        closures=tuple(_closure(it) for it in row.closures or ()),
        leads=row.leads,
        admin=row.admin,
        losing=row.losing,
        hsa_id=row.hsa_id or "",
    )


def led_unit(viewer: Viewer, key: UUID, *, today: date) -> UnitPage:
    """A unit that the viewer may change: as its head, who answers for the head, or administrator; raises NotFound."""
    unit = unit_for(viewer, key, today=today)
    if not unit.leads:
        raise NotFound
    return unit


def other_units(viewer: Viewer, unit: UnitPage) -> list[tuple[UUID, str]]:
    """The region's other units, by name."""
    asked = select(Unit.id, Unit.name).where(Unit.region_id == unit.region_id, Unit.id != unit.id)
    return [(row.id, row.name) for row in run(asked.order_by(Unit.name).limit(MOST_UNITS)).all()]


def _closure(said: list[Any]) -> ClosureRow:
    key, starts_on, ends_on, name, cover_unit, cover_name, cover_function = said
    return ClosureRow(
        UUID(key),
        date.fromisoformat(starts_on),
        date.fromisoformat(ends_on),
        name,
        UUID(cover_unit) if cover_unit else None,
        cover_name,
        cover_function,
    )
