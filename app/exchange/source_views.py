"""The systems that times are read from, what was read, and what could not be used."""

from flask import Blueprint

bp = Blueprint("sources", __name__, url_prefix="/region/kallor")
