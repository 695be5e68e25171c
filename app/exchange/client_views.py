"""The systems that may read from us, and what."""

from flask import Blueprint

bp = Blueprint("clients", __name__, url_prefix="/region/klienter")
