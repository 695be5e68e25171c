"""One's own times, coming and past, each of them whole, and the ways there."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts.queries import Viewer
from app.bookings import answer_queries, guest_queries, history_queries, queries, time_rules, words
from app.bookings.queries import Time
from app.bookings.rules import CLOSING, WENT
from app.care import queries as care
from app.care.queries import ContactCard
from app.core import live, paging
from app.core.access import access
from app.core.clock import now
from app.core.locale import today
from app.core.pages import also, page
from app.notices import service as notices

bp = Blueprint("bookings", __name__, url_prefix="/tider")
for said in words.FILTERS:
    bp.add_app_template_filter(said, f"time_{said.__name__}")


@bp.get("")
@access("patient")
def times() -> Response:
    past, after = "tidigare" in request.args, paging.place(request.args.get("efter"))
    only: dict[str, Any] = {"tidigare": 1} if past else {}
    found, more = queries.times(current_user, now=now(), past=past, after=after)
    return page(
        "bookings/list.html",
        times=found,
        past=past,
        further=url_for(".times", **only, efter=paging.cursor(found[-1].starts_at, found[-1].key)) if more else None,
        first=url_for(".times", **only) if after else None,
        to=writes_to(care.contacts_of(current_user, today=today())),
        topic=live.topic("b", current_user.person_id),
        state=queries.state_of(current_user, current_user.person_id, now=now()),
    )


@bp.get("/<key:booking>")
@access("patient")
def show(booking: UUID) -> Response:
    viewer, at = current_user._get_current_object(), now()
    it = queries.booking_for(viewer, booking)
    changes = history_queries.changes_of(viewer, it)
    if viewer.opens(about=it.key):
        also(lambda: notices.seen(viewer.person_id, about=it.key, by=viewer, now=now()))
    return page(
        "bookings/show.html",
        it=it,
        standing=answer_queries.standing_for(viewer, it.key, now=at),
        over=it.ends_at <= at or it.status in WENT,
        video_open=time_rules.is_open(it.starts_at, it.ends_at, now=at),
        video_opens=time_rules.opens(it.starts_at),
        closing=CLOSING,
        company=guest_queries.company(viewer, booking, now=at),
        changes=changes,
        topic=live.topic("b", it.key),
        state=queries.state_in(it, changes[-1].n if changes else 0),
    )


@bp.get("/<key:booking>/video")
@access("patient")
def video(booking: UUID) -> Answer:
    """To the call, while one may go in; else to the page that says from when. No page of ours holds the link."""
    link = queries.link_for(current_user, booking, now=now())
    return redirect(link or url_for(".show", booking=booking, _anchor="video"), 303)


@bp.get("/<key:booking>/ta-sig-dit")
@access("patient")
def travel(booking: UUID) -> Response:
    """What to do for whoever cannot get there."""
    it = queries.booking_for(current_user, booking)
    return page("bookings/travel.html", it=it, to=writes_to(care.contacts_of(current_user, today=today()), it))


def writes_to(contacts: list[ContactCard], it: Time | None = None) -> ContactCard | None:
    """Whom to write to about a time: a contact at its unit before any other."""
    reachable = [card for card in contacts if card.reachable]
    there = [card for card in reachable if it and card.unit_id == it.unit_id]
    return next(iter(there or reachable), None)


def follow(viewer: Viewer, key: UUID) -> str | None:
    """What an open page compares with, as live.py asks it."""
    return queries.state_of(viewer, key, now=now())
