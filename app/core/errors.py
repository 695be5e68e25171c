"""Errors that say what happened, what to do, and keep what was typed. They touch no database."""

import logging

import structlog
from flask import Flask, Response, has_request_context, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from app.core.access import safe_next
from app.core.locale import gettext as _
from app.core.logs import where

HIDDEN = {"csrf_token"}
log = structlog.get_logger()


class NotFound(Exception):
    """There is no such thing, or it is not this viewer's: the same answer, so that nobody learns which."""


class Refused(Exception):
    """The person may be here, but this cannot be done; `title` and `text` say why and what to do instead."""

    def __init__(self, title: str, text: str, code: int = 409) -> None:
        super().__init__(title)
        self.title, self.text, self.code = title, text, code


def words(code: int) -> tuple[str, str]:
    """The title and the text for a status code."""
    known = {
        400: (_("Något i det du skickade gick inte att läsa"), _("Gå tillbaka och försök igen. Inget har sparats.")),
        401: (
            _("Du är inte inloggad längre"),
            _("Det du skrev står kvar. Logga in i en ny flik. Kom sedan tillbaka hit och skicka igen."),
        ),
        403: (
            _("Sidan hade blivit för gammal"),
            _(
                "Den gjordes före din inloggning, eller har stått öppen länge. Inget är skickat än. Det du skrev står kvar. Tryck på Skicka igen."
            ),
        ),
        404: (
            _("Sidan finns inte här"),
            _(
                "Länken kan vara gammal. Det kan också vara en sida som du inte har tillgång till. Du har inte gjort något fel."
            ),
        ),
        405: (_("Sidan går inte att öppna så"), _("Gå till start och försök därifrån.")),
        413: (_("Det var för mycket text på en gång"), _("Gå tillbaka och dela upp det du skrev. Inget har skickats.")),
        429: (_("Det blev många försök på kort tid"), _("Vänta en minut och försök igen.")),
        503: (
            _("Vi når inte det som är sparat just nu"),
            _("Det är vårt fel, inte ditt. Inget har skickats. Försök igen om en stund, eller ring om det är bråttom."),
        ),
    }
    broken = (
        _("Något gick sönder hos oss"),
        _("Det är vårt fel, inte ditt. Försök igen om en stund, eller ring om det är bråttom."),
    )
    return known.get(code, broken)


def typed() -> dict[str, str]:
    """What the person had written, to be shown again."""
    try:
        return {name: value for name, value in request.form.items() if name not in HIDDEN and value}
    except HTTPException:
        return {}


class Plain(logging.Handler):
    """What Flask says itself, of an answer that came to nothing on its way out: where in the code, and no more."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error:
            endpoint = request.endpoint if has_request_context() else None
            log.error("request.broken", kind=type(error).__name__, endpoint=endpoint, where=where(error))


def answer(code: int, title: str, text: str, *, again: bool = False, kept: dict[str, str] | None = None) -> Response:
    """An error page with what was typed, unless `kept` says otherwise; with `again`, a form that sends it once more."""
    if kept is None:
        kept = typed() if request.method == "POST" else {}
    target = safe_next(request.full_path.rstrip("?")) if again and kept else None
    html = render_template("errors/error.html", code=code, title=title, text=text, kept=kept, again=target)
    return make_response(html, code)


def init_app(app: Flask) -> None:
    # Flask's own words hold the address and the values, and some addresses are secrets.
    app.logger.handlers[:] = [Plain()]
    app.logger.propagate = False

    @app.errorhandler(NotFound)
    def not_found(_error: NotFound) -> Response:
        return answer(404, *words(404))

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return answer(error.code, error.title, error.text)

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> Response:
        return answer(403, *words(403), again=True)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        code = error.code or 500
        if code < 400:
            return error.get_response()  # type: ignore[return-value]
        return answer(code, *words(code), again=code in (401, 429))

    @app.errorhandler(PoolTimeout)
    @app.errorhandler(OperationalError)
    def unreachable(error: Exception) -> Response:
        log.error("database.unreachable", kind=type(error).__name__)
        return answer(503, *words(503), again=True)

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            return unreachable(error)
        log.error("request.broken", kind=type(error).__name__, endpoint=request.endpoint, where=where(error))
        if app.testing:
            raise error
        return answer(500, *words(500), again=True)
