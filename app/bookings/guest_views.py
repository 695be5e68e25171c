"""Whom the patient takes along to a time, and the time as whoever comes along sees it."""

from uuid import UUID

from flask import Blueprint, Response, redirect, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.bookings import guest_queries, guest_service, queries
from app.bookings.guest_service import Over
from app.core import audit, db
from app.core.access import access
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.pages import also, page
from app.notices import service as notices

bp = Blueprint("guests", __name__, url_prefix="/tider/sallskap")


@bp.get("/<key:booking>")
@access("patient")
def choose(booking: UUID) -> Response | Answer:
    it, at = queries.booking_for(current_user, booking), now()
    if it.status != "booked" or it.ends_at <= at:
        return redirect(url_for("bookings.show", booking=booking), 303)
    return page("bookings/guests.html", it=it, company=guest_queries.company(current_user, booking, now=at))


@bp.post("/<key:booking>/<key:relation>")
@access("patient")
def invite(booking: UUID, relation: UUID) -> Answer:
    try:
        with transaction():
            guest_service.invite(booking, relation, by=current_user, now=now())
    except Over:
        pass  # the page says what is so now
    return redirect(url_for(".choose", booking=booking), 303)


@bp.post("/<key:booking>/<key:relation>/ta-tillbaka")
@access("patient")
def take_back(booking: UUID, relation: UUID) -> Answer:
    with transaction():
        guest_service.take_back(booking, relation, by=current_user, now=now())
    return redirect(url_for(".choose", booking=booking), 303)


@bp.get("/med/<key:booking>")
@access("relative")
def along(booking: UUID) -> Response:
    """A time as somebody near the patient sees it: when, where and whom the patient meets."""
    at, viewer = now(), current_user._get_current_object()
    seen = guest_queries.seen_for(viewer, booking, now=at)
    time = seen.time
    audit.read(Entry("shared.time_seen", time.patient_id, time.unit_id, f"booking:{db.short(time.key)}"))
    if viewer.opens(about=time.key):
        also(lambda: notices.seen(viewer.person_id, about=time.key, by=viewer, now=at))
    return page("bookings/along.html", seen=seen, it=time, over=time.ends_at <= at)
