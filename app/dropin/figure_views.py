"""What a unit needs to judge its drop-in by: picture, table and file."""

from uuid import UUID

from flask import Blueprint, Response, abort

from app.core.access import access

bp = Blueprint("drop_in_figures", __name__, url_prefix="/enhet/drop-in/siffror")


@bp.get("/<key:unit>")
@access("staff")
def show(unit: UUID) -> Response:
    abort(404)
