"""Where a device says that it has shown, or opened, what it was sent. It says nothing of who it is."""

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException

from app.accounts import arrivals, throttle_service
from app.core.access import access
from app.core.audit import SYSTEM
from app.core.clock import now
from app.core.db import transaction
from app.notices import receipt_service as service

bp = Blueprint("receipts", __name__, url_prefix="/aviseringar/kvitto")
MOST_BYTES = 2_000
HOW = {"visad": "shown", "oppnad": "opened"}


@bp.record_once
def without_a_token(state: BlueprintSetupState) -> None:
    """A service worker has no page to take a form token from; what it sends is itself the proof."""
    state.app.extensions["csrf"].exempt(f"{__name__}.{keep.__name__}")


@bp.post("")
@access("public")
def keep() -> tuple[str, int] | Response:
    """The answer is the same whatever is known. Only what is not is counted: a whole hospital has one address, and a
    flood of guesses from it must not make its phones look silent."""
    request.max_content_length = MOST_BYTES
    try:
        token, how = request.form.get("kvitto", ""), HOW[request.form.get("hur", "")]
    except (HTTPException, KeyError):
        token, how = "", "shown"
    with transaction():
        if not service.receipt(token, how, by=SYSTEM, now=now()):
            _count()
    return "", 204


def _count() -> None:
    try:
        throttle_service.count("receipt", arrivals.asker(), by=SYSTEM, now=now())
    except throttle_service.TooMany:
        # Nothing more is written for it. Looking for a token is one step in an index, and says nothing to anybody.
        return
