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
from app.exchange import client_service, file_service, source_service
from app.exchange.row_rules import Fault, Report
from app.exchange.source_service import Wanted
from app.notices import point_service
from app.slots.models import SlotOffer
from tests.bookings.times import books, offers
from tests.dropin.walks import DOORS, has_drop_ins
from tests.exchange.reading import System
from tests.slots.times import publishes, queue, slots, waits
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
    has_free_times(staff, patient, rows)
    return min(times)


def has_free_times(staff: Staff, patient: Patient, rows: int) -> None:
    """So many free times, a day each, and as many who wait for one; one of the times is held for the patient."""
    waits(patient, kind=offers(staff))
    for number in range(1, rows):
        waits(staff.world.patient(f"Patient {number}"), kind=offers(staff))
    for days, for_whom in ((range(2, 3), "waiting"), (range(3, 3 + rows), "unit")):
        on = [local(clock.now() + timedelta(days=number)) for number in days]
        publishes(staff, *(f"{day:%Y-%m-%d} 14:00" for day in on), for_whom=for_whom)
    offered = slots()[0]
    with db.transaction():
        offer = SlotOffer(id=db.new_key(), slot_id=offered.id, queued_id=queue()[0].id, patient_id=patient.person.id)
        offer.offered_at, offer.held_until, offered.status = clock.now(), offered.starts_at, "busy-tentative"
        db.session().add(offer)


def slot_of(_scene: Any, _who: str) -> dict[str, object]:
    return {"slot": slots()[0].id}


def unit(scene: Any, _who: str) -> dict[str, object]:
    return {"unit": scene.karin.unit.id}


def kind(scene: Any, who: str) -> dict[str, object]:
    first = kind_queries.kinds_of(scene.karin.viewer, scene.karin.unit.id)[0]
    return unit(scene, who) | {"kind": first.key}


def place(scene: Any, who: str) -> dict[str, object]:
    first = kind_queries.places_of(scene.karin.viewer, scene.karin.unit.id)[0]
    return unit(scene, who) | {"place": first.key}


def system(scene: Any) -> System:
    """Another system, let in once."""
    if "system" not in vars(scene):
        scene.system = System(scene.karin.world, "1177")
    return scene.system


def shows(scene: Any, endpoint: str) -> dict[str, str]:
    """What is asked for by a program that shows a token, is asked for so: one that is good now."""
    if not endpoint.startswith("fhir."):
        return {}
    one = system(scene)
    with db.transaction():
        # Past the door, where tokens are counted: time goes back and forth here.
        given = client_service.enter(one.id, one.secret, (), by=SYSTEM, now=clock.now())
    return {"Authorization": f"Bearer {given.token}"}


def read_from(scene: Any, _who: str) -> dict[str, object]:
    """Another system that times are read from, added once; nobody answers there."""
    if "source" not in vars(scene):
        with db.transaction():
            wanted = Wanted("Tidbok Väst", "http://127.0.0.1:9/r4")
            region = scene.karin.world.region().id
            scene.source = source_service.add(region, wanted, by=scene.admin.viewer, now=clock.now())
    return {"source": scene.source}


def looked_through(scene: Any, _who: str) -> dict[str, object]:
    """A file that the administrator has had looked through, with a row that is wrong, once."""
    if "file" not in vars(scene):
        report, by = Report(0, 0, (Fault(2, "personnummer", "number"),)), scene.admin.viewer
        with db.transaction():
            scene.file = file_service.keep(
                "people", "typ;namn;personnummer\npatient;Bo;1", report, by=by, now=clock.now()
            )
    return {"file": scene.file}


LETTERS: dict[str, Callable[[Any, str], dict[str, object]]] = {
    "letters.show": lambda scene, _who: {"booking": scene.booking},
    **{f"kinds.{name}": kind for name in ("kind", "letter")},
    **{f"kinds.{name}": unit for name in ("kinds", "new", "new_place")},
    "kinds.place": place,
    **{f"files.{name}": lambda _scene, _who: {"slug": "personer"} for name in ("kind", "template")},
    **{f"files.{name}": looked_through for name in ("looked", "faults")},
    "slots.show": slot_of,
    "slots.waiting": lambda scene, _who: {"kind": offers(scene.karin)},
    "openings.new": lambda scene, _who: {"kind": offers(scene.karin)},
    "queue.putting": lambda scene, _who: {"patient": scene.siv.person.id},
    **{f"sources.{name}": read_from for name in ("show", "edit")},
    "clients.client": lambda scene, _who: {"client": system(scene).key},
    "fhir.time": lambda scene, _who: {"booking": scene.booking},
    "fhir.times": lambda _scene, _who: {"_lastUpdated": "ge2026-01-01", "_count": 60},
    "fhir.contact": lambda scene, _who: {"contact": scene.siv.contact.id},
    "fhir.contacts": lambda scene, _who: {"_id": scene.siv.contact.id},
    **DOORS,
}
