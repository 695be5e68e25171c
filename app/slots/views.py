"""Free times, as the patient sees and takes them; what is held for them; and the lists that they wait on."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.core import db, paging
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import NotFound
from app.core.pages import also, page
from app.notices import service as notices
from app.slots import queries, queue_queries, queue_service, take_service
from app.slots.queue_forms import WaitForm
from app.slots.slot_rules import MOST_OWN
from app.slots.take_service import Clash, Full, Gone

bp = Blueprint("slots", __name__, url_prefix="/lediga-tider")
Shown = Response | Answer | tuple[Response, int]


@bp.get("")
@access("patient")
def index() -> Response:
    """What is held for oneself, what is free, and what one waits for."""
    viewer, at, after = current_user._get_current_object(), now(), paging.place(request.args.get("efter"))
    kind = key_in("slag")
    rows, more = queries.free_for(viewer, now=at, kind=kind, after=after)
    only: dict[str, Any] = {"slag": db.short(kind)} if kind else {}
    return page(
        "slots/free.html",
        rows=rows,
        kind=kind,
        mine=queue_queries.mine(viewer, now=at),
        offered=queries.offered_to(viewer, now=at) if after is None else [],
        first=url_for(".index", **only) if after else None,
        more=url_for(".index", **only, efter=paging.cursor(rows[-1].starts_at, rows[-1].key)) if more else None,
        done=request.args.get("klart"),
    )


@bp.get("/<key:slot>")
@access("patient")
def show(slot: UUID) -> Shown:
    viewer = current_user._get_current_object()
    it = queries.free_one(viewer, slot, now=now())
    if viewer.opens(about=slot):
        also(lambda: notices.seen(viewer.person_id, about=slot, by=viewer, now=now()))
    if it is None:
        return lost(slot, "borta")
    return page("slots/slot.html", it=it)


@bp.post("/<key:slot>/ta")
@access("patient")
def take(slot: UUID) -> Shown:
    try:
        with transaction():
            booking = take_service.take(slot, by=current_user, now=now())
    except Gone:
        return lost(slot, "borta"), 409
    except Clash:
        return lost(slot, "krock"), 409
    except Full:
        return lost(slot, "fullt"), 409
    return redirect(url_for("bookings.show", booking=booking), 303)


@bp.post("/<key:slot>/nej")
@access("patient")
def refuse(slot: UUID) -> Answer:
    with transaction():
        refused = take_service.refuse(slot, by=current_user, now=now())
    return redirect(url_for(".index", klart="nej" if refused else "over"), 303)


@bp.get("/vanta/<key:kind>")
@access("patient")
def waiting(kind: UUID) -> Response:
    it, form = queue_queries.mine_of(current_user, kind, now=now()), WaitForm()
    form.fill(it.parts, it.notice_hours)
    return page("slots/wait.html", it=it, form=form)


@bp.post("/vanta/<key:kind>")
@access("patient")
def wait(kind: UUID) -> Shown:
    it, form = queue_queries.mine_of(current_user, kind, now=now()), WaitForm()
    if not form.validate_on_submit():
        return page("slots/wait.html", it=it, form=form), 422
    viewer = current_user._get_current_object()
    with transaction():
        queue_service.join(kind, viewer.person_id, form.parts, int(form.notice.data), by=viewer, now=now())
    return redirect(url_for(".index", klart="vantar"), 303)


@bp.post("/vanta/<key:queued>/lamna")
@access("patient")
def leave(queued: UUID) -> Answer:
    with transaction():
        queue_service.leave(queued, by=current_user, now=now())
    return redirect(url_for(".index", klart="lamnat"), 303)


def lost(slot: UUID, why: str) -> Response:
    """A time that somebody else has, or that is not free any longer; with those nearest to it."""
    viewer, at = current_user._get_current_object(), now()
    known = queries.known(viewer, slot, now=at)
    if not known:
        raise NotFound
    return page("slots/lost.html", why=why, near=queries.nearest(viewer, slot, now=at), most=MOST_OWN)


def key_in(name: str) -> UUID | None:
    """A key of the address; None for anything else."""
    try:
        return db.long(request.args.get(name, ""))
    except ValueError:
        return None
