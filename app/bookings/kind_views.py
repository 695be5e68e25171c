"""What a unit offers times for, where, and what its letters say."""

from flask import Blueprint

bp = Blueprint("kinds", __name__, url_prefix="/enhet/tider")
