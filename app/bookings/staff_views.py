"""The times of a unit, made, moved and cancelled by those who work there."""

from flask import Blueprint

bp = Blueprint("booking", __name__, url_prefix="/tidbok")
