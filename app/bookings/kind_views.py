"""What a unit offers times for, where, and what its letters say."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import groupby
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.bookings import kind_queries, kind_service, letter_words
from app.bookings.kind_forms import HOW, KindForm, LetterForm, PlaceForm
from app.bookings.kind_queries import Kind
from app.bookings.kind_service import InUse, NameTaken, Offered, Place
from app.bookings.letter_rules import FIELDS, Facts, closed, filled
from app.bookings.rules import CLOSING
from app.care import unit_queries, words, work_queries
from app.care.fields import keys_of
from app.care.unit_queries import UnitPage
from app.core import db
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import Refused
from app.core.locale import SWEDEN, local, today
from app.core.locale import gettext as _
from app.core.pages import page

bp = Blueprint("kinds", __name__, url_prefix="/enhet/tider")
Shown = Response | Answer | tuple[Response, int]


@bp.app_template_filter("mode_words")
def mode_words(mode: str) -> str:
    return str(HOW[mode])


@bp.app_template_filter("open_words")
def open_words(weekdays: Sequence[int]) -> str:
    """The days that something is open: måndag till onsdag, fredag."""
    runs = [list(run) for _first, run in groupby(weekdays, key=lambda day: day - weekdays.index(day))]
    return ", ".join(words.days(run[0], run[-1]) for run in runs)


@bp.get("/<key:unit>")
@access("staff")
def kinds(unit: UUID) -> Response:
    found = led(unit)
    return page(
        "bookings/kinds.html",
        unit=found,
        kinds=kind_queries.kinds_of(current_user, unit),
        places=kind_queries.places_of(current_user, unit),
    )


@bp.get("/<key:unit>/ny")
@access("staff")
def new(unit: UUID) -> Response:
    found = led(unit)
    return kind_page(found, KindForm(data={"mode": "visit", "minutes": 45}))


@bp.post("/<key:unit>/ny")
@access("staff")
def open_(unit: UUID) -> Shown:
    found, form = led(unit), KindForm()
    people = choose(form, found)
    if not form.validate_on_submit():
        return kind_page(found, form, people=people), 422
    it = offered(form)
    try:
        with transaction():
            made = kind_service.open_kind(
                found,
                it.name,
                it.mode,
                it.minutes,
                staff=it.staff,
                location_id=it.location_id,
                bring=it.bring,
                by=current_user,
                now=now(),
            )
    except NameTaken:
        form.name.errors = [taken_kind()]
        return kind_page(found, form, people=people), 422
    # What the letter says is the next thing to decide, and there is one that can be sent already.
    return redirect(url_for(".letter", unit=unit, kind=made), 303)


@bp.get("/<key:unit>/<key:kind>")
@access("staff")
def kind(unit: UUID, kind: UUID) -> Response:
    found, it = led(unit), kind_queries.kind_for(current_user, unit, kind)
    data = {
        "name": it.name,
        "mode": it.mode,
        "minutes": it.minutes,
        "place": db.short(it.place) if it.place else "",
        "staff": keys_of(it.staff),
        "bring": it.bring,
    }
    return kind_page(found, KindForm(data=data), it)


@bp.post("/<key:unit>/<key:kind>")
@access("staff")
def change(unit: UUID, kind: UUID) -> Shown:
    found, it, form = led(unit), kind_queries.kind_for(current_user, unit, kind), KindForm()
    people = choose(form, found)
    if not form.validate_on_submit():
        return kind_page(found, form, it, people=people), 422
    try:
        with transaction():
            kind_service.change_kind(kind, offered(form), by=current_user, now=now())
    except NameTaken:
        form.name.errors = [taken_kind()]
        return kind_page(found, form, it, people=people), 422
    return back_to(found)


@bp.post("/<key:unit>/<key:kind>/sluta")
@access("staff")
def end(unit: UUID, kind: UUID) -> Answer:
    found, it = led(unit), kind_queries.kind_for(current_user, unit, kind)
    with transaction():
        kind_service.end_kind(it.key, by=current_user, now=now())
    return back_to(found)


@bp.post("/<key:unit>/<key:kind>/igen")
@access("staff")
def reopen(unit: UUID, kind: UUID) -> Answer:
    found, it = led(unit), kind_queries.kind_for(current_user, unit, kind)
    try:
        with transaction():
            kind_service.reopen_kind(it.key, by=current_user, now=now())
    except NameTaken as error:
        raise Refused(_("Namnet är upptaget"), taken_kind()) from error
    return back_to(found)


@bp.get("/<key:unit>/<key:kind>/kallelse")
@access("staff")
def letter(unit: UUID, kind: UUID) -> Response:
    found, it = led(unit), kind_queries.kind_for(current_user, unit, kind)
    return letter_page(found, it, LetterForm(data={"words": letter_words.template(it.letter)}))


@bp.post("/<key:unit>/<key:kind>/kallelse")
@access("staff")
def change_letter(unit: UUID, kind: UUID) -> Shown:
    found, it, form = led(unit), kind_queries.kind_for(current_user, unit, kind), LetterForm()
    whole = form.validate_on_submit()
    if not whole or "gor" in request.form:
        return letter_page(found, it, form), 200 if whole else 422
    written = letter_words.kept(form.words.data or "")
    with transaction():
        kind_service.change_letter(kind, closed(written), by=current_user, now=now())
    return back_to(found)


@bp.get("/<key:unit>/plats/ny")
@access("staff")
def new_place(unit: UUID) -> Response:
    found = led(unit)
    form = PlaceForm(data={"address": found.visiting, "weekdays": list("01234")})
    return page("bookings/place.html", unit=found, form=form, place=None)


@bp.post("/<key:unit>/plats/ny")
@access("staff")
def open_place(unit: UUID) -> Shown:
    found, form = led(unit), PlaceForm()
    if not form.validate_on_submit():
        return page("bookings/place.html", unit=found, form=form, place=None), 422
    it = placed(form)
    try:
        with transaction():
            kind_service.open_location(
                found, it.name, it.address, way=it.way, weekdays=it.weekdays, by=current_user, now=now()
            )
    except NameTaken:
        form.name.errors = [taken_place()]
        return page("bookings/place.html", unit=found, form=form, place=None), 422
    return back_to(found)


@bp.get("/<key:unit>/plats/<key:place>")
@access("staff")
def place(unit: UUID, place: UUID) -> Response:
    found, it = led(unit), kind_queries.place_for(current_user, unit, place)
    data = {"name": it.name, "address": it.address, "way": it.way, "weekdays": [str(day) for day in it.weekdays]}
    return page("bookings/place.html", unit=found, form=PlaceForm(data=data), place=it)


@bp.post("/<key:unit>/plats/<key:place>")
@access("staff")
def change_place(unit: UUID, place: UUID) -> Shown:
    found, it, form = led(unit), kind_queries.place_for(current_user, unit, place), PlaceForm()
    if not form.validate_on_submit():
        return page("bookings/place.html", unit=found, form=form, place=it), 422
    try:
        with transaction():
            kind_service.change_location(place, placed(form), by=current_user, now=now())
    except NameTaken:
        form.name.errors = [taken_place()]
        return page("bookings/place.html", unit=found, form=form, place=it), 422
    return back_to(found)


@bp.post("/<key:unit>/plats/<key:place>/sluta")
@access("staff")
def end_place(unit: UUID, place: UUID) -> Answer:
    found, it = led(unit), kind_queries.place_for(current_user, unit, place)
    try:
        with transaction():
            kind_service.end_location(it.key, by=current_user, now=now())
    except InUse as error:
        first = _("%(names)s är oftast där. Välj en annan plats för dem först.", names=", ".join(error.names[:5]))
        raise Refused(_("Platsen används"), first) from error
    return back_to(found)


@bp.post("/<key:unit>/plats/<key:place>/igen")
@access("staff")
def reopen_place(unit: UUID, place: UUID) -> Answer:
    found, it = led(unit), kind_queries.place_for(current_user, unit, place)
    try:
        with transaction():
            kind_service.reopen_location(it.key, by=current_user, now=now())
    except NameTaken as error:
        raise Refused(_("Namnet är upptaget"), taken_place()) from error
    return back_to(found)


def led(unit: UUID) -> UnitPage:
    return unit_queries.led_unit(current_user, unit, today=today())


def back_to(found: UnitPage) -> Answer:
    return redirect(url_for(".kinds", unit=found.id), 303)


def taken_kind() -> str:
    return _("Mottagningen har redan en tid som heter så. Välj ett annat namn.")


def taken_place() -> str:
    return _("Mottagningen har redan en plats som heter så. Välj ett annat namn.")


def choose(form: KindForm, found: UnitPage) -> list[dict[str, str]]:
    """Let the form know who and where there is to choose; gives back the people as boxes."""
    people: dict[str, dict[str, str]] = {}
    for work in work_queries.people_at(current_user, found.id, today=today()):
        key = db.short(work.person_id)
        people[key] = {"value": key, "name": work.name, "text": words.sentence(work.title)}
    places = [it for it in kind_queries.places_of(current_user, found.id) if not it.ended]
    form.place.choices = [("", _("Olika platser")), *((db.short(it.key), it.name) for it in places)]
    form.staff.known = frozenset(people)
    return list(people.values())


def kind_page(
    found: UnitPage, form: KindForm, it: Kind | None = None, *, people: list[dict[str, str]] | None = None
) -> Response:
    people = choose(form, found) if people is None else people
    return page("bookings/kind.html", unit=found, form=form, kind=it, people=people)


def offered(form: KindForm) -> Offered:
    here = form.mode.data == "visit" and form.place.data
    return Offered(
        form.name.data,
        form.mode.data,
        form.minutes.data or 0,
        tuple(db.long(key) for key in form.staff.data),
        db.long(form.place.data) if here else None,
        form.bring.data or "",
    )


def placed(form: PlaceForm) -> Place:
    days = tuple(int(day) for day in form.weekdays.data)
    return Place(form.name.data, form.address.data, form.way.data or "", days)


def letter_page(found: UnitPage, it: Kind, form: LetterForm) -> Response:
    written = letter_words.kept(form.words.data or "")
    return page(
        "bookings/letter_template.html",
        unit=found,
        kind=it,
        form=form,
        fields=[f"{{{name}}}" for name in FIELDS],
        sample=filled(written, sample(found, it)) if written else filled(letter_words.ours(), sample(found, it)),
        closing=CLOSING,
        own=bool(written),
    )


def sample(found: UnitPage, it: Kind) -> Facts:
    """An invented patient's time, next Monday."""
    day = local(now()).date()
    starts = datetime.combine(day + timedelta(days=7 - day.weekday()), time(9), SWEDEN)
    where = {
        "visit": it.place_name or found.visiting or found.name,
        "phone": _("Vi ringer dig"),
        "video": _("Länken finns i Närlinjen"),
        "home": _("Hemma hos dig"),
    }
    return Facts(
        name=_("Förnamn Efternamn"),
        time=letter_words.hours(starts, starts + timedelta(minutes=it.minutes)),
        place=where[it.mode],
        whom=letter_words.people([(current_user.name, current_user.title or "")]),
        bring=it.bring,
    )
