"""Jag vill bli uppringd: a relative asks, sees who rings and by when, and what became of it."""

from uuid import UUID

from flask import Blueprint, Response, redirect, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.care import answer_queries
from app.care.answer_queries import Answering
from app.core import audit, db
from app.core.access import access
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import today
from app.core.pages import also, page
from app.notices import service as notices
from app.relatives import call_queries as queries
from app.relatives import call_service as service
from app.relatives.call_forms import CallForm
from app.relatives.call_queries import Call, Near
from app.relatives.queries import SEEN

bp = Blueprint("calls", __name__, url_prefix="/anhorig")
Shown = Response | Answer | tuple[Response, int]


@bp.get("/<key:relation>/ring-mig")
@access("relative")
def ask(relation: UUID) -> Shown:
    near = near_by(relation)
    if near.open_call:
        return redirect(url_for(".show", call=near.open_call))
    return ask_page(near, CallForm(), who_rings(near))


@bp.post("/<key:relation>/ring-mig")
@access("relative")
def send(relation: UUID) -> Shown:
    near, form = near_by(relation), CallForm()
    if near.open_call:
        return redirect(url_for(".show", call=near.open_call), 303)
    answering = who_rings(near)
    if not form.validate_on_submit() or answering is None:
        form.renew()
        return ask_page(near, form, answering), 422
    shown = form.shown
    if shown is None or shown[0] != answering.now.mark or answering.later_than(shown[1]):
        return ask_page(near, form, answering, changed=True), 409
    words = (form.text.data or "").strip()
    with transaction():
        call = service.ask(
            near, answering, form.number.number or "", words, key=form.key.data, by=current_user, now=now()
        )
    return redirect(url_for(".show", call=call), 303)


@bp.get("/ring-mig/<key:call>")
@access("relative")
def show(call: UUID) -> Response:
    found = queries.call_for(current_user, call, now=now())
    if current_user.opens(about=found.key):
        also(lambda: notices.seen(current_user.person_id, about=found.key, by=current_user, now=now()))
    return show_page(found)


@bp.post("/ring-mig/<key:call>/lost")
@access("relative")
def solved(call: UUID) -> Answer:
    found = queries.call_for(current_user, call, now=now())
    with transaction():
        service.solved(found.key, by=current_user, now=now())
    return redirect(url_for(".show", call=call), 303)


def near_by(relation: UUID) -> Near:
    return queries.near(current_user, relation, now=now(), today=today())


def who_rings(near: Near) -> Answering | None:
    """Who rings if it is asked now; nobody, where the patient has no contact."""
    if near.contact is None:
        return None
    patient = near.let_in.patient_id
    found = answer_queries.who_answers(current_user, [near.contact], at=now(), today=today(), patient=patient)
    return found[near.contact.key]


def ask_page(near: Near, form: CallForm, answering: Answering | None, *, changed: bool = False) -> Response:
    named = "contact" in near.let_in.items
    if answering:
        form.show(answering.now.mark, answering.promise)
        if named:
            seen(near.let_in.key, near.let_in.patient_id)
    return page("calls/ask.html", near=near, form=form, answering=answering, named=named, changed=changed)


def show_page(found: Call) -> Response:
    if found.name is not None and not found.ended_at:
        seen(found.let_in.key, found.let_in.patient_id)
    return page("calls/show.html", call=found)


def seen(relation: UUID, patient: UUID) -> None:
    """That the relative was shown who the contact is, as on the page of what is shared; not that they asked."""
    audit.read(Entry(SEEN, patient, None, f"relation:{db.short(relation)}"))
