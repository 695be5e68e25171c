"""A unit's duty roster."""

from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.care import region_queries, roster_queries, roster_service, unit_queries, words, work_queries
from app.care.fields import keys_of
from app.care.roster_forms import RepeatForm, ShiftForm
from app.care.roster_queries import ShiftRow
from app.care.roster_service import NotHere, Overlaps, Past, Times
from app.care.unit_queries import UnitPage
from app.core import db
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import Refused
from app.core.locale import day, local, today, when
from app.core.locale import gettext as _
from app.core.pages import page

bp = Blueprint("roster", __name__, url_prefix="/enhet")
Shown = Response | Answer | tuple[Response, int]
WEEKS = 4


@bp.get("/<key:unit>/bevakning")
@access("staff")
def roster(unit: UUID) -> Response:
    found = unit_queries.unit_for(current_user, unit, today=today())
    first = monday(request.args.get("fran"))
    shifts = roster_queries.shifts_of(current_user, found.id, first, days=7 * WEEKS, today=today())
    return roster_page(found, first, shifts, RepeatForm())


@bp.post("/<key:unit>/bevakning/upprepa")
@access("staff")
def repeat(unit: UUID) -> Shown:
    found, form = led(unit), RepeatForm()
    first = monday(request.form.get("fran"))
    if form.validate_on_submit():
        try:
            with transaction():
                roster_service.repeat_week(found.id, first, weeks=int(form.weeks.data), by=current_user, now=now())
            return redirect(url_for(".roster", unit=found.id, fran=first.isoformat()), 303)
        except (Overlaps, NotHere) as error:
            form.weeks.errors = [cannot_repeat(found, error)]
    shifts = roster_queries.shifts_of(current_user, found.id, first, days=7 * WEEKS, today=today())
    return roster_page(found, first, shifts, form), 422


def cannot_repeat(found: UnitPage, error: Overlaps | NotHere) -> str:
    if isinstance(error, Overlaps):
        return _("Det finns redan ett pass %(when)s. Inget är upprepat. Välj färre veckor, eller ta bort det passet.", when=when(error.at))  # type: ignore[arg-type]  # noqa: E501  # fmt: skip
    return not_here(found, error)


def roster_page(found: UnitPage, first: date, shifts: list[ShiftRow], form: RepeatForm) -> Response:
    asked = {person for shift in shifts for person in shift.people}
    names = region_queries.names_of(current_user, asked, region_id=found.region_id)
    return page(
        "units/roster.html",
        unit=found,
        first=first,
        weeks=[first + timedelta(weeks=number) for number in range(WEEKS)],
        shifts=shifts,
        names=names,
        form=form,
        step=timedelta(weeks=WEEKS),
        week=timedelta(weeks=1),
        now=now(),
        this_week=monday(None),
    )


@bp.get("/<key:unit>/bevakning/nytt")
@access("staff")
def new_shift(unit: UUID) -> Response:
    found = led(unit)
    return shift_page(found, ShiftForm(data={"on": asked_day()}), None)


@bp.post("/<key:unit>/bevakning/nytt")
@access("staff")
def add_shift(unit: UUID) -> Shown:
    found, form = led(unit), ShiftForm()
    choose_people(form, found)
    if not form.validate_on_submit():
        return shift_page(found, form, None), 422
    try:
        with transaction():
            roster_service.add_shift(found.id, times_of(form), form.people.people, by=current_user, now=now())
    except (Past, Overlaps, NotHere) as error:
        tell(form, found, error)
        return shift_page(found, form, None), 422
    return to_roster(found, form.on.data)


@bp.get("/<key:unit>/bevakning/<key:shift>")
@access("staff")
def shift(unit: UUID, shift: UUID) -> Response:
    found = led(unit)
    row = roster_queries.shift_for(current_user, found.id, shift, now=now())
    start, end = local(row.starts_at), local(row.ends_at)
    form = ShiftForm(
        data={
            "on": start.date(),
            "opens": words.clock(start.hour * 60 + start.minute),
            "closes": words.clock(end.hour * 60 + end.minute or 24 * 60),
            "people": keys_of(row.people),
        }
    )
    return shift_page(found, form, row)


@bp.post("/<key:unit>/bevakning/<key:shift>")
@access("staff")
def change_shift(unit: UUID, shift: UUID) -> Shown:
    found, form = led(unit), ShiftForm()
    row = roster_queries.shift_for(current_user, found.id, shift, now=now())
    choose_people(form, found)
    if not form.validate_on_submit():
        return shift_page(found, form, row), 422
    try:
        with transaction():
            roster_service.change_shift(
                found.id, row.id, times_of(form), form.people.people, by=current_user, now=now()
            )
    except (Past, Overlaps, NotHere) as error:
        tell(form, found, error)
        return shift_page(found, form, row), 422
    return to_roster(found, form.on.data)


@bp.post("/<key:unit>/bevakning/<key:shift>/ta-bort")
@access("staff")
def remove_shift(unit: UUID, shift: UUID) -> Answer:
    found = led(unit)
    row = roster_queries.shift_for(current_user, found.id, shift, now=now())
    try:
        with transaction():
            roster_service.remove_shift(found.id, row.id, by=current_user, now=now())
    except Past as error:
        raise already_over() from error
    return to_roster(found, row.on)


def shift_page(found: UnitPage, form: ShiftForm, row: ShiftRow | None) -> Response:
    choose_people(form, found)
    return page("units/shift.html", unit=found, form=form, shift=row)


def choose_people(form: ShiftForm, found: UnitPage) -> None:
    people = work_queries.people_at(current_user, found.id, today=today())
    named = {it.person_id: f"{it.name}, {it.title}" for it in people}
    form.people.choices = [(db.short(key), said) for key, said in named.items()]


def times_of(form: ShiftForm) -> Times:
    return Times(form.on.data, form.opens.minutes or 0, form.closes.minutes or 0)


def tell(form: ShiftForm, found: UnitPage, error: Past | Overlaps | NotHere) -> None:
    if isinstance(error, Past):
        form.on.errors = [_("Passet är redan slut då. Välj en dag från och med i dag.")]
    elif isinstance(error, Overlaps):
        form.opens.errors = [_("Det finns redan ett pass som börjar %(when)s. Välj andra tider, eller ändra det passet.", when=when(error.at))]  # type: ignore[arg-type]  # noqa: E501  # fmt: skip
    else:
        form.people.errors = [not_here(found, error)]


def not_here(found: UnitPage, error: NotHere) -> str:
    who = region_queries.names_of(current_user, [error.person_id], region_id=found.region_id)[error.person_id]
    return _("%(name)s arbetar inte här %(day)s. Välj någon annan.", name=who.name, day=day(error.on))


def led(key: UUID) -> UnitPage:
    return unit_queries.led_unit(current_user, key, today=today())


def to_roster(found: UnitPage, on: date) -> Answer:
    return redirect(url_for(".roster", unit=found.id, fran=on.isoformat()), 303)


def already_over() -> Refused:
    return Refused(
        _("Det är redan över"), _("Någon annan har ändrat det, eller så har dagen gått. Inget är ändrat nu.")
    )


def day_in(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def asked_day() -> date:
    return day_in(request.args.get("dag")) or today()


def monday(text: str | None) -> date:
    """The Monday of the week that is asked for, of this one unless said; never beyond what a calendar holds."""
    on = day_in(text) or today()
    if not 2000 < on.year < 2100:
        on = today()
    return on - timedelta(days=on.weekday())
