"""To the provider of e-identification and back: patients by one door, staff by another."""

from dataclasses import astuple

import structlog
from flask import Blueprint, current_app, redirect, request, session, url_for
from werkzeug.wrappers import Response as Answer

from app.accounts import arrivals, oidc, passkey_service, sessions
from app.accounts import oidc_service as service
from app.accounts.oidc import Asked, Refuted
from app.accounts.oidc_service import LockedByCare, Nameless, Unknown
from app.config import Provider
from app.core.access import access, safe_next
from app.core.audit import SYSTEM
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import NotFound, Refused
from app.core.locale import gettext as _
from app.core.locale import language

bp = Blueprint("oidc", __name__, url_prefix="/logga-in")
KEPT = "oidc"
log = structlog.get_logger()


# A link and no button: what it leads to is another site, and to a form of ours that is closed.
@bp.get("/e-legitimation")
@access("public", database=False)
def patient() -> Answer:
    return leave("patient")


@bp.get("/tjanst")
@access("public", database=False)
def staff() -> Answer:
    return leave("staff")


@bp.get("/e-legitimation/klar")
@access("public")
def patient_back() -> Answer:
    return arrive("patient")


@bp.get("/tjanst/klar")
@access("public")
def staff_back() -> Answer:
    return arrive("staff")


def leave(who: str) -> Answer:
    try:
        url, asked = oidc.begin(provider(who), back=back(who), language=language(), now=now())
    except Refuted as error:
        log.warning("oidc.unreachable", kind=who)
        raise explained(who, error.why) from error
    session[KEPT] = [who, safe_next(request.args.get("next")), *astuple(asked)]
    return redirect(url, 303)


def arrive(who: str) -> Answer:
    kept, at, agent = session.pop(KEPT, None), now(), request.user_agent.string
    mine = kept if kept and kept[0] == who else [who, None]
    try:
        asked = Asked(*mine[2:]) if len(mine) > 2 else None
        whom = oidc.finish(provider(who), asked, request.args, back=back(who), now=at)
        with transaction():
            if who == "patient":
                held = sessions.offer(now=at)
                token = service.enter_patient(whom, offer=held.key if held else None, agent=agent, by=SYSTEM, now=at)
            else:
                token = service.enter_staff(whom, agent=agent, by=SYSTEM, now=at)
            arrivals.leave_first(now=at)
    except Refuted as error:
        arrivals.note(f"oidc-{who}:{error.why}", now=at)
        raise explained(who, error.why) from error
    except Nameless as error:
        note(who, "nameless")
        raise explained(who, "claim") from error
    except Unknown as error:
        note(who, "unknown")
        raise explained(who, "unknown") from error
    except LockedByCare:
        note(who, "locked")
        return redirect(url_for("accounts.locked"), 303)
    return arrivals.step_in(token, mine[1])


def provider(who: str) -> Provider:
    settings = current_app.extensions["settings"]
    found: Provider | None = settings.oidc_patient if who == "patient" else settings.oidc_staff
    if found is None:
        raise NotFound
    return found


def back(who: str) -> str:
    """Where the provider sends the browser back: the address that it knows us by, whatever this request said."""
    return current_app.extensions["settings"].base_url + url_for(f"oidc.{who}_back")


def note(who: str, why: str) -> None:
    with transaction():
        passkey_service.refused(f"oidc-{who}:{why}", by=SYSTEM, now=now())


def explained(who: str, why: str) -> Refused:
    """What happened, and what to do now, for whoever stands outside."""
    again = _("Gå till Logga in och försök igen.")
    other = (
        _("Går det ändå inte? Ring din mottagning, så kan du få en kod i stället.")
        if who == "patient"
        else _("Går det ändå inte? Ring den som sköter tekniken hos er.")
    )
    texts = {
        "cancelled": (_("Du avbröt inloggningen"), _("Inget har hänt."), 403),
        "late": (
            _("Det tog för lång tid"),
            _("Inloggningen gäller i en kvart, så att ingen annan kan fortsätta på den."),
            403,
        ),
        "state": (
            _("Inloggningen hörde inte till den här sidan"),
            _("Den kan ha börjat i en annan flik eller på en annan telefon. Därför släpper vi inte in någon."),
            403,
        ),
        "level": (
            _("Din e-legitimation räcker inte till här"),
            _("Den behöver vara av högre nivå, så att vi vet att det är du. BankID och Freja+ går bra."),
            403,
        ),
        "claim": (
            _("Vi fick inte veta vem du är"),
            _("Den som sköter e-legitimationen skickade inte med det som behövs."),
            502,
        ),
        "provider": (
            _("Vi når inte den som sköter e-legitimationen"),
            _("Det är inte ditt fel. Vänta några minuter."),
            503,
        ),
        "unknown": (
            _("Vi hittar dig inte här"),
            _("Din e-legitimation fungerar, men du är inte registrerad här än. Ring din mottagning.")
            if who == "patient"
            else _("Ditt tjänstekort fungerar, men du är inte upplagd här än. Be din chef lägga upp dig."),
            403,
        ),
    }
    damaged = (
        _("Svaret från e-legitimationen stämde inte"),
        _("Därför släpper vi inte in någon. Det är inte ditt fel."),
        403,
    )
    title, text, code = texts.get(why, damaged)
    return Refused(title, text if why == "unknown" else f"{text} {again} {other}", code)
