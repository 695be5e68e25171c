"""Times in a calendar of one's own: a file for each, or a secret address."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, Response, abort, current_app, make_response, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import arrivals, throttle_service
from app.bookings import feed_queries, feed_service, ical
from app.bookings.feed_queries import Feed
from app.core import db
from app.core.access import access
from app.core.audit import SYSTEM
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import NotFound
from app.core.pages import also, page, stored

bp = Blueprint("feeds", __name__, url_prefix="/kalender")
FRESH = "feed"
SHOWN = timedelta(minutes=15)
"""So long the browser that made an address can show it, unless a calendar has fetched it before that."""
NOTED = timedelta(minutes=1)


@bp.get("")
@access("patient")
def mine() -> Response:
    feed = feed_queries.feed_of(current_user)
    return page("bookings/feed.html", feed=feed, address=address(feed), done=request.args.get("klart"))


@bp.post("")
@access("patient")
def make() -> Answer:
    with transaction():
        made = feed_service.make(by=current_user, now=now())
    keep(made)
    return redirect(url_for(".mine"), 303)


@bp.post("/ny")
@access("patient")
def renew() -> Answer:
    with transaction():
        made = feed_service.renew(by=current_user, now=now())
    keep(made)
    return redirect(url_for(".mine"), 303)


@bp.post("/av")
@access("patient")
def end() -> Answer:
    with transaction():
        feed_service.end(by=current_user, now=now())
    session.pop(FRESH, None)
    return redirect(url_for(".mine", klart="av"), 303)


@bp.get("/tid/<key:booking>.ics")
@access("patient")
def one(booking: UUID) -> Response:
    return as_calendar(ical.written([feed_queries.slot_for(current_user, booking)]))


@bp.get("/<string(length=43):secret>.ics")
@access("public")
def feed(secret: str) -> Response:
    """The times behind a secret address. One that is right always gives them: whoever guesses shuts nobody out."""
    at = now()
    try:
        found = feed_queries.fetched(SYSTEM, secret, now=at)
    except NotFound:
        count_guess(at)
        raise
    answer = make_response()
    answer.set_etag(found.state)
    if answer.make_conditional(request).status_code != 304:
        answer = as_calendar(ical.written(found.slots))
        answer.set_etag(found.state)
    answer.headers["Cache-Control"] = "private, no-cache"
    last = found.feed.fetched_at
    if last is None or at - last >= NOTED:
        also(lambda: feed_service.note_fetched(found.feed.key, by=SYSTEM, now=at))
    return stored(answer)


def count_guess(at: datetime) -> None:
    try:
        with transaction():
            throttle_service.count("feed", arrivals.asker(), by=SYSTEM, now=at)
    except throttle_service.TooMany:
        abort(429)


def as_calendar(text: bytes) -> Response:
    answer = Response(text, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = "inline; filename=tid.ics"
    return answer


def keep(made: tuple[UUID, str] | None) -> None:
    """The secret, in the browser that made it and nowhere else."""
    if made:
        session[FRESH] = [db.short(made[0]), made[1], now().isoformat()]


def address(feed: Feed | None) -> str | None:
    """The whole address, while it may be shown."""
    key, secret, at = session.get(FRESH, ("", "", ""))
    if feed and feed.fetched_at is None and key == db.short(feed.key) and now() - datetime.fromisoformat(at) < SHOWN:
        return current_app.extensions["settings"].base_url + url_for(".feed", secret=secret)
    session.pop(FRESH, None)
    return None
