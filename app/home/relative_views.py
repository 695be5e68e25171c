"""The municipality that a relative has chosen to see support for. Nobody else is shown it."""

from flask import Blueprint, Response, redirect, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.pages import page
from app.home.relative_forms import OwnPlaceForm
from app.support import service
from app.support.facts import book

bp = Blueprint("near", __name__, url_prefix="/anhorig/kommun")


@bp.get("")
@access("relative")
def place() -> Response:
    return page("home/place.html", form=OwnPlaceForm(), found=[], asked=None)


@bp.post("")
@access("relative")
def choose() -> Answer | tuple[Response, int]:
    form = OwnPlaceForm()
    if not form.validate_on_submit():
        return page("home/place.html", form=form, found=[], asked=None), 422
    found = book().meant(form.kommun.data)
    if len(found) != 1:
        return page("home/place.html", form=form, found=found, asked=form.kommun.data), 422
    with transaction():
        service.live_in(found[0].code, by=current_user, now=now())
    return redirect(url_for("home.near", _anchor="stod"), 303)


@bp.post("/glom")
@access("relative")
def forget() -> Answer:
    with transaction():
        service.live_in(None, by=current_user, now=now())
    return redirect(url_for("home.near", _anchor="stod"), 303)
