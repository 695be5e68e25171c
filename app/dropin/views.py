"""The public pages of hours when anybody may just come; nobody signs in."""

from flask import Blueprint

bp = Blueprint("dropin", __name__, url_prefix="/drop-in")
