"""Times in a calendar of one's own: a file for each, or a secret address."""

from flask import Blueprint

bp = Blueprint("feeds", __name__, url_prefix="/kalender")
