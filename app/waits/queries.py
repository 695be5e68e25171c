"""Whether something waits, how it last ended, on which version of a unit it is decided, and whose care is over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.accounts.models import Patient, Person, RegionRole
from app.accounts.queries import Viewer, person_name, shown_name
from app.care.models import Contact, Unit
from app.care.queries import leads
from app.core.audit import Actor
from app.core.db import run
from app.core.locale import SWEDEN, local
from app.core.query import Query
from app.waits.models import Wait

MOST = 20


@dataclass(frozen=True)
class Ended:
    """How a question ended, when, and by whom."""

    how: str
    at: datetime
    by: UUID | None
    name: str


_OPEN = Query(
    select(Wait.id).where(
        Wait.kind == bindparam("kind"), Wait.subject_id == bindparam("subject"), Wait.ended_at.is_(None)
    )
)

_ENDED = Query(
    select(Wait.ended_how, Wait.ended_at, Wait.ended_by, Person.name_sealed)
    .outerjoin(Person, Person.id == Wait.ended_by)
    .where(Wait.kind == bindparam("kind"), Wait.subject_id == bindparam("subject"), Wait.ended_at.is_not(None))
    .order_by(Wait.ended_at.desc(), Wait.id.desc())
    .limit(1)
)


def is_open(viewer: Viewer, kind: str, subject: UUID) -> bool:
    """Whether a question is open about something that the viewer has reached; ask it under the subject's lock."""
    return bool(_OPEN.rows(kind=kind, subject=subject))


def last_end(viewer: Viewer, kind: str, subject: UUID) -> Ended | None:
    """How the last question about something that the viewer has reached was ended."""
    row = _ENDED.row(kind=kind, subject=subject)
    if row is None:
        return None
    name = person_name(row.ended_by, row.name_sealed) if row.ended_by else ""
    return Ended(row.ended_how, row.ended_at, row.ended_by, name)


def versions_of(viewer: Actor, units: Iterable[UUID]) -> dict[UUID, int | None]:
    """Which version each of some units has now."""
    known = select(Unit.id, Unit.care_version).where(Unit.id.in_(list(units)))
    return {row.id: row.care_version for row in run(known)}


def function_of(viewer: Actor, region: UUID) -> list[UUID]:
    """The people of a region's function."""
    theirs = (RegionRole.region_id == region, RegionRole.role == "function")
    return list(run(select(RegionRole.person_id).where(*theirs).order_by(RegionRole.person_id)).scalars())


# The log is a package above: whom a question about it is about is read by name, as data.
_about = (
    text(
        """
    select id, about_id from contact_request where id = any(:keys) and about_id is not null
    union all
    select id, about_id from log_question where id = any(:keys)
    """
    )
    .bindparams(bindparam("keys", type_=ARRAY(Uuid())))
    .columns()
)


def not_to_learn(viewer: Actor, subjects: Iterable[UUID]) -> dict[UUID, UUID]:
    """Whom some subjects are about, and who so never has them: the contact whom a patient wants another than, and
    whoever did what a patient asks about."""
    keys = list(subjects)
    return {row.id: row.about_id for row in run(_about, {"keys": keys})} if keys else {}


@dataclass(frozen=True)
class Died:
    """A patient of whom it was noted today that they have died."""

    patient_id: UUID
    name: str
    at: datetime


VIEWER = bindparam("viewer", type_=Wait.id.type)
_led = select(Unit.id).where(leads(VIEWER)).scalar_subquery()
_ended_then = or_(
    exists().where(
        Contact.patient_id == Person.id, Contact.care_ended_at == Person.closed_at, Contact.unit_id.in_(_led)
    ),
    exists().where(
        Wait.patient_id == Person.id,
        Wait.ended_how == "care_ended",
        Wait.ended_at == Person.closed_at,
        Wait.unit_id.in_(_led),
    ),
    and_(
        exists().where(RegionRole.person_id == VIEWER, RegionRole.role == "administrator"),
        or_(
            exists().where(Contact.patient_id == Person.id, Contact.care_ended_at == Person.closed_at),
            exists().where(
                Wait.patient_id == Person.id, Wait.ended_how == "care_ended", Wait.ended_at == Person.closed_at
            ),
        ),
    ),
)
_died = (
    select(Person.id, Person.name_sealed, Person.protected, Person.closed_at)
    .join(Patient, Patient.person_id == Person.id)
    .where(Person.closed_at >= bindparam("since", type_=Wait.opened_at.type), _ended_then)
    .order_by(Person.closed_at, Person.id)
    .limit(MOST)
)
_open_here = (
    select(func.count())
    .select_from(Wait)
    .where(
        Wait.patient_id == bindparam("patient"),
        Wait.unit_id == bindparam("unit"),
        Wait.unit_id.in_(_led),
        Wait.ended_at.is_(None),
    )
)


def died_today(viewer: Viewer, *, now: datetime) -> list[Died]:
    """Of whom it was noted today that they have died, among the patients of the units that the viewer leads; of all,
    for an administrator. Until midnight it can be taken back."""
    rows = run(_died, {"viewer": viewer.person_id, "since": datetime.combine(local(now).date(), time(), SWEDEN)})
    return [Died(row.id, shown_name(row.id, row.name_sealed, hidden=row.protected), row.closed_at) for row in rows]


def died_for(viewer: Viewer, patient: UUID, *, now: datetime) -> Died | None:
    """One of them."""
    return next((it for it in died_today(viewer, now=now) if it.patient_id == patient), None)


def open_at(viewer: Viewer, patient: UUID, unit: UUID) -> int:
    """How many questions of a patient wait at a unit that the viewer leads."""
    return run(_open_here, {"viewer": viewer.person_id, "patient": patient, "unit": unit}).scalar_one()
