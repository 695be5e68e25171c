"""Those who come today, ticked off by staff."""

from flask import Blueprint, Response, abort

from app.core.access import access

bp = Blueprint("reception", __name__, url_prefix="/drop-in/i-dag")


@bp.get("")
@access("staff")
def today() -> Response:
    abort(404)
