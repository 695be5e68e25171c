"""A unit's hours for drop-in, and its days that are not as the others."""

from flask import Blueprint

bp = Blueprint("drop_in_hours", __name__, url_prefix="/enhet/drop-in")
