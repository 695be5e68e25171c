"""What the patient answers to a time, and how the unit goes on from there."""

from flask import Blueprint

bp = Blueprint("answers", __name__, url_prefix="/tider/svar")
