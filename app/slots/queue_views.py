"""The list of those who wait for a time, as staff keep it."""

from flask import Blueprint

bp = Blueprint("queue", __name__, url_prefix="/tidbok/vantelista")
