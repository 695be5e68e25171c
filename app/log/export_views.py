"""A patient takes out what is kept of them."""

import json
from typing import Any

from flask import Blueprint, Response, current_app
from flask_login import current_user

from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.exchange.elements import MIME
from app.log import export_service as service

bp = Blueprint("exports", __name__, url_prefix="/mina-uppgifter")


@bp.post("")
@access("patient")
def mine() -> Response:
    """A file, and not a page: it is asked for by a button, since it is written in the log."""
    at = now()
    with transaction():
        found = service.take_out(current_user.person_id, by=current_user, now=at)
    return as_file(found, f"narlinjen-{at:%Y-%m-%d}.json", "application/json")


@bp.post("/tider")
@access("patient")
def times() -> Response:
    """The times alone, as other programs for care read them."""
    at, base = now(), f"{current_app.extensions['settings'].base_url}/fhir/r4"
    with transaction():
        found = service.take_out_times(base, by=current_user, now=at)
    return as_file(found, f"tider-{at:%Y-%m-%d}.json", MIME)


def as_file(found: dict[str, Any], name: str, mimetype: str) -> Response:
    answer = Response(json.dumps(found, ensure_ascii=False, indent=1), mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
