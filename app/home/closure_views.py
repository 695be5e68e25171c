"""A unit's closed days, and the times that they hit."""

from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.bookings import hit_queries
from app.bookings.hit_queries import NONE, Hits
from app.care import roster_queries, roster_service, unit_queries, words
from app.care.closing import Uncovered
from app.care.roster_forms import ClosureForm
from app.care.roster_service import Days, Overlaps, Past
from app.care.unit_queries import ClosureRow, UnitPage
from app.core import audit, db
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import Refused
from app.core.locale import day, today
from app.core.locale import gettext as _
from app.core.pages import page
from app.home.absence_forms import SEEN, Unseen, ensure_seen

bp = Blueprint("closures", __name__, url_prefix="/enhet")
Shown = Response | Answer | tuple[Response, int]
NOBODY, FUNCTION = "", "funktionen"


@bp.get("/<key:unit>/stangt")
@access("staff")
def closing(unit: UUID) -> Response:
    found = led(unit)
    return closing_page(found, ClosureForm(), None)


@bp.post("/<key:unit>/stangt")
@access("staff")
def close(unit: UUID) -> Shown:
    found, form = led(unit), ClosureForm()
    choose_cover(form, found)
    if not form.validate_on_submit():
        return closing_page(found, form, None), 422
    try:
        with transaction():
            roster_service.close(found.id, days_of(form), by=current_user, now=now())
            ensure_seen(hits_of(found, form), request.form.get(SEEN))
    except Unseen as error:
        return closing_page(found, form, None, error.hits), 422
    except (Past, Overlaps, Uncovered) as error:
        say(form, found, error)
        return closing_page(found, form, None), 422
    return to_unit(found, "stangt")


@bp.get("/<key:unit>/stangt/<key:closure>")
@access("staff")
def closure(unit: UUID, closure: UUID) -> Response:
    found = led(unit)
    row = roster_queries.closure_of(current_user, found, closure)
    form = ClosureForm(obj=row)
    form.cover.data = FUNCTION if row.cover_function else db.short(row.cover_unit) if row.cover_unit else NOBODY
    return closing_page(found, form, row)


@bp.post("/<key:unit>/stangt/<key:closure>")
@access("staff")
def change(unit: UUID, closure: UUID) -> Shown:
    found, form = led(unit), ClosureForm()
    row = roster_queries.closure_of(current_user, found, closure)
    choose_cover(form, found)
    if not form.validate_on_submit():
        return closing_page(found, form, row), 422
    try:
        with transaction():
            roster_service.change_closure(found.id, row.id, days_of(form), by=current_user, now=now())
            ensure_seen(hits_of(found, form), request.form.get(SEEN))
    except Unseen as error:
        return closing_page(found, form, row, error.hits), 422
    except (Past, Overlaps, Uncovered) as error:
        say(form, found, error)
        return closing_page(found, form, row), 422
    return to_unit(found, "stangt")


@bp.post("/<key:unit>/stangt/<key:closure>/ta-bort")
@access("staff")
def reopen(unit: UUID, closure: UUID) -> Shown:
    found = led(unit)
    row = roster_queries.closure_of(current_user, found, closure)
    try:
        with transaction():
            roster_service.reopen(found.id, row.id, by=current_user, now=now())
    except Past as error:
        raise already_over() from error
    except Uncovered as error:
        form = ClosureForm(obj=row)
        say(form, found, error)
        return closing_page(found, form, row), 422
    return to_unit(found, "stangt")


def closing_page(found: UnitPage, form: ClosureForm, row: ClosureRow | None, hits: Hits = NONE) -> Response:
    choose_cover(form, found)
    audit.read(*hits.entries)
    return page("units/closure.html", unit=found, form=form, closure=row, hits=hits, today=today())


def hits_of(found: UnitPage, form: ClosureForm) -> Hits:
    return hit_queries.hits_at(current_user, found.id, form.starts_on.data, form.ends_on.data, now=now())


def led(key: UUID) -> UnitPage:
    return unit_queries.led_unit(current_user, key, today=today())


def to_unit(found: UnitPage, anchor: str) -> Answer:
    return redirect(url_for("units.unit", unit=found.id, _anchor=anchor), 303)


def already_over() -> Refused:
    return Refused(
        _("Det är redan över"), _("Någon annan har ändrat det, eller så har dagen gått. Inget är ändrat nu.")
    )


def choose_cover(form: ClosureForm, found: UnitPage) -> None:
    others = unit_queries.other_units(current_user, found)
    form.cover.choices = [
        (NOBODY, _("Ingen behövs")),
        (FUNCTION, _("Regionens funktion")),
        *((db.short(key), name) for key, name in others),
    ]


def days_of(form: ClosureForm) -> Days:
    cover = form.cover.data
    unit = db.long(cover) if cover not in (NOBODY, FUNCTION) else None
    return Days(form.starts_on.data, form.ends_on.data, form.name.data or "", unit, cover == FUNCTION)


def say(form: ClosureForm, found: UnitPage, error: Past | Overlaps | Uncovered) -> None:
    """What is wrong with these days, beside the field that mends it."""
    if isinstance(error, Past):
        form.starts_on.errors = [_("Det som har varit går inte att ändra. Välj en dag från och med i dag.")]
    elif isinstance(error, Overlaps):
        form.starts_on.errors = [_("Det är redan stängt %(day)s. Ändra den stängningen i stället.", day=day(error.at))]
    else:
        form.cover.errors = [without_cover(form, found, error)]


def without_cover(form: ClosureForm, found: UnitPage, error: Uncovered) -> str:
    hole = {"days": words.dates(error.hole.starts_on, error.hole.ends_on), "hours": words.length(error.hole.minutes)}
    if error.unit_name != found.name:
        return _(
            "Ni svarar för %(unit)s, som är stängd %(days)s. Då svarar ingen på %(hours)s öppettid.",
            unit=error.unit_name,
            **hole,
        )
    if form.cover.data == NOBODY:
        return _(
            "Ingen svarar på %(hours)s öppettid, %(days)s. Längsta glapp är %(gap)s. Välj vem som svarar då.",
            gap=words.length(found.gap),
            **hole,
        )
    return _(
        "Den du valde svarar inte heller då: %(hours)s öppettid, %(days)s. Längsta glapp är %(gap)s. Välj någon annan.",
        gap=words.length(found.gap),
        **hole,
    )
