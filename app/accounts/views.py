"""The ways in, side by side, and the way out."""

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import queries, service, sessions
from app.core.access import access, safe_next
from app.core.clock import now
from app.core.db import transaction
from app.core.pages import page

bp = Blueprint("accounts", __name__)


@bp.get("/logga-in")
@access("public")
def sign_in() -> Response:
    settings = current_app.extensions["settings"]
    return page(
        "accounts/sign_in.html",
        next=safe_next(request.args.get("next")),
        patients=settings.oidc_patient is not None,
        staff=settings.oidc_staff is not None,
        numbers=queries.numbers_of(None),
    )


@bp.get("/logga-in/last")
@access("public", database=False)
def locked() -> Response:
    """Where whoever has locked everything lands, and whoever is locked out: what to do next."""
    return page("accounts/locked.html")


@bp.get("/logga-ut")
@access("public", database=False)
def sign_out() -> Response:
    return page("accounts/sign_out.html")


@bp.post("/logga-ut")
@access("public")
def leave() -> Answer:
    if current_user.is_authenticated:
        with transaction():
            service.sign_out(current_user.session_id, by=current_user, now=now())
    sessions.forget()
    return redirect(url_for("home.start"), 303)
