"""Tell a unit something about a patient. Anybody may; nobody learns anything by it."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.accounts import arrivals
from app.accounts.throttle_service import TooMany
from app.core import audit, paging
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.pages import page
from app.relatives import told_queries as queries
from app.relatives import told_service as service
from app.relatives.told_forms import TellForm
from app.relatives.told_queries import Place
from app.relatives.told_service import Words

bp = Blueprint("told", __name__, url_prefix="/beratta")
REMEMBERED = timedelta(days=1)
Shown = Response | Answer | tuple[Response, int]


@bp.get("")
@access("public")
def tell() -> Response:
    return page("told/units.html", units=queries.units(audit.SYSTEM))


@bp.get("/<key:unit>")
@access("public")
def write(unit: UUID) -> Response:
    return write_page(queries.unit_for(audit.SYSTEM, unit), TellForm())


@bp.post("/<key:unit>")
@access("public")
def send(unit: UUID) -> Shown:
    to, form, at = queries.unit_for(audit.SYSTEM, unit), TellForm(), now()
    if not form.validate_on_submit():
        form.renew()
        return write_page(to, form), 422
    said = Words(form.name.data, form.birth.data, form.text.data, (form.reach.data or "").strip() or None)
    try:
        with transaction():
            service.tell(to.key, said, key=form.key.data, sender=arrivals.asker(), by=audit.SYSTEM, now=at)
    except TooMany:
        return write_page(to, form, full=True), 429
    return redirect(url_for(".told", unit=to.key, nar=paging.cursor(at, to.key)), 303)


@bp.get("/<key:unit>/tack")
@access("public")
def told(unit: UUID) -> Response:
    to, at = queries.unit_for(audit.SYSTEM, unit), now()
    then = told_at(request.args.get("nar"), at)
    return page("told/told.html", unit=to, looks=queries.looks_by(audit.SYSTEM, to, at=then) if then else None)


def told_at(text: str | None, at: datetime) -> datetime | None:
    """When it was told, as the address says; None for what is long ago, or what somebody has changed."""
    found = paging.place(text)
    return found[0] if found and at - REMEMBERED < found[0] <= at else None


def write_page(to: Place, form: TellForm, *, full: bool = False) -> Response:
    looks = queries.looks_by(audit.SYSTEM, to, at=now())
    return page("told/write.html", unit=to, form=form, looks=looks, full=full)
