"""Free times, as the patient sees and takes them; and what is held for them."""

from flask import Blueprint

bp = Blueprint("slots", __name__, url_prefix="/lediga-tider")
