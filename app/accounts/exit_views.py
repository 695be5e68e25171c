"""Away at once: the session ends, and nothing of ours is left to go back to."""

from flask import Blueprint

bp = Blueprint("exits", __name__)
