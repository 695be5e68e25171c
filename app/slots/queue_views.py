"""The list of those who wait for a time, as staff keep it."""

from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.bookings import patient_queries as patients
from app.core import audit, paging
from app.core.access import access
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import today
from app.core.pages import page
from app.slots import queue_queries as queries
from app.slots import queue_service
from app.slots.queue_forms import PutForm

bp = Blueprint("queue", __name__, url_prefix="/tidbok/vantelista")
Shown = Response | Answer | tuple[Response, int]


@bp.get("")
@access("staff")
def index() -> Response:
    after = paging.place(request.args.get("efter"))
    rows, more = queries.waiting(current_user, now=now(), after=after)
    audit.read(*(Entry("queue.listed", it.patient_id, it.unit_id) for it in rows))
    return page(
        "slots/queue.html",
        rows=rows,
        first=url_for(".index") if after else None,
        more=url_for(".index", efter=paging.cursor(rows[-1].since, rows[-1].key)) if more else None,
        done=request.args.get("klart"),
    )


@bp.get("/ny/<key:patient>")
@access("staff")
def putting(patient: UUID) -> Response:
    """What one patient waits for, and what suits them."""
    card, form = form_for(patient)
    form.fill((), 24)
    return put_page(card, form)


@bp.post("/ny/<key:patient>")
@access("staff")
def put(patient: UUID) -> Shown:
    card, form = form_for(patient)
    valid, kind = form.validate_on_submit(), form.kind.key
    if not valid or kind is None:
        return put_page(card, form), 422
    with transaction():
        queue_service.join(kind, card.key, form.parts, int(form.notice.data), by=current_user, now=now())
    return redirect(url_for(".index", klart="pa"), 303)


@bp.post("/<key:queued>/ta-bort")
@access("staff")
def take_off(queued: UUID) -> Answer:
    queries.waiting_for(current_user, queued, now=now())
    with transaction():
        queue_service.take_off(queued, by=current_user, now=now())
    return redirect(url_for(".index", klart="av"), 303)


def form_for(patient: UUID) -> tuple[patients.Card, PutForm]:
    card = patients.card_for(current_user, patient, now=now())
    kinds = patients.kinds_for(current_user, card, today=today())
    several = len(card.units) > 1
    return card, PutForm((it.key, f"{it.name}, {it.unit_name}" if several else it.name) for it in kinds)


def put_page(card: patients.Card, form: PutForm) -> Response:
    audit.read(Entry("patient.opened", card.key, card.units[0][0]))
    return page("slots/put.html", card=card, form=form)
