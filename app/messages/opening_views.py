"""Staff write first: to whom, and what."""

from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.core import audit, db, paging
from app.core.access import access
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import today
from app.core.pages import page
from app.messages import opening_service, queries, rules, service, unread_queries
from app.messages.forms import OpeningForm
from app.messages.unread_queries import Addressee

bp = Blueprint("opening", __name__, url_prefix="/patienter")


@bp.get("/skriv")
@access("staff")
def choose() -> Response:
    people = unread_queries.addressees_of(current_user, today=today())
    after = request.args.get("efter", "")
    start = next((n for n, it in enumerate(people, 1) if db.short(it.key) == after), 0)
    rows, more = paging.cut(people[start:])
    audit.read(*(Entry("patient.listed", it.key, it.unit_id) for it in rows))
    return page(
        "questions/choose.html",
        people=rows,
        older=url_for(".choose", efter=db.short(rows[-1].key)) if more else None,
        newer=url_for(".choose") if start else None,
    )


@bp.get("/<key:patient>/skriv")
@access("staff")
def new(patient: UUID) -> Response:
    to, form = unread_queries.addressee_for(current_user, patient, today=today()), OpeningForm()
    draft = queries.draft_for(current_user, to.key)
    form.text.data = draft[0] if draft else None
    return new_page(to, form, draft_at=draft[1] if draft else None)


@bp.post("/<key:patient>/skriv")
@access("staff")
def send(patient: UUID) -> Response | Answer | tuple[Response, int]:
    to, form = unread_queries.addressee_for(current_user, patient, today=today()), OpeningForm()
    text = form.text.data or ""
    if "spara" in request.form and len(text) <= rules.LONGEST:
        with transaction():
            service.save_draft(to.key, by=current_user, text=text, now=now())
        return redirect(url_for("home.start"), 303)
    if not form.validate_on_submit():
        form.renew()
        return new_page(to, form), 422
    with transaction():
        stored = opening_service.write_first(to, by=current_user, text=text, key=form.key.data, now=now())
    return redirect(url_for("messages.thread", thread=stored.thread_id, _anchor=f"m{stored.n}"), 303)


def new_page(to: Addressee, form: OpeningForm, **more: object) -> Response:
    audit.read(Entry("patient.opened", to.key, to.unit_id))
    return page("questions/open.html", to=to, form=form, place=db.short(to.key), **{"draft_at": None} | more)
