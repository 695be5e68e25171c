"""A device's own word that a notice was shown there, or opened."""

from flask import Blueprint

bp = Blueprint("receipts", __name__, url_prefix="/aviseringar/kvitto")
