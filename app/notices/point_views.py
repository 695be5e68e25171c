"""An e-mail address and a mobile number to be told on, confirmed by their owner.

The code is sent in the same breath, and the page says whether it left: whoever waits for it sits in front of the page.
"""

from uuid import UUID

import structlog
from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import throttle_service
from app.core.access import access
from app.core.audit import SYSTEM
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import NotFound
from app.core.locale import gettext as _
from app.core.locale import language
from app.core.pages import page
from app.notices import mail, outcome_rules, sms
from app.notices import point_queries as queries
from app.notices import point_service as service
from app.notices.mail import Mailer
from app.notices.point_forms import FORMS, CodeForm, EmailForm, MobileForm
from app.notices.point_queries import Point
from app.notices.point_service import Asked, InUse
from app.notices.sms import Texter

bp = Blueprint("points", __name__, url_prefix="/aviseringar/adresser")
log = structlog.get_logger()
Shown = Response | Answer | tuple[Response, int]
SYSTEMS = {"epost": "email", "mobil": "sms"}
WAYS = {system: way for way, system in SYSTEMS.items()}
AT_ONCE = 8.0
"""Seconds that somebody waits for the answer; what takes longer is said not to have left."""


@bp.get("")
@access("patient", "relative", "staff")
def index() -> Response:
    points = queries.points_of(current_user)
    return page(
        "notices/points.html",
        held={it.system: it for it in points if it.is_confirmed},
        waiting={it.system: it for it in points if not it.is_confirmed},
        on=on(),
        ways=WAYS,
        more=queries.is_told_more(current_user),
        done=request.args.get("klart"),
    )


@bp.get('/ny/<any("epost", "mobil"):way>')
@access("patient", "relative", "staff")
def new(way: str) -> Response:
    return new_page(SYSTEMS[way], FORMS[SYSTEMS[way]](formdata=None))


@bp.post('/ny/<any("epost", "mobil"):way>')
@access("patient", "relative", "staff")
def ask(way: str) -> Shown:
    system = SYSTEMS[way]
    form = FORMS[system]()
    if not on()[system]:
        return new_page(system, form), 422
    if not form.validate_on_submit():
        return new_page(system, form), 422
    try:
        with transaction():
            asked = service.ask(system, form.given, by=current_user, now=now())
    except InUse:
        form.value.errors = [
            _("Den adressen har du redan här. Skriv en annan, eller gå tillbaka.")
            if system == "email"
            else _("Det numret har du redan här. Skriv ett annat, eller gå tillbaka.")
        ]
        return new_page(system, form), 422
    except throttle_service.TooMany:
        form.value.errors = [too_many()]
        return new_page(system, form), 429
    if send(asked) == "gone":
        with transaction():
            service.remove(asked.key, by=current_user, now=now())
        form.value.errors = [
            _("Dit går det inte att skicka e-post. Stämmer adressen, bokstav för bokstav?")
            if system == "email"
            else _("Dit går det inte att skicka sms. Stämmer numret, siffra för siffra?")
        ]
        return new_page(system, form), 422
    return redirect(url_for(".show", point=asked.key), 303)


@bp.get("/<key:point>")
@access("patient", "relative", "staff")
def show(point: UUID) -> Shown:
    found = queries.point_for(current_user, point)
    if found.is_confirmed:
        return redirect(url_for(".index"), 303)
    return code_page(found, CodeForm(formdata=None))


@bp.post("/<key:point>")
@access("patient", "relative", "staff")
def confirm(point: UUID) -> Shown:
    found, form = queries.point_for(current_user, point), CodeForm()
    if found.is_confirmed:
        # The second of two tabs, or of two presses: it is done.
        return redirect(url_for(".index", klart=WAYS[found.system]), 303)
    if not form.validate_on_submit():
        return code_page(found, form), 422
    try:
        with transaction():
            throttle_service.count("point.code", str(current_user.person_id), by=SYSTEM, now=now())
            how = service.confirm(point, form.digits, by=current_user, now=now())
    except throttle_service.TooMany:
        form.code.errors = [_("Det blev många försök på kort tid. Vänta några sekunder och försök igen.")]
        return code_page(found, form), 429
    if how == "done":
        return redirect(url_for(".index", klart=WAYS[found.system]), 303)
    if how == "wrong":
        form.code.errors = [_("Koden stämmer inte. Titta en gång till. Har du fått flera är det den sista som gäller.")]
    return code_page(queries.point_for(current_user, point), form), 422


@bp.post("/<key:point>/kod")
@access("patient", "relative", "staff")
def ask_again(point: UUID) -> Shown:
    found = queries.point_for(current_user, point)
    if not on()[found.system]:
        raise NotFound
    try:
        with transaction():
            asked = service.ask_again(point, by=current_user, now=now())
    except throttle_service.TooMany:
        return code_page(found, CodeForm(formdata=None), too_many()), 429
    send(asked)
    return redirect(url_for(".show", point=point), 303)


@bp.post("/<key:point>/ta-bort")
@access("patient", "relative", "staff")
def remove(point: UUID) -> Answer:
    with transaction():
        service.remove(point, by=current_user, now=now())
    return redirect(url_for(".index", klart="borttagen"), 303)


def on() -> dict[str, bool]:
    """By which ways something can be sent; in the demo the pages are there all the same, up to the sending."""
    settings = current_app.extensions["settings"]
    return {
        "email": settings.demo or Mailer(settings).on,
        "sms": settings.demo or Texter(settings).on,
    }


def send(asked: Asked) -> str:
    """Send the code now, and note that it has left when it has; what became of it, as outcome_rules says it."""
    settings, at = current_app.extensions["settings"], now()
    words = {"digits": asked.code, "language": language()}
    if asked.system == "email":
        letter = mail.code(asked.letter, asked.value, **words)
        (answer,) = Mailer(settings).send([letter], seconds=AT_ONCE)
    else:
        text = sms.code(asked.letter, asked.value, **words)
        (answer,) = Texter(settings).send([text], seconds=AT_ONCE)
    what = outcome_rules.outcome(answer, tries=1, now=at).what
    if what == "accepted":
        with transaction():
            service.sent(asked, by=current_user, now=now())
    else:
        log.warning("point.unsent", channel=asked.system, status=answer.status, kind=answer.fault)
    return what


def new_page(system: str, form: EmailForm | MobileForm) -> Response:
    return page(
        "notices/point_new.html",
        system=system,
        way=WAYS[system],
        form=form,
        on=on()[system],
        more=queries.is_told_more(current_user),
    )


def code_page(point: Point, form: CodeForm, trouble: str = "") -> Response:
    settings = current_app.extensions["settings"]
    really = Mailer(settings).on if point.system == "email" else Texter(settings).on
    return page(
        "notices/point_code.html",
        point=point,
        way=WAYS[point.system],
        form=form,
        fresh=point.is_open(now=now()),
        really=really,
        trouble=trouble,
    )


def too_many() -> str:
    return _("Det blev många koder på kort tid. Vänta tio minuter och försök igen.")
