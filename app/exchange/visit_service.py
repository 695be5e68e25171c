"""A time that another system keeps becomes a booking: made, moved, met by somebody else, called off, concluded.

Whatever the verbs of a booking cannot change (whose it is, where it belongs, what kind it is) is a new one, and the old
one is called off: the patient hears of both.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from app.bookings import bulk_service, kind_service
from app.bookings import service as bookings
from app.core import db
from app.core.audit import Actor
from app.exchange import queries
from app.exchange.map_rules import Ref, Unusable, Visit
from app.exchange.queries import Kind, Known, Stands, Where

T = TypeVar("T")
OFF = ("cancelled", "entered-in-error")
WENT = ("fulfilled", "noshow")
AT_HOME = "Hemma hos dig"
# What a kind is called where their system gives it no name. Names are data.
UNNAMED = {"visit": "Besök", "phone": "Telefonsamtal", "video": "Videosamtal", "home": "Hembesök"}
SHORTEST, LONGEST = 5, 720


@dataclass(frozen=True)
class Unit:
    """A unit by its key."""

    id: UUID


@dataclass(frozen=True)
class _Meant:
    """A visit in our own keys."""

    unit: UUID
    patient: UUID
    staff: tuple[UUID, ...]
    kind: Kind
    where: Where | None

    @property
    def place(self) -> str:
        if self.kind.mode == "home":
            return AT_HOME
        return self.where.words if self.where and self.kind.mode == "visit" else ""

    @property
    def location_id(self) -> UUID | None:
        return self.where.id if self.where and self.kind.mode == "visit" else None


@dataclass
class Ground:
    """What a page of visits stands on: who is who, who works where, and what each unit offers."""

    source: str
    known: Mapping[tuple[str, str], Known]
    patients: Mapping[str, UUID]
    practitioners: Mapping[str, UUID]
    by: Actor
    today: date
    works: dict[UUID, set[UUID]] = field(default_factory=dict)
    roles: dict[UUID, tuple[UUID, UUID]] = field(default_factory=dict)
    places: dict[UUID, Where] = field(default_factory=dict)
    kinds: dict[UUID, list[Kind]] = field(default_factory=dict)

    def load(self, visits: Iterable[Visit]) -> None:
        """Read what these visits need, at once."""
        refs = [ref for it in visits for ref in (*it.staff, *it.places)]
        own = {ref: it.own_id for ref in refs if (it := self.record(ref)) and it.own_id}
        if roles := {key for ref, key in own.items() if ref.type == "PractitionerRole"}:
            rows = queries.works_of(self.by, assignments=roles, today=self.today)
            self.roles = {row.id: (row.person_id, row.unit_id) for row in rows}
        people = {key for ref, key in own.items() if ref.type == "Practitioner"}
        people |= {self.practitioners[it.hsa_id] for it in refs if it.hsa_id and it.hsa_id in self.practitioners}
        if people:
            for row in queries.works_of(self.by, people=people, today=self.today):
                self.works.setdefault(row.person_id, set()).add(row.unit_id)
        if places := {key for ref, key in own.items() if ref.type == "Location"}:
            self.places = queries.places_by(self.by, keys=places)

    def record(self, ref: Ref) -> Known | None:
        return self.known.get((ref.type, ref.id)) if ref.id else None

    def kinds_at(self, unit: UUID) -> list[Kind]:
        if unit not in self.kinds:
            self.kinds[unit] = queries.kinds_at(self.by, unit)
        return self.kinds[unit]

    def patient(self, ref: Ref) -> UUID:
        if ref.number:
            if ref.number not in self.patients:
                raise Unusable("patient_unknown", ref.path)
            return self.patients[ref.number]
        return self._own(ref, "patient_unknown")

    def member(self, ref: Ref) -> tuple[UUID, set[UUID]]:
        """Somebody of the staff, and the units where they may be meant to be."""
        if ref.type == "PractitionerRole" and ref.id:
            key = self._own(ref, "practitioner_unknown")
            if key not in self.roles:
                raise Unusable("not_here", ref.path)
            person, unit = self.roles[key]
            return person, {unit}
        if ref.hsa_id and not ref.id:
            if ref.hsa_id not in self.practitioners:
                raise Unusable("practitioner_unknown", ref.path)
            person = self.practitioners[ref.hsa_id]
        else:
            person = self._own(ref, "practitioner_unknown")
        return person, self.works.get(person, set())

    def where(self, ref: Ref) -> Where:
        key = self._own(ref, "place_unknown")
        if key not in self.places:
            raise Unusable("place_unknown", ref.path)
        return self.places[key]

    def _own(self, ref: Ref, reason: str) -> UUID:
        record = self.record(ref)
        if record is None:
            raise Unusable("reference", ref.path)
        if record.own_id is None:
            raise Unusable(reason, ref.path)
        return record.own_id


def put(visit: Visit, before: Stands | None, ground: Ground, *, by: Actor, now: datetime) -> tuple[UUID | None, str]:
    """Let a booking be as a visit says; its key, and what came of it. Raises Unusable."""
    if visit.status in OFF:
        # One that never stood here is no news to anybody.
        off = before is not None and call_off(before.id, visit.status, by=by, now=now)
        return (before.id if before else None), ("changed" if off else "passed")
    try:
        patient = ground.patient(visit.patient)
    except Unusable as error:
        # It is somebody else's than was thought: whoever had it must not go there.
        if before and error.reason == "patient_unknown":
            bookings.cancel(before.id, by=by, now=now)
        raise
    meant = _meant(visit, patient, ground, by=by, now=now)
    if before and before.status == "booked" and _same(before, meant):
        return before.id, ("changed" if _adjust(visit, before, meant, by=by, now=now) else "unchanged")
    if before and before.status != "booked" and not (visit.status == "booked" and visit.ends_at > now):
        # What is over here stays as it is read, but for how it went.
        went = visit.status in WENT and _steadily(lambda: _conclude(before.id, visit, by=by, now=now))
        return before.id, ("changed" if went else "passed")

    def anew() -> UUID:
        if before and before.status == "booked":
            bookings.cancel(before.id, by=by, now=now)
        made = bookings.make(_wanted(visit, meant, ground.source), by=by, now=now)
        _conclude(made, visit, by=by, now=now)
        return made

    return _steadily(anew), ("changed" if before else "made")


def put_new(visits: Sequence[tuple[Visit, bookings.Wanted]], *, by: Actor, now: datetime) -> list[UUID] | None:
    """Book many that have never stood here, at once; None when one of them cannot be, and then none of them is."""
    try:
        made = _steadily(lambda: bulk_service.make_all([it for _visit, it in visits], by=by, now=now))
    except Unusable:
        return None
    for key, (visit, _) in zip(made, visits, strict=True):
        _conclude(key, visit, by=by, now=now)
    return made


def asked(visit: Visit, ground: Ground, *, by: Actor, now: datetime) -> bookings.Wanted:
    """What a visit that has never stood here would be booked as. Raises Unusable."""
    return _wanted(visit, _meant(visit, ground.patient(visit.patient), ground, by=by, now=now), ground.source)


def call_off(booking_id: UUID, status: str, *, by: Actor, now: datetime) -> bool:
    """A time that is none any longer. False when it is so already."""
    if status == "cancelled":
        return bookings.cancel(booking_id, by=by, now=now)
    return bookings.conclude(booking_id, "entered-in-error", by=by, now=now)


def _same(before: Stands, meant: _Meant) -> bool:
    known = (before.patient_id, before.unit_id, before.service_type_id)
    return known == (meant.patient, meant.unit, meant.kind.id)


def _adjust(visit: Visit, before: Stands, meant: _Meant, *, by: Actor, now: datetime) -> bool:
    """Move what has moved, and so on; whether anything had."""

    def all_of_it() -> bool:
        did = [
            bookings.move(before.id, visit.starts_at, visit.ends_at, by=by, now=now),
            bookings.meet(before.id, meant.staff, by=by, now=now),
            bool(meant.place)
            and bookings.change(before.id, "place", meant.place, location_id=meant.location_id, by=by, now=now),
            _conclude(before.id, visit, by=by, now=now),
        ]
        return any(did)

    return _steadily(all_of_it)


def _conclude(booking_id: UUID, visit: Visit, *, by: Actor, now: datetime) -> bool:
    return visit.status in WENT and bookings.conclude(booking_id, visit.status, by=by, now=now)


def _steadily(work: Callable[[], T]) -> T:
    """Work that stands or falls by itself; raises Unusable where somebody who is to be there has another time then."""
    did = list[T]()
    fell = db.fallen(lambda: did.append(work()))
    if fell is None:
        return did[0]
    # What was rolled back must not be remembered as there.
    db.session().expunge_all()
    if isinstance(fell, bookings.Busy):
        raise Unusable("busy", "Appointment.start") from fell
    raise fell


def _meant(visit: Visit, patient: UUID, ground: Ground, *, by: Actor, now: datetime) -> _Meant:
    members = [ground.member(it) for it in visit.staff]
    places = [ground.where(it) for it in visit.places]
    if any(person == patient for person, _units in members):
        raise Unusable("several_patients", "Appointment.participant")
    units = [units for _person, units in members] + [{it.unit_id} for it in places]
    unit = _unit(units)
    staff = tuple(dict.fromkeys(person for person, _units in members))
    kind = _kind(visit, unit, staff, ground, by=by, now=now)
    return _Meant(unit, patient, staff, kind, places[0] if places else None)


def _unit(candidates: list[set[UUID]]) -> UUID:
    """The unit that all who are there have in common; raises Unusable where there is none, or more than one."""
    common = set.intersection(*candidates) if candidates else set()
    if len(common) != 1:
        raise Unusable("unit_unknown", "Appointment.participant")
    return next(iter(common))


def _kind(visit: Visit, unit: UUID, staff: tuple[UUID, ...], ground: Ground, *, by: Actor, now: datetime) -> Kind:
    """The unit's kind of time of that name. It gets a new one only where it is said how one meets: whoever is to be
    rung must not be sent to a house."""
    kinds = ground.kinds_at(unit)
    name = visit.kind or (UNNAMED[visit.mode] if visit.mode else "")
    for it in kinds:
        if it.name.casefold() == name.casefold():
            return it
    if not name or not visit.mode:
        raise Unusable("kind_unknown", "Appointment.serviceType")
    minutes = max(SHORTEST, min(LONGEST, round((visit.ends_at - visit.starts_at).total_seconds() / 60)))
    key = kind_service.open_kind(Unit(unit), name, visit.mode, minutes, staff=staff, by=by, now=now)
    kinds.append(Kind(key, name, visit.mode))
    return kinds[-1]


def _wanted(visit: Visit, meant: _Meant, source: str) -> bookings.Wanted:
    return bookings.Wanted(
        service_type_id=meant.kind.id,
        patient_id=meant.patient,
        staff=meant.staff,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        place=meant.place,
        location_id=meant.location_id,
        kept_in=source,
    )
