"""A head's patients: who belongs to the units, who lacks a contact, and one of them whole."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts.service import BadNumber, normalised
from app.care import patient_queries as queries
from app.care import request_queries, request_service
from app.care.contact_forms import SearchForm
from app.care.patient_queries import Line, Row
from app.care.request_queries import Request
from app.core import audit, db, paging
from app.core.access import access
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import day, today
from app.core.locale import gettext as _
from app.core.pages import page

bp = Blueprint("patients", __name__, url_prefix="/patienter")
FEW = 3


@bp.get("")
@access("staff")
def listed() -> Response:
    asked = request_queries.open_requests(current_user)
    everybody = queries.patients_of(current_user, asked, today=today())
    lacking = "saknar" in request.args
    rows, more = queries.after([it for it in everybody if it.lacks or not lacking], key_in("efter"))
    filtered: dict[str, Any] = {"saknar": 1} if lacking else {}
    return list_page(
        everybody,
        asked,
        rows,
        SearchForm(),
        lacking=lacking,
        older=url_for(".listed", efter=db.short(rows[-1].key), **filtered) if more else None,
        newer=url_for(".listed", **filtered) if "efter" in request.args else None,
    )


@bp.post("/sok")
@access("staff")
def search() -> Response | Answer | tuple[Response, int]:
    """By name among one's own; by number whoever has no contact anywhere too. Neither is ever part of an address."""
    asked = request_queries.open_requests(current_user)
    everybody = queries.patients_of(current_user, asked, today=today())
    form = SearchForm()
    if not form.validate_on_submit():
        return list_page(everybody, asked, [], form), 422
    if not any(letter.isdigit() for letter in form.sought.data):
        rows, more = paging.cut(queries.named_like(everybody, form.sought.data))
        return list_page(everybody, asked, rows, form, found=True, too_many=more)
    try:
        number = normalised(form.sought.data)
    except BadNumber:
        form.sought.errors = [_("Numret stämmer inte. Skriv alla tolv siffror.")]
        return list_page(everybody, asked, [], form), 422
    patient = queries.patient_with(current_user, number, today=today())
    with transaction():
        request_service.note_search(patient, by=current_user, now=now())
    if patient:
        return redirect(url_for(".patient", patient=patient), 303)
    # The same words for nobody at all and for somebody who is at home elsewhere.
    form.sought.errors = [_("Vi hittar ingen med det numret som du kan utse kontakt för. Stämmer siffrorna?")]
    return list_page(everybody, asked, [], form, unknown=True), 422


@bp.get("/<key:patient>")
@access("staff")
def patient(patient: UUID) -> Response:
    head = queries.patient_for(current_user, patient, today=today())
    lines, past = queries.lines_of(current_user, head.key, today=today())
    asked = request_queries.requests_of(current_user, head.key)
    units = [*(it.unit_id for it in (*lines, *past)), *(it.unit_id for it in asked)]
    audit.read(Entry("patient.opened", head.key, units[0] if units else None))
    return page(
        "contacts/patient.html",
        patient=head,
        lines=lines,
        past=past,
        asked=asked,
        refused=head.refused,
        today=today(),
        lacks=not any(line.works and line.since <= today() for line in lines),
        coming=next((line for line in lines if line.works and line.since > today()), None),
        is_new="ny" in request.args and bool(lines),
    )


def list_page(
    everybody: list[Row], asked: list[Request], rows: list[Row], form: SearchForm, **more: object
) -> Response:
    audit.read(*(Entry("patient.listed", row.key, row.unit_id) for row in rows))
    audit.read(
        *(Entry("contact_request.read", it.patient_id, it.unit_id, f"request:{db.short(it.key)}") for it in asked[:FEW])
    )
    several = len({row.unit_id for row in everybody}) > 1
    shown = {"lacking": False, "found": False, "too_many": False, "unknown": False, "older": None, "newer": None}
    return page(
        "contacts/patients.html",
        people=rows,
        texts={row.key: about(row, units=several) for row in rows},
        form=form,
        asked=asked[:FEW],
        asking=len(asked),
        lacks=sum(row.lacks for row in everybody),
        everybody=len(everybody),
        today=today(),
        **shown | more,
    )


def about(row: Row, *, units: bool) -> str:
    """Who the contacts are, and what is missing or soon will be."""
    said = [contact(line) for line in row.lines]
    if row.lacks:
        said.insert(0, _("Saknar kontakt."))
    elif row.ends:
        said.append(_("Sedan ingen."))
    return " ".join([*said, f"{row.unit_name}."] if units else said)


def contact(line: Line) -> str:
    if not line.works:
        return _("%(name)s arbetar inte kvar.", name=line.name)
    if line.since > today():
        return _("%(name)s från och med %(day)s.", name=line.name, day=day(line.since))
    if line.until:
        return _("%(name)s till och med %(day)s.", name=line.name, day=day(line.until))
    return f"{line.name}."


def key_in(name: str) -> UUID | None:
    """A key from the address; anything else is the first page."""
    try:
        return db.long(request.args.get(name, ""))
    except ValueError:
        return None
