"""What the ways in share at the edge: who asks, what was asked of whom, and stepping in."""

from datetime import datetime

from flask import current_app, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import passkey_service, queries, service, sessions, throttle_service
from app.accounts.authenticator import Party, decoded
from app.accounts.passkey_rules import is_answered_in_time
from app.accounts.throttle_rules import client, sender
from app.core import clock
from app.core.access import safe_next
from app.core.audit import SYSTEM
from app.core.db import transaction
from app.core.errors import NotFound

ASKED = "asked"


def party() -> Party:
    return Party(current_app.extensions["settings"].base_url)


def asker() -> str:
    """From where this request comes, as tries are counted."""
    proxies = current_app.extensions["settings"].proxies
    forwarded = ",".join(request.headers.getlist("X-Forwarded-For")).split(",")
    return sender(client(request.remote_addr, [it for it in forwarded if it.strip()], proxies))


def note(why: str, *, now: datetime) -> None:
    """Log a refusal that anybody can provoke: no oftener than tries are counted, so that nobody can fill the log."""
    try:
        with transaction():
            throttle_service.count("noted", asker(), by=SYSTEM, now=now)
            passkey_service.refused(why, by=SYSTEM, now=now)
    except throttle_service.TooMany:
        pass


def ask(purpose: str, challenge: str) -> None:
    """Remember in the browser what it was asked; only its latest question can be answered."""
    session[ASKED] = [purpose, challenge, clock.now().isoformat()]


def asked(purpose: str) -> bytes | None:
    """The challenge that this browser was asked to answer, once; None when there is none, or it has run out."""
    kept = session.pop(ASKED, None)
    if not kept or kept[0] != purpose:
        return None
    at = datetime.fromisoformat(kept[2])
    return decoded(kept[1]) if is_answered_in_time(at, now=clock.now()) else None


def leave_first(*, now: datetime) -> None:
    """End the session that this browser holds already, before another begins in it."""
    if current_user.is_authenticated:
        service.sign_out(current_user.session_id, by=current_user, now=now)


def step_in(token: str, target: str | None) -> Answer:
    """Let this browser into a session that has just begun, and go on to where its person was going."""
    viewer = queries.viewer_of(token, now=clock.now())
    if viewer is None:
        raise NotFound
    sessions.begin(viewer)
    return redirect(safe_next(target) or url_for("home.start"), 303)
