"""Devices that may be pushed to: turn on, renew, turn off."""

from flask import Blueprint

bp = Blueprint("subscriptions", __name__, url_prefix="/aviseringar/telefoner")
