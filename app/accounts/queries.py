"""Who is asking, and who a person is."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from flask_login import UserMixin
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    table,
)

from app.accounts import rules
from app.accounts.invite_rules import TOLD
from app.accounts.models import Invitation, Patient, Person, Region, RegionRole, Relative, SignIn, Staff
from app.core import crypto
from app.core.audit import Actor
from app.core.db import AWAY, run
from app.core.locale import local
from app.core.query import Query

DIGEST = hashlib.sha256
UNSEEN_MOST = 100
MOST_PLACES = 20
MOST_NUMBERS = 60
PART, NEXT = "\x1f", "\x1e"


@dataclass(frozen=True)
class Number:
    """A number to ring for whoever cannot come in, whose it is, and when it is answered."""

    name: str
    phone: str
    hours: str


@dataclass
class Viewer(UserMixin):
    """A signed-in person in the capacity of their session: the first argument of every query.

    `news` is what they have been told and not seen, up to a hundred: of which kind each is, and what it is about.
    `code_at` is when somebody made them a code to come in with, for as long as they are told of it. `unreached`:
    nothing out of the app reaches them, and they have not said that the app is enough. `workplaces` are
    the units where somebody of the staff works today, by name; `unit_id` is the one of them where they work now.
    """

    token: str = field(repr=False)
    session_id: bytes = field(repr=False)
    person_id: UUID
    capacity: str
    kinds: frozenset[str]
    started_at: datetime
    last_seen: datetime
    name_sealed: bytes = field(repr=False)
    title: str | None
    news: list[tuple[str, str]] = field(default_factory=list, repr=False)
    code_at: datetime | None = None
    unreached: bool = False
    workplaces: dict[UUID, str] = field(default_factory=dict)
    unit_id: UUID | None = None

    @property
    def chooses_unit(self) -> bool:
        """Whether they work at several units and have not said at which they are now."""
        return len(self.workplaces) > 1 and self.unit_id is None

    def get_id(self) -> str:
        return self.token

    @cached_property
    def name(self) -> str:
        return person_name(self.person_id, self.name_sealed)

    @property
    def unseen(self) -> int:
        """How much they have been told and not seen."""
        return len(self.news)

    @property
    def returned(self) -> bool:
        """Whether they have not yet looked at what was done while they were off duty."""
        return any(kind == "back" for kind, _about in self.news)

    def opens(self, *, about: UUID | None = None, kind: str | None = None) -> bool:
        """Count no longer what this page shows, one thing or one kind; gives back whether there was any."""
        before = self.unseen
        self.news = [it for it in self.news if it[0] != kind and it[1] != str(about)]
        return self.unseen < before


def person_name(person_id: UUID, sealed: bytes) -> str:
    return crypto.keyring().open(sealed, crypto.place("person.name", person_id))


def initials(name: str) -> str:
    """A name's first letters: S. N."""
    return " ".join(f"{part[:1]}." for part in name.split())


def shown_name(person_id: UUID, sealed: bytes, *, hidden: bool) -> str:
    """A patient's name; their initials where it is hidden.

    A protected identity is whole for the patient's contact and for whoever has their question, and for nobody else.
    """
    name = person_name(person_id, sealed)
    return initials(name) if hidden else name


def session_digest(token: str) -> bytes:
    return DIGEST(token.encode()).digest()


# Notices, choices and absences are packages above: what is needed of them is read by their names, as data.
_MOMENT = DateTime(timezone=True)
_notice = table(
    "notice",
    *(column(name, Uuid) for name in ("person_id", "object_id")),
    *(column(name, Text) for name in ("kind", "capacity")),
    *(column(name, _MOMENT) for name in ("show_at", "seen_at", "withdrawn_at")),
)
_choice = table(
    "notice_choice",
    column("person_id", Uuid),
    column("capacity", Text),
    *(column(name, Boolean) for name in ("off_duty", "app_only")),
)
_point = table(
    "contact_point",
    column("person_id", Uuid),
    column("capacity", Text),
    *(column(name, _MOMENT) for name in ("confirmed_at", "failing_since", "ended_at")),
)
_device = table(
    "subscription",
    *(column(name, Uuid) for name in ("id", "person_id")),
    column("capacity", Text),
    *(column(name, _MOMENT) for name in ("shown_at", "ended_at")),
)
_sent = table(
    "delivery", column("subscription_id", Uuid), *(column(name, _MOMENT) for name in ("accepted_at", "shown_at"))
)
_absence = table(
    "absence", column("person_id", Uuid), *(column(name, _MOMENT) for name in ("starts_at", "ends_at", "cancelled_at"))
)


def left_in_peace(person: Any, now: Any) -> ColumnElement[bool]:
    """Whether somebody of the staff is away now, and has not chosen to be reached all the same."""
    over = or_(_absence.c.ends_at.is_(None), _absence.c.ends_at > now)
    away = exists().where(
        _absence.c.person_id == person, _absence.c.cancelled_at.is_(None), _absence.c.starts_at <= now
    )
    return and_(away.where(over), ~exists().where(_choice.c.person_id == person, _choice.c.off_duty))


_NOW = bindparam("now", type_=_MOMENT)
_news = (
    select((_notice.c.kind + "/" + func.coalesce(cast(_notice.c.object_id, Text), "")).label("told"))
    .where(
        _notice.c.person_id == SignIn.person_id,
        _notice.c.capacity == SignIn.capacity,
        _notice.c.seen_at.is_(None),
        _notice.c.withdrawn_at.is_(None),
        _notice.c.show_at <= _NOW,
        or_(SignIn.capacity == "private", ~left_in_peace(_notice.c.person_id, _NOW)),
    )
    .correlate(SignIn)
    .limit(UNSEEN_MOST)
    .subquery()
)
# What a device has taken since it last showed anything, and has had time to show: three, or one where it has not shown
# anything for a month, say that it does not (notices' subscription_rules).
_GIVEN, _PROOF, _PROVEN = timedelta(minutes=15), 3, timedelta(days=30)
_tried = (
    select(_sent.c.subscription_id)
    .where(
        _sent.c.subscription_id == _device.c.id,
        _sent.c.shown_at.is_(None),
        _sent.c.accepted_at < bindparam("given", type_=_MOMENT),
        or_(_device.c.shown_at.is_(None), _sent.c.accepted_at > _device.c.shown_at),
    )
    .correlate(_device)
    .limit(_PROOF)
    .subquery()
)
_unshown = select(func.count()).select_from(_tried).scalar_subquery()
_enough = case((_device.c.shown_at < bindparam("proven", type_=_MOMENT), 1), else_=_PROOF)


def _theirs(it: Any, *those: ColumnElement[bool]) -> ColumnElement[bool]:
    """That there is such a row of this session's person, in its capacity."""
    mine = (it.c.person_id == SignIn.person_id, it.c.capacity == SignIn.capacity)
    return exists().where(*mine, *those)


_unreached = and_(
    ~_theirs(_choice, _choice.c.app_only),
    ~_theirs(_point, _point.c.ended_at.is_(None), _point.c.confirmed_at.is_not(None), _point.c.failing_since.is_(None)),
    ~_theirs(_device, _device.c.ended_at.is_(None), _unshown < _enough),
)
_unit = table("unit", column("id", Uuid), *(column(name, Text) for name in ("name", "hsa_id", "phone", "phone_hours")))
_assignment = table(
    "assignment",
    *(column(name, Uuid) for name in ("person_id", "unit_id")),
    *(column(name, Date) for name in ("starts_on", "ends_on")),
)

_TODAY = bindparam("today", type_=Date)


def _units_of(person: Any) -> Any:
    """Where somebody works on the day."""
    still = or_(_assignment.c.ends_on.is_(None), _assignment.c.ends_on >= _TODAY)
    mine = (_assignment.c.person_id == person, _assignment.c.starts_on <= _TODAY, still)
    return select(_assignment.c.unit_id).where(*mine).correlate(SignIn)


_places = (
    select((cast(_unit.c.id, Text) + literal(PART) + _unit.c.name).label("place"))
    .where(
        SignIn.capacity == "duty",
        _unit.c.id.in_(_units_of(SignIn.person_id)),
    )
    .order_by(_unit.c.name, _unit.c.id)
    .limit(MOST_PLACES)
    .correlate(SignIn)
    .subquery()
)
_CALLED = select(_unit.c.id).where(
    _unit.c.hsa_id == bindparam("hsa_id"), _unit.c.id.in_(_units_of(bindparam("person", type_=Uuid)))
)
_numbers = (
    select(_unit.c.name, _unit.c.phone, _unit.c.phone_hours, literal(0).label("last"))
    .union_all(select(Region.name, Region.function_phone, literal(""), literal(1)))
    .order_by("last", "name")
    .limit(MOST_NUMBERS)
)
# Whoever may act in a session's capacity: a lock is on what a person has in private, and leaves their work alone.
ENTERS = and_(Person.closed_at.is_(None), or_(SignIn.capacity == "duty", Person.locked_at.is_(None)))
_VIEWER = Query(
    select(
        SignIn.person_id,
        SignIn.capacity,
        SignIn.started_at,
        SignIn.last_seen,
        SignIn.unit_id,
        Person.name_sealed,
        Staff.title,
        Patient.person_id.is_not(None).label("is_patient"),
        exists().where(Relative.person_id == SignIn.person_id, SignIn.capacity == "private").label("is_relative"),
        # As part of this question, since the start page has no room for one more.
        select(func.max(Invitation.issued_at))
        .where(Invitation.person_id == SignIn.person_id, SignIn.capacity == "private")
        .scalar_subquery()
        .label("code_at"),
        exists().where(RegionRole.person_id == SignIn.person_id, RegionRole.role == "administrator").label("is_admin"),
        _unreached.label("unreached"),
        select(func.string_agg(_news.c.told, literal(" "), type_=Text)).scalar_subquery().label("news"),
        select(func.string_agg(_places.c.place, literal(NEXT), type_=Text)).scalar_subquery().label("places"),
    )
    .join(Person, Person.id == SignIn.person_id)
    .outerjoin(Patient, Patient.person_id == SignIn.person_id)
    .outerjoin(Staff, Staff.person_id == SignIn.person_id)
    .where(SignIn.id == bindparam("id"), SignIn.ended_at.is_(None), ENTERS)
)


def viewer_of(token: str, *, now: datetime) -> Viewer | None:
    """The viewer behind a session token; None when the session or the account has ended."""
    session_id = session_digest(token)
    since = {"given": now - _GIVEN, "proven": now - _PROVEN}
    row = _VIEWER.row(id=session_id, now=now, today=local(now).date(), **since)
    if row is None or rules.is_over(row.capacity, row.started_at, row.last_seen, now=now):
        return None
    on_duty = row.capacity == "duty" and row.title is not None
    private = row.capacity == "private"
    known = {"staff": on_duty, "admin": on_duty and row.is_admin, "patient": private and row.is_patient}
    places = _opened(row.places)
    kinds = [kind for kind, it_is in {**known, "relative": row.is_relative}.items() if it_is]
    return Viewer(
        token=token,
        session_id=session_id,
        person_id=row.person_id,
        capacity=row.capacity,
        kinds=frozenset(kinds),
        started_at=row.started_at,
        last_seen=row.last_seen,
        name_sealed=row.name_sealed,
        title=row.title,
        news=[(kind, about) for kind, _, about in (it.partition("/") for it in (row.news or "").split())],
        code_at=row.code_at if row.code_at and now < row.code_at + TOLD else None,
        unreached=row.unreached,
        workplaces=places,
        unit_id=rules.workplace(row.unit_id, tuple(places)),
    )


def was_ended(token: str) -> bool:
    """Whether somebody ended a session, or locked whose it is; not so when nobody used it and it ran out."""
    mine = select(or_(SignIn.ended_at.is_not(None), ~ENTERS)).join(Person, Person.id == SignIn.person_id)
    return bool(run(mine.where(SignIn.id == session_digest(token))).scalar())


def _opened(places: str | None) -> dict[UUID, str]:
    """Units by key, as the statement has put them together."""
    said = (place.split(PART) for place in (places or "").split(NEXT) if place)
    return {UUID(key): name for key, name in said}


def numbers_of(viewer: Actor | None) -> list[Number]:
    """Where anybody can ring: each unit by name, and last the region. Nobody while the database is down, since the page
    that shows them must stand all the same."""
    try:
        return [Number(row.name, row.phone, row.phone_hours) for row in run(_numbers).all()]
    except AWAY:
        return []


def works_there(viewer: Actor, unit_id: UUID, *, today: date) -> bool:
    """Whether the viewer works at a unit on a day."""
    asked = _units_of(bindparam("person", type_=Uuid)).where(_assignment.c.unit_id == bindparam("unit", type_=Uuid))
    return run(asked.limit(1), {"person": viewer.person_id, "unit": unit_id, "today": today}).first() is not None


def unit_called(viewer: Actor, hsa_id: str, *, today: date) -> UUID | None:
    """The unit that the sign-in for staff calls so, when the viewer works there; None when there is none such."""
    return run(_CALLED, {"hsa_id": hsa_id, "person": viewer.person_id, "today": today}).scalar()
