"""An e-mail address and a mobile number to be told on, confirmed by their owner."""

from flask import Blueprint

bp = Blueprint("points", __name__, url_prefix="/aviseringar/adresser")
