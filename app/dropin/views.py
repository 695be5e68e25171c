"""The public pages of hours when anybody may just come; nobody signs in."""

from uuid import UUID

from flask import Blueprint, Response, redirect, request, session, url_for
from werkzeug.wrappers import Response as Answer

from app.accounts import arrivals
from app.accounts.throttle_service import TooMany
from app.core import db
from app.core.access import access
from app.core.audit import SYSTEM
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import today
from app.core.pages import page
from app.dropin import queries, service, words
from app.dropin.queries import Open
from app.dropin.service import Closed
from app.support.facts import Municipality, book

bp = Blueprint("dropin", __name__, url_prefix="/drop-in")
bp.add_app_template_filter(words.series, "series_words")
bp.add_app_template_filter(words.standing, "standing_words")
bp.add_app_template_filter(words.why, "drop_in_why")
bp.add_app_template_filter(words.hours, "drop_in_hours")
bp.add_app_template_filter(words.at, "at_words")
bp.add_app_template_filter(db.short, "key_words")
MINE = "drop_in"
Shown = Response | Answer | tuple[Response, int]


@bp.app_template_filter("company_words")
def company_words(it: Open) -> str:
    return words.company(it.relative_welcome, it.child_welcome)


@bp.get("")
@access("public")
def index() -> Response:
    """All there are, those where somebody lives first."""
    known = book()
    place = known.by_slug.get(request.args.get("kommun", ""))
    found = queries.published(SYSTEM)
    here = [it for it in found if place and it.municipality == place.code]
    rest: dict[str, list[Open]] = {}
    for it in found:
        if it not in here:
            rest.setdefault(known.municipalities[it.municipality].name, []).append(it)
    return page("dropin/list.html", place=place, here_are=here, rest=rest, at=now())


@bp.get("/<key:drop_in>")
@access("public")
def show(drop_in: UUID) -> Response:
    return show_page(drop_in)


@bp.post("/<key:drop_in>/kommer")
@access("public")
def come(drop_in: UUID) -> Shown:
    at = now()
    it = queries.public(SYSTEM, drop_in, on=today())
    if it.place_ended:
        return redirect(url_for(".show", drop_in=drop_in), 303)
    day = it.day(today())
    open_still = bool(day.closes_at and at < day.closes_at)
    try:
        with transaction():
            said = service.say_coming(
                it.key,
                key_in(request.form.get("nyckel")) or db.new_key(),
                before=mine(),
                sender=arrivals.asker(),
                is_open=open_still,
                by=SYSTEM,
                now=at,
            )
    except Closed:
        return show_page(drop_in, fault="closed"), 409
    except TooMany:
        return show_page(drop_in, fault="full"), 429
    # The key and nothing else, until the browser is closed: what it is the key to is forgotten the day after.
    session[MINE] = db.short(said)
    return redirect(url_for(".show", drop_in=drop_in, _anchor="kommer"), 303)


@bp.post("/<key:drop_in>/kommer-inte")
@access("public")
def stay(drop_in: UUID) -> Answer:
    if said := mine():
        with transaction():
            service.take_back_coming(said, by=SYSTEM, now=now())
    session.pop(MINE, None)
    return redirect(url_for(".show", drop_in=drop_in, _anchor="kommer"), 303)


def mine() -> UUID | None:
    """What this browser has said; None when it has said nothing."""
    return key_in(session.get(MINE))


def key_in(text: str | None) -> UUID | None:
    try:
        return db.long(text or "")
    except ValueError:
        return None


def place_of(it: Open) -> Municipality | None:
    return book().municipalities.get(it.municipality)


def show_page(drop_in: UUID, *, fault: str | None = None) -> Response:
    at = now()
    it = queries.public(SYSTEM, drop_in, on=today())
    standing = it.standing(at)
    comes = standing.state in ("open", "later") and not it.place_ended
    return page(
        "dropin/show.html",
        it=it,
        place=place_of(it),
        standing=standing,
        days=it.upcoming(at),
        crowd=queries.crowd(SYSTEM, it, on=today(), mine=mine()) if comes else None,
        fresh=db.short(db.new_key()),
        fault=fault,
    )
