"""When somebody wants to be reminded of their times, and of those that somebody lets them see."""

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.bookings import reminder_queries as queries
from app.bookings import reminder_service as service
from app.bookings.reminder_forms import ReminderForm
from app.bookings.reminder_rules import NEAR, OWN
from app.bookings.rules import BEFORE
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import gettext as _
from app.core.pages import page

bp = Blueprint("reminders", __name__, url_prefix="/tider/paminnelser")
OWN_FORM, NEAR_FORM = "egna", "nara"


@bp.get("")
@access("patient", "relative")
def mine() -> Response:
    return whole()


@bp.post("/egna")
@access("patient")
def choose() -> Answer | tuple[Response, int]:
    return chosen(OWN, ReminderForm(prefix=OWN_FORM))


@bp.post("/nara")
@access("patient", "relative")
def choose_near() -> Answer | tuple[Response, int]:
    return chosen(NEAR, ReminderForm(prefix=NEAR_FORM))


def chosen(whose: str, form: ReminderForm) -> Answer | tuple[Response, int]:
    if not form.validate_on_submit():
        return whole({whose: form}), 422
    with transaction():
        service.choose(whose, form.befores, by=current_user, now=now())
    place = OWN_FORM if whose == OWN else NEAR_FORM
    return redirect(url_for(".mine", klart=place, _anchor=place), 303)


def whole(sent: dict[str, ReminderForm] | None = None) -> Response:
    """The page, with the form that could not be taken as it was sent."""
    choice, sent = queries.choice_of(current_user), sent or {}
    forms = {}
    for whose, befores, place in ((OWN, choice.own, OWN_FORM), (NEAR, choice.near, NEAR_FORM)):
        if befores is not None:
            forms[whose] = sent.get(whose) or ReminderForm(formdata=None, prefix=place)
            if whose not in sent:
                forms[whose].fill(befores)
    return page(
        "bookings/reminders.html",
        own=forms.get(OWN),
        near=forms.get(NEAR),
        options=options(),
        quiet=choice.quiet,
        done=request.args.get("klart"),
    )


def options() -> list[dict[str, object]]:
    said = {
        "7d": _("En vecka"),
        "48h": _("48 timmar"),
        "24h": _("24 timmar"),
        "2h": _("2 timmar"),
    }
    return [{"value": it, "name": said[it], "text": ""} for it in BEFORE]
