"""Two units that know nothing of each other, two patients with one of everything, and whoever could knock.

Whatever somebody has written holds a mark, a word that stands nowhere else, so that it is seen wherever it comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app.accounts import ending_service, passkey_service, session_service
from app.accounts import service as accounts
from app.accounts.authenticator import Made
from app.accounts.models import SignIn
from app.accounts.service import Who
from app.care import absence_service, request_service, roster_service, unit_service
from app.care import service as care
from app.care.absence_rules import stretch
from app.care.answer_queries import head_for
from app.care.models import Unit
from app.care.roster_service import Days, Times
from app.care.service import Cycle
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.locale import local
from app.demo.seed import freshen
from app.log import check_service, history_queries
from app.log import service as log_service
from app.notices import point_service
from app.notices.models import Notice
from app.relatives import service as relations
from app.relatives import told_service
from app.relatives.told_service import Words
from app.waits import service as waits
from app.waits.models import Wait
from tests.care.around import asks_for_contact
from tests.client import LintedClient
from tests.conftest import alone
from tests.exchange.reading import lets_in
from tests.guards.walk import asks_to_be_rung
from tests.matrix.doors import has_doors
from tests.matrix.times import has_times
from tests.notices.browsers import turns_on
from tests.world import OFFICE, Patient, Relative, Someone, Staff, World, today


def by_many(app: Flask) -> None:
    """Let an app of this process be used by many browsers at once, each request in a context of its own."""
    app.test_client_class = LintedClient
    app.wsgi_app = alone(app.wsgi_app)  # type: ignore[method-assign]


@dataclass
class Side:
    """One patient, and all that there is one of around them at their unit."""

    patient: Patient
    contact: Staff
    colleague: Staff
    head: Staff
    stand_in: Staff
    unit: Unit
    relative: Relative | None = None
    marks: dict[str, str] = field(default_factory=dict)
    things: dict[str, UUID] = field(default_factory=dict)

    @property
    def team(self) -> tuple[Staff, ...]:
        return self.contact, self.colleague, self.head, self.stand_in


class Town:
    """Who lives here. `phones` are of all who could try a door, by what makes each other than the rest."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.world = World(app)
        self.siv = self.side("Siv Kvastmark", "Mottagning Björken", ("Karin", "Kim", "Hedda", "Hans"), "Ek")
        self.rut = self.side("Rut Tallmark", "Mottagning Linden", ("Lena", "Lars", "Henrik", "Hilma"), "Lind")
        self.people_around()

    def side(self, name: str, place: str, team: tuple[str, ...], family: str) -> Side:
        world = self.world
        contact, colleague, head, stand_in = (world.staff(f"{first} {family}", unit=place) for first in team)
        with db.transaction():
            others = (stand_in.person.id,)
            unit_service.name_head(contact.unit.id, head.person.id, others, by=SYSTEM, now=clock.now())
        patient = world.patient(name, contact=f"{team[0]} {family}")
        made = Side(patient, contact, colleague, head, stand_in, contact.unit)
        self.fill(made)
        return made

    def mark(self, side: Side, what: str) -> str:
        """A word for one thing of one patient's."""
        word = f"{what}kvist{side.patient.person.id.hex[-8:]}"
        side.marks[what] = word
        return f"Om {word} vill jag fråga."

    def fill(self, side: Side) -> None:
        patient, contact, unit, now = side.patient, side.contact, side.unit, clock.now()
        side.marks["name"] = patient.person.name.split()[1]
        side.things["patient"] = patient.person.id
        side.things["person"] = contact.person.id
        side.things["unit"] = unit.id
        side.things["work"] = contact.assignment.id
        assert patient.contact
        side.things["contact"] = patient.contact.id
        side.things["thread"] = thread = patient.asks(self.mark(side, "brev"))
        contact.writes(self.mark(side, "svar"), thread=thread)
        patient.writes(self.mark(side, "tack"), thread=thread)
        side.things["wait"] = self.wait_of(thread)
        side.things["wish"] = asks_for_contact(patient, unit.id, words=self.mark(side, "wish"))
        made = Made(side.marks["name"].encode(), b"key", 0)
        with db.transaction():
            side.things["key"] = passkey_service.add(
                patient.person.id, "private", made, name=self.mark(side, "nyckel"), agent="", by=patient.viewer, now=now
            )
        side.things["session"] = self.session_of(patient)
        self.mark(side, "adress")
        with db.transaction():
            address = f"{side.marks['adress']}@example.org"
            side.things["point"] = point_service.ask("email", address, by=patient.viewer, now=now).key
        side.things["subscription"] = turns_on(patient, side.marks["name"]).id
        first = local(now).date() + timedelta(days=30)
        away = stretch(first, first)
        with db.transaction():
            by, other = contact.viewer, (side.colleague.person.id,)
            side.things["absence"] = absence_service.register(
                contact.person.id, away, substitutes=other, by=by, now=now
            ).key
            person = [side.colleague.person.id]
            side.things["shift"] = roster_service.add_shift(unit.id, Times(first, 480, 990), person, by=SYSTEM, now=now)
            late = first + timedelta(days=100)
            side.things["closure"] = roster_service.close(unit.id, Days(late, late, "Planering"), by=SYSTEM, now=now)
        side.things |= has_times(patient, contact, self.mark(side, "plats"), self.mark(side, "packning"))
        side.things |= has_doors(self.world, side.head)
        side.things["client"] = lets_in(self.world, f"System för {unit.name}", unit=unit.id)[0]
        self.let_in(side)
        self.is_told(side)
        self.wonders(side)
        self.world.works_on()
        side.things["notice"] = (
            db.session().scalars(select(Notice.id).where(Notice.person_id == patient.person.id)).first() or db.new_key()
        )

    def let_in(self, side: Side) -> None:
        """A relative who sees all that can be shared, and wants to be rung."""
        self.mark(side, "smeknamn")
        near = self.world.relative(f"Anna {side.marks['name']}", of=side.patient, items=("contact", "bookings"))
        side.relative = near
        side.things["relation"] = near.relations[side.patient]
        side.things["call"] = asks_to_be_rung(near, side.patient, self.mark(side, "ring"))
        side.patient.offers(side.marks["smeknamn"])

    def is_told(self, side: Side) -> None:
        """Somebody tells of the patient, and the worker finds whom it is about."""
        number, now = str(side.patient.person.number), clock.now()
        said = Words(side.patient.person.name, number[:8], self.mark(side, "told"), self.mark(side, "reach"))
        with db.transaction():
            told_service.tell(side.unit.id, said, key=side.marks["told"], sender="town", by=SYSTEM, now=now)
        (side.things["heard"],) = told_service.unlooked(by=SYSTEM, now=now)
        with db.transaction():
            told_service.see_to(side.things["heard"], by=SYSTEM, now=now)

    def wonders(self, side: Side) -> None:
        """The contact has read, and the patient asks why; the administrator checks the same row."""
        by, now, contact = side.patient.viewer, clock.now(), side.contact
        assert contact.phone().get(f"/meddelanden/{db.short(side.things['thread'])}", lint=False).status_code == 200
        line = next(it for it in history_queries.lines_of(by, now=now) if it.staff == contact.person.id)
        found = history_queries.line_for(by, (line.at, line.id))
        who, _about = head_for(by, found.unit, found.version, about=found.staff, at=now, today=today())
        asked = self.mark(side, "undran")
        with db.transaction():
            side.things["question"] = log_service.ask(
                (line.at, line.id), found.staff, found.unit, asked, who, by=by, now=now
            )
        admin, on = self.world.admin(), local(now).date()
        with db.transaction():
            side.things["check"] = check_service.make(
                self.world.region().id, "random", on, on, size=1, by=admin.viewer, now=now
            )

    def people_around(self) -> None:
        """Everybody else, by what they are to Siv. Whoever stands in no set of the oracle's is a stranger."""
        world, siv, now = self.world, self.siv, clock.now()
        thread, unit = siv.things["thread"], siv.unit
        asked, blocked, left, closed = (world.staff(f"{it} Ek", unit=unit.name) for it in ("Asta", "Bo", "Gun", "Stig"))
        with db.transaction():
            request_service.block(blocked.person.id, by=siv.patient.viewer, now=now)
            waits.ask_colleague(
                "thread", thread, asked.person.id, words=self.mark(siv, "ask"), by=siv.contact.viewer, now=now
            )
        with db.transaction():
            care.end_assignment(left.assignment, on=today() - timedelta(days=1), by=SYSTEM, now=now)
        office = self.works_otherwise("Otto Ek", unit, role="other")
        twice = world.patient("Nina Bäckmark", contact="Lena Lind")
        number = twice.person.number
        nurse = self.works_otherwise("Nina Bäckmark", unit, role="licensed", number=number)
        locked = world.patient("Stina Låsmark", contact="Karin Ek")
        ended = world.patient("Ellen Slutmark", contact="Karin Ek")
        gone = [it.phone() for it in (locked, ended, closed)]
        unsure = world.relative("Olof Undermark", of=siv.patient, confirmed=False)
        before = world.relative("Tora Tillbakamark", of=siv.patient)
        has_left = world.relative("Lova Lämnamark", of=siv.patient)
        some = world.relative("Berit Bokmark", of=siv.patient, items=("bookings",))
        with db.transaction():
            relations.take_back(before.relations[siv.patient], by=siv.patient.viewer, now=now)
            relations.leave(has_left.relations[siv.patient], by=has_left.viewer, now=now)
        with db.transaction():
            ending_service.lock(locked.person.id, by=siv.head.viewer, now=now)
            accounts.close_account(closed.person.id, by=SYSTEM, now=now)
            session_service.end_private(ended.person.id, by=SYSTEM, now=now)
        self.phones: dict[str, LintedClient] = dict(
            zip(("locked patient", "ended session", "closed account"), gone, strict=True)
        )
        people = {
            "contact": siv.contact, "colleague": siv.colleague, "asked": asked, "blocked": blocked, "left": left,
            "office": office, "head": siv.head, "stand-in": siv.stand_in, "patient": siv.patient,
            "other patient": self.rut.patient, "other contact": self.rut.contact, "other head": self.rut.head,
            "nurse": nurse, "nurse at home": twice, "administrator": world.admin(),
            "function": next(it for it in world.function_people() if it.person.id != world.admin().person.id),
            "relative": siv.relative, "other relative": self.rut.relative, "unconfirmed": unsure,
            "taken back": before, "relative who left": has_left, "relative of bookings": some,
            "stranger": self.stranger(),
        }  # fmt: skip
        self.people = people
        self.phones |= {"nobody": self.app.test_client()} | {who: it.phone() for who, it in people.items()}  # type: ignore[dict-item]

    def works_otherwise(self, name: str, unit: Unit, *, role: str, number: str | None = None) -> Staff:
        """Somebody at a unit in another role than the world gives, or who is a patient somewhere too."""
        hsa, now = f"SE2321000180-M{name[0]}", clock.now()
        with db.transaction():
            person = accounts.register_staff(Who(name, number), hsa_id=hsa, title="skötare", by=SYSTEM, now=now)
            cycle = Cycle((OFFICE,), today())
            given = care.assign(
                person.id, unit, role=role, starts_on=today() - timedelta(days=9), cycle=cycle, by=SYSTEM, now=now
            )
            freshen(person.id, now=now)
        return Staff(self.world, person, unit, given)

    def stranger(self) -> Someone:
        with db.transaction():
            person = accounts.register_person(Who("Vera Vildmark"), by=SYSTEM, now=clock.now())
        return Someone(self.world, person)

    def wait_of(self, thread: UUID) -> UUID:
        return db.session().scalars(select(Wait.id).where(Wait.subject_id == thread, Wait.ended_at.is_(None))).one()

    def session_of(self, who: Someone) -> UUID:
        assert who.viewer
        return db.session().scalars(select(SignIn.key).where(SignIn.person_id == who.person.id)).first() or db.new_key()
