"""Who answers in the weeks ahead, where nobody does, and who fills that."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.care import cover_queries as queries
from app.care import cover_service as service
from app.care.cover_forms import FillForm
from app.care.cover_queries import CoverPage, GapShown
from app.core import db
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import NotFound
from app.core.locale import gettext as _
from app.core.locale import today
from app.core.pages import page

bp = Blueprint("cover", __name__, url_prefix="/bevakning")


@bp.get("", defaults={"unit": None})
@bp.get("/<key:unit>")
@access("staff")
def cover(unit: UUID | None) -> Response:
    """The cover of a unit; of one's own, or which of them, when none is named."""
    if unit is None:
        found = queries.units_of(current_user, today=today())
        if len(found) != 1:
            return page("cover/units.html", units=found)
        return page("cover/cover.html", cover=queries.cover_of(current_user, found[0], at=now()), done=None)
    return page("cover/cover.html", cover=read(unit), done=request.args.get("klart"))


@bp.get("/<key:unit>/glapp")
@access("staff")
def gap(unit: UUID) -> Response:
    shown = read_led(unit)
    found = gap_at(shown, request.args.get("fran"))
    if found is None:
        return page("cover/filled.html", cover=shown)
    return fill_page(shown, found, fill_form(found))


@bp.post("/<key:unit>/glapp")
@access("staff")
def fill(unit: UUID) -> Response | Answer | tuple[Response, int]:
    shown = read_led(unit)
    found = gap_at(shown, request.args.get("fran"))
    if found is None:
        return redirect(url_for(".cover", unit=unit, klart="borta"), 303)
    form = fill_form(found)
    if not form.validate_on_submit():
        return fill_page(shown, found, form), 422
    person = db.long(form.who.data)
    with transaction():
        if form.how.data == "instead":
            service.ask_instead(found, person, by=current_user, now=now())
        else:
            service.put_on_duty(found, person, by=current_user, now=now())
    return redirect(url_for(".cover", unit=unit, klart="fyllt"), 303)


def read(unit: UUID) -> CoverPage:
    there = queries.unit_for(current_user, unit, today=today())
    return queries.cover_of(current_user, there, at=now())


def read_led(unit: UUID) -> CoverPage:
    shown = read(unit)
    if not shown.unit.leads:
        raise NotFound
    return shown


def gap_at(shown: CoverPage, start: str | None) -> GapShown | None:
    """The gap that begins then; None when it has been filled since. One that has begun goes on from now."""
    try:
        at = datetime.fromisoformat(start or "")
    except ValueError as error:
        raise NotFound from error
    if at.tzinfo is None:
        raise NotFound
    return next((it for it in shown.gaps if it.starts_at <= max(at, now()) < it.ends_at), None)


def fill_form(found: GapShown) -> FillForm:
    form = FillForm()
    form.who.choices = [(db.short(face.key), face.name) for face in (*found.fills, *found.helps)]
    ways = [("instead", _("Svarar i stället för den som är borta"))] if found.away else []
    form.how.choices = [*ways, ("duty", _("Har bevakningen de tiderna"))]
    if request.method == "GET":
        chosen = form.who.choices and ("forsta" in request.args or len(form.who.choices) == 1)
        form.who.data = form.who.choices[0][0] if chosen else None
        form.how.data = form.how.choices[0][0]
    return form


def fill_page(shown: CoverPage, found: GapShown, form: FillForm) -> Response:
    return page("cover/fill.html", cover=shown, gap=found, form=form)
