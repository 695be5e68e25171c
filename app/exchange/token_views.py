"""Where another system shows its secret and is given a token for a short while (OAuth2, RFC 6749 4.4)."""

import json
from urllib.parse import unquote_plus

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState

from app.accounts import arrivals, throttle_service
from app.accounts.throttle_service import TooMany
from app.core.access import access
from app.core.audit import SYSTEM
from app.core.clock import now
from app.core.db import transaction
from app.exchange import client_service as service
from app.exchange.client_service import LIVES, NoScope, NotLetIn

KIND = "Bearer"
bp = Blueprint("tokens", __name__, url_prefix="/fhir/token")
FORM = "application/x-www-form-urlencoded"
ROOM, REFILL = 60, LIVES / 300
"""So many tokens in a row for one client, and one more a second."""


class Faulty(Exception):
    """A request for a token that is not as RFC 6749 has it; its error, in the words of that."""

    def __init__(self, error: str, said: str) -> None:
        super().__init__(error)
        self.error, self.said = error, said


@bp.record
def without_form_token(state: BlueprintSetupState) -> None:
    """A program has no page of ours to take a form token from, and no cookie that another site could misuse."""
    state.app.extensions["csrf"].exempt(f"{__name__}.{give.__name__}")


@bp.post("")
@access("public")
def give() -> Response:
    at = now()
    try:
        client, secret = shown()
        with transaction():
            scopes = request.form.get("scope", "").split()
            given = service.enter(client, secret, scopes, by=SYSTEM, now=at)
            # After its secret, so that nobody else can use up its tokens.
            throttle_service.count("api_token", client, room=ROOM, refill=REFILL, by=SYSTEM, now=at)
    except Faulty as error:
        return refused(error.error, error.said)
    except NoScope:
        return refused("invalid_scope", "Nothing of that has been given to this client.")
    except TooMany:
        return refused("slow_down", "Use each token until it has run out.", 429)
    except NotLetIn:
        return not_let_in()
    said = {"access_token": given.token, "token_type": KIND, "expires_in": int(LIVES.total_seconds())}
    return answered(said | {"scope": " ".join(given.scopes)})


def shown() -> tuple[str, str]:
    """The client and its secret: in the header (client_secret_basic) or in the body (client_secret_post), not both."""
    form = request.form
    if request.args or request.mimetype != FORM or any(len(values) > 1 for _name, values in form.lists()):
        raise Faulty("invalid_request", "The parameters stand in the body, as a form, once each.")
    in_body = "client_id" in form or "client_secret" in form
    in_header = request.authorization
    if bool(in_header) == in_body or (in_header and in_header.type != "basic"):
        raise Faulty("invalid_request", "Show the client and its secret once: by Basic, or in the body.")
    if form.get("grant_type") != "client_credentials":
        error = "unsupported_grant_type" if form.get("grant_type") else "invalid_request"
        raise Faulty(error, "grant_type is client_credentials.")
    if in_header:
        return unquote_plus(in_header.username or ""), unquote_plus(in_header.password or "")
    return form.get("client_id", ""), form.get("client_secret", "")


def not_let_in() -> Response:
    """Whoever guesses is slowed down by where they come from, and shuts nobody else out."""
    at = now()
    try:
        with transaction():
            throttle_service.count("api_client", arrivals.asker(), by=SYSTEM, now=at)
            arrivals.note("api-client", now=at)
    except TooMany:
        return refused("slow_down", "Too many tries. Wait a while.", 429)
    answer = refused("invalid_client", "There is no such client, or its secret is another.", 401)
    answer.headers["WWW-Authenticate"] = 'Basic realm="fhir"'
    return answer


def refused(error: str, said: str, status: int = 400) -> Response:
    return answered({"error": error, "error_description": said}, status)


def answered(said: dict[str, object], status: int = 200) -> Response:
    answer = Response(json.dumps(said), status, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Pragma"] = "no-cache"
    return answer
