"""What people have for the guards of pages to walk through: keys, addresses and times, as many as there may be."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.accounts import passkey_service
from app.accounts.authenticator import Made
from app.accounts.passkey_rules import MOST as MOST_KEYS
from app.bookings import answer_service, feed_service, kind_queries
from app.bookings import kind_service as kinds
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.locale import local
from app.notices import point_service
from tests.bookings.times import books, offers
from tests.dropin.walks import DOORS, has_drop_ins
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
    """So many times, a day each, that the patient wants at another time; the first of them. Their unit has as many
    kinds of time and places."""
    with db.transaction():
        for number in range(rows):
            kinds.open_location(staff.unit, f"Filial {number}", "Torget 1", by=SYSTEM, now=clock.now())
    for number in range(rows):
        offers(staff, f"Tid {number}")
    has_drop_ins(staff, rows)
    days = [local(clock.now() + FIRST + timedelta(days=number)) for number in range(rows)]
    times = [books(staff, patient, f"{day:%Y-%m-%d} 09:00") for day in days]
    for time in times:
        with db.transaction():
            answer_service.answer(time, "tentative", words="mon-morning\n", by=patient.viewer, now=clock.now())
    return min(times)


def unit(scene: Any, _who: str) -> dict[str, object]:
    return {"unit": scene.karin.unit.id}


def kind(scene: Any, who: str) -> dict[str, object]:
    first = kind_queries.kinds_of(scene.karin.viewer, scene.karin.unit.id)[0]
    return unit(scene, who) | {"kind": first.key}


def place(scene: Any, who: str) -> dict[str, object]:
    first = kind_queries.places_of(scene.karin.viewer, scene.karin.unit.id)[0]
    return unit(scene, who) | {"place": first.key}


LETTERS: dict[str, Callable[[Any, str], dict[str, object]]] = {
    "letters.show": lambda scene, _who: {"booking": scene.booking},
    **{f"kinds.{name}": kind for name in ("kind", "letter")},
    **{f"kinds.{name}": unit for name in ("kinds", "new", "new_place")},
    "kinds.place": place,
    **DOORS,
}
