"""What other systems may read from us, in FHIR."""

from flask import Blueprint

bp = Blueprint("fhir", __name__, url_prefix="/fhir")
