"""Questions that are or may be late where somebody leads: that they wait, since when and whose. Never the text."""

import json
from base64 import b64decode
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    LargeBinary,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    table,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from app.accounts.models import Person, RegionRole
from app.accounts.queries import Viewer, person_name, shown_name
from app.care import asked_queries
from app.care.asked_queries import Request
from app.care.models import Contact, ContactRequest, Unit
from app.care.queries import leads
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import SWEDEN, local
from app.core.paging import PAGE, cut
from app.core.query import Query
from app.waits.answer_queries import ANSWERED, KIND, Answered, answered_of
from app.waits.heard_queries import HEARD, Heard, heard_of
from app.waits.models import HEAD_KINDS, HEARD_KINDS, Asked, Wait
from app.waits.rules import ASK_NEXT
from app.waits.task_queries import Tasks, task_of

FEW = 5
"""How many who were asked as well are named."""

VIEWER = bindparam("viewer", type_=Wait.id.type)
TONIGHT = bindparam("tonight", type_=Wait.promised_at.type)
OPEN = Wait.ended_at.is_(None)
FOR_HEADS = or_(*(Wait.kind == kind for kind in sorted(HEAD_KINDS)))


@dataclass(frozen=True)
class Question:
    """A question as a head may see it. `whose` is the patient's name; `about` whose patients a gap concerns.

    `standing` is the worst that is true of it: `failed`, `function`, `alone` (nobody more to ask), `broken`, `soon`.
    `reached`: it has come to the viewer, who may read it. `leads`: the unit is one that the viewer leads.
    `closed_until`: the patient chose that only the contact reads it until then.
    """

    key: UUID
    kind: str
    subject: UUID
    unit_id: UUID
    unit_name: str
    version: int
    patient_id: UUID | None
    whose: str | None
    about: str | None
    since: datetime
    counts_from: datetime
    promised_at: datetime
    broken: int
    holder_id: UUID | None
    holder: str | None
    asked: tuple[str, ...]
    standing: str
    reached: bool
    mine: bool
    leads: bool
    closed_until: datetime | None
    ended: bool


_led = select(Unit.id).where(leads(VIEWER)).scalar_subquery()
_of_function = exists().where(
    RegionRole.person_id == VIEWER, RegionRole.role == "function", RegionRole.region_id == Unit.region_id
)
# A contact whom the patient wants another than never learns of it, head or not; nor does whom it was told about, nor
# whoever is asked about in the log, which is a package above and is read by name.
_log_question = table("log_question", column("id", Uuid), column("about_id", Uuid))
_wish_of_me = (Wait.kind == "contact_request", ContactRequest.id == Wait.subject_id, ContactRequest.about_id == VIEWER)
_asked_of_me = (
    Wait.kind == "log_question",
    _log_question.c.id == Wait.subject_id,
    _log_question.c.about_id == VIEWER,
)
_not_about_me = and_(
    ~exists().where(*_wish_of_me), ~exists().where(*_asked_of_me), Wait.about_id.is_distinct_from(VIEWER)
)
LATE = or_(
    Wait.broken > 0,
    Wait.rung >= ASK_NEXT,
    Wait.promised_at < TONIGHT,
    Wait.failed_at.is_not(None),
    Wait.holder_id.is_(None),
)
_at_function = and_(Wait.holder_id.is_(None), Wait.unit_id.in_(select(Unit.id).where(_of_function).scalar_subquery()))


def _late(after: ColumnElement[bool] | None) -> Any:
    """The first of those that may be late where the viewer leads, and of those that have reached their function."""
    parts = []
    for where in (and_(Wait.unit_id.in_(_led), LATE), _at_function):
        rows = select(Wait.id, Wait.promised_at).where(OPEN, where, _not_about_me)
        rows = rows.where(after) if after is not None else rows
        parts.append(select(rows.order_by(Wait.promised_at, Wait.id).limit(PAGE + 1).subquery()))
    return union(*parts).subquery("late")


Holder, Whose, About, AskedPerson = (aliased(Person, name=name) for name in ("holder", "whose", "about", "asked_one"))
_asked_people = (
    select(Asked.person_id, AskedPerson.name_sealed, Asked.at)
    .join(AskedPerson, AskedPerson.id == Asked.person_id)
    .where(Asked.wait_id == Wait.id)
    .order_by(Asked.at, Asked.person_id)
    .limit(FEW)
    .correlate(Wait)
    .subquery()
)
_row = (
    select(
        Wait.id,
        Wait.kind,
        Wait.subject_id,
        Wait.unit_id,
        Unit.name.label("unit_name"),
        Unit.care_version,
        Whose.id.label("patient_id"),
        Whose.name_sealed.label("whose_sealed"),
        Whose.protected,
        Wait.belongs_to,
        About.name_sealed.label("about_sealed"),
        Wait.opened_at,
        Wait.counts_from,
        Wait.promised_at,
        Wait.broken,
        Wait.rung,
        Wait.failed_at,
        Wait.only_contact,
        Wait.ended_at,
        Wait.holder_id,
        Holder.name_sealed.label("holder_sealed"),
        exists().where(Asked.wait_id == Wait.id, Asked.person_id == VIEWER).label("asked_me"),
        _of_function.label("of_function"),
        leads(VIEWER).label("leads"),
        select(
            cast(
                func.json_agg(
                    func.json_build_array(_asked_people.c.person_id, func.encode(_asked_people.c.name_sealed, "base64"))
                ),
                Text,
            )
        )
        .scalar_subquery()
        .label("asked"),
    )
    .select_from(Wait)
    .join(Unit, Unit.id == Wait.unit_id)
    .outerjoin(Contact, and_(Wait.kind == "new_contact", Contact.id == Wait.subject_id))
    .outerjoin(Whose, Whose.id == func.coalesce(Wait.patient_id, Contact.patient_id))
    .outerjoin(Holder, Holder.id == Wait.holder_id)
    .outerjoin(About, and_(About.id == Wait.belongs_to, FOR_HEADS))
    .where(_not_about_me)
)
_place = tuple_(Wait.promised_at, Wait.id) > tuple_(
    bindparam("at", type_=Wait.promised_at.type), bindparam("id", type_=Wait.id.type)
)
_first, _after = _late(None), _late(_place)
_questions, _questions_after = (
    _row.join(late, late.c.id == Wait.id).order_by(Wait.promised_at, Wait.id).limit(PAGE + 1)
    for late in (_first, _after)
)
_question = _row.where(Wait.id == bindparam("wait"), or_(leads(VIEWER), and_(_of_function, Wait.holder_id.is_(None))))
_may_look = or_(
    exists().where(leads(VIEWER)), exists().where(RegionRole.person_id == VIEWER, RegionRole.role == "function")
)

_for_me = union(
    select(Wait.id).where(Wait.holder_id == VIEWER, OPEN, FOR_HEADS),
    select(Asked.wait_id).where(Asked.person_id == VIEWER),
)
_groups = (
    select(
        Wait.kind,
        Wait.unit_id,
        Wait.belongs_to.label("about_id"),
        func.count().label("number"),
        func.min(Wait.promised_at).label("promised_at"),
        func.bool_or(Wait.broken > 0, type_=Boolean).label("broken"),
        func.min(cast(Wait.id, Text)).label("key"),
    )
    .outerjoin(Contact, and_(Wait.kind == "new_contact", Contact.id == Wait.subject_id))
    .where(Wait.id.in_(_for_me), OPEN, FOR_HEADS, _not_about_me)
    # Each long absence is a line of its own; patients without a contact are one for each who was it.
    .group_by(Wait.kind, Wait.unit_id, Wait.belongs_to, Contact.id.is_(None))
    .add_columns(Contact.id.is_(None).label("of_nobody"))
    .subquery("groups")
)
_late_count = select(func.count()).select_from(_first).scalar_subquery()
_substitutes = asked_queries.REQUESTS.subquery("substitutes")
_heard = HEARD.subquery("heard")
_answered = ANSWERED.subquery("answered")
_nothing = {kind: cast(null(), kind) for kind in (Uuid, Text, LargeBinary)}
_moment, _truth = cast(null(), DateTime(timezone=True)), cast(null(), Boolean)
_beside = union_all(
    select(
        _groups.c.kind,
        _groups.c.unit_id,
        Unit.name.label("unit_name"),
        _groups.c.about_id,
        About.name_sealed.label("about_sealed"),
        _groups.c.number,
        _groups.c.promised_at,
        _moment.label("ends_at"),
        _groups.c.broken,
        _groups.c.key,
        _groups.c.of_nobody,
    )
    .join(Unit, Unit.id == _groups.c.unit_id)
    .outerjoin(About, About.id == _groups.c.about_id),
    select(
        literal("late"),
        *(_nothing[kind] for kind in (Uuid, Text, Uuid, LargeBinary)),
        _late_count,
        *(_moment, _moment, _truth, _nothing[Text], _truth),
    ).where(_may_look),
    # Read in the same statement, since a start page has only so many: whom the viewer is asked to answer for.
    select(
        literal("substitute"),
        _substitutes.c.id,
        _nothing[Text],
        _substitutes.c.person_id,
        _substitutes.c.name_sealed,
        _substitutes.c.n,
        _substitutes.c.starts_at,
        _substitutes.c.ends_at,
        _substitutes.c.seen_at.is_not(None),
        _nothing[Text],
        _substitutes.c.declined_at.is_not(None),
    ),
    select(
        _heard.c.kind,
        _heard.c.subject_id,
        _heard.c.unit_name,
        _heard.c.holder_id,
        _heard.c.name_sealed,
        literal(1),
        _heard.c.promised_at,
        _heard.c.counts_from,
        _heard.c.broken,
        _nothing[Text],
        _heard.c.asked_me,
    ),
    select(
        literal(KIND),
        _answered.c.subject_id,
        _nothing[Text],
        _answered.c.patient_id,
        _answered.c.name_sealed,
        literal(1),
        _answered.c.promised_at,
        _answered.c.starts_at,
        _answered.c.broken,
        _answered.c.more,
        _answered.c.asked_me,
    ),
).limit(5 * PAGE)
_BESIDE, _QUESTION = Query(_beside), Query(_question)
_QUESTIONS, _QUESTIONS_AFTER = Query(_questions), Query(_questions_after)


def questions_for(
    viewer: Viewer, *, now: datetime, after: tuple[datetime, UUID] | None = None
) -> tuple[list[Question], tuple[datetime, UUID] | None]:
    """Questions that are or may be late where the viewer leads, or that have reached the function that they are of, the
    first promise first, and where to go on when there are more. Raises NotFound for whoever is neither.
    """
    values: dict[str, Any] = {"viewer": viewer.person_id, "tonight": _midnight(now)}
    found = _QUESTIONS_AFTER.rows(**values, at=after[0], id=after[1]) if after else _QUESTIONS.rows(**values)
    if not found:
        ensure_head(viewer)
    rows, more = cut(found)
    return [_of(row, viewer, now) for row in rows], (rows[-1].promised_at, rows[-1].id) if more else None


def question_for(viewer: Viewer, wait: UUID, *, now: datetime) -> Question:
    """One question, ended or not, of a unit that the viewer leads, or at their function; raises NotFound."""
    row = _QUESTION.row(viewer=viewer.person_id, wait=wait)
    if row is None:
        raise NotFound
    return _of(row, viewer, now)


def ensure_head(viewer: Viewer) -> None:
    """Whether the viewer leads a unit, or is of the region's function; raises NotFound."""
    if not run(select(_may_look), {"viewer": viewer.person_id}).scalar():
        raise NotFound


def beside_for(viewer: Viewer, *, now: datetime) -> tuple[Tasks | None, list[Request], list[Heard], list[Answered]]:
    """What stands beside a start page's own list: what waits for the viewer as head, which is None for somebody who
    neither leads nor is of the region's function, whom they are asked to answer for, and what waits for them that those
    around a patient have said, and what patients have answered to their times, the first to be due first.
    """
    today = local(now).date()
    rows = _BESIDE.rows(viewer=viewer.person_id, tonight=_midnight(now), now=now, today=today)
    late = [row.number for row in rows if row.kind == "late"]
    tasks = [task_of(row) for row in rows if row.kind in HEAD_KINDS]
    asked = [
        Request(
            key=row.unit_id,
            name=person_name(row.about_id, row.about_sealed),
            starts_at=row.promised_at,
            ends_at=row.ends_at,
            n=row.number,
            yes=row.broken,
            no=row.of_nobody,
        )
        for row in rows
        if row.kind == "substitute"
    ]
    heads = Tasks(tuple(sorted(tasks, key=lambda it: (it.promised_at, it.key))), sum(late)) if tasks or late else None
    heard = sorted((heard_of(row, viewer) for row in rows if row.kind in HEARD_KINDS), key=lambda it: it.promised_at)
    answered = sorted((answered_of(row, viewer) for row in rows if row.kind == KIND), key=lambda it: it.promised_at)
    return heads, sorted(asked, key=lambda it: (it.starts_at, it.key)), heard, answered


def _midnight(now: datetime) -> datetime:
    """When this day ends: what is promised today is promised before the end of its office time."""
    tomorrow: date = local(now).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), SWEDEN)


def _of(row: Any, viewer: Viewer, now: datetime) -> Question:
    at_function = row.holder_id is None
    asked = tuple(
        person_name(UUID(key), b64decode(sealed))
        for key, sealed in json.loads(row.asked or "[]")
        if UUID(key) != viewer.person_id
    )
    return Question(
        key=row.id,
        kind="long_absence" if row.kind == "new_contact" and row.patient_id is None else row.kind,
        subject=row.subject_id,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        version=row.care_version,
        patient_id=row.patient_id,
        whose=row.patient_id
        and shown_name(
            row.patient_id,
            row.whose_sealed,
            hidden=row.protected and viewer.person_id not in (row.belongs_to, row.holder_id),
        ),
        about=row.about_sealed and person_name(row.belongs_to, row.about_sealed),
        since=row.opened_at,
        counts_from=row.counts_from,
        promised_at=row.promised_at,
        broken=row.broken,
        holder_id=row.holder_id,
        holder=row.holder_id and person_name(row.holder_id, row.holder_sealed),
        asked=asked,
        standing=_standing(row, bool(asked) or row.asked_me),
        reached=row.holder_id == viewer.person_id or row.asked_me or (at_function and row.of_function),
        mine=row.holder_id == viewer.person_id,
        leads=row.leads,
        closed_until=row.counts_from if row.only_contact and now < row.counts_from else None,
        ended=row.ended_at is not None,
    )


def _standing(row: Any, others: bool) -> str:
    if row.failed_at is not None:
        return "failed"
    if row.holder_id is None:
        return "function"
    if row.rung >= ASK_NEXT and not others and row.kind not in HEAD_KINDS:
        return "alone"
    return "broken" if row.broken else "soon"
