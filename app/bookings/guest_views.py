"""Whom the patient takes along to a time."""

from flask import Blueprint

bp = Blueprint("guests", __name__, url_prefix="/tider/sallskap")
