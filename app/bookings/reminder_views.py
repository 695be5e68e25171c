"""When somebody wants to be reminded of their times."""

from flask import Blueprint

bp = Blueprint("reminders", __name__, url_prefix="/tider/paminnelser")
