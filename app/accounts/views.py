"""Sign in and out. Until the ways in have landed, the demo's personas are the only way."""

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import service, sessions
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.pages import page

bp = Blueprint("accounts", __name__)


@bp.get("/logga-in")
@access("public", database=False)
def sign_in() -> Response:
    return page("accounts/sign_in.html", next=request.args.get("next"))


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
