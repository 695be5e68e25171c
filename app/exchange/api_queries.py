"""What another system may read of the times that are kept here, and what a patient takes out of their own."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from app.accounts.models import Person, Staff
from app.accounts.queries import Viewer, person_name
from app.bookings.kind_models import Location, ServiceType
from app.bookings.models import Booking, BookingChange, Participant
from app.bookings.queries import ANSWER
from app.care.models import Unit
from app.core import crypto
from app.core.audit import Entry
from app.core.crypto import Unopenable
from app.core.db import run
from app.core.errors import NotFound
from app.core.paging import cut
from app.exchange.bundle import Met, Time
from app.exchange.reader_queries import Client, number_index
from app.exchange.search_rules import EVER, Range, Search, Unfit

MOST_OWN = 1_000


@dataclass(frozen=True)
class Found:
    """What a page of a search gives, what the log says of it, and where the next page and this one are."""

    times: list[Time]
    entries: list[Entry]
    here: str | None
    next: str | None


@dataclass(frozen=True)
class Cursor:
    """A place in a search, with the search. It is sealed for one client: an address tells of nobody."""

    patient: UUID | None
    search: Search
    after: tuple[datetime, UUID] | None


Whose, Who = aliased(Person, name="whose"), aliased(Person, name="who")
Later = aliased(BookingChange, name="later")
_whom = (
    select(
        func.json_agg(
            aggregate_order_by(
                func.json_build_array(Staff.person_id, Who.name_sealed, Staff.title, Staff.hsa_id), Staff.person_id
            )
        )
    )
    .select_from(Participant)
    .join(Staff, Staff.person_id == Participant.person_id)
    .join(Who, Who.id == Staff.person_id)
    .where(Participant.booking_id == Booking.id, Participant.role == "staff")
    .correlate(Booking)
    .scalar_subquery()
)
_last = select(func.max(BookingChange.at)).where(BookingChange.booking_id == Booking.id).correlate(Booking)
_times = (
    select(
        Booking.id,
        Booking.patient_id,
        Booking.unit_id,
        Booking.mode,
        Booking.status,
        Booking.starts_at,
        Booking.ends_at,
        Booking.version,
        Booking.made_at,
        Booking.place_sealed,
        ServiceType.name.label("kind"),
        Location.name.label("branch"),
        Location.address,
        Unit.name.label("unit_name"),
        Unit.hsa_id.label("unit_hsa"),
        Whose.protected,
        Whose.number_sealed,
        ANSWER.label("answer"),
        _whom.label("whom"),
    )
    .join(ServiceType, ServiceType.id == Booking.service_type_id)
    .join(Unit, Unit.id == Booking.unit_id)
    .join(Whose, Whose.id == Booking.patient_id)
    .outerjoin(Location, Location.id == Booking.location_id)
)
_by_start = _times.add_columns(func.coalesce(_last.scalar_subquery(), Booking.made_at).label("changed_at"))
# The last line of each time, so that what has changed is read along the index from a moment on.
_by_change = _times.add_columns(BookingChange.at.label("changed_at")).join(
    BookingChange,
    and_(
        BookingChange.booking_id == Booking.id,
        ~exists().where(Later.booking_id == BookingChange.booking_id, Later.n > BookingChange.n),
    ),
)


def _kept_here(asked: Select[*tuple[Any, ...]], viewer: Client) -> Select[*tuple[Any, ...]]:
    """What another system keeps is not given on as ours."""
    asked = asked.where(Booking.kept_in.is_(None), Unit.region_id == viewer.region)
    return asked.where(Booking.unit_id == viewer.unit) if viewer.unit else asked


def time_for(viewer: Client, key: UUID) -> tuple[Time, Entry]:
    """One time that is kept here; raises NotFound."""
    row = run(_kept_here(_by_start, viewer).where(Booking.id == key)).one_or_none()
    if row is None:
        raise NotFound
    return _time(row, asked_by_number=False), _entry(viewer, row)


def times_for(viewer: Client, search: Search) -> Found:
    """A page of what a search finds, of a patient by number or of what has changed; raises Unfit.

    Whose identity is protected is found by their own number alone.
    """
    place = _opened(viewer, search.page) if search.page else Cursor(None, search, None)
    wanted, asked = place.search, _kept_here(_by_start if place.patient or search.number else _by_change, viewer)
    theirs = bool(place.patient or search.number)
    if place.patient:
        asked = asked.where(Booking.patient_id == place.patient)
    elif search.number:
        asked = asked.where(Whose.number_index == number_index(search.number))
    else:
        asked = asked.where(~Whose.protected, *_within(BookingChange.at, wanted.changed))
    if theirs and wanted.changed != EVER:
        last = func.coalesce(_last.scalar_subquery(), Booking.made_at)
        asked = asked.where(*_within(last, wanted.changed))
    if wanted.statuses:
        asked = asked.where(Booking.status.in_(wanted.statuses))
    order = (Booking.starts_at, Booking.id) if theirs else (BookingChange.at, BookingChange.booking_id)
    asked = asked.where(*_within(Booking.starts_at, wanted.date))
    if place.after:
        asked = asked.where(tuple_(*order) > tuple_(*place.after))
    rows, more = cut(run(asked.order_by(*order).limit(wanted.count + 1)).all(), wanted.count)
    whose = rows[0].patient_id if rows and theirs else place.patient
    # Without a patient, a page is of what has changed: who has no times has no page of them.
    here = _sealed(viewer, replace(place, patient=whose)) if whose or not theirs else None
    last_row = rows[-1] if rows else None
    at = last_row and (last_row.starts_at if theirs else last_row.changed_at)
    then = _sealed(viewer, Cursor(whose, wanted, (at, last_row.id))) if more and last_row and at else None
    times = [_time(row, asked_by_number=theirs) for row in rows]
    return Found(times, [_entry(viewer, row) for row in rows], here, then)


def own_times(viewer: Viewer) -> list[Time]:
    """All the viewer's own times, the earliest first; no place where their identity is protected."""
    mine = _by_start.where(Booking.patient_id == viewer.person_id, Booking.status != "entered-in-error")
    rows = run(mine.order_by(Booking.starts_at, Booking.id).limit(MOST_OWN)).all()
    return [_time(row, asked_by_number=True) for row in rows]


def _within(what: Any, range_: Range) -> list[Any]:
    since, until = range_
    return [*([what >= since] if since else ()), *([what < until] if until else ())]


def _entry(viewer: Client, row: Any) -> Entry:
    return Entry("api.booking_read", row.patient_id, row.unit_id, viewer.named)


def _time(row: Any, *, asked_by_number: bool) -> Time:
    """With nothing that says where, when the identity of whose it is, is protected."""
    keyring, hidden = crypto.keyring(), row.protected
    number = row.number_sealed and keyring.open(row.number_sealed, crypto.place("person.number", row.patient_id))
    known = Time(
        key=row.id,
        number=number if asked_by_number or not hidden else None,
        protected=hidden,
        status=row.status,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        version=row.version,
        made_at=row.made_at,
        changed_at=row.changed_at,
        mode=row.mode,
        answer=row.answer,
    )
    if hidden:
        return known
    whom = [
        Met(hsa_id, f"{person_name(UUID(key), bytes.fromhex(name[2:]))}, {title}")
        for key, name, title, hsa_id in row.whom or ()
    ]
    place = ""
    if row.mode == "visit":
        said = keyring.open(row.place_sealed, crypto.place("booking.place", row.id))
        place = f"{row.branch}, {row.address}" if row.branch else said
    return replace(known, kind=row.kind, whom=tuple(whom), unit=row.unit_name, unit_hsa=row.unit_hsa, place=place)


def _sealed(viewer: Client, place: Cursor) -> str:
    it = place.search
    said = {
        "p": place.patient and str(place.patient),
        "d": [at and at.isoformat() for at in it.date],
        "c": [at and at.isoformat() for at in it.changed],
        "s": it.statuses,
        "n": it.count,
        "a": place.after and [place.after[0].isoformat(), str(place.after[1])],
    }
    sealed = crypto.keyring().seal(json.dumps(said), crypto.place("api.page", viewer.key))
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _opened(viewer: Client, page: str) -> Cursor:
    try:
        sealed = urlsafe_b64decode(page + "=" * (-len(page) % 4))
        it = json.loads(crypto.keyring().open(sealed, crypto.place("api.page", viewer.key)))
    except (Unopenable, ValueError) as error:
        raise Unfit("That page is not one that was given to this client. Begin the search anew.") from error
    search = Search(date=_range(it["d"]), changed=_range(it["c"]), statuses=tuple(it["s"]), count=it["n"])
    after = it["a"] and (datetime.fromisoformat(it["a"][0]), UUID(it["a"][1]))
    return Cursor(it["p"] and UUID(it["p"]), search, after)


def _range(said: Iterable[str | None]) -> Range:
    since, until = (datetime.fromisoformat(at) if at else None for at in said)
    return since, until
