"""Mina aviseringar: what is on, by which channel, when it is quiet, and a trial."""

from flask import Blueprint

bp = Blueprint("settings", __name__, url_prefix="/aviseringar/mina")
