"""What a patient may keep on the phone itself, to be read without a net: name and number, the next times, and nothing
else.

The page says what is kept, and a script keeps it (static/js/saved.js): sealed, and only for as long as this session is.
"""

from dataclasses import asdict, dataclass

from flask import Blueprint, Response, jsonify
from flask_login import current_user

from app.bookings import queries as bookings
from app.bookings import words
from app.bookings.queries import Time
from app.care import pocket_queries
from app.care.pocket_queries import Pocket
from app.core.access import access
from app.core.clock import now
from app.core.locale import day, iso, phone, tel, today
from app.core.locale import gettext as _
from app.core.pages import page

bp = Blueprint("pocket", __name__, url_prefix="/pa-telefonen")
DAYS = 14
TIMES = 5


@dataclass(frozen=True)
class Line:
    """Somebody to ring, or a place: `number` is written as one reads it, `href` rings it."""

    name: str
    about: str
    href: str | None
    number: str | None
    text: str


@dataclass(frozen=True)
class TimeLine:
    """A time, in words that stay true: never "i dag". `ends` is when it is no longer shown."""

    name: str
    about: str
    ends: str


@bp.get("")
@access("patient")
def show() -> Response:
    found = pocket_queries.pocket_of(current_user, today=today())
    return page("home/pocket.html", lines=lines(found), times=next_times(), hides_places=found.hides_places, days=DAYS)


@bp.get("/uppgifter")
@access("patient")
def kept() -> Response:
    """What the phone keeps, in the words of the reader's language; one's own, so the log has nothing to say of it."""
    found = pocket_queries.pocket_of(current_user, today=today())
    return jsonify(
        days=DAYS,
        lines=[asdict(line) for line in lines(found)],
        times=[asdict(line) for line in next_times()],
    )


def next_times() -> list[TimeLine]:
    return [time_line(it) for it in bookings.coming(current_user, now=now(), most=TIMES)]


def time_line(it: Time) -> TimeLine:
    when = _("%(day)s kl. %(clock)s", day=day(it.starts_at), clock=words.clock(it))
    return TimeLine(when[:1].upper() + when[1:], f"{it.title}. {words.about(it)}", iso(it.ends_at))


def lines(found: Pocket) -> list[Line]:
    people = [
        line(it.name, it.title if found.hides_places else f"{it.title}, {it.unit_name}", it.phone, it.phone_hours)
        for it in found.contacts
    ]
    places = [
        line(
            _("Mottagningen där %(name)s arbetar", name=it.name) if found.hides_places else it.unit_name,
            _("Ring hit om du inte når fram."),
            it.unit_phone,
            it.unit_hours,
        )
        for it in found.units
    ]
    return people + places


def line(name: str, about: str, number: str | None, hours: str) -> Line:
    about = about[:1].upper() + about[1:]
    if number is None:
        return Line(name, about, None, None, "")
    return Line(name, about, tel(number), phone(number), hours)
