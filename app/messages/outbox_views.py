"""Letters written without a net: who may send them, and the sending."""

from flask import Blueprint

bp = Blueprint("outbox", __name__, url_prefix="/utkorg")
