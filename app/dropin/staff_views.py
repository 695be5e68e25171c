"""Those who come today, ticked off by staff."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.core import db, locale
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import Refused
from app.core.locale import gettext as _
from app.core.pages import page
from app.dropin import visit_queries as queries
from app.dropin import visit_service as service
from app.dropin.queries import Open
from app.dropin.rules import LED_TO
from app.dropin.visit_forms import WAYS, ArriveForm, NoteForm
from app.dropin.visit_rules import Visit
from app.dropin.visit_service import Changed

bp = Blueprint("reception", __name__, url_prefix="/drop-in/i-dag")
Shown = Response | Answer | tuple[Response, int]


@bp.app_template_filter("led_to_words")
def led_to_words(ways: tuple[str, ...]) -> str:
    return ", ".join(str(WAYS[it]) for it in (*LED_TO, "left") if it in ways)


@bp.get("")
@access("staff")
def today() -> Response | Answer:
    found = queries.drop_ins_of(current_user, today=locale.today())
    if len(found) == 1:
        return redirect(url_for(".show", drop_in=found[0].key), 302)
    return page("dropin/today.html", drop_ins=found, at=now())


@bp.get("/<key:drop_in>")
@access("staff")
def show(drop_in: UUID) -> Response:
    return reception_page(one(drop_in), twice="redan" in request.args)


@bp.post("/<key:drop_in>/kom")
@access("staff")
def arrive(drop_in: UUID) -> Answer:
    it, form = one(drop_in), ArriveForm()
    ensure_open(it)
    form.validate_on_submit()
    with transaction():
        first = service.arrive(it.key, key_in(form), by=current_user, now=now())
    return back_to(drop_in, twice=not first)


@bp.post("/<key:drop_in>/<key:visit>/mots")
@access("staff")
def meet(drop_in: UUID, visit: UUID) -> Answer:
    return change(drop_in, visit, service.meet)


@bp.post("/<key:drop_in>/<key:visit>/gick")
@access("staff")
def leave(drop_in: UUID, visit: UUID) -> Answer:
    return change(drop_in, visit, service.leave)


@bp.post("/<key:drop_in>/<key:visit>/vantar-igen")
@access("staff")
def wait_again(drop_in: UUID, visit: UUID) -> Answer:
    return change(drop_in, visit, service.wait_again)


@bp.post("/<key:drop_in>/<key:visit>/ta-bort")
@access("staff")
def take_back(drop_in: UUID, visit: UUID) -> Answer:
    return change(drop_in, visit, service.take_back)


@bp.post("/<key:drop_in>/<key:visit>/lagg-tillbaka")
@access("staff")
def put_back(drop_in: UUID, visit: UUID) -> Answer:
    return change(drop_in, visit, service.put_back)


@bp.get("/<key:drop_in>/<key:visit>")
@access("staff")
def visit(drop_in: UUID, visit: UUID) -> Response | Answer:
    it = one(drop_in)
    came = queries.visit_for(current_user, it, visit, today=locale.today())
    if came.state == "gone":
        return back_to(drop_in)
    new = {True: "new", False: "known", None: "unknown"}[came.new_here] if came.led_to else None
    form = NoteForm(data={"shown": came.version, "new": new, "led_to": list(came.led_to)})
    return page("dropin/visit.html", it=it, visit=came, form=form)


@bp.post("/<key:drop_in>/<key:visit>")
@access("staff")
def note(drop_in: UUID, visit: UUID) -> Shown:
    it, form = one(drop_in), NoteForm()
    came = queries.visit_for(current_user, it, visit, today=locale.today())
    if not form.is_whole():
        return page("dropin/visit.html", it=it, visit=came, form=form), 422
    try:
        with transaction():
            service.note(
                it.key,
                visit,
                new_here=form.new_here,
                led_to=form.led_to.data,
                shown=form.shown.data or "",
                by=current_user,
                now=now(),
            )
    except Changed:
        came = queries.visit_for(current_user, it, visit, today=locale.today())
        if came.state == "gone":
            return back_to(drop_in)
        form.shown.data = came.version
        form.shown.errors = [changed(came)]
        return page("dropin/visit.html", it=it, visit=came, form=form), 422
    return back_to(drop_in)


def key_in(form: ArriveForm) -> UUID:
    """The key that the page made; a new one for what is none, since somebody has come all the same."""
    try:
        return db.long(form.visit.data or "")
    except ValueError:
        return db.new_key()


def changed(came: Visit) -> str:
    if came.led_to:
        return _(
            "Någon annan har noterat det här besöket: %(ways)s. Spara igen om ditt ska gälla.",
            ways=led_to_words(came.led_to),
        )
    return _("Någon annan har ändrat det här besöket. Se hur det är nu, och spara igen.")


def one(drop_in: UUID) -> Open:
    return queries.drop_in_for(current_user, drop_in, today=locale.today())


def ensure_open(it: Open) -> None:
    if not it.day(locale.today()).is_open:
        raise Refused(
            _("Det är ingen drop-in i dag"),
            _("Inget är noterat. Ska det vara öppet i dag lägger den som leder mottagningen in dagen först."),
        )


def change(drop_in: UUID, visit: UUID, verb: Callable[..., Any]) -> Answer:
    """One press of a visit of today's; twice is once."""
    it = one(drop_in)
    came = queries.visit_for(current_user, it, visit, today=locale.today())
    with transaction():
        verb(it.key, came.key, by=current_user, now=now())
    if verb is service.meet:
        return redirect(url_for(".visit", drop_in=drop_in, visit=visit), 303)
    return back_to(drop_in)


def back_to(drop_in: UUID, *, twice: bool = False) -> Answer:
    return redirect(url_for(".show", drop_in=drop_in, redan=1 if twice else None), 303)


def reception_page(it: Open, *, twice: bool) -> Response:
    return page(
        "dropin/reception.html",
        it=it,
        standing=it.standing(now()),
        day=it.day(locale.today()),
        reception=queries.reception(current_user, it, today=locale.today()),
        form=ArriveForm(formdata=None, data={"visit": db.short(db.new_key())}),
        twice=twice,
        at=now(),
    )
