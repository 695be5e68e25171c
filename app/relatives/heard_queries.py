"""What has been told about a patient, or asked by a relative, as staff may read it.

None of it is reached through the patient, and the patient never reaches it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Person, RegionRole
from app.accounts.queries import Viewer, person_name
from app.care.models import Assignment, Block, Unit
from app.care.queries import TODAY, in_force, leads
from app.core import crypto
from app.core.errors import NotFound
from app.core.query import Query
from app.relatives.models import Relation, RelativeCall, Told
from app.waits.models import HEARD_KINDS, Asked, Handoff, Wait


@dataclass(frozen=True)
class Heard:
    """Something that was told or asked, and the wait that it is.

    `reads`: it has come to the viewer, so that `words` are there. `may_take`: they see that it waits and can take it;
    `why`: not without saying why. `over`: the invitation has ended since a relative asked to be rung. `whose` is the
    patient whom it is about, where that is known, and `who` the relative who wants to be rung.
    """

    key: UUID
    kind: str
    unit_id: UUID
    unit_name: str
    version: int
    about_id: UUID | None
    whose: str | None
    who: str | None
    relative_id: UUID | None
    over: bool
    words: "Words | None"
    at: datetime
    opened_at: datetime
    counts_from: datetime
    promised_at: datetime
    broken: int
    holder_id: UUID | None
    holder: str | None
    mine: bool
    reads: bool
    asked: bool
    why: bool
    ended_at: datetime | None
    ended_how: str | None
    ended_by: str | None
    ended_by_me: bool
    talked_at: datetime | None
    reason: str | None

    @property
    def told(self) -> bool:
        return self.kind == "told"


@dataclass(frozen=True)
class Words:
    """What was written: about whom as the teller knows them, the text, and how the teller is reached."""

    name: str
    birth: str
    text: str
    reach: str | None


VIEWER = bindparam("viewer", type_=Wait.id.type)
NOW = bindparam("now", type_=Wait.opened_at.type)
About, Who, Holder, Ender = (aliased(Person, name=name) for name in ("about", "who", "holder", "ender"))
LetIn = aliased(Relation, name="let_in")
_concerns = func.coalesce(Told.patient_id, Relation.patient_id)
_asked = exists().where(Asked.wait_id == Wait.id, Asked.person_id == VIEWER)
_of_function = exists().where(
    RegionRole.person_id == VIEWER, RegionRole.role == "function", RegionRole.region_id == Unit.region_id
)
_had_it = exists().where(Handoff.wait_id == Wait.id, Handoff.from_id == VIEWER)
_open, _lately = Wait.ended_at.is_(None), Wait.readable_until >= NOW
_reads = or_(
    and_(_open, or_(Wait.holder_id == VIEWER, _asked, and_(Wait.holder_id.is_(None), _of_function))),
    and_(_lately, Wait.ended_by == VIEWER),
)
# Whoever could do something with it a moment ago is told what became of it, and not that there is no such thing.
_sees = or_(
    and_(_open, or_(Wait.belongs_to == VIEWER, leads(VIEWER), _had_it)),
    and_(_lately, or_(Wait.holder_id == VIEWER, Wait.belongs_to == VIEWER, _asked, _had_it)),
)
_works = or_(
    exists().where(Assignment.person_id == VIEWER, in_force(Assignment, TODAY)),
    exists().where(RegionRole.person_id == VIEWER, RegionRole.role == "function"),
)
# Whom it is about never reads it, at work or not; nor whoever they have let in, or do not want to have asked.
_apart = and_(
    _concerns.is_distinct_from(VIEWER),
    ~exists().where(Block.patient_id == _concerns, Block.person_id == VIEWER, Block.ended_at.is_(None)),
    ~exists().where(LetIn.patient_id == _concerns, LetIn.relative_id == VIEWER, LetIn.ended_at.is_(None)),
)
_heard = (
    select(
        Wait.id.label("wait_id"),
        Wait.kind,
        Wait.subject_id,
        Wait.unit_id,
        Unit.name.label("unit_name"),
        Unit.care_version,
        _concerns.label("about_id"),
        About.name_sealed.label("about_sealed"),
        Relation.relative_id,
        Relation.ended_at.label("relation_ended_at"),
        Relation.until_at,
        Who.name_sealed.label("who_sealed"),
        Told.name_sealed.label("told_name"),
        Told.birth_sealed,
        Told.text_sealed.label("told_text"),
        Told.reach_sealed,
        RelativeCall.text_sealed.label("call_text"),
        RelativeCall.number_sealed,
        func.coalesce(Told.told_at, RelativeCall.asked_at).label("at"),
        Wait.opened_at,
        Wait.counts_from,
        Wait.promised_at,
        Wait.broken,
        Wait.holder_id,
        Wait.belongs_to,
        Holder.name_sealed.label("holder_sealed"),
        Wait.ended_at,
        Wait.ended_how,
        Wait.ended_by,
        Ender.name_sealed.label("ender_sealed"),
        Wait.talked_at,
        Wait.reason_sealed,
        _reads.label("reads"),
        _asked.label("asked"),
    )
    .select_from(Wait)
    .join(Unit, Unit.id == Wait.unit_id)
    .outerjoin(Told, and_(Wait.kind == "told", Told.id == Wait.subject_id))
    .outerjoin(RelativeCall, and_(Wait.kind == "relative_call", RelativeCall.id == Wait.subject_id))
    .outerjoin(Relation, Relation.id == RelativeCall.relation_id)
    .outerjoin(Who, Who.id == Relation.relative_id)
    .outerjoin(About, About.id == _concerns)
    .outerjoin(Holder, Holder.id == Wait.holder_id)
    .outerjoin(Ender, Ender.id == Wait.ended_by)
    .where(
        Wait.subject_id == bindparam("heard"),
        or_(*(Wait.kind == kind for kind in sorted(HEARD_KINDS))),
        or_(Told.id.is_not(None), RelativeCall.id.is_not(None)),
        or_(_reads, _sees),
        _works,
        _apart,
    )
    .order_by(Wait.opened_at.desc(), Wait.id.desc())
    .limit(1)
)
_HEARD = Query(_heard)


def heard_for(viewer: Viewer, heard: UUID, *, now: datetime, today: date) -> Heard:
    """One thing that was told or asked, that has come to the viewer or that they see waits; raises NotFound."""
    row = _HEARD.row(viewer=viewer.person_id, heard=heard, now=now, today=today)
    if row is None:
        raise NotFound
    return _of(row, viewer)


def _of(row: Any, viewer: Viewer) -> Heard:
    over = row.relation_ended_at is not None
    return Heard(
        key=row.subject_id,
        kind=row.kind,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        version=row.care_version,
        about_id=row.about_id,
        whose=_name(row.about_id, row.about_sealed) if row.reads else None,
        who=_name(row.relative_id, row.who_sealed) if row.reads else None,
        relative_id=row.relative_id,
        over=over,
        words=_words(row) if row.reads else None,
        at=row.at,
        opened_at=row.opened_at,
        counts_from=row.counts_from,
        promised_at=row.promised_at,
        broken=row.broken,
        holder_id=row.holder_id,
        holder=_name(row.holder_id, row.holder_sealed),
        mine=row.holder_id == viewer.person_id,
        reads=row.reads,
        asked=row.asked,
        why=not row.reads and row.belongs_to != viewer.person_id,
        ended_at=row.ended_at,
        ended_how=row.ended_how,
        ended_by=_name(row.ended_by, row.ender_sealed),
        ended_by_me=row.ended_by == viewer.person_id,
        talked_at=row.talked_at,
        reason=row.reason_sealed and crypto.keyring().open(row.reason_sealed, crypto.place("wait.reason", row.wait_id))
        if row.reads
        else None,
    )


def _name(person: UUID | None, sealed: bytes | None) -> str | None:
    return person_name(person, sealed) if person and sealed else None


def _words(row: Any) -> Words:
    ring, key = crypto.keyring(), row.subject_id

    def opened(table: str, name: str, sealed: bytes | None) -> str | None:
        return None if sealed is None else ring.open(sealed, crypto.place(f"{table}.{name}", key))

    if row.kind == "told":
        return Words(
            name=opened("told", "name", row.told_name) or "",
            birth=opened("told", "birth", row.birth_sealed) or "",
            text=opened("told", "text", row.told_text) or "",
            reach=opened("told", "reach", row.reach_sealed),
        )
    return Words(
        name="",
        birth="",
        text=opened("relative_call", "text", row.call_text) or "",
        reach=opened("relative_call", "number", row.number_sealed),
    )
