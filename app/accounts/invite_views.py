"""Coming in with a code: type it or scan it, have it confirmed when it came by letter, and make a key of it."""

import base64
import os

from flask import Blueprint, Response, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import arrivals, authenticator, passkey_service, throttle_service
from app.accounts import invite_queries as queries
from app.accounts import invite_service as service
from app.accounts.authenticator import CHALLENGE, Refuted
from app.accounts.invite_forms import CodeForm
from app.accounts.invite_queries import Claim
from app.accounts.invite_service import Over
from app.accounts.passkey_forms import NewKeyForm
from app.accounts.passkey_service import KnownKey
from app.core.access import access
from app.core.audit import SYSTEM
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import Refused
from app.core.locale import gettext as _
from app.core.pages import page

bp = Blueprint("invites", __name__, url_prefix="/kod")
CLAIM = "claim"
Shown = Response | Answer | tuple[Response, int]


@bp.get("")
@access("public", database=False)
def enter() -> Response:
    """The code may stand behind the # of the address, which no server is sent; a script puts it into the form."""
    return page("accounts/code.html", form=CodeForm())


@bp.post("")
@access("public")
def take() -> Shown:
    ensure_private()
    form = CodeForm()
    if not form.validate_on_submit():
        return page("accounts/code.html", form=form), 422
    try:
        with transaction():
            throttle_service.count("code", arrivals.asker(), by=SYSTEM, now=now())
            token = service.claim(form.code.data, by=SYSTEM, now=now())
            if token is None:
                passkey_service.refused("code:unknown", by=SYSTEM, now=now())
    except throttle_service.TooMany:
        form.code.errors = [_("Det blev många försök på kort tid. Vänta några sekunder och försök igen.")]
        return page("accounts/code.html", form=form), 429
    if token is None:
        # The same words for a code that never was, has run out, or has been used.
        form.code.errors = [
            _("Koden gäller inte. Stämmer alla tolv tecken? Gör de det, ring din mottagning och be om en ny.")
        ]
        return page("accounts/code.html", form=form), 422
    session[CLAIM], session.permanent = token, True
    return redirect(url_for(".onward"), 303)


@bp.get("/vidare")
@access("public")
def onward() -> Response:
    claim = queries.claim_of(session.get(CLAIM), now=now())
    return next_page(claim, NewKeyForm())


@bp.post("/fraga")
@access("public")
def ask() -> Response:
    claim = ready()
    challenge = os.urandom(CHALLENGE)
    arrivals.ask("code", base64.urlsafe_b64encode(challenge).rstrip(b"=").decode())
    options = authenticator.ask_to_make(
        arrivals.party(),
        handle=passkey_service.handle(claim.person_id, "private"),
        name=_("Privat"),
        challenge=challenge,
        there=[],
    )
    return Response(options, mimetype="application/json")


@bp.post("/nyckel")
@access("public")
def use() -> Shown:
    claim, form, challenge, at = ready(), NewKeyForm(), arrivals.asked("code"), now()
    if not form.validate_on_submit():
        return next_page(claim, form), 422
    try:
        made = authenticator.made(arrivals.party(), form.credential.data, challenge=challenge or b"")
        with transaction():
            arrivals.leave_first(now=at)
            token = service.use(
                session[CLAIM], made, name=form.name.data, agent=request.user_agent.string, by=SYSTEM, now=at
            )
    except (Refuted, KnownKey):
        form.credential.errors = [_("Telefonens svar stämde inte. Försök en gång till.")]
        return next_page(claim, form), 422
    except Over as error:
        raise over() from error
    return arrivals.step_in(token, None)


def next_page(claim: Claim | None, form: NewKeyForm) -> Response:
    """What comes next for this phone: the code again, the words to say, or the key."""
    if claim is None:
        return page("accounts/code.html", form=CodeForm(formdata=None), lost=True)
    if not claim.ready:
        return page("accounts/code_words.html", claim=claim)
    return page("accounts/code_key.html", claim=claim, form=form)


def ready() -> Claim:
    ensure_private()
    claim = queries.claim_of(session.get(CLAIM), now=now())
    if claim is None or not claim.ready:
        raise over()
    return claim


def ensure_private() -> None:
    """Whoever helps a patient in must not end up as the patient in their own browser."""
    if current_user.is_authenticated and current_user.capacity == "duty":
        raise Refused(
            _("Den här webbläsaren är inloggad i tjänsten"),
            _("Koden ska skrivas på en egen telefon, inte här. Gör det där, eller logga ut här först."),
        )


def over() -> Refused:
    return Refused(
        _("Koden gäller inte längre"),
        _("Den kan ha gått ut, eller bytts mot en ny. Ring din mottagning och be om en ny."),
        403,
    )
