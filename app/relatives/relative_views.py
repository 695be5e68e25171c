"""Answering an offer, and what is shared with whoever has been let in. Nothing of it is saved on their phone."""

from uuid import UUID

from flask import Blueprint, Response, redirect, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import arrivals, sessions, throttle_service
from app.accounts.queries import Viewer
from app.accounts.sessions import Offer
from app.core import audit, db, live
from app.core.access import access
from app.core.audit import SYSTEM, Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import NotFound, Refused
from app.core.locale import gettext as _
from app.core.locale import today
from app.core.pages import also, page
from app.notices import service as notices
from app.relatives import queries, service
from app.relatives.forms import CodeForm
from app.relatives.service import LetInAlready, Over, OwnOffer

bp = Blueprint("offers", __name__, url_prefix="/slapp-in")
shared = Blueprint("shared", __name__, url_prefix="/anhorig")
Shown = Response | Answer | tuple[Response, int]


@bp.get("")
@access("public", database=False)
def enter() -> Response:
    """The code stands behind the # of the address, which no server is sent; a script puts it into the form."""
    return page("relatives/code.html", form=CodeForm())


@bp.post("")
@access("public")
def take() -> Shown:
    ensure_private()
    form, at = CodeForm(), now()
    if not form.validate_on_submit():
        return page("relatives/code.html", form=form), 422
    try:
        with transaction():
            throttle_service.count("offer", arrivals.asker(), by=SYSTEM, now=at)
            key = service.find(form.code.data, by=SYSTEM, now=at)
    except throttle_service.TooMany:
        form.code.errors = [_("Det blev många försök på kort tid. Vänta några sekunder och försök igen.")]
        return page("relatives/code.html", form=form), 429
    if key is None:
        # The same words for a code that never was, has run out, has been answered, or was taken back.
        form.code.errors = [
            _("Koden gäller inte. Stämmer alla tolv tecken? Gör de det, be den som gav dig koden om en ny.")
        ]
        return page("relatives/code.html", form=form), 422
    sessions.keep_offer(key, form.code.data, now=at)
    return redirect(url_for(".onward"), 303)


@bp.get("/vidare")
@access("public")
def onward() -> Response:
    if sessions.offer(now=now()) is None:
        return page("relatives/code.html", form=CodeForm(), lost=True)
    ensure_private()
    return page("relatives/answer.html", known=current_user.is_authenticated)


@bp.post("/ja")
@access("patient", "relative")
def accept() -> Answer:
    held = holds()
    try:
        with transaction():
            service.accept(held.key, held.code, by=current_user, now=now())
    except Over as error:
        sessions.drop_offer()
        raise over() from error
    except OwnOffer as error:
        raise Refused(
            _("Det här är din egen inbjudan"),
            _("Den som du vill bjuda in ska öppna länken, på sin egen telefon. Skicka länken dit."),
        ) from error
    except LetInAlready as error:
        sessions.drop_offer()
        raise Refused(
            _("Du har redan svarat den här personen"),
            _("Du behöver inte göra något mer. Det som delas med dig ser du när du loggar in."),
        ) from error
    sessions.drop_offer()
    return redirect(url_for("shared.show", relation=held.key), 303)


@bp.post("/nej")
@access("patient", "relative")
def decline() -> Shown:
    held = holds()
    try:
        with transaction():
            service.decline(held.key, held.code, by=current_user, now=now())
    except Over:
        pass  # it is over already, which is what was wanted
    sessions.drop_offer()
    return redirect(url_for("home.start"), 303)


@shared.get("/<key:relation>")
@access("relative")
def show(relation: UUID) -> Response:
    """What a patient lets the viewer see. Where it is nothing, no word of why, nor of the patient."""
    at, topic = now(), live.topic("r", relation)
    try:
        it = queries.seen_by(current_user, relation, now=at, today=today())
    except NotFound:
        waits = queries.waits(current_user, relation)
        return page("relatives/nothing.html", waits=waits, topic=topic if waits else None, state=queries.WAITS)
    audit.read(Entry(queries.SEEN, it.let_in.patient_id, None, f"relation:{db.short(relation)}"))
    if current_user.opens(about=relation):
        also(lambda: notices.seen(current_user.person_id, about=relation, by=current_user, now=at))
    return page("relatives/shared.html", it=it, topic=topic, state=it.let_in.state)


@shared.post("/<key:relation>/lamna")
@access("relative")
def leave(relation: UUID) -> Answer:
    try:
        with transaction():
            service.leave(relation, by=current_user, now=now())
    except Over:
        pass  # it is over already, which is what was wanted
    return redirect(url_for(".show", relation=relation), 303)


def holds() -> Offer:
    ensure_private()
    held = sessions.offer(now=now())
    if held is None:
        raise over()
    return held


def ensure_private() -> None:
    """Nobody is let in while they are at work: what is seen in private is not seen on duty."""
    if current_user.is_authenticated and current_user.capacity == "duty":
        raise Refused(
            _("Den här webbläsaren är inloggad i tjänsten"),
            _("En inbjudan svarar du på privat. Gör det på din egen telefon, eller logga ut här först."),
        )


def over() -> Refused:
    return Refused(
        _("Inbjudan gäller inte längre"),
        _("Den kan ha gått ut, eller så har någon redan svarat. Be den som bjöd in dig om en ny."),
        403,
    )


def follow_shared(viewer: Viewer, relation: UUID) -> str | None:
    """What an open page compares with, as live.py asks it."""
    return queries.state_of(viewer, relation, now=now())
