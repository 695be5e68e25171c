"""Helping a patient in: find them, and lock at once on their word."""

from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import ending_service
from app.accounts.service import BadNumber, normalised
from app.care import invite_queries as queries
from app.care import request_service
from app.care.invite_forms import NumberForm
from app.care.invite_queries import Door
from app.core import audit
from app.core.access import access
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import gettext as _
from app.core.locale import today
from app.core.pages import page

bp = Blueprint("ways", __name__, url_prefix="/vag-in")
Shown = Response | Answer | tuple[Response, int]


@bp.get("")
@access("staff")
def find() -> Response:
    return page("ways/find.html", form=NumberForm())


@bp.post("")
@access("staff")
def found() -> Shown:
    """By number, which is never part of an address; the same words for nobody and for somebody else's patient."""
    form = NumberForm()
    if not form.validate_on_submit():
        return page("ways/find.html", form=form), 422
    try:
        number = normalised(form.number.data)
    except BadNumber:
        form.number.errors = [_("Numret stämmer inte. Skriv alla tolv siffror.")]
        return page("ways/find.html", form=form), 422
    patient = queries.patient_with(current_user, number, today=today())
    with transaction():
        request_service.note_search(patient, by=current_user, now=now())
    if patient:
        return redirect(url_for(".door", patient=patient), 303)
    form.number.errors = [_("Vi hittar ingen patient hos er med det numret. Stämmer siffrorna?")]
    return page("ways/find.html", form=form), 422


@bp.get("/<key:patient>")
@access("staff")
def door(patient: UUID) -> Response:
    return page("ways/door.html", it=opened(patient), done=request.args.get("klart"))


@bp.get("/<key:patient>/las")
@access("staff")
def lock(patient: UUID) -> Response:
    return page("ways/lock.html", it=opened(patient))


@bp.post("/<key:patient>/las")
@access("staff")
def lock_at_once(patient: UUID) -> Answer:
    it = queries.door_of(current_user, patient, today=today())
    with transaction():
        ending_service.lock(it.patient_id, unit_id=it.unit_id, by=current_user, now=now())
    return redirect(url_for(".door", patient=it.patient_id, klart="last"), 303)


@bp.post("/<key:patient>/oppna")
@access("staff")
def unlock(patient: UUID) -> Answer:
    it = queries.door_of(current_user, patient, today=today())
    with transaction():
        ending_service.unlock(it.patient_id, unit_id=it.unit_id, by=current_user, now=now())
    return redirect(url_for(".door", patient=it.patient_id, klart="oppet"), 303)


def opened(patient: UUID) -> Door:
    """A patient's way in, for a page that shows it."""
    it = queries.door_of(current_user, patient, today=today())
    audit.read(Entry("way_in.opened", it.patient_id, it.unit_id))
    return it
