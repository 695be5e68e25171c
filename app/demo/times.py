"""Times in the demo: what the units offer, and what everybody has had and has to come."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from app.accounts.queries import Viewer
from app.bookings import kind_service as kinds
from app.bookings import service
from app.bookings.rules import CLOSING
from app.bookings.service import Wanted
from app.bookings.slot_rules import Span
from app.care import red_days
from app.care.hours_rules import from_wall
from app.care.models import Unit
from app.core.audit import SYSTEM
from app.core.locale import local
from app.demo.people import STAFF, UNITS
from app.notices import service as notices
from app.slots import queue_service, slot_service

HOURS = (9, 10, 11, 13, 14, 15)
LEAD = timedelta(days=16)
LINK = "https://video.example.org/rum/bjorken"
WELCOME = "Välkommen. Blir det fel dag? Säg till här eller ring oss, så hittar vi en annan.\n\n" + CLOSING


@dataclass
class Offered:
    """What one unit offers: its kinds by name, how long each is, and its branch, open on Wednesdays."""

    kinds: dict[str, tuple[UUID, int]]
    place: str
    branch: tuple[UUID, str] | None


@dataclass
class Book:
    """The demo's diary while it is written: nobody is in two places at once."""

    offered: list[Offered]
    staff: list[Viewer]
    now: datetime
    used: set[tuple[UUID, datetime]] = field(default_factory=set)

    def book(
        self,
        patient: Viewer,
        staff: int,
        unit: int,
        kind: str,
        days: int,
        *,
        at_branch: bool = False,
        link: str | None = None,
        bring: str | None = None,
        seen: bool = True,
    ) -> UUID:
        """A time so many days ahead (or behind) at the first free hour, made some weeks before it."""
        offered, by = self.offered[unit], self.staff[staff]
        key, minutes = offered.kinds[kind]
        starts_at = self.free(by.person_id, patient.person_id, staff, days, branch=at_branch)
        branch = offered.branch if at_branch else None
        where = {"Hembesök": "Hemma hos dig", "Samtal": offered.place}.get(kind, "")
        wanted = Wanted(
            key,
            patient.person_id,
            (by.person_id,),
            starts_at,
            starts_at + timedelta(minutes=minutes),
            place=branch[1] if branch else where,
            location_id=branch[0] if branch else None,
            bring=bring,
            link=link,
        )
        made = min(starts_at - LEAD, self.now - timedelta(days=3))
        booking = service.make(wanted, by=by, now=made)
        if seen:
            notices.seen(patient.person_id, about=booking, by=patient, now=made + timedelta(hours=2))
        return booking

    def free(self, person: UUID, patient: UUID, staff: int, days: int, *, branch: bool = False) -> datetime:
        today = local(self.now).date()
        for on in _from(today + timedelta(days=days), back=days < 0):
            weeks = STAFF[staff].weeks or (UNITS[STAFF[staff].unit].office,)
            if on.weekday() > 4 or not weeks[0][on.weekday()] or on in red_days.in_years((on.year,)):
                continue
            if branch and on.weekday() != 2:
                continue
            for hour in HOURS:
                at = from_wall(on, time(hour))
                if not {(person, at), (patient, at)} & self.used:
                    self.used |= {(person, at), (patient, at)}
                    return at
        raise AssertionError("the diary has no end")


def offers(units: list[Unit], staff: list[UUID], *, now: datetime) -> list[Offered]:
    """The kinds of time of each unit, by those who do them."""
    found = []
    for number, (unit, sketch) in enumerate(zip(units, UNITS, strict=True)):
        here = [key for key, it in zip(staff, STAFF, strict=True) if it.unit == number and it.role != "other"]
        known: dict[str, tuple[UUID, int]] = {}
        place, branch, usual = "", None, None
        if sketch.visiting:
            way = "Buss 2 stannar utanför. Anmäl dig i luckan på våning 2."
            usual = kinds.open_location(unit, sketch.name, sketch.visiting, way=way, by=SYSTEM, now=now)
            place = f"{sketch.name}, {sketch.visiting}"
        if number == 0:
            name, address = "Filialen i Österlida", "Torget 3, Österlida"
            way = "Öppet på onsdagar. Ingången är vid biblioteket."
            key = kinds.open_location(unit, name, address, way=way, weekdays=(2,), by=SYSTEM, now=now)
            branch = (key, f"{name}, {address}")
        listed = [("Telefonsamtal", "phone", 30), ("Videosamtal", "video", 45)]
        listed += [("Samtal", "visit", 45)] if usual else [("Hembesök", "home", 60)]
        for name, mode, minutes in listed:
            where = usual if mode == "visit" else None
            key = kinds.open_kind(
                unit, name, mode, minutes, staff=here, location_id=where, letter=WELCOME, by=SYSTEM, now=now
            )
            known[name] = key, minutes
        found.append(Offered(known, place, branch))
    return found


def book(book: Book, patients: list[tuple[Viewer, int, int]]) -> None:
    """Everybody's times: `patients` with their contact and unit, as places in STAFF and UNITS. Siv is the first."""
    for index, (patient, staff, unit) in enumerate(patients):
        usual = "Samtal" if unit < 2 else "Hembesök"
        other = ("Telefonsamtal", "Videosamtal", usual)[index % 3]
        book.book(patient, staff, unit, usual, -20 - index % 9)
        if index % 2:
            book.book(patient, staff, unit, other, -2 - index % 5)
        book.book(patient, staff, unit, usual, index % 6, bring="Din lista över mediciner." if index % 4 == 0 else None)
        if index % 3 == 0:
            link = LINK if other == "Videosamtal" else None
            book.book(patient, staff, unit, other, 9 + index % 8, link=link)
    siv, staff, unit = patients[0]
    moved = book.book(siv, staff, unit, "Samtal", 2, bring="Legitimation.")
    to = book.free(book.staff[staff].person_id, siv.person_id, staff, 4)
    by, at = book.staff[staff], book.now - timedelta(hours=20)
    service.move(moved, to, to + timedelta(minutes=45), by=by, now=at)
    book.book(siv, staff, unit, "Videosamtal", 11, link=LINK)
    book.book(siv, staff, unit, "Samtal", 17, at_branch=True)
    cancelled = book.book(siv, staff, unit, "Telefonsamtal", 6)
    service.cancel(cancelled, words="Vi hinner prata när vi ses. Ring om du vill prata före det.", by=by, now=at)
    notices.seen(siv.person_id, about=cancelled, by=siv, now=at + timedelta(hours=1))


def open_up(book: Book, patients: list[tuple[Viewer, int, int]]) -> None:
    """Free times with each of the first unit's, and a few who wait for one."""
    theirs = [number for number, it in enumerate(STAFF) if it.unit == 0 and it.role != "other"]
    for kind, staff, days in (("Samtal", number, ahead) for number in theirs for ahead in (3, 5, 8)):
        key, minutes = book.offered[0].kinds[kind]
        by = book.staff[staff]
        at = book.free(by.person_id, by.person_id, staff, days)
        span = Span(at, at + timedelta(minutes=minutes))
        slot_service.publish(key, by.person_id, [span], by=by, now=book.now - timedelta(hours=20))
    waiting = [patient for patient, _staff, unit in patients if unit == 0][1:4]
    for number, patient in enumerate(waiting):
        key, _minutes = book.offered[0].kinds["Videosamtal"]
        since, parts = book.now - timedelta(days=9 - 3 * number), ("mon-morning", "wed-afternoon")[:number]
        queue_service.join(key, patient.person_id, parts, 24, by=patient, now=since)


def _from(on: date, *, back: bool) -> Iterator[date]:
    """The days from one on; into the past for what has been."""
    for number in range(90):
        yield on - timedelta(days=number) if back else on + timedelta(days=number)
