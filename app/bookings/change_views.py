"""A time that is booked: moved, with somebody else, somewhere else, and cancelled."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.bookings import patient_queries as patients
from app.bookings import service, slot_rules
from app.bookings import staff_queries as queries
from app.bookings.patient_queries import Way
from app.bookings.rules import OFF
from app.bookings.service import Busy
from app.bookings.slot_rules import Span
from app.bookings.staff_forms import CancelForm, ChangeForm, MeetForm, TimeForm, is_free, is_open, slots
from app.bookings.staff_queries import Whole
from app.bookings.words import elsewhere
from app.core import audit, db
from app.core.access import access, safe_next
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import Refused
from app.core.locale import gettext as _
from app.core.locale import local, today
from app.core.pages import page

bp = Blueprint("rebooking", __name__, url_prefix="/tidbok/<key:booking>")
Shown = Response | Answer | tuple[Response, int]


@bp.get("/flytta")
@access("staff")
def moving(booking: UUID) -> Response:
    whole, form = held(booking), TimeForm()
    form.fill(whole.row.span)
    return move_page(whole, form)


@bp.post("/flytta")
@access("staff")
def move(booking: UUID) -> Shown:
    whole, form, at = held(booking), TimeForm(), now()
    if "visa" in request.form:
        return move_page(whole, form)
    valid = form.validate_on_submit() and form.is_fresh(whole.version)
    span = form.span(length=whole.row.ends_at - whole.row.starts_at, now=at)
    if valid and span and moves(whole, form, span, at):
        return shown(whole, "flyttad")
    return move_page(whole, form), 422


@bp.post("/flytta-tillbaka")
@access("staff")
def undo(booking: UUID) -> Shown:
    """Back to where it was before the viewer moved it last."""
    whole, form, at = held(booking), TimeForm(), now()
    lines = queries.lines_of(current_user, whole)
    if not queries.may_undo(lines, now=at):
        return shown(whole, "kvar")
    starts_at = lines[0].starts_before or at
    span = Span(starts_at, starts_at + (whole.row.ends_at - whole.row.starts_at))
    form.fill(span)
    if moves(whole, form, span, at):
        return shown(whole, "angrad")
    return move_page(whole, form), 422


@bp.get("/vem")
@access("staff")
def meeting(booking: UUID) -> Response:
    whole, form = held(booking), MeetForm()
    form.staff.data, form.also.data = ([db.short(it.key) for it in whole.people] + ["", ""])[:2]
    return meet_page(whole, form, way_of(whole, now()))


@bp.post("/vem")
@access("staff")
def meet(booking: UUID) -> Shown:
    whole, form, at = held(booking), MeetForm(), now()
    way = way_of(whole, at)
    form.choose_people((it.key, it.name) for it in way.staff)
    if form.validate_on_submit() and form.is_fresh(whole.version):
        names = {it.key: it.name for it in way.staff}
        if free_then(form, whole, form.people, names, whole.row.span):
            try:
                with transaction():
                    service.meet(booking, form.people, by=current_user, now=at)
                return shown(whole, "andrad")
            except Busy:
                free_then(form, whole, form.people, names, whole.row.span)
    return meet_page(whole, form, way), 422


@bp.get("/andra")
@access("staff")
def changing(booking: UUID) -> Response:
    whole, form = near(held(booking)), ChangeForm()
    form.location.data = db.short(whole.location) if whole.location else ""
    form.place.data = "" if whole.location else whole.place
    form.bring.data, form.link.data = whole.bring, whole.link
    return change_page(whole, form)


@bp.post("/andra")
@access("staff")
def change(booking: UUID) -> Shown:
    whole, form, at = near(held(booking)), ChangeForm(), now()
    mode = whole.row.mode
    form.choose_sites(whole.sites)
    valid, placed = form.validate_on_submit() and form.is_fresh(whole.version), form.has_place(mode, whole.sites)
    site = form.site(whole.sites) if mode == "visit" else None
    if not (valid and placed and is_open(form.location, mode, site, whole.row.span, ())):
        return change_page(whole, form), 422
    with transaction():
        if mode in ("visit", "home"):
            where = form.where(mode, whole.sites)
            service.change(booking, "place", where, location_id=site.key if site else None, by=current_user, now=at)
        service.change(booking, "bring", form.bring.data or None, by=current_user, now=at)
        if mode == "video":
            service.change(booking, "link", form.link.data or None, by=current_user, now=at)
    return shown(whole, "andrad")


@bp.get("/stall-in")
@access("staff")
def cancelling(booking: UUID) -> Response:
    return cancel_page(held(booking), CancelForm())


@bp.post("/stall-in")
@access("staff")
def cancel(booking: UUID) -> Shown:
    whole, form = held(booking), CancelForm()
    if not (form.validate_on_submit() and form.is_fresh(whole.version)):
        return cancel_page(whole, form), 422
    with transaction():
        service.cancel(booking, words=form.words.data or None, by=current_user, now=now())
    return shown(whole, "installd")


@bp.post("/blev-av")
@access("staff")
def fulfilled(booking: UUID) -> Shown:
    return went(booking, "fulfilled")


@bp.post("/blev-inte-av")
@access("staff")
def noshow(booking: UUID) -> Shown:
    return went(booking, "noshow")


@bp.post("/utfall-tillbaka")
@access("staff")
def reopen(booking: UUID) -> Shown:
    """It was the wrong button: the time is again one of which nobody has said how it went."""
    return went(booking, "booked")


def went(booking: UUID, status: str) -> Shown:
    """Say how a time went, and back to the page where it was said."""
    whole = own(queries.booking_for(current_user, booking, today=today()))
    if whole.row.starts_at > now():
        raise Refused(_("Tiden har inte börjat"), _("Hur det gick går att säga när den har börjat."))
    if whole.row.status == "cancelled":
        raise Refused(_("Tiden är inställd"), _("Inget är ändrat. Den blev inte av."))
    try:
        with transaction():
            service.conclude(booking, status, by=current_user, now=now())
    except Busy:
        raise Refused(
            _("Det går inte att ångra"), _("Någon som var med har en annan tid då. Inget är ändrat.")
        ) from None
    target = safe_next(request.args.get("fran"))
    return redirect(target, 303) if target else shown(whole, "utfall")


def held(booking: UUID) -> Whole:
    """A time that can be changed; raises Refused for one that is over, cancelled or kept by another system."""
    whole = own(queries.booking_for(current_user, booking, today=today()))
    if whole.row.status in OFF:
        raise Refused(_("Tiden är inställd"), _("Den går inte att ändra. Boka en ny tid i stället."))
    if whole.row.status != "booked" or whole.row.ends_at <= now():
        raise Refused(_("Tiden har varit"), _("Den går inte att ändra. Boka en ny tid i stället."))
    return whole


def own(whole: Whole) -> Whole:
    """The same; raises Refused when another system keeps it."""
    if system := whole.row.kept_in:
        raise Refused(*elsewhere(system))
    return whole


def near(whole: Whole) -> Whole:
    """The same; raises Refused for whoever may not know where a protected patient is."""
    if whole.hidden:
        raise Refused(
            _("Platsen är skyddad"), _("Bara den fasta vårdkontakten och den som ska vara med kan ändra den.")
        )
    return whole


def moves(whole: Whole, form: TimeForm, span: Span, at: datetime) -> bool:
    """Move it, when the place is open and everybody free then; else the fault is noted, and nothing has moved."""
    place = patients.plan_of(current_user, whole.row.unit_id, whole.care_version, at=at)
    on, names = local(span.starts_at).date(), {it.key: it.name for it in whole.people}
    if any(it.starts_on <= on <= it.ends_on for it in place.plan.unit.closures):
        form.day.errors = [_("%(unit)s är stängd den dagen. Välj en annan dag.", unit=whole.row.unit_name)]
        return False
    if not is_open(form.day, whole.row.mode, whole.site, span, place.plan.unit.red_days):
        return False
    if not free_then(form, whole, list(names), names, span):
        return False
    try:
        with transaction():
            service.move(whole.row.key, span.starts_at, span.ends_at, by=current_user, now=at)
    except Busy:
        free_then(form, whole, list(names), names, span)
        return False
    return True


def free_then(
    form: TimeForm | MeetForm, whole: Whole, people: Sequence[UUID], names: dict[UUID, str], span: Span
) -> bool:
    patient = whole.row.patient_id
    there = patients.taken(current_user, [patient, *people], span, but=whole.row.key)
    return is_free(form, there, {patient: whole.row.patient_name} | names, patient)


def way_of(whole: Whole, at: datetime) -> Way:
    return patients.way_for(current_user, whole.row.patient_id, whole.kind, now=at, ended=True)


def move_page(whole: Whole, form: TimeForm) -> Response:
    on, at, free, row = form.day_shown(now=now()), now(), None, whole.row
    if on:
        days, people = slot_rules.whole_days(on, on), [it.key for it in whole.people]
        place = patients.plan_of(current_user, row.unit_id, whole.care_version, at=at)
        work = slot_rules.in_common(patients.work_of(place, people, days))
        there = [it.span for it in patients.taken(current_user, [row.patient_id, *people], days, but=row.key)]
        free = slots(slot_rules.free(work, there, length=row.ends_at - row.starts_at, now=at))
    return one_page("bookings/move.html", whole, form, on=on, free=free)


def meet_page(whole: Whole, form: MeetForm, way: Way) -> Response:
    form.choose_people((it.key, it.name) for it in way.staff)
    return one_page("bookings/meet.html", whole, form, way=way)


def change_page(whole: Whole, form: ChangeForm) -> Response:
    form.choose_sites(whole.sites)
    return one_page("bookings/change.html", whole, form)


def cancel_page(whole: Whole, form: CancelForm) -> Response:
    return one_page("bookings/cancel.html", whole, form)


def one_page(
    template: str, whole: Whole, form: TimeForm | MeetForm | ChangeForm | CancelForm, **more: object
) -> Response:
    form.version.data = form.version.data or str(whole.version)
    row = whole.row
    audit.read(Entry("booking.read", row.patient_id, row.unit_id, f"booking:{db.short(row.key)}"))
    return page(template, it=whole, row=row, form=form, **more)


def shown(whole: Whole, done: str) -> Answer:
    return redirect(url_for("booking.show", booking=whole.row.key, klart=done), 303)
