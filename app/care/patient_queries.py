"""A head's patients: whom they have as contacts, who lacks one, and what they have asked about it.

Every read here raises NotFound for whoever leads no unit. A head sees the contacts of the units they lead, or answer
for the head of, and of others only that there are some.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Patient, Person, Staff
from app.accounts.queries import Viewer, person_name, shown_name
from app.care.contact_queries import by_name
from app.care.models import Assignment, Block, Contact, ContactRequest, Unit
from app.care.queries import TODAY, in_force
from app.care.request_queries import LEADS, LED, OPEN, PATIENT, REFUSED, TOLD, Request, Whose, ensure_head, names_in
from app.core import crypto
from app.core.db import run
from app.core.errors import NotFound
from app.core.paging import cut

MOST_ROWS = 10_000
MOST_STAFF = 400
MOST_LINES = 60
NOBODY_YET = UUID(int=0)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """A patient's contact at a unit, during an unbroken time.

    `works` is false when the account or the work there has ended; `until` is the last day of contact or work.
    """

    key: UUID
    unit_id: UUID
    unit_name: str
    person_id: UUID
    name: str
    title: str
    coordinating: bool
    since: date
    ends_on: date | None
    until: date | None
    works: bool
    wish: str | None = None
    physician_because: str | None = None

    def over(self, today: date) -> bool:
        return self.ends_on is not None and self.ends_on < today


@dataclass(frozen=True)
class Row:
    """A patient in a head's list, with the contacts that are and will be."""

    key: UUID
    name: str
    unit_id: UUID
    unit_name: str
    lines: tuple[Line, ...]
    lacks: bool
    asks: bool

    @property
    def ends(self) -> date | None:
        """The last day when there is a contact, when one is known and nobody follows."""
        ends = [line.until for line in self.lines]
        return None if self.lacks or None in ends else max(day for day in ends if day)


@dataclass(frozen=True)
class PatientHead:
    """A patient as the head who appoints their contact sees them.

    `elsewhere` says that there is a contact at a unit of somebody else's, `held_elsewhere` that it coordinates.
    `may_write`: the head is one of those who care for patients there, and may write to this one first.
    """

    key: UUID
    name: str
    number: str | None
    elsewhere: bool
    held_elsewhere: bool
    may_write: bool
    protected: bool = False
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """Somebody who could be a patient's contact at a unit, and what stands in the way."""

    unit_id: UUID
    unit_name: str
    person_id: UUID
    name: str
    title: str
    physician: bool
    patients: int
    refused: bool
    is_contact: bool

    @property
    def free(self) -> bool:
        return not self.refused and not self.is_contact


Other = aliased(Contact, name="other")


def unended(model: Any) -> ColumnElement[bool]:
    return or_(model.ends_on.is_(None), model.ends_on >= TODAY)


SOMEWHERE = exists().where(Other.patient_id == Contact.patient_id, unended(Other))
CARE_ENDED = exists().where(
    Other.patient_id == Contact.patient_id,
    Other.unit_id == Contact.unit_id,
    Other.care_ended_at.is_not(None),
    Other.ends_on >= Contact.ends_on,
)
_lines = (
    select(
        Contact,
        Unit.name.label("unit_name"),
        Person.name_sealed.label("contact_sealed"),
        Staff.title,
        Assignment.ends_on.label("work_ends_on"),
        and_(Assignment.id.is_not(None), Person.closed_at.is_(None)).label("works"),
    )
    .join(Unit, Unit.id == Contact.unit_id)
    .join(Staff, Staff.person_id == Contact.person_id)
    .join(Person, Person.id == Staff.person_id)
    .outerjoin(
        Assignment,
        and_(
            Assignment.unit_id == Unit.id,
            Assignment.person_id == Staff.person_id,
            in_force(Assignment, func.greatest(Contact.starts_on, TODAY)),
        ),
    )
    .where(Contact.unit_id.in_(LED))
)
_patients = (
    _lines.add_columns(Whose.name_sealed.label("whose_sealed"), Whose.protected.label("whose_protected"))
    .join(Whose, Whose.id == Contact.patient_id)
    .where(or_(unended(Contact), and_(~SOMEWHERE, ~CARE_ENDED)), Whose.closed_at.is_(None))
    .order_by(Contact.patient_id, Contact.starts_on, Contact.coordinating.desc(), Contact.id)
    .limit(MOST_ROWS)
)
_history = (
    _lines.where(Contact.patient_id == PATIENT).order_by(Contact.starts_on.desc(), Contact.id.desc()).limit(MOST_LINES)
)
_line = _lines.where(Contact.id == bindparam("contact"))
_elsewhere = exists().where(Contact.patient_id == Patient.person_id, unended(Contact), Contact.unit_id.not_in(LED))
_held_elsewhere = exists().where(
    Contact.patient_id == Patient.person_id, unended(Contact), Contact.unit_id.not_in(LED), Contact.coordinating
)
_here = exists().where(Contact.patient_id == Patient.person_id, unended(Contact), Contact.unit_id.in_(LED))
_asks_here = exists().where(ContactRequest.patient_id == Patient.person_id, OPEN, TOLD)
_nowhere = ~exists().where(Contact.patient_id == Patient.person_id, unended(Contact))
_may_write = exists().where(
    Contact.patient_id == Patient.person_id,
    in_force(Contact, TODAY),
    Contact.unit_id.in_(LED),
    Assignment.unit_id == Contact.unit_id,
    Assignment.person_id == bindparam("viewer"),
    Assignment.role.in_(("licensed", "care")),
    in_force(Assignment, TODAY),
)
_is_contact = exists().where(
    Contact.patient_id == Patient.person_id, Contact.person_id == bindparam("viewer"), in_force(Contact, TODAY)
)
# Whoever has no contact at all is reachable for every head that knows their key; whoever has one, for theirs.
_head = (
    select(
        Patient.person_id,
        Person.name_sealed,
        Person.number_sealed,
        Person.protected,
        _is_contact.label("is_contact"),
        _elsewhere.label("elsewhere"),
        _held_elsewhere.label("held_elsewhere"),
        _may_write.label("may_write"),
        REFUSED,
    )
    .join(Person, Person.id == Patient.person_id)
    .where(exists(LEADS.subquery().select()), or_(_here, _asks_here, _nowhere), Person.closed_at.is_(None))
)
_by_key = _head.where(Patient.person_id == PATIENT)
_by_number = _head.where(Person.number_index == bindparam("digest"))

_count = (
    select(func.count(Contact.patient_id.distinct()))
    .where(Contact.unit_id == Unit.id, Contact.person_id == Staff.person_id, unended(Contact))
    .scalar_subquery()
)
_choices = (
    select(
        Unit.id,
        Unit.name,
        Staff.person_id,
        Person.name_sealed,
        Staff.title,
        Staff.physician,
        _count.label("patients"),
        exists()
        .where(Block.patient_id == PATIENT, Block.person_id == Staff.person_id, Block.ended_at.is_(None))
        .label("refused"),
        exists()
        .where(
            Contact.patient_id == PATIENT,
            Contact.unit_id == Unit.id,
            Contact.person_id == Staff.person_id,
            unended(Contact),
        )
        .label("is_contact"),
    )
    .join(Assignment, Assignment.unit_id == Unit.id)
    .join(Staff, Staff.person_id == Assignment.person_id)
    .join(Person, Person.id == Staff.person_id)
    .where(
        Unit.id.in_(LED),
        Assignment.role.in_(("licensed", "care")),
        in_force(Assignment, TODAY),
        Person.closed_at.is_(None),
        Staff.person_id != PATIENT,
    )
    .order_by(Unit.id, Staff.person_id)
    .limit(MOST_STAFF)
)


def patients_of(viewer: Viewer, requests: Iterable[Request], *, today: date) -> list[Row]:
    """Everybody who belongs to a unit that the viewer leads, by name, and those whose open requests are given.

    One who has gone on to another unit, or whose care has ended, is not among them.
    """
    ensure_head(viewer)
    values = {"viewer": viewer.person_id, "today": today}
    asks = {it.patient_id: it for it in requests}
    found = []
    for patient_id, them in groupby(run(_patients, values).all(), key=lambda row: row.patient_id):
        rows = list(them)
        lines = tuple(line for line in _joined(rows, today) if not line.over(today))
        hidden = rows[0].whose_protected and viewer.person_id not in {line.person_id for line in lines}
        name, unit = shown_name(patient_id, rows[0].whose_sealed, hidden=hidden), rows[-1]
        found.append(
            Row(patient_id, name, unit.unit_id, unit.unit_name, lines, _lacks(lines, today), patient_id in asks)
        )
        asks.pop(patient_id, None)
    found += [Row(it.patient_id, it.patient_name, it.unit_id, it.unit_name, (), True, True) for it in asks.values()]
    return sorted(found, key=lambda it: (by_name(it.name), it.key))


def named_like(rows: Iterable[Row], words: str) -> list[Row]:
    """Those whose name has each of the words at the beginning of one of its own."""
    wanted = by_name(words).split()
    return [row for row in rows if all(any(part.startswith(it) for part in by_name(row.name).split()) for it in wanted)]


def after(rows: Sequence[Row], key: UUID | None) -> tuple[list[Row], bool]:
    """The page that begins after a patient, and whether there is more; the first one when nobody has that key."""
    place = next((n for n, row in enumerate(rows, 1) if row.key == key), 0)
    return cut(rows[place:])


def patient_for(viewer: Viewer, patient: UUID, *, today: date) -> PatientHead:
    """One patient whose contact the viewer appoints; raises NotFound."""
    values = {"viewer": viewer.person_id, "patient": patient, "today": today}
    row = run(_by_key, values).one_or_none()
    if row is None:
        raise NotFound
    hidden = row.protected and not row.is_contact
    return PatientHead(
        key=row.person_id,
        name=shown_name(row.person_id, row.name_sealed, hidden=hidden),
        number=None
        if hidden
        else row.number_sealed
        and crypto.keyring().open(row.number_sealed, crypto.place("person.number", row.person_id)),
        elsewhere=row.elsewhere,
        held_elsewhere=row.held_elsewhere,
        may_write=row.may_write,
        protected=row.protected,
        refused=names_in(row.refused),
    )


def patient_with(viewer: Viewer, number: str, *, today: date) -> UUID | None:
    """Who has a normalised number, as long as the viewer may appoint their contact; nobody and not yours are None."""
    ensure_head(viewer)
    digest = crypto.keyring().digest("person.number", number)
    return run(_by_number, {"viewer": viewer.person_id, "digest": digest, "today": today}).scalar()


def lines_of(viewer: Viewer, patient: UUID, *, today: date) -> tuple[list[Line], list[Line]]:
    """The patient's contacts at the viewer's units: those that are or will be, then those that were."""
    rows = run(_history, {"viewer": viewer.person_id, "patient": patient, "today": today}).all()
    lines = _joined(rows, today, whole=True)
    return [it for it in lines if not it.over(today)], [it for it in reversed(lines) if it.over(today)]


def line_for(viewer: Viewer, contact: UUID, *, today: date) -> tuple[UUID, Line]:
    """One contact at a unit of the viewer's, ended or not, and whose it is; raises NotFound."""
    row = run(_line, {"viewer": viewer.person_id, "contact": contact, "today": today}).one_or_none()
    if row is None:
        raise NotFound
    return row.patient_id, _joined([row], today, whole=True)[0]


def choices_for_new(viewer: Viewer, *, today: date) -> list[Choice]:
    """Who could be the contact of somebody who is no patient yet; raises NotFound for whoever leads no unit."""
    ensure_head(viewer)
    return choices_for(viewer, NOBODY_YET, today=today)


def choices_for(viewer: Viewer, patient: UUID, *, unit: UUID | None = None, today: date) -> list[Choice]:
    """Who could be the patient's contact at the viewer's units, or at one of them, by unit and name."""
    rows = run(_choices, {"viewer": viewer.person_id, "patient": patient, "today": today}).all()
    found = [
        Choice(
            unit_id=row.id,
            unit_name=row.name,
            person_id=row.person_id,
            name=person_name(row.person_id, row.name_sealed),
            title=row.title,
            physician=row.physician,
            patients=row.patients,
            refused=row.refused,
            is_contact=row.is_contact,
        )
        for row in rows
        if unit in (None, row.id)
    ]
    return sorted(found, key=lambda it: (by_name(it.unit_name), by_name(it.name), it.person_id))


def _lacks(lines: tuple[Line, ...], today: date) -> bool:
    return not any(line.works and line.since <= today for line in lines)


def _joined(rows: Sequence[Any], today: date, *, whole: bool = False) -> list[Line]:
    """Rows as lines in the order of their days: one person's days that follow on each other are one line."""
    last: dict[tuple[UUID, UUID], Line] = {}
    lines: list[Line] = []
    for row in sorted(rows, key=lambda row: (row.starts_on, not row.coordinating, row.appointed_at)):
        line = _line_of(row, whole=whole)
        before = last.get((row.unit_id, row.person_id))
        if before and before.ends_on and before.ends_on + DAY == line.since:
            lines.remove(before)
            now = before if before.ends_on >= today else line
            line = replace(line, key=now.key, coordinating=now.coordinating, since=before.since)
        last[row.unit_id, row.person_id] = line
        lines.append(line)
    return lines


def _line_of(row: Any, *, whole: bool) -> Line:
    ends = [day for day in (row.ends_on, row.work_ends_on) if day]
    return Line(
        key=row.id,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        person_id=row.person_id,
        name=person_name(row.person_id, row.contact_sealed),
        title=row.title,
        coordinating=row.coordinating,
        since=row.starts_on,
        ends_on=row.ends_on,
        until=min(ends) if ends else None,
        works=row.works,
        wish=_opened(row, "wish") if whole else None,
        physician_because=_opened(row, "physician_because") if whole else None,
    )


def _opened(row: Any, column: str) -> str | None:
    sealed = getattr(row, f"{column}_sealed")
    return sealed and crypto.keyring().open(sealed, crypto.place(f"contact.{column}", row.id))
