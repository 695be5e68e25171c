"""The systems that may read from us, and what: the region's administrator lets them in and shuts them out."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, Response, redirect, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.care import region_queries, unit_queries
from app.core import db
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import Refused
from app.core.locale import gettext as _
from app.core.locale import today, when
from app.core.pages import page
from app.exchange import client_queries as queries
from app.exchange import client_service as service
from app.exchange.client_forms import ClientForm
from app.exchange.client_queries import Client
from app.exchange.client_service import NameTaken, Wanted
from app.exchange.elements import SCOPES

bp = Blueprint("clients", __name__, url_prefix="/region/klienter")
FRESH = "client"
SHOWN = timedelta(minutes=5)
"""So long the browser of whoever let a system in keeps the secret, until it has been shown."""
EVERYWHERE = "hela"
Shown = Response | Answer | tuple[Response, int]


@bp.app_template_filter()
def reads_words(client: Client) -> str:
    """What it may read."""
    if client.scopes == set(SCOPES.values()):
        return _("Fast vårdkontakt och tider")
    return _("Tider") if SCOPES["Appointment"] in client.scopes else _("Fast vårdkontakt")


@bp.app_template_filter()
def used_words(client: Client) -> str:
    """When it was last here."""
    return _("Senast använd %(when)s.", when=when(client.used_at)) if client.used_at else _("Inte använd än.")


@bp.get("")
@access("admin")
def index() -> Response:
    found = queries.clients_of(current_user)
    return page("exchange/clients.html", clients=found)


@bp.get("/ny")
@access("admin")
def new() -> Response:
    return form_page(ClientForm(formdata=None))


@bp.post("/ny")
@access("admin")
def let_in() -> Shown:
    region, form = region_queries.region_for(current_user), ClientForm()
    offer_units(form)
    if not form.validate_on_submit():
        return form_page(form), 422
    unit = None if form.unit.data == EVERYWHERE else db.long(form.unit.data)
    try:
        with transaction():
            wanted = Wanted(form.name.data, tuple(form.reads.data), unit)
            made = service.let_in(region.id, wanted, by=current_user, now=now())
    except NameTaken:
        form.name.errors = [_("Ett annat system heter så. Välj ett annat namn.")]
        return form_page(form), 422
    return shown_once(made)


@bp.get("/<key:client>")
@access("admin")
def client(client: UUID) -> Response:
    found = queries.client_for(current_user, client)
    return page("exchange/client.html", client=found, secret=secret_of(client))


@bp.post("/<key:client>/ny-hemlighet")
@access("admin")
def renew(client: UUID) -> Answer:
    region = region_queries.region_for(current_user)
    with transaction():
        made = service.renew(region.id, client, by=current_user, now=now())
    return shown_once(made)


@bp.post("/<key:client>/avsluta")
@access("admin")
def shut_out(client: UUID) -> Answer:
    region, found = region_queries.region_for(current_user), queries.client_for(current_user, client)
    if found.ended_at:
        raise Refused(
            _("Systemet läser inte längre"), _("Det är redan avslutat. Gå till listan för att se vilka som är kvar.")
        )
    with transaction():
        service.shut_out(region.id, client, by=current_user, now=now())
    session.pop(FRESH, None)
    return redirect(url_for(".client", client=client), 303)


def form_page(form: ClientForm) -> Response:
    offer_units(form)
    return page("exchange/new_client.html", form=form, scopes=SCOPES)


def offer_units(form: ClientForm) -> None:
    units = [(db.short(it.id), it.name) for it in unit_queries.units_of(current_user, today=today())]
    form.unit.choices = [("", _("Välj")), (EVERYWHERE, _("Hela regionen")), *units]


def shown_once(made: tuple[UUID, str]) -> Answer:
    """The secret goes to the browser that asked for it, and nowhere else."""
    session[FRESH] = [db.short(made[0]), made[1], now().isoformat()]
    return redirect(url_for(".client", client=made[0]), 303)


def secret_of(client: UUID) -> str | None:
    """The secret, the first time that its page is shown."""
    key, secret, at = session.pop(FRESH, ("", "", ""))
    return secret if key == db.short(client) and now() - datetime.fromisoformat(at) < SHOWN else None
