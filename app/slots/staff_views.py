"""Free times, as staff publish and withdraw them."""

from flask import Blueprint

bp = Blueprint("openings", __name__, url_prefix="/tidbok/lediga")
