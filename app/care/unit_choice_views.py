"""Where somebody who works at several units is now: asked once a session, and again when they no longer work there."""

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import session_service
from app.care.unit_forms import WorkplaceForm
from app.core import db
from app.core.access import access, label_of, safe_next
from app.core.clock import now
from app.core.db import transaction
from app.core.pages import page

bp = Blueprint("workplace", __name__, url_prefix="/arbetsplats")
OPEN = ("workplace.choose", "sessions.mine")


@bp.before_app_request
def ask_first() -> Answer | None:
    """Whoever opens a page is asked before it. What is sent goes on as it is, so that nothing typed is lost."""
    if not is_for_staff() or not getattr(current_user, "chooses_unit", False) or not is_page():
        return None
    return redirect(url_for("workplace.choose", next=request.full_path.rstrip("?")), 303)


def is_for_staff() -> bool:
    """Whether what is asked for is for staff, and not for everybody."""
    endpoint = request.endpoint
    if request.method != "GET" or endpoint is None or endpoint in OPEN:
        return False
    label = label_of(current_app._get_current_object(), endpoint)  # type: ignore[attr-defined]
    return endpoint == "home.start" or "staff" in label.kinds


def is_page() -> bool:
    """Whether somebody opens a page, and it is not what a page fetches by itself."""
    accepts = list(request.accept_mimetypes.values())
    is_document = request.headers.get("Sec-Fetch-Dest", "document") == "document"
    return is_document and (not accepts or "text/html" in accepts)


@bp.get("")
@access("staff")
def choose() -> Response:
    return choice_page(WorkplaceForm(), safe_next(request.args.get("next")))


@bp.post("")
@access("staff")
def chosen() -> Answer | tuple[Response, int]:
    form, target = WorkplaceForm(), safe_next(request.form.get("next"))
    form.unit.choices = places()
    if not form.validate_on_submit():
        return choice_page(form, target), 422
    with transaction():
        session_service.work_at(db.long(form.unit.data), current_user.session_id, by=current_user, now=now())
    return redirect(target or url_for("home.start"), 303)


def choice_page(form: WorkplaceForm, target: str | None) -> Response:
    return page("units/workplace.html", form=form, places=places(), next=target)


def places() -> list[tuple[str, str]]:
    return [(db.short(key), name) for key, name in current_user.workplaces.items()]
