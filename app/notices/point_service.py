"""Give an address to be told on, show with a code that it is one's own, take it away.

Whether an address is known to us from somebody else is never looked up: the answer is the same to everybody.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update

from app.accounts import throttle_service
from app.accounts.models import Person
from app.core import audit, crypto, db
from app.core.audit import Actor, Entry
from app.core.errors import NotFound
from app.notices import point_rules as rules
from app.notices.models import ContactPoint, Delivery

BATCH = 200


class InUse(Exception):
    """It is the address that one has already."""


@dataclass(frozen=True)
class Asked:
    """A code to be sent to an address; `letter` is the key of what carries it, a new one each time."""

    key: UUID
    system: str
    value: str
    code: str
    letter: UUID


def ask(system: str, value: str, *, by: Actor, now: datetime) -> Asked:
    """Begin with an address; the one that holds goes on until this one is confirmed. Raises InUse, and TooMany when
    there have been too many codes."""
    # Nobody gives two addresses at once, and of two posts the second finds what the first wrote.
    db.run(select(Person.id).where(Person.id == by.person_id).with_for_update(key_share=True))
    there = db.session().scalars(select(ContactPoint).where(*_mine(by), ContactPoint.system == system))
    for point in there.all():
        if point.value == value and point.confirmed_at:
            raise InUse
        if point.confirmed_at is None:
            if point.value == value:
                return _send_code(point, by=by, now=now)
            _end(point, now)
    db.session().flush()
    assert by.person_id
    point = ContactPoint(
        id=db.new_key(), person_id=by.person_id, capacity=by.capacity, system=system, tries=0, asked_at=now
    )
    point.value = value
    db.session().add(point)
    return _send_code(point, by=by, now=now)


def ask_again(key: UUID, *, by: Actor, now: datetime) -> Asked:
    """Make a new code for an address that waits for one; the old one is no good any more. Raises NotFound, and
    TooMany."""
    point = _locked(key, by)
    if point.confirmed_at:
        raise NotFound
    return _send_code(point, by=by, now=now)


def sent(asked: Asked, *, by: Actor, now: datetime) -> None:
    """Note that the code has left us, unless another has been made since."""
    digest = _digest(asked.key, asked.code)
    left = update(ContactPoint).where(*_mine(by), ContactPoint.id == asked.key, ContactPoint.code_digest == digest)
    db.run(left.values(sent_at=now))


def confirm(key: UUID, code: str, *, by: Actor, now: datetime) -> Literal["done", "wrong", "over"]:
    """Type the code that came; the address holds from now, and the one before it no longer. Raises NotFound."""
    point = _locked(key, by)
    if point.code_digest is None:
        return "done"
    if not rules.is_open(point.asked_at, point.tries, now=now):
        return "over"
    if not hmac.compare_digest(point.code_digest, _digest(key, code)):
        point.tries += 1
        _log("point.code_refused", point, by=by, now=now)
        return "wrong" if point.tries < rules.TRIES else "over"
    before = (*_mine(by), ContactPoint.system == point.system, ContactPoint.confirmed_at.is_not(None))
    for other in db.session().scalars(select(ContactPoint).where(*before)).all():
        _end(other, now)
    db.session().flush()
    point.confirmed_at, point.code_digest = now, None
    _log("point.confirmed", point, by=by, now=now)
    return "done"


def remove(key: UUID, *, by: Actor, now: datetime) -> None:
    """Take an address away at once, and forget what it was; raises NotFound."""
    point = _locked(key, by)
    _end(point, now)
    _log("point.removed", point, by=by, now=now)


def forget_old_points(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Take away addresses that nobody confirmed, and what is left of those that ended; returns how many."""
    told = exists().where(Delivery.contact_point_id == ContactPoint.id)
    never = and_(ContactPoint.confirmed_at.is_(None), ContactPoint.asked_at < now - rules.KEPT_UNCONFIRMED)
    old = select(ContactPoint.id).where(or_(never, ContactPoint.ended_at < now - rules.KEPT_ENDED), ~told).limit(batch)
    return len(db.run(delete(ContactPoint).where(ContactPoint.id.in_(old)).returning(ContactPoint.id)).all())


def _send_code(point: ContactPoint, *, by: Actor, now: datetime) -> Asked:
    value = point.value
    throttle_service.count("point", str(by.person_id), room=rules.ROOM, refill=rules.REFILL, by=by, now=now)
    throttle_service.count("point.to", value.lower(), room=rules.ROOM_TO, refill=rules.REFILL_TO, by=by, now=now)
    code = rules.fresh_code()
    point.code_digest, point.tries, point.asked_at, point.sent_at = _digest(point.id, code), 0, now, None
    _log("point.asked", point, by=by, now=now)
    return Asked(point.id, point.system, value, code, db.new_key())


def _locked(key: UUID, by: Actor) -> ContactPoint:
    found = select(ContactPoint).where(ContactPoint.id == key, *_mine(by)).with_for_update(key_share=True)
    point = db.session().scalar(found, execution_options={"populate_existing": True})
    if point is None:
        raise NotFound
    return point


def _mine(by: Actor) -> tuple[ColumnElement[bool], ...]:
    return (
        ContactPoint.person_id == by.person_id,
        ContactPoint.capacity == by.capacity,
        ContactPoint.ended_at.is_(None),
    )


def _end(point: ContactPoint, now: datetime) -> None:
    point.ended_at, point.value = now, ""


def _digest(key: UUID, code: str) -> bytes:
    return crypto.keyring().digest("contact_point.code", str(key), code)


def _log(action: str, point: ContactPoint, *, by: Actor, now: datetime) -> None:
    # What is noted here is written before what is noted of it, as everywhere.
    db.session().flush()
    about = point.person_id if point.capacity == "private" else None
    entry = Entry(action, patient_id=about, object=f"point:{db.short(point.id)}")
    audit.record(db.session(), entry, by=by, now=now)
