"""Where a device says that it has shown, or opened, what it was sent. It says nothing of who it is."""

import threading
import time
from dataclasses import dataclass, field

from flask import Blueprint, Response, current_app, request
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
GATHER, ROOM, PATIENCE = 0.02, 500, 30.0


@dataclass
class Batch:
    given: list[tuple[str, str]] = field(default_factory=list)
    known: list[bool] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


class Gathering:
    """What phones say at the same moment is noted by one statement: after a notice to many, many say it at once.

    Whoever comes first waits a moment for the others, and notes what they say with its own. All are answered when it
    stands.
    """

    def __init__(self) -> None:
        self.lock, self.open = threading.Lock(), Batch()

    def note(self, token: str, how: str) -> bool:
        with self.lock:
            batch, at = self.open, len(self.open.given)
            batch.given.append((token, how))
            if len(batch.given) == ROOM:
                self.open = Batch()
        if at == 0:
            self._note_all(batch)
        else:
            batch.done.wait(PATIENCE)
        return batch.known[at] if batch.known else _noted([(token, how)])[0]

    def _note_all(self, batch: Batch) -> None:
        time.sleep(GATHER)
        with self.lock:
            if self.open is batch:
                self.open = Batch()
        try:
            batch.known = _noted(batch.given)
        finally:
            batch.done.set()


def _noted(given: list[tuple[str, str]]) -> list[bool]:
    with transaction():
        return service.receipts(given, by=SYSTEM, now=now())


@bp.record_once
def without_a_token(state: BlueprintSetupState) -> None:
    """A service worker has no page to take a form token from; what it sends is itself the proof."""
    state.app.extensions["receipts"] = Gathering()
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
    if not current_app.extensions["receipts"].note(token, how):
        with transaction():
            _count()
    return "", 204


def _count() -> None:
    try:
        throttle_service.count("receipt", arrivals.asker(), by=SYSTEM, now=now())
    except throttle_service.TooMany:
        # Nothing more is written for it. Looking for a token is one step in an index, and says nothing to anybody.
        return
