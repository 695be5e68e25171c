"""The names that a file about a patient needs, and how rows and moments are put in it."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Person, Staff
from app.accounts.queries import person_name
from app.care.models import Unit
from app.core import db
from app.core.locale import gettext as _
from app.core.locale import local
from app.exchange.models import ApiClient
from app.log import words

MOST = 200_000


class Known:
    """The names that a file needs, each asked for once. Where somebody's identity is protected, no place is named."""

    def __init__(self, patient_id: UUID, *, hides_places: bool) -> None:
        self.patient_id, self.hides_places = patient_id, hides_places
        self._people: dict[UUID, str] = {}
        self._units: dict[UUID, str] = {}
        self._systems: dict[str, str] = {}

    def learn(self, people: Iterable[UUID | None], units: Iterable[UUID | None]) -> None:
        """Ask for many names at once."""
        wanted = {key for key in people if key} - self._people.keys()
        for row in db.run(
            select(Person.id, Person.name_sealed, Staff.title)
            .outerjoin(Staff, Staff.person_id == Person.id)
            .where(Person.id.in_(wanted))
        ).all():
            # Who else than staff and the patient has looked is not said by name: a relative may be protected too.
            own = row.id == self.patient_id
            named = f"{person_name(row.id, row.name_sealed)}, {row.title}" if row.title else _("någon du har bjudit in")
            self._people[row.id] = _("du själv") if own else named
        missing = {key for key in units if key} - self._units.keys()
        self._units |= {
            row.id: row.name for row in db.run(select(Unit.id, Unit.name).where(Unit.id.in_(missing))).all()
        }

    def name(self, key: UUID | None) -> str | None:
        if key is None:
            return None
        if key not in self._people:
            self.learn([key], [])
        return self._people.get(key)

    def system(self, about: str | None) -> str | None:
        """The other system that did what a row says, as the log's own page names it."""
        kind, _colon, key = (about or "").partition(":")
        if kind != "client":
            return None
        if key not in self._systems:
            name = db.session().scalar(select(ApiClient.name).where(ApiClient.id == db.long(key)))
            self._systems[key] = words.who("", system=name or "")
        return self._systems[key]

    def unit(self, key: UUID | None) -> str | None:
        if key is None or self.hides_places:
            return None
        if key not in self._units:
            self.learn([], [key])
        return self._units.get(key)


def rows(model: Any, which: Any, *order: Any) -> list[Any]:
    return list(db.session().scalars(select(model).where(which).order_by(*order).limit(MOST)))


def said(at: datetime | date | None) -> str | None:
    """A moment in Swedish wall time with its offset, or a day."""
    if at is None:
        return None
    return local(at).isoformat(timespec="seconds") if isinstance(at, datetime) else at.isoformat()
