"""Away at once: the session ends, and what Back leads to says nothing until somebody opens it again.

Leaving puts a mark on the browser. While it stands, every page of ours that is asked for is the same closed page, which
names neither us nor anybody. Whoever comes in anew is let in: by a script at once, without one by pressing a button.
"""

from contextlib import suppress
from datetime import timedelta

from flask import Blueprint, Flask, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as Answer

from app.accounts import queries, service, sessions
from app.core.access import access, is_page, safe_next
from app.core.clock import now
from app.core.db import AWAY, transaction

ELSEWHERE = "https://www.wikipedia.org/"
MARKED = timedelta(hours=1)

bp = Blueprint("exits", __name__, url_prefix="/lamna")


@bp.record_once
def works_from_any_page(state: BlueprintSetupState) -> None:
    """A form that is old, or was kept by the phone, has no token that is good; and leaving harms nobody."""
    for view in (leave, back):
        state.app.extensions["csrf"].exempt(f"{__name__}.{view.__name__}")


@bp.post("")
@access("public")
def leave() -> Answer:
    token = sessions.held(request.form.get("half"))
    # Whoever leaves is away, whether or not the database is there to hear it.
    with suppress(*AWAY), transaction():
        if token and (viewer := queries.viewer_of(token, now=now())):
            service.sign_out(viewer.session_id, by=viewer, now=now())
    sessions.forget()
    answer = make_response(render_template("frame/closed.html", again=None))
    # Not a redirect: our own policy holds the answer to a form back from other sites.
    answer.headers["Refresh"] = f"0; url={ELSEWHERE}"
    return mark(answer, MARKED)


@bp.post("/tillbaka")
@access("public", database=False)
def back() -> Answer:
    return mark(redirect(safe_next(request.form.get("next")) or url_for("home.start"), 303), timedelta())


def cookie() -> str:
    """The name of the mark, which a script may set and take away too."""
    return f"{current_app.config['SESSION_COOKIE_NAME']}-left"


def mark(answer: Answer, lives: timedelta) -> Answer:
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    value = "1" if lives else ""
    answer.set_cookie(cookie(), value, max_age=lives, secure=secure, httponly=False, samesite="Lax", path="/")
    return answer


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(left_cookie=cookie, elsewhere=ELSEWHERE, left_lives=MARKED)

    @app.before_request
    def closed() -> Response | None:
        if not request.cookies.get(cookie()) or request.blueprint == bp.name or not is_page():
            return None
        asked = safe_next(request.full_path.rstrip("?")) if request.method == "GET" else None
        return make_response(render_template("frame/closed.html", again=asked or url_for("home.start")))
