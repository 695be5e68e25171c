"""What a patient may keep on the phone itself, to be read without a net."""

from flask import Blueprint

bp = Blueprint("pocket", __name__, url_prefix="/pa-telefonen")
