"""Open units and say where they are, when they are open, what they promise and who leads them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from app.accounts.models import Region, RegionRole
from app.care.closing import ensure_covered, ensure_function_covers
from app.care.cover_models import FunctionHours
from app.care.hours_rules import Week
from app.care.models import HeadSubstitute, OfficeHours, Unit, UnitAddress, UnitPhone
from app.care.service import Keyed, Unfit, fit, others, raise_version, rest_anew, rest_anew_at
from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.locale import local


class NameTaken(ValueError):
    """Another unit of the region has that name."""


class CodeTaken(ValueError):
    """Another unit has that HSA-id."""


@dataclass(frozen=True)
class Line:
    """A number of a unit, what it is for, and when it is answered."""

    label: str
    phone: str
    hours: str


@dataclass(frozen=True)
class Place:
    """What a unit is called, where it is, and the numbers that the care itself answers."""

    name: str
    phone: str
    phone_hours: str
    visiting: str = ""
    postal: str = ""
    lines: tuple[Line, ...] = ()
    hsa_id: str = ""


def open_unit(
    region: Keyed,
    name: str,
    *,
    phone: str,
    phone_hours: str,
    office: Week,
    head: UUID,
    head_substitutes: tuple[UUID, ...],
    by: Actor,
    now: datetime,
) -> Unit:
    """A unit with its office hours, its head and those who answer for the head (one or more who are not the head).

    Two who open one of the same name at once meet the constraint; who comes later than that meets NameTaken.
    """
    if db.run(select(Unit.id).where(Unit.region_id == region.id, Unit.name == name)).first():
        raise NameTaken
    unit = Unit(id=db.new_key(), region_id=region.id, name=name, phone=phone, phone_hours=phone_hours, head_id=head)
    db.session().add(unit)
    db.session().flush()
    _put_office_hours(unit.id, office)
    _put_head(unit.id, head, head_substitutes)
    audit.record(db.session(), Entry("unit.opened", unit_id=unit.id), by=by, now=now)
    return unit


def change_place(unit_id: UUID, place: Place, *, by: Actor, now: datetime) -> None:
    """Change what a unit is called, where it is and its numbers; raises NameTaken, CodeTaken."""
    region = select(Unit.region_id).where(Unit.id == unit_id).scalar_subquery()
    if db.run(select(Unit.id).where(Unit.region_id == region, Unit.name == place.name, Unit.id != unit_id)).first():
        raise NameTaken
    code = place.hsa_id or None
    if code and db.run(select(Unit.id).where(Unit.hsa_id == code, Unit.id != unit_id)).first():
        raise CodeTaken
    named = {"name": place.name, "phone": place.phone, "phone_hours": place.phone_hours, "hsa_id": code}
    db.run(update(Unit).where(Unit.id == unit_id).values(named))
    db.run(delete(UnitAddress).where(UnitAddress.unit_id == unit_id))
    db.run(delete(UnitPhone).where(UnitPhone.unit_id == unit_id))
    db.session().add_all(
        UnitAddress(unit_id=unit_id, kind=kind, text=text)
        for kind, text in (("visiting", place.visiting), ("postal", place.postal))
        if text
    )
    db.session().add_all(
        UnitPhone(unit_id=unit_id, n=n, label=line.label, phone=line.phone, hours=line.hours)
        for n, line in enumerate(place.lines, 1)
    )
    db.session().flush()
    audit.record(db.session(), Entry("unit.place_changed", unit_id=unit_id), by=by, now=now)


def change_office_hours(unit_id: UUID, week: Week, *, by: Actor, now: datetime) -> None:
    """Change when a unit is open; raises Unfit, or Uncovered when a coming closure would have nobody."""
    raise_version(unit_id)
    _put_office_hours(unit_id, week)
    ensure_covered(unit_id, today=local(now).date())
    rest_anew_at(unit_id, by=by, now=now)
    audit.record(db.session(), Entry("unit.hours_changed", unit_id=unit_id), by=by, now=now)


def change_promise(unit_id: UUID, minutes: int, *, longest_gap: int | None, by: Actor, now: datetime) -> None:
    """Change how much office time an answer may take and how long nobody may be there; raises Uncovered.

    Without a longest gap it is the unit's longest office day.
    """
    raise_version(unit_id)
    promised = {"promise_minutes": minutes, "longest_gap_minutes": longest_gap}
    db.run(update(Unit).where(Unit.id == unit_id).values(promised))
    ensure_covered(unit_id, today=local(now).date())
    audit.record(db.session(), Entry("unit.promise_changed", unit_id=unit_id), by=by, now=now)


def name_head(unit_id: UUID, head: UUID, substitutes: tuple[UUID, ...], *, by: Actor, now: datetime) -> None:
    """Say who leads a unit and who answers for them, in order; raises Unfit when nobody does."""
    raise_version(unit_id)
    before = select(Unit.head_id).where(Unit.id == unit_id)
    stood_in = select(HeadSubstitute.person_id).where(HeadSubstitute.unit_id == unit_id)
    concerned = {*db.session().scalars(before.union(stood_in)), head, *substitutes}
    _put_head(unit_id, head, substitutes)
    rest_anew(concerned, by=by, now=now)
    audit.record(
        db.session(), Entry("unit.head_named", unit_id=unit_id, object=f"person:{db.short(head)}"), by=by, now=now
    )


def change_function_hours(region: Keyed, week: Week, *, by: Actor, now: datetime) -> None:
    """Change when the region's function answers; raises Unfit, or Uncovered where the function covers a closure."""
    _raise_versions_in(region)
    db.run(delete(FunctionHours).where(FunctionHours.region_id == region.id))
    db.session().add_all(
        FunctionHours(region_id=region.id, weekday=day, opens=span.opens, closes=span.closes)
        for day, spans in enumerate(fit(week))
        for span in spans
    )
    db.session().flush()
    ensure_function_covers(region.id, today=local(now).date())
    audit.record(db.session(), of_region("function.hours_changed", region), by=by, now=now)


def change_function_phone(region: Keyed, phone: str, *, by: Actor, now: datetime) -> None:
    """Change the number at which the region's function is reached."""
    db.run(update(Region).where(Region.id == region.id).values(function_phone=phone))
    audit.record(db.session(), of_region("function.phone_changed", region), by=by, now=now)


def name_function(region: Keyed, people: tuple[UUID, ...], *, by: Actor, now: datetime) -> None:
    """Say who is the region's function: two people or more. Raises Unfit; the database refuses fewer too."""
    if len(set(people)) < 2:
        raise Unfit
    _raise_versions_in(region)
    db.run(delete(RegionRole).where(RegionRole.region_id == region.id, RegionRole.role == "function"))
    db.session().add_all(
        RegionRole(region_id=region.id, person_id=person, role="function") for person in dict.fromkeys(people)
    )
    db.session().flush()
    audit.record(db.session(), of_region("function.named", region), by=by, now=now)


def of_region(action: str, region: Keyed) -> Entry:
    return Entry(action, object=f"region:{db.short(region.id)}")


def _raise_versions_in(region: Keyed) -> None:
    raise_version(*db.session().scalars(select(Unit.id).where(Unit.region_id == region.id)).all())


def _put_office_hours(unit_id: UUID, week: Week) -> None:
    db.run(delete(OfficeHours).where(OfficeHours.unit_id == unit_id))
    db.session().add_all(
        OfficeHours(unit_id=unit_id, weekday=day, opens=span.opens, closes=span.closes)
        for day, spans in enumerate(fit(week))
        for span in spans
    )
    db.session().flush()


def _put_head(unit_id: UUID, head: UUID, substitutes: tuple[UUID, ...]) -> None:
    if not substitutes:
        raise Unfit
    db.run(update(Unit).where(Unit.id == unit_id).values(head_id=head))
    db.run(delete(HeadSubstitute).where(HeadSubstitute.unit_id == unit_id))
    db.session().add_all(
        HeadSubstitute(unit_id=unit_id, n=n, person_id=person)
        for n, person in enumerate(others(substitutes, than=head), 1)
    )
    db.session().flush()
