"""The cookie and the session row: Flask's signed cookie carries an opaque token, the row says what it is worth."""

from functools import cache

from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager, current_user, login_user, logout_user

from app.accounts import queries, rules, service
from app.accounts.queries import Viewer
from app.core import clock
from app.core.pages import also

KEPT = ("language",)


def load(token: str) -> Viewer | None:
    viewer = queries.viewer_of(token, now=clock.now())
    if viewer and viewer.last_seen < clock.now() - rules.SEEN_EVERY:
        also(lambda: service.seen(viewer.session_id, now=clock.now()))
    return viewer


def begin(viewer: Viewer) -> None:
    """Step into a session just started; what the browser held before is forgotten, but for the language."""
    forget()
    session["nav"] = "staff" if viewer.capacity == "duty" else "patient"
    session.permanent = True
    login_user(viewer)


def forget() -> None:
    kept = {name: session[name] for name in KEPT if name in session}
    if current_user.is_authenticated:
        logout_user()
    session.clear()
    session.update(kept)


class SignedSessions(SecureCookieSessionInterface):
    """Flask's own sessions, whose signer is made once and not twice a request."""

    def __init__(self) -> None:
        self.get_signing_serializer = cache(super().get_signing_serializer)  # type: ignore[method-assign]


def init_app(app: Flask) -> None:
    app.session_interface = SignedSessions()
    manager = LoginManager()
    manager.session_protection = None
    manager.user_loader(load)
    manager.init_app(app, add_context_processor=False)
