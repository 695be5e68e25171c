"""One's own times, coming and past, and each of them whole."""

from uuid import UUID

from flask import Blueprint, Response
from flask_login import current_user

from app.bookings import answer_queries, queries, words
from app.core.access import access
from app.core.clock import now
from app.core.pages import page

bp = Blueprint("bookings", __name__, url_prefix="/tider")
for said in (words.how, words.month, words.weekday, words.number, words.clock, words.whole, words.length, words.about):
    bp.add_app_template_filter(said, f"{said.__name__}_words")


@bp.get("/<key:booking>")
@access("patient")
def show(booking: UUID) -> Response:
    return page(
        "bookings/show.html",
        it=queries.booking_for(current_user, booking),
        standing=answer_queries.standing_for(current_user, booking, now=now()),
    )
