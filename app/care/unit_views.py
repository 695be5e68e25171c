"""Units: those one leads, one of them, and what can be changed in it."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.care import red_days, region_queries, roster_queries, unit_queries, unit_service, words, work_queries
from app.care.closing import Uncovered
from app.care.fields import Choices, WeeksField, keys_of
from app.care.region_queries import RegionPage
from app.care.unit_forms import (
    MOST_LINES,
    FunctionForm,
    FunctionHoursForm,
    HeadForm,
    LineForm,
    NewUnitForm,
    OfficeForm,
    PlaceForm,
    PromiseForm,
)
from app.care.unit_queries import Somebody, UnitPage
from app.care.unit_service import CodeTaken, Line, NameTaken, Place
from app.core import db
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import gettext as _
from app.core.locale import language, today
from app.core.pages import page

bp = Blueprint("units", __name__, url_prefix="/enhet")
for said in (
    words.dates,
    words.length,
    words.month,
    words.number,
    words.sentence,
    words.stretch,
    words.turn,
    words.week,
    words.weekday,
):
    bp.add_app_template_filter(said, f"{said.__name__}_words")
NEAR = 7
Shown = Response | Answer | tuple[Response, int]


@bp.get("")
@access("staff")
def units() -> Response:
    rows = unit_queries.units_of(current_user, today=today())
    return page("units/units.html", units=rows, admin="admin" in current_user.kinds)


@bp.get("/<key:unit>")
@access("staff")
def unit(unit: UUID) -> Response:
    on = today()
    found = unit_queries.unit_for(current_user, unit, today=on)
    people = work_queries.people_at(current_user, found.id, today=on) if found.leads else []
    shifts = roster_queries.shifts_of(current_user, found.id, on, days=NEAR, today=on)
    asked = {found.head, *found.substitutes, *(person for shift in shifts for person in shift.people)}
    names = region_queries.names_of(current_user, asked, region_id=found.region_id)
    closed = on in red_days.between(on, on) or any(it.starts_on <= on <= it.ends_on for it in found.closures)
    hours = () if closed else found.office[on.weekday()]
    return page(
        "units/unit.html", unit=found, people=people, shifts=shifts, names=names, today=on, hours=words.spans(hours)
    )


@bp.get("/<key:unit>/roda-dagar")
@access("staff")
def red(unit: UUID) -> Response:
    found = unit_queries.unit_for(current_user, unit, today=today())
    days = red_days.named(today(), today() + timedelta(days=365), language=language())
    return page("units/red_days.html", unit=found, days=days)


@bp.get("/<key:unit>/adress")
@access("staff")
def place(unit: UUID) -> Response:
    found = led(unit)
    return place_page(found, PlaceForm(obj=found), line_forms(found))


@bp.post("/<key:unit>/adress")
@access("staff")
def change_place(unit: UUID) -> Shown:
    found, form = led(unit), PlaceForm()
    lines = line_forms(found)
    faulty = [line for line in lines if not line.is_empty and not line.validate()]
    if not form.validate_on_submit() or faulty:
        return place_page(found, form, lines), 422
    said = Place(
        form.name.data,
        form.phone.number or "",
        form.phone_hours.data or "",
        form.visiting.data or "",
        form.postal.data or "",
        tuple(Line(it.label.data, it.phone.number or "", it.hours.data or "") for it in lines if not it.is_empty),
        form.hsa_id.data or "",
    )
    try:
        with transaction():
            unit_service.change_place(found.id, said, by=current_user, now=now())
    except NameTaken:
        form.name.errors = [_("En annan mottagning heter så. Välj ett annat namn.")]
        return place_page(found, form, lines), 422
    except CodeTaken:
        form.hsa_id.errors = [_("En annan mottagning har det HSA-id:t. Se efter i HSA-katalogen.")]
        return place_page(found, form, lines), 422
    return back_to(found)


def place_page(found: UnitPage, form: PlaceForm, lines: list[LineForm]) -> Response:
    return page("units/place.html", unit=found, form=form, lines=lines)


def line_forms(found: UnitPage) -> list[LineForm]:
    """A form for each further number that there is, and an empty one."""
    shown = min(len(found.lines) + 1, MOST_LINES)
    return [
        LineForm(prefix=f"n{n}", meta={"csrf": False}, obj=found.lines[n] if n < len(found.lines) else None)
        for n in range(shown)
    ]


@bp.get("/<key:unit>/oppettider")
@access("staff")
def office(unit: UUID) -> Response:
    found = led(unit)
    return page("units/office.html", unit=found, form=OfficeForm(data={"hours": (found.office,)}))


@bp.post("/<key:unit>/oppettider")
@access("staff")
def change_office(unit: UUID) -> Shown:
    found, form = led(unit), OfficeForm()
    if redrawn(form.hours):
        return page("units/office.html", unit=found, form=form)
    if not form.validate_on_submit():
        return page("units/office.html", unit=found, form=form), 422
    try:
        with transaction():
            unit_service.change_office_hours(found.id, form.hours.weeks[0], by=current_user, now=now())
    except Uncovered as error:
        form.hours.errors = [nobody_then(error)]
        return page("units/office.html", unit=found, form=form), 422
    return back_to(found)


@bp.get("/<key:unit>/lofte")
@access("staff")
def promise(unit: UUID) -> Response:
    found = led(unit)
    form = PromiseForm(data={"promise": found.promise, "gap": found.own_gap})
    return page("units/promise.html", unit=found, form=form)


@bp.post("/<key:unit>/lofte")
@access("staff")
def change_promise(unit: UUID) -> Shown:
    found, form = led(unit), PromiseForm()
    if not form.validate_on_submit():
        return page("units/promise.html", unit=found, form=form), 422
    try:
        with transaction():
            unit_service.change_promise(
                found.id, form.promise.minutes or 0, longest_gap=form.gap.minutes, by=current_user, now=now()
            )
    except Uncovered as error:
        form.gap.errors = [nobody_then(error)]
        return page("units/promise.html", unit=found, form=form), 422
    return back_to(found)


@bp.get("/<key:unit>/chef")
@access("staff")
def head(unit: UUID) -> Response:
    found = led(unit)
    form = HeadForm(data={"head": db.short(found.head), "substitutes": keys_of(found.substitutes)})
    choose_head(form, region_queries.people_of_region(current_user, found.region_id))
    return page("units/head.html", unit=found, form=form)


@bp.post("/<key:unit>/chef")
@access("staff")
def change_head(unit: UUID) -> Shown:
    found, form = led(unit), HeadForm()
    choose_head(form, region_queries.people_of_region(current_user, found.region_id))
    if not form.validate_on_submit():
        return page("units/head.html", unit=found, form=form), 422
    with transaction():
        unit_service.name_head(found.id, db.long(form.head.data), form.substitutes.people, by=current_user, now=now())
    # Whoever has handed over the unit may no longer see it.
    return redirect(url_for(".units"), 303)


@bp.get("/ny")
@access("admin")
def new() -> Response:
    region = region_queries.region_for(current_user)
    return new_page(region, NewUnitForm())


@bp.post("/ny")
@access("admin")
def open_unit() -> Shown:
    region, form = region_queries.region_for(current_user), NewUnitForm()
    if redrawn(form.hours):
        return new_page(region, form)
    choose_head(form, region_queries.people_of_region(current_user, region.id))
    if not form.validate_on_submit():
        return new_page(region, form), 422
    try:
        with transaction():
            made = unit_service.open_unit(
                region,
                form.name.data,
                phone=form.phone.number or "",
                phone_hours=form.phone_hours.data or "",
                office=form.hours.weeks[0],
                head=db.long(form.head.data),
                head_substitutes=form.substitutes.people,
                by=current_user,
                now=now(),
            )
    except NameTaken:
        form.name.errors = [_("En annan mottagning heter så. Välj ett annat namn.")]
        return new_page(region, form), 422
    return redirect(url_for(".unit", unit=made.id), 303)


def new_page(region: RegionPage, form: NewUnitForm) -> Response:
    choose_head(form, region_queries.people_of_region(current_user, region.id))
    return page("units/new.html", form=form)


@bp.get("/regionen")
@access("admin")
def region() -> Response:
    found = region_queries.region_for(current_user)
    form = FunctionForm(data={"phone": found.phone, "people": keys_of(found.people)})
    return function_page(found, form)


@bp.post("/regionen")
@access("admin")
def change_region() -> Shown:
    found, form = region_queries.region_for(current_user), FunctionForm()
    form.people.choices = choices(region_queries.people_of_region(current_user, found.id))
    if not form.validate_on_submit():
        return function_page(found, form), 422
    with transaction():
        if form.phone.number != found.phone:
            unit_service.change_function_phone(found, form.phone.number or "", by=current_user, now=now())
        if set(form.people.people) != set(found.people):
            unit_service.name_function(found, form.people.people, by=current_user, now=now())
    return redirect(url_for(".units"), 303)


def function_page(found: RegionPage, form: FunctionForm) -> Response:
    form.people.choices = choices(region_queries.people_of_region(current_user, found.id))
    return page("units/function.html", region=found, form=form)


@bp.get("/regionen/tider")
@access("admin")
def function_hours() -> Response:
    found = region_queries.region_for(current_user)
    return page("units/function_hours.html", region=found, form=FunctionHoursForm(data={"hours": (found.hours,)}))


@bp.post("/regionen/tider")
@access("admin")
def change_function_hours() -> Shown:
    found, form = region_queries.region_for(current_user), FunctionHoursForm()
    if redrawn(form.hours):
        return page("units/function_hours.html", region=found, form=form)
    if not form.validate_on_submit():
        return page("units/function_hours.html", region=found, form=form), 422
    try:
        with transaction():
            unit_service.change_function_hours(found, form.hours.weeks[0], by=current_user, now=now())
    except Uncovered as error:
        form.hours.errors = [nobody_then(error)]
        return page("units/function_hours.html", region=found, form=form), 422
    return redirect(url_for(".region"), 303)


def led(key: UUID) -> UnitPage:
    return unit_queries.led_unit(current_user, key, today=today())


def back_to(found: UnitPage) -> Answer:
    return redirect(url_for("units.unit", unit=found.id), 303)


def redrawn(hours: WeeksField) -> bool:
    """Whether the form came by a button that only asks for more room; then nothing is saved."""
    return hours.act(request.form)


def choices(people: list[Somebody]) -> Choices:
    return [(db.short(it.key), f"{it.name}, {it.title}") for it in people]


def choose_head(form: HeadForm, people: list[Somebody]) -> None:
    form.head.choices = [("", _("Välj")), *choices(people)]
    form.substitutes.choices = choices(people)


def nobody_then(error: Uncovered) -> str:
    """What is wrong with a change that would leave a closed unit with nobody, and the way out."""
    return _(
        "%(unit)s är stängd %(days)s. Då svarar ingen på %(hours)s öppettid. Ändra stängningen först.",
        unit=error.unit_name,
        days=words.dates(error.hole.starts_on, error.hole.ends_on),
        hours=words.length(error.hole.minutes),
    )
