"""What relatives are let see. Each question is asked anew, so that what is taken back is gone at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, bindparam, exists, func, literal, select, true
from sqlalchemy.orm import aliased

from app.accounts.models import Person, Relative, Staff
from app.accounts.queries import Viewer, shown_name
from app.care import answer_queries
from app.care.answer_queries import Answering
from app.care.models import Assignment, Contact, Unit
from app.care.queries import CARD, TODAY, WORKS, ContactCard, card, in_force
from app.core.errors import NotFound
from app.core.query import Query
from app.relatives import rules
from app.relatives.models import Consent, Relation

MOST = 20


@dataclass(frozen=True)
class LetIn:
    """A patient who has let the viewer in: to what, now, and until when."""

    key: UUID
    patient_id: UUID
    items: frozenset[str]
    until: datetime
    protected: bool
    name_sealed: bytes = field(repr=False)

    @property
    def state(self) -> str:
        """A string that changes whenever what is shared does."""
        return f"{'+'.join(sorted(self.items))}.{self.until:%Y%m%d}"

    @property
    def last(self) -> date:
        return rules.last_of(self.until)

    @cached_property
    def name(self) -> str:
        """The patient's name; their initials when their identity is protected."""
        return shown_name(self.patient_id, self.name_sealed, hidden=self.protected)


@dataclass(frozen=True)
class Shared:
    """What a relative sees. Where contacts are among it: as the patient sees them, to read and not to write to."""

    let_in: LetIn
    contacts: list[ContactCard]
    answers: dict[UUID, Answering]


def in_force_now(now: Any) -> ColumnElement[bool]:
    """Whether one item of consent holds: never for longer than it was given for, and not once it is taken back."""
    return and_(Consent.taken_back_at.is_(None), Consent.starts_at <= now, Consent.ends_at > now)


NOW = bindparam("now", type_=Relation.until_at.type)
# Nothing is shown of a patient who has locked what is theirs, or whose account is closed.
Him = aliased(Person)
_holds = (
    Relation.relative_id == bindparam("viewer"),
    Relation.confirmed_at.is_not(None),
    Relation.ended_at.is_(None),
    Relation.until_at > NOW,
    Him.closed_at.is_(None),
    Him.locked_at.is_(None),
)
_items = (
    select(func.string_agg(Consent.item, literal(" "), type_=Text))
    .where(Consent.relation_id == Relation.id, in_force_now(NOW))
    .correlate(Relation)
    .scalar_subquery()
)
LET_IN = (
    select(
        Relation.id.label("relation_id"),
        Relation.patient_id,
        Relation.until_at,
        Him.protected,
        Him.name_sealed.label("patient_name_sealed"),
        _items.label("items"),
    )
    .join(Him, Him.id == Relation.patient_id)
    .where(*_holds)
)
_ALL = Query(LET_IN.order_by(Relation.confirmed_at, Relation.id).limit(MOST))
_mine = LET_IN.where(Relation.id == bindparam("relation"))
_ONE = Query(_mine)
WAITS, OFFERED = "waits", "offered"
_never = and_(Relation.confirmed_at.is_(None), Relation.ended_at.is_(None))
_WAS = Query(
    select(_never.label("waits")).where(
        Relation.id == bindparam("relation"), Relation.relative_id == bindparam("viewer")
    )
)
_OFFERED = Query(
    select(Relation.id).where(
        Relation.id == bindparam("relation"),
        Relation.patient_id == bindparam("viewer"),
        Relation.accepted_at.is_(None),
    )
)
CONTACTS = (
    _mine.add_columns(Contact.id.label("contact_id"), Contact.coordinating, *CARD)
    .select_from(Relation)
    .outerjoin(Contact, and_(Contact.patient_id == Relation.patient_id, in_force(Contact, TODAY)))
    .outerjoin(Staff, Staff.person_id == Contact.person_id)
    .outerjoin(Person, Person.id == Staff.person_id)
    .outerjoin(Unit, Unit.id == Contact.unit_id)
    .outerjoin(Assignment, WORKS)
    .order_by(Contact.coordinating.desc(), Contact.appointed_at, Contact.id)
    .limit(MOST)
)
_CONTACTS = Query(CONTACTS)


SEEN = "shared.seen"


def waits(viewer: Viewer, relation: UUID) -> bool:
    """Whether the patient has yet to say that the viewer is who they wanted; raises NotFound when it is not theirs."""
    row = _WAS.row(viewer=viewer.person_id, relation=relation)
    if row is None:
        raise NotFound
    return row.waits


def state_of(viewer: Viewer, relation: UUID, *, now: datetime) -> str | None:
    """A string that changes whenever the viewer's page of it does; None when there is nothing to see (any longer).

    For the patient it is there as long as nobody has answered, also when they take it back, which their own page says.
    """
    keys = {"viewer": viewer.person_id, "relation": relation}
    row = _ONE.row(**keys, now=now)
    it = let_in_of(row) if row else None
    if it and it.items:
        return it.state
    row = _WAS.row(**keys)
    if row and row.waits:
        return WAITS
    return OFFERED if _OFFERED.row(**keys) else None


def let_in(viewer: Viewer, *, now: datetime) -> list[LetIn]:
    """The patients who let the viewer in now, in the order in which they did."""
    return [found for row in _ALL.rows(viewer=viewer.person_id, now=now) if (found := let_in_of(row)).items]


def shared(viewer: Viewer, relation: UUID, item: str, *, now: datetime) -> LetIn:
    """Whoever lets the viewer see this item now; raises NotFound, whatever the reason that they do not."""
    return _opened(_ONE.row(viewer=viewer.person_id, relation=relation, now=now), item)


def seen_by(viewer: Viewer, relation: UUID, *, now: datetime, today: date) -> Shared:
    """All that a patient lets the viewer see now; raises NotFound when it is nothing.

    One statement both asks whether it may be seen and fetches it, so that nothing is taken back in between.
    """
    rows = _CONTACTS.rows(viewer=viewer.person_id, relation=relation, now=now, today=today)
    it = let_in_of(rows[0]) if rows else None
    if it is None or not it.items:
        raise NotFound
    there = [row for row in rows if row.contact_id and row.unit_id and "contact" in it.items]
    cards = [card(row, row.contact_id, row.coordinating) for row in there]
    found = answer_queries.who_answers(viewer, cards, at=now, today=today, patient=it.patient_id)
    return Shared(it, cards, found)


def _opened(row: Any, item: str) -> LetIn:
    it = let_in_of(row) if row else None
    if it is None or item not in it.items:
        raise NotFound
    return it


def let_in_of(row: Any) -> LetIn:
    items = frozenset((row.items or "").split())
    return LetIn(row.relation_id, row.patient_id, items, row.until_at, row.protected, row.patient_name_sealed)


@dataclass(frozen=True)
class Near:
    """What stands on a relative's start page: who lets them in, whether somebody is yet to, and where they live.

    Who answers now is there when it is one patient; of several, each has a page that says it.
    """

    shared: list[Shared]
    waits: bool
    municipality: str | None


_theirs = (
    LET_IN.add_columns(Relation.confirmed_at)
    .order_by(Relation.confirmed_at, Relation.id)
    .limit(MOST)
    .subquery("theirs")
)
_is_waiting = exists().where(
    Relation.relative_id == Relative.person_id, Relation.confirmed_at.is_(None), Relation.ended_at.is_(None)
)
# One statement, since a start page has only so many: the relative, who lets them in, and the contacts of each.
_NEAR = Query(
    select(
        Relative.municipality,
        _is_waiting.label("waits"),
        *_theirs.c,
        Contact.id.label("contact_id"),
        Contact.coordinating,
        *CARD,
    )
    .select_from(Relative)
    .outerjoin(_theirs, true())
    .outerjoin(Contact, and_(Contact.patient_id == _theirs.c.patient_id, in_force(Contact, TODAY)))
    .outerjoin(Staff, Staff.person_id == Contact.person_id)
    .outerjoin(Person, Person.id == Staff.person_id)
    .outerjoin(Unit, Unit.id == Contact.unit_id)
    .outerjoin(Assignment, WORKS)
    .where(Relative.person_id == bindparam("viewer"))
    .order_by(
        _theirs.c.confirmed_at, _theirs.c.relation_id, Contact.coordinating.desc(), Contact.appointed_at, Contact.id
    )
    .limit(5 * MOST)
)


def near(viewer: Viewer, *, now: datetime, today: date) -> Near:
    """Everybody who lets the viewer in now, and what each shares; raises NotFound for whoever is no relative."""
    rows = _NEAR.rows(viewer=viewer.person_id, now=now, today=today)
    if not rows:
        raise NotFound
    theirs: dict[UUID, list[Any]] = {}
    for row in rows:
        if row.relation_id and row.items:
            theirs.setdefault(row.relation_id, []).append(row)
    found = [_shared_of(them) for them in theirs.values()]
    if len(found) == 1:
        it = found[0]
        answers = answer_queries.who_answers(viewer, it.contacts, at=now, today=today, patient=it.let_in.patient_id)
        found = [Shared(it.let_in, it.contacts, answers)]
    return Near(found, rows[0].waits, rows[0].municipality)


def _shared_of(rows: Sequence[Any]) -> Shared:
    it = let_in_of(rows[0])
    there = [row for row in rows if row.contact_id and row.unit_id and "contact" in it.items]
    return Shared(it, [card(row, row.contact_id, row.coordinating) for row in there], {})
