"""One row of a file becomes what it says, through the same verbs as when a person types it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import phonenumbers
from sqlalchemy import exists, func, literal, or_, select

from app.accounts import service as accounts
from app.accounts.models import Patient, Person, Staff
from app.accounts.service import BadNumber, Closed, Known, Who
from app.bookings import service as bookings
from app.bookings import slot_rules
from app.bookings.kind_models import Location, ServiceStaff, ServiceType
from app.bookings.models import Booking
from app.bookings.service import Busy
from app.bookings.slot_rules import Span, Wrong
from app.care import closing, contact_service
from app.care import service as care
from app.care.contact_service import AgeUnknown, HeldElsewhere, NotAdult, NotAtUnit, NotWished, Past
from app.care.cover_models import Absence, Closure
from app.care.models import Assignment, Block, Contact, OfficeHours, Unit
from app.care.queries import in_force
from app.care.service import Cycle, Direct
from app.core import crypto, db
from app.core.audit import Actor
from app.core.locale import local
from app.exchange import row_rules
from app.exchange.file_reader import Row, Table
from app.exchange.row_rules import Bad, Fault

T = TypeVar("T")
YEARS = (2000, 2100)


class BadRow(Exception):
    """A row that cannot be stored, and why."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(faults[0].code)
        self.faults = faults


@dataclass
class Brought:
    """By whom and when a file is brought in, with what its rows have asked for already."""

    by: Actor
    now: datetime
    units: dict[str, UUID | None] = field(default_factory=dict)
    weeks: dict[UUID, Any] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return local(self.now).date()


class Cells:
    """The cells of a row; what is wrong with each is gathered, so that all of it is said at once."""

    def __init__(self, row: Row) -> None:
        self.line, self.cells, self.faults = row.line, row.cells, list[Fault]()

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def take(self, column: str, read: Callable[[str], T]) -> T | None:
        """What a cell says; nothing when it is empty or wrong."""
        if not self.cells[column]:
            return None
        try:
            return read(self.cells[column])
        except Bad as error:
            self.bad(column, error.code)
            return None

    def bad(self, column: str, code: str, more: str = "") -> None:
        self.faults.append(Fault(self.line, column, code, more))

    def need(self, column: str, code: str = "empty") -> None:
        if not self.cells[column]:
            self.bad(column, code)

    def done(self) -> None:
        if self.faults:
            raise BadRow(*self.faults)

    def fall(self, column: str, code: str, more: str = "") -> BadRow:
        return BadRow(Fault(self.line, column, code, more))


def put(kind: str, row: Row, it: Brought) -> bool:
    """Store a row; False when what it says is here already. Raises BadRow."""
    return PUT[kind](Cells(row), it)


def lock_units(kind: str, found: Table) -> None:
    """Hold every unit that the rows name, in one order, so that two files never wait for each other."""
    if kind not in ("assignments", "contacts"):
        return
    names = {row.cells["mottagning"].casefold() for row in found.rows}
    held = select(Unit.id).where(func.lower(Unit.name).in_(names)).order_by(Unit.id)
    db.session().scalars(held.with_for_update(key_share=True)).all()


def _person(cells: Cells, it: Brought) -> bool:
    what = cells.take("typ", lambda text: row_rules.one_of(row_rules.TYPES, text))
    number = cells.take("personnummer", _number)
    hsa = cells.take("hsa-id", row_rules.hsa_id)
    physician = cells.take("läkare", row_rules.yes) or False
    phone, email = cells.take("telefon", _phone), cells.take("e-post", _email)
    if what == "patient":
        cells.need("personnummer", "needed_of_patient")
        for column in ("hsa-id", "titel", "läkare"):
            if cells[column] and not (column == "läkare" and not physician):
                cells.bad(column, "not_of_patient")
    elif what == "staff":
        cells.need("hsa-id", "needed_of_staff")
        cells.need("titel", "needed_of_staff")
    cells.done()
    who = Who(cells["namn"], number=number, phone=phone, email=email)
    person = _by_number(number) if number else None
    try:
        if what == "patient":
            if person and db.session().get(Patient, person.id):
                return False
            accounts.register_patient(who, by=it.by, now=it.now)
            return True
        assert hsa
        known = db.session().scalars(select(Person).join(Staff).where(Staff.hsa_id == hsa)).one_or_none()
        if known:
            if number and known.number and known.number != number:
                raise cells.fall("hsa-id", "hsa_taken")
            return False
        accounts.register_staff(who, hsa_id=hsa, title=cells["titel"], physician=physician, by=it.by, now=it.now)
    except Known:
        raise cells.fall("personnummer", "other_hsa") from None
    except Closed:
        raise cells.fall("personnummer", "closed") from None
    return True


def _assignment(cells: Cells, it: Brought) -> bool:
    unit, person = _unit(cells, it), _staff(cells)
    role = cells.take("roll", lambda text: row_rules.one_of(row_rules.ROLES, text))
    starts_on = cells.take("första dagen", _day) or it.today
    phone = cells.take("direktnummer", _phone)
    cells.done()
    assert unit and person and role
    here = (Assignment.person_id == person[0]) & (Assignment.unit_id == unit)
    goes_on = or_(Assignment.ends_on.is_(None), Assignment.ends_on >= starts_on)
    if db.session().scalar(select(exists().where(here, goes_on))):
        return False
    care.assign(
        person[0],
        db.session().get_one(Unit, unit),
        role=role,
        starts_on=starts_on,
        cycle=Cycle((_week(unit, it),), starts_on),
        direct=Direct(phone, cells["svarstider"]) if phone else None,
        by=it.by,
        now=it.now,
    )
    return True


def _contact(cells: Cells, it: Brought) -> bool:
    unit, staff, patient = _unit(cells, it), _staff(cells), _patient(cells)
    starts_on = cells.take("första dagen", _day) or it.today
    coordinating = cells.take("samordnar", row_rules.yes) or False
    cells.done()
    assert unit and staff and patient
    theirs = (Contact.patient_id == patient) & (Contact.person_id == staff[0]) & (Contact.unit_id == unit)
    goes_on = or_(Contact.ends_on.is_(None), Contact.ends_on >= it.today)
    if db.session().scalar(select(exists().where(theirs, goes_on))):
        return False
    wanted = contact_service.Wanted(staff[0], starts_on, cells["önskan"] or None)
    try:
        contact_service.give_contact(patient, unit, wanted, coordinating=coordinating, by=it.by, now=it.now)
    except tuple(REFUSED) as error:
        raise cells.fall(*REFUSED[type(error)]) from error
    return True


def _booking(cells: Cells, it: Brought) -> bool:
    unit, patient = _unit(cells, it), _patient(cells)
    people = _several(cells)
    day, start = cells.take("dag", _day), cells.take("börjar", row_rules.clock)
    end = cells.take("slutar", row_rules.clock)
    cells.done()
    assert unit and patient and people and day and start
    named = (ServiceType.unit_id == unit) & (func.lower(ServiceType.name) == cells["tidstyp"].casefold())
    kind = db.session().scalars(select(ServiceType).where(named, ServiceType.ended_at.is_(None))).one_or_none()
    if kind is None:
        raise cells.fall("tidstyp", "unknown_kind")
    try:
        starts_at = slot_rules.moment(day, start)
        if _is_booked(patient, kind.id, starts_at):
            return False
        length = timedelta(minutes=kind.minutes)
        span = slot_rules.span(day, start, end, length=length, now=it.now)
    except Wrong as error:
        column = {"day": "dag", "start": "börjar", "end": "slutar"}[error.field]
        raise cells.fall(column, error.code) from error
    _ensure_can_meet(cells, people, patient, kind, day, span)
    place, location = _place(cells, kind)
    link = cells.take("länk", _link)
    if link and kind.mode != "video":
        cells.bad("länk", "not_video")
    cells.done()
    wanted = bookings.Wanted(
        kind.id,
        patient,
        tuple(people),
        span.starts_at,
        span.ends_at,
        place=place,
        location_id=location,
        bring=cells["ta med"] or kind.bring or None,
        link=link,
    )
    try:
        bookings.make(wanted, by=it.by, now=it.now)
    except Busy as error:
        raise cells.fall("börjar", "busy") from error
    return True


def _ensure_can_meet(cells: Cells, people: list[UUID], patient: UUID, kind: ServiceType, day: date, span: Span) -> None:
    """Whether each of them works there that day, does this kind of time, and may; and whether it is open."""
    works = (Assignment.unit_id == kind.unit_id) & in_force(Assignment, literal(day))
    there = set(db.session().scalars(select(Assignment.person_id).where(Assignment.person_id.in_(people), works)))
    does = (ServiceStaff.service_type_id == kind.id) & ServiceStaff.person_id.in_(people)
    able = set(db.session().scalars(select(ServiceStaff.person_id).where(does)))
    no = (Block.patient_id == patient) & Block.person_id.in_(people) & Block.ended_at.is_(None)
    away = Absence.person_id.in_(people) & Absence.cancelled_at.is_(None) & (Absence.starts_at < span.ends_at)
    away &= or_(Absence.ends_at.is_(None), Absence.ends_at > span.starts_at)
    shut = (Closure.unit_id == kind.unit_id) & (Closure.starts_on <= day) & (Closure.ends_on >= day)
    for code, wrong in (
        ("not_at_unit", there != set(people)),
        ("not_kind", able != set(people)),
        ("not_wished", db.session().scalar(select(exists().where(no)))),
        ("own_patient", patient in people),
        ("away", db.session().scalar(select(exists().where(away)))),
    ):
        if wrong:
            raise cells.fall("hsa-id", code)
    if db.session().scalar(select(exists().where(shut))):
        raise cells.fall("dag", "shut")


def _is_booked(patient: UUID, kind: UUID, starts_at: datetime) -> bool:
    """Whether they have that time, or had it: what was cancelled does not come back with an old file."""
    same = (Booking.patient_id == patient) & (Booking.service_type_id == kind) & (Booking.starts_at == starts_at)
    return bool(db.session().scalar(select(exists().where(same, Booking.status != "entered-in-error"))))


def _place(cells: Cells, kind: ServiceType) -> tuple[str, UUID | None]:
    """Where it is, as the patient reads it: a place of the unit's by its name, or as it is written."""
    text = cells["plats"]
    if kind.mode in ("phone", "video"):
        if text:
            cells.bad("plats", "no_place")
        return "", None
    if kind.mode == "home":
        if not text:
            cells.bad("plats", "needed_place")
        return text, None
    mine = (Location.unit_id == kind.unit_id) & Location.ended_at.is_(None)
    named = func.lower(Location.name) == text.casefold() if text else Location.id == kind.location_id
    site = db.session().scalars(select(Location).where(mine, named)).one_or_none()
    if site:
        return f"{site.name}, {site.address}", site.id
    if not text:
        cells.bad("plats", "needed_place")
    return text, None


def _unit(cells: Cells, it: Brought) -> UUID | None:
    name = cells["mottagning"].casefold()
    if name not in it.units:
        it.units[name] = db.session().scalar(select(Unit.id).where(func.lower(Unit.name) == name).limit(1))
    if it.units[name] is None:
        cells.bad("mottagning", "unknown_unit")
    return it.units[name]


def _week(unit: UUID, it: Brought) -> Any:
    """When the unit is open: the pattern of whoever begins there, until somebody says another."""
    if unit not in it.weeks:
        hours = select(OfficeHours.weekday, OfficeHours.opens, OfficeHours.closes).where(OfficeHours.unit_id == unit)
        rows = db.run(hours.order_by(OfficeHours.weekday, OfficeHours.opens)).all()
        it.weeks[unit] = closing.week_of((row.weekday, row.opens, row.closes) for row in rows)
    return it.weeks[unit]


def _staff(cells: Cells) -> list[UUID] | None:
    found = _several(cells)
    if found and len(found) > 1:
        cells.bad("hsa-id", "one_person")
    return found


def _several(cells: Cells) -> list[UUID] | None:
    ids = cells.take("hsa-id", row_rules.hsa_ids)
    if not ids:
        return None
    rows = db.run(select(Staff.hsa_id, Staff.person_id).where(Staff.hsa_id.in_(ids))).all()
    known: dict[str, UUID] = {row.hsa_id: row.person_id for row in rows}
    if lost := [one for one in ids if one not in known]:
        cells.bad("hsa-id", "unknown_staff", " ".join(lost))
        return None
    return [known[one] for one in ids]


def _patient(cells: Cells) -> UUID | None:
    number = cells.take("personnummer", _number)
    person = _by_number(number) if number else None
    if number and (person is None or not db.session().get(Patient, person.id)):
        cells.bad("personnummer", "unknown_patient")
        return None
    if person and person.closed_at:
        cells.bad("personnummer", "closed")
        return None
    return person.id if person else None


def _by_number(number: str) -> Person | None:
    index = crypto.keyring().digest("person.number", number)
    return db.session().scalars(select(Person).where(Person.number_index == index)).one_or_none()


def _number(text: str) -> str:
    try:
        return accounts.normalised(row_rules.number(text))
    except BadNumber:
        raise Bad("number") from None


def _phone(text: str) -> str:
    try:
        parsed = phonenumbers.parse(text, "SE")
    except phonenumbers.NumberParseException:
        raise Bad("phone") from None
    if not phonenumbers.is_valid_number(parsed):
        raise Bad("phone")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _email(text: str) -> str:
    name, sign, host = text.rpartition("@")
    if not (name and sign and "." in host) or any(letter.isspace() for letter in text):
        raise Bad("email")
    return text


def _link(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        raise Bad("link") from None
    if parts.scheme != "https" or not parts.hostname or any(letter.isspace() for letter in text):
        raise Bad("link")
    return text


def _day(text: str) -> date:
    found = row_rules.day(text)
    if not YEARS[0] <= found.year <= YEARS[1]:
        raise Bad("day")
    return found


REFUSED: Mapping[type[Exception], tuple[str, str]] = {
    NotAtUnit: ("hsa-id", "not_at_unit"),
    NotAdult: ("personnummer", "not_adult"),
    AgeUnknown: ("personnummer", "not_adult"),
    NotWished: ("hsa-id", "not_wished"),
    Past: ("första dagen", "past_day"),
    HeldElsewhere: ("samordnar", "held_elsewhere"),
}
PUT: Mapping[str, Callable[[Cells, Brought], bool]] = {
    "people": _person,
    "assignments": _assignment,
    "contacts": _contact,
    "bookings": _booking,
}
