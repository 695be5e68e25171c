"""The times of a unit: the diary, a patient's, a new one, and one of them whole."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.bookings import patient_queries as patients
from app.bookings import service, slot_rules
from app.bookings import staff_queries as queries
from app.bookings.patient_queries import Known, Way
from app.bookings.service import Busy, Wanted
from app.bookings.slot_rules import Span
from app.bookings.staff_forms import BookForm, SearchForm, is_free, is_open, slots
from app.bookings.staff_queries import Row
from app.care.plan_queries import Place
from app.core import audit, db, paging
from app.core.access import access
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import gettext as _
from app.core.locale import local, today
from app.core.pages import also, page
from app.notices import service as notices

bp = Blueprint("booking", __name__, url_prefix="/tidbok")
Shown = Response | Answer | tuple[Response, int]
DAY, WEEK = timedelta(days=1), timedelta(days=7)
FEW = 60


@bp.get("")
@access("staff")
def diary() -> Response:
    """One's own times or the whole unit's, a day or a week at a time."""
    on, week, everyone = day_in("dag") or today(), "vecka" in request.args, "alla" in request.args
    first = on - DAY * on.weekday() if week else on
    length = WEEK if week else DAY
    days = slot_rules.whole_days(first, first + length - DAY)
    after = paging.place(request.args.get("efter"))
    rows, more = queries.diary(current_user, days, everyone=everyone, today=today(), after=after)
    audit.read(*listed(rows))
    kept: dict[str, Any] = {name: 1 for name, it in (("vecka", week), ("alla", everyone)) if it}

    def to(day: date, **other: object) -> str:
        return url_for(".diary", **{"dag": None if day == today() else day.isoformat()} | kept | other)

    return page(
        "bookings/diary.html",
        rows=by_day(rows),
        first=first,
        last=first + length - DAY,
        on=on,
        week=week,
        everyone=everyone,
        today=today(),
        earlier=to(on - length),
        later=to(on + length),
        now_=to(today()),
        now=now(),
        where=to(on),
        ways=(to(on, vecka=None if week else 1), to(on, alla=None if everyone else 1)),
        more=to(on, efter=paging.cursor(rows[-1].starts_at, rows[-1].key)) if more else None,
        begins=after is None,
    )


@bp.get("/ny")
@access("staff")
def choose() -> Response:
    return choose_page([it for it in patients.patients_of(current_user, today=today()) if it.mine], SearchForm())


@bp.post("/ny")
@access("staff")
def search() -> Shown:
    """By name among all of the unit's. What is sought is never part of an address."""
    form = SearchForm()
    if not form.validate_on_submit():
        return choose_page([], form, found=True), 422
    found = patients.named_like(patients.patients_of(current_user, today=today()), form.sought.data)
    return choose_page(found, form, found=True)


@bp.get("/patient/<key:patient>")
@access("staff")
def patient(patient: UUID) -> Response:
    card = patients.card_for(current_user, patient, now=now())
    before = paging.place(request.args.get("fore"))
    coming, gone, more = queries.times_of(current_user, patient, now=now(), before=before)
    audit.read(Entry("booking.listed", card.key, card.units[0][0]))
    return page(
        "bookings/patient.html",
        card=card,
        coming=coming,
        gone=gone,
        begins=before is None,
        older=url_for(".patient", patient=patient, fore=paging.cursor(gone[-1].starts_at, gone[-1].key))
        if more
        else None,
    )


@bp.get("/ny/<key:patient>")
@access("staff")
def kinds(patient: UUID) -> Response:
    card = patients.card_for(current_user, patient, now=now())
    found = patients.kinds_for(current_user, card, today=today())
    audit.read(Entry("patient.opened", card.key, card.units[0][0]))
    return page("bookings/choose_kind.html", card=card, kinds=found, dag=request.args.get("dag"))


@bp.get("/ny/<key:patient>/<key:kind>")
@access("staff")
def new(patient: UUID, kind: UUID) -> Response:
    way, form = patients.way_for(current_user, patient, kind, now=now()), BookForm()
    place = patients.plan_of(current_user, way.unit_id, way.care_version, at=now())
    usual = next((it for it in way.sites if it.key == way.location), None)
    open_days = usual.weekdays if usual else range(5)
    form.day.data = day_in("dag") or slot_rules.next_open(today() + DAY, open_days, place.plan.unit.red_days)
    theirs = {it.key for it in way.staff}
    first = (current_user.person_id, way.contact, *(it.key for it in way.staff))
    form.staff.data = next((db.short(key) for key in first if key in theirs), None)
    form.location.data = db.short(usual.key) if usual else ""
    form.place.data = _("Hemma hos dig") if way.mode == "home" else ""
    form.bring.data = way.bring
    form.choose_people((it.key, it.name) for it in way.staff)
    form.choose_sites(way.sites)
    return new_page(way, form, place)


@bp.post("/ny/<key:patient>/<key:kind>")
@access("staff")
def make(patient: UUID, kind: UUID) -> Shown:
    way, form, at = patients.way_for(current_user, patient, kind, now=now()), BookForm(), now()
    place = patients.plan_of(current_user, way.unit_id, way.care_version, at=at)
    form.choose_people((it.key, it.name) for it in way.staff)
    form.choose_sites(way.sites)
    if "visa" in request.form:
        return new_page(way, form, place)
    valid, placed = form.validate_on_submit(), form.has_place(way.mode, way.sites)
    span = form.span(length=way.length, now=at)
    if not (valid and placed and span):
        return new_page(way, form, place), 422
    again = patients.same_as(current_user, patient, kind, span, today=today())
    if again is None and can_be(form, way, span, place):
        try:
            with transaction():
                made = service.make(wanted(form, way, span), by=current_user, now=at)
            return redirect(url_for(".show", booking=made, klart="bokad"), 303)
        except Busy:
            # Another was first, by a moment: the same form, or a time for one of them.
            again = patients.same_as(current_user, patient, kind, span, today=today())
            can_be(form, way, span, place)
    if again:
        return redirect(url_for(".show", booking=again, klart="fanns"), 303)
    return new_page(way, form, place), 422


@bp.get("/<key:booking>")
@access("staff")
def show(booking: UUID) -> Response:
    viewer, at = current_user._get_current_object(), now()
    whole = queries.booking_for(viewer, booking, today=today())
    lines = queries.lines_of(viewer, whole)
    audit.read(Entry("booking.read", whole.row.patient_id, whole.row.unit_id, f"booking:{db.short(booking)}"))
    if viewer.opens(about=booking):
        also(lambda: notices.seen(viewer.person_id, about=booking, by=viewer, now=at))
    return page(
        "bookings/booking.html",
        it=whole,
        row=whole.row,
        lines=lines,
        undo=queries.may_undo(lines, now=at),
        over=whole.row.ends_at <= at,
        now=at,
        done=request.args.get("klart"),
    )


def wanted(form: BookForm, way: Way, span: Span) -> Wanted:
    site = form.site(way.sites) if way.mode == "visit" else None
    return Wanted(
        way.kind,
        way.patient_id,
        tuple(form.people),
        span.starts_at,
        span.ends_at,
        place=form.where(way.mode, way.sites),
        location_id=site.key if site else None,
        bring=form.bring.data or None,
        link=(form.link.data or None) if way.mode == "video" else None,
    )


def can_be(form: BookForm, way: Way, span: Span, place: Place) -> bool:
    """Whether the unit and the place are open and everybody is free then, with the fault noted."""
    on, red = local(span.starts_at).date(), place.plan.unit.red_days
    if any(it.starts_on <= on <= it.ends_on for it in place.plan.unit.closures):
        form.day.errors = [_("%(unit)s är stängd den dagen. Välj en annan dag.", unit=way.unit_name)]
        return False
    if not is_open(form.day, way.mode, form.site(way.sites), span, red):
        return False
    names = {way.patient_id: way.patient_name} | {it.key: it.name for it in way.staff}
    there = patients.taken(current_user, [way.patient_id, *form.people], span)
    return is_free(form, there, names, way.patient_id)


def new_page(way: Way, form: BookForm, place: Place) -> Response:
    """The form, with what is free on its day for those who are chosen."""
    on, at, free = form.day_shown(now=now()), now(), None
    people = form.people
    if on and people:
        days = slot_rules.whole_days(on, on)
        work = slot_rules.in_common(patients.work_of(place, people, days))
        there = [it.span for it in patients.taken(current_user, [way.patient_id, *people], days)]
        free = slots(slot_rules.free(work, there, length=way.length, now=at))
    audit.read(Entry("patient.opened", way.patient_id, way.unit_id))
    return page("bookings/new.html", way=way, form=form, on=on, free=free)


def choose_page(people: list[Known], form: SearchForm, *, found: bool = False) -> Response:
    rows, more = people[:FEW], len(people) > FEW
    audit.read(*(Entry("patient.listed", it.key, it.unit_id) for it in rows))
    return page("bookings/choose.html", people=rows, form=form, found=found, more=more)


def by_day(rows: Sequence[Row]) -> list[tuple[date, list[Row]]]:
    return [(on, list(them)) for on, them in groupby(rows, key=lambda it: local(it.starts_at).date())]


def listed(rows: Sequence[Row]) -> list[Entry]:
    """That each of some patients was seen in a list, once."""
    return [
        Entry("booking.listed", patient, unit) for patient, unit in {it.patient_id: it.unit_id for it in rows}.items()
    ]


def day_in(name: str) -> date | None:
    """A day of the address; None for anything else, and for one that no time can be on."""
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None
