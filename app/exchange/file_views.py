"""Files of rows: people, assignments, contacts, bookings."""

from flask import Blueprint

bp = Blueprint("files", __name__, url_prefix="/region/filer")
