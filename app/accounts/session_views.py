"""Where one is signed in: see it, end it, and lock everything at once."""

from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import ending_service, passkey_queries, sessions, words
from app.accounts import session_queries as queries
from app.accounts import session_service as service
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.pages import page

bp = Blueprint("sessions", __name__, url_prefix="/inloggningar")
bp.add_app_template_filter(words.device, "device_words")
bp.add_app_template_filter(words.event, "event_words")
bp.add_app_template_filter(words.way, "way_words")


@bp.get("")
@access("patient", "relative", "staff")
def mine() -> Response:
    at = now()
    return page(
        "accounts/sessions.html",
        sessions=queries.sessions_of(current_user, now=at),
        keys=passkey_queries.keys_of(current_user),
        events=queries.events_of(current_user, now=at),
        done=request.args.get("klart"),
    )


@bp.post("/<key:session>/avsluta")
@access("patient", "relative", "staff")
def end(session: UUID) -> Answer:
    with transaction():
        service.end_session(session, by=current_user, now=now())
    return redirect(url_for(".mine", klart="en"), 303)


@bp.post("/avsluta-andra")
@access("patient", "relative", "staff")
def end_others() -> Answer:
    with transaction():
        service.end_others(current_user.session_id, by=current_user, now=now())
    return redirect(url_for(".mine", klart="andra"), 303)


@bp.get("/las")
@access("patient")
def lock() -> Response:
    return page("accounts/lock.html")


@bp.post("/las")
@access("patient")
def lock_at_once() -> Answer:
    with transaction():
        ending_service.lock(current_user.person_id, by=current_user, now=now())
    sessions.forget()
    return redirect(url_for("accounts.locked"), 303)
