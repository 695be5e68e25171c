"""A person's work at a unit: from when, in which pattern, with which number, and who answers for them."""

from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import service as accounts
from app.accounts.service import BadNumber, Closed, Known, KnownHsaId, Who
from app.care import region_queries, service, unit_queries, work_queries
from app.care.fields import LAST_YEAR, keys_of
from app.care.hours_rules import NEVER, Week
from app.care.service import Cycle, Direct, WorksHere
from app.care.unit_queries import UnitPage
from app.care.work_forms import AssignForm, DirectForm, EndForm, PatternForm, StaffForm, StandingForm
from app.care.work_queries import Consequences, Work
from app.core import db
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import day, today
from app.core.locale import gettext as _
from app.core.pages import page

bp = Blueprint("work", __name__, url_prefix="/enhet")
Shown = Response | Answer | tuple[Response, int]


@bp.get("/<key:unit>/personal/ny")
@access("staff")
def new(unit: UUID) -> Response:
    return assign_page(led(unit), AssignForm(data={"starts_on": today()}))


@bp.post("/<key:unit>/personal/ny")
@access("staff")
def assign(unit: UUID) -> Shown:
    found, form = led(unit), AssignForm()
    choose_person(form, found)
    if not form.validate_on_submit():
        return assign_page(found, form), 422
    try:
        with transaction():
            given = service.assign(
                db.long(form.person.data),
                found,
                role=form.role.data,
                starts_on=form.starts_on.data,
                cycle=Cycle((found.office,), form.starts_on.data),
                direct=direct_of(form),
                by=current_user,
                now=now(),
            )
    except WorksHere:
        form.person.errors = [_("Den personen arbetar redan här då. Öppna personen på mottagningens sida i stället.")]
        return assign_page(found, form), 422
    return to_work(found.id, given.id)


@bp.get("/<key:unit>/personal/registrera")
@access("admin")
def unknown(unit: UUID) -> Response:
    return page("units/staff.html", unit=led(unit), form=StaffForm(data={"starts_on": today()}))


@bp.post("/<key:unit>/personal/registrera")
@access("admin")
def register(unit: UUID) -> Shown:
    found, form = led(unit), StaffForm()
    if not form.validate_on_submit():
        return page("units/staff.html", unit=found, form=form), 422
    try:
        with transaction():
            person = accounts.register_staff(
                Who(form.name.data, number=form.number.data or None),
                hsa_id=form.hsa_id.data.upper(),
                title=form.title.data,
                physician=form.physician.data,
                by=current_user,
                now=now(),
            )
            given = service.assign(
                person.id,
                found,
                role=form.role.data,
                starts_on=form.starts_on.data,
                cycle=Cycle((found.office,), form.starts_on.data),
                direct=direct_of(form),
                by=current_user,
                now=now(),
            )
    except KnownHsaId:
        form.hsa_id.errors = [_("Någon med det HSA-id:t finns redan. Gå tillbaka och välj personen i listan.")]
    except Known:
        form.number.errors = [_("Någon i personalen har det numret redan. Gå tillbaka och välj personen i listan.")]
    except Closed:
        form.number.errors = [
            _("Det finns ett stängt konto med det numret. Stämmer siffrorna? Ring i så fall regionens funktion.")
        ]
    except BadNumber:
        form.number.errors = [_("Numret stämmer inte. Skriv alla tolv siffror, eller lämna tomt.")]
    else:
        return to_work(found.id, given.id)
    return page("units/staff.html", unit=found, form=form), 422


@bp.get("/<key:unit>/personal/<key:work>")
@access("staff")
def work(unit: UUID, work: UUID) -> Response:
    found, their = led(unit), work_of(unit, work)
    names = region_queries.names_of(current_user, their.standing, region_id=found.region_id)
    return page(
        "units/work.html",
        unit=found,
        work=their,
        standing=[names[key].name for key in their.standing if key in names],
        today=today(),
        monday=monday(today()),
    )


@bp.get("/<key:unit>/personal/<key:work>/schema")
@access("staff")
def pattern(unit: UUID, work: UUID) -> Response:
    found, their = led(unit), work_of(unit, work)
    starts_on = max(monday(today()) + timedelta(weeks=1), their.starts_on)
    weeks, anchor = turned(their, starts_on)
    form = PatternForm(data={"starts_on": starts_on, "hours": weeks, "anchor": anchor.isoformat()})
    return pattern_page(found, their, form)


@bp.post("/<key:unit>/personal/<key:work>/schema")
@access("staff")
def follow(unit: UUID, work: UUID) -> Shown:
    found, their, form = led(unit), work_of(unit, work), PatternForm()
    if form.hours.act(request.form):
        return pattern_page(found, their, form)
    good, anchor = form.validate_on_submit(), anchor_of(form)
    if good and form.starts_on.data < max(today(), their.starts_on):
        first = max(today(), their.starts_on)
        form.starts_on.errors = [_("Det som har varit ändras inte. Välj %(day)s eller senare.", day=day(first))]
    elif good and their.ends_on and form.starts_on.data > their.ends_on:
        form.starts_on.errors = [_("Uppdraget slutar %(day)s. Välj en dag före det.", day=day(their.ends_on))]
    elif good:
        with transaction():
            service.follow_pattern(
                their,
                Cycle(form.hours.weeks, anchor or form.starts_on.data),
                starts_on=form.starts_on.data,
                by=current_user,
                now=now(),
            )
        return to_work(unit, work)
    return pattern_page(found, their, form), 422


def pattern_page(found: UnitPage, their: Work, form: PatternForm) -> Response:
    return page("units/pattern.html", unit=found, work=their, form=form, anchor=anchor_of(form), today=today())


def anchor_of(form: PatternForm) -> date | None:
    try:
        found = date.fromisoformat(form.anchor.data or "")
    except ValueError:
        return None
    return monday(found) if 1950 < found.year < LAST_YEAR else None


def turned(their: Work, on: date) -> tuple[tuple[Week, ...], date]:
    """The cycle that holds on a day, begun with that day's own week, and the Monday of it."""
    period, first = their.at(on), monday(on)
    if period is None:
        return (NEVER,), first
    past = (first - monday(period.anchor)).days // 7 % len(period.weeks)
    return period.weeks[past:] + period.weeks[:past], first


@bp.get("/<key:unit>/personal/<key:work>/nummer")
@access("staff")
def direct(unit: UUID, work: UUID) -> Response:
    found, their = led(unit), work_of(unit, work)
    return page("units/direct.html", unit=found, work=their, form=DirectForm(obj=their))


@bp.post("/<key:unit>/personal/<key:work>/nummer")
@access("staff")
def change_direct(unit: UUID, work: UUID) -> Shown:
    found, their, form = led(unit), work_of(unit, work), DirectForm()
    if not form.validate_on_submit():
        return page("units/direct.html", unit=found, work=their, form=form), 422
    with transaction():
        service.change_direct(their, direct_of(form), by=current_user, now=now())
    return to_work(unit, work)


@bp.get("/<key:unit>/personal/<key:work>/svarar")
@access("staff")
def standing(unit: UUID, work: UUID) -> Response:
    found, their = led(unit), work_of(unit, work)
    return standing_page(found, their, StandingForm(data={"people": keys_of(their.standing)}))


@bp.post("/<key:unit>/personal/<key:work>/svarar")
@access("staff")
def name_standing(unit: UUID, work: UUID) -> Shown:
    found, their, form = led(unit), work_of(unit, work), StandingForm()
    choose_standing(form, their)
    if not form.validate_on_submit():
        return standing_page(found, their, form), 422
    with transaction():
        service.name_standing(their, form.people.people, by=current_user, now=now())
    return to_work(unit, work)


def standing_page(found: UnitPage, their: Work, form: StandingForm) -> Response:
    choose_standing(form, their)
    return page("units/standing.html", unit=found, work=their, form=form)


def choose_standing(form: StandingForm, their: Work) -> None:
    """Those at the unit who may answer patients."""
    people = work_queries.people_at(current_user, their.unit_id, today=today())
    named = {it.person_id: it for it in people if it.role != "other" and it.person_id != their.person_id}
    form.people.choices = [(db.short(key), f"{it.name}, {it.title}") for key, it in named.items()]


@bp.get("/<key:unit>/personal/<key:work>/slut")
@access("staff")
def ending(unit: UUID, work: UUID) -> Response | tuple[Response, int]:
    """Ask for the day; with one, show what follows, and the button that does it."""
    found, their = led(unit), work_of(unit, work)
    form = EndForm(request.args if "on" in request.args else None, data={"on": their.ends_on}, meta={"csrf": False})
    if "on" not in request.args:
        return page("units/end.html", unit=found, work=their, form=form, follows=None)
    if not fits(form, their):
        return page("units/end.html", unit=found, work=their, form=form, follows=None), 422
    follows = work_queries.if_it_ends(current_user, their, on=form.on.data)
    return page("units/end.html", unit=found, work=their, form=form, follows=follows, seen=seen(follows))


@bp.post("/<key:unit>/personal/<key:work>/slut")
@access("staff")
def end(unit: UUID, work: UUID) -> Shown:
    found, their, form = led(unit), work_of(unit, work), EndForm()
    if not fits(form, their):
        return page("units/end.html", unit=found, work=their, form=form, follows=None), 422
    follows = work_queries.if_it_ends(current_user, their, on=form.on.data)
    if form.seen.data != seen(follows):
        form.on.errors = [_("Det har ändrats sedan du såg det. Så här är det nu.")]
        return page("units/end.html", unit=found, work=their, form=form, follows=follows, seen=seen(follows)), 422
    with transaction():
        service.end_assignment(their, on=form.on.data, by=current_user, now=now())
    if form.on.data < today():
        return redirect(url_for("units.unit", unit=unit), 303)
    return to_work(unit, work)


def fits(form: EndForm, their: Work) -> bool:
    """Whether the last day can be that: not before the first, and not so that what has been is rewritten."""
    if not form.validate():
        return False
    if form.on.data < max(their.starts_on, today() - timedelta(days=1)):
        form.on.errors = [_("Välj i går som tidigast, och inte en dag före den första.")]
        return False
    return True


def seen(follows: Consequences) -> str:
    """What was shown, so that it is not something else that is done."""
    return f"{follows.lost}-{follows.alone}-{follows.shifts}"


@bp.post("/<key:unit>/personal/<key:work>/fortsatt")
@access("staff")
def go_on(unit: UUID, work: UUID) -> Shown:
    found, their = led(unit), work_of(unit, work)
    try:
        with transaction():
            service.continue_assignment(their, by=current_user, now=now())
    except WorksHere:
        form = EndForm(formdata=None, data={"on": their.ends_on})
        form.on.errors = [_("Personen har redan ett nytt uppdrag här efter det. Ändra det i stället.")]
        return page("units/end.html", unit=found, work=their, form=form, follows=None), 422
    return to_work(unit, work)


def assign_page(found: UnitPage, form: AssignForm) -> Response:
    choose_person(form, found)
    return page("units/assign.html", unit=found, form=form, admin="admin" in current_user.kinds)


def choose_person(form: AssignForm, found: UnitPage) -> None:
    people = region_queries.people_of_region(current_user, found.region_id)
    form.person.choices = [("", _("Välj")), *((db.short(it.key), f"{it.name}, {it.title}") for it in people)]


def direct_of(form: DirectForm | AssignForm | StaffForm) -> Direct | None:
    return Direct(form.phone.number, form.phone_hours.data or "") if form.phone.number else None


def led(key: UUID) -> UnitPage:
    return unit_queries.led_unit(current_user, key, today=today())


def work_of(unit: UUID, key: UUID) -> Work:
    return work_queries.work_for(current_user, unit, key, today=today())


def to_work(unit: UUID, key: UUID) -> Answer:
    return redirect(url_for(".work", unit=unit, work=key), 303)


def monday(on: date) -> date:
    return on - timedelta(days=on.weekday())
