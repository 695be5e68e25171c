"""A patient takes out what is kept of them."""

import json

from flask import Blueprint, Response
from flask_login import current_user

from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.log import export_service as service

bp = Blueprint("exports", __name__, url_prefix="/mina-uppgifter")


@bp.post("")
@access("patient")
def mine() -> Response:
    """A file, and not a page: it is asked for by a button, since it is written in the log."""
    at = now()
    with transaction():
        found = service.take_out(current_user.person_id, by=current_user, now=at)
    answer = Response(json.dumps(found, ensure_ascii=False, indent=1), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="narlinjen-{at:%Y-%m-%d}.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
