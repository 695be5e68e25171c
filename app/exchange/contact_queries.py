"""What another system may read of somebody's fast vårdkontakt, and of who answers now."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Person, Staff
from app.care import answer_queries
from app.care.answer_queries import Answering, Named
from app.care.models import Assignment, Contact, Unit
from app.care.queries import CARD, TODAY, WORKS, ContactCard, card, in_force
from app.core import crypto
from app.core.audit import Entry
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import local
from app.exchange.careteam import Manager, Now, Team
from app.exchange.reader_queries import Client, number_index
from app.exchange.search_rules import Search

MOST = 20
OVER = timedelta(days=90)
"""So long a contact that has ended is told of as ended, to whoever knows its key."""
FUNCTION = "Regionens funktion"

Whose = aliased(Person, name="whose")
Other = aliased(Contact, name="other")
_several = exists().where(Other.patient_id == Contact.patient_id, Other.id != Contact.id, in_force(Other, TODAY))
_managers = (
    select(
        Contact.id,
        Contact.patient_id,
        Contact.coordinating,
        Contact.starts_on,
        Contact.ends_on,
        *CARD,
        Staff.hsa_id,
        Unit.hsa_id.label("unit_hsa"),
        Whose.protected,
        Whose.number_sealed,
        and_(in_force(Contact, TODAY), Whose.closed_at.is_(None)).label("active"),
        _several.label("several"),
    )
    .join(Staff, Staff.person_id == Contact.person_id)
    .join(Person, Person.id == Staff.person_id)
    .join(Unit, Unit.id == Contact.unit_id)
    .join(Whose, Whose.id == Contact.patient_id)
    .outerjoin(Assignment, WORKS)
)


def _reached(asked: Select[*tuple[Any, ...]], viewer: Client) -> Select[*tuple[Any, ...]]:
    asked = asked.where(Unit.region_id == viewer.region)
    return asked.where(Unit.id == viewer.unit) if viewer.unit else asked


def managers_for(viewer: Client, search: Search, *, at: datetime, today: date) -> tuple[list[Manager], list[Entry]]:
    """A patient's contacts that stand today, by their number, the coordinating one first; raises Unfit."""
    assert search.number
    asked = _reached(_managers, viewer).where(
        Whose.number_index == number_index(search.number), in_force(Contact, TODAY), Whose.closed_at.is_(None)
    )
    order = (Contact.coordinating.desc(), Contact.appointed_at, Contact.id)
    rows = run(asked.order_by(*order).limit(min(search.count, MOST)), {"today": today}).all()
    return _told(viewer, rows, at=at, today=today, asked_by_number=True)


def manager_for(viewer: Client, key: UUID, *, at: datetime, today: date) -> tuple[list[Manager], list[Entry]]:
    """One contact, which stands or has ended lately; nothing when there is none."""
    asked = _reached(_managers, viewer).where(
        Contact.id == key, or_(Contact.ends_on.is_(None), Contact.ends_on >= bindparam("since", today - OVER))
    )
    rows = run(asked, {"today": today}).all()
    return _told(viewer, rows, at=at, today=today, asked_by_number=False)


def team_for(viewer: Client, key: UUID) -> Team:
    """A unit, which is what anybody may know of it; raises NotFound."""
    columns = (Unit.id, Unit.name, Unit.hsa_id, Unit.phone, Unit.phone_hours)
    row = run(_reached(select(*columns), viewer).where(Unit.id == key)).one_or_none()
    if row is None:
        raise NotFound
    return Team(row.id, row.name, row.hsa_id, row.phone, row.phone_hours)


def _told(
    viewer: Client, rows: Any, *, at: datetime, today: date, asked_by_number: bool
) -> tuple[list[Manager], list[Entry]]:
    """Some contacts of one patient, each with who answers now."""
    cards = {row.id: card(row, row.id, row.coordinating) for row in rows if row.active and not row.protected}
    known: dict[UUID, Answering] = {}
    if cards:
        known = answer_queries.answers_for(viewer, rows[0].patient_id, cards.values(), at=at, today=today)
    told = [_manager(row, known.get(row.id), at, asked_by_number=asked_by_number) for row in rows]
    entries = [Entry("api.contact_read", row.patient_id, row.unit_id, viewer.named) for row in rows]
    return told, entries


def _manager(row: Any, answering: Answering | None, at: datetime, *, asked_by_number: bool) -> Manager:
    it: ContactCard = card(row, row.id, row.coordinating)
    number = row.number_sealed and crypto.keyring().open(
        row.number_sealed, crypto.place("person.number", row.patient_id)
    )
    known = Manager(
        key=row.id,
        number=number if asked_by_number or not row.protected else None,
        protected=row.protected,
        coordinates=row.coordinating and row.several,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        active=row.active,
        title=it.title,
    )
    if row.protected:
        return known
    return replace(
        known,
        name=it.name,
        hsa_id=row.hsa_id,
        phone=it.phone,
        phone_hours=it.phone_hours,
        team=Team(it.unit_id, it.unit_name, row.unit_hsa, it.unit_phone, it.unit_hours),
        now=_now(answering, at) if answering else None,
    )


def _now(it: Answering, at: datetime) -> Now:
    return Now(
        asked_at=at,
        who=_said(it.now),
        instead=it.instead,
        phone=it.now.phone,
        until=it.until,
        then=_said(it.then) if it.then else None,
        then_from=it.then_from,
        back=local(it.back).date() if it.back else None,
        opens=it.opens,
        promise=it.promise,
    )


def _said(it: Named) -> str:
    return f"{it.name}, {it.title}" if it.key else FUNCTION
