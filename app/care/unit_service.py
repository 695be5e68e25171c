"""Open units and say when they are open, who leads them, and who covers when they are closed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update

from app.accounts.models import Region
from app.care.cover_models import FunctionHours
from app.care.hours_rules import Week
from app.care.models import HeadSubstitute, OfficeHours, Unit
from app.care.service import Unfit, fit, others, raise_version
from app.core import audit, db
from app.core.audit import Actor, Entry


def open_unit(
    region: Region,
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
    """A unit with its office hours, its head and those who answer for the head (one or more who are not the head)."""
    unit = Unit(id=db.new_key(), region_id=region.id, name=name, phone=phone, phone_hours=phone_hours, head_id=head)
    db.session().add(unit)
    db.session().flush()
    _put_office_hours(unit.id, office)
    _put_head(unit.id, head, head_substitutes)
    audit.record(db.session(), Entry("unit.opened", unit_id=unit.id), by=by, now=now)
    return unit


def change_office_hours(unit_id: UUID, week: Week, *, by: Actor, now: datetime) -> None:
    """Change when a unit is open; raises Unfit."""
    raise_version(unit_id)
    _put_office_hours(unit_id, week)
    audit.record(db.session(), Entry("unit.hours_changed", unit_id=unit_id), by=by, now=now)


def name_head(unit_id: UUID, head: UUID, substitutes: tuple[UUID, ...], *, by: Actor, now: datetime) -> None:
    """Say who leads a unit and who answers for them, in order; raises Unfit when nobody does."""
    raise_version(unit_id)
    _put_head(unit_id, head, substitutes)
    audit.record(
        db.session(), Entry("unit.head_named", unit_id=unit_id, object=f"person:{db.short(head)}"), by=by, now=now
    )


def change_function_hours(region: Region, week: Week, *, by: Actor, now: datetime) -> None:
    """Change when the region's function answers; raises Unfit."""
    db.run(delete(FunctionHours).where(FunctionHours.region_id == region.id))
    db.session().add_all(
        FunctionHours(region_id=region.id, weekday=day, opens=span.opens, closes=span.closes)
        for day, spans in enumerate(fit(week))
        for span in spans
    )
    db.session().flush()
    audit.record(db.session(), Entry("function.hours_changed", object=f"region:{db.short(region.id)}"), by=by, now=now)


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
