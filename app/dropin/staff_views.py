"""Those who come today, ticked off by staff."""

from flask import Blueprint

bp = Blueprint("reception", __name__, url_prefix="/drop-in/i-dag")
