"""Signing in with a key on one's phone, and looking after one's keys."""

import base64
import os
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import arrivals, authenticator, rules, throttle_service
from app.accounts import passkey_queries as queries
from app.accounts import passkey_service as service
from app.accounts.authenticator import CHALLENGE, Refuted
from app.accounts.passkey_forms import NameForm, NewKeyForm
from app.accounts.passkey_service import KnownKey, Locked, NoSuchKey, TooManyKeys
from app.core.access import access
from app.core.audit import SYSTEM
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import Refused
from app.core.locale import gettext as _
from app.core.pages import page

bp = Blueprint("passkeys", __name__, url_prefix="/nyckel")
Shown = Response | Answer | tuple[Response, int]


@bp.post("/fraga")
@access("public", database=False)
def ask() -> Response:
    """What the phone is asked, the same for everybody."""
    challenge = fresh("use")
    return Response(authenticator.ask_to_use(arrivals.party(), challenge=challenge), mimetype="application/json")


@bp.post("/logga-in")
@access("public")
def enter() -> Answer:
    at, challenge, answer = now(), arrivals.asked("use"), request.form.get("credential", "")
    count("passkey")
    if not answer or challenge is None:
        raise no_answer()
    agent = request.user_agent.string
    try:
        with transaction():
            token = service.enter(arrivals.party(), answer, challenge=challenge, agent=agent, by=SYSTEM, now=at)
            arrivals.leave_first(now=at)
    except NoSuchKey as error:
        refuse("passkey:unknown")
        raise Refused(
            _("Den nyckeln gäller inte här"),
            _(
                "Den kan vara borttagen, eller gjord för något annat. Ta bort den ur telefonen, "
                "så frågar den inte igen. Logga in på ett annat sätt, eller ring din mottagning och be om en kod."
            ),
            403,
        ) from error
    except Locked:
        refuse("passkey:locked")
        return redirect(url_for("accounts.locked"), 303)
    return arrivals.step_in(token, request.form.get("next"))


@bp.get("/ny")
@access("patient", "relative", "staff")
def new() -> Response:
    return page("accounts/key_new.html", form=NewKeyForm(), fresh=is_fresh())


@bp.post("/ny/fraga")
@access("patient", "relative", "staff")
def ask_new() -> Response:
    ensure_fresh()
    challenge = fresh("make")
    options = authenticator.ask_to_make(
        arrivals.party(),
        handle=service.handle(current_user.person_id, current_user.capacity),
        name=_("I tjänsten") if current_user.capacity == "duty" else _("Privat"),
        challenge=challenge,
        there=queries.credentials_of(current_user),
    )
    return Response(options, mimetype="application/json")


@bp.post("/ny")
@access("patient", "relative", "staff")
def add() -> Shown:
    ensure_fresh()
    form, challenge = NewKeyForm(), arrivals.asked("make")
    if not form.validate_on_submit():
        return page("accounts/key_new.html", form=form, fresh=True), 422
    try:
        made = authenticator.made(arrivals.party(), form.credential.data, challenge=challenge or b"")
        with transaction():
            service.add(
                current_user.person_id,
                current_user.capacity,
                made,
                name=form.name.data,
                agent=request.user_agent.string,
                by=current_user,
                now=now(),
            )
    except Refuted:
        form.credential.errors = [_("Telefonens svar stämde inte. Försök en gång till.")]
        return page("accounts/key_new.html", form=form, fresh=True), 422
    except KnownKey:
        form.credential.errors = [_("Den här telefonen har redan en nyckel. Du behöver ingen till.")]
        return page("accounts/key_new.html", form=form, fresh=True), 422
    except TooManyKeys:
        form.credential.errors = [_("Du har redan tio nycklar. Ta bort en som du inte använder, så får den här plats.")]
        return page("accounts/key_new.html", form=form, fresh=True), 422
    return redirect(url_for("sessions.mine", klart="nyckel"), 303)


@bp.get("/<key:key>")
@access("patient", "relative", "staff")
def show(key: UUID) -> Response:
    found = queries.key_for(current_user, key)
    return page("accounts/key.html", key=found, form=NameForm(data={"name": found.name}))


@bp.post("/<key:key>")
@access("patient", "relative", "staff")
def rename(key: UUID) -> Shown:
    found, form = queries.key_for(current_user, key), NameForm()
    if not form.validate_on_submit():
        return page("accounts/key.html", key=found, form=form), 422
    with transaction():
        service.rename(key, form.name.data, by=current_user, now=now())
    return redirect(url_for("sessions.mine", klart="namn"), 303)


@bp.post("/<key:key>/ta-bort")
@access("patient", "relative", "staff")
def remove(key: UUID) -> Answer:
    with transaction():
        service.remove(key, by=current_user, now=now())
    return redirect(url_for("sessions.mine", klart="borttagen"), 303)


def fresh(purpose: str) -> bytes:
    """A challenge that this browser is asked to have answered."""
    challenge = os.urandom(CHALLENGE)
    arrivals.ask(purpose, base64.urlsafe_b64encode(challenge).rstrip(b"=").decode())
    return challenge


def is_fresh() -> bool:
    return rules.is_fresh(current_user.started_at, now=now())


def ensure_fresh() -> None:
    if not is_fresh():
        raise Refused(
            _("Logga in en gång till först"),
            _("En ny nyckel kan bara sparas strax efter att du har loggat in. Logga ut, logga in och försök igen."),
            403,
        )


def count(kind: str) -> None:
    """Count one try from here; a page that says to wait when there have been too many."""
    try:
        with transaction():
            throttle_service.count(kind, arrivals.asker(), by=SYSTEM, now=now())
    except throttle_service.TooMany as error:
        arrivals.note(f"{kind}:throttled", now=now())
        raise Refused(
            _("Det blev många försök på kort tid"),
            _("Vänta några sekunder och försök igen. Går det ändå inte? Ring din mottagning."),
            429,
        ) from error


def refuse(why: str) -> None:
    with transaction():
        service.refused(why, by=SYSTEM, now=now())


def no_answer() -> Refused:
    return Refused(
        _("Telefonen svarade inte med någon nyckel"),
        _(
            "Sidan kan ha stått öppen för länge, eller så kan webbläsaren inte använda nycklar. "
            "Gå tillbaka och försök igen, eller logga in på ett annat sätt."
        ),
        422,
    )
