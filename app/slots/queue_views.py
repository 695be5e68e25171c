"""The list of those who wait for a time, as staff keep it."""

from flask import Blueprint, Response

from app.core.access import access
from app.core.pages import page

bp = Blueprint("queue", __name__, url_prefix="/tidbok/vantelista")


@bp.get("")
@access("staff")
def index() -> Response:
    return page("slots/queue.html")
