"""What a unit needs to judge its drop-in by: picture, table and file."""

from flask import Blueprint

bp = Blueprint("drop_in_figures", __name__, url_prefix="/enhet/drop-in/siffror")
