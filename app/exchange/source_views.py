"""The systems that times are read from: added with a trial, changed, ended, and what of them cannot be used."""

from contextlib import closing
from uuid import UUID

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.care import region_queries
from app.core import paging
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import gettext as _
from app.core.pages import page
from app.exchange import rules, words
from app.exchange import source_queries as queries
from app.exchange import source_service as service
from app.exchange.fhir import Client, Door
from app.exchange.source_forms import SourceForm
from app.exchange.source_line import Fault, Way
from app.exchange.source_queries import SourceRow
from app.exchange.source_service import AddressTaken, NameTaken, Wanted

bp = Blueprint("sources", __name__, url_prefix="/region/kallor")
bp.add_app_template_filter(words.why, "refused_words")
bp.add_app_template_filter(words.to_do, "refused_to_do")
bp.add_app_template_filter(words.fault, "fault_words")
# Whoever waits for a page does not wait for as long as the worker does.
SOON, AT_MOST = 4.0, 8.0
Shown = Response | Answer | tuple[Response, int]


@bp.get("")
@access("admin")
def index() -> Response:
    return page("exchange/sources.html", sources=queries.sources_of(current_user))


@bp.get("/ny")
@access("admin")
def new() -> Response:
    return form_page(SourceForm(formdata=None, data={"way_in": "client", "every": 15}))


@bp.post("/ny")
@access("admin")
def add() -> Shown:
    region, form = region_queries.region_for(current_user), SourceForm()
    if not form.validate_on_submit():
        return form_page(form), 422
    if fault := tried(wanted_of(form)):
        return form_page(form, fault=fault), 422
    try:
        with transaction():
            made = service.add(region.id, wanted_of(form), by=current_user, now=now())
    except (NameTaken, AddressTaken) as error:
        return taken(form, error)
    return redirect(url_for(".show", source=made), 303)


@bp.get("/<key:source>")
@access("admin")
def show(source: UUID) -> Response:
    found = queries.source_for(current_user, source)
    after = paging.place(request.args.get("efter"))
    refused, more = queries.refused_of(current_user, found, after=after)
    return page(
        "exchange/source.html",
        source=found,
        runs=queries.runs_of(current_user, found),
        refused=refused,
        first=after is None,
        further=url_for(".show", source=source, efter=paging.cursor(*more)) if more else None,
    )


@bp.get("/<key:source>/andra")
@access("admin")
def edit(source: UUID) -> Response:
    found = queries.source_for(current_user, source)
    data = {name: getattr(found, name) for name in ("name", "base_url", "way_in", "token_url", "client_id")}
    return form_page(SourceForm(formdata=None, data={**data, "every": found.every_minutes}), found)


@bp.post("/<key:source>/andra")
@access("admin")
def change(source: UUID) -> Shown:
    found, form = queries.source_for(current_user, source), SourceForm()
    form.kept = found.way_in == "client"
    if not form.validate_on_submit():
        return form_page(form, found), 422
    # Without the secret written anew it is not for a page to try it: the worker says what happened.
    if (form.secret.data or form.way_in.data != "client") and (fault := tried(wanted_of(form))):
        return form_page(form, found, fault=fault), 422
    try:
        with transaction():
            service.change(found.key, wanted_of(form), by=current_user, now=now())
    except (NameTaken, AddressTaken) as error:
        return taken(form, error, found)
    return back_to(found)


@bp.post("/<key:source>/las")
@access("admin")
def read(source: UUID) -> Answer:
    found = queries.source_for(current_user, source)
    with transaction():
        service.read_now(found.key, by=current_user, now=now())
    return back_to(found)


@bp.post("/<key:source>/igen")
@access("admin")
def again(source: UUID) -> Answer:
    found = queries.source_for(current_user, source)
    with transaction():
        service.look_again(found.key, by=current_user, now=now())
    return back_to(found)


@bp.post("/<key:source>/igen/<key:one>")
@access("admin")
def again_one(source: UUID, one: UUID) -> Answer:
    found = queries.source_for(current_user, source)
    with transaction():
        service.look_again(found.key, one, by=current_user, now=now())
    return back_to(found)


@bp.post("/<key:source>/avsluta")
@access("admin")
def end(source: UUID) -> Answer:
    found = queries.source_for(current_user, source)
    with transaction():
        service.end(found.key, by=current_user, now=now())
    return back_to(found)


def wanted_of(form: SourceForm) -> Wanted:
    return Wanted(
        form.name.data,
        form.base_url.data.rstrip("/"),
        form.way_in.data,
        form.token_url.data or None,
        form.client_id.data or None,
        form.secret.data or None,
        form.every.data,
    )


def tried(wanted: Wanted) -> str | None:
    """What went wrong when it was tried; None when nothing did, or when it is to be saved all the same."""
    if "anyway" in request.form:
        return None
    way = Way.of(current_app.extensions["settings"], each=SOON, whole=AT_MOST, patient=False)
    door = Door(wanted.base_url, wanted.way_in, wanted.token_url, wanted.client_id, wanted.secret)
    with closing(Client(door, way)) as client:
        try:
            client.trial(rules.TYPES)
        except Fault as fault:
            return words.fault(fault.name)
    return None


def form_page(form: SourceForm, source: SourceRow | None = None, *, fault: str | None = None) -> Response:
    return page("exchange/source_form.html", form=form, source=source, fault=fault)


def taken(form: SourceForm, error: Exception, source: SourceRow | None = None) -> Shown:
    if isinstance(error, NameTaken):
        form.name.errors = [_("Ett annat system heter så. Välj ett annat namn.")]
    else:
        form.base_url.errors = [_("Den adressen läses redan.")]
    return form_page(form, source), 422


def back_to(source: SourceRow) -> Answer:
    return redirect(url_for(".show", source=source.key), 303)
