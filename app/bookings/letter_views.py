"""The kallelse, to read and to print."""

from uuid import UUID

from flask import Blueprint, Response
from flask_login import current_user

from app.bookings import letter_queries, letter_words
from app.care import words
from app.core import audit, db
from app.core.access import access
from app.core.audit import Entry
from app.core.locale import today
from app.core.pages import page

bp = Blueprint("letters", __name__, url_prefix="/kallelse")


@bp.get("/<key:booking>")
@access("patient", "staff")
def show(booking: UUID) -> Response:
    it = letter_queries.letter_for(current_user, booking, today=today())
    if not it.mine:
        audit.read(Entry("booking.letter_read", it.patient_id, it.unit_id, f"booking:{db.short(booking)}"))
    when = words.sentence(letter_words.hours(it.starts_at, it.ends_at))
    return page("bookings/letter.html", letter=it, when=when)
