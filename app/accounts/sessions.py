"""The cookies and the session row: two cookies carry half an opaque token each, the row says what it is worth.

One cookie is out of reach of scripts, so that none can carry it away. The other a script can delete, so that whoever
signs out without a net is signed out all the same: neither half is a session.

The second also tells the phone whether it may keep anything: what it keeps it reads only while the half is there. Where
a half was, a word may stand instead, and then the phone forgets all that it has (static/js/empty.js).
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from flask import Flask, Response, after_this_request, current_app, g, has_request_context, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_login import AnonymousUserMixin, LoginManager, current_user, login_user, logout_user

from app.accounts import queries, rules, service
from app.accounts.queries import Viewer
from app.accounts.rules import HALVES
from app.core import clock, db
from app.core.access import is_page
from app.core.forms import CSRF
from app.core.pages import also

KEPT = ("language",)
KEY = "_user_id"
OFFER = "offer"
# In place of a half: signed out by whoever held the phone; ended or locked from elsewhere, which the next page tells.
OUT, ENDED = "out", "ended"
OFFER_LIVES = timedelta(hours=1)


@dataclass(frozen=True)
class Offer:
    """What a patient has offered whoever holds this browser: that they have the code was seen here."""

    key: UUID
    code: str = field(repr=False)


def keep_offer(key: UUID, code: str, *, now: datetime) -> None:
    """Keep an offer while whoever holds it signs in: in the signed cookie, and in no address."""
    session[OFFER], session.permanent = [db.short(key), code, now.isoformat()], True


def offer(*, now: datetime) -> Offer | None:
    """The offer that this browser holds, for an hour."""
    kept = session.get(OFFER)
    if not kept or now >= datetime.fromisoformat(kept[2]) + OFFER_LIVES:
        return None
    return Offer(db.long(kept[0]), kept[1])


def drop_offer() -> None:
    session.pop(OFFER, None)


def here() -> str:
    """The name of the cookie that a script may delete."""
    return f"{current_app.config['SESSION_COOKIE_NAME']}-here"


def load(key: str) -> Viewer | None:
    """The viewer behind one half and the cookie with the other. A stream, which has no request, gives both."""
    half = request.cookies.get(here(), "") if has_request_context() else None
    token = key if half is None else f"{key}{HALVES}{half}"
    viewer = queries.viewer_of(token, now=clock.now())
    if not viewer and half and half not in (OUT, ENDED) and is_page():
        g.session_over = ENDED if queries.was_ended(token) else ""
        for name in (KEY, "nav"):
            session.pop(name, None)
    if viewer and viewer.last_seen < clock.now() - rules.SEEN_EVERY:
        also(lambda: service.seen(viewer.session_id, now=clock.now()))
    return viewer


def held(half: str | None) -> str | None:
    """The token of the session that this browser holds; a script that has thrown its half away gives it here."""
    key = session.get(KEY)
    return f"{key}{HALVES}{half or request.cookies.get(here(), '')}" if key else None


def begin(viewer: Viewer) -> None:
    """Step into a session just started; what the browser held before is forgotten, but for the language.

    Whoever signs in to answer an offer still holds it, unless they come in on duty.
    """
    held = session.get(OFFER) if viewer.capacity == "private" else None
    _empty()
    if held:
        session[OFFER] = held
    session["nav"] = "staff" if viewer.capacity == "duty" else "patient" if "patient" in viewer.kinds else "relative"
    session.permanent = True
    login_user(viewer)
    session[KEY], other = viewer.token.split(HALVES)
    after_this_request(lambda response: _give(response, other))


def forget() -> None:
    """Leave the browser as nobody's, and let the phone forget. Who it was is not asked again."""
    g.setdefault("_login_user", AnonymousUserMixin())
    _empty()
    if here() in request.cookies:
        after_this_request(lambda response: _give(response, OUT))


def ended() -> bool:
    """Whether this phone's session was ended from elsewhere; to be told once."""
    over = g.get("session_over") or request.cookies.get(here())
    g.told_ended = over == ENDED
    return g.told_ended


def take_back(response: Response) -> Response:
    """Where a page found a session that was over: take its half back, and leave word of how it ended until that is
    told. What a script asks for takes nothing back, since nobody sees it."""
    over, told = g.get("session_over"), g.get("told_ended", False)
    given = any(it.startswith(f"{here()}=") for it in response.headers.getlist("Set-Cookie"))
    if given or (over is None and not told):
        return response
    return _give(response, OUT if told else over)


def _empty() -> None:
    kept = {name: session[name] for name in KEPT if name in session}
    if current_user.is_authenticated:
        logout_user()
    session.clear()
    session.update(kept)
    g.pop(CSRF, None)


def _give(response: Response, half: str | None) -> Response:
    """Hand the browser its other half, or a word in place of it, or take it back."""
    age = current_app.permanent_session_lifetime if half else 0
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(here(), half or "", max_age=age, secure=secure, httponly=False, samesite="Lax", path="/")
    return response


class SignedSessions(SecureCookieSessionInterface):
    """Flask's own sessions, signed with SHA-256, whose signer is made once and not twice a request."""

    digest_method = staticmethod(hashlib.sha256)

    def __init__(self) -> None:
        self.get_signing_serializer = cache(super().get_signing_serializer)  # type: ignore[method-assign]


def init_app(app: Flask) -> None:
    app.session_interface = SignedSessions()
    manager = LoginManager()
    manager.session_protection = None
    manager.user_loader(load)
    manager.init_app(app, add_context_processor=False)
    app.jinja_env.globals.update(here_cookie=here, session_ended=ended)
    app.after_request(take_back)
