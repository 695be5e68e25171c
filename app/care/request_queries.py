"""What patients ask of the heads about their contacts, as those who lead a unit, or answer for its head, see it.

The contact whom a patient wants another than never learns of it: neither in a list nor in a count.
"""

from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, select, tuple_
from sqlalchemy.orm import aliased

from app.accounts.models import Patient, Person
from app.accounts.queries import Viewer, person_name, shown_name
from app.care.models import Assignment, Block, Contact, ContactRequest, Unit
from app.care.queries import TODAY, in_force, leads
from app.core import crypto
from app.core.db import run
from app.core.errors import NotFound
from app.core.paging import PAGE, cut

MOST = 1_000


@dataclass(frozen=True)
class Request:
    """What a patient has asked of the viewer. `words` are None when the patient does not want the viewer to read."""

    key: UUID
    patient_id: UUID
    patient_name: str
    unit_id: UUID
    unit_name: str
    about_id: UUID | None
    about_name: str | None
    words: str | None
    made_at: datetime
    answered_at: datetime | None
    answerer: str | None
    answer: str | None
    withdrawn_at: datetime | None

    @property
    def open(self) -> bool:
        return self.answered_at is None and self.withdrawn_at is None


VIEWER = bindparam("viewer", type_=Contact.patient_id.type)
PATIENT = bindparam("patient", type_=Contact.patient_id.type)
Whose = aliased(Person, name="whose")
Answerer, About = aliased(Person, name="answerer"), aliased(Person, name="about")
LEADS = select(Unit.id, Unit.name).where(leads(VIEWER))
LED = LEADS.with_only_columns(Unit.id).scalar_subquery()


OPEN = and_(ContactRequest.answered_at.is_(None), ContactRequest.withdrawn_at.is_(None))
TOLD = and_(ContactRequest.unit_id.in_(LED), ContactRequest.about_id.is_distinct_from(VIEWER))
_requests = (
    select(
        ContactRequest,
        Unit.name.label("unit_name"),
        Whose.name_sealed.label("whose_sealed"),
        Whose.protected.label("whose_protected"),
        About.name_sealed.label("about_sealed"),
        Answerer.name_sealed.label("answerer_sealed"),
        exists()
        .where(Block.patient_id == ContactRequest.patient_id, Block.person_id == VIEWER, Block.ended_at.is_(None))
        .label("refused"),
    )
    .join(Unit, Unit.id == ContactRequest.unit_id)
    .join(Whose, Whose.id == ContactRequest.patient_id)
    .outerjoin(About, About.id == ContactRequest.about_id)
    .outerjoin(Answerer, Answerer.id == ContactRequest.answered_by)
    .where(TOLD)
)
_waiting = _requests.where(OPEN).order_by(ContactRequest.made_at, ContactRequest.id).limit(PAGE + 1)
_waiting_after = _waiting.where(
    tuple_(ContactRequest.made_at, ContactRequest.id) > tuple_(bindparam("at"), bindparam("id"))
)
_all_open = _requests.where(OPEN).order_by(ContactRequest.made_at, ContactRequest.id).limit(MOST)
_requests_of = (
    _requests.where(ContactRequest.patient_id == PATIENT)
    .order_by(ContactRequest.made_at.desc(), ContactRequest.id)
    .limit(PAGE)
)
# Whom a patient does not want asked, at the viewer's units. Whoever is named does not learn of it here, though they
# lead the unit.
REFUSED = (
    select(func.json_agg(func.json_build_array(About.id, func.encode(About.name_sealed, "base64"))))
    .select_from(Block)
    .join(About, About.id == Block.person_id)
    .where(
        Block.patient_id == Patient.person_id,
        Block.ended_at.is_(None),
        Block.person_id != VIEWER,
        exists().where(
            Assignment.person_id == Block.person_id, Assignment.unit_id.in_(LED), in_force(Assignment, TODAY)
        ),
    )
    .correlate(Patient)
    .scalar_subquery()
    .label("refused")
)
_request = _requests.where(ContactRequest.id == bindparam("request"))


def ensure_head(viewer: Viewer) -> None:
    """Whether the viewer leads a unit, or answers for its head; raises NotFound."""
    if run(LEADS.limit(1), {"viewer": viewer.person_id}).first() is None:
        raise NotFound


def waiting_for(viewer: Viewer, *, place: tuple[datetime, UUID] | None = None) -> tuple[list[Request], bool]:
    """What patients have asked of the viewer and nobody has answered, the oldest first, and whether there is more."""
    ensure_head(viewer)
    values = {"viewer": viewer.person_id}
    found = run(_waiting_after, values | {"at": place[0], "id": place[1]}) if place else run(_waiting, values)
    rows, more = cut(found.all())
    return [_request_of(row) for row in rows], more


def open_requests(viewer: Viewer) -> list[Request]:
    """All of them, the oldest first."""
    return [_request_of(row) for row in run(_all_open, {"viewer": viewer.person_id}).all()]


def requests_of(viewer: Viewer, patient: UUID) -> list[Request]:
    """What one patient has asked of the viewer, the latest first."""
    return [_request_of(row) for row in run(_requests_of, {"viewer": viewer.person_id, "patient": patient}).all()]


def names_in(found: list[tuple[str, str]] | None) -> tuple[str, ...]:
    """The names that REFUSED has found. Why they are there is known to nobody."""
    return tuple(sorted(person_name(UUID(key), b64decode(sealed)) for key, sealed in found or ()))


def request_for(viewer: Viewer, request: UUID) -> Request:
    """One of them; raises NotFound."""
    row = run(_request, {"viewer": viewer.person_id, "request": request}).one_or_none()
    if row is None:
        raise NotFound
    return _request_of(row)


def _request_of(row: Any) -> Request:
    ring = crypto.keyring()
    words = None if row.refused else ring.open(row.words_sealed, crypto.place("contact_request.words", row.id))
    return Request(
        key=row.id,
        patient_id=row.patient_id,
        patient_name=shown_name(row.patient_id, row.whose_sealed, hidden=row.whose_protected),
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        about_id=row.about_id,
        about_name=row.about_id and person_name(row.about_id, row.about_sealed),
        words=words,
        made_at=row.made_at,
        answered_at=row.answered_at,
        answerer=row.answered_by and person_name(row.answered_by, row.answerer_sealed),
        answer=row.answer_sealed and ring.open(row.answer_sealed, crypto.place("contact_request.answer", row.id)),
        withdrawn_at=row.withdrawn_at,
    )
