"""Free times, as staff publish and withdraw them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.bookings import slot_rules as times
from app.care import red_days
from app.core import db, paging
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import today
from app.core.pages import page
from app.slots import slot_queries as queries
from app.slots import slot_rules, slot_service, words
from app.slots.slot_forms import OpenForm
from app.slots.slot_queries import Kind
from app.slots.slot_rules import Planned
from app.slots.slot_service import Taken

bp = Blueprint("openings", __name__, url_prefix="/tidbok/lediga")
for said in words.FILTERS:
    bp.add_app_template_filter(said, f"slot_{said.__name__}")
Shown = Response | Answer | tuple[Response, int]
DAY = timedelta(days=1)


@bp.get("")
@access("staff")
def index() -> Response:
    """The times that are published, one's own or all of the unit's."""
    everyone, after = "alla" in request.args, paging.place(request.args.get("efter"))
    rows, more = queries.openings(current_user, everyone=everyone, now=now(), after=after)
    kept: dict[str, Any] = {"alla": 1} if everyone else {}
    undo = request.args.get("borta", "")
    return page(
        "slots/openings.html",
        rows=rows,
        everyone=everyone,
        first=url_for(".index", **kept) if after else None,
        more=url_for(".index", **kept, efter=paging.cursor(rows[-1].starts_at, rows[-1].key)) if more else None,
        made=number_in("klart"),
        of=number_in("av"),
        undo=url_for(".put_back", slot=db.long(undo)) if is_key(undo) else None,
        done=request.args.get("gjort"),
    )


@bp.get("/ny")
@access("staff")
def kinds() -> Response:
    return page("slots/kinds.html", kinds=[it for it in queries.kinds_of(current_user, now=now()) if it.staff])


@bp.get("/ny/<key:kind>")
@access("staff")
def new(kind: UUID) -> Response:
    found = queries.kind_for(current_user, kind, now=now())
    form, me = OpenForm(found), current_user.person_id
    site = next((it for it in found.sites if it.key == found.location), None)
    red = red_days.in_years((today().year, today().year + 1))
    form.fill(
        staff=next((db.short(it.key) for it in found.staff if it.key == me), None),
        location=db.short(site.key) if site else "",
        day=times.next_open(today() + DAY, site.weekdays if site else range(5), red),
    )
    return new_page(found, form)


@bp.post("/ny/<key:kind>")
@access("staff")
def publish(kind: UUID) -> Shown:
    """Show what will be published; then publish what was shown."""
    found, at = queries.kind_for(current_user, kind, now=now()), now()
    form = OpenForm(found)
    planned = form.planned(found) if form.validate_on_submit() else []
    staff = form.staff.key
    if form.errors or staff is None:
        return new_page(found, form), 422
    location = form.location.key if found.mode == "visit" else None
    judged = queries.judged(current_user, kind, staff, planned, location=location, now=at)
    good = slot_rules.good(judged)
    if "visa" in request.form or form.shown.data != form.mark or not good:
        form.shown.data = form.mark
        return new_page(found, form, judged)
    with transaction():
        made = slot_service.publish(
            kind, staff, good, location_id=location, for_whom=form.for_whom.data, by=current_user, now=at
        )
    everyone: dict[str, Any] = {} if staff == current_user.person_id else {"alla": 1}
    return redirect(url_for(".index", klart=len(made), av=len(judged), **everyone), 303)


@bp.post("/<key:slot>/ta-bort")
@access("staff")
def withdraw(slot: UUID) -> Answer:
    theirs = queries.opening_for(current_user, slot)
    everyone: dict[str, Any] = {} if theirs.staff_id == current_user.person_id else {"alla": 1}
    try:
        with transaction():
            slot_service.withdraw(slot, by=current_user, now=now())
    except Taken:
        return redirect(url_for(".index", gjort="bokad", **everyone), 303)
    return redirect(url_for(".index", borta=db.short(slot), **everyone), 303)


@bp.post("/<key:slot>/lagg-tillbaka")
@access("staff")
def put_back(slot: UUID) -> Answer:
    theirs = queries.opening_for(current_user, slot)
    everyone: dict[str, Any] = {} if theirs.staff_id == current_user.person_id else {"alla": 1}
    with transaction():
        back = slot_service.put_back(slot, by=current_user, now=now())
    return redirect(url_for(".index", gjort="tillbaka" if back else "gick-inte", **everyone), 303)


def new_page(kind: Kind, form: OpenForm, judged: list[Planned] | None = None) -> Response:
    good = len(slot_rules.good(judged or []))
    return page("slots/new.html", kind=kind, form=form, judged=judged, good=good)


def number_in(name: str) -> int | None:
    """A count of the address; None for anything else."""
    said = request.args.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 4 else None


def is_key(said: str) -> bool:
    try:
        db.long(said)
    except ValueError:
        return False
    return True
