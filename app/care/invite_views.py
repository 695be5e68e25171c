"""Helping a patient in: find them, give them a code, confirm it, and lock at once on their word."""

from uuid import UUID

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import ending_service, invite_queries, invite_rules, invite_service, qr
from app.accounts import service as people
from app.accounts.invite_service import Over
from app.accounts.service import BadNumber, normalised
from app.care import invite_queries as queries
from app.care import request_service
from app.care.invite_forms import CodeForm, NumberForm, WordsForm
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
    return door_page(opened(patient), WordsForm())


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


@bp.post("/<key:patient>/skydd")
@access("staff")
def protect(patient: UUID) -> Answer:
    """The same for both ways, so that a page that has grown old does what its button says."""
    it, protected = queries.door_of(current_user, patient, today=today()), "skydda" in request.form
    with transaction():
        people.protect(it.patient_id, protected, unit_id=it.unit_id, by=current_user, now=now())
    done = "skyddad" if protected else "oskyddad"
    return redirect(url_for(".door", patient=it.patient_id, klart=done, _anchor="skydd"), 303)


@bp.get("/<key:patient>/kod")
@access("staff")
def code(patient: UUID) -> Response:
    return page("ways/code.html", it=opened(patient), form=CodeForm())


@bp.post("/<key:patient>/kod")
@access("staff")
def make_code(patient: UUID) -> Shown:
    """The code is on this answer and nowhere else, so there is no page to go on to; sent again, it is a new one."""
    it, form = opened(patient), CodeForm()
    if not form.validate_on_submit():
        return page("ways/code.html", it=it, form=form), 422
    with transaction():
        made = invite_service.issue(it.patient_id, form.how.data, unit_id=it.unit_id, by=current_user, now=now())
    shown = invite_rules.shown(made)
    address = current_app.extensions["settings"].base_url + url_for("invites.enter")
    return page(
        "ways/given.html",
        it=it,
        code=shown,
        address=address,
        qr=qr.drawn(f"{address}#{made}"),
        letter=form.how.data == "letter",
        until=now() + invite_rules.LIVES[form.how.data],
    )


@bp.post("/<key:patient>/kod/ta-tillbaka")
@access("staff")
def take_back(patient: UUID) -> Answer:
    it = queries.door_of(current_user, patient, today=today())
    with transaction():
        invite_service.take_back(it.patient_id, unit_id=it.unit_id, by=current_user, now=now())
    return redirect(url_for(".door", patient=it.patient_id, klart="tillbaka"), 303)


@bp.post("/<key:patient>/kod/bekrafta")
@access("staff")
def confirm(patient: UUID) -> Shown:
    it, form = opened(patient), WordsForm()
    if not form.validate_on_submit():
        return door_page(it, form), 422
    try:
        with transaction():
            right = invite_service.confirm(
                it.patient_id, form.said.data, unit_id=it.unit_id, by=current_user, now=now()
            )
    except Over:
        return redirect(url_for(".door", patient=it.patient_id, klart="gammal"), 303)
    if not right:
        form.said.errors = [_("Det är inte de orden. Be om dem igen. Stämmer de inte då heller, gör en ny kod.")]
        return door_page(it, form), 422
    return redirect(url_for(".door", patient=it.patient_id, klart="bekraftad"), 303)


def door_page(it: Door, form: WordsForm) -> Response:
    given = invite_queries.given_to(current_user, it.patient_id, now=now())
    return page("ways/door.html", it=it, given=given, form=form, done=request.args.get("klart"))


def opened(patient: UUID) -> Door:
    """A patient's way in, for a page that shows it."""
    it = queries.door_of(current_user, patient, today=today())
    audit.read(Entry("way_in.opened", it.patient_id, it.unit_id))
    return it
