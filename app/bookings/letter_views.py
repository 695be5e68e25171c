"""The kallelse, to read and to print."""

from flask import Blueprint

bp = Blueprint("letters", __name__, url_prefix="/kallelse")
