"""A unit's hours for drop-in, and its days that are not as the others."""

from datetime import date
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.care import unit_queries
from app.care.unit_queries import UnitPage
from app.core import db
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import Refused
from app.core.locale import gettext as _
from app.core.locale import today
from app.core.pages import page
from app.dropin import head_queries as queries
from app.dropin import rules, service
from app.dropin.head_forms import DayForm, SeriesForm
from app.dropin.head_queries import Led, Place
from app.dropin.queries import red_around
from app.dropin.rules import Exceptional, Series
from app.dropin.service import NameTaken, PlaceClosed, Wanted
from app.support.facts import book

bp = Blueprint("drop_in_hours", __name__, url_prefix="/enhet/drop-in")
Shown = Response | Answer | tuple[Response, int]
SHOWN = 8


@bp.get("/<key:unit>")
@access("staff")
def index(unit: UUID) -> Response:
    found = led(unit)
    return page(
        "dropin/hours.html",
        unit=found,
        drop_ins=queries.drop_ins_of(current_user, unit, today=today()),
        at=now(),
    )


@bp.get("/<key:unit>/ny")
@access("staff")
def new(unit: UUID) -> Response:
    found, form = led(unit), SeriesForm(data={"every": "1", "welcome": ["relative", "child"], "first": today()})
    return series_page(found, form, choose(form, found))


@bp.post("/<key:unit>/ny")
@access("staff")
def make(unit: UUID) -> Shown:
    found, form = led(unit), SeriesForm()
    places = choose(form, found)
    if not is_whole(form, places):
        return series_page(found, form, places), 422
    if "gor" in request.form:
        return series_page(found, form, places, preview=True)
    try:
        with transaction():
            key = service.make(found, wanted(form), by=current_user, now=now())
    except (NameTaken, PlaceClosed) as error:
        return series_page(found, refuse(form, error), places), 422
    return redirect(url_for(".show", unit=unit, drop_in=key), 303)


@bp.get("/<key:unit>/<key:drop_in>")
@access("staff")
def show(unit: UUID, drop_in: UUID) -> Response:
    found, it, at = led(unit), one(unit, drop_in), now()
    return page(
        "dropin/hours_one.html",
        unit=found,
        led=it,
        it=it.it,
        standing=it.it.standing(at),
        days=it.it.upcoming(at, most=SHOWN),
        place=book().municipalities.get(it.it.municipality),
    )


@bp.get("/<key:unit>/<key:drop_in>/andra")
@access("staff")
def edit(unit: UUID, drop_in: UUID) -> Response:
    found, before = led(unit), one(unit, drop_in)
    it = before.it
    form = SeriesForm(
        data={
            "name": it.name,
            "purpose": it.purpose,
            "meets": it.meets,
            "welcome": ["relative"] * it.relative_welcome + ["child"] * it.child_welcome,
            "location": db.short(it.location_id),
            "municipality": it.municipality,
            "weekdays": [str(number) for number in sorted(it.series.weekdays)],
            "every": str(it.series.every_weeks),
            "opens": it.series.opens,
            "closes": it.series.closes,
            "first": it.series.first_on,
            "last": it.series.last_on,
            "red": ["open"] * it.series.on_red_days,
        }
    )
    return series_page(found, form, choose(form, found), before)


@bp.post("/<key:unit>/<key:drop_in>/andra")
@access("staff")
def change(unit: UUID, drop_in: UUID) -> Shown:
    found, before, form = led(unit), one(unit, drop_in), SeriesForm()
    places = choose(form, found)
    if not is_whole(form, places):
        return series_page(found, form, places, before), 422
    if "gor" in request.form:
        return series_page(found, form, places, before, preview=True)
    try:
        with transaction():
            service.change(before.it.key, wanted(form), by=current_user, now=now())
    except (NameTaken, PlaceClosed) as error:
        return series_page(found, refuse(form, error), places, before), 422
    return back_to(unit, drop_in)


@bp.post("/<key:unit>/<key:drop_in>/visa")
@access("staff")
def publish(unit: UUID, drop_in: UUID) -> Answer:
    led(unit)
    it = one(unit, drop_in).it
    if it.place_ended:
        raise Refused(_("Platsen används inte längre"), _("Välj en annan plats först, så att ingen åker fel."))
    try:
        with transaction():
            service.publish(it.key, by=current_user, now=now())
    except NameTaken as error:
        raise Refused(_("Namnet är upptaget"), taken()) from error
    return back_to(unit, drop_in)


@bp.post("/<key:unit>/<key:drop_in>/ta-ner")
@access("staff")
def take_down(unit: UUID, drop_in: UUID) -> Answer:
    led(unit)
    with transaction():
        service.take_down(one(unit, drop_in).it.key, by=current_user, now=now())
    return back_to(unit, drop_in)


@bp.get("/<key:unit>/<key:drop_in>/dag")
@access("staff")
def day(unit: UUID, drop_in: UUID) -> Response:
    """One day: closed, open, or at other hours."""
    found, it = led(unit), one(unit, drop_in)
    on = asked_day(request.args.get("dag"))
    said = it.it.series.exception(on) if on else None
    closes = on is None or it.it.day(on).is_open if said is None else said.opens is None
    data = {
        "on": on,
        "how": "closed" if closes else "open",
        "opens": (said and said.opens) or it.it.series.opens,
        "closes": (said and said.closes) or it.it.series.closes,
        "words": said.words if said else "",
    }
    return day_page(found, it, DayForm(data=data))


@bp.post("/<key:unit>/<key:drop_in>/dag")
@access("staff")
def change_day(unit: UUID, drop_in: UUID) -> Shown:
    found, it, form = led(unit), one(unit, drop_in), DayForm()
    form.validate_on_submit()
    here = next((place for place in queries.places_of(current_user, unit) if place.key == it.it.location_id), None)
    whole = form.is_whole(today=today()) and (here is None or form.fits(here.name, here.weekdays))
    if not whole or form.on.data is None:
        return day_page(found, it, form), 422
    opens = form.how.data == "open"
    said = Exceptional(form.opens.data if opens else None, form.closes.data if opens else None, form.words.data or "")
    with transaction():
        service.say_of_day(it.it.key, form.on.data, said, by=current_user, now=now())
    return back_to(unit, drop_in)


@bp.post("/<key:unit>/<key:drop_in>/dag/som-vanligt")
@access("staff")
def as_usual(unit: UUID, drop_in: UUID) -> Answer:
    led(unit)
    it, on = one(unit, drop_in).it, asked_day(request.form.get("dag"))
    if on:
        with transaction():
            service.as_usual(it.key, on, by=current_user, now=now())
    return back_to(unit, drop_in)


def led(unit: UUID) -> UnitPage:
    return unit_queries.led_unit(current_user, unit, today=today())


def one(unit: UUID, drop_in: UUID) -> Led:
    return queries.drop_in_for(current_user, unit, drop_in, today=today())


def back_to(unit: UUID, drop_in: UUID) -> Answer:
    return redirect(url_for(".show", unit=unit, drop_in=drop_in), 303)


def taken() -> str:
    return _("Mottagningen har redan en drop-in som heter så. Välj ett annat namn.")


def asked_day(text: str | None) -> date | None:
    """The day that an address or a form names; None for none, and for one that nobody could mean."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def choose(form: SeriesForm, found: UnitPage) -> list[Place]:
    """Let the form know where there is to choose; gives back the places."""
    places, county = queries.places_of(current_user, found.id), queries.county_of(current_user, found.id)
    here = [it for it in book().municipalities.values() if it.code.startswith(county)]
    form.municipality.choices = [("", _("Välj kommun")), *((it.code, it.name) for it in here)]
    form.location.offer((it.key, it.name) for it in places)
    return places


def is_whole(form: SeriesForm, places: list[Place]) -> bool:
    """Whether it can be so, with every fault noted."""
    whole = form.validate_on_submit()
    checks = [form.has_hours(), form.has_days(now=now())]
    here = next((it for it in places if it.key == form.location.key), None)
    if here and not form.weekdays.errors:
        checks.append(form.fits(here.name, here.weekdays))
    return whole and here is not None and all(checks)


def refuse(form: SeriesForm, error: ValueError) -> SeriesForm:
    """What somebody else did meanwhile, at its field."""
    if isinstance(error, NameTaken):
        form.name.errors = [taken()]
    else:
        form.weekdays.errors = [_("Platsen har inte öppet alla de dagarna längre. Välj andra dagar.")]
    return form


def wanted(form: SeriesForm) -> Wanted:
    opens, closes, first, place = form.opens.data, form.closes.data, form.first.data, form.location.key
    assert opens and closes and first and place, "a form that is whole"
    return Wanted(
        name=form.name.data or "",
        purpose=form.purpose.data or "",
        meets=form.meets.data or "",
        location_id=place,
        municipality=form.municipality.data or "",
        weekdays=tuple(int(number) for number in form.weekdays.data),
        opens=opens,
        closes=closes,
        first_on=first,
        last_on=form.last.data,
        every_weeks=int(form.every.data),
        on_red_days="open" in (form.red.data or ()),
        relative_welcome="relative" in (form.welcome.data or ()),
        child_welcome="child" in (form.welcome.data or ()),
    )


def series_page(
    found: UnitPage, form: SeriesForm, places: list[Place], before: Led | None = None, *, preview: bool = False
) -> Response:
    days = None
    if preview:
        it, at = wanted(form), now()
        hours = (frozenset(it.weekdays), it.opens, it.closes, it.first_on, it.last_on, it.every_weeks, it.on_red_days)
        series = Series(*hours, exceptions=before.it.series.exceptions if before else None)
        days = rules.upcoming(series, at, red_around(at), most=SHOWN)
    return page("dropin/hours_edit.html", unit=found, form=form, places=places, led=before, days=days)


def day_page(found: UnitPage, it: Led, form: DayForm) -> Response:
    return page("dropin/hours_day.html", unit=found, it=it.it, form=form)
