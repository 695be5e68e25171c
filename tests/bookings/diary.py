"""A unit that books times, and what its pages say and send."""

import re
from html import unescape
from uuid import UUID

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.bookings import kind_service
from app.bookings.models import AppointmentLetter, Booking, BookingChange, Participant
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.bookings.times import offers
from tests.client import LintedClient
from tests.world import Patient, Staff, World

MAIN = re.compile(r"<main.*</main>", re.DOTALL)
DAY = "2026-11-10"


class Town:
    """Karin and Erik, who have conversations of 45 minutes at Björken, and Siv, whose contact Karin is."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.siv, self.karin, self.erik = world.patient("Siv Nyberg"), world.staff("Karin Ek"), world.staff("Erik Lund")
        self.kind = offers(self.karin, "Samtal", also=(self.erik,))

    def place(self, name: str = "Huset", weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)) -> UUID:
        with db.transaction():
            return kind_service.open_location(
                self.karin.unit, name, "Storgatan 4", weekdays=weekdays, by=SYSTEM, now=clock.now()
            )


def url(patient: Patient, kind: UUID) -> str:
    return f"/tidbok/ny/{db.short(patient.person.id)}/{db.short(kind)}"


def words(answer: TestResponse) -> str:
    found = re.sub(r"<(script|style).*?</\1>", " ", MAIN.findall(answer.text)[0], flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found)).split()).replace(" –", "–").replace(" ,", ",")


def fields(html: str) -> dict[str, str]:
    """What the page's form would send as it stands."""
    form = re.search(r'<form class="stack stack--wide" method="post".*?</form>', html, re.DOTALL)
    assert form, "there is no form"
    found = {}
    for tag in re.findall(r"<input[^>]*>", form.group()):
        named = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        if named.get("type") != "radio" or " checked" in tag:
            found[named["name"]] = unescape(named.get("value", ""))
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', form.group(), re.DOTALL):
        found[name] = unescape(text).strip()
    for name, inner in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form.group(), re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', inner) or re.search(r'value="([^"]*)"', inner)
        found[name] = chosen[1] if chosen else ""
    return found


def sends(who: Staff | LintedClient, path: str, **typed: str) -> TestResponse:
    """Open a form, type in it, and send it."""
    phone = who if isinstance(who, LintedClient) else who.phone()
    return phone.post(path, data=fields(phone.get(path).text) | typed)


def made() -> list[Booking]:
    return list(db.session().scalars(select(Booking).order_by(Booking.made_at)))


def only() -> Booking:
    (found,) = made()
    db.session().refresh(found)
    return found


def stored() -> list[int]:
    """How many rows there are of each thing that a booking writes."""
    return [
        db.session().scalar(select(func.count()).select_from(it)) or 0
        for it in (Booking, Participant, BookingChange, AppointmentLetter)
    ]


def there(booking: Booking) -> set[UUID]:
    asked = select(Participant.person_id).where(Participant.booking_id == booking.id, Participant.role == "staff")
    return set(db.session().scalars(asked))


def only_of(key: UUID) -> Booking:
    found = db.session().get_one(Booking, key)
    db.session().refresh(found)
    return found
