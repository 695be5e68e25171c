"""Who is away, as that person, their head and those who answer meanwhile may see it. Never why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.accounts.models import Person, Staff
from app.accounts.queries import Viewer, person_name
from app.care.absence_rules import Stretch
from app.care.cover_models import Absence, AbsenceSubstitute, StandingSubstitute
from app.care.models import Assignment, Unit
from app.care.queries import leads
from app.care.team_queries import VIEWER, still
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import local
from app.core.paging import PAGE, cut

MOST = 200
BEHIND = timedelta(days=30)

Head = aliased(Person, name="head_person")
By = aliased(Person, name="by_person")
Sub = aliased(Person, name="sub_person")
PERSON = bindparam("person", type_=Person.id.type)


@dataclass(frozen=True)
class Colleague:
    """Somebody who may be asked to answer."""

    key: UUID
    name: str
    title: str


@dataclass(frozen=True)
class Workplace:
    """A unit that somebody is part of the answer at, and who leads it."""

    key: UUID
    name: str
    version: int
    head: Colleague


@dataclass(frozen=True)
class Subject:
    """Whose absences they are. `own` is false when it is the head who looks. `standing` answer when nobody is named."""

    key: UUID
    name: str
    own: bool
    units: tuple[Workplace, ...]
    standing: tuple[Colleague, ...]


@dataclass(frozen=True)
class Asked:
    """A substitute of an absence, and what they have said."""

    key: UUID
    name: str
    yes: bool
    no: bool


@dataclass(frozen=True)
class AbsenceRow:
    """An absence with those who answer meanwhile, in order. `by` wrote it down, when that was another.

    `versions` are those of the units that the person is part of the answer at.
    """

    key: UUID
    person_id: UUID
    name: str
    registered_at: datetime
    versions: dict[UUID, int | None]
    starts_at: datetime
    ends_at: datetime | None
    substitutes: tuple[Asked, ...]
    by: str | None

    @property
    def period(self) -> Stretch:
        return Stretch(self.starts_at, self.ends_at)

    @property
    def answering(self) -> tuple[UUID, ...]:
        return tuple(it.key for it in self.substitutes if not it.no)

    @property
    def asked(self) -> tuple[UUID, ...]:
        """As the order sees it: where all have said no, nobody but the person, and not the standing ones again."""
        return self.answering or ((self.person_id,) if self.substitutes else ())


Led = aliased(Unit, name="led")
Under = aliased(Assignment, name="under")


def reached(person: Any) -> ColumnElement[bool]:
    """Whether somebody's absences are the viewer's: their own, or they work where the viewer leads."""
    works_there = exists().where(Under.person_id == person, still(Under), Under.unit_id == Led.id, leads(VIEWER, Led))
    return or_(person == VIEWER, works_there)


_subject = (
    select(
        Person.name_sealed,
        Unit.id,
        Unit.name,
        Unit.care_version,
        Unit.head_id,
        Head.name_sealed.label("head_sealed"),
        StandingSubstitute.person_id.label("sub_id"),
        Sub.name_sealed.label("sub_sealed"),
        Staff.title.label("sub_title"),
    )
    .select_from(Unit)
    .join(Person, Person.id == PERSON)
    .join(Head, Head.id == Unit.head_id)
    .outerjoin(Assignment, and_(Assignment.unit_id == Unit.id, Assignment.person_id == PERSON, still(Assignment)))
    .outerjoin(StandingSubstitute, StandingSubstitute.assignment_id == Assignment.id)
    .outerjoin(Sub, Sub.id == StandingSubstitute.person_id)
    .outerjoin(Staff, Staff.person_id == Sub.id)
    .where(
        or_(
            Assignment.id.is_not(None),
            leads(PERSON),
        ),
        reached(PERSON),
    )
    .order_by(Assignment.id.is_(None), Unit.name, Unit.id, StandingSubstitute.n)
    .limit(MOST)
)
_colleagues = (
    select(Assignment.person_id, Person.name_sealed, Staff.title)
    .join(Person, Person.id == Assignment.person_id)
    .join(Staff, Staff.person_id == Assignment.person_id)
    .where(
        Assignment.unit_id.in_(bindparam("units", expanding=True)),
        Assignment.role.in_(("licensed", "care")),
        Assignment.person_id != PERSON,
        still(Assignment),
        Person.closed_at.is_(None),
    )
    .distinct()
    .order_by(Assignment.person_id)
    .limit(MOST)
)
_versions = (
    select(func.jsonb_object_agg(Led.id, Led.care_version))
    .where(Led.id.in_(select(Under.unit_id).where(Under.person_id == Absence.person_id, still(Under))))
    .correlate(Absence)
    .scalar_subquery()
    .label("versions")
)
_ROW = (
    Absence.id,
    Absence.person_id,
    Absence.starts_at,
    Absence.ends_at,
    Absence.registered_at,
    Absence.registered_by,
    Absence.cancelled_at,
    Person.name_sealed,
    _versions,
    By.name_sealed.label("by_sealed"),
)
_page = (
    select(*_ROW)
    .join(By, By.id == Absence.registered_by)
    .join(Person, Person.id == Absence.person_id)
    .where(Absence.person_id == PERSON, reached(PERSON), Absence.cancelled_at.is_(None))
    .where(or_(Absence.ends_at.is_(None), Absence.ends_at > bindparam("since", type_=Absence.starts_at.type)))
    .order_by(Absence.starts_at.desc(), Absence.id.desc())
    .limit(PAGE + 1)
)
_place = tuple_(bindparam("at", type_=Absence.starts_at.type), bindparam("id", type_=Absence.id.type))
_page_before = _page.where(tuple_(Absence.starts_at, Absence.id) < _place)
_one = select(*_ROW).join(By, By.id == Absence.registered_by).join(Person, Person.id == Absence.person_id)
_one = _one.where(Absence.id == bindparam("absence"))
_one = _one.where(reached(Absence.person_id))


def _with_substitutes(page: Any) -> Any:
    rows = page.subquery("page")
    return (
        select(
            rows,
            AbsenceSubstitute.n,
            AbsenceSubstitute.person_id.label("sub_id"),
            AbsenceSubstitute.seen_at,
            AbsenceSubstitute.declined_at,
            Sub.name_sealed.label("sub_sealed"),
        )
        .outerjoin(AbsenceSubstitute, AbsenceSubstitute.absence_id == rows.c.id)
        .outerjoin(Sub, Sub.id == AbsenceSubstitute.person_id)
        .order_by(rows.c.starts_at.desc(), rows.c.id.desc(), AbsenceSubstitute.n)
    )


_absences, _absences_before, _absence = (_with_substitutes(it) for it in (_page, _page_before, _one))


def subject_for(viewer: Viewer, person_id: UUID | None = None, *, today: date) -> Subject:
    """The viewer themselves, or somebody who works where the viewer leads; raises NotFound.

    Somebody who is part of the answer nowhere has no `units`.
    """
    key = person_id or viewer.person_id
    rows: Sequence[Any] = run(_subject, {"viewer": viewer.person_id, "person": key, "today": today}).all()
    if not rows:
        if key != viewer.person_id:
            raise NotFound
        return Subject(key, viewer.name, True, (), ())
    units = {
        row.id: Workplace(
            row.id, row.name, row.care_version, Colleague(row.head_id, person_name(row.head_id, row.head_sealed), "")
        )
        for row in rows
    }
    standing = {
        row.sub_id: Colleague(row.sub_id, person_name(row.sub_id, row.sub_sealed), row.sub_title)
        for row in rows
        if row.sub_id
    }
    name = person_name(key, rows[0].name_sealed)
    return Subject(key, name, key == viewer.person_id, tuple(units.values()), tuple(standing.values()))


def colleagues_of(viewer: Viewer, subject: Subject, *, today: date) -> list[Colleague]:
    """Those who may be asked to answer for somebody, by name."""
    values = {"units": [it.key for it in subject.units], "person": subject.key, "today": today}
    found = [
        Colleague(row.person_id, person_name(row.person_id, row.name_sealed), row.title)
        for row in run(_colleagues, values)
    ]
    return sorted(found, key=lambda it: (it.name, it.key))


def absences_of(
    viewer: Viewer, subject: Subject, *, now: datetime, before: tuple[datetime, UUID] | None = None
) -> tuple[list[AbsenceRow], bool]:
    """Somebody's absences to come, those of now and of the last thirty days; the last to begin is first."""
    values = {
        "viewer": viewer.person_id,
        "person": subject.key,
        "today": local(now).date(),
        "since": now - BEHIND,
    }
    if before:
        found = run(_absences_before, values | {"at": before[0], "id": before[1]}).all()
    else:
        found = run(_absences, values).all()
    return cut(list(_rows(found)))


def absence_for(viewer: Viewer, key: UUID, *, today: date) -> AbsenceRow:
    """One absence that is the viewer's own, or of somebody who works where the viewer leads; raises NotFound."""
    found = run(_absence, {"viewer": viewer.person_id, "absence": key, "today": today}).all()
    if not found or found[0].cancelled_at is not None:
        raise NotFound
    return next(iter(_rows(found)))


def _rows(found: Iterable[Any]) -> Iterable[AbsenceRow]:
    """The absences of joined rows, each with its substitutes."""
    gathered: dict[UUID, list[Any]] = {}
    for row in found:
        gathered.setdefault(row.id, []).append(row)
    for rows in gathered.values():
        row = rows[0]
        yield AbsenceRow(
            key=row.id,
            person_id=row.person_id,
            name=person_name(row.person_id, row.name_sealed),
            registered_at=row.registered_at,
            versions={UUID(key): version for key, version in (row.versions or {}).items()},
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            substitutes=tuple(
                Asked(
                    it.sub_id, person_name(it.sub_id, it.sub_sealed), it.seen_at is not None, it.declined_at is not None
                )
                for it in rows
                if it.sub_id
            ),
            by=person_name(row.registered_by, row.by_sealed) if row.registered_by != row.person_id else None,
        )
