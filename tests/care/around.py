"""What the stories about contacts need beside the world: a head, a day, a number of some age."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

from app.accounts import service as accounts
from app.accounts.service import Who
from app.care import contact_queries, contact_service, request_service, unit_service
from app.care.contact_service import Wanted
from app.care.models import Contact
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.world import Patient, Staff, World, today, token_in

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.client import LintedClient

DAY = timedelta(days=1)
STEP = re.compile(r"\s+")
TAGS = re.compile(r"<[^>]+>")


def lead(world: World, head: Staff, *stand_in: Staff) -> Staff:
    """Let somebody lead their unit, with those who answer for them; the region's function when nobody else does."""
    others = tuple(it.person.id for it in stand_in) or tuple(world.function)
    with db.transaction():
        unit_service.name_head(head.unit.id, head.person.id, others, by=SYSTEM, now=clock.now())
    return head


def asks_for_contact(patient: Patient, unit: UUID, about: UUID | None = None, words: str = "") -> UUID:
    """Ask the head of a unit for a contact, or for another than `about`."""
    with db.transaction():
        request_service.request_contact(unit, words, about=about, by=patient.viewer, now=clock.now())
    return next(it.key for it in contact_queries.asked_by(patient.viewer) if it.open and it.unit_id == unit)


def give(patient: Patient, staff: Staff, *, on: date | None = None, wish: str | None = None, **more: bool) -> None:
    with db.transaction():
        wanted = Wanted(staff.person.id, on or today(), wish)
        contact_service.give_contact(patient.person.id, staff.unit.id, wanted, by=SYSTEM, now=clock.now(), **more)


def held(patient: Patient) -> list[tuple[str, bool, date, date | None]]:
    """The patient's contacts as they stand in the database: who, whether they coordinate, from when, until when."""
    names = {it.person.id: name for name, it in patient.world.people.items()}
    rows = db.session().query(Contact).filter_by(patient_id=patient.person.id).populate_existing()
    found = [(names[row.person_id], row.coordinating, row.starts_on, row.ends_on) for row in rows]
    return sorted(found, key=lambda it: (it[2], not it[1], it[0]))


def contact_of(patient: Patient, staff: Staff) -> Contact:
    """The row that holds today or will first."""
    rows = db.session().query(Contact).filter_by(patient_id=patient.person.id, person_id=staff.person.id)
    return min((row for row in rows if not row.ends_on or row.ends_on >= today()), key=lambda row: row.starts_on)


def number_for(born: date) -> str:
    """A test number with its check digit."""
    digits = f"{born:%y%m%d}238"
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(digits))
    return f"{born:%Y%m%d}238{-total % 10}"


def patient_born(world: World, name: str, born: date | None) -> Patient:
    """Somebody without a contact, of some age, or of an age that nobody knows."""
    with db.transaction():
        number = number_for(born) if born else None
        person = accounts.register_patient(Who(name, number=number), by=SYSTEM, now=clock.now())
    world.people[name] = made = Patient(world, person, None)
    return made


def post(phone: LintedClient, path: str, **data: object) -> TestResponse:
    token = token_in(phone.get("/om").text)
    return phone.post(path, data={"csrf_token": token} | data)


def said(answer: TestResponse) -> str:
    """The words of a page's main part, as one line."""
    main = answer.text.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return STEP.sub(" ", unescape(TAGS.sub(" ", main))).strip()


def logged(action: str) -> list[datetime]:
    rows = text("select at from access_log where action = :action order by at")
    return list(db.session().scalars(rows, {"action": action}))
