"""What people have for the guards of pages to walk through: keys, addresses and times, as many as there may be."""

from datetime import timedelta
from uuid import UUID

from app.accounts import passkey_service
from app.accounts.authenticator import Made
from app.accounts.passkey_rules import MOST as MOST_KEYS
from app.bookings import feed_service
from app.core import clock, db
from app.core.locale import local
from app.notices import point_service
from tests.bookings.times import books
from tests.world import Patient, Someone, Staff

FIRST = timedelta(days=60)


def gives_address(who: Someone) -> UUID:
    """An e-mail address that waits for its code."""
    with db.transaction():
        return point_service.ask("email", "nagon@example.org", by=who.viewer, now=clock.now()).key


def gives_feed(who: Patient) -> str:
    """The secret of an address that a calendar may fetch their times from, made now."""
    with db.transaction():
        made = feed_service.renew(by=who.viewer, now=clock.now()) or feed_service.make(by=who.viewer, now=clock.now())
    assert made
    return made[1]


def has_keys(who: Someone, rows: int) -> UUID:
    """As many keys as there may be, and one of them."""
    for number in range(min(rows, MOST_KEYS)):
        made = Made(f"{who.person.id}-{who.capacity}-{number}".encode(), b"key", 0)
        with db.transaction():
            key = passkey_service.add(
                who.person.id, who.capacity, made, name="Min telefon", agent="", by=who.viewer, now=clock.now()
            )
    return key


def has_times(staff: Staff, patient: Patient, rows: int) -> UUID:
    """So many times, a day each; the first of them."""
    days = [local(clock.now() + FIRST + timedelta(days=number)) for number in range(rows)]
    return min(books(staff, patient, f"{day:%Y-%m-%d} 09:00") for day in days)
