"""A patient's own contacts: how to reach them, what one asks of the head, and whom one will not have asked."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, redirect, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.care import contact_queries as queries
from app.care import request_service as service
from app.care.contact_forms import AskForm, ChangeForm
from app.care.contact_queries import Held, Place
from app.care.contact_service import NotAdult, Over
from app.care.request_service import StillOpen
from app.core import db
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import Refused
from app.core.locale import gettext as _
from app.core.locale import today, when
from app.core.pages import page

bp = Blueprint("contacts", __name__, url_prefix="/kontakt")
SHOWN = 5


@bp.get("")
@access("patient")
def mine() -> Response:
    asked = [it for it in queries.asked_by(current_user) if it.withdrawn_at is None]
    return page(
        "contacts/mine.html",
        held=queries.held_by(current_user, today=today()),
        today=today(),
        asked=[it for it in asked if it.open] + [it for it in asked if not it.open][:SHOWN],
        waits={it.unit_id: it for it in asked if it.open},
        places={place.key: place for place in queries.places(current_user)},
        refused=[it for it in queries.colleagues_of(current_user, today=today()) if it.refused_at],
    )


@bp.get("/be")
@access("patient")
def ask() -> Response:
    return ask_page(AskForm())


@bp.post("/be")
@access("patient")
def send_ask() -> Response | Answer | tuple[Response, int]:
    form = AskForm()
    held = {db.short(it.card.unit_id) for it in queries.held_by(current_user, today=today())}
    form.unit.allowed = {db.short(place.key) for place in queries.places(current_user)} - held
    if not form.validate_on_submit():
        return ask_page(form), 422
    return send(form, lambda: ask_page(form), db.long(str(form.unit.data)), None)


@bp.get("/byt/<key:contact>")
@access("patient")
def change(contact: UUID) -> Response:
    return change_page(queries.held_for(current_user, contact, today=today()), ChangeForm())


@bp.post("/byt/<key:contact>")
@access("patient")
def send_change(contact: UUID) -> Response | Answer | tuple[Response, int]:
    held = queries.held_for(current_user, contact, today=today())
    form = ChangeForm()
    if not form.validate_on_submit():
        return change_page(held, form), 422
    return send(form, lambda: change_page(held, form), held.card.unit_id, held.card.person_id)


@bp.post("/onskemal/<key:wish>/ta-tillbaka")
@access("patient")
def take_back(wish: UUID) -> Answer:
    asked = queries.asked_for(current_user, wish)
    try:
        with transaction():
            service.withdraw(asked.key, by=current_user, now=now())
    except Over:
        pass  # it has been answered or taken back already, and the page says which
    return redirect(url_for(".mine"), 303)


@bp.get("/inte-fraga")
@access("patient")
def not_ask() -> Response:
    people = queries.colleagues_of(current_user, today=today())
    units = sorted({it.unit_name for it in people if it.unit_name})
    return page(
        "contacts/not_ask.html",
        refused=[it for it in people if it.refused_at],
        others={unit: [it for it in people if it.unit_name == unit and not it.refused_at] for unit in units},
        closed=[unit for unit in units if all(it.refused_at for it in people if it.unit_name == unit)],
    )


@bp.post("/inte-fraga/<key:person>")
@access("patient")
def refuse(person: UUID) -> Answer:
    named = queries.colleague_for(current_user, person, today=today())
    with transaction():
        service.block(named.key, by=current_user, now=now())
    return redirect(url_for(".not_ask"), 303)


@bp.post("/inte-fraga/<key:person>/ta-tillbaka")
@access("patient")
def let_ask(person: UUID) -> Answer:
    named = queries.colleague_for(current_user, person, today=today())
    with transaction():
        service.unblock(named.key, by=current_user, now=now())
    return redirect(url_for(".not_ask"), 303)


def ask_page(form: AskForm) -> Response:
    held = {it.card.unit_id: it.card.name for it in queries.held_by(current_user, today=today())}
    waits = {it.unit_id: it.made_at for it in queries.asked_by(current_user) if it.open}
    places = queries.places(current_user)
    return page(
        "contacts/ask.html",
        form=form,
        places=places,
        options=[option(place, held.get(place.key), waits.get(place.key)) for place in places],
        again=bool(held),
    )


def option(place: Place, contact: str | None, asked_at: datetime | None) -> dict[str, object]:
    """A unit to choose, or why it cannot be chosen."""
    text = _("Det går till %(name)s.", name=place.reader().name)
    if contact:
        text = _("Går inte att välja: här är %(name)s redan din kontakt.", name=contact)
    elif asked_at:
        text = _("Går inte att välja: du bad om det här %(when)s.", when=when(asked_at))
    return {
        "value": db.short(place.key),
        "name": place.unit.name,
        "text": text,
        "off": bool(contact or asked_at),
    }


def change_page(held: Held, form: ChangeForm) -> Response:
    place = queries.place_for(current_user, held.card.unit_id)
    reader = place.reader(held.card.person_id)
    return page(
        "contacts/change.html",
        form=form,
        contact=held.card,
        place=place,
        reader=reader,
        leads=place.is_head(reader),
        waits=next((it for it in queries.asked_by(current_user) if it.open and it.unit_id == place.key), None),
    )


def send(
    form: ChangeForm, again: Callable[[], Response], unit: UUID, about: UUID | None
) -> Answer | tuple[Response, int]:
    """Ask the head, or say why it cannot be done, with the words kept."""
    words = (form.text.data or "").strip()
    try:
        with transaction():
            service.request_contact(unit, words, about=about, by=current_user, now=now())
    except StillOpen as there:
        # The same page sent twice is one wish.
        if there.words != words:
            at = when(there.made_at)
            said = _("Du bad om det %(when)s. Ta tillbaka det först, om du vill skriva något annat.", when=at)
            form.text.errors = [*form.text.errors, said]
            return again(), 422
    except NotAdult as error:
        title = _("Det här är för dig som har fyllt 18")
        text = _("Är du yngre? Ring Bris på 116 111, dygnet runt. Din mottagning kan också hjälpa dig.")
        raise Refused(title, text) from error
    return redirect(url_for(".mine"), 303)
