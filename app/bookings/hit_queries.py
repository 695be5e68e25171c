"""The times that an absence or a closure hits, as whoever registers it sees them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, exists, func, select

from app.accounts.models import Person
from app.accounts.queries import Viewer, shown_name
from app.bookings.hit_rules import reaches
from app.bookings.models import Booking, Participant
from app.care.hours_rules import midnight, moment
from app.care.models import Assignment, Block, Contact
from app.care.queries import in_force
from app.core import db
from app.core.audit import Entry
from app.core.locale import local
from app.core.query import Query

MOST = 60


@dataclass(frozen=True)
class Hit:
    """A time that somebody is away from. `name` is the patient's, for whoever may see it. `told`: the patient knows."""

    key: UUID
    unit_id: UUID
    starts_at: datetime
    ends_at: datetime
    patient_id: UUID | None
    name: str | None
    told: bool


@dataclass(frozen=True)
class Hits:
    """The first of them, and how many there are. `mark` is another as soon as they are others."""

    rows: tuple[Hit, ...]
    count: int

    @property
    def mark(self) -> str:
        said = "".join(f"{it.key}{it.starts_at.isoformat()}" for it in self.rows)
        return hashlib.sha256(f"{self.count}{said}".encode()).hexdigest()[:16]

    @property
    def more(self) -> int:
        """How many there are beyond these."""
        return self.count - len(self.rows)

    @property
    def told(self) -> int:
        """How many of these the patients know of."""
        return sum(it.told for it in self.rows)

    @property
    def fresh(self) -> "Hits":
        """Those that the patients have not been told of."""
        rows = tuple(it for it in self.rows if not it.told)
        return Hits(rows, self.count - self.told)

    def parted(self, at: datetime) -> tuple["Hits", "Hits"]:
        """Those that begin before a moment, and those after."""
        rows = tuple(it for it in self.rows if it.starts_at < at)
        first = Hits(rows, len(rows) if len(rows) < len(self.rows) else self.count)
        return first, Hits(self.rows[len(rows) :], self.count - first.count)

    @property
    def entries(self) -> list[Entry]:
        """What the access log says of having been shown them."""
        return [
            Entry("booking.listed", it.patient_id, it.unit_id, f"booking:{db.short(it.key)}")
            for it in self.rows
            if it.patient_id
        ]


NONE = Hits((), 0)
VIEWER = bindparam("viewer", type_=Person.id.type)
TODAY = bindparam("today", type_=Assignment.starts_on.type)
STARTS, ENDS = (bindparam(name, type_=Booking.starts_at.type) for name in ("starts", "ends"))
_works_there = exists().where(
    Assignment.person_id == VIEWER, Assignment.unit_id == Booking.unit_id, in_force(Assignment, TODAY)
)
_not_wanted = exists().where(
    Block.patient_id == Booking.patient_id, Block.person_id == VIEWER, Block.ended_at.is_(None)
)
_is_contact = exists().where(
    Contact.patient_id == Booking.patient_id, Contact.person_id == VIEWER, in_force(Contact, TODAY)
)
_hits: Select[Any] = (
    select(
        Booking.id,
        Booking.unit_id,
        Booking.starts_at,
        Booking.ends_at,
        Booking.patient_id,
        Person.name_sealed,
        and_(_works_there, ~_not_wanted).label("sees"),
        and_(Person.protected, ~_is_contact).label("hidden"),
        Booking.hit_at.is_not(None).label("told"),
        func.count().over().label("many"),
    )
    .join(Person, Person.id == Booking.patient_id)
    .where(Booking.status == "booked", Booking.ends_at > STARTS, Booking.starts_at < ENDS)
    .order_by(Booking.starts_at, Booking.id)
    .limit(MOST)
)
OF_PERSON = _hits.join(Participant, Participant.booking_id == Booking.id).where(
    Participant.person_id == bindparam("person", type_=Person.id.type),
    Participant.role == "staff",
    Participant.ends_at > STARTS,
    Participant.starts_at < ENDS,
)
_OF_PERSON = Query(OF_PERSON)
_OF_UNIT = Query(_hits.where(Booking.unit_id == bindparam("unit", type_=Booking.unit_id.type)))


def hits_of(viewer: Viewer, person_id: UUID, starts_at: datetime, ends_at: datetime | None, *, now: datetime) -> Hits:
    """The times that an absence hits, of somebody whose absences the viewer has been shown; without an end, those of
    the near future."""
    return hits_in(_OF_PERSON.rows(**values_of(viewer, person_id, starts_at, ends_at, now=now)))


def values_of(
    viewer: Viewer, person_id: UUID, starts_at: datetime, ends_at: datetime | None, *, now: datetime
) -> dict[str, Any]:
    """What OF_PERSON asks for."""
    return {
        "viewer": viewer.person_id,
        "person": person_id,
        "today": local(now).date(),
        "starts": max(starts_at, now),
        "ends": reaches(ends_at, now=now),
    }


def hits_at(viewer: Viewer, unit_id: UUID, first: date, last: date, *, now: datetime) -> Hits:
    """The times at a unit, which the viewer leads, that closed days would hit, the last day included."""
    starts, ends = (moment(midnight(on.toordinal())) for on in (first, last + timedelta(days=1)))
    values = {"viewer": viewer.person_id, "unit": unit_id, "today": local(now).date()}
    return hits_in(_OF_UNIT.rows(**values, starts=max(starts, now), ends=ends))


def hits_in(rows: Sequence[Any]) -> Hits:
    return Hits(tuple(_hit(row) for row in rows), rows[0].many if rows else 0)


def _hit(row: Any) -> Hit:
    return Hit(
        key=row.id,
        unit_id=row.unit_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        patient_id=row.patient_id if row.sees else None,
        name=shown_name(row.patient_id, row.name_sealed, hidden=row.hidden) if row.sees else None,
        told=row.told,
    )
